"""Values show themselves: as HTML that holds no markup of theirs, and as text that is inert."""

import copy
import json
import pickle
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import remit
from remit.analysis.contract import Contract
from remit.analysis.run_sheet import handoffs_sheet
from remit.analysis.runs_table import runs_sheet
from remit.recorded import Run
from remit.runs import Record
from remit.state.brief import Brief, Criterion
from remit.state.inert import inert, inert_lines
from remit.state.markup import fragment, table
from remit.state.policy import load
from remit.state.sheet import WIDTH, Sheet, Table, first_and_last, plain
from remit.state.store import open_store
from tests.console import remit as remit_command

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title></style></textarea>]]><svg onload=alert(1)>",
    "\x1b[2Jgone\x07",
    "\u202eevil\u2066",
    "\x00\ud800\ufffe",
    "javascript:alert(1)",
    "{{ 7*7 }}{% raw %}",
)
TAGS = {"div", "p", "table", "caption", "thead", "tbody", "tr", "th", "td"}
ATTRIBUTES = {"style", "scope"}


class Read(HTMLParser):
    """What a browser would make of a fragment."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def record() -> Iterator[Record]:
    with Record(open_store(":memory:")) as made:
        yield made


@pytest.fixture(scope="module")
def run(record: Record) -> Run:
    return remit.run("invoicing", seed=3, db=record, engine="loop")


def html(value: Any) -> str:
    """What a notebook shows of a value."""
    return str(value._repr_html_())


def twin_of(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))


def assert_inert(value: Any, said: str) -> None:
    """The value's HTML has our tags only and says `said`; its text steers no terminal."""
    read = Read(html(value))
    assert read.tags <= TAGS
    assert read.attributes <= ATTRIBUTES
    assert inert(said) in " ".join(read.text.split())
    assert all(char.isprintable() or char == "\n" for char in read.text + str(value))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_a_brief_stays_text(text: str) -> None:
    criterion = Criterion(id="AC-1", text="x").model_copy(update={"text": text})
    said = {"title": text, "prose": text, "assumed": (text,), "criteria": (criterion,)}
    brief = Brief(title="x").model_copy(update=said)
    assert_inert(brief, text)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_a_policy_stays_text(text: str) -> None:
    assert_inert(load("balanced").model_copy(update={"name": text, "text": text}), text)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_a_contract_stays_text(text: str) -> None:
    document = {
        "info": {"title": text, "version": text},
        "paths": {text: {"get": {"summary": text, "x-permission": text}, text: text}},
    }
    assert_inert(Contract(document, (), frozen=False), text)


@pytest.mark.parametrize("junk", [None, 7, "paths", [], {"a": None}, {"a": {"get": "no object"}}])
def test_a_contract_without_sense_still_shows_itself(junk: Any) -> None:
    shown = Contract({"info": junk, "paths": junk}, (), frozen=False)
    assert "0 operations" in repr(shown)
    assert "none" in html(shown)


@given(st.text(), st.lists(st.tuples(st.text(), st.text())))
def test_no_text_becomes_markup_or_steers_a_terminal(
    said: str, rows: list[tuple[str, str]]
) -> None:
    sheet = Sheet(
        title=said,
        about=said,
        tables=(Table(title=said, heads=(said, "b"), rows=tuple(rows)),),
    )
    read = Read(fragment(sheet))
    assert (read.tags <= TAGS, read.attributes <= ATTRIBUTES) == (True, True)
    assert all(char.isprintable() or char == "\n" for char in plain(sheet))


@given(st.text())
def test_lines_stay_lines_and_all_else_is_spelled_out(text: str) -> None:
    shown = inert_lines(text)
    assert all(char.isprintable() or char == "\n" for char in shown)
    assert shown.split("\n") == [inert_lines(line) for line in text.splitlines() or [""]]


def test_lines_keep_their_indentation() -> None:
    assert inert_lines("a:\r\n\tb: \x1b[1m\n  c") == "a:\n    b: \\x1b[1m\n  c"


