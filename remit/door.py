"""A team as a LangGraph that anybody can invoke, or put into a larger one as a node.

LangGraph carries a run's id and its step; the record decides. Every node opens the run by folding
its journal, so a checkpoint may be lost, be old, or be resumed in another process: whatever was
journalled is not done again.
"""

import shlex
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from os import PathLike
from typing import Annotated, Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from pydantic import Field
from typing_extensions import TypedDict

from remit.agents.agent import Agent
from remit.agents.behaviour import Behaviour
from remit.analysis.summary import answer_name
from remit.analysis.summary_text import Place, text
from remit.answers import owes_report
from remit.asked import Asked, name_of, ordered, refusing
from remit.asking import choice_of, question
from remit.graph.manifest import Manifest
from remit.graph.moves import INTEGRATE, edges
from remit.graph.nodes import Goto, Task, add_nodes, onward
from remit.graph.order import Order
from remit.graph.runner import OpenRun, failure, waiting_for
from remit.graph.session import Session
from remit.graph.wiring import recursion_limit, untraced
from remit.handing_in import request_of
from remit.inbox import owed, said
from remit.ordering import Function, prepared, refuse_played_approval
from remit.runs import Record
from remit.runs import open as open_record
from remit.state.assignment import Assignment
from remit.state.brief import Brief
from remit.state.errors import EventRefused, InputError, RecordError
from remit.state.inert import cut, inert
from remit.state.place import default_url, path_of
from remit.state.policy import Policy
from remit.state.shared import Phase, Shared
from remit.state.vocabulary import Mode, Outcome, Seat

BEGIN = "begin"
"""The node that finds or begins the run; behind it stand the nodes of the team."""
WIDTH = 80
"""Columns of the summary."""


class Told(TypedDict, total=False):
    """The state that a run comes back with."""

    run: Annotated[str, Field(description="The run's id in the record: remit show RUN.")]
    stage: Annotated[str, Field(description="Where the run stands: plan, contract, build ...")]
    outcome: Annotated[str, Field(description="running, shipped, stopped or stopped_by_policy.")]
    reason: Annotated[str, Field(description="Why it ended so, in one line.")]
    summary: Annotated[str, Field(description="How it ended, what was built and what it took.")]


class Carried(Asked, Told, total=False):
    """All that LangGraph carries, and a checkpointer keeps: JSON values."""

    step: int


TeamGraph = CompiledStateGraph[Carried, None, Asked, Told]


def team_graph(
    brief: str | PathLike[str] | Brief = "invoicing",
    *,
    policy: str | PathLike[str] | Policy = "balanced",
    behaviour: str | PathLike[str] | Behaviour = "typical",
    seed: int = 0,
    roles: str | None = None,
    mode: str | Mode | None = None,
    human: str = "wait",
    team: Mapping[str, Function | Agent] | str | PathLike[str] | None = None,
    db: str | PathLike[str] | Record | None = None,
    checkpointer: BaseCheckpointSaver[Any] | None = None,
) -> TeamGraph:
    """A compiled LangGraph of a team: invoke it, serve it, or add it to a larger one as a node.

    It takes `brief`, `behaviour`, `seed` and `human` from the state, where they are there, and
    gives back `run`, `outcome`, `reason` and `summary`. In a thread the same order is the same
    run: invoked again, it goes on where the journal ends.

    Args:
        brief: what to build where the state does not say so; a file, a shipped name, a sentence.
        policy: the limits; the drawing shows the moves that they allow.
        behaviour: how the simulated seats behave.
        seed: the same seed gives the same run.
        roles: who is on the team, such as `backend,qa`; all by default.
        mode: one role alone, in this mode.
        human: `wait` (a person is asked through `interrupt`) or `simulated`.
        team: agents or Python functions by role, or a team file; other seats are simulated.
        db: where to record; the user's own record by default, opened when a run begins.
        checkpointer: keeps threads where the graph is not part of a larger one or served.

    Raises:
        InputError: what was given is wrong, with every problem.
    """
    terms = {
        "policy": policy, "behaviour": behaviour, "seed": seed, "roles": roles, "mode": mode,
        "human": human,
    }  # fmt: skip
    base, agents, _ = prepared(brief, team, None, terms)
    door = Door(base=ordered(base, {}), agents=agents, db=db)
    drawn, limit = _terms(base.manifest())
    graph: StateGraph[Carried, None, Asked, Told] = StateGraph(
        Carried, input_schema=Asked, output_schema=Told
    )
    entries = add_nodes(graph, drawn, door.visit)
    graph.add_node(  # pyright: ignore[reportUnknownMemberType]
        BEGIN, door.begin, destinations=tuple(entries)
    )
    graph.add_edge(START, BEGIN)
    made = graph.compile(  # pyright: ignore[reportUnknownMemberType]
        checkpointer=checkpointer, name="remit team"
    )
    return made.with_config({"recursion_limit": limit})


