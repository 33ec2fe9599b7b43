"""Handoffs as plain data: JSON lines and CSV say the same, and the page about them is true.

`python tests/test_export.py` writes the page's fields and the schema anew.
"""

import csv
import io
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from remit.export import COLUMNS, csv_lines, json_lines, record_of, schema
from remit.state.canonical import GENESIS, canonical, digest
from remit.state.handoff import Handoff
from remit.state.record import Projection, StoredHandoff
from tests.console import remit
from tests.records import NOW, RUNNING, any_handoff, begun, fresh, handoff

REFERENCE = Path(__file__).parent.parent / "docs" / "reference"
LISTS = ("fired", "spent", "reached", "inputs")
NULLABLE = ("to", "seat", "mode", "matter")
NUMBERS = ("seq", "step", "cost_micros", "tokens", "elapsed_s")
FORMULA = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
"""First characters that OWASP names for CSV injection."""


def stored(one: Handoff, at: datetime = NOW) -> StoredHandoff:
    return StoredHandoff(
        seq=one.seq, handoff=one, body=canonical(one.body()), previous=GENESIS,
        hash=one.chained(GENESIS), written_at=at,
    )  # fmt: skip


def read_csv(text: str) -> list[dict[str, Any]]:
    """Rows as the page says that they are to be read, with Python's own reader."""

    def value(name: str, cell: str) -> Any:
        if name in LISTS:
            return json.loads(cell)
        if name in NUMBERS:
            return int(cell)
        return None if name in NULLABLE and cell == "" else cell.removeprefix("'")

    rows = csv.DictReader(io.StringIO(text, newline=""))
    return [{name: value(name, cell) for name, cell in row.items()} for row in rows]


VALIDATOR: Any = Draft202012Validator(schema())


def faults(record: dict[str, Any]) -> list[str]:
    """Where a line does not fit the schema."""
    return [error.json_path for error in VALIDATOR.iter_errors(record)]


_HOSTILE = st.text(st.sampled_from(f"{FORMULA}'\",;|\x1b\x9b\u202e\0\u2028é x1"), max_size=8)


@settings(max_examples=50)
@given(
    rows=st.lists(any_handoff, max_size=2),
    why=_HOSTILE,
    owner=_HOSTILE,
    matter=st.none() | _HOSTILE.filter(bool),
)
def test_csv_and_json_lines_say_the_same(
    rows: list[Handoff], why: str, owner: str, matter: str | None
) -> None:
    made = [*rows, handoff(7, why=why, owner_now=owner, matter=matter)]
    records = [record_of("run1", stored(one)) for one in made if one.matter != ""]
    lines = "".join(json_lines(records))
    assert lines.isascii()
    assert lines.count("\n") == len(records)
    loaded = [json.loads(line) for line in lines.splitlines()]
    assert read_csv("".join(csv_lines(records))) == loaded


@settings(max_examples=50)
@given(rows=st.lists(any_handoff, min_size=1, max_size=2), why=_HOSTILE)
def test_no_cell_begins_like_a_formula(rows: list[Handoff], why: str) -> None:
    records = [record_of("run1", stored(one)) for one in (*rows, handoff(1, why=why))]
    text = "".join(csv_lines(records))
    for row in csv.reader(io.StringIO(text, newline="")):
        assert not [cell for cell in row if cell.startswith(tuple(FORMULA))]


@settings(max_examples=40)
@given(one=any_handoff)
def test_every_line_fits_the_schema(one: Handoff) -> None:
    record = json.loads(next(json_lines([record_of("run1", stored(one))])))
    assert faults(record) == (["$.matter"] if one.matter == "" else [])


@pytest.mark.parametrize(
    "change",
    [{"seq": "1"}, {"to": "ceo"}, {"hash": "0"}, {"more": 1}, {"spent": [{"limit": "grants"}]},
     {"written_at": None}, {"cost_micros": 1.5}],
)  # fmt: skip
def test_the_schema_refuses_what_is_no_line(change: dict[str, Any]) -> None:
    record = json.loads(next(json_lines([record_of("run1", stored(handoff(1)))])))
    assert faults(record) == []
    assert faults(record | change)
    assert faults({key: one for key, one in record.items() if key != "why"})


