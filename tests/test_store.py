"""The record: what is written is read, nothing is written twice, nothing written is changed."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, event

from remit.state import codec
from remit.state.canonical import GENESIS, digest
from remit.state.chain import verify
from remit.state.codec import report_body, report_hash
from remit.state.errors import DatabaseError, InputError, RunBusy, Tampered
from remit.state.handoff import Handoff
from remit.state.place import default_url, path_of
from remit.state.record import CompleteRun, Entry, Projection, RunRow, document, entry_of
from remit.state.report import Artifact, Report
from remit.state.runid import TOKENS, run_id
from remit.state.store import Store, open_store
from remit.state.vocabulary import ROLES, Outcome, Seat
from tests.records import (
    ANSWER,
    EVERYTHING,
    LATER,
    NOW,
    REPORT,
    RUNNING,
    any_report,
    dump,
    handoff,
    handoffs,
    matter,
    new_run,
    processes,
    tamper,
)

TOKEN = count()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "remit.db"


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("empty") / "remit.db"
    open_store(place).close()
    return place


@pytest.fixture
def store(empty: Path, path: Path) -> Iterator[Store]:
    shutil.copyfile(empty, path)
    with open_store(path, durable=False) as opened:
        yield opened


@pytest.fixture(scope="module")
def memory() -> Iterator[Store]:
    with open_store(":memory:") as opened:
        yield opened


def begun(store: Store, **changes: Any) -> str:
    return store.create_run(new_run(**changes), now=NOW, token=next(TOKEN))


# The journal


@given(any_report, st.sampled_from(Seat), st.integers(1, 10**6))
def test_a_report_is_read_as_it_was_journalled(
    memory: Store, report: Report, seat: Seat, step: int
) -> None:
    run = begun(memory)
    memory.append(run, step, seat, report, NOW)
    (entry,) = memory.journal(run)
    artifacts = tuple(
        Artifact(name=ref.name, content=memory.artifact(ref.hash)) for ref in entry.artifacts
    )
    assert (entry.step, entry.seat) == (step, seat)
    assert entry.report.model_copy(update={"artifacts": artifacts}) == report


def test_the_journal_keeps_the_order_of_arrival_whatever_the_clock_says(store: Store) -> None:
    run = begun(store)
    for number, (step, seat) in enumerate([(1, Seat.QA), (1, Seat.BACKEND), (2, Seat.CTO)]):
        store.append(run, step, seat, REPORT, NOW - timedelta(days=number))
    rows = store.journal_rows(run)
    assert [(row.entry.step, row.entry.seat) for row in rows] == [
        (1, "qa"),
        (1, "backend"),
        (2, "cto"),
    ]
    assert rows[2].journalled_at < rows[0].journalled_at


def test_an_assignment_is_answered_once(store: Store, path: Path) -> None:
    run = begun(store)
    store.append(run, 1, Seat.CTO, REPORT, NOW)
    before = dump(path)
    other = REPORT.model_copy(update={"artifacts": (Artifact(name="plan", content={"a": 1}),)})
    with pytest.raises(RunBusy, match="another process"):
        store.append(run, 1, Seat.CTO, other, NOW)
    assert dump(path) == before


def test_of_processes_that_race_exactly_one_journals_each_step(store: Store, path: Path) -> None:
    run = begun(store)
    code = """
from datetime import datetime, UTC
from remit.state.errors import RunBusy
from remit.state.report import Report
from remit.state.store import open_store
with open_store(sys.argv[1]) as store:
    ready()
    for step in range(1, 41):
        try:
            report = Report(event="deliver", mode="plan", summary="x")
            store.append(sys.argv[2], step, "cto", report, datetime.now(UTC))
            print(step)
        except RunBusy:
            pass
"""
    won = [step for out in processes(3, code, [path, run]) for step in out.split()]
    assert sorted(map(int, won)) == list(range(1, 41))
    assert len(store.journal(run)) == 40


def test_a_killed_process_leaves_every_step_that_it_saw_written(store: Store, path: Path) -> None:
    code = """
