"""What was written is not changed; where somebody does, it is seen and named."""

import sqlite3
from pathlib import Path

import pytest

from remit.state.codec import report_hash
from remit.state.errors import Tampered
from remit.state.record import Projection
from remit.state.store import Store
from tests.records import (
    ANSWER,
    LATER,
    RUNNING,
    dump,
    matter,
    tamper,
)

REFUSED = [
    "UPDATE {table} SET run_id = run_id",
    "DELETE FROM {table}",
    "INSERT OR REPLACE INTO {table} ({columns}) SELECT {columns} FROM {table} LIMIT 1",
    "INSERT OR REPLACE INTO {table} (rowid, {columns}) SELECT 1, {next} FROM {table} LIMIT 1",
    "INSERT INTO {table} ({columns}) SELECT {gap} FROM {table} LIMIT 1",
]
COLUMNS = {
    "reports": ("n", ["run_id", "n", "step", "seat", "hash", "journalled_at", "body"]),
    "handoffs": ("seq", ["run_id", "seq", "previous", "hash", "written_at", "body"]),
    "contracts": ("n", ["run_id", "n", "body"]),
    "debts": ("n", ["run_id", "n", "body"]),
    "grants": ("n", ["run_id", "n", "body"]),
}


@pytest.mark.parametrize("table", COLUMNS)
@pytest.mark.parametrize("statement", REFUSED)
def test_rows_are_only_appended_and_in_order(
    full: sqlite3.Connection, path: Path, table: str, statement: str
) -> None:
    before = dump(path)
    number, names = COLUMNS[table]
    following = f"(SELECT max({number}) FROM {table})"
    sql = statement.format(
        table=table,
        columns=", ".join(names),
        next=", ".join(f"{following} + 1" if name == number else name for name in names),
        gap=", ".join(f"{following} + 2" if name == number else name for name in names),
    )
    with pytest.raises(sqlite3.IntegrityError, match=f"{table}: "):
        full.execute(sql)
    assert dump(path) == before


CALL = "INSERT {how} INTO calls VALUES ('run1', 1, 'cto', 1, 'begun', '', '{body}')"


@pytest.mark.parametrize(
    "sql",
    [
        CALL.format(how="OR REPLACE", body="cheaper"),
        "UPDATE calls SET body = ''",
        "DELETE FROM calls",
    ],
)
def test_a_call_is_written_down_once(full: sqlite3.Connection, sql: str) -> None:
    full.execute(CALL.format(how="", body="{}"))
    with pytest.raises(sqlite3.IntegrityError, match="calls: "):
        full.execute(sql)
    assert full.execute("SELECT body FROM calls").fetchall() == [("{}",)]


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT OR REPLACE INTO reports (run_id, n, step, seat, hash, journalled_at, body) "
        "SELECT run_id, 3, 1, 'cto', hash, journalled_at, '{}' FROM reports WHERE n = 1",
        "DELETE FROM runs",
        "UPDATE runs SET seed = 8",
        "UPDATE runs SET policy = brief",
        "INSERT OR REPLACE INTO runs SELECT * FROM runs",
        "DELETE FROM artifacts",
        "UPDATE artifacts SET content = '{}'",
        "DELETE FROM matters",
        "UPDATE matters SET question = '{}'",
        "UPDATE matters SET status = 'answered'",
        "UPDATE matters SET opened_at = '2020'",
        "UPDATE matters SET status = 'answered', answer = '{}', deadline_at = '2020'",
        "UPDATE matters SET authority = 'qa'",
        "INSERT OR REPLACE INTO matters (run_id, id, step, status, authority, opened_at, question) "
        "SELECT run_id, id, step, 'open', 'human', opened_at, '{}' FROM matters",
    ],
)
def test_what_is_fixed_stays(full: sqlite3.Connection, path: Path, sql: str) -> None:
    before = dump(path)
    with pytest.raises(sqlite3.IntegrityError, match=r"(reports|runs|artifacts|matters): "):
        full.execute(sql)
    assert dump(path) == before


