"""The Python face: run a team, open a record, read a run."""

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from os import PathLike
from typing import Any, Self, Unpack

from remit.agents.agent import Agent
from remit.analysis.runs_table import runs_sheet
from remit.analysis.stats import Stats
from remit.graph.order import Order
from remit.graph.runner import (
    Ask,
    Engine,
    OpenRun,
    apply_silence,
    execute,
    execute_async,
    reopen,
    start,
)
from remit.graph.session import Progress, silent
from remit.many import Runs, by_named, statistics
from remit.ordering import Function, prepared, refuse_played_approval
from remit.promised import known_safe
from remit.recorded import Run
from remit.state.brief import Brief
from remit.state.listing import Page, Wanted, listed, selection, sort_named
from remit.state.markup import fragment
from remit.state.place import default_url
from remit.state.record import RunRow
from remit.state.sheet import Sheet, plain
from remit.state.store import Store, open_store
from remit.state.vocabulary import ENDS, Seat
from remit.version import __version__

NEWEST = 20
"""Runs that a record shows of itself."""


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
    ) -> Runs:
        """The runs that fit, the newest (or largest) first: all, or a page of `limit`.

        `wanted` narrows them by `outcome`, `policy`, `behaviour` (one or several) and `since` (a
        time, or `7d` and the like); `sort` is created, updated, cost, tokens, handoffs, duration.

        Raises:
            InputError: an outcome, a moment or an order is none, or the page is beyond the last.
        """
        which = selection(now(), **wanted)
        part = Page(sort=sort_named(sort), reverse=reverse, limit=limit, number=page)
        with self.store.reading() as connection:
            return Runs(listed(connection, which, part).rows)

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
        return plain(self._sheet())

    def _repr_html_(self) -> str:
        return fragment(self._sheet())

    def _sheet(self) -> Sheet:
        return runs_sheet(self.runs(NEWEST), "The newest runs of this record")

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
        policy: object = None,
    ) -> Run:
        """Run an order until it ends or waits for a person.

        `begun` is told the run's id before the first agent works; `policy` is what the order's was
        read from, so that a refusal names a file as it was given.

        Raises:
            InputError: the order could never ship, its name is taken, or a simulated person would
                approve real actions.
            Unsafe: the policy is known to fail a safety property, and that was not allowed.
        """
        opened = self.begin(order, functions, subject, progress, policy)
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
        policy: object = None,
    ) -> Run:
        """`start` without blocking the event loop while agents work."""
        opened = self.begin(order, functions, subject, progress, policy)
        with self.store.hold(opened.id):
            await execute_async(opened, ask)
        return self.run(opened.id)

    def begin(
        self,
        order: Order,
        functions: Mapping[Seat, Agent] | None = None,
        subject: Mapping[str, dict[str, Any]] | None = None,
        progress: Progress = silent,
        policy: object = None,
    ) -> OpenRun:
        """Record a run with its first assignments, on which nobody works yet.

        Raises:
            InputError: as `start`.
            Unsafe: as `start`.
        """
        refuse_played_approval(order, functions or {})
        return start(
            self.store,
            known_safe(order, policy),
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
            opened = self.reopen(row, functions, progress)
            if opened.course.position.stage not in ENDS:
                opened.session.team.check()
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
            opened = self.reopen(row, functions, progress)
            if opened.course.position.stage not in ENDS:
                opened.session.team.check()
                await execute_async(opened, ask)
        return self.run(row.id)

    def reopen(
        self,
        row: RunRow,
        functions: Mapping[Seat, Agent] | None = None,
        progress: Progress = silent,
        policy: object = None,
    ) -> OpenRun:
        """A run as its journal has it, for whoever owns it; deadlines that passed are decided.

        Raises:
            Tampered: the record differs from its journal.
            InputError: a seat was filled by a function that is not at hand.
        """
        opened = reopen(
            self.store, row, clock=now, functions=dict(functions or {}), progress=progress
        )
        apply_silence(opened, self.store, now())
        return opened


def open(db: str | PathLike[str] | None = None) -> Record:
    """Open a record: a file or `sqlite:///FILE`; else what `REMIT_DB` names, or the user's own.

    Raises:
        DatabaseError: the file cannot be used.
    """
    return Record(open_store(default_url() if db is None else str(db)))


def run(
    brief: str | PathLike[str] | Brief | None = None,
    *,
    team: Mapping[str, Function | Agent] | str | PathLike[str] | None = None,
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
        team: agents or Python functions by role, or a team file; other seats are simulated.
        subject: a bundle of an earlier run to start from.
        db: where to record; the user's own record by default.
        out: a folder for the bundle.
        engine: `graph` (LangGraph) or `loop` (the plain loop); both write the same rows.
        ask: asks a person, where `human="ask"`.
        progress: told after each step.
        terms: `policy`, `behaviour`, `seed`, `roles`, `mode`, `human`, `script`, `name`, as for
            `order`; with a seat that is not simulated, `human` is `wait` unless it is given.
            `allow_unsafe` runs a policy that is known to fail a safety property.

    Raises:
        InputError: what was given is wrong, with every problem.
        Unsafe: the policy is known to fail a safety property.
        AgentFailed: an agent could not answer; the run can be resumed.
    """
    record = db if isinstance(db, Record) else open(db)
    wanted, agents, contents = prepared(brief, team, subject, terms)
    done = record.start(
        wanted,
        functions=agents,
        subject=contents,
        progress=progress,
        ask=ask,
        engine=engine,
        policy=terms.get("policy"),
    )
    if out is not None:
        done.save(out)
    return done


async def run_async(
    brief: str | PathLike[str] | Brief | None = None,
    *,
    team: Mapping[str, Function | Agent] | str | PathLike[str] | None = None,
    subject: str | PathLike[str] | None = None,
    db: str | PathLike[str] | Record | None = None,
    out: str | PathLike[str] | None = None,
    ask: Ask | None = None,
    progress: Progress = silent,
    **terms: Any,
) -> Run:
    """`run` through the same graph, without blocking the event loop while agents work."""
    record = db if isinstance(db, Record) else open(db)
    wanted, agents, contents = prepared(brief, team, subject, terms)
    done = await record.start_async(
        wanted,
        functions=agents,
        subject=contents,
        progress=progress,
        ask=ask,
        policy=terms.get("policy"),
    )
    if out is not None:
        done.save(out)
    return done