import sys
from datetime import datetime, UTC
from remit.state.store import open_store
from remit.state.record import Projection
from tests.records import REPORT, RUNNING, handoff
with open_store(sys.argv[1]) as store:
    step = len(store.journal(sys.argv[2]))
    while step := step + 1:
        store.append(sys.argv[2], step, "cto", REPORT, datetime.now(UTC))
        row = Projection(run=RUNNING, handoffs=[handoff(n) for n in range(1, step + 1)])
        store.project(sys.argv[2], row, datetime.now(UTC))
        print(step, flush=True)
"""
    run = begun(store)
    seen = 0
    for lines in (1, 3, 2, 5):
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(path), run], stdout=subprocess.PIPE, text=True
        )
        with process:
            assert process.stdout is not None
            seen = [int(process.stdout.readline()) for _ in range(lines)][-1]
            process.kill()
        steps = [entry.step for entry in store.journal(run)]
        assert steps == list(range(1, len(steps) + 1))
        assert len(steps) >= seen
        assert len(steps) - 1 <= len(store.handoffs(run)) <= len(steps)
        assert verify(store.handoffs(run), store.find(run).chain_head) is None
    assert store.damage() is None


def test_threads_share_a_store(memory: Store) -> None:
    run = begun(memory)
    jobs = [(step, seat) for step in range(1, 6) for seat in ROLES]

    def work(job: tuple[int, Seat]) -> Entry:
        return memory.append(run, job[0], job[1], REPORT, NOW)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, jobs))
    assert sorted((one.step, one.seat) for one in memory.journal(run)) == sorted(jobs)


def test_a_report_of_an_unknown_run_is_refused(store: Store) -> None:
    with pytest.raises(InputError, match="'nobody': is not in this database"):
        store.append("nobody", 1, Seat.CTO, REPORT, NOW)
    with pytest.raises(InputError, match="'nobody': is not in this database"):
        store.project("nobody", Projection(run=RUNNING), NOW)


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    "content",
    [{"a": float("nan")}, {"a": {1, 2}}, {"a": "\ud800"}, nested(100_000), {"a": "x" * 2_000}],
    ids=["nan", "set", "surrogate", "deep", "long"],
)
def test_an_artifact_that_is_no_storable_json_is_refused(
    store: Store, content: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """BE-FIN-3: what an agent hands over is checked before it is kept."""
    monkeypatch.setattr(codec, "MAX_CONTENT_CHARS", 1_000)
    run = begun(store)
    report = REPORT.model_copy(
        update={"artifacts": (Artifact.model_construct(name="work", content=content),)}
    )
    with pytest.raises(InputError):
        store.append(run, 1, Seat.CTO, report, NOW)
    assert store.journal(run) == ()


def test_a_report_built_without_validation_is_refused(store: Store) -> None:
    run = begun(store)
    unnamed = Artifact.model_construct(name="../x", content={})
    for change in (
        {"tokens_in": -1},
        {"summary": "x" * 3_000},
        {"summary": "\ud800"},
        {"mode": "sleep"},
        {"artifacts": (unnamed,)},
    ):
        with pytest.raises(InputError, match="report 1/cto: cannot be journalled"):
            store.append(run, 1, Seat.CTO, REPORT.model_copy(update=change), NOW)
    assert store.journal(run) == ()


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="zone"):
        store.append(begun(store), 1, Seat.CTO, REPORT, datetime(2026, 1, 1))


def test_contents_are_kept_once(store: Store, path: Path) -> None:
    for _ in range(3):
        run = begun(store)
        store.append(run, 1, Seat.CTO, REPORT, NOW)
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM artifacts").fetchone() == (5,)
    connection.close()


def test_a_run_keeps_the_documents_that_it_starts_from(store: Store) -> None:
    subject = document({"openapi": "3.1.0"})
    run = store.create_run(
        new_run(), now=NOW, token=1, documents={subject.hash: {"openapi": "3.1.0"}}
    )
    assert store.artifact(subject.hash) == {"openapi": "3.1.0"}
    assert store.artifact(store.find(run).policy) == {"limits": {"grants": 1}}
    with pytest.raises(InputError, match="has the hash"):
        store.create_run(new_run(), now=NOW, token=1, documents={"0" * 64: {}})


# What was written is not changed

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


@pytest.fixture
def full(store: Store, path: Path) -> Iterator[sqlite3.Connection]:
    """A connection of somebody else to a record with rows of every kind."""
    run = begun(store, name="run1")
    store.append(run, 1, Seat.CTO, REPORT, NOW)
    store.append(run, 2, Seat.CTO, REPORT, NOW)
    store.project(run, EVERYTHING, NOW)
    connection = sqlite3.connect(path, isolation_level=None)
    yield connection
    connection.close()


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


# What follows from the journal


def test_a_projection_is_read_as_it_was_written(store: Store) -> None:
    run = begun(store)
    store.project(run, EVERYTHING, NOW)
    rows = store.handoffs(run)
    assert [row.handoff for row in rows] == EVERYTHING.handoffs
    assert rows[-1].hash == store.find(run).chain_head
    assert verify(rows, store.find(run).chain_head) is None
    (stored,) = store.matters(run)
    assert (stored.state, stored.opened_at, stored.answered_at) == (matter(), NOW, None)
    assert store.contracts(run) == tuple(EVERYTHING.contracts)
    assert store.debts(run) == tuple(EVERYTHING.debts)
    assert store.grants(run) == tuple(EVERYTHING.grants)
    row = store.find(run)
    assert (row.outcome, row.reason, row.handoffs) == (Outcome.WAITING, "a question", 3)


def test_projecting_again_changes_only_the_time_of_the_run(store: Store, path: Path) -> None:
    run = begun(store)
    store.project(run, EVERYTHING, NOW)
    before = dump(path)
    store.project(run, EVERYTHING, NOW)
    assert dump(path) == before


def test_step_by_step_and_all_at_once_write_the_same_chain(store: Store) -> None:
    one, other = begun(store), begun(store)
    for row in handoffs(5):
        store.project(one, Projection(run=RUNNING, handoffs=[row]), NOW)
    store.project(other, Projection(run=RUNNING, handoffs=handoffs(5)), NOW)
    assert store.handoffs(one) == store.handoffs(other)


def test_what_a_killed_process_left_out_is_filled_in(store: Store) -> None:
    run = begun(store)
    store.project(run, Projection(run=RUNNING, handoffs=handoffs(2)), NOW)
    store.project(run, replace(EVERYTHING, handoffs=handoffs(4)), LATER)
    rows = store.handoffs(run)
    assert [row.written_at for row in rows] == [NOW, NOW, LATER, LATER]
    assert verify(rows, store.find(run).chain_head) is None


@pytest.mark.parametrize(
    ("projection", "named"),
    [
        (Projection(run=RUNNING, handoffs=[handoff(2, why="no"), handoff(3)]), "handoff 2"),
        (Projection(run=RUNNING, handoffs=handoffs(2)), "handoff 3"),
        (Projection(run=RUNNING, handoffs=[handoff(5)]), "handoff 4"),
        (Projection(run=RUNNING, matters=[matter(step=2)]), "matter 'm3'"),
        (Projection(run=RUNNING, debts=[replace(EVERYTHING.debts[0], by="cto")]), "debts 1"),
        (Projection(run=RUNNING, grants=[replace(EVERYTHING.grants[0], why="")]), "grants 1"),
        (
            Projection(run=RUNNING, contracts=[replace(EVERYTHING.contracts[1], version="2.0.0")]),
            "contracts 2",
        ),
    ],
)
def test_a_row_that_differs_is_named_and_kept(
    store: Store, path: Path, projection: Projection, named: str
) -> None:
    run = begun(store)
    store.project(run, EVERYTHING, NOW)
    before = dump(path)
    with pytest.raises(Tampered, match=named):
        store.project(run, projection, LATER)
    with pytest.raises(Tampered, match=named):
        store.append_entries(run, [entry_of(9, Seat.CTO, REPORT)[0]], {}, LATER, projection)
    assert dump(path) == before


def test_a_handoff_whose_hash_was_changed_is_named(store: Store, path: Path) -> None:
    run = begun(store)
    store.project(run, EVERYTHING, NOW)
    tamper(path, f"UPDATE handoffs SET hash = '{'0' * 64}' WHERE seq = 2")
    with pytest.raises(Tampered, match="handoff 2: its text does not fit"):
        store.project(run, EVERYTHING, LATER)


def test_a_matter_passes_to_the_human_and_is_answered_once(store: Store) -> None:
    """PUB-10: a person's answer is recorded, and a second one is refused."""
    run = begun(store)
    deadline = LATER + timedelta(days=1)
    human = matter(Seat.HUMAN, deadline_at=deadline)
    answered = replace(human, answer={"event": "stop"}, answered_by="human", deadline_at=None)
    for state in (matter(), human, replace(human, deadline_at=LATER), answered, answered):
        store.project(run, Projection(run=RUNNING, matters=[state]), LATER)
    (row,) = store.matters(run)
    assert row.state == replace(answered, deadline_at=deadline)
    assert row.answered_at == LATER
    for other in (human, replace(answered, answer={"event": "answer"}), matter(**ANSWER)):
        with pytest.raises(Tampered, match="matter 'm3'"):
            store.project(run, Projection(run=RUNNING, matters=[other]), LATER)


