"""The team as a LangGraph `StateGraph`: the same rules and session, drawn and run by LangGraph."""

from collections import defaultdict
from functools import lru_cache
from typing import Any, Literal, TypedDict

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command, Send, interrupt

from remit.graph.bound import bound
from remit.graph.manifest import Manifest
from remit.graph.moves import INTEGRATE, START_NODE, edges
from remit.graph.session import Session
from remit.state.assignment import Assignment
from remit.state.report import Report
from remit.state.vocabulary import Seat


class Where(TypedDict):
    """All that LangGraph carries: the step. What a run knows is in its session's course."""

    step: int


Graph = CompiledStateGraph[Where, Session, Where, Where]
Goto = Command[Any]


def sends(waiting: tuple[Assignment, ...]) -> list[Send]:
    """One `Send` for each open assignment, to the node of whoever does the work."""
    return [Send(str(one.occupant), {"seat": str(one.seat), "step": one.step}) for one in waiting]


def _work(task: dict[str, Any], runtime: Runtime[Session]) -> Goto:
    """A role's node: perform and journal; alone, hand over; in a group, meet the others."""
    session = runtime.context
    assignment = session.course.open[Seat(task["seat"])]
    session.work(assignment)
    return _after(session, assignment)


def _decide(task: dict[str, Any], runtime: Runtime[Session]) -> Goto:
    """The human's node: an answer in the journal counts; else a person is asked.

    Nothing with an effect stands before `interrupt`, because the node runs again when answered.
    """
    session = runtime.context
    assignment = session.course.open[Seat(task["seat"])]
    if Seat.HUMAN in session.team.agents:
        session.work(assignment)
    elif not session.answered(assignment):
        report: Report = interrupt(assignment)
        session.answer(assignment, report)
    return _after(session, assignment)


def _after(session: Session, assignment: Assignment) -> Goto:
    if len(session.course.open) > 1:
        return Command(goto=INTEGRATE)
    return _onward(session)


def _integrate(state: Where, runtime: Runtime[Session]) -> Goto:
    """Fold the reports of a group and hand over."""
    return _onward(runtime.context)


def _onward(session: Session) -> Goto:
    waiting = session.integrate()
    return Command(update={"step": session.course.step}, goto=sends(waiting) if waiting else END)


def _enter(state: Where, runtime: Runtime[Session]) -> list[Send] | Literal["__end__"]:
    """Start, or go on, at the assignments that the fold of the journal leaves open."""
    return sends(runtime.context.course.waiting()) or "__end__"


@lru_cache(maxsize=32)
def build(manifest: Manifest, *, asks: bool = False) -> Graph:
    """The compiled graph of a team under a manifest.

    Args:
        manifest: the constants of the run; the graph's edges are the moves of its rules.
        asks: whether a person answers through `interrupt`, which needs an in-memory checkpointer.
    """
    graph: StateGraph[Where, Session, Where, Where] = StateGraph(Where, context_schema=Session)
    targets: dict[str, list[str]] = defaultdict(list)
    for source, target in sorted(edges(manifest)):
        targets[source].append(target)
    entries = targets.pop(START_NODE)
    for name, there in targets.items():
        action = {INTEGRATE: _integrate, str(Seat.HUMAN): _decide}.get(name, _work)
        graph.add_node(name, action, destinations=tuple(there))  # type: ignore[call-overload]
    graph.add_conditional_edges(START, _enter, entries)
    return graph.compile(checkpointer=InMemorySaver() if asks else None)


def recursion_limit(manifest: Manifest) -> int:
    """Supersteps that a run can take: two for each handoff that the policy's bound admits."""
    return 2 * bound(manifest) + 2
