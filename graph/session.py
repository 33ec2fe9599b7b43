"""A run at work: the course, the team and the journal, shared by the graph and the plain loop."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from remit.agents.agent import Desk
from remit.agents.purse import Left, Purse
from remit.agents.standards import filled
from remit.agents.team import Team
from remit.agents.triggers import Facts, guarded
from remit.graph.course import Course
from remit.graph.fold import take
from remit.graph.ledger import check
from remit.graph.perform import handed_over, perform
from remit.graph.unbooked import Unbooked
from remit.state import log
from remit.state.assignment import Assignment, Input
from remit.state.brief import Brief
from remit.state.errors import RemitError
from remit.state.record import Entry
from remit.state.report import Call, Report
from remit.state.secrets import cleaned
from remit.state.vocabulary import EventKind, Limit, Mode, Seat, Trigger


class Clerk(Protocol):
    """Whoever keeps the journal and the record of one run."""

    def journal(self, step: int, seat: Seat, report: Report) -> Entry:
        """Keep a report once, before anything acts on it.

        Raises:
            RunBusy: another process has journalled this assignment.
        """
        ...

    def paid(self) -> Mapping[str, tuple[Call, ...]]:
        """The calls that were noted before, by the key of their assignment."""
        ...

    def note(self, step: int, seat: Seat, n: int, call: Call, *, ended: bool) -> None:
        """Keep the assignment's call number `n` as it begins and as it ends."""
        ...

    def project(self, course: Course) -> None:
        """Bring the record up to the course."""
        ...

    def content(self, hash_: str) -> dict[str, Any]:
        """The content of a journalled artifact."""
        ...


Progress = Callable[[Course, Sequence[Assignment]], None]
"""Told after each step: the course, and the assignments that were just folded."""


def silent(course: Course, folded: Sequence[Assignment]) -> None:
    """Progress that nobody watches."""


def _log_questions(task: Assignment, report: Report) -> None:
    for one in report.questions:
        log.event(
            "question", step=task.step, seat=str(task.seat), trigger=str(one.trigger), text=one.text
        )


