"""What a stranger wants to know about a run, as values: how it ended, what was built, what it took.

Everything is read off the course of the run; which flaws escaped is known only of simulated work.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from remit.agents.artifacts import finding_for
from remit.analysis.built import Read, built, verdict_alone
from remit.analysis.safety import PROPERTIES
from remit.graph.bound import bound
from remit.graph.course import Course
from remit.graph.ledger import AUTHORITY
from remit.graph.manifest import Manifest
from remit.graph.order import Order
from remit.graph.rules import RULES
from remit.state.assignment import Assignment, Matter
from remit.state.brief import Brief, ExternalAction
from remit.state.debt import Debt, Grant
from remit.state.handoff import Handoff
from remit.state.record import RunRow, StoredMatter
from remit.state.vocabulary import (
    BUDGETS,
    LOOPS,
    FlawState,
    Limit,
    MatterKind,
    Mode,
    Outcome,
    Seat,
    Stage,
)

NOTICE = (
    "Remit is for learning and experimentation only: what a team says here is no professional, "
    "legal, medical, investment, security or deployment advice."
)
"""PUB-1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """One limit: a loop or a budget, in the units of the ledger."""

    limit: Limit
    used: int
    allowed: int | None
    """With the grants so far; `None` is unlimited."""
    granted: int
    """Grants under this limit."""
    reached: bool = False
    """Whether the run came to its end: one more was wanted, and the policy had to answer."""
    why_none: str = ""
    """Why nothing can be sent back here: the owner is absent, or one role works alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """One matter, with its answer."""

    id: str
    step: int
    kind: str
    raised_by: tuple[Seat, ...]
    """Empty when the rules themselves ask."""
    to: Seat
    path: tuple[Seat, ...]
    """Everybody it was put to, in order: the CTO may refer it to the human."""
    rows: tuple[int, ...]
    """The handoffs that put it."""
    text: str
    options: tuple[str, ...]
    default: str
    deadline_at: datetime | None
    answer: str | None
    """`None` while it is open."""
    words: str
    """What the authority said beside its answer."""
    by: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Fate:
    """What became of a latent flaw: the truth that only a simulation knows."""

    kind: str
    fate: str
    """`mended`, `debt`, `open` (named and not mended) or `escaped` (nobody knows of it)."""
    found_before: bool
    """Whether one of this kind was found earlier in the run."""
    place: str
    evidence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """A run in full."""

    id: str
    title: str
    outcome: Outcome
    reason: str
    seed: int
    policy: str
    behaviour: str
    roles: tuple[Seat, ...]
    mode: Mode | None
    solo: bool
    """Whether one role worked alone: its work is done, and nothing is shipped."""
    verdict: str
    """Of one role alone that judged; empty otherwise."""
    human: str
    handoffs: int
    """As the budget counts them: assignments, without the row of the end."""
    bound: int
    """The most handoffs that any run under these terms can take."""
    cost_micros: int
    tokens: int
    elapsed_s: int
    waited_s: int
    """Of these, seconds in which a person was waited for."""
    built: tuple[tuple[str, str], ...]
    """(what, how much of it)."""
    limits: tuple[Usage, ...]
    ended_by: Limit | None
    reached: tuple[tuple[Limit, int], ...]
    """Limits whose end was reached, with the first handoff that answered it."""
    asks_person: bool
    """Whether the policy lets a person be asked at all."""
    asked: tuple[Asked, ...]
    left_open: tuple[str, ...]
    """What was still to be decided when the run ended without shipping."""
    waiting: tuple[str, ...]
    """Names under which a person can answer: a matter's id, or `<step>.<seat>`."""
    offers: tuple[str, ...]
    """What the first of them may be answered with."""
    grants: tuple[Grant, ...]
    debts: tuple[Debt, ...]
    simulated: bool
    """Whether the flaws are known: no seat was filled from outside."""
    fates: tuple[Fate, ...]
    external_actions: tuple[ExternalAction, ...]
    assumed: tuple[str, ...]
    telling: int
    """The handoff that says most about why the run went as it did."""
    unsafe: tuple[str, ...] = ()
    """Safety properties that the policy was known to fail as the run started: it was allowed."""


