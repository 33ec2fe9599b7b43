"""The nodes of a team: what each does on the run that it visits, and where it hands over to.

The same nodes serve `remit run` and somebody else's LangGraph; how a node finds its run differs.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from langgraph.graph import END, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command, Send, interrupt

from remit.graph.moves import INTEGRATE, START_NODE
from remit.graph.session import Session
from remit.state.assignment import Assignment
from remit.state.vocabulary import Seat

Goto = Command[Any]
Task = Mapping[str, Any]
"""What a node is called with: `seat`, `step` and `alone`, or only the state (`integrate`)."""


class Visit(Protocol):
    """A run as one node finds it."""

    @property
    def session(self) -> Session:
        """The run at work."""
        ...

    def tag(self) -> dict[str, Any]:
        """What a task must carry so that its node finds the run."""
        ...

    def told(self) -> dict[str, Any]:
        """What LangGraph is told of the run after a step."""
        ...

    def question(self, due: Assignment, refused: str) -> object:
        """What a person is asked through `interrupt`; `refused` says what was wrong before."""
        ...

    def hear(self, due: Assignment, given: Any) -> str:
        """Journal what a person answered; why it is refused, or an empty text."""
        ...


Find = Callable[[Task, Runtime[Any]], AbstractContextManager[Visit]]
"""Leads a node to its run; the run is this node's to work on until the block ends."""


def sends(waiting: tuple[Assignment, ...], tag: Mapping[str, Any]) -> list[Send]:
    """One `Send` for each open assignment, to the node of whoever does the work."""
    alone = len(waiting) == 1
    return [
        Send(
            str(one.occupant), {"seat": str(one.seat), "step": one.step, "alone": alone, **tag}
        )
        for one in waiting
    ]  # fmt: skip


def onward(visit: Visit) -> Goto:
    """Fold what is journalled and hand over to whoever is assigned next."""
    waiting = visit.session.integrate()
    return Command(update=visit.told(), goto=sends(waiting, visit.tag()) if waiting else END)


def _due(session: Session, task: Task) -> Assignment | None:
    """The task's assignment while its report is not in; `None` when the journal is past it."""
    return session.due(task["step"], Seat(task["seat"]))


def _after(visit: Visit, task: Task) -> Goto:
    """Alone, hand over; in a group, meet the others, so that only one of them hands over."""
    return onward(visit) if task["alone"] else Command(goto=INTEGRATE)


@dataclass(frozen=True, slots=True)
class Nodes:
    """The nodes of a team whose runs are found by `find`."""

    find: Find

    def work(self, task: dict[str, Any], runtime: Runtime[Any]) -> Goto:
        """Perform and journal, unless that was done before; where nobody can, ask a person.

        The node runs again when the person has answered, and may have to ask again. `interrupt`
        stands outside the visit: nobody owns a run while it waits for a person.
        """
        given: list[Any] = []
        while True:
            with self.find(task, runtime) as visit:
                session, refused = visit.session, ""
                due = _due(session, task)
                if due is not None and due.occupant in session.team.agents:
                    session.work(due)
                elif due is not None and given:
                    refused = visit.hear(due, given.pop())
                if due is None or session.answered(due):
                    return _after(visit, task)
                question = visit.question(due, refused)
            given.append(interrupt(question))

    def integrate(self, state: dict[str, Any], runtime: Runtime[Any]) -> Goto:
        """Fold the reports of a group and hand over."""
        with self.find(state, runtime) as visit:
            return onward(visit)


def add_nodes(
    graph: StateGraph[Any, Any, Any, Any], drawn: Iterable[tuple[str, str]], find: Find
) -> list[str]:
    """Add one node for each role, the human, and `integrate`; returns where a run is entered.

    Args:
        graph: gets the nodes; its start is the caller's to connect.
        drawn: the edges, as `moves.edges` reads them off the rules.
        find: leads a node to its run.
    """
    nodes = Nodes(find)
    targets: dict[str, list[str]] = defaultdict(list)
    for source, target in sorted(drawn):
        targets[source].append(target)
    entries = targets.pop(START_NODE)
    for name, there in targets.items():
        action = {INTEGRATE: nodes.integrate}.get(name, nodes.work)
        graph.add_node(name, action, destinations=tuple(there))  # type: ignore[arg-type, type-var]
    return entries
