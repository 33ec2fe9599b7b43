"""LangGraph as others use it: a bare chain, bare groups, and the naive record of every handoff."""

import operator
from pathlib import Path
from typing import Annotated, Any, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command, Send

ROLES = ("cto", "pm", "uiux", "backend", "frontend", "security", "qa")


class Steps(TypedDict):
    """What the bare chain carries."""

    n: int
    last: int


def chain() -> Any:
    """Seven nodes in a ring that hand over until `last`; their bodies cost nothing."""
    graph = StateGraph(Steps)
    for index, name in enumerate(ROLES):
        graph.add_node(name, _visit(index), destinations=(*ROLES, END))
    graph.add_edge(START, ROLES[0])
    return graph.compile()


def _visit(index: int) -> Any:
    there = ROLES[(index + 1) % len(ROLES)]

    def visit(state: Steps) -> Command[Any]:
        n = state["n"] + 1
        return Command(update={"n": n}, goto=END if n >= state["last"] else there)

    return visit


def run_chain(graph: Any, steps: int) -> None:
    """Take the chain through as many supersteps."""
    graph.invoke({"n": 0, "last": steps}, {"recursion_limit": steps + 1})


Shape = tuple[tuple[str, ...], ...]
"""Who works in each step of a run."""


class Course:
    """Where a run of a shape is."""

    def __init__(self, shape: Shape) -> None:
        self.shape, self.step = shape, 0

    def onward(self) -> Any:
        """Whom the next step goes to."""
        self.step += 1
        if self.step == len(self.shape):
            return END
        return [Send(name, {"n": self.step}) for name in self.shape[self.step]]


def shaped() -> Any:
    """The nodes and groups of a team's graph with nothing in them, run by LangGraph's threads."""
    graph = StateGraph(Steps, context_schema=Course)
    names = (*ROLES, "human", "integrate")
    for name in names[:-1]:
        graph.add_node(name, _work, destinations=(*names, END))
    graph.add_node("integrate", _integrate, destinations=(*names, END))
    graph.add_conditional_edges(START, _enter, list(ROLES))
    return graph.compile()


def _enter(state: Steps, runtime: Runtime[Course]) -> Any:
    return [Send(name, {"n": 0}) for name in runtime.context.shape[0]]


def _work(state: Steps, runtime: Runtime[Course]) -> Command[Any]:
    course = runtime.context
    if len(course.shape[course.step]) > 1:
        return Command(goto="integrate")
    return Command(update={"n": course.step}, goto=course.onward())


def _integrate(state: Steps, runtime: Runtime[Course]) -> Command[Any]:
    return Command(update={"n": runtime.context.step}, goto=runtime.context.onward())


def run_shape(graph: Any, shape: Shape) -> None:
    """Take the empty graph through the steps of a run."""
    graph.invoke(
        {"n": 0, "last": 0}, {"recursion_limit": supersteps(shape) + 1}, context=Course(shape)
    )


def supersteps(shape: Shape) -> int:
    """One for each step, and one more where a group is integrated."""
    return sum(1 if len(group) == 1 else 2 for group in shape)


class Recorded(TypedDict):
    """What the naive way carries: every handoff so far, in the state."""

    n: int
    last: int
    handoffs: Annotated[list[dict[str, Any]], operator.add]


def checkpointed(saver: Any, bodies: list[dict[str, Any]]) -> None:
    """One run whose state holds every handoff, saved by a stock saver after each step."""

    def visit(state: Recorded) -> Command[Any]:
        n = state["n"] + 1
        goto = END if n >= state["last"] else "role"
        return Command(update={"n": n, "handoffs": [bodies[n - 1]]}, goto=goto)

    graph = StateGraph(Recorded)
    graph.add_node("role", visit, destinations=("role", END))
    graph.add_edge(START, "role")
    graph.compile(checkpointer=saver).invoke(
        {"n": 0, "last": len(bodies), "handoffs": []},
        {"recursion_limit": len(bodies) + 1, "configurable": {"thread_id": "1"}},
        durability="sync",
    )


class Naive:
    """Stock SqliteSaver in sync durability, and an ORM commit for each handoff.

    Raises:
        ImportError: langgraph-checkpoint-sqlite is not installed.
    """

    def __init__(self, folder: Path) -> None:
        import sqlite3

        from langgraph.checkpoint.sqlite import SqliteSaver
        from sqlalchemy import create_engine, event
        from sqlalchemy.orm import sessionmaker

        connection = sqlite3.connect(folder / "checkpoints.db", check_same_thread=False)
        self.saver = SqliteSaver(connection)
        self.saver.setup()
        connection.execute("PRAGMA synchronous=FULL")
        self.engine = create_engine(f"sqlite:///{folder / 'handoffs.db'}")

        @event.listens_for(self.engine, "connect")
        def _connected(connection: Any, _record: object) -> None:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")

        self.row = _table(self.engine)
        self.sessions = sessionmaker(self.engine)
        self.graph = self._graph()
        self.threads = 0

    def _graph(self) -> Any:
        graph = StateGraph(Recorded)
        for index, name in enumerate(ROLES):
            graph.add_node(name, self._node(index), destinations=(*ROLES, END))
        graph.add_edge(START, ROLES[0])
        return graph.compile(checkpointer=self.saver)

    def _node(self, index: int) -> Any:
        here, there = ROLES[index], ROLES[(index + 1) % len(ROLES)]

        def visit(state: Recorded) -> Command[Any]:
            n = state["n"] + 1
            handoff = {"seq": n, "sender": here, "to": there, "why": WHY, "owner": there}
            with self.sessions() as session:
                session.add(self.row(run=self.threads, **handoff))
                session.commit()
            update = {"n": n, "handoffs": [handoff]}
            return Command(update=update, goto=END if n >= state["last"] else there)

        return visit

    def run(self, steps: int) -> None:
        """One run of as many steps, in a thread of its own."""
        self.threads += 1
        self.graph.invoke(
            {"n": 0, "last": steps, "handoffs": []},
            {"recursion_limit": steps + 1, "configurable": {"thread_id": str(self.threads)}},
            durability="sync",
        )


WHY = "the work is delivered and accepted; on to the next role in the order of the process"


def _table(engine: Any) -> Any:
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

    class Base(DeclarativeBase):
        """Its registry is its own."""

    class Row(Base):
        """One handoff."""

        __tablename__ = "handoffs"
        id: Mapped[int] = mapped_column(primary_key=True)
        run: Mapped[int]
        seq: Mapped[int]
        sender: Mapped[str]
        to: Mapped[str]
        why: Mapped[str]
        owner: Mapped[str]

    Base.metadata.create_all(engine)
    return Row
