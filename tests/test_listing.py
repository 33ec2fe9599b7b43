"""Many runs as a list: which, in what order, which page, and what stands at the foot."""

import json
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit import runs as remit_runs
from remit.runs import Record
from remit.state.errors import InputError
from remit.state.listing import EVERY, Page, Selection, Sort, count, ids, rows, selection
from remit.state.record import Projection, RunRow
from remit.state.store import Store
from remit.state.vocabulary import ENDED, Outcome
from remit.state.when import moment_named
from tests.console import remit, told
from tests.records import NOW, RUNNING, fresh, new_run

NASTY = "Bill\x1b[31m\u202e\nof = \x9b costs"
OUTCOMES = (Outcome.SHIPPED, Outcome.STOPPED, Outcome.WAITING)
POLICIES = ("balanced", "strict", "it's mine")


def add(store: Store, number: int, title: str = "Clinic bookings") -> None:
    """Run `r<number>`, an hour younger than the one before; its figures tell its number."""
    new = new_run(f"r{number:02}", title=title, policy_name=POLICIES[number % 3],
                  behaviour_name=("typical", "weak")[number % 2])  # fmt: skip
    store.create_run(new, now=NOW + timedelta(hours=number), token=0)
    stands = replace(
        RUNNING, outcome=OUTCOMES[number % 3], reason=NASTY, handoffs=10 + number,
        cost_micros=(number * 7 % 30) * 10**6, tokens=number * 11 % 30, elapsed_s=number * 13 % 30,
    )  # fmt: skip
    store.project(f"r{number:02}", Projection(run=stands), NOW + timedelta(hours=number))


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record with thirty runs; the title of the last one is hostile."""
    path = tmp_path_factory.mktemp("listing") / "remit.db"
    with fresh(path) as store:
        for number in range(30):
            add(store, number, NASTY if number == 29 else "Clinic bookings")
    return path


@pytest.fixture(scope="module")
def record(db: Path) -> Iterator[Record]:
    with remit_runs.open(db) as found:
        yield found


def names(found: list[RunRow]) -> list[str]:
    return [row.id for row in found]


KEYS: dict[Sort, Callable[[RunRow], Any]] = {
    Sort.CREATED: lambda row: row.created_at,
    Sort.UPDATED: lambda row: row.updated_at,
    Sort.COST: lambda row: row.cost_micros,
    Sort.TOKENS: lambda row: row.tokens,
    Sort.HANDOFFS: lambda row: row.issued,
    Sort.DURATION: lambda row: row.elapsed_s,
}


@given(
    outcomes=st.lists(st.sampled_from(OUTCOMES), max_size=2, unique=True),
    policies=st.lists(st.sampled_from(POLICIES), max_size=2, unique=True),
    hours=st.none() | st.integers(-1, 31),
    sort=st.sampled_from(Sort),
    reverse=st.booleans(),
    limit=st.integers(1, 12),
)
def test_pages_are_the_list_that_python_would_make(
    record: Record, outcomes: list[Outcome], policies: list[str], hours: int | None, sort: Sort,
    reverse: bool, limit: int,
) -> None:  # fmt: skip
    since = None if hours is None else NOW + timedelta(hours=hours)
    which = Selection(outcomes=tuple(outcomes), policies=tuple(policies), since=since)
    with record.store.reading() as connection:
        every = list(rows(connection))
        total = count(connection, which)
        pages = [
            list(rows(connection, which, Page(sort=sort, reverse=reverse, limit=limit, number=one)))
            for one in range(1, 2 + total // limit + 1)
        ]
    fitting = [
        row
        for row in every
        if row.outcome in (outcomes or OUTCOMES)
        and row.policy_name in (policies or POLICIES)
        and (since is None or row.created_at >= since)
    ]
    key = KEYS[sort]
    wanted = sorted(fitting, key=lambda row: (key(row), row.created_at), reverse=not reverse)
    assert names([row for page in pages for row in page]) == names(wanted)
    assert len(wanted) == total
    assert max(map(len, pages)) <= limit


def test_the_row_that_says_the_end_is_no_handoff(record: Record) -> None:
    for row in record.runs():
        assert row.issued == row.handoffs - (row.outcome in ENDED)


def test_the_python_face_takes_one_or_several(record: Record) -> None:
    assert names(record.runs(3)) == ["r29", "r28", "r27"]
    assert names(record.runs(2, policy="strict", sort="handoffs", page=2)) == ["r22", "r19"]
    several = record.runs(outcome=["shipped", Outcome.STOPPED], since=NOW + timedelta(hours=24))
    assert names(several) == ["r28", "r27", "r25", "r24"]
    assert names(record.runs(behaviour="weak", reverse=True, limit=2)) == ["r01", "r03"]
    with record.store.reading() as connection:
        assert ids(connection, Selection(policies=("strict",)))[:2] == ["r01", "r04"]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"outcome": "shiped"}, "no 'shiped'; did you mean 'shipped'?"),
        ({"sort": "price"}, "no 'price'; known: created, updated, cost"),
        ({"since": "soon"}, "since: 'soon' is no moment"),
        ({"since": datetime(2026, 1, 1)}, "without a zone"),
        ({"page": 4, "limit": 10}, "no page 4; the last one is 3"),
        ({"page": 0}, "counted from 1"),
        ({"limit": 0}, "counted from 1"),
        ({"limit": 2**63}, "to 1,000,000,000"),
        ({"page": 2**63, "limit": 1}, "to 1,000,000,000"),
        ({"page": 2}, "no page 2; the last one is 1"),
    ],
)
def test_what_cannot_be_asked_for_is_one_line(
    record: Record, wanted: dict[str, object], said: str
) -> None:
    with pytest.raises(InputError) as caught:
        record.runs(**wanted)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-02-28", datetime(2026, 2, 28, tzinfo=UTC)),
        ("2026-02-28T09:30", datetime(2026, 2, 28, 9, 30, tzinfo=UTC)),
        ("2026-02-28 09:30+02:00", datetime(2026, 2, 28, 7, 30, tzinfo=UTC)),
        ("30m", NOW - timedelta(minutes=30)),
        ("24h", NOW - timedelta(days=1)),
        (" 7d ", NOW - timedelta(days=7)),
        ("2 w", NOW - timedelta(days=14)),
    ],
)
def test_a_moment_is_a_date_a_time_or_how_long_ago(text: str, meant: datetime) -> None:
    assert moment_named(text, NOW) == meant


@pytest.mark.parametrize(
    "text", ["", "soon", "7", "7y", "-7d", "2026-02-30", "999999w", "\u0667d", "9999999d",
             "x" * 9_999, "0001-01-01T00:00+14:00", "7d\x1b[2J"],
)  # fmt: skip
def test_what_is_no_moment_is_one_printable_line(text: str) -> None:
    with pytest.raises(InputError) as caught:
        moment_named(text, NOW)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 250


def test_nothing_asked_for_selects_everything() -> None:
    assert selection(NOW, outcome=None, policy=[]) == EVERY
    assert not EVERY
    assert selection(NOW, policy="")


def test_a_page_fits_a_terminal_and_says_how_to_go_on(db: Path) -> None:
    lines = remit(db, "runs").stdout.splitlines()
    assert len(lines) == 23
    assert lines[0].split() == ["id", "2026", "UTC", "outcome", "handoffs", "cost", "policy",
                                "behaviour", "title"]  # fmt: skip
    assert lines[-2] == "each: seed 7"
    assert lines[-1] == "runs 1-20 of 30; next: remit runs --page 2"
    second = remit(db, "runs", "--page", "2").stdout.splitlines()
    assert len(second) == 13
    assert second[-2] == "each: seed 7, Clinic bookings"
    assert second[-1] == "runs 21-30 of 30"
    assert "next" not in remit(db, "runs", "--limit", "30").stdout


def test_the_command_at_the_foot_goes_on_with_the_same_question(db: Path) -> None:
    words = ("--outcome", "shipped", "--outcome", "waiting", "--policy", "it's mine", "--policy",
             "balanced", "--since", "2026-03-01T15:00", "--sort", "tokens", "--reverse",
             "--limit", "6")  # fmt: skip
    first = remit(db, "runs", *words, "--db", str(db), REMIT_DB="")
    foot = first.stdout.splitlines()[-1]
    command = shlex.split(foot.partition("; next: remit ")[2])
    assert foot.startswith("runs 1-6 of 18; next: remit runs --page 2 --outcome shipped ")
    rest = told(db, "runs", *words, "--page", "2") + told(db, "runs", *words, "--page", "3")
    assert len(rest) == 12
    shown = remit(db, *command, REMIT_DB="").stdout.splitlines()
    assert [line.split()[0] for line in shown[1:-2]] == [one["id"] for one in rest[:6]]
    assert shown[-1].startswith("runs 7-12 of 18; next: remit runs --page 3 ")


def test_what_is_sorted_by_is_shown(db: Path) -> None:
    for key, shown in (("tokens", "29"), ("duration", "0 min"), ("updated", "2026-03-02 17:00")):
        lines = remit(db, "runs", "--sort", key, "--limit", "1").stdout.splitlines()
        assert key in lines[0]
        assert shown in lines[1]


def test_programs_get_all_runs_unless_they_ask_for_a_page(db: Path) -> None:
    every = told(db, "runs")
    assert [one["id"] for one in every] == [f"r{number:02}" for number in reversed(range(30))]
    assert every[0]["title"] == NASTY
    assert set(every[0]["documents"]) == {"brief", "policy", "behaviour", "settings"}
    assert told(db, "runs", "--limit", "7", "--page", "2") == every[7:14]
    assert len(told(db, "runs", "--page", "2")) == 10
    assert told(db, "runs", "--page", "9") == []
    assert told(db, "runs", "--outcome", "failed") == []


def test_hostile_titles_steer_nothing_and_fit(db: Path) -> None:
    for columns in ("80", "60"):
        shown = remit(db, "runs", "--limit", "3", COLUMNS=columns).stdout
        lines = shown.splitlines()
        assert len(lines) == 6 + (columns == "60")
        assert ("no room for" in shown) is (columns == "60")
        assert all(line.isprintable() for line in lines)
        assert max(map(len, lines[:-1])) <= int(columns)
    assert "Bill\\x1b[31m\\u202e of" in remit(db, "runs", "--limit", "1", COLUMNS="120").stdout
    assert remit(db, "runs", "--json").stdout.isascii()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--outcome", "shiped"), "remit: outcome: there is no 'shiped'; did you mean 'shipped'?"),
        (("--sort", "x\x1b[2J"), "remit: sort: there is no 'x\\x1b[2J'; known: created"),
        (("--since", "tomorrow"), "remit: since: 'tomorrow' is no moment"),
        (("--page", "4"), "remit: page: there is no page 4; the last one is 2"),
        (("--page", "0"), "remit: Invalid value for '--page'"),
        (("--limit", "0"), "remit: Invalid value for '--limit'"),
    ],
)
def test_a_wrong_option_is_one_line(db: Path, words: tuple[str, ...], said: str) -> None:
    ran = remit(db, "runs", *words)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert ran.stderr.startswith(said)
    assert ran.stderr.count("\n") == 1


def test_a_name_that_no_run_has_is_told_from_one_that_was_not_lucky(db: Path) -> None:
    wrong = remit(db, "runs", "--policy", "stict", "--behaviour", "weak")
    assert wrong.exit_code == 0
    assert wrong.stdout.splitlines() == [
        "no run fits; `remit runs` lists all of them",
        "no run has the policy 'stict'; did you mean 'strict'?",
    ]
    unlucky = remit(db, "runs", "--policy", "strict", "--outcome", "failed")
    assert unlucky.stdout == "no run fits; `remit runs` lists all of them\n"


def test_runs_of_several_years_say_which(path: Path) -> None:
    with fresh(path) as store:
        for year in (2025, 2026):
            store.create_run(new_run(f"in-{year}"), now=NOW.replace(year=year), token=0)
    shown = remit(path, "runs").stdout
    assert "2025-03-01 12:00" in shown
    assert shown.splitlines()[0].split()[:3] == ["id", "UTC", "outcome"]


def test_a_listing_reads_no_run_in_full(db: Path, tmp_path: Path) -> None:
    """A list stays quick because it needs neither the graph nor the agents."""
    code = (
        "import sys; from remit.cli import app\n"
        "try: app(['runs', '--db', sys.argv[1]])\n"
        "except SystemExit: pass\n"
        "print(json.dumps([one for one in ('langgraph', 'langchain_core', 'remit.graph', "
        "'remit.agents.agent') if one in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"import json; {code}", str(db)],
        capture_output=True, text=True, timeout=60, check=True, cwd=tmp_path,
    )  # fmt: skip
    assert json.loads(done.stdout.splitlines()[-1]) == []