def test_a_matter_that_passed_and_was_answered_in_one_go_is_filled_in(store: Store) -> None:
    run = begun(store)
    store.project(run, Projection(run=RUNNING, matters=[matter()]), NOW)
    answered = matter(Seat.HUMAN, answer={"event": "stop"}, answered_by="human")
    store.project(run, Projection(run=RUNNING, matters=[answered]), LATER)
    assert store.matters(run)[0].state == answered


def test_the_inbox_has_the_open_matters_of_all_runs_oldest_first(store: Store) -> None:
    runs = [begun(store) for _ in range(3)]
    for hours, run in zip((2, 0, 1), runs, strict=True):
        at = NOW + timedelta(hours=hours)
        store.project(run, Projection(run=RUNNING, matters=[matter()]), at)
    store.project(runs[1], Projection(run=RUNNING, matters=[matter(**ANSWER)]), LATER)
    assert [row.run_id for row in store.matters(open_only=True)] == [runs[2], runs[0]]
    assert len(store.matters()) == 3


def test_reports_and_what_follows_are_written_together_or_not_at_all(store: Store) -> None:
    run = begun(store)
    entry, contents = entry_of(1, Seat.CTO, REPORT)
    following = Projection(run=RUNNING, handoffs=handoffs(2))
    store.append_entries(run, [entry], contents, NOW, following)
    assert (store.journal(run), len(store.handoffs(run))) == ((entry,), 2)
    again = replace(following, handoffs=[handoff(3)])
    with pytest.raises(RunBusy):
        store.append_entries(run, [entry], contents, NOW, again)
    assert len(store.handoffs(run)) == 2


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


