"""The Python face: run a team, open a record, read a run."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from os import PathLike
from pathlib import Path
from typing import Any, Self, TypeVar, Unpack

from remit.agents.agent import Agent, Desk
from remit.agents.behaviour import Behaviour
from remit.agents.behaviour import load as load_behaviour
from remit.agents.function import Answer, FunctionAgent
from remit.agents.team import parse_roles
from remit.analysis.run_sheet import NEWEST, runs_sheet
from remit.analysis.stats import Stats
from remit.graph.order import HumanMode, Order
from remit.graph.runner import (
    Ask,
    Engine,
    OpenRun,
    apply_silence,
    execute,
    execute_async,
    is_simulated,
    reopen,
    start,
)
from remit.graph.session import Progress, silent
from remit.many import by_named, statistics
from remit.recorded import Run
from remit.state.assignment import Assignment
from remit.state.brief import Brief
from remit.state.brief_text import load as load_brief
from remit.state.errors import InputError
from remit.state.listing import Page, Wanted, listed, selection, sort_named
from remit.state.markup import fragment
from remit.state.place import default_url
from remit.state.policy import Policy
from remit.state.policy import load as load_policy
from remit.state.record import RunRow
from remit.state.sheet import plain
from remit.state.store import Store, open_store
from remit.state.vocabulary import ENDS, ROLES, Mode, Seat
from remit.subject import agreed_brief, load_subject
from remit.version import __version__

Function = Callable[[Assignment, Desk], Answer]
"""A Python function that fills a seat."""


def now() -> datetime:
    """The wall clock, in UTC."""
    return datetime.now(UTC)


class Record:
    """An open database of runs. Close it, or use it as a context manager."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def close(self) -> None:
        """Let go of the file."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def runs(
        self,
        limit: int | None = None,
        *,
        sort: str = "created",
        reverse: bool = False,
        page: int = 1,
        **wanted: Unpack[Wanted],
    ) -> list[RunRow]:
        """The runs that fit, the newest (or largest) first: all, or a page of `limit`.

        `wanted` narrows them by `outcome`, `policy`, `behaviour` (one or several) and `since` (a
        time, or `7d` and the like); `sort` is created, updated, cost, tokens, handoffs, duration.

        Raises:
            InputError: an outcome, a moment or an order is none, or the page is beyond the last.
        """
        which = selection(now(), **wanted)
        part = Page(sort=sort_named(sort), reverse=reverse, limit=limit, number=page)
        with self.store.reading() as connection:
            return list(listed(connection, which, part).rows)

    def stats(
        self, *, by: str | None = None, loops: bool | None = None, **wanted: Unpack[Wanted]
    ) -> Stats:
        """How the runs that fit ended, what they took and what they used of each limit.

        `wanted` is as for `runs`; `by` compares groups: policy, behaviour, brief or team. `loops`
        says whether to read every handoff; by default that is done for up to 10,000 runs.

        Raises:
            InputError: an outcome, a moment or a grouping is none.
        """
        grouping = None if by is None else by_named(by)
        return statistics(self.store, selection(now(), **wanted), grouping, loops=loops)

    def __str__(self) -> str:
        return plain(runs_sheet(self.runs(NEWEST)))

    def _repr_html_(self) -> str:
        return fragment(runs_sheet(self.runs(NEWEST)))

    def run(self, prefix: str) -> Run:
        """A run by its id, or by a beginning that only one has.

        Raises:
            InputError: there is none, or several.
            Tampered: its journal does not fold.
        """
        return Run(self.store, self.store.find(prefix))

    def start(
        self,
        order: Order,
        *,
        functions: Mapping[Seat, Agent] | None = None,
        subject: Mapping[str, dict[str, Any]] | None = None,
        progress: Progress = silent,
        ask: Ask | None = None,
        engine: Engine = "graph",
        begun: Callable[[str], None] = lambda run_id: None,
    ) -> Run:
        """Run an order until it ends or waits for a person.

        `begun` is told the run's id before the first agent works.

        Raises:
            InputError: the order could never ship, its name is taken, or a simulated person would
                approve real actions.
        """
        opened = self._begin(order, functions, subject, progress)
        with self.store.hold(opened.id):
            begun(opened.id)
            progress(opened.course, ())
            execute(opened, engine, ask)
        return self.run(opened.id)

    async def start_async(
        self,
        order: Order,
        *,
        functions: Mapping[Seat, Agent] | None = None,
        subject: Mapping[str, dict[str, Any]] | None = None,
        progress: Progress = silent,
        ask: Ask | None = None,
    ) -> Run:
        """`start` without blocking the event loop while agents work."""
        opened = self._begin(order, functions, subject, progress)
        with self.store.hold(opened.id):
            await execute_async(opened, ask)
        return self.run(opened.id)

    def _begin(
        self,
        order: Order,
        functions: Mapping[Seat, Agent] | None,
        subject: Mapping[str, dict[str, Any]] | None,
        progress: Progress,
    ) -> OpenRun:
        refuse_played_approval(order, functions or {})
        return start(
            self.store,
            order,
            version=__version__,
            clock=now,
            token=secrets.randbits(32),
            functions=dict(functions or {}),
            progress=progress,
            subject=dict(subject or {}),
        )

    def resume(
        self,
        prefix: str,
        *,
        functions: Mapping[Seat, Agent] | None = None,
        progress: Progress = silent,
        ask: Ask | None = None,
        engine: Engine = "graph",
    ) -> Run:
        """Go on with a run where its journal ends; an ended run is returned as it is.

        Raises:
            RunBusy: another process owns the run.
            Tampered: the record differs from its journal.
        """
        row = self.store.find(prefix)
        with self.store.hold(row.id):
            opened = self._reopen(row, functions, progress)
            if opened.course.position.stage not in ENDS:
                progress(opened.course, ())
                execute(opened, engine, ask)
        return self.run(row.id)

    async def resume_async(
        self,
        prefix: str,
        *,
        functions: Mapping[Seat, Agent] | None = None,
        progress: Progress = silent,
        ask: Ask | None = None,
    ) -> Run:
        """`resume` without blocking the event loop while agents work."""
        row = self.store.find(prefix)
        with self.store.hold(row.id):
            opened = self._reopen(row, functions, progress)
            if opened.course.position.stage not in ENDS:
                await execute_async(opened, ask)
        return self.run(row.id)

    def _reopen(
        self, row: RunRow, functions: Mapping[Seat, Agent] | None, progress: Progress
    ) -> OpenRun:
        opened = reopen(
            self.store, row, clock=now, functions=dict(functions or {}), progress=progress
        )
        apply_silence(opened, self.store, now())
        return opened


def open(db: str | PathLike[str] | None = None) -> Record:
    """Open a record: a file or `sqlite:///FILE`; without one, the user's own.

    Raises:
        DatabaseError: the file cannot be used.
    """
    return Record(open_store(default_url() if db is None else str(db)))


def order(
    brief: str | PathLike[str] | Brief = "invoicing",
    *,
    policy: str | PathLike[str] | Policy = "balanced",
    behaviour: str | PathLike[str] | Behaviour = "typical",
    seed: int = 0,
    roles: str | Sequence[Seat] | None = None,
    mode: str | Mode | None = None,
    human: str | HumanMode = HumanMode.SIMULATED,
    script: str = "",
    name: str | None = None,
) -> Order:
    """Everything that is fixed before a run starts, read and validated.

    Raises:
        InputError: with every problem found in what was given.
    """
    seats = parse_roles(roles) if isinstance(roles, str) else tuple(roles or ROLES)
    return Order(
        brief=brief if isinstance(brief, Brief) else load_brief(str(brief)),
        policy=policy if isinstance(policy, Policy) else load_policy(str(policy)),
        behaviour=(
            behaviour if isinstance(behaviour, Behaviour) else load_behaviour(str(behaviour))
        ),
        seed=_whole(seed),
        roles=seats,
        mode=_one_of(Mode, mode, "mode") if mode else None,
        human=_one_of(HumanMode, human, "human"),
        script=script,
        name=name,
    )


Choice = TypeVar("Choice", bound=StrEnum)


def _one_of(choices: type[Choice], given: str, what: str) -> Choice:
    known = [str(choice) for choice in choices]
    if given not in known:
        raise InputError(f"{what}: there is no {str(given)[:80]!r}; known: {', '.join(known)}")
    return choices(given)


def _whole(seed: object) -> int:
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise InputError(f"seed: {str(seed)[:80]!r} is not a whole number")
    return seed


def run(
    brief: str | PathLike[str] | Brief | None = None,
    *,
    team: Mapping[str, Function | Agent] | None = None,
    subject: str | PathLike[str] | None = None,
    db: str | PathLike[str] | Record | None = None,
    out: str | PathLike[str] | None = None,
    engine: Engine = "graph",
    ask: Ask | None = None,
    progress: Progress = silent,
    **terms: Any,
) -> Run:
    """Run a team on a brief and record every handoff; returns the recorded run.

    Args:
        brief: a file, a shipped name, a sentence, or a `Brief`; without one, the subject's, or
            the packaged one.
        team: agents or Python functions by role; every other seat is simulated.
        subject: a bundle of an earlier run to start from.
        db: where to record; the user's own record by default.
        out: a folder for the bundle.
        engine: `graph` (LangGraph) or `loop` (the plain loop); both write the same rows.
        ask: asks a person, where `human="ask"`.
        progress: told after each step.
        terms: `policy`, `behaviour`, `seed`, `roles`, `mode`, `human`, `script`, `name`, as for
            `order`; with a seat that is not simulated, `human` is `wait` unless it is given.

    Raises:
        InputError: what was given is wrong, with every problem.
        AgentFailed: an agent could not answer; the run can be resumed.
    """
    record = db if isinstance(db, Record) else open(db)
    wanted, agents, contents = _prepared(brief, team, subject, terms)
    done = record.start(
        wanted, functions=agents, subject=contents, progress=progress, ask=ask, engine=engine
    )
    if out is not None:
        done.save(out)
    return done


async def run_async(
    brief: str | PathLike[str] | Brief | None = None,
    *,
    team: Mapping[str, Function | Agent] | None = None,
    subject: str | PathLike[str] | None = None,
    db: str | PathLike[str] | Record | None = None,
    out: str | PathLike[str] | None = None,
    ask: Ask | None = None,
    progress: Progress = silent,
    **terms: Any,
) -> Run:
    """`run` through the same graph, without blocking the event loop while agents work."""
    record = db if isinstance(db, Record) else open(db)
    wanted, agents, contents = _prepared(brief, team, subject, terms)
    done = await record.start_async(
        wanted, functions=agents, subject=contents, progress=progress, ask=ask
    )
    if out is not None:
        done.save(out)
    return done


def _prepared(
    brief: str | PathLike[str] | Brief | None,
    team: Mapping[str, Function | Agent] | None,
    subject: str | PathLike[str] | None,
    terms: dict[str, Any],
) -> tuple[Order, dict[Seat, Agent], dict[str, dict[str, Any]]]:
    """The order, the agents that are not simulated, and what the run starts from."""
    agents = agents_of(team or {})
    if any(not is_simulated(agent) for agent in agents.values()):
        terms.setdefault("human", HumanMode.WAIT)
    given = load_brief(str(brief)) if isinstance(brief, str | PathLike) else brief
    inputs, contents = load_subject(Path(subject)) if subject else ((), {})
    given = agreed_brief(Path(subject), given) if subject else given
    return replace(order(given or "invoicing", **terms), subject=inputs), agents, contents


def refuse_played_approval(order: Order, functions: Mapping[Seat, Agent]) -> None:
    """A simulated person approves nothing that real work would then carry out (PUB-10).

    Raises:
        InputError: a seat is not simulated, the human is, and the brief names external actions.
    """
    real = [str(seat) for seat, agent in functions.items() if not is_simulated(agent)]
    if real and order.human is HumanMode.SIMULATED and order.brief.external_actions:
        raise InputError(
            f"human: 'simulated' cannot approve external actions beside {', '.join(real)}, "
            "which is not simulated; use human='wait' or 'ask'"
        )


def agents_of(team: Mapping[str, Function | Agent]) -> dict[Seat, Agent]:
    """Agents by seat; a plain function becomes an agent.

    Raises:
        InputError: a key is no role.
    """
    seated: dict[Seat, Agent] = {}
    for name, who in team.items():
        if name not in tuple(Seat):
            raise InputError(f"team: there is no role {name!r}; known: {', '.join(Seat)}")
        if not isinstance(who, Agent) and not callable(who):
            raise InputError(f"team: {name}: give a function or an agent, not {who!r:.80}")
        seated[Seat(name)] = who if isinstance(who, Agent) else FunctionAgent(who)
    return seated