def _terms(manifest: Manifest) -> tuple[frozenset[tuple[str, str]], int]:
    """The edges and the recursion limit of every brief under a policy.

    A brief decides only whether there is a release.
    """
    able = manifest.human and manifest.solo_mode is None
    every = [replace(manifest, release=release) for release in ((0, 1) if able else (0,))]
    drawn = frozenset[tuple[str, str]]().union(*map(edges, every))
    return drawn, 1 + max(map(recursion_limit, every))


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenVisit:
    """A run of the record as one node finds it: folded from its journal."""

    record: Record
    opened: OpenRun
    phase: Phase

    def stand(self, outcome: Outcome | None, reason: str) -> None:
        """Write down how the run stands; who opens it later in this phase leaves it so."""
        with self.phase.opening:
            self.phase.stands = (outcome, reason) if outcome else None
            self.opened.clerk.stand(self.opened.course, outcome, reason)

    @property
    def session(self) -> Session:
        """The run at work."""
        return self.opened.session

    def tag(self) -> dict[str, Any]:
        """The run's id: it is all that a node needs."""
        return {"run": self.opened.id}

    def told(self) -> dict[str, Any]:
        """Where the run stands; at the end how it ended."""
        course = self.opened.course
        where = {"step": course.step, "stage": str(course.position.stage)}
        if not course.ended:
            return where
        done = self.record.run(self.opened.id)
        shown = text(done.summary(), _place(self.record), WIDTH)
        outcome, reason = str(done.outcome), cut(done.reason, 1_000)
        return {**where, "outcome": outcome, "reason": reason, "summary": shown}

    def question(self, due: Assignment, refused: str) -> object:
        """What a person is asked; the run stands as waiting, so that `remit inbox` lists it."""
        course, name = self.opened.course, f"{self.opened.id}/{answer_name(due)}"
        self.stand(Outcome.WAITING, waiting_for(course))
        run = self.record.run(self.opened.id)
        (waiting,) = [one for one in owed(run) if one.id == name]
        asked = question(waiting, due, refused)
        return {**asked, "request": request_of(run, due)} if owes_report(due) else asked

    def hear(self, due: Assignment, given: Any) -> str:
        """Journal an answer, as `remit answer` does; one that cannot be taken is refused."""
        stood = self.record.store.find(self.opened.id).updated_at
        try:
            choice = choice_of(given, due)
            report = said(self.record, self.opened, due, choice, stood)
            self.session.answer(due, report)
        except (InputError, EventRefused) as error:
            return str(error)
        return ""


def _place(record: Record) -> Place:
    path = record.store.path
    own = path is None or path == path_of(default_url())
    return Place() if own else Place(db=f" --db {inert(shlex.quote(str(path)))}")


@dataclass(kw_only=True, slots=True)
class Door:
    """Where the nodes of one graph find their runs."""

    base: Order
    agents: Mapping[Seat, Agent]
    db: str | PathLike[str] | Record | None
    _record: Record | None = None
    _shared: Shared | None = None
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def _opened(self) -> tuple[Record, Shared]:
        """The record, opened when a run first needs it, and who owns its runs in this process."""
        with self._guard:
            if self._record is None or self._shared is None:
                self._record = self.db if isinstance(self.db, Record) else open_record(self.db)
                self._shared = Shared(self._record.store.hold)
            return self._record, self._shared

    def begin(self, state: Asked, config: RunnableConfig) -> Goto:
        """The first node: the run of this order in this thread, begun if it is not there.

        Raises:
            OrderRefused: the state asks for what cannot be ordered; nothing is recorded.
        """
        with refusing():
            run_id = self._found(ordered(self.base, state), config)
        fresh = {"outcome": str(Outcome.RUNNING), "reason": "", "summary": ""}
        with self.visit({"run": run_id}, Runtime()) as visit:
            going = onward(visit)
            return replace(going, update={"run": run_id, **fresh, **visit.told()})

    def _found(self, wanted: Order, config: RunnableConfig) -> str:
        """The id of an order's run in a thread; without a thread, of a new run."""
        record, shared = self._opened()
        refuse_played_approval(wanted, self.agents)
        name = name_of(config, wanted)
        if name is None:
            return record.begin(wanted, self.agents).id
        with shared.turn(name, BEGIN, BEGIN):
            if not _is_there(record, name):
                record.begin(replace(wanted, name=name), self.agents)
        return name

    @contextmanager
    def visit(self, task: Task, runtime: Runtime[Any]) -> Generator[OpenVisit]:
        """The run that a task names, folded, and owned by this process until the block ends.

        Nothing that agents do in the block is traced by itself (PUB-9).

        Raises:
            RunBusy: another process works on the run.
            InputError: the run is not in this record.
        """
        record, shared = self._opened()
        run_id, seat = task["run"], task.get("seat", "")
        phase = f"{task.get('step')}/{'work' if seat else INTEGRATE}"
        with shared.turn(run_id, phase, seat) as joined, untraced():
            visit = _entered(record, run_id, self.agents, joined)
            try:
                yield visit
            except RecordError:
                raise
            except Exception as error:
                visit.stand(*failure(visit.session, error))
                raise


def _entered(record: Record, run_id: str, agents: Mapping[Seat, Agent], phase: Phase) -> OpenVisit:
    with phase.opening:
        opened = record.reopen(record.store.find(run_id), agents)
        opened.clerk.by_step = False  # the next node folds what this one journals
        if phase.stands:
            opened.clerk.stand(opened.course, *phase.stands)
    return OpenVisit(record=record, opened=opened, phase=phase)


def _is_there(record: Record, name: str) -> bool:
    try:
        return record.store.find(name).id == name
    except InputError:
        return False