def test_a_content_cannot_be_replaced(full: sqlite3.Connection, path: Path) -> None:
    before = dump(path)
    full.execute("INSERT OR REPLACE INTO artifacts SELECT hash, '{}' FROM artifacts")
    full.execute("INSERT OR REPLACE INTO artifacts (rowid, hash, content) VALUES (1, 'x', '{}')")
    assert dump(path) == before


def test_an_answered_matter_is_closed(full: sqlite3.Connection, store: Store) -> None:
    store.project("run1", Projection(run=RUNNING, matters=[matter(**ANSWER)]), LATER)
    for sql in (
        "UPDATE matters SET answer = '{}'",
        "UPDATE matters SET status = 'open', answer = NULL",
        "UPDATE matters SET authority = 'human'",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="answered once"):
            full.execute(sql)


def test_a_row_needs_its_run(full: sqlite3.Connection) -> None:
    full.execute("PRAGMA foreign_keys=ON")
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        full.execute("INSERT INTO debts VALUES ('nobody', 1, '{}')")


def test_other_programs_read_a_handoff_by_columns(full: sqlite3.Connection) -> None:
    sql = "SELECT seq, step, sender, to_seat, stage, kind, rule FROM handoffs WHERE seq = 2"
    assert full.execute(sql).fetchone() == (
        2, 2, "cto", "backend", "build", "normal", "contract_review.next",
    )  # fmt: skip
    sql = "SELECT kind, options, default_action FROM matters"
    assert full.execute(sql).fetchone() == ("question", '["answer","refer"]', "refer")


# Tampering


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE reports SET body = replace(body, 'clinic', 'casino') WHERE n = 1", "report 1/cto"),
        ("UPDATE reports SET seat = 'qa' WHERE n = 2", "report 2/qa"),
        ("UPDATE reports SET step = 9 WHERE n = 2", "report 9/cto"),
        ("DELETE FROM reports WHERE n = 1", "report number 1"),
    ],
)
def test_a_journal_row_that_was_touched_is_named(
    full: sqlite3.Connection, store: Store, path: Path, statement: str, named: str
) -> None:
    tamper(path, statement)
    with pytest.raises(Tampered, match=named):
        store.journal("run1")


@pytest.mark.parametrize(
    "body",
    ["", "null", "[]", "{}", "[" * 100_000, '{"event":"dance","mode":"plan","summary":""}',
     '{"event":"stop","mode":"plan","summary":"","artifacts":7}', '{"event":"stop"}x'],
)  # fmt: skip
def test_a_body_that_is_no_report_is_named_even_with_its_hash(
    full: sqlite3.Connection, store: Store, path: Path, body: str
) -> None:
    forged = report_hash(1, "cto", body)
    tamper(path, f"UPDATE reports SET body = '{body}', hash = '{forged}' WHERE n = 1")
    with pytest.raises(Tampered, match="run 'run1', report 1/cto: is not a report"):
        store.journal("run1")


def test_an_artifact_that_was_touched_or_lost_is_named(
    full: sqlite3.Connection, store: Store, path: Path
) -> None:
    (ref,) = store.journal("run1")[0].artifacts
    tamper(path, f"UPDATE artifacts SET content = '{{}}' WHERE hash = '{ref.hash}'")
    with pytest.raises(Tampered, match=f"{ref.hash[:12]}: its content"):
        store.artifact(ref.hash)
    tamper(path, f"DELETE FROM artifacts WHERE hash = '{ref.hash}'")
    with pytest.raises(Tampered, match="missing"):
        store.artifact(ref.hash)


@pytest.mark.parametrize("table", ["handoffs", "contracts", "debts", "grants"])
def test_a_row_that_is_no_value_is_named(
    full: sqlite3.Connection, store: Store, path: Path, table: str
) -> None:
    tamper(path, f"UPDATE {table} SET body = '{{\"a\":1}}'")
    read = {"handoffs": store.handoffs, "contracts": store.contracts,
            "debts": store.debts, "grants": store.grants}[table]  # fmt: skip
    with pytest.raises(Tampered, match=r"run 'run1', .* 1: is not a"):
        read("run1")
