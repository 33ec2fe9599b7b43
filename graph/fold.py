"""A run is the fold of `classify` and `advance` over its journal.

`Course` holds what the fold knows: the position, the ledger, the open assignments and the rows of
the record. Given the same manifest and the same entries it ends up the same, whatever happened to
the process in between.
"""

from collections.abc import Callable, Sequence

from remit.graph.advance import Step, advance
from remit.graph.booking import (
    book,
    book_ruling,
    decided_by,
    forget_verdicts,
    hand_over,
    hear,
    limit_reached,
    seal,
    sender_of,
    waive,
)
from remit.graph.course import Course
from remit.graph.event import Event, seats
from remit.graph.issuing import issue
from remit.graph.ledger import AUTHORITY, check, classify
from remit.graph.manifest import Manifest, start
from remit.graph.matters import opened
from remit.graph.position import Position
from remit.state.assignment import Assignment, Input
from remit.state.debt import Debt
from remit.state.errors import RemitError
from remit.state.record import Entry
from remit.state.vocabulary import (
    EventKind,
    Limit,
    Seat,
    Stage,
)

Witness = Callable[[Position, Event, Seat], None]
"""Sees what each report met and what it amounted to, before it moves the position."""


def begin(manifest: Manifest, subject: Sequence[Input] = ()) -> Course:
    """A run before its first report: the first assignments are issued.

    Args:
        manifest: the constants of the run.
        subject: artifacts of an earlier run that this one starts from.
    """
    course = Course(manifest=manifest, position=start(manifest))
    course.ledger.artifacts = {(one.owner, one.artifact): one for one in subject}
    for n, name in enumerate(manifest.waived, 1):
        role = name.removeprefix("no_")
        course.ledger.debts.append(
            Debt(n=n, step=0, item=name, by="policy", clause=f"missing.{role}",
                 text=f"nobody judges for the absent role {role!r}")
        )  # fmt: skip
    issue(course, seats(course.position.owed), Seat.HUMAN, None)
    return course


def take(course: Course, entry: Entry, witness: Witness | None = None) -> None:
    """Fold one report in; reports of a group that come early wait for those before them.

    Args:
        course: the run so far.
        entry: the report.
        witness: told of every report that is folded by this one, in seat order.

    Raises:
        EventRefused: the report does not answer its assignment.
        RemitError: the entry belongs to no open assignment.
    """
    assignment = course.open.get(entry.seat)
    if assignment is None or entry.step != course.step or entry.seat in course.early:
        raise RemitError(
            f"step {entry.step} of {entry.seat}: no such assignment is open at step {course.step}; "
            "the journal is out of order"
        )
    check(assignment, entry.report)
    course.early[entry.seat] = entry
    while not course.ended:
        owed = seats(course.position.owed)
        if not owed or owed[0] not in course.early:
            return
        _fold_one(course, course.early.pop(owed[0]), witness)


def _fold_one(course: Course, entry: Entry, witness: Witness | None) -> None:
    assignment = course.open.pop(entry.seat)
    event = _weigh(course, assignment, entry)
    if witness:
        witness(course.position, event, entry.seat)
    step = advance(course.position, event, course.manifest, entry.seat)
    course.position = step.position
    course.fired.extend(step.fired)
    course.spent.extend(step.spent)
    if len(step.fired) > 1 or course.ended or assignment.stage in AUTHORITY:
        _settle(course, step, assignment, entry)


def _weigh(course: Course, assignment: Assignment, entry: Entry) -> Event:
    """What a report amounts to, once its work and its cost are booked and its words are heard."""
    ledger, manifest = course.ledger, course.manifest
    if not course.group:
        course.flaws_before = dict(ledger.flaws)
    book(course, assignment, entry)
    event = classify(ledger, manifest, assignment, entry.report)
    hear(course, assignment, entry)
    step = advance(course.position, event, manifest, entry.seat)
    return event._replace(budget=1) if _too_many(course, step, event) else event


def _too_many(course: Course, step: Step, event: Event) -> bool:
    """Whether the step would issue more handoffs than are allowed."""
    given = int(step.granted is Limit.HANDOFFS)
    allowed = course.ledger.budget_allowed(course.manifest, given)[0]
    return (
        allowed is not None
        and not event.budget
        and step.position.stage is not Stage.RELEASE
        and course.ledger.handoffs + len(step.issued) > allowed
    )


def _settle(course: Course, step: Step, was: Assignment, entry: Entry) -> None:
    """A step is complete: book what the rules did, then issue what they ask for."""
    ledger = course.ledger
    for limit in course.spent:
        ledger.used[limit] = ledger.used.get(limit, 0) + 1
    course.answered = None
    if was.stage in AUTHORITY:
        book_ruling(course, step, was, entry)
    if any(rule.id.startswith("question.regroup") for rule in step.fired):
        forget_verdicts(course)
    for rule in course.fired:
        hand_over(ledger, rule)
    if step.waived:
        waive(course, step, decided_by(was, entry.report))
    seal(course)
    sender = sender_of(course, entry.seat, was)
    course.step += 1
    course.group.clear()
    referred = course.matter if entry.report.event is EventKind.REFER else None
    course.matter = opened(course.manifest, course.position, ledger, referred, course.step)
    if course.position.stage is Stage.STOPPED_BY_POLICY:
        course.ended_by = limit_reached(course)
    issue(course, step.issued, sender, entry)
    course.fired.clear()
    course.spent.clear()
