"""A run on positions, told again as reports that the ledger reads in the very same way.

What comes back must have been ruled on before, what is new must be new, and a budget is used up by
spending more than it allows: so the run is folded while it is told, and each choice reads the
ledger as it then stands.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from remit.analysis.safety import Trace, Turn
from remit.graph.course import Course
from remit.graph.event import BIT, CRITICAL_GRADE, SECURITY_GRADE, Event, Item
from remit.graph.fold import begin, take
from remit.graph.ledger import AUTHORITY, CHANGE_ITEM, ITEMS_AT
from remit.graph.manifest import Manifest
from remit.graph.rules import GRADE
from remit.state.assignment import Assignment
from remit.state.errors import EventRefused, InputError, RemitError
from remit.state.record import Entry
from remit.state.report import Call, ChangeRequest, Finding, Question, Report, Ruling
from remit.state.vocabulary import (
    BUDGETS,
    BUILDERS,
    EventKind,
    Limit,
    MatterKind,
    Seat,
    Severity,
    Stage,
    Target,
    Trigger,
)

OWNER: dict[Item, Seat] = {
    Item.REQUIREMENTS: Seat.PM,
    Item.CONTRACT: Seat.BACKEND,
    Item.BACKEND: Seat.BACKEND,
    Item.FRONTEND: Seat.FRONTEND,
}
"""Who is named as the owner of a finding."""
_SEVERITY = {SECURITY_GRADE: Severity.HIGH, CRITICAL_GRADE: Severity.CRITICAL}
_SPENDS: tuple[tuple[Limit, str, int], ...] = (
    (Limit.TOKENS, "tokens_in", 10**9),
    (Limit.DOLLARS, "cost_micros", 10**12),
    (Limit.HOURS, "duration_s", 10**9),
)
"""The budgets that one report can use up, its field for each, and the most that the field holds."""


@dataclass(frozen=True, slots=True)
class Told:
    """One report of a run told again."""

    assignment: Assignment
    report: Report


@dataclass(slots=True)
class _Teller:
    """What was said so far."""

    manifest: Manifest
    course: Course
    twins: bool
    """Findings before the build also name Frontend, because Frontend's come back later."""
    findings: list[Finding] = field(default_factory=list[Finding])
    requests: list[ChangeRequest] = field(default_factory=list[ChangeRequest])
    questions: list[Question] = field(default_factory=list[Question])
    said: int = 0

    def fresh(self, what: str) -> str:
        """Words that were not said before."""
        self.said += 1
        return f"{what} {self.said}"


def retold(trace: Trace, manifest: Manifest) -> tuple[Told, ...]:
    """The reports of a run, in its order.

    Raises:
        InputError: no reports amount to this run; which one does not, and why.
    """
    again = any(turn.event.repeat & Item.FRONTEND and turn.event.frontend for turn in trace)
    teller = _Teller(manifest, begin(manifest), again)
    return tuple(_told(teller, number, turn) for number, turn in enumerate(trace, 1))


def realisable(trace: Trace, manifest: Manifest) -> bool:
    """Whether there are reports that amount to this run."""
    try:
        retold(trace, manifest)
    except InputError:
        return False
    return True


def _told(teller: _Teller, number: int, turn: Turn) -> Told:
    course, where = teller.course, f"report {number}: {turn.seat} at {turn.before.stage}"
    assignment = course.open.get(turn.seat)
    if assignment is None:
        raise InputError(f"{where} is not assigned when the run is told again")
    report = _report(teller, assignment, turn, where)
    try:
        take(course, Entry(step=course.step, seat=turn.seat, report=report))
    except (EventRefused, RemitError) as error:
        raise InputError(f"{where}: {error}") from None
    wanted, found = turn.step.position, course.position
    if found.stage is not wanted.stage:
        raise InputError(
            f"{where}: leads to {found.stage}, not to {wanted.stage}: something comes back that "
            "nobody ruled on, or a budget is used up that no report can use up"
        )
    if found._replace(stuck=wanted.stuck) != wanted:
        raise InputError(
            f"{where}: leaves the run otherwise: something comes back that nobody ruled on"
        )
    return Told(assignment, report)


def _report(teller: _Teller, assignment: Assignment, turn: Turn, where: str) -> Report:
    event = turn.event
    values: dict[str, Any] = {"event": event.kind, "mode": assignment.mode, "summary": ""}
    if event.kind is EventKind.QUESTION and not event.question:
        return Report(**values, **_too_dear(teller.manifest, where))
    if assignment.stage in AUTHORITY:
        values["ruling"] = Ruling(approved=_approved(assignment, event))
    else:
        values["findings"] = tuple(_findings(teller, assignment.stage, event))
        values["requests"] = tuple(_requests(teller, event))
        values["questions"] = tuple(_questions(teller, event))
    if event.budget:
        values |= _spending(teller, turn, where)
    return Report(**values)


