"""What has been used and said so far; unbounded, and never read by routing.

`classify` turns a report into a bounded event, and only that event reaches `advance`.
"""

from dataclasses import dataclass, field

from remit.graph.event import (
    APPROVED_CONTRACT,
    APPROVED_SCOPE,
    BIT,
    CRITICAL_GRADE,
    SECURITY_GRADE,
    Event,
    Item,
)
from remit.graph.manifest import Manifest
from remit.state.artifact import KINDS, PARTS
from remit.state.assignment import Assignment, Input
from remit.state.debt import Debt, Grant
from remit.state.errors import EventRefused
from remit.state.record import ContractVersion
from remit.state.report import ChangeRequest, Finding, Fingerprint, Flaw, Question, Report
from remit.state.vocabulary import (
    BUDGETS,
    BUILDERS,
    EventKind,
    FlawKind,
    Limit,
    MatterKind,
    Seat,
    Severity,
    Stage,
    Target,
    Trigger,
)

AUTHORITY: frozenset[Stage] = frozenset(
    {Stage.ARBITRATION, Stage.CHANGE_CONTROL, Stage.HUMAN, Stage.RELEASE}
)
"""Stages where somebody decides rather than works."""


@dataclass(kw_only=True, slots=True)
class Ledger:
    """The running account of one run; grows with it."""

    handoffs: int = 0
    cost_micros: int = 0
    tokens: int = 0
    elapsed_s: int = 0
    used: dict[Limit, int] = field(default_factory=dict[Limit, int])
    """Units spent under each loop's limit."""
    granted: dict[Limit, int] = field(default_factory=dict[Limit, int])
    """Grants given under each limit; `handoffs` counts budget grants."""
    ruled: set[Fingerprint] = field(default_factory=set[Fingerprint])
    """Findings reworked, requests and questions ruled on: coming back is no progress."""
    rejected: set[Fingerprint] = field(default_factory=set[Fingerprint])
    """Questions answered `reject` that the asker can heed: asked again, they are no progress."""
    ruled_on: set[Trigger] = field(default_factory=set[Trigger])
    """Triggers of the questions that were answered."""
    waived: dict[Fingerprint, int] = field(default_factory=dict[Fingerprint, int])
    """What ships as debt, with the grade it was waived at: said again it changes nothing, unless it
    is said to be worse."""
    findings: dict[Item, list[tuple[Seat, Finding]]] = field(
        default_factory=dict[Item, list[tuple[Seat, Finding]]]
    )
    """Findings on the docket, with who found them."""
    requests: list[tuple[Seat, ChangeRequest]] = field(
        default_factory=list[tuple[Seat, ChangeRequest]]
    )
    questions: list[tuple[Seat, Question]] = field(default_factory=list[tuple[Seat, Question]])
    to_mend: dict[Item, tuple[Finding, ...]] = field(
        default_factory=dict[Item, tuple[Finding, ...]]
    )
    """Findings handed to their owner and not yet delivered on."""
    to_change: tuple[ChangeRequest, ...] = ()
    """Approved change requests that the next contract carries out."""
    rulings: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    """(step, words) of what authorities decided."""
    artifacts: dict[tuple[Seat, str], Input] = field(default_factory=dict[tuple[Seat, str], Input])
    """The latest revision of each artifact."""
    contract_version: str = "1.0.0"
    """The version that is drafted or frozen."""
    contracts: list[ContractVersion] = field(default_factory=list[ContractVersion])
    debts: list[Debt] = field(default_factory=list[Debt])
    grants: list[Grant] = field(default_factory=list[Grant])
    flaws: dict[FlawKind, Flaw] = field(default_factory=dict[FlawKind, Flaw])
    found: set[FlawKind] = field(default_factory=set[FlawKind])
    """Kinds of flaw that were reported at least once."""
    turns: dict[Seat, int] = field(default_factory=dict[Seat, int])
    """How often each seat has been assigned."""
    short: tuple[Limit, ...] = ()
    """Budgets in which a call did not fit, so that it was not made; a grant clears them."""

    def allowed(self, limit: Limit, base: int | None) -> int | None:
        """Limit plus grants; `None` is unlimited."""
        return None if base is None or base < 0 else base + self.granted.get(limit, 0)

    def budget_used(self) -> tuple[int, int, int, int]:
        """Handoffs, micro-dollars, tokens, seconds."""
        return self.handoffs, self.cost_micros, self.tokens, self.elapsed_s

    def budget_allowed(self, manifest: Manifest, more: int = 0) -> tuple[int | None, ...]:
        """What the budgets allow with the grants so far, and `more` of them."""
        times = self.granted.get(Limit.HANDOFFS, 0) + more
        if not times:
            return manifest.budgets
        return tuple(
            None if base is None else base + times * step
            for base, step in zip(manifest.budgets, manifest.grant_step, strict=True)
        )

    def exceeded(self, manifest: Manifest, more: int = 0) -> tuple[Limit, ...]:
        """Budgets that passed what is allowed or are too short, or would be with `more` grants.

        Handoffs pass it only for the sake of an authority: the fold looks before it issues.
        """
        allowed = self.budget_allowed(manifest, more)
        short = () if more else self.short
        held = zip(BUDGETS, self.budget_used(), allowed, strict=True)
        return tuple(
            [
                limit
                for limit, used, most in held
                if limit in short or (most is not None and used > most)
            ]
        )


