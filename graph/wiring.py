"""The team as a LangGraph `StateGraph`: the same rules and session, drawn and run by LangGraph."""

from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any, Literal, TypedDict

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command, Send, interrupt
from langsmith import tracing_context  # pyright: ignore[reportUnknownVariableType]

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
    return graph.compile(  # pyright: ignore[reportUnknownMemberType]
        checkpointer=InMemorySaver() if asks else None
    )


def recursion_limit(manifest: Manifest) -> int:
    """Supersteps that a run can take: two for each handoff that the policy's bound admits."""
    return 2 * bound(manifest) + 2


def config_of(manifest: Manifest, thread: str = "", *, in_turn: bool = False) -> RunnableConfig:
    """How LangGraph is to run: far enough, and in threads of its own unless `in_turn`."""
    config: RunnableConfig = {
        "recursion_limit": recursion_limit(manifest),
        "configurable": {"thread_id": thread},
    }
    if in_turn:
        config["configurable"][_SUBMIT] = _in_turn
    return config


_SUBMIT = "__pregel_runner_submit"
"""Where LangGraph looks for another way to start the tasks of a superstep than its thread pool."""


def _in_turn() -> Callable[..., Future[Any]]:
    """Start the tasks of a superstep one after the other, in this thread.

    Simulated agents wait for nothing, so threads only cost: half the time of a run with groups.
    """
    return _done


def _done(
    task: Callable[..., Any],
    *values: Any,
    __name__: str | None = None,
    __cancel_on_exit__: bool = False,
    __reraise_on_exit__: bool = True,
    __next_tick__: bool = False,
    **named: Any,
) -> Future[Any]:
    future: Future[Any] = Future()
    try:
        future.set_result(task(*values, **named))
    except Exception as error:
        future.set_exception(error)
    return future


def untraced() -> AbstractContextManager[None]:
    """Keeps a run on this machine, whatever the environment tells LangGraph to send away (PUB-9).

    A function in a seat that wants a trace of its own model calls opens its own context.
    """
    return tracing_context(enabled=False)


def enter(graph: Graph, config: RunnableConfig, session: Session) -> None:
    """Run until the end, or until only a person can go on; what happened is in the session.

    Nothing is streamed out of LangGraph: gathering values that nobody reads is a sixth of its time.
    """
    at: Where = {"step": session.course.step}
    with untraced():
        streamed = graph.stream(  # pyright: ignore[reportUnknownMemberType]
            at, config, context=session, stream_mode=[]
        )
        for _ in streamed:
            pass


def runner_of(manifest: Manifest) -> Callable[[Session], None]:
    """Takes sessions under this manifest through the graph, with nobody to ask."""
    graph, config = build(manifest), config_of(manifest, in_turn=True)
    return lambda session: enter(graph, config, session)