def summarise(
    *, row: RunRow, order: Order, course: Course, matters: Sequence[StoredMatter], read: Read
) -> Summary:
    """The summary of a run.

    Args:
        row: the run as listed.
        order: what it was asked to do.
        course: the fold of its journal.
        matters: its matters as recorded, which know the deadlines.
        read: the content of an artifact.
    """
    ledger = course.ledger
    waiting = standing_open(course, order)
    return Summary(
        id=row.id,
        title=order.brief.title,
        outcome=row.outcome,
        reason=row.reason,
        seed=order.seed,
        policy=order.policy.name,
        behaviour=order.behaviour.name,
        roles=order.roles,
        mode=order.mode,
        solo=course.manifest.solo_mode is not None,
        verdict=verdict_alone(course, order, read),
        human=str(order.human),
        handoffs=ledger.handoffs,
        bound=bound(course.manifest),
        cost_micros=ledger.cost_micros,
        tokens=ledger.tokens,
        elapsed_s=ledger.elapsed_s,
        waited_s=_waited(course),
        built=built(course, order, read),
        limits=tuple(_usages(course, order)),
        ended_by=course.ended_by,
        reached=_reached(course),
        asks_person=order.policy.human.present,
        asked=tuple(_asked(one, course) for one in matters),
        left_open=tuple(_left_open(course)),
        waiting=tuple(answer_name(one) for one in waiting),
        offers=offered(waiting[0]) if waiting else (),
        grants=tuple(ledger.grants),
        debts=tuple(ledger.debts),
        simulated=not order.functions,
        fates=tuple(_fates(course, order)),
        external_actions=order.brief.external_actions if course.manifest.release else (),
        assumed=order.brief.assumed,
        telling=_telling(course),
        unsafe=tuple(f"property {number}: {PROPERTIES[number]}" for number in order.unsafe),
    )


def standing_open(course: Course, order: Order) -> tuple[Assignment, ...]:
    """What a person owes an answer to."""
    people = (Seat.HUMAN, *order.makers)
    return tuple(one for one in course.waiting() if one.occupant in people)


REPORT = "report"
"""What stands for the events of an assignment that takes a whole report and no word."""


def offered(assignment: Assignment) -> tuple[str, ...]:
    """What a person can answer: the events of a matter or a stand-in, or only a report."""
    if assignment.occupant is not Seat.HUMAN:
        return (REPORT,)
    return tuple(str(kind) for kind in assignment.events)


def answer_name(assignment: Assignment) -> str:
    """Under which name a person answers: the matter's id, or `<step>.<seat>` of a stand-in."""
    matter = assignment.matter
    return matter.id if matter else f"{assignment.step}.{assignment.seat}"


def details(matter: Matter, brief: Brief) -> tuple[str, ...]:
    """What a person has to know to decide about a matter, beside its text."""
    said = [f"choose from: {', '.join(one.options)}" for one in matter.questions if one.options]
    for one in matter.requests:
        kind = "breaking" if one.breaking else "compatible"
        said.append(f"{one.target} change, {kind}: {one.change}; because {one.reason}")
        said += one.diff
    said += [
        f"{one.rule} ({one.severity}) at {one.place}: {one.evidence}; fix: {one.fix or 'not named'}"
        for one in matter.findings
    ]
    if matter.kind is MatterKind.RELEASE:
        said += [action_words(one) for one in brief.external_actions]
    return tuple(dict.fromkeys(said))


def action_words(one: ExternalAction) -> str:
    """An external action with all that would leave the run's folder."""
    return f"{one.kind} {one.target}" + (f": {one.payload}" if one.payload else "")


def _usages(course: Course, order: Order) -> Iterator[Usage]:
    ledger, manifest = course.ledger, course.manifest
    reached = {limit for limit, _ in _reached(course)}
    for limit in LOOPS:
        yield Usage(
            limit=limit,
            used=ledger.used.get(limit, 0),
            allowed=ledger.allowed(limit, manifest.limit(limit)),
            granted=ledger.granted.get(limit, 0),
            reached=limit in reached,
            why_none=_why_none(limit, manifest, order),
        )
    for limit, used, allowed in zip(
        BUDGETS, ledger.budget_used(), ledger.budget_allowed(manifest), strict=True
    ):
        granted = ledger.granted.get(Limit.HANDOFFS, 0)
        yield Usage(limit=limit, used=used, allowed=allowed, granted=granted,
                    reached=limit in reached)  # fmt: skip


