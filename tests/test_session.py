"""A run goes on wherever its journal ends, with the same rows as if nothing had happened."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from remit.agents.behaviour import load as behaviour
from remit.agents.team import simulated
from remit.graph.bound import bound
from remit.graph.clerk import MemoryClerk
from remit.graph.fold import begin
from remit.graph.order import HumanMode
from remit.graph.runner import (
    Engine,
    OpenRun,
    answer,
    apply_silence,
    execute,
    settle,
)
from remit.graph.session import Session
from remit.graph.verify import verify
from remit.graph.wiring import build, recursion_limit
from remit.state.assignment import Assignment
from remit.state.brief import Brief, Entity, EntityField, Screen
from remit.state.errors import EventRefused, RunBusy, Tampered
from remit.state.policy import load as policy
from remit.state.record import StoredEntry
from remit.state.report import Report, Ruling
from remit.state.store import Store, open_store
from remit.state.vocabulary import ROLES, EventKind, Outcome, Seat
from tests.records import dump
from tests.workshop import again, begun, clock, done, fill_journal, order

ENGINES: tuple[Engine, ...] = ("loop", "graph")
SMALL = Brief(
    title="Room bookings",
    multi_tenant=True,
    entities=(Entity(name="booking", fields=(EntityField(name="at", type="datetime"),)),),
    screens=(Screen(name="diary", entity="booking", shows=("at",)),),
)
TEAMS = (("worst", 0), ("typical", 1))


class Told(NamedTuple):
    """A run that nothing interrupted."""

    store: Store
    id: str
    rows: Sequence[StoredEntry]
    head: str


@pytest.fixture(scope="module")
def memory() -> Iterator[Store]:
    with open_store(":memory:") as store:
        yield store


@pytest.fixture(scope="module", params=TEAMS, ids=lambda team: team[0])
def told(request: pytest.FixtureRequest) -> Iterator[Told]:
    with open_store(":memory:") as store:
        name = done(store, order(*request.param, brief=SMALL, name=request.param[0]))
        yield Told(store, name, store.journal_rows(name), store.find(name).chain_head)


def cut(told: Told, into: Store, rows: Sequence[StoredEntry]) -> str:
    """A run whose process died when only these rows were journalled."""
    team = next(team for team in TEAMS if team[0] == told.id)
    run = begun(into, order(*team, brief=SMALL))
    fill_journal(into, told.store, run.id, rows)
    return run.id


def test_the_runs_below_have_groups_matters_and_an_end(told: Told) -> None:
    steps = [row.entry.step for row in told.rows]
    assert len(steps) > len(set(steps))
    assert told.store.matters(told.id)
    assert verify(told.store, told.id) is None


@pytest.mark.parametrize(
    ("engine", "every"),
    [
        ("loop", 5),
        ("graph", 9),
        pytest.param("loop", 1, marks=pytest.mark.prove),
        pytest.param("graph", 1, marks=pytest.mark.prove),
    ],
)
def test_every_prefix_of_a_journal_goes_on_to_the_same_end(
    told: Told, memory: Store, engine: Engine, every: int
) -> None:
    for length in range(0, len(told.rows) + 1, every):
        name = cut(told, memory, told.rows[:length])
        run = again(memory, name)
        execute(run, engine)
        assert memory.find(name).chain_head == told.head, length
        assert (
            memory.journal_rows(name)[:length]
            == tuple(
                replace(row, journalled_at=new.journalled_at)
                for row, new in zip(told.rows, memory.journal_rows(name), strict=False)
            )[:length]
        )
        assert [row.hash for row in memory.journal_rows(name)] == [row.hash for row in told.rows]
        assert verify(memory, name) is None


def test_reports_of_a_group_may_come_in_any_order(told: Told, memory: Store) -> None:
    """The journal's order is the order of arrival; the fold takes a group in seat order."""
    rows: list[StoredEntry] = []
    for _, group in groupby(told.rows, key=lambda row: row.entry.step):
        here = list(group)
        rows += reversed(here)
        if len(here) > 1:
            name = cut(told, memory, rows[: 1 - len(here)])
            execute(again(memory, name))
            assert memory.find(name).chain_head == told.head
            assert verify(memory, name) is None


def test_what_follows_from_a_prefix_is_what_stood_there_then(told: Told, memory: Store) -> None:
    handoffs = told.store.handoffs(told.id)
    for length in range(0, len(told.rows) + 1, 2):
        name = cut(told, memory, told.rows[:length])
        again(memory, name)
        there = memory.handoffs(name)
        assert there == handoffs[: len(there)]


