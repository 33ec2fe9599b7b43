"""Every run of a tiny team, report by report through the real fold: what a worst case is held to.

Nothing here reads arrays, open positions or what is remembered of rulings. At each assignment every
report is made that can differ for routing: new findings, requests and questions, or ones that the
ledger already knows as ruled on, at a cost that a budget bears or does not. Runs that come to the
same position, and to ledgers in which the same can come back, go on alike, so each such pair is
followed once.
"""

import pickle
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from remit.analysis.measures import AT_CTO, CALLS, REWORK, Measure
from remit.graph.course import Course
from remit.graph.event import BIT
from remit.graph.fold import begin, take
from remit.graph.ledger import AUTHORITY, ITEMS_AT
from remit.graph.manifest import SEATED, Manifest
from remit.state.assignment import Assignment
from remit.state.record import Entry
from remit.state.report import Call, ChangeRequest, Finding, Fingerprint, Question, Report, Ruling
from remit.state.vocabulary import (
    BUILDERS,
    LOOPS,
    EventKind,
    Limit,
    MatterKind,
    Mode,
    Seat,
    Stage,
    Target,
    Trigger,
)

Worst = Counter[Measure | Limit]
"""The most of each measure, and the most that is spent under each limit of a loop."""
Thing = Finding | ChangeRequest | Question
"""What can come back."""
OTHER = Seat.BACKEND
"""Whoever is named as owner where it is not Frontend: the two that findings are told apart by."""
BUDGET = MatterKind.BUDGET
PLAIN = (EventKind.DELIVER, EventKind.ACCEPT)
"""What is said with nothing beside it."""


@dataclass
class Run:
    """A run so far: what the fold knows, and everything that was ever said in it."""

    course: Course
    said: dict[Fingerprint, Thing] = field(default_factory=dict[Fingerprint, Thing])

    def after(self, seat: Seat, reports: Iterable[Report]) -> Iterator["Run"]:
        """The run with each of the reports more; only what it adds is left in the record."""
        course, manifest = self.course, self.course.manifest
        course.manifest = None  # type: ignore[assignment]  # the same for all: not to be copied
        course.handoffs.clear()
        course.ledger.rulings.clear()
        packed = pickle.dumps(course)
        course.manifest = manifest
        for report in reports:
            copied: Course = pickle.loads(packed)
            copied.manifest = manifest
            take(copied, Entry(step=copied.step, seat=seat, report=report))
            new: tuple[Thing, ...] = (*report.findings, *report.requests, *report.questions)
            yield Run(copied, self.said | {one.fingerprint: one for one in new})


class EveryRun:
    """The worst of each measure and limit over every run of a team without Security."""

    def __init__(self, manifest: Manifest) -> None:
        assert not any(manifest.group(stage) & BIT[Seat.SECURITY] for stage in SEATED)
        self.reports = 0
        self._most: dict[object, Worst] = {}
        first = Run(begin(manifest))
        self.worst = _took(first) + self._after(first)

    @property
    def states(self) -> int:
        """Pairs of a position and what its ledger knows."""
        return len(self._most)

    def _after(self, run: Run) -> Worst:
        """The most that can still be used after a run so far."""
        key = _key(run)
        if run.course.ended:
            return Worst()
        if key not in self._most:
            most = Worst()
            seat, assignment = next(iter(run.course.open.items()))
            for after in run.after(seat, _reports(run, assignment)):
                self.reports += 1
                most |= _took(after, run) + self._after(after)
            self._most[key] = most
        return self._most[key]


def _took(run: Run, before: Run | None = None) -> Worst:
    """What the last report of a run used, by the record."""
    rows = run.course.handoffs
    held = Counter(row.to for row in rows if row.to is not None)
    took = Worst({measure: held[seat] for seat, measure in CALLS.items()})
    took[Measure.HANDOFFS] = len(rows)
    took[Measure.CTO] = sum(row.stage in AT_CTO for row in rows)
    took[Measure.HUMAN] = sum(row.stage is Stage.HUMAN and row.to is not None for row in rows)
    used = Counter(run.course.ledger.used)
    used.subtract(before.course.ledger.used if before else {})
    took.update({limit: used[limit] for limit in LOOPS})
    took[Measure.REWORK] = sum(used[limit] for limit in REWORK)
    took[Measure.CHANGES] = used[Limit.CHANGE_REQUESTS]
    old = len(before.course.ledger.contracts) if before else 0
    took[Measure.CONTRACTS] = len(run.course.ledger.contracts) - old
    return took


def _key(run: Run) -> object:
    """What the rest of a run can depend on."""
    course, ledger = run.course, run.course.ledger
    findings = [one for pairs in ledger.findings.values() for _, one in pairs]
    asked = [one for _, one in ledger.requests], [one for _, one in ledger.questions]
    waits = {one.fingerprint for some in (findings, *asked) for one in some}
    matter = course.matter
    about = (matter.questions, matter.requests) if matter else ()
    put = {one.fingerprint for some in about for one in some}
    known = frozenset(
        (_sort(one), name in ledger.ruled, ledger.waived.get(name), name in waits, name in put)
        for name, one in run.said.items()
    )
    frozen = bool(ledger.contracts) and ledger.contracts[-1].version == ledger.contract_version
    over = bool(ledger.exceeded(course.manifest))
    return course.position, known, matter and matter.options, frozen, over, tuple(course.early)