_OWNER = {
    Limit.REQUIREMENT_REWORK: Seat.PM,
    Limit.CONTRACT_REVIEW: Seat.BACKEND,
    Limit.REWORK_BACKEND: Seat.BACKEND,
    Limit.REWORK_FRONTEND: Seat.FRONTEND,
}


def _why_none(limit: Limit, manifest: Manifest, order: Order) -> str:
    owner = _OWNER.get(limit)
    if owner is None:
        return ""
    if manifest.solo_mode is not None:
        return "one role works alone"
    return "" if owner in order.roles else f"nobody is there as {owner}"


def _waited(course: Course) -> int:
    """The time of the steps in which a person had something to do."""
    starts = {row.step: row.elapsed_s for row in reversed(course.handoffs)}
    starts = {step: starts[step] for step in sorted(starts)}
    ends = [*list(starts.values())[1:], course.ledger.elapsed_s]
    waits = {row.step for row in course.handoffs if row.to is Seat.HUMAN}
    took = zip(starts.items(), ends, strict=True)
    return sum(end - start for (step, start), end in took if step in waits)


def _reached(course: Course) -> tuple[tuple[Limit, int], ...]:
    first: dict[Limit, int] = {}
    for row in course.handoffs:
        for limit in (*(one.limit for one in row.reached), *_budgets(course, row)):
            first.setdefault(limit, row.seq)
    return tuple(first.items())


_RULES = {rule.id: rule for rule in RULES}


def _budgets(course: Course, row: Handoff) -> Iterator[Limit]:
    """The budgets that a handoff answered the end of."""
    if not any(_RULES[name].at_limit is Limit.HANDOFFS for name in row.fired):
        return
    grants = sum(
        one.limit is Limit.HANDOFFS and one.step < row.step - 1 for one in course.ledger.grants
    )
    issued = sum(one.step < row.step for one in course.handoffs)
    used = (issued, row.cost_micros, row.tokens, row.elapsed_s)
    allowed = replace(course.ledger, granted={Limit.HANDOFFS: grants}).budget_allowed(
        course.manifest
    )
    over = [
        limit
        for limit, spent, most in zip(BUDGETS, used, allowed, strict=True)
        if most is not None and spent > most
    ]
    yield from over or (Limit.HANDOFFS,)


def _asked(one: StoredMatter, course: Course) -> Asked:
    state, matter = one.state, one.state.matter
    answer = state.answer or {}
    put = [row for row in course.handoffs if row.matter == matter.id and row.stage in AUTHORITY]
    return Asked(
        id=matter.id,
        step=state.step,
        kind=str(matter.kind),
        raised_by=matter.raised_by,
        to=state.authority,
        path=tuple(row.to for row in put if row.to),
        rows=tuple(row.seq for row in put),
        text=matter.text,
        options=tuple(str(kind) for kind in matter.options),
        default=str(matter.default),
        deadline_at=state.deadline_at,
        answer=str(answer["event"]) if answer else None,
        words=str(answer.get("text", "")),
        by=state.answered_by,
    )


def _left_open(course: Course) -> Iterator[str]:
    """What stood on the docket at the end; a run that goes on has its matter instead."""
    ledger = course.ledger
    if not course.ended or course.position.stage is Stage.SHIPPED:
        return
    for seat, question in ledger.questions:
        yield f"{seat} asked: {question.text}"
    for seat, request in ledger.requests:
        yield f"{seat} asked to change the {request.target}: {request.change}"
    for found in ledger.findings.values():
        for seat, finding in found:
            yield f"{seat} found: {finding.rule} at {finding.place}: {finding.evidence}"


_FATE = {
    FlawState.ABSENT: "mended",
    FlawState.HIDDEN: "escaped",
    FlawState.REPORTED: "open",
    FlawState.WAIVED: "debt",
}


def _fates(course: Course, order: Order) -> Iterator[Fate]:
    ledger = course.ledger
    for kind, flaw in ledger.flaws.items():
        finding = finding_for(order.brief, kind, flaw)
        yield Fate(
            kind=str(kind),
            fate=_FATE[flaw.state],
            found_before=kind in ledger.found,
            place=finding.place,
            evidence=finding.evidence,
        )


def _telling(course: Course) -> int:
    """The end, where a limit or a decision ended the run; else the last row that spent a limit."""
    rows = course.handoffs
    if course.ended and course.position.stage is not Stage.SHIPPED:
        return rows[-1].seq
    return next((row.seq for row in reversed(rows) if row.spent), rows[-1].seq)