@pytest.mark.parametrize("n", [0, 2])
def test_a_journal_whose_rows_changed_places_is_refused(told: Told, memory: Store, n: int) -> None:
    rows = list(told.rows)
    rows[n], rows[n + 1] = rows[n + 1], rows[n]
    name = cut(told, memory, rows)
    with pytest.raises(Tampered, match=f"journal row {n + 1}: .*out of order"):
        again(memory, name)


def test_a_report_that_nobody_was_asked_for_is_refused(told: Told, memory: Store) -> None:
    entry = replace(told.rows[1].entry, seat=Seat.QA)
    name = cut(told, memory, [told.rows[0], replace(told.rows[1], entry=entry)])
    with pytest.raises(Tampered, match="journal row 2"):
        again(memory, name)


def test_a_report_with_an_event_that_is_not_offered_is_refused(told: Told, memory: Store) -> None:
    report = told.rows[0].entry.report.model_copy(update={"event": EventKind.APPROVE})
    entry = replace(told.rows[0].entry, report=report)
    name = cut(told, memory, [replace(told.rows[0], entry=entry)])
    with pytest.raises(Tampered, match=r"journal row 1: .*'approve' is not offered"):
        again(memory, name)


def test_a_report_behind_the_end_is_refused(told: Told, memory: Store) -> None:
    last = told.rows[-1].entry
    entry = replace(last, step=last.step + 1)
    name = cut(told, memory, [*told.rows, replace(told.rows[-1], entry=entry)])
    with pytest.raises(Tampered, match=f"journal row {len(told.rows) + 1}"):
        again(memory, name)


# Two processes on one run: the lock is tested elsewhere, this is what stands behind it


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("ahead", [1, 4, 5])
def test_the_second_of_two_sessions_stops_and_changes_nothing(
    told: Told, memory: Store, engine: Engine, ahead: int
) -> None:
    name = cut(told, memory, told.rows[:2])
    second = again(memory, name)
    first = again(memory, name)
    for _ in range(ahead):
        for assignment in first.course.waiting():
            first.session.work(assignment)
        first.session.integrate()
    before = dump_of(memory, name)
    with pytest.raises(RunBusy, match="answered step"):
        execute(second, engine)
    assert dump_of(memory, name) == before
    assert verify(memory, name) is None
    execute(first, engine)
    assert memory.find(name).chain_head == told.head
    assert verify(memory, name) is None


def dump_of(store: Store, name: str) -> list[object]:
    return [
        store.find(name),
        store.journal_rows(name),
        store.handoffs(name),
        store.matters(name),
        store.contracts(name),
        store.debts(name),
        store.grants(name),
    ]


def test_an_error_after_the_end_leaves_the_end(memory: Store) -> None:
    def broken(course: object, folded: object) -> None:
        if run.course.ended:
            raise BrokenPipeError("the reader is gone")

    run = begun(memory, order("perfect"), progress=broken)
    with pytest.raises(BrokenPipeError):
        execute(run)
    assert memory.find(run.id).outcome == "shipped"
    assert verify(memory, run.id) is None


@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_that_failed_goes_on_to_the_same_end(
    told: Told, memory: Store, engine: Engine
) -> None:
    def broken(course: object, folded: object) -> None:
        if run.course.step > 6:
            raise OSError("the model is away")

    name = cut(told, memory, ())
    run = again(memory, name, progress=broken)
    with pytest.raises(OSError, match="away"):
        execute(run, engine)
    row = memory.find(name)
    assert (row.outcome, row.reason) == ("failed", "the model is away")
    assert verify(memory, name) is None
    execute(again(memory, name), engine)
    assert memory.find(name).chain_head == told.head


# LangGraph's own limit


@pytest.mark.parametrize("rules", ["balanced", "strict", "unattended"])
@pytest.mark.parametrize("team", ["typical", "weak", "worst"])
def test_the_recursion_limit_is_above_every_run(rules: str, team: str) -> None:
    for seed in range(4):
        wanted = order(team, seed, policy=policy(rules))
        manifest = wanted.manifest()
        session = Session(
            course=begin(manifest),
            team=simulated(behaviour(team), artifacts=False),
            brief=wanted.brief,
            seed=seed,
            clerk=MemoryClerk(),
            manifest_json=manifest.to_json(),
        )
        graph = build(manifest)
        supersteps = sum(
            1
            for _ in graph.stream(  # pyright: ignore[reportUnknownMemberType]
                {"step": 1},
                {"recursion_limit": recursion_limit(manifest)},
                context=session,
                stream_mode="values",
            )
        )
        assert session.course.ended
        assert supersteps <= 2 * len(session.course.handoffs) + 2 <= recursion_limit(manifest)
        assert len(session.course.handoffs) <= bound(manifest)