def _sort(one: Thing) -> object:
    """What tells one thing that can be said from another, whatever its words."""
    if isinstance(one, Finding):
        return one.owner is Seat.FRONTEND
    return one.target if isinstance(one, ChangeRequest) else one.trigger


def _reports(run: Run, assignment: Assignment) -> Iterator[Report]:
    """Every report that can differ for routing."""
    for said in _said(run, assignment):
        grants = said["event"] is EventKind.GRANT and run.course.position.matter is BUDGET
        for cost in {0, _just_too_much(run.course, int(grants))}:
            yield Report(mode=assignment.mode, summary="", cost_micros=cost, **said)
    if EventKind.QUESTION in assignment.events and assignment.stage not in AUTHORITY:
        yield _unpaid(assignment.mode)


def _just_too_much(course: Course, grants: int) -> int:
    """A cost that the budget of dollars does not bear, and that one more grant would; 0 if past."""
    allowed = course.ledger.budget_allowed(course.manifest, grants)[1]
    assert allowed is not None
    over = course.ledger.exceeded(course.manifest, grants)
    return 0 if over else allowed - course.ledger.cost_micros + 1


def _unpaid(mode: Mode) -> Report:
    """The machine's report where the call of an agent does not fit what is left."""
    call = Call(model="m", most_tokens=0, most_micros=0, ended="not made", short=(Limit.DOLLARS,))
    asked = Question(trigger=Trigger.BUDGET, text="a call that does not fit")
    return Report(event=EventKind.QUESTION, mode=mode, summary="", questions=(asked,),
                  calls=(call,))  # fmt: skip


def _said(run: Run, assignment: Assignment) -> Iterator[dict[str, Any]]:
    if assignment.stage in AUTHORITY:
        yield from _ruled(assignment)
        return
    findings = list(_findings(run, assignment.stage))
    asks = EventKind.CHANGE in assignment.events
    requests = list(_requests(run)) if asks else [()]
    questions = list(_questions(run))
    for kind in assignment.events:
        if kind in PLAIN:
            yield {"event": kind}
        elif kind is EventKind.REWORK:
            yield from ({"event": kind, "findings": one} for one in findings if one)
        elif kind is EventKind.CHANGE:
            for one, two in product(findings, requests):
                if two:
                    yield {"event": kind, "findings": one, "requests": two}
        else:
            for one, two, three in product(findings, requests, questions):
                yield {"event": kind, "findings": one, "requests": two, "questions": (three,)}


def _ruled(assignment: Assignment) -> Iterator[dict[str, Any]]:
    matter = assignment.matter
    targets = matter.targets if matter else ()
    for kind in assignment.events:
        approved = [()] if kind is not EventKind.APPROVE else list(_some(targets)) or [()]
        yield from ({"event": kind, "ruling": Ruling(approved=one)} for one in approved)


def _some(targets: tuple[Target, ...]) -> Iterator[tuple[Target, ...]]:
    for which in product((False, True), repeat=len(targets)):
        if any(which):
            yield tuple(one for one, taken in zip(targets, which, strict=True) if taken)


def _findings(run: Run, stage: Stage) -> Iterator[tuple[Finding, ...]]:
    """None, new ones or known ones towards each item that counts here.

    What is found before the build is new for both owners: that more is known bars nothing.
    """
    items = ITEMS_AT.get(stage, {})
    ledger = run.course.ledger
    ways: list[list[tuple[Finding, ...]]] = []
    for item in dict.fromkeys(items.values()):
        owners = [one for one in (OTHER, Seat.FRONTEND) if items.get(one, items[OTHER]) is item]
        known = [
            one for name, one in run.said.items()
            if isinstance(one, Finding) and one.owner in owners
            and name in ledger.ruled and name not in ledger.waived
        ]  # fmt: skip
        fresh = tuple(_finding(len(run.said), owner) for owner in owners)
        ways.append([(), fresh, *([(known[0],)] if known else [])])
    yield from (tuple(one for part in parts for one in part) for parts in product(*ways))


def _finding(number: int, owner: Seat) -> Finding:
    return Finding(rule="R", place=f"place {number}", evidence="seen", owner=owner)


def _requests(run: Run) -> Iterator[tuple[ChangeRequest, ...]]:
    """None, a new one or a known one of each target; it affects nobody, or all builders."""
    ruled = run.course.ledger.ruled
    ways: list[list[ChangeRequest | None]] = []
    for target in Target:
        known = [
            one for name, one in run.said.items()
            if isinstance(one, ChangeRequest) and one.target is target and name in ruled
        ]  # fmt: skip
        fresh = ChangeRequest(target=target, change=f"change {len(run.said)}", reason="needed")
        ways.append([None, fresh, *known[:1]])
    for parts, affected in product(product(*ways), ((), BUILDERS)):
        asked = [one.model_copy(update={"affected": affected}) for one in parts if one is not None]
        if asked or not affected:
            yield tuple(asked)


def _questions(run: Run) -> Iterator[Question]:
    """A new one or a known one, to the CTO or to the human."""
    ruled, reserved = run.course.ledger.ruled, run.course.manifest.questions_to_human
    known = [one for name, one in run.said.items() if isinstance(one, Question) and name in ruled]
    for to in ("cto", "human"):
        free = [one for one in Trigger if to == "human" or one not in reserved]
        yield Question(trigger=free[0], text=f"question {len(run.said)}", to=to)
        again = [one for one in known if to == "human" or one.trigger not in reserved]
        yield from (one.model_copy(update={"to": to}) for one in again[:1])