def test_a_run_shows_its_end_its_picture_and_its_counters(run: Run) -> None:
    shown = html(run)
    assert shown.count("<svg ") == 1
    text = Read(shown).text
    for said in ("Shipped: accepted", run.id, "change requests", "RabbitMQ", "m7"):
        assert said in text
    assert repr(run) == f"<run {run.id}: shipped, 24 handoffs, 'Invoicing for small agencies'>"


def test_handoffs_show_why_as_a_table_and_as_text(run: Run) -> None:
    for shown in (Read(html(run.handoffs)).text, repr(run.handoffs)):
        assert "24 handoffs and the end" in shown
        assert "on to experience" in shown
        assert "change requests 1/3" in " ".join(shown.split())


def test_the_contract_is_a_dict_that_shows_its_operations(run: Run) -> None:
    contract = run.contract
    assert contract is not None
    assert contract["info"]["version"] == "1.1.0"
    assert json.loads(json.dumps(contract)) == contract == dict(contract)
    for shown in (Read(html(contract)).text, repr(contract)):
        assert "API contract 1.1.0, frozen" in shown
        assert "/v1/clients" in shown
        assert "client:write" in shown
        assert "+ Invoice.status" in shown


COPIERS: tuple[Callable[[Any], Any], ...] = (copy.copy, copy.deepcopy, twin_of)


@pytest.mark.parametrize("copied", COPIERS)
def test_a_copied_contract_is_the_same_and_still_shows_itself(run: Run, copied: Any) -> None:
    twin = copied(run.contract)
    assert twin == run.contract
    assert repr(twin) == repr(run.contract)


def test_a_policy_shows_every_limit_with_what_happens_there() -> None:
    policy = load("unattended")
    for shown in (Read(html(policy)).text, repr(policy)):
        for limit in type(policy.limits).model_fields:
            assert limit.replace("_", " ") in shown
        assert "to the human" in shown or "stop" in shown


def test_a_brief_shows_what_is_kept_seen_and_asked(run: Run) -> None:
    for shown in (Read(html(run.brief)).text, repr(run.brief)):
        for said in ("invoice_line", "invoice_editor", "AC-5", "BR-2", "SEC-1", "at most $300"):
            assert said in shown


def test_a_record_shows_its_runs(record: Record, run: Run) -> None:
    for shown in (Read(html(record)).text, str(record)):
        assert run.id in shown
        assert "shipped" in shown


def test_text_fits_eighty_columns(run: Run, record: Record) -> None:
    for value in (run.handoffs, run.contract, run.policy, run.brief, record):
        assert max(map(len, str(value).splitlines())) <= WIDTH == 80


def test_of_very_many_rows_the_first_and_the_last_are_shown() -> None:
    rows = [(str(number), "", "x") for number in range(100)]
    shown = first_and_last(rows, 10)
    assert (shown[4], shown[5], shown[6]) == (rows[4], ("…", "", "90 more"), rows[95])
    assert first_and_last(rows, 100) == tuple(rows)


def test_a_table_says_which_cells_are_heads() -> None:
    assert table(("a",), [("b",)]).count('<th scope="col"') == 1


def test_the_command_line_shows_the_tables_of_the_notebook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One source each: what a screen is given is what the sheets hold."""
    db, given = tmp_path / "remit.db", list[Table]()

    def table(_: object, shown: Table, *, wrap: bool = True) -> None:
        given.append(shown)

    monkeypatch.setattr("remit.screen.Screen.table", table)
    remit_command(db, "run", "--name", "one", "--behaviour", "perfect", "-q")
    remit_command(db, "runs")
    remit_command(db, "show", "one", "--handoffs")
    with remit.open(db) as record:
        sheets = (runs_sheet(record.runs(), ""), handoffs_sheet(record.run("one").handoffs))
    assert given == [one for sheet in sheets for one in sheet.tables]