@dataclass(kw_only=True, slots=True)
class Session:
    """One run in one process."""

    course: Course
    team: Team
    brief: Brief
    seed: int
    clerk: Clerk
    progress: Progress = silent
    manifest_json: Mapping[str, Any] = field(default_factory=dict[str, Any])
    _said: dict[str, Entry] = field(default_factory=dict[str, Entry])
    _purse: Purse = field(init=False)
    _unbooked: dict[str, Unbooked] = field(default_factory=dict[str, Unbooked])
    """The calls of assignments whose report is not journalled."""

    def __post_init__(self) -> None:
        self._purse = Purse(self._left)
        paid, waiting = self.clerk.paid(), self.course.waiting()
        for one in waiting if paid else ():
            self._unbooked[one.key] = Unbooked(list(paid.get(one.key, ())))
            self._hold(one.key)

    @property
    def unbooked_micros(self) -> int:
        """What was paid and stands in no report yet; the next one of its assignment carries it."""
        return sum(one.micros for one in self._unbooked.values())

    def _hold(self, key: str) -> None:
        held = self._unbooked.get(key, Unbooked())
        self._purse.hold(key, held.micros, held.tokens)

    def _note(self, task: Assignment, call: Call, ended: bool) -> None:
        n = self._unbooked.setdefault(task.key, Unbooked()).add(call, ended=ended)
        self.clerk.note(task.step, task.seat, n, call, ended=ended)

    def _left(self) -> Left:
        """What the journal leaves of dollars and tokens; what is not folded yet counts too."""
        ledger, manifest = self.course.ledger, self.course.manifest
        _, dollars, tokens, _ = ledger.budget_allowed(manifest)
        early = [*self._said.values(), *self.course.pending()]
        spent = ledger.cost_micros + sum(one.report.cost_micros for one in early)
        used = ledger.tokens + sum(one.report.tokens_in + one.report.tokens_out for one in early)
        return Left(
            None if dollars is None else dollars - spent, None if tokens is None else tokens - used
        )

    def work(self, assignment: Assignment) -> None:
        """Have an assignment performed and journalled, unless it already was."""
        if assignment.key in self._said:
            return
        agent = self.team.agents[assignment.occupant]
        try:
            report = perform(agent, assignment, self.desk(assignment), self.course.manifest)
            report = self._seen_through(assignment, report)
            entry = self.clerk.journal(assignment.step, assignment.seat, report)
        except BaseException:
            self._hold(assignment.key)
            raise
        self._purse.book(assignment.key, partial(self._said.update, {assignment.key: entry}))
        self._unbooked.pop(assignment.key, None)
        _log_questions(assignment, report)

    def _seen_through(self, assignment: Assignment, report: Report) -> Report:
        """Backend's work as guards and standards have it, whoever did it."""
        if assignment.seat is not Seat.BACKEND or not report.artifacts:
            return report
        return self._judged(self._guarded(assignment, report), assignment)

    def _guarded(self, assignment: Assignment, report: Report) -> Report:
        """The report as code must have it: a condition that holds is a question (BE-ESC-1..6).

        Work that turns into a question is not delivered, so it makes and mends no flaws.
        """
        if EventKind.QUESTION not in assignment.events:
            return report
        checked = guarded(self.brief, self.facts(), report)
        return report if checked is report else checked.model_copy(update={"flaws": {}})

    def _judged(self, report: Report, assignment: Assignment) -> Report:
        """The report with its done criteria decided by the standards, not by Backend."""
        if assignment.mode not in (Mode.DESIGN, Mode.BUILD):
            return report
        earlier = {
            name: self.read(one)
            for (owner, name), one in self.course.ledger.artifacts.items()
            if owner is Seat.BACKEND
        }
        return filled(self.brief, report, earlier)

    def answer(self, assignment: Assignment, report: Report) -> None:
        """Journal a report that came from outside: a person's answer.

        Raises:
            EventRefused: it does not answer the assignment; nothing is journalled.
        """
        check(assignment, report)
        handed_over(assignment, report)
        if assignment.key not in self._said:
            report = self._seen_through(assignment, cleaned(report))
            self._said[assignment.key] = self.clerk.journal(
                assignment.step, assignment.seat, report
            )

    def unanswered(self) -> tuple[Assignment, ...]:
        """Open assignments that wait for a person who is not in this process."""
        return tuple(
            one
            for one in self.course.waiting()
            if one.key not in self._said and one.occupant not in self.team.agents
        )

    def due(self, step: int, seat: Seat) -> Assignment | None:
        """A seat's assignment at a step while its report is not in, else `None`.

        A task that was sent before the journal grew finds nothing due.
        """
        one = self.course.open.get(seat)
        if one is None or one.step != step or seat in self.course.early or one.key in self._said:
            return None
        return one

    def answered(self, assignment: Assignment) -> bool:
        """Whether the assignment's report is journalled and waits to be folded."""
        return assignment.key in self._said

    def integrate(self) -> tuple[Assignment, ...]:
        """Fold what is journalled for the open assignments; returns those still open."""
        waiting = self.course.waiting()
        folded = [one for one in waiting if one.key in self._said]
        for assignment in folded:
            take(self.course, self._said.pop(assignment.key))
        if folded:
            for one in folded:
                log.event("step", step=one.step, seat=str(one.seat), stage=str(one.stage))
            self.clerk.project(self.course)
            self.progress(self.course, folded)
        return self.course.waiting()

    def desk(self, assignment: Assignment) -> Desk:
        """What lies beside the assignment: the same for a whole group, whoever was folded first."""
        course = self.course
        matter = course.matters.get(course.answered or "")
        return Desk(
            brief=self.brief,
            seed=self.seed,
            read=self._given(assignment),
            flaws=course.flaws_before if course.group else course.ledger.flaws,
            manifest=self.manifest_json,
            turn=course.ledger.turns.get(assignment.seat, 1) - 1,
            answered=matter.matter.questions if matter else (),
            ruled_on=frozenset(course.ledger.ruled_on),
            purse=self._purse,
            note=partial(self._note, assignment),
            paid=self._unbooked.get(assignment.key, Unbooked()).paid,
            patience_s=self._patience(),
        )

    def _patience(self) -> float:
        """How long an agent may go on trying: the policy's deadline, or the hours that are left."""
        ledger, manifest = self.course.ledger, self.course.manifest
        allowed = ledger.budget_allowed(manifest)[3]
        hours = float("inf") if allowed is None else max(60, allowed - ledger.elapsed_s)
        return min(float(manifest.deadline_s), hours)

    def _given(self, assignment: Assignment) -> Callable[[Input], dict[str, Any]]:
        """Reads what was routed to an assignment, and nothing else (PUB-7)."""

        def read(one: Input) -> dict[str, Any]:
            if one not in assignment.inputs:
                raise RemitError(
                    f"{assignment.key}: {one.owner}/{one.artifact} r{one.revision} is not among "
                    "the inputs of this assignment; read only what was routed to it"
                )
            return self.read(one)

        return read

    def read(self, one: Input) -> dict[str, Any]:
        """The content of an input."""
        return self.clerk.content(one.hash)

    def facts(self) -> Facts:
        """What the guards of BE-ESC-1..6 need to know beside the report."""
        ledger, position = self.course.ledger, self.course.position
        plan = ledger.artifacts.get((Seat.CTO, "plan"))
        frozen = ledger.contracts[-1].artifact if position.sealed and ledger.contracts else ""
        left = position.left(Limit.CHANGE_REQUESTS)
        return Facts(
            plan=self.read(plan) if plan else None,
            frozen_contract=self.clerk.content(frozen) if frozen else None,
            implementation_started=bool(position.sealed),
            change_requests_left=None if left < 0 else left,
            answered=frozenset(ledger.ruled - ledger.rejected),
            tenancy_ruled=Trigger.TENANCY_UNCLEAR in ledger.ruled_on,
        )
