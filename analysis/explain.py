"""Why a run went where it did: one handoff, as values and in words."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import groupby
from typing import Any

from remit.analysis.counterfactual import At, Counterfactual, counterfactuals
from remit.analysis.guards import asked
from remit.analysis.handover import receiver
from remit.analysis.lines import WIDTH, Line, as_html, as_text
from remit.analysis.reported import Reported, reported
from remit.analysis.terms import flat
from remit.analysis.wording import amount
from remit.graph.advance import reads
from remit.graph.course import Course
from remit.graph.event import Event
from remit.graph.fold import begin, take
from remit.graph.manifest import Manifest
from remit.graph.order import Order
from remit.graph.position import Position
from remit.graph.rules import RULES
from remit.state.errors import InputError
from remit.state.handoff import Handoff, Spent
from remit.state.policy import Policy
from remit.state.record import Entry
from remit.state.vocabulary import BUDGETS, Limit, Seat

_RULES = {rule.id: rule for rule in RULES}


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A row of the rules that fired."""

    id: str
    text: str
    asked: tuple[str, ...] = ()
    """What its guards asked, each with what it read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Clause:
    """The key of the policy behind a row, and what this run's policy says there."""

    key: str
    value: str
    """Empty where the key stands for a whole table."""

    def __str__(self) -> str:
        return f"{self.key} = {self.value}" if self.value else self.key


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """Why one handoff was made. Printed, it is the text; a notebook shows a table."""

    handoff: Handoff
    rule: Row
    others: tuple[Row, ...]
    """The other rows that fired in the step, in order; the rule has its place among `fired`."""
    clause: Clause | None
    limits: tuple[Spent, ...]
    """Spent by the step, or at their end in it; a budget in the units of the ledger."""
    decided: str
    """The authority, or the rules and on whose report."""
    before: tuple[Reported, ...]
    """The reports that led here."""
    counterfactuals: tuple[Counterfactual, ...]
    """One more and one less under each limit, the most telling first."""

    @property
    def seq(self) -> int:
        """The number of the handoff."""
        return self.handoff.seq

    @property
    def title(self) -> str:
        """The handoff in a line."""
        return f"handoff {self.seq}: {handed(self.handoff)}"

    def lines(self) -> tuple[Line, ...]:
        """The explanation in labelled lines."""
        return tuple(_lines(self))

    def text(self, width: int = WIDTH) -> str:
        """The explanation in words, `width` columns wide."""
        return as_text(self.title, self.lines(), width)

    def to_json(self) -> dict[str, Any]:
        """The explanation as JSON values."""
        values = asdict(self)
        del values["handoff"]
        for told, one in zip(values["counterfactuals"], self.counterfactuals, strict=True):
            told["text"] = one.text
        return values

    def __str__(self) -> str:
        return self.text()

    def html(self) -> str:
        """The same as a table for a notebook."""
        return as_html(self.title, self.lines())

    _repr_html_ = html


def explain(order: Order, journal: Sequence[Entry], seq: int) -> Explanation:
    """Why handoff `seq` was made, what limit it met, and what one more or less would have changed.

    Raises:
        InputError: there is no such handoff.
    """
    step = _step_of(order, journal, seq)
    return next(one for one in _explained(order, journal, step) if one.seq == seq)


def explanations(order: Order, journal: Sequence[Entry]) -> tuple[Explanation, ...]:
    """Why every handoff of a run was made; far quicker than asking for each alone."""
    return tuple(_explained(order, journal))


def _step_of(order: Order, journal: Sequence[Entry], seq: int) -> int:
    course = begin(order.manifest(), order.subject)
    for entry in journal:
        if 1 <= seq <= len(course.handoffs):
            break
        take(course, entry)
    if not 1 <= seq <= len(course.handoffs):
        raise InputError(f"handoff {seq}: there is none; the run has 1 to {len(course.handoffs)}")
    return course.handoffs[seq - 1].step


def _explained(
    order: Order, journal: Sequence[Entry], only: int | None = None
) -> Iterator[Explanation]:
    """The explanations of all handoffs, or of one step's, in order.

    A group's reports are folded in seat order, in whatever order they came.
    """
    journal = sorted(journal, key=lambda one: (one.step, tuple(Seat).index(one.seat)))
    course = begin(order.manifest(), order.subject)
    what_if = counterfactuals(order, journal)
    if only in (None, 1):
        for row in course.handoffs:
            yield _one(order, journal, course, row, {}, what_if)
    for step, entries in groupby(journal, key=lambda one: one.step):
        wanted = only in (None, step + 1)
        since = len(course.handoffs)
        read: dict[str, tuple[str, ...]] = {}
        witness = partial(_note, read, course.manifest) if wanted else None
        for entry in entries:
            take(course, entry, witness)
        for row in course.handoffs[since:] if wanted else ():
            yield _one(order, journal, course, row, read, what_if)