def test_a_team_with_a_person_uses_an_in_memory_saver_only(memory: Store) -> None:
    manifest = order("worst").manifest()
    assert isinstance(vars(build(manifest, asks=True))["checkpointer"], InMemorySaver)
    assert vars(build(manifest))["checkpointer"] is None


# A person who is not in this process


def default(assignment: Assignment) -> Report:
    """What a person says who always does what silence would."""
    if assignment.matter is None:
        first = next(kind for kind in assignment.events if kind is not EventKind.REWORK)
        return Report(event=first, mode=assignment.mode, summary="done by a person")
    kind = assignment.matter.default
    return Report(event=kind, mode=assignment.mode, summary="", ruling=Ruling(text="as agreed"))


def waiting(store: Store, engine: Engine = "graph") -> OpenRun:
    """A run that waits for a person's decision."""
    run = begun(store, order("worst", brief=SMALL, human=HumanMode.WAIT))
    assert execute(run, engine) is Outcome.WAITING
    return run


def carried_on(store: Store, name: str, engine: Engine) -> int:
    """Answer and resume, each in a session of its own, until the run ends; how often."""
    for answers in range(50):
        run = again(store, name)
        if run.course.ended:
            return answers
        assert verify(store, name) is None
        (assignment, *_) = run.session.unanswered()
        answer(run, assignment, default(assignment))
        assert verify(store, name) is None
        run = again(store, name)
        if not run.course.ended:
            execute(run, engine)
    raise AssertionError("the run does not end")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_waits_for_a_person_and_goes_on_in_another_process(
    memory: Store, engine: Engine
) -> None:
    run = waiting(memory, engine)
    row = memory.find(run.id)
    (matter,) = memory.matters(run.id, open_only=True)
    assert row.outcome is Outcome.WAITING
    assert row.reason.startswith(f"matter {matter.state.matter.id}: ")
    assert matter.state.authority is Seat.HUMAN
    assert matter.state.deadline_at is not None
    assert carried_on(memory, run.id, engine) > 0
    assert memory.find(run.id).outcome in (
        Outcome.SHIPPED, Outcome.STOPPED, Outcome.STOPPED_BY_POLICY
    )  # fmt: skip
    assert not memory.matters(run.id, open_only=True)
    assert verify(memory, run.id) is None


def test_both_engines_wait_at_the_same_places(memory: Store) -> None:
    heads = set[str]()
    for engine in ENGINES:
        run = waiting(memory, engine)
        carried_on(memory, run.id, engine)
        heads.add(memory.find(run.id).chain_head)
    assert len(heads) == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_a_person_at_the_terminal_is_asked_until_the_run_ends(
    memory: Store, engine: Engine
) -> None:
    asked: list[str] = []

    def ask(assignment: Assignment) -> Report:
        asked.append(assignment.key)
        return default(assignment)

    run = begun(memory, order("worst", brief=SMALL, human=HumanMode.ASK))
    assert execute(run, engine, ask) is not Outcome.WAITING
    assert len(asked) == len(set(asked)) > 0
    other = waiting(memory, engine)
    carried_on(memory, other.id, engine)
    assert memory.find(run.id).chain_head == memory.find(other.id).chain_head


def test_a_second_answer_is_refused_and_changes_nothing(memory: Store) -> None:
    """Two people answer the same matter, each in a process of their own."""
    name = waiting(memory).id
    first, second = again(memory, name), again(memory, name)
    (mine,), (yours,) = first.session.unanswered(), second.session.unanswered()
    answer(first, mine, default(mine))
    before = dump_of(memory, name)
    stop = Report(event=EventKind.STOP, mode=yours.mode, summary="no", ruling=Ruling(text="no"))
    with pytest.raises(RunBusy):
        answer(second, yours, stop)
    with pytest.raises(RunBusy):
        answer(first, mine, stop)
    assert dump_of(memory, name) == before
    assert verify(memory, name) is None


def test_an_answer_that_is_not_offered_is_refused_and_not_journalled(memory: Store) -> None:
    name = waiting(memory).id
    run = again(memory, name)
    (assignment,) = run.session.unanswered()
    before = memory.journal_rows(name)
    with pytest.raises(EventRefused, match="not offered"):
        answer(run, assignment, Report(event=EventKind.DELIVER, mode=assignment.mode, summary=""))
    assert memory.journal_rows(name) == before