def _too_dear(manifest: Manifest, where: str) -> dict[str, Any]:
    """What the machine reports where the call of an agent does not fit what is left."""
    held = dict(zip(BUDGETS, manifest.budgets, strict=True))
    short = tuple(one for one in (Limit.DOLLARS, Limit.TOKENS) if held[one] is not None)
    if not short:
        raise InputError(f"{where}: a call is too dear, and neither dollars nor tokens are limited")
    call = Call(model="script", most_tokens=0, most_micros=0, ended="not made", short=short)
    asked = Question(trigger=Trigger.BUDGET, text="a call that does not fit what is left")
    return {"questions": (asked,), "calls": (call,)}


def _approved(assignment: Assignment, event: Event) -> tuple[Target, ...]:
    matter = assignment.matter
    if event.kind is not EventKind.APPROVE or not matter or matter.kind is not MatterKind.RULING:
        return ()
    bits = ((1, Target.CONTRACT), (2, Target.SCOPE))
    return tuple(target for bit, target in bits if event.approved & bit)


def _findings(teller: _Teller, stage: Stage, event: Event) -> Iterator[Finding]:
    for item, name in GRADE.items():
        weight: int = getattr(event, name)
        if not weight or item not in ITEMS_AT.get(stage, {}).values():
            continue
        severity = _SEVERITY.get(weight, Severity.MEDIUM)
        old = _known(teller, stage, item, weight) if event.repeat & item else None
        one = old or _finding(teller, OWNER[item])
        yield one.model_copy(update={"severity": severity})
        if teller.twins and not old and item in (Item.REQUIREMENTS, Item.CONTRACT):
            yield _finding(teller, Seat.FRONTEND).model_copy(update={"severity": severity})


def _finding(teller: _Teller, owner: Seat) -> Finding:
    place = teller.fresh("place")
    one = Finding(rule="SCRIPT", place=place, evidence="scripted", owner=owner)
    teller.findings.append(one)
    return one


def _known(teller: _Teller, stage: Stage, item: Item, weight: int) -> Finding | None:
    """A finding that was handed to its owner before, and that counts here towards the item."""
    ledger, items = teller.course.ledger, ITEMS_AT[stage]
    for one in teller.findings:
        counts = items.get(one.owner, items[Seat.BACKEND]) is item
        heavier = weight > ledger.waived.get(one.fingerprint, 0)
        if counts and heavier and one.fingerprint in ledger.ruled:
            return one
    return None


def _requests(teller: _Teller, event: Event) -> Iterator[ChangeRequest]:
    ruled = teller.course.ledger.ruled
    asked = ((Target.CONTRACT, event.contract_asked), (Target.SCOPE, event.scope_asked))
    for target, bits in asked:
        if not bits:
            continue
        known = [
            one for one in teller.requests if one.target is target and one.fingerprint in ruled
        ]
        again = bool(event.repeat & CHANGE_ITEM[target] and known)
        words = known[0].change if again else teller.fresh("change")
        critical = target is Target.CONTRACT and event.critical
        one = ChangeRequest(
            target=target, change=words, reason="scripted",
            severity=Severity.CRITICAL if critical else Severity.MEDIUM,
            affected=tuple(seat for seat in BUILDERS if event.affected & BIT[seat]),
        )  # fmt: skip
        teller.requests.append(one)
        yield one


def _questions(teller: _Teller, event: Event) -> Iterator[Question]:
    if not event.question:
        return
    human, reserved = event.question > 1, teller.manifest.questions_to_human
    known = [
        one for one in teller.questions
        if one.fingerprint in teller.course.ledger.ruled and (human or one.trigger not in reserved)
    ]  # fmt: skip
    if event.repeat & Item.QUESTION and known:
        yield known[0].model_copy(update={"to": "human" if human else "cto"})
        return
    trigger = next(one for one in (Trigger.ROLE, *Trigger) if human or one not in reserved)
    one = Question(trigger=trigger, text=teller.fresh("question"), to="human" if human else "cto")
    teller.questions.append(one)
    yield one


def _spending(teller: _Teller, turn: Turn, where: str) -> dict[str, int]:
    """What the report has to cost for a budget to be used up after it."""
    course, manifest = teller.course, teller.manifest
    grants = turn.event.kind is EventKind.GRANT and turn.before.matter is MatterKind.BUDGET
    if course.ledger.exceeded(manifest, int(grants)):
        return {}
    allowed = dict(zip(BUDGETS, course.ledger.budget_allowed(manifest, int(grants)), strict=True))
    steps = dict(zip(BUDGETS, manifest.grant_step, strict=True))
    used = dict(zip(BUDGETS, course.ledger.budget_used(), strict=True))
    for limit, name, most in sorted(_SPENDS, key=lambda one: not steps[one[0]]):
        base = allowed[limit]
        if base is None:
            continue
        more = base - used[limit] + 1
        if limit is Limit.HOURS:
            more += max((seconds for _, seconds in course.group), default=0)
        if more <= most:
            return {name: more}
    raise InputError(f"{where}: no report can use up a budget of this policy; only handoffs do")