def check(assignment: Assignment, report: Report) -> None:
    """Refuse a report that does not answer its assignment.

    Raises:
        EventRefused: the event is not on offer, or lacks what it speaks of.
    """
    kind, who = report.event, assignment.seat
    offers = assignment.events
    silence = kind is EventKind.SILENCE and assignment.occupant is Seat.HUMAN and assignment.matter
    if kind not in offers and not silence:
        raise EventRefused(
            f"{who}: {str(kind)!r} is not offered at stage {str(assignment.stage)!r}; "
            f"answer with one of: {', '.join(offers)}"
        )
    field, words = _SPEAKS_OF.get(kind, ("", ""))
    if field and not getattr(report, field):
        raise EventRefused(f"{who}: {str(kind)!r} comes without {words}; add one")
    if report.artifacts:
        _check_artifacts(who, report)
    targets = [request.target for request in report.requests]
    if len(targets) != len(set(targets)):
        raise EventRefused(f"{who}: more than one change request for one target; merge them")
    matter = assignment.matter
    if kind is EventKind.APPROVE and matter and matter.kind is MatterKind.RULING:
        extra = set(report.ruling.approved if report.ruling else ()) - set(matter.targets)
        if extra:
            raise EventRefused(
                f"{who}: approves {', '.join(sorted(extra))}, which nobody asked for"
            )


_SPEAKS_OF = {
    EventKind.REWORK: ("findings", "a finding"),
    EventKind.CHANGE: ("requests", "a change request"),
    EventKind.QUESTION: ("questions", "a question"),
}
"""What a report must hold for its event, by field and in words."""


def _check_artifacts(who: Seat, report: Report) -> None:
    """Nobody delivers what another role owns (BE-COL-3), twice, or with a part left out."""
    own = [name for name, kind in KINDS.items() if who in kind.owners]
    names = [artifact.name for artifact in report.artifacts]
    foreign = sorted({name for name in names if name not in own})
    if foreign:
        raise EventRefused(
            f"{who}: delivers {', '.join(foreign)}, which is not its own; its own are: "
            f"{', '.join(own) or 'none'}"
        )
    if len(names) != len(set(names)):
        raise EventRefused(f"{who}: delivers one artifact twice; merge them")
    for artifact in report.artifacts:
        wanted = PARTS.get(artifact.name, ())
        missing = [part for part in wanted if artifact.content.get(part) is None]
        if missing:
            raise EventRefused(
                f"{who}: {artifact.name} comes without {', '.join(missing)}; add each, or say why "
                'it does not apply: {"not_applicable": "the reason"}'
            )


def classify(ledger: Ledger, manifest: Manifest, assignment: Assignment, report: Report) -> Event:
    """The bounded event that a report amounts to.

    The agent says what it found; whether that repeats, and whether a budget is used up, is read
    from the ledger and can never be set by the agent.
    """
    matter = assignment.matter
    grants = report.event is EventKind.GRANT and matter and matter.kind is MatterKind.BUDGET
    budget = int(bool(ledger.exceeded(manifest, int(bool(grants)))))
    if assignment.stage in AUTHORITY:
        return _decision(assignment, report, budget)
    return _work(ledger, manifest, assignment, report, budget)


def _decision(assignment: Assignment, report: Report, budget: int) -> Event:
    kind, matter = report.event, assignment.matter
    if kind is EventKind.SILENCE and matter:
        kind = matter.default
    approved = 0
    if kind is EventKind.APPROVE and matter and matter.kind is MatterKind.RULING:
        given = report.ruling.approved if report.ruling else ()
        for target in given or matter.targets:
            approved |= APPROVED_CONTRACT if target is Target.CONTRACT else APPROVED_SCOPE
    return Event(kind, budget=budget, approved=approved)


