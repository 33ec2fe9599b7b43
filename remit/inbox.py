"""The inbox: what runs wait for from a person, and giving the answer from another process."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from remit.agents.agent import Desk
from remit.analysis.summary import REPORT, answer_name, details, standing_open
from remit.answers import Choice, flags, report_of
from remit.graph.course import Course
from remit.graph.order import HumanMode, Order
from remit.graph.runner import OpenRun, apply_silence, order_of, reopen, settle
from remit.graph.runner import answer as give
from remit.handing_in import report_from, request_of
from remit.recorded import Run
from remit.runs import Record, now
from remit.state.assignment import Assignment
from remit.state.brief import Brief
from remit.state.errors import AgentFailed, InputError
from remit.state.inert import cut
from remit.state.record import StoredMatter
from remit.state.report import Report
from remit.state.vocabulary import BUILDERS, MatterKind, Outcome, Seat


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """One thing that a person owes an answer to."""

    run: str
    title: str
    id: str
    """`RUN/mN`, or `RUN/STEP.SEAT` where the person sits in for a role."""
    kind: str
    text: str
    details: tuple[str, ...]
    """What has to be known to decide: findings, differences, payloads."""
    options: tuple[str, ...]
    """The options of `remit answer` that it takes, one at a time."""
    since: datetime
    deadline_at: datetime | None
    default: str | None
    """What silence past the deadline means."""


def inbox(record: Record) -> list[Waiting]:
    """Everything that waits for a person, the longest first.

    A process that died between an answer and its last word leaves a run as running; what it waits
    for is in the journal all the same.
    """
    waiting = [Run(record.store, row) for row in record.store.runs(outcome=Outcome.WAITING)]
    running = [Run(record.store, row) for row in record.store.runs(outcome=Outcome.RUNNING)]
    waiting += [
        run for run in running
        if run.order.human is not HumanMode.SIMULATED and _waits_only(run.course, run.order)
    ]  # fmt: skip
    found = [one for run in waiting for one in owed(run)]
    return sorted(found, key=lambda one: (one.since, one.id))


def waits_for(run: Run) -> list[Waiting]:
    """What a run waits for from a person and silence has not decided yet."""
    at = now()
    return [one for one in owed(run) if one.deadline_at is None or one.deadline_at > at]


def _waits_only(course: Course, order: Order) -> bool:
    """Whether nobody but a person can go on."""
    waiting = course.waiting()
    return bool(waiting) and len(standing_open(course, order)) == len(waiting)


def owed(run: Run) -> Iterator[Waiting]:
    """What a run waits for from a person, whatever the clock says."""
    stored = {one.state.matter.id: one for one in run.matters}
    for one in standing_open(run.course, run.order):
        yield _waiting(run.id, run.brief, one, stored.get(answer_name(one)), run.row.updated_at)


def _waiting(
    run: str, brief: Brief, assignment: Assignment, kept: StoredMatter | None, stood: datetime
) -> Waiting:
    matter = assignment.matter
    return Waiting(
        run=run,
        title=brief.title,
        id=f"{run}/{answer_name(assignment)}",
        kind=str(matter.kind) if matter else "seat",
        text=matter.text if matter else _seat_text(assignment),
        details=details(matter, brief) if matter else (),
        options=flags(assignment),
        since=kept.opened_at if kept else stood,
        deadline_at=kept.state.deadline_at if kept else None,
        default=str(matter.default) if matter else None,
    )


def _seat_text(one: Assignment) -> str:
    return f"you sit in for {one.seat}: {one.stage}, mode {one.mode}"


class _Elsewhere:
    """Stands for a Python function that is not at hand; answering asks no agent."""

    def perform(self, assignment: Assignment, desk: Desk) -> Report:
        raise AgentFailed(f"{assignment.key}: its Python function is not here")


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """A person's answer, recorded."""

    to: Waiting
    """What it answers."""
    run: Run
    """How the run stands now."""


def owed_in_full(options: tuple[str, ...]) -> bool:
    """Whether the work of a seat is waited for: what is asked takes more than a line."""
    return any(option.startswith(f"--{REPORT}") for option in options)


def request(record: Record, name: str) -> dict[str, Any]:
    """All that a seat is asked which a person sits in, as a program there would read it.

    Raises:
        InputError: nothing of that name is open.
    """
    prefix, key = _parted(record, name)
    run = record.run(record.store.find(prefix).id)
    for one in standing_open(run.course, run.order):
        if answer_name(one) == key:
            return request_of(run, one)
    raise InputError(f"{cut(name, 80)!r}: is not waited for; `remit inbox` lists what is open")