def _one(
    order: Order,
    journal: Sequence[Entry],
    course: Course,
    row: Handoff,
    read: dict[str, tuple[str, ...]],
    what_if: At,
) -> Explanation:
    """The explanation of a handoff that the course has just made."""
    limits = _limits(course, row)
    return Explanation(
        handoff=row,
        rule=_row(row.rule, read, row.why),
        others=tuple(_row(one, {}, "") for one in row.fired if one != row.rule),
        clause=_clause(order.policy, row.clause),
        limits=limits,
        decided=_decided(course, row, journal),
        before=reported(course.handoffs, journal, row.step - 1),
        counterfactuals=what_if(row.step, [one.limit for one in limits]),
    )


def _note(
    read: dict[str, tuple[str, ...]],
    manifest: Manifest,
    before: Position,
    event: Event,
    seat: Seat,
) -> None:
    """Note what the rows that a report fires read, by their id."""
    for rule, position in reads(before, event, manifest, seat):
        read[rule.id] = asked(rule, position, manifest)


def _row(name: str, read: dict[str, tuple[str, ...]], otherwise: str) -> Row:
    rule = _RULES.get(name)
    return Row(id=name, text=rule.text if rule else otherwise, asked=read.get(name, ()))


def _limits(course: Course, row: Handoff) -> tuple[Spent, ...]:
    """What the step spent or found at its end, that of the deciding row first."""
    met = (
        *row.spent,
        *(one for one in row.reached if one not in row.spent),
        *_budgets(course, row),
    )
    rule = _RULES.get(row.rule)
    own = (*rule.spend, rule.at_limit) if rule else ()
    own += BUDGETS if Limit.HANDOFFS in own else ()
    return tuple(sorted(met, key=lambda one: one.limit not in own))


def _budgets(course: Course, row: Handoff) -> Iterator[Spent]:
    """The budgets that this step found used up, with what was used then."""
    fired = [_RULES[name] for name in row.fired]
    if not any(rule.at_limit is Limit.HANDOFFS for rule in fired):
        return
    ledger = course.ledger
    over = ledger.exceeded(course.manifest) or (Limit.HANDOFFS,)
    used = dict(zip(BUDGETS, ledger.budget_used(), strict=True))
    most = dict(zip(BUDGETS, ledger.budget_allowed(course.manifest), strict=True))
    for limit in over:
        yield Spent(limit=limit, used=used[limit], allowed=most[limit])


def _clause(policy: Policy, key: str) -> Clause | None:
    if not key:
        return None
    value = dict(flat(policy.model_dump(mode="json"))).get(key, "")
    return Clause(key=key, value=str(value))


def _decided(course: Course, row: Handoff, journal: Sequence[Entry]) -> str:
    """Who decided: the authority that answered, or the rules and on whose report."""
    entries = [one for one in journal if one.step == row.step - 1]
    if not entries:
        return "nobody yet: the run starts with the brief"
    for state in course.matters.values():
        if state.answer and state.answer["step"] == row.step - 1:
            return f"{state.answered_by}, who answered {state.matter.id}: {state.answer['event']}"
    if len(entries) == 1:
        return f"the rules, on the report of {entries[0].seat}"
    who = ", ".join(str(one.seat) for one in entries)
    return f"the rules, when the reports of {who} were all in"


def handed(row: Handoff) -> str:
    """Who handed what to whom, in a line."""
    if row.to is None:
        return f"{row.sender} → end: {row.stage}"
    return f"{row.sender} → {receiver(row)}: {row.stage}, mode {row.mode}"


def spelled(one: Spent) -> str:
    """A limit in words: used, allowed, left."""
    used, allowed = amount(one.limit, one.used), amount(one.limit, one.allowed)
    if one.allowed is None:
        return f"{one.limit}: {used} used, unlimited"
    left = amount(one.limit, max(0, one.allowed - one.used))
    return f"{one.limit}: {used} of {allowed} used, {left} left"


def _lines(one: Explanation) -> Iterator[Line]:
    row = one.handoff
    yield "why", row.why
    yield "decided by", one.decided
    yield "rule", f"{one.rule.id}: {one.rule.text}"
    if one.rule.asked:
        yield "it read", "; ".join(one.rule.asked)
    if one.others:
        yield "all rows", " → ".join(row.fired)
    yield "clause", str(one.clause) if one.clause else "none: the protocol itself"
    for limit in one.limits:
        yield "limit", spelled(limit)
    if not one.limits:
        yield "limit", "none spent, none reached"
    for told in one.counterfactuals:
        yield ("one more" if told.more else "one less"), told.text
    if row.matter:
        yield "matter", row.matter
    for report in one.before:
        yield "before", str(report)
    seen = ", ".join(f"{it.owner}/{it.artifact} r{it.revision}" for it in row.inputs)
    yield "sees", (seen or "the brief only") if row.to else "-"
    yield "owner", f"{row.owner_now} now owns it; awaited: {row.awaits}"