# Runs


def test_a_run_is_found_by_any_prefix_that_only_it_has(store: Store) -> None:
    for name in ("alpha", "alpine", "alp", "beta"):
        begun(store, name=name)
    assert store.find("b").id == "beta"
    assert store.find("alph").id == "alpha"
    assert store.find("alp").id == "alp"
    with pytest.raises(InputError, match="could be alp, alpha, alpine; give more"):
        store.find("al")


@pytest.mark.parametrize("prefix", ["", "zeta", "%", "a'", "a" * 10_000, "\x00", "\ud800"])
def test_a_run_that_is_not_there_is_one_line(store: Store, prefix: str) -> None:
    begun(store, name="alpha")
    with pytest.raises(InputError, match="there is none") as caught:
        store.find(prefix)
    assert len(str(caught.value)) < 200


def test_an_ambiguous_prefix_names_only_a_few(store: Store) -> None:
    for number in range(12):
        begun(store, name=f"run{number:02}")
    with pytest.raises(InputError, match=r"run00, .*run07, …"):
        store.find("run")


def test_a_name_is_taken_once(store: Store) -> None:
    begun(store, name="alpha")
    with pytest.raises(InputError, match="'alpha': is taken"):
        begun(store, name="alpha")


@pytest.mark.parametrize("name", ["", "../alpha", "-rf", ".hidden", "a b", "a\n", "x" * 65, "é"])
def test_a_name_that_is_no_name_is_refused(store: Store, name: str) -> None:
    with pytest.raises(InputError, match="run name"):
        begun(store, name=name)
    assert store.runs() == []