def test_the_hash_can_be_worked_out_from_a_line_alone() -> None:
    record = json.loads(next(json_lines([record_of("run1", stored(handoff(3)))])))
    body = {key: one for key, one in record.items()
            if key not in ("run", "previous", "hash", "written_at")}  # fmt: skip
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert digest(record["previous"] + text) == record["hash"]


def test_the_schema_that_is_shipped_is_the_one_that_holds(path: Path) -> None:
    Draft202012Validator.check_schema(schema())  # pyright: ignore[reportUnknownMemberType]
    assert json.loads((REFERENCE / "handoff.schema.json").read_text("utf-8")) == schema()
    assert json.loads(remit(path, "export", "--schema").stdout) == schema()


def test_the_page_names_every_field_in_order() -> None:
    page = (REFERENCE / "export.md").read_text("utf-8")
    assert fields_table() == page.partition("<!-- fields -->\n")[2].partition("<!-- /fields -->")[0]
    assert [one.name for one in COLUMNS] == list(record_of("run1", stored(handoff(1))))


def fields_table() -> str:
    """The page's table of fields, out of the module and its schema."""
    properties = schema()["properties"]
    lines = ["", "| field | type | unit | meaning |", "| --- | --- | --- | --- |"]
    lines += [
        f"| `{one.name}` | {type_words(properties[one.name])} | {one.unit} | {one.meaning} |"
        for one in COLUMNS
    ]
    defs = schema()["$defs"]
    words = [
        f"- {name.lower()}: {', '.join(f'`{word}`' for word in one['enum'])}"
        for name, one in sorted(defs.items())
        if "enum" in one
    ]
    return "\n".join([*lines, "", "The words of each closed set:", "", *words, "", ""])