def routed(ledger: Ledger, assignment: Assignment, report: Report) -> list[tuple[Item, Finding]]:
    """The findings that route work, each with its docket item; waived ones are left out."""
    items = ITEMS_AT.get(assignment.stage)
    if items is None or (
        report.event is EventKind.ACCEPT
        and all(finding.severity is Severity.LOW for finding in report.findings)
    ):
        return []
    owned = (
        (items.get(finding.owner, items[Seat.BACKEND]), finding) for finding in report.findings
    )
    return [
        (item, finding)
        for item, finding in owned
        if grade(assignment.seat, item, finding) > ledger.waived.get(finding.fingerprint, 0)
    ]


_JUDGED = {Seat.BACKEND: Item.BACKEND, Seat.FRONTEND: Item.FRONTEND}
ITEMS_AT: dict[Stage, dict[Seat, Item]] = {
    Stage.EXPERIENCE: {Seat.BACKEND: Item.REQUIREMENTS},
    Stage.CONTRACT_REVIEW: {Seat.BACKEND: Item.CONTRACT},
    Stage.VERIFICATION: _JUDGED,
    Stage.ACCEPTANCE: _JUDGED,
    Stage.SOLO: _JUDGED,
}
"""Where a finding goes, by stage and owner; an owner not named here goes where Backend's goes."""


def _work(
    ledger: Ledger, manifest: Manifest, assignment: Assignment, report: Report, budget: int
) -> Event:
    if any(call.short for call in report.calls):
        # not asked, so nothing was said: once the budget is ruled on, the same seat is asked again
        return Event(EventKind.QUESTION, budget=budget)
    if not (report.findings or report.requests or report.questions):
        return Event(_kind(assignment, 0, False, False), budget=budget)
    bit = BIT[assignment.seat]
    grades: dict[Item, int] = {}
    repeat = Item.NONE
    for item, finding in routed(ledger, assignment, report):
        grades[item] = max(grades.get(item, 0), grade(assignment.seat, item, finding))
        if finding.fingerprint in ledger.ruled:
            repeat |= item
    requests = report.requests if EventKind.CHANGE in assignment.events else ()
    asked = {Target.CONTRACT: 0, Target.SCOPE: 0}
    affected = critical = 0
    for request in requests:
        asked[request.target] = bit
        contract = request.target is Target.CONTRACT and assignment.seat is Seat.SECURITY
        critical |= int(contract and request.severity is Severity.CRITICAL)
        affected |= sum(BIT[seat] for seat in set(request.affected) & set(BUILDERS))
        if request.fingerprint in ledger.ruled:
            repeat |= CHANGE_ITEM[request.target]
    question = 0
    for one in asked_now(assignment, report):
        to_human = one.trigger in manifest.questions_to_human or one.to == "human"
        question = max(question, 2 if to_human else 1)
        if one.fingerprint in ledger.ruled:
            repeat |= Item.QUESTION
    kind = _kind(assignment, question, bool(requests), bool(grades))
    if kind in (EventKind.DELIVER, EventKind.ACCEPT):
        return Event(kind, budget=budget)
    return Event(
        kind,
        requirements=grades.get(Item.REQUIREMENTS, 0),
        contract=grades.get(Item.CONTRACT, 0),
        backend=grades.get(Item.BACKEND, 0),
        frontend=grades.get(Item.FRONTEND, 0),
        contract_asked=asked[Target.CONTRACT],
        critical=critical,
        scope_asked=asked[Target.SCOPE],
        affected=affected & manifest.builders,
        question=question,
        repeat=int(repeat),
        budget=budget,
    )


CHANGE_ITEM = {Target.CONTRACT: Item.CONTRACT_CHANGE, Target.SCOPE: Item.SCOPE_CHANGE}


def asked_now(assignment: Assignment, report: Report) -> tuple[Question, ...]:
    """The questions that are taken; a person who stands in decides instead of asking."""
    return report.questions if EventKind.QUESTION in assignment.events else ()


def grade(reporter: Seat, item: Item, finding: Finding) -> int:
    """How much a finding weighs: 1 ordinary, 2 security, 3 critical security."""
    if item is Item.REQUIREMENTS or reporter is not Seat.SECURITY:
        return 1
    return CRITICAL_GRADE if finding.severity is Severity.CRITICAL else SECURITY_GRADE


def _kind(assignment: Assignment, question: int, asks: bool, finds: bool) -> EventKind:
    """Question > change > rework > accept, among what is on offer."""
    held = (
        (EventKind.QUESTION, question > 0),
        (EventKind.CHANGE, asks),
        (EventKind.REWORK, finds),
        (EventKind.ACCEPT, True),
        (EventKind.DELIVER, True),
    )
    for kind, true in held:
        if true and kind in assignment.events:
            return kind
    raise EventRefused(
        f"{assignment.seat}: nothing in the report fits what is offered at "
        f"{str(assignment.stage)!r}: {', '.join(assignment.events)}"
    )