@pytest.mark.parametrize("seed", [-1, 2**63])
def test_a_seed_out_of_range_is_refused(store: Store, seed: int) -> None:
    with pytest.raises(InputError, match="seed"):
        begun(store, seed=seed)


def test_runs_are_listed_newest_first_and_by_what_they_are(store: Store) -> None:
    rows = [("a", "balanced", 0), ("b", "strict", 2), ("c", "balanced", 1)]
    for name, policy, hours in rows:
        new = new_run(name, policy_name=policy)
        store.create_run(new, now=NOW + timedelta(hours=hours), token=0)
    store.project("c", Projection(run=replace(RUNNING, outcome=Outcome.SHIPPED)), LATER)

    def ids(found: list[RunRow]) -> str:
        return "".join(row.id for row in found)

    assert ids(store.runs()) == "bca"
    assert ids(store.runs(2)) == "bc"
    assert ids(store.runs(policy="balanced")) == "ca"
    assert ids(store.runs(outcome=Outcome.SHIPPED)) == "c"
    assert store.runs()[0].roles == ROLES


def test_listing_never_sorts_the_whole_table(full: sqlite3.Connection) -> None:
    for where in ("", "WHERE outcome = 'shipped' ", "WHERE policy_name = 'strict' "):
        sql = f"EXPLAIN QUERY PLAN SELECT * FROM runs {where}ORDER BY created_at DESC, id DESC"
        plan = " ".join(row[3] for row in full.execute(f"{sql} LIMIT 20"))
        assert "USING INDEX" in plan
        assert "USE TEMP B-TREE FOR ORDER BY" not in plan


@given(st.datetimes(datetime(2024, 1, 1), datetime(2150, 1, 1)), st.integers(1, 10**6))
def test_ids_sort_by_time(at: datetime, later_ms: int) -> None:
    moment = at.replace(tzinfo=NOW.tzinfo)
    later = moment + timedelta(milliseconds=125 + later_ms)
    assert run_id(moment, TOKENS - 1) < run_id(later, 0)
    assert len(run_id(moment, 0)) == 10


def test_runs_of_one_moment_and_token_get_different_ids(store: Store) -> None:
    ids = [store.create_run(new_run(), now=NOW, token=TOKENS - 1) for _ in range(3)]
    assert len(set(ids)) == 3


# Batches


def completed(number: int, **changes: Any) -> CompleteRun:
    entry, contents = entry_of(1, Seat.CTO, REPORT)
    bare = Entry(step=2, seat=Seat.PM, report=entry.report)
    return CompleteRun(
        new=new_run(seed=number, **changes),
        entries=(entry, bare),
        contents=contents,
        projection=replace(EVERYTHING, handoffs=handoffs(number)),
    )


def test_a_batch_writes_what_single_runs_write(store: Store) -> None:
    batch = store.write_batch([completed(n) for n in (1, 2, 3)], now=NOW, token=5)
    for number, run in enumerate(batch, 1):
        alone = begun(store, seed=number)
        one = completed(number)
        for entry in one.entries:
            store.append_entries(alone, [entry], one.contents, NOW)
        store.project(alone, one.projection, NOW)
        assert store.journal_rows(alone) == store.journal_rows(run)
        assert store.handoffs(alone) == store.handoffs(run)
        assert store.debts(alone) == store.debts(run)
        assert [row.state for row in store.matters(alone)] == [
            row.state for row in store.matters(run)
        ]
        assert replace(store.find(alone), id=run) == store.find(run)
    assert store.damage() is None


