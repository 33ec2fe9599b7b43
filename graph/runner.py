"""Runs from order to end: started, stopped anywhere, resumed by folding the journal."""

import asyncio
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Literal

from remit.agents.agent import Agent
from remit.agents.behaviour import Behaviour
from remit.agents.script import parse as parse_script
from remit.agents.scripted import Scripted
from remit.agents.simulated import Simulated
from remit.agents.team import Team, simulated
from remit.graph.clerk import Clock, StoreClerk, standing
from remit.graph.course import Course
from remit.graph.fold import begin, take
from remit.graph.ledger import check
from remit.graph.loop import run_loop
from remit.graph.order import HumanMode, Order
from remit.graph.session import Progress, Session, silent
from remit.state import log
from remit.state.assignment import Assignment, Input
from remit.state.brief import Brief
from remit.state.errors import InputError, RecordError, RemitError, Tampered
from remit.state.policy import Policy
from remit.state.record import Entry, RunRow
from remit.state.report import Report
from remit.state.secrets import redact
from remit.state.store import Store
from remit.state.vocabulary import EventKind, Mode, Outcome, Seat

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from remit.graph.wiring import Graph

Ask = Callable[[Assignment], Report | None]
"""Asks a person at the terminal; `None` when there is no answer, and the run waits."""
Engine = Literal["graph", "loop"]


@dataclass(kw_only=True, slots=True)
class OpenRun:
    """A run that is open in this process."""

    id: str
    order: Order
    session: Session
    clerk: StoreClerk

    @property
    def course(self) -> Course:
        """The course of the run so far."""
        return self.session.course


def team_for(order: Order, functions: dict[Seat, Agent] | None = None) -> Team:
    """The team of an order: simulated seats, scripted ones, and functions where they are given.

    Raises:
        InputError: a seat was filled by a function that is not at hand.
    """
    given = functions or {}
    missing = [seat for seat in order.functions if seat not in given]
    if missing:
        raise InputError(f"team: {', '.join(missing)} was a Python function; resume from Python")
    human = order.human is HumanMode.SIMULATED
    team = simulated(order.behaviour, order.roles, human=human)
    if order.script:
        script = parse_script(order.script, "script")
        scripted, occupant = Scripted(script), order.manifest().occupant
        for seat in {occupant(entry.seat) for entry in script.entries}:
            team = team.seated(seat, scripted)
    for seat, agent in (*_real(order), *given.items()):
        team = team.seated(seat, agent)
    for seat in order.makers:
        team = team.seated(seat, None)
    return team


def _real(order: Order) -> Iterable[tuple[Seat, Agent]]:
    """The seats that the team file fills with agents."""
    if not order.team:
        return ()
    from remit.agents.team_file import kept, seated

    agents = seated(kept(order.team))
    return ((seat, agent) for seat, agent in agents.items() if seat in order.roles)


def start(
    store: Store,
    order: Order,
    *,
    version: str,
    clock: Clock,
    token: int,
    functions: dict[Seat, Agent] | None = None,
    progress: Progress = silent,
    subject: dict[str, dict[str, Any]] | None = None,
) -> OpenRun:
    """Record a new run and issue its first assignments.

    Raises:
        InputError: the order could never ship, its name is taken, or a model would not answer.
    """
    order = replace(order, functions=tuple(functions or ()))
    manifest = order.manifest()
    team = team_for(order, functions)
    team.check()
    new = order.new_run(version)
    run_id = store.create_run(new, now=clock(), token=token, documents=subject or {})
    course = begin(manifest, order.subject)
    return _open(store, run_id, order, course, team, clock, progress)


def reopen(
    store: Store,
    row: RunRow,
    *,
    clock: Clock,
    functions: dict[Seat, Agent] | None = None,
    progress: Progress = silent,
) -> OpenRun:
    """A recorded run, folded from its journal; the record is brought up to it and compared.

    Raises:
        Tampered: the record differs from its journal.
    """
    order = order_of(store, row)
    course = fold(order, store.journal(row.id))
    return _open(store, row.id, order, course, team_for(order, functions), clock, progress)