def type_words(kind: dict[str, Any]) -> str:
    """A type in the page's words."""
    if "anyOf" in kind:
        return " or ".join(type_words(one) for one in kind["anyOf"])
    if "$ref" in kind:
        return str(kind["$ref"]).rpartition("/")[2].lower()
    if kind["type"] == "array":
        return f"list of {type_words(kind['items'])}"
    return "text" if kind["type"] == "string" else str(kind["type"])


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record with two runs of three handoffs; the reasons of the second one are hostile."""
    path = tmp_path_factory.mktemp("export") / "remit.db"
    nasty = "=cmd|'/c calc'!A1\x1b[31m\u202e\n\x9b é"
    with fresh(path) as store:
        for name, why in (("one", "accepted"), ("two", nasty)):
            run = begun(store, name=name, policy_name={"one": "strict"}.get(name, "balanced"))
            rows = [handoff(seq, why=why) for seq in (1, 2, 3)]
            store.project(run, Projection(run=RUNNING, handoffs=rows), NOW)
    return path


def exported(db: Path, *words: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in remit(db, "export", *words).stdout.splitlines()]


def test_files_and_standard_output_hold_the_same(db: Path, tmp_path: Path) -> None:
    lines, table = tmp_path / "rows.jsonl", tmp_path / "rows.csv"
    wrote = remit(db, "export", "two", "--jsonl", str(lines), "--csv", str(table))
    assert wrote.stdout.splitlines() == [f"3 rows: {lines}", f"3 rows: {table}"]
    assert lines.read_bytes() == remit(db, "export", "two", "--jsonl", "-").stdout_bytes
    assert table.read_bytes() == remit(db, "export", "two", "--csv", "-").stdout_bytes
    assert read_csv(table.read_bytes().decode("utf-8")) == exported(db, "two", "--jsonl", "-")
    assert table.read_bytes().count(b"\r\n") == 4


def test_runs_are_named_or_all_or_narrowed(db: Path) -> None:
    def runs(*words: str) -> list[str]:
        return list(dict.fromkeys(row["run"] for row in exported(db, *words, "--jsonl", "-")))

    assert runs("two", "one", "tw") == ["two", "one"]
    assert len(exported(db, "two", "tw", "--jsonl", "-")) == 3
    assert runs("--all") == ["one", "two"]
    assert runs("--all", "--policy", "strict") == ["one"]
    assert runs("--all", "--outcome", "shipped") == []


def test_pandas_reads_what_the_page_shows(db: Path, tmp_path: Path) -> None:
    page = (REFERENCE / "export.md").read_text("utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.S)
    assert remit(db, "export", "--all", "--csv", str(tmp_path / "handoffs.csv")).exit_code == 0
    names: dict[str, Any] = {}
    exec(code.replace("handoffs.csv", str(tmp_path / "handoffs.csv")), names)
    frame: pd.DataFrame = names["handoffs"]
    assert frame.shape == (6, len(COLUMNS))
    assert frame["spent"][0][0]["limit"] == "contract_review"
    assert list(frame["contract_version"]) == ["1.0.0"] * 6
    assert frame["why"][4].startswith("'=cmd")
    assert list(frame["clause"]) == [""] * 6
    assert frame["matter"].isna().all()
    assert frame["seq"].dtype.kind == "i"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("one",), "say what to write: --jsonl FILE, --csv FILE or --out DIR"),
        (("--csv", "-"), "name the runs, or say --all"),
        (("one", "--all", "--csv", "-"), "name the runs, or say --all"),
        (("one", "--policy", "strict", "--csv", "-"), "go with --all"),
        (("one", "--csv", "-", "--jsonl", "-"), "standard output takes one"),
        (("one", "--csv", "x", "--jsonl", "./x"), "--jsonl and --csv name one file, x"),
        (("one", "two", "--out", "x"), "--out takes one run"),
        (("--all", "--out", "x"), "--out takes one run"),
        (("none", "--csv", "-"), "run 'none': there is none"),
        (("one", "--csv", "/dev/null/x"), "/dev/null/x: cannot be written (Not a directory)"),
        (("one", "--jsonl", "/"), "/: cannot be written (Is a directory)"),
        (("--all", "--since", "x", "--csv", "-"), "'x' is no moment"),
    ],
)
def test_what_cannot_be_exported_is_one_line(db: Path, words: Sequence[str], said: str) -> None:
    ran = remit(db, "export", *words)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert said in ran.stderr
    assert ran.stderr.count("\n") == 1


def test_a_wrong_name_leaves_the_file_alone(db: Path, tmp_path: Path) -> None:
    target = tmp_path / "kept.csv"
    target.write_text("mine")
    assert remit(db, "export", "one", "none", "--csv", str(target)).exit_code == 2
    assert target.read_text() == "mine"


def test_a_terminal_is_not_steered(db: Path) -> None:
    """Of JSON lines, which are ASCII, another test holds the same."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "remit", "export", "two", "--csv", "-", "--db", str(db)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=theirs) as process:
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 65_536):
                shown += part
        except OSError:
            pass  # Linux tells the end of a terminal so
        assert process.wait(timeout=60) == 0
    os.close(ours)
    text = shown.decode("utf-8")
    assert "calc" in text
    assert all(char.isprintable() for char in text if char not in "\r\n")


def _rewrite() -> None:
    place = REFERENCE / "handoff.schema.json"
    place.write_text(json.dumps(schema(), indent=2, ensure_ascii=False) + "\n", "utf-8")
    page = REFERENCE / "export.md"
    before, _, rest = page.read_text("utf-8").partition("<!-- fields -->\n")
    after = rest.partition("<!-- /fields -->")[2]
    page.write_text(f"{before}<!-- fields -->\n{fields_table()}<!-- /fields -->{after}", "utf-8")


if __name__ == "__main__":
    _rewrite()