def test_a_batch_is_written_whole_or_not_at_all(store: Store, path: Path) -> None:
    begun(store, name="taken")
    before = dump(path)
    broken = replace(completed(2), projection=replace(EVERYTHING, handoffs=[handoff(2)]))
    with pytest.raises(InputError, match="'taken': is taken"):
        store.write_batch([completed(1), completed(2, name="taken")], now=NOW, token=0)
    with pytest.raises(Exception, match="only the next seq"):
        store.write_batch([completed(1), broken], now=NOW, token=0)
    assert dump(path) == before


def test_a_batch_finds_ids_when_its_moment_is_crowded(store: Store) -> None:
    many = [replace(completed(0), contents={}, entries=(), projection=Projection(run=RUNNING))]
    first = store.write_batch(many * 300, now=NOW, token=TOKENS - 100)
    second = store.write_batch(many * 300, now=NOW, token=TOKENS - 100)
    assert len({*first, *second}) == 600


# Files that are not a record


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"a brief in Markdown\n" * 100, "not a SQLite database"), (b"short", "not a SQLite")],
)
def test_a_file_of_text_is_refused_and_kept(path: Path, content: bytes, said: str) -> None:
    path.write_bytes(content)
    with pytest.raises(DatabaseError, match=said):
        open_store(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_a_database_of_another_program_is_refused_and_kept(path: Path, mode: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA journal_mode={mode}")
    connection.execute("CREATE TABLE meta (name TEXT, value TEXT)")
    connection.execute("INSERT INTO meta VALUES ('application', 'remit')")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(DatabaseError, match="another program"):
        open_store(path)
    assert path.read_bytes() == before


def fault(path: Path) -> str:
    """What a user is told about the file: on opening it, or else by the check."""
    try:
        with open_store(path) as opened:
            return opened.damage() or ""
    except DatabaseError as error:
        return str(error)


def test_a_truncated_record_is_one_line(full: sqlite3.Connection, store: Store, path: Path) -> None:
    full.close()
    store.close()
    whole = path.read_bytes()
    assert fault(path) == ""
    for size in (10, 100, 5_000, len(whole) // 2, len(whole) - 8_192):
        path.write_bytes(whole[:size])
        assert fault(path).count("\n") == 0
        assert fault(path) != ""


def test_a_damaged_page_is_one_line(full: sqlite3.Connection, store: Store, path: Path) -> None:
    full.close()
    store.close()
    whole = bytearray(path.read_bytes())
    whole[8_192 * 2 :] = b"\xff" * (len(whole) - 8_192 * 2)
    path.write_bytes(bytes(whole))
    with pytest.raises(DatabaseError, match="damaged"), open_store(path) as opened:
        opened.find("run1")


@pytest.mark.parametrize(
    ("place", "said"),
    [("", "is not a file"), ("file/remit.db", "cannot be used"), ("x" * 300, "cannot be used"),
     ("a\0b", "not a place")],
)  # fmt: skip
def test_a_place_that_cannot_hold_a_file_is_one_line(tmp_path: Path, place: str, said: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseError, match=said) as caught:
        open_store(f"sqlite:///{tmp_path}/{place}")
    assert "\n" not in str(caught.value)


def test_a_device_is_not_a_file() -> None:
    with pytest.raises(DatabaseError, match="is not a file"):
        open_store("/dev/null")


@pytest.mark.parametrize("url", ["postgresql://localhost/remit", "sqlite+x:///a", ""])
def test_only_sqlite_is_offered(url: str) -> None:
    with pytest.raises(DatabaseError, match="not a place for a record"):
        open_store(url)


def test_reading_a_record_that_is_not_there_makes_none(path: Path) -> None:
    with pytest.raises(DatabaseError, match="no record is there"):
        open_store(path, create=False)
    assert not path.exists()


def test_the_default_place_is_in_the_users_data(tmp_path: Path, path: Path) -> None:
    assert default_url().startswith("sqlite:////")
    assert path_of(default_url()) == Path(default_url().removeprefix("sqlite:///"))
    assert path_of(f"sqlite:///{path}") == path_of(str(path)) == path
    assert path_of("sqlite://") is None


@pytest.fixture
def pragma() -> Iterator[list[str]]:
    """Statements that every new connection runs: how a disk fails without a disk that does."""
    statements: list[str] = []

    def connected(connection: sqlite3.Connection, _record: object) -> None:
        for statement in statements:
            connection.execute(statement)

    event.listen(Engine, "connect", connected)
    yield statements
    event.remove(Engine, "connect", connected)


def test_a_full_disk_is_one_line_and_loses_nothing(path: Path, pragma: list[str]) -> None:
    with open_store(path) as store:
        run = begun(store)
        store.append(run, 1, Seat.CTO, REPORT, NOW)
    pragma.append("PRAGMA max_page_count=1")
    big = {"a": "x" * 1_000_000}
    report = REPORT.model_copy(update={"artifacts": (Artifact(name="work", content=big),)})
    with open_store(path) as store:
        before = dump(path)
        with pytest.raises(DatabaseError, match="the disk is full"):
            store.append(run, 2, Seat.CTO, report, NOW)
        assert dump(path) == before
    pragma.clear()
    with open_store(path) as store:
        store.append(run, 2, Seat.CTO, report, NOW)
        assert len(store.journal(run)) == 2


def test_a_record_that_may_only_be_read_is_read(path: Path, pragma: list[str]) -> None:
    with open_store(path) as store:
        run = begun(store)
    pragma.append("PRAGMA query_only=ON")
    with open_store(path) as store:
        assert store.find(run).id == run
        with pytest.raises(DatabaseError, match="is not writable"):
            store.append(run, 1, Seat.CTO, REPORT, NOW)


def test_a_writer_that_never_ends_is_one_line(
    full: sqlite3.Connection, path: Path, pragma: list[str]
) -> None:
    pragma.append("PRAGMA busy_timeout=50")
    full.execute("BEGIN IMMEDIATE")
    with open_store(path) as store:
        assert store.find("run1").id == "run1"
        with pytest.raises(DatabaseError, match="locked for too long"):
            store.append("run1", 9, Seat.CTO, REPORT, NOW)


# Cost


def test_a_record_that_is_up_to_date_opens_without_alembic(store: Store, path: Path) -> None:
    code = (
        "import sys; from remit.state.store import open_store; open_store(sys.argv[1]).close();"
        "print([name for name in ('alembic', 'langgraph', 'anthropic') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_handoff_takes_as_much_room_in_a_long_run_as_in_a_short_one(tmp_path: Path) -> None:
    def growth(name: str, count: int) -> float:
        sizes: list[int] = []
        for rows in ([], handoffs(count)):
            place = tmp_path / f"{name}{len(rows)}.db"
            with open_store(place, durable=False) as store:
                run = begun(store)
                for row in rows:
                    store.project(run, Projection(run=RUNNING, handoffs=[row]), NOW)
            sizes.append(place.stat().st_size)
        return (sizes[1] - sizes[0]) / count

    assert growth("long", 400) <= 1.1 * growth("short", 40)


def test_the_text_of_a_report_holds_no_content() -> None:
    entry, contents = entry_of(1, Seat.CTO, REPORT)
    body = report_body(entry)
    assert "openapi" not in body
    assert next(iter(contents)) in body


def test_equal_contents_under_two_names_stay_two_artifacts(store: Store) -> None:
    twice = tuple(Artifact(name=name, content={"a": 1}) for name in ("plan", "work"))
    run = begun(store)
    store.append(run, 1, Seat.CTO, REPORT.model_copy(update={"artifacts": twice}), NOW)
    assert [ref.name for ref in store.journal(run)[0].artifacts] == ["plan", "work"]


def test_a_handoff_of_an_older_remit_still_compares(store: Store, path: Path) -> None:
    """A field that came later, with a default, is absent from old bodies."""
    run = begun(store)
    first: Handoff = handoff(1)
    store.project(run, Projection(run=RUNNING, handoffs=[first]), NOW)
    row = store.handoffs(run)[0]
    assert row.body == codec.handoff_text(first)
    spaced = row.body.replace(",", ", ", 1)
    forged = digest(GENESIS + spaced)
    tamper(path, f"UPDATE handoffs SET body = '{spaced}', hash = '{forged}'")
    store.project(run, Projection(run=RUNNING, handoffs=[first]), NOW)