def fold(order: Order, journal: tuple[Entry, ...]) -> Course:
    """The course that a journal describes.

    Raises:
        Tampered: an entry does not fit those before it.
    """
    course = begin(order.manifest(), order.subject)
    for number, entry in enumerate(journal, 1):
        try:
            take(course, entry)
        except RemitError as error:
            raise Tampered(f"journal row {number}: {error}") from error
    return course


def order_of(store: Store, row: RunRow) -> Order:
    """The order that a recorded run was started with."""
    settings = store.artifact(row.settings)
    return Order(
        brief=Brief.model_validate(store.artifact(row.brief)),
        policy=Policy.model_validate(store.artifact(row.policy)),
        behaviour=Behaviour.model_validate(store.artifact(row.behaviour)),
        seed=row.seed,
        roles=tuple(Seat(role) for role in settings["roles"]),
        mode=Mode(settings["mode"]) if settings["mode"] else None,
        human=HumanMode(settings["human"]),
        subject=tuple(
            Input(owner=Seat(one["owner"]), artifact=one["artifact"],
                  revision=one["revision"], hash=one["hash"])
            for one in settings["subject"]
        ),
        script=settings["script"],
        team=settings.get("team", ""),
        functions=tuple(Seat(seat) for seat in settings["functions"]),
        unsafe=tuple(settings.get("unsafe", ())),
    )  # fmt: skip


def _open(
    store: Store,
    run_id: str,
    order: Order,
    course: Course,
    team: Team,
    clock: Clock,
    progress: Progress,
) -> OpenRun:
    # A person's answer is not given twice: where one may be asked, each report is kept at once.
    same_again = _whole(order, team) and all(map(is_simulated, team.agents.values()))
    clerk = StoreClerk(store=store, run_id=run_id, clock=clock, by_step=same_again)
    clerk.project(course)
    session = Session(
        course=course,
        team=team,
        brief=order.brief,
        seed=order.seed,
        clerk=clerk,
        progress=progress,
        manifest_json=course.manifest.to_json(),
    )
    return OpenRun(id=run_id, order=order, session=session, clerk=clerk)


def _whole(order: Order, team: Team) -> bool:
    """Whether everybody on the team can be asked here, the human too: no person is waited for."""
    return all(seat in team.agents for seat in (Seat.HUMAN, *order.roles))


def execute(run: OpenRun, engine: Engine = "graph", ask: Ask | None = None) -> Outcome:
    """Work until the run ends or waits for a person; returns how it stands.

    Args:
        run: an open run, owned by this process (`Store.hold`).
        engine: LangGraph, or the plain loop; both write the same rows.
        ask: asks a person at the terminal; without it the run waits where one is needed.

    Raises:
        AgentFailed: an agent could not answer; the run stands as failed and can be resumed.
    """
    with _failing(run):
        if engine == "loop":
            _loop(run, ask)
        else:
            _graph(run, ask)
    return settle(run)


async def execute_async(run: OpenRun, ask: Ask | None = None) -> Outcome:
    """`execute` through the same graph without blocking the event loop."""
    with _failing(run):
        await _graph_async(run, ask)
    return settle(run)


@contextmanager
def _failing(run: OpenRun) -> Generator[None]:
    """A run whose machinery fails stands as failed: its journal is kept, and it can go on.

    Where the record is another's, or not what it was, nothing is written; an end stays an end.
    """
    with log.about(run.id):
        log.event("run began", step=run.course.step, policy=run.order.policy.name)
        try:
            yield
        except RecordError:
            raise
        except Exception as error:
            outcome, why = failure(run.session, error)
            run.clerk.stand(run.course, outcome, why)
            log.event("run failed", step=run.course.step, why=why)
            raise
        ledger = run.course.ledger
        log.event(
            "run stands", step=run.course.step, ended=run.course.ended,
            cost_micros=ledger.cost_micros, tokens=ledger.tokens,
        )  # fmt: skip


def failure(session: Session, error: Exception) -> tuple[Outcome | None, str]:
    """How a run stands when its machinery has failed, and why; what was paid for nothing too."""
    said = redact(" ".join(str(error).split()))[:500]
    if session.unbooked_micros:
        said += f" (${session.unbooked_micros / 1_000_000:.4f} was paid in vain; it counts on)"
    return (None, "") if session.course.ended else (Outcome.FAILED, said)