def test_silence_is_journalled_once_the_deadline_has_passed(memory: Store) -> None:
    name = waiting(memory).id
    (matter,) = memory.matters(name, open_only=True)
    due = matter.state.deadline_at
    assert due is not None
    run = again(memory, name)
    assert apply_silence(run, memory, due - timedelta(seconds=1)) == 0
    late = again(memory, name)
    (assignment,) = late.session.unanswered()
    assert apply_silence(run, memory, due) == 1
    assert memory.journal(name)[-1].report.event is EventKind.SILENCE
    assert apply_silence(again(memory, name), memory, due) == 0
    answered = {one.state.matter.id: one.state for one in memory.matters(name)}
    assert answered[matter.state.matter.id].answered_by == "policy (silence)"
    with pytest.raises(RunBusy):
        answer(late, assignment, default(assignment))
    assert verify(memory, name) is None


def test_a_deadline_is_given_once_whatever_the_clock_says_later(memory: Store) -> None:
    name = waiting(memory).id
    (before,) = memory.matters(name, open_only=True)
    for _ in range(3):
        settle(again(memory, name))
    (after,) = memory.matters(name, open_only=True)
    assert after == before
    assert clock() > before.opened_at


@pytest.mark.parametrize("engine", ENGINES)
def test_a_person_who_stands_in_for_an_absent_role_is_waited_for(
    memory: Store, engine: Engine
) -> None:
    """RP: a team without a CTO puts the CTO's work to the human."""
    roles = tuple(role for role in ROLES if role is not Seat.CTO)
    run = begun(memory, order("perfect", roles=roles, human=HumanMode.WAIT))
    assert execute(run, engine) is Outcome.WAITING
    assert memory.find(run.id).reason == "1/cto: human as cto"
    assert verify(memory, run.id) is None
    assert carried_on(memory, run.id, engine) >= 2
    assert verify(memory, run.id) is None


@pytest.mark.parametrize("engine", ENGINES)
def test_those_at_work_beside_a_person_are_asked_once(memory: Store, engine: Engine) -> None:
    """A group of which one member is a person: the others' reports wait in the journal."""
    roles = tuple(role for role in ROLES if role is not Seat.QA)
    run = begun(memory, order("perfect", roles=roles, human=HumanMode.WAIT))
    execute(run, engine)
    seats = [(entry.step, entry.seat) for entry in memory.journal(run.id)]
    step = seats[-1][0]
    assert (step, Seat.SECURITY) in seats
    assert (step, Seat.QA) not in seats
    assert memory.find(run.id).reason == f"{step}/qa: human as qa"
    assert verify(memory, run.id) is None
    journalled = memory.journal_rows(run.id)
    carried_on(memory, run.id, engine)
    assert memory.journal_rows(run.id)[: len(journalled)] == journalled


def test_verification_holds_at_every_moment_of_a_run(
    memory: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After each transaction, a process could have died there."""
    moments: list[object] = []
    for method in ("append", "append_entries", "project"):
        plain = getattr(Store, method)

        def watched(self: Store, name: str, *rest: Any, plain: Any = plain) -> Any:
            result = plain(self, name, *rest)
            moments.append(verify(self, name))
            return result

        monkeypatch.setattr(Store, method, watched)
    done(memory, order("worst", brief=SMALL))
    carried_on(memory, waiting(memory).id, "graph")
    assert len(moments) > 60
    assert set(moments) == {None}


def test_a_run_verifies_while_another_process_works_on_it(tmp_path: Path) -> None:
    """The rows are read at one moment, so a step that is being written is there or is not."""
    path = tmp_path / "remit.db"
    with open_store(path, durable=False) as store, open_store(path) as other:
        run = begun(store, order("worst"))
        with ThreadPoolExecutor(1) as pool:
            working = pool.submit(execute, run)
            looks = [verify(other, run.id)]
            while not working.done():
                looks.append(verify(other, run.id))
        assert working.result() is not Outcome.WAITING
    assert len(looks) > 3
    assert set(looks) == {None}


def test_a_record_on_disk_is_the_same_when_a_resumed_run_has_nothing_to_do(
    tmp_path: Path,
) -> None:
    path = tmp_path / "remit.db"
    with open_store(path, durable=False) as store:
        name = done(store, order("perfect"))
    before = [line for line in dump(path) if 'INTO "runs"' not in line]
    with open_store(path, durable=False) as store:
        again(store, name)
    assert [line for line in dump(path) if 'INTO "runs"' not in line] == before
