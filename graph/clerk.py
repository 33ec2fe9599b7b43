"""Clerks: who keeps the journal and the record of a run, in a store or only in memory."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from remit.graph.course import Course
from remit.state import calls
from remit.state.record import Entry, MatterState, Projection, RunUpdate, content_hash, entry_of
from remit.state.report import Call, Report
from remit.state.store import Store
from remit.state.vocabulary import ENDS, Outcome, Seat

Clock = Callable[[], datetime]


def standing(course: Course) -> tuple[Outcome, str]:
    """How a run stands, and why in one line."""
    stage = course.position.stage
    if stage not in ENDS:
        waits = ", ".join(str(one.occupant) for one in course.waiting())
        return Outcome.RUNNING, f"waiting for {waits}"
    why = course.handoffs[-1].why
    if course.ended_by:
        why = f"limit {course.ended_by}: {why}"
    return Outcome(str(stage)), why


def update_of(course: Course, outcome: Outcome | None = None, reason: str = "") -> RunUpdate:
    """The line that a run has in the list of runs."""
    stands, why = standing(course)
    ledger = course.ledger
    return RunUpdate(
        outcome=outcome or stands,
        reason=reason or why,
        handoffs=len(course.handoffs),
        cost_micros=ledger.cost_micros,
        tokens=ledger.tokens,
        elapsed_s=ledger.elapsed_s,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """How much of a course is known to be in the record; all its lists only grow."""

    handoffs: int = 0
    contracts: int = 0
    debts: int = 0
    grants: int = 0
    matters: Mapping[str, MatterState] = field(default_factory=dict[str, MatterState])


def written(course: Course) -> Written:
    """All that the course says now."""
    ledger = course.ledger
    return Written(
        handoffs=len(course.handoffs),
        contracts=len(ledger.contracts),
        debts=len(ledger.debts),
        grants=len(ledger.grants),
        matters=dict(course.matters),
    )


_NOTHING = Written()


def projection_of(
    course: Course,
    *,
    since: Written = _NOTHING,
    deadline: Callable[[MatterState], datetime | None] = lambda matter: None,
    outcome: Outcome | None = None,
    reason: str = "",
) -> Projection:
    """What the course says for the record beyond what is written."""
    matters = [
        replace(matter, deadline_at=deadline(matter)) if matter.authority is Seat.HUMAN else matter
        for name, matter in course.matters.items()
        if matter is not since.matters.get(name)
    ]
    return Projection(
        run=update_of(course, outcome, reason),
        handoffs=course.handoffs[since.handoffs :],
        matters=matters,
        contracts=course.ledger.contracts[since.contracts :],
        debts=course.ledger.debts[since.debts :],
        grants=course.ledger.grants[since.grants :],
    )


@dataclass(kw_only=True, slots=True)
class MemoryClerk:
    """Keeps a run in memory, to be stored whole or not at all: studies and notebooks."""

    entries: list[Entry] = field(default_factory=list[Entry])
    contents: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    hash_of: Callable[[dict[str, Any]], str] = content_hash

    def journal(self, step: int, seat: Seat, report: Report) -> Entry:
        """Keep a report."""
        entry, contents = entry_of(step, seat, report, self.hash_of)
        self.contents.update(contents)
        self.entries.append(entry)
        return entry

    def paid(self) -> Mapping[str, tuple[Call, ...]]:
        """Nothing: what is kept in memory does not outlive its process."""
        return {}

    def note(self, step: int, seat: Seat, n: int, call: Call, *, ended: bool) -> None:
        """Nothing, for the same reason."""

    def project(self, course: Course) -> None:
        """Nothing: the course itself is the record."""

    def content(self, hash_: str) -> dict[str, Any]:
        """An artifact's content."""
        return self.contents[hash_]


@dataclass(kw_only=True, slots=True)
class StoreClerk:
    """Keeps a run in the database: each report and each step in its own transaction."""

    store: Store
    run_id: str
    clock: Clock
    by_step: bool = False
    """Write the reports of a step with what follows from them, in one transaction: only for agents
    that give the same answer when they are asked again, so that a report can wait."""
    _waiting: list[Entry] = field(default_factory=list[Entry])
    """Reports for the step's transaction."""
    _written: Written = _NOTHING
    _contents: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])

    def journal(self, step: int, seat: Seat, report: Report) -> Entry:
        """Append a report, once.

        Raises:
            RunBusy: another process has answered this assignment.
        """
        if self.by_step:
            entry, _ = entry_of(step, seat, report)
            self._waiting.append(entry)
        else:
            entry = self.store.append(self.run_id, step, seat, report, self.clock())
        for ref, artifact in zip(entry.artifacts, report.artifacts, strict=True):
            self._contents[ref.hash] = artifact.content
        return entry

    def paid(self) -> Mapping[str, tuple[Call, ...]]:
        """The calls that were written down, by assignment."""
        return calls.kept(self.store, self.run_id)

    def note(self, step: int, seat: Seat, n: int, call: Call, *, ended: bool) -> None:
        """Write down a call as it begins and as it ends."""
        calls.keep(self.store, self.run_id, step, seat, n, call, self.clock(), ended=ended)

    def project(self, course: Course) -> None:
        """Bring the record up to the course; what is there already is compared.

        Raises:
            Tampered: a row differs from what the journal says.
        """
        self.stand(course, None, "")

    def stand(self, course: Course, outcome: Outcome | None, reason: str) -> None:
        """`project`, with an outcome that the course itself does not know: waiting or failed."""
        now = self.clock()
        projection = projection_of(
            course,
            since=self._written,
            deadline=lambda matter: now + timedelta(seconds=course.manifest.deadline_s),
            outcome=outcome,
            reason=reason,
        )
        if self._waiting:
            entries, refs = self._waiting, [ref for one in self._waiting for ref in one.artifacts]
            contents = {ref.hash: self._contents[ref.hash] for ref in refs}
            self.store.append_entries(self.run_id, entries, contents, now, projection)
            self._waiting = []
        else:
            self.store.project(self.run_id, projection, now)
        self._written = written(course)

    def content(self, hash_: str) -> dict[str, Any]:
        """An artifact's content, read once."""
        known = self._contents.get(hash_)
        if known is None:
            known = self._contents[hash_] = self.store.artifact(hash_)
        return known