def settle(run: OpenRun) -> Outcome:
    """Fold what is journalled, and write down how the run stands."""
    run.session.integrate()
    outcome, _ = standing(run.course)
    if outcome is Outcome.RUNNING:
        run.clerk.stand(run.course, Outcome.WAITING, waiting_for(run.course))
        return Outcome.WAITING
    return outcome


def waiting_for(course: Course) -> str:
    """What a run that stands still waits for."""
    matter = course.matter
    if matter:
        return f"matter {matter.id}: {matter.text}"
    return "; ".join(f"{one.key}: {Seat.HUMAN} as {one.seat}" for one in course.waiting())


def _loop(run: OpenRun, ask: Ask | None) -> None:
    while True:
        run_loop(run.session)
        if run.course.ended or ask is None:
            return
        if not _answered(run.session, ask):
            return
        run.session.integrate()


def _answered(session: Session, ask: Ask) -> bool:
    """Put what waits to a person; whether all of it was answered."""
    for assignment in session.unanswered():
        report = ask(assignment)
        if report is None:
            session.integrate()
            return False
        session.answer(assignment, report)
    return True


def _graph(run: OpenRun, ask: Ask | None) -> None:
    """An answer given here is journalled and the graph enters again where the fold stands."""
    from remit.graph.wiring import enter

    graph, session = _compiled(run), run.session
    for config in _entries(run, in_turn=session.team.simulated):
        enter(graph, config, session)
        if not session.unanswered() or ask is None or not _answered(session, ask):
            return


async def _graph_async(run: OpenRun, ask: Ask | None) -> None:
    from remit.graph.wiring import untraced

    graph, session = _compiled(run), run.session
    for config in _entries(run):
        with untraced():
            await graph.ainvoke(  # pyright: ignore[reportUnknownMemberType]
                {"step": run.course.step}, config, context=session
            )
        if not session.unanswered() or ask is None:
            return
        if not await asyncio.to_thread(_answered, session, ask):
            return


def _compiled(run: OpenRun) -> "Graph":
    from remit.graph.wiring import build

    return build(run.course.manifest, asks=not _whole(run.order, run.session.team))


def _entries(run: OpenRun, *, in_turn: bool = False) -> "Iterator[RunnableConfig]":
    """A fresh LangGraph thread for each time that the graph is entered, until the run ends.

    A run that waits can be resumed in the process that began it: LangGraph must not find the thread
    of before, since only the journal says where the run stands.
    """
    from remit.graph.wiring import config_of

    while not run.course.ended:
        yield config_of(run.course.manifest, f"{run.id}/{token_hex(8)}", in_turn=in_turn)


def answer(run: OpenRun, assignment: Assignment, report: Report) -> None:
    """Journal a person's answer; the run goes on when it is resumed.

    Raises:
        EventRefused: the assignment does not offer that answer.
    """
    check(assignment, report)
    run.session.answer(assignment, report)
    run.session.integrate()


def silence(assignment: Assignment, waited_s: int) -> Report:
    """The report that stands for a person's silence."""
    return Report(
        event=EventKind.SILENCE,
        mode=assignment.mode,
        summary="no answer before the deadline",
        duration_s=waited_s,
    )


def is_simulated(agent: Agent | None) -> bool:
    """Whether an agent only plays its role."""
    return isinstance(agent, Simulated | Scripted)


def apply_silence(run: OpenRun, store: Store, now: datetime) -> int:
    """Journal a silence for each open matter whose deadline has passed; how many there were."""
    deadlines = {
        one.state.matter.id: one.state.deadline_at for one in store.matters(run.id, open_only=True)
    }
    late = 0
    for assignment in run.session.unanswered():
        due = deadlines.get(assignment.matter.id) if assignment.matter else None
        if due is not None and due <= now:
            run.session.answer(assignment, silence(assignment, run.course.manifest.deadline_s))
            late += 1
    if late:
        run.session.integrate()
    return late
