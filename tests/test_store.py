"""The record: what is written is read, and nothing is written twice."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.state import codec
from remit.state.canonical import GENESIS, digest
from remit.state.chain import verify
from remit.state.codec import report_body
from remit.state.errors import InputError, RunBusy, Tampered
from remit.state.handoff import Handoff
from remit.state.record import Entry, Projection, document, entry_of
from remit.state.report import Artifact, Report
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
    begun,
    dump,
    handoff,
    handoffs,
    matter,
    new_run,
    processes,
    tamper,
)


@pytest.fixture(scope="module")
def memory() -> Iterator[Store]:
    with open_store(":memory:") as opened:
        yield opened


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
