"""Matters: what is put to an authority, with its options and what silence means."""

from remit.graph.advance import offered
from remit.graph.event import BIT, CRITICAL_GRADE, Item
from remit.graph.ledger import CHANGE_ITEM, Ledger
from remit.graph.manifest import Manifest
from remit.graph.position import Position
from remit.graph.rules import GRADE, LOOP
from remit.state.assignment import Matter
from remit.state.report import ChangeRequest, Finding, Question
from remit.state.vocabulary import EventKind, Limit, MatterKind, Seat, Stage, Target

_AUTHORITY = {
    Stage.ARBITRATION: Seat.CTO,
    Stage.CHANGE_CONTROL: Seat.CTO,
    Stage.HUMAN: Seat.HUMAN,
    Stage.RELEASE: Seat.HUMAN,
}


def opened(
    manifest: Manifest, position: Position, ledger: Ledger, referred: Matter | None, step: int
) -> Matter | None:
    """The matter that a position puts to an authority; `None` where nobody has to decide.

    A matter that the CTO referred to the human keeps its id.
    """
    seat = _AUTHORITY.get(position.stage)
    if seat is None or not position.owed & BIT[seat]:
        return None
    kind = MatterKind.RELEASE if position.stage is Stage.RELEASE else position.matter
    options = offered(position, seat, manifest)
    findings = _findings(position, ledger)
    questions = tuple(one for _, one in ledger.questions) if _asks(position) else ()
    requests = _requests(position, ledger)
    return Matter(
        id=referred.id if referred else f"m{step}",
        kind=kind,
        home=position.home,
        raised_by=_raisers(position, ledger),
        limit=_limit(position),
        options=options,
        default=default(manifest, position, kind, options),
        contract_version=ledger.contract_version,
        questions=questions,
        requests=requests,
        findings=findings,
        targets=_targets(position),
        text=_text(position, kind, questions, requests, findings, _budgets(manifest, ledger)),
    )


def _asks(position: Position) -> bool:
    return bool(position.about & Item.QUESTION)


def _requests(position: Position, ledger: Ledger) -> tuple[ChangeRequest, ...]:
    if position.matter is MatterKind.RULING:
        wanted = {Target.CONTRACT: position.contract_change, Target.SCOPE: position.scope_change}
    elif position.about in (Item.CONTRACT_CHANGE, Item.SCOPE_CHANGE):
        wanted = {
            target: item & position.about and (position.contract_asked | position.scope_asked)
            for target, item in CHANGE_ITEM.items()
        }
    else:
        return ()
    return tuple(one for seat, one in ledger.requests if wanted[one.target] & BIT[seat])


def _findings(position: Position, ledger: Ledger) -> tuple[Finding, ...]:
    return tuple(
        finding
        for item, found in ledger.findings.items()
        if item & position.about
        for _, finding in found
    )


def _raisers(position: Position, ledger: Ledger) -> tuple[Seat, ...]:
    who: list[Seat] = []
    if _asks(position):
        who = [seat for seat, _ in ledger.questions]
    elif position.matter is MatterKind.RULING or position.about in CHANGE_ITEM.values():
        who = [seat for seat, _ in ledger.requests]
    else:
        who = [seat for item, found in ledger.findings.items() if item & position.about
               for seat, _ in found]  # fmt: skip
    return tuple(dict.fromkeys(who))


def _limit(position: Position) -> Limit | None:
    if position.matter is MatterKind.NO_PROGRESS:
        return Limit.NO_PROGRESS
    if position.matter is MatterKind.BUDGET:
        return Limit.HANDOFFS
    if position.matter is MatterKind.LIMIT:
        return LOOP[Item(position.about)]
    return None


def _targets(position: Position) -> tuple[Target, ...]:
    if position.matter is not MatterKind.RULING:
        return ()
    held = ((Target.CONTRACT, position.contract_change), (Target.SCOPE, position.scope_change))
    return tuple(target for target, bits in held if bits)


def default(
    manifest: Manifest, position: Position, kind: MatterKind, options: tuple[EventKind, ...]
) -> EventKind:
    """What silence means: never approve or grant, and no waiver of a critical security finding."""
    if kind is MatterKind.RELEASE:
        return EventKind.DENY
    wanted = dict(manifest.silence)[kind]
    grade = GRADE.get(Item(position.about)) if position.about else None
    critical = grade is not None and getattr(position, grade) >= CRITICAL_GRADE
    change = position.about in CHANGE_ITEM.values() or kind is MatterKind.RULING
    if critical or (change and position.critical):
        return EventKind.STOP
    return wanted if wanted in options else EventKind.STOP


def _budgets(manifest: Manifest, ledger: Ledger) -> str:
    over = ledger.exceeded(manifest) or (Limit.HANDOFFS,)
    return ", ".join(over)


_ABOUT = {
    Item.REQUIREMENTS: "requirement rework",
    Item.CONTRACT: "contract review rounds",
    Item.BACKEND: "Backend rework",
    Item.FRONTEND: "Frontend rework",
    Item.CONTRACT_CHANGE: "contract changes",
    Item.SCOPE_CHANGE: "scope changes",
    Item.QUESTION: "the question",
}


def _text(
    position: Position,
    kind: MatterKind,
    questions: tuple[Question, ...],
    requests: tuple[ChangeRequest, ...],
    findings: tuple[Finding, ...],
    spent: str,
) -> str:
    said = [one.text for one in questions] + [one.change for one in requests]
    said += [f"{one.rule} at {one.place}" for one in findings]
    about = "; ".join(dict.fromkeys(said))
    if kind is MatterKind.QUESTION:
        return about
    if kind is MatterKind.RULING:
        return f"change: {about}"
    if kind is MatterKind.RELEASE:
        return "approve the external actions of the brief?"
    if kind is MatterKind.BUDGET:
        return f"the budget is used up: {spent}"
    name = _ABOUT[Item(position.about)]
    reason = "are used up" if kind is MatterKind.LIMIT else "made no progress"
    if kind is MatterKind.LIMIT and name.endswith("rework"):
        reason = "is used up"
    return f"{name} {reason}: {about}" if about else f"{name} {reason}"
