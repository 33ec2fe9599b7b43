"""The team as a LangGraph `StateGraph`: the same rules and session, drawn and run by LangGraph."""

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypedDict

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Send
from langsmith import tracing_context  # pyright: ignore[reportUnknownVariableType]

from remit.graph.bound import bound
from remit.graph.manifest import Manifest
from remit.graph.moves import edges
from remit.graph.nodes import Task, Visit, add_nodes, sends
from remit.graph.session import Session
from remit.state.assignment import Assignment
from remit.state.report import Report


class Where(TypedDict):
    """All that LangGraph carries: the step. What a run knows is in its session's course."""

    step: int


Graph = CompiledStateGraph[Where, Session, Where, Where]


@dataclass(frozen=True, slots=True)
class _Here:
    """A visit to the run whose session is the graph's runtime context."""

    session: Session

    def tag(self) -> dict[str, Any]:
        return {}

    def told(self) -> dict[str, Any]:
        return {"step": self.session.course.step}

    def question(self, due: Assignment, refused: str) -> object:
        return due

    def hear(self, due: Assignment, given: Report) -> str:
        self.session.answer(due, given)
        return ""


def _here(task: Task, runtime: Runtime[Any]) -> AbstractContextManager[Visit]:
    return nullcontext(_Here(runtime.context))


def _enter(state: Where, runtime: Runtime[Session]) -> list[Send] | Literal["__end__"]:
    """Start, or go on, at the assignments that the fold of the journal leaves open."""
    return sends(runtime.context.course.waiting(), {}) or "__end__"


@lru_cache(maxsize=32)
def build(manifest: Manifest, *, asks: bool = False) -> Graph:
    """The compiled graph of a team under a manifest.

    Args:
        manifest: the constants of the run; the graph's edges are the moves of its rules.
        asks: whether a person answers through `interrupt`, which needs an in-memory checkpointer.
    """
    graph: StateGraph[Where, Session, Where, Where] = StateGraph(Where, context_schema=Session)
    graph.add_conditional_edges(START, _enter, add_nodes(graph, edges(manifest), _here))
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