def answer(record: Record, name: str, choice: Choice | str) -> Answered:
    """Give a person's answer; the run goes on when it is resumed.

    Args:
        record: the record that the run is in.
        name: `RUN/mN` or `RUN/STEP.SEAT`; without the run where only one waits for it, and the
            run alone where it waits for one thing, which is no release.
        choice: what the person says; or the text of a report that is handed in.

    Raises:
        InputError: nothing of that name is open, or it does not offer the choice.
        RunBusy: another process works on the run.
    """
    prefix, key = _parted(record, name)
    row = record.store.find(prefix)
    with record.store.hold(row.id):
        away = {seat: _Elsewhere() for seat in order_of(record.store, row).functions}
        opened = reopen(record.store, row, clock=now, functions=dict(away))
        try:
            answered = _answer(record, opened, key, choice, row.updated_at)
        finally:
            if _waits_only(opened.course, opened.order):
                settle(opened)
    return Answered(to=answered, run=record.run(row.id))


def _answer(
    record: Record, opened: OpenRun, key: str, choice: Choice | str, stood: datetime
) -> Waiting:
    late = apply_silence(opened, record.store, now())
    waiting = {answer_name(one): one for one in standing_open(opened.course, opened.order)}
    if key not in waiting:
        raise InputError(_refused(record, opened, key, late > 0))
    asked, kept = waiting[key], _stored(record, opened.id, key)
    told = _waiting(opened.id, opened.order.brief, asked, kept, stood)
    give(opened, asked, said(record, opened, asked, choice, stood))
    return told


def said(
    record: Record, opened: OpenRun, asked: Assignment, choice: Choice | str, stood: datetime
) -> Report:
    """The report of what a person chose or hands in, asked when the matter was opened, or `stood`.

    Raises:
        InputError: the assignment does not offer that, or something must be said with it.
    """
    kept = _stored(record, opened.id, answer_name(asked))
    since = kept.opened_at if kept else stood
    builders = tuple(role for role in BUILDERS if role in opened.order.roles)
    waited = int((now() - since).total_seconds())
    if isinstance(choice, str):
        return report_from(record.run(opened.id), asked, choice, waited)
    return report_of(asked, choice, waited_s=waited, builders=builders)


def _parted(record: Record, name: str) -> tuple[str, str]:
    """The run and the name within it."""
    prefix, slash, key = name.rpartition("/")
    if slash:
        return prefix, key
    waiting = inbox(record)
    runs = [one.run for one in waiting if one.id == f"{one.run}/{name}"]
    if not runs:
        return _only_one(name, [one for one in waiting if one.run == name])
    if len(runs) > 1:
        names = ", ".join(f"{run}/{name}" for run in runs[:8])
        raise InputError(f"{cut(name, 80)!r}: several runs wait for it; write one of {names}")
    return runs[0], name


def _only_one(run: str, waiting: list[Waiting]) -> tuple[str, str]:
    """The one thing that a run waits for, when the run is all that was named.

    Raises:
        InputError: nothing waits there, several things do, or it is a release: what leaves the
            folder is approved by its own name.
    """
    if not waiting:
        raise InputError(
            f"{cut(run, 80)!r}: no run waits for an answer to it; `remit inbox` lists what is open"
        )
    if len(waiting) > 1:
        names = ", ".join(one.id for one in waiting[:8])
        raise InputError(f"{cut(run, 80)!r}: waits for several answers; write one of {names}")
    (one,) = waiting
    if one.kind == MatterKind.RELEASE:
        raise InputError(
            f"{cut(run, 80)!r}: waits for a release; name it to answer it: {one.id} "
            f"({'; '.join(one.details) or one.text})"
        )
    return run, one.id.rpartition("/")[2]


def _stored(record: Record, run_id: str, key: str) -> StoredMatter | None:
    return next((one for one in record.store.matters(run_id) if one.state.matter.id == key), None)


def _refused(record: Record, opened: OpenRun, key: str, late: bool) -> str:
    """Why there is nothing to answer under this name."""
    shown = f"{opened.id}/{cut(key, 80)}"
    kept = _stored(record, opened.id, key)
    if kept and late:
        return (
            f"{shown}: nobody answered before {kept.state.deadline_at:%Y-%m-%d %H:%M} UTC, so the "
            f"default {kept.state.matter.default!s} counts; `remit resume {opened.id}` goes on"
        )
    if kept and kept.state.answer:
        said = kept.state.answer.get("event")
        return f"{shown}: {kept.state.answered_by} has answered it ({said}); nothing was changed"
    if kept and kept.state.authority is not Seat.HUMAN:
        return f"{shown}: is put to {kept.state.authority}, not to a person; nothing was changed"
    step, dot, seat = key.partition(".")
    if dot and step.isdecimal() and seat in tuple(Seat):
        return (
            f"{shown}: is not waited for; the run is at step {opened.course.step} "
            f"({opened.course.position.stage}); nothing was changed"
        )
    return f"{shown}: there is no such matter; `remit inbox` lists what is open"
