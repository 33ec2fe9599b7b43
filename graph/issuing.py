"""Assignments and handoff rows: what a completed step asks for, and how the record says so."""

from remit.graph.advance import offered
from remit.graph.booking import MENDS, mended_at
from remit.graph.course import Course
from remit.graph.event import Item
from remit.graph.ledger import AUTHORITY, Ledger
from remit.graph.manifest import MODE, Manifest
from remit.graph.rules import GRADE, Rule
from remit.graph.words import awaited, tell
from remit.state.artifact import KINDS
from remit.state.assignment import Assignment, Input
from remit.state.handoff import Handoff, Move, Spent
from remit.state.record import Entry, MatterState
from remit.state.vocabulary import (
    LOOPS,
    Limit,
    Seat,
    Stage,
)


def issue(course: Course, issued: tuple[Seat, ...], sender: Seat, entry: Entry | None) -> None:
    """Write a handoff for each seat that is assigned now, or one for the end."""
    for seat in issued:
        assignment = _assignment(course, seat)
        course.open[seat] = assignment
        course.handoffs.append(_handoff(course, assignment, sender, entry))
        course.ledger.handoffs += 1
        course.ledger.turns[seat] = course.ledger.turns.get(seat, 0) + 1
    if course.ended:
        course.handoffs.append(_handoff(course, None, sender, entry))
    matter = course.matter
    if matter and issued:
        course.matters[matter.id] = MatterState(
            matter=matter, step=course.step, authority=course.manifest.occupant(issued[0])
        )
    _clear_served(course)


def _clear_served(course: Course) -> None:
    """Findings that were handed over or dropped leave the docket with their grade."""
    position, ledger = course.position, course.ledger
    for item, name in GRADE.items():
        if not getattr(position, name):
            ledger.findings.pop(item, None)
    asked = position.contract_asked | position.scope_asked
    if not asked | position.contract_change | position.scope_change:
        ledger.requests.clear()
    if not position.question:
        ledger.questions.clear()


def _assignment(course: Course, seat: Seat) -> Assignment:
    position, ledger, manifest = course.position, course.ledger, course.manifest
    stage = position.stage
    occupant = manifest.occupant(seat)
    matter = course.matter if stage in AUTHORITY else None
    events = matter.options if matter else offered(position, seat, manifest)
    changing = stage in (Stage.REQUIREMENTS, Stage.EXPERIENCE, Stage.CONTRACT, Stage.BUILD)
    return Assignment(
        step=course.step,
        seat=seat,
        occupant=occupant,
        stage=stage,
        mode=manifest.solo_mode or MODE[stage] if stage is Stage.SOLO else MODE[stage],
        events=events,
        inputs=_inputs(ledger, seat, occupant),
        findings=ledger.to_mend.get(mended_at(stage, seat), ()),
        requests=ledger.to_change if changing else (),
        rulings=tuple(words for _, words in ledger.rulings[-8:]),
        contract_version=ledger.contract_version,
        frozen=bool(position.frozen),
        matter=matter,
    )


def _inputs(ledger: Ledger, seat: Seat, occupant: Seat) -> tuple[Input, ...]:
    everything = Seat.HUMAN in (seat, occupant)
    return tuple(
        one
        for (owner, name), one in sorted(ledger.artifacts.items())
        if everything or owner is seat or seat in KINDS[name].seen_by
    )


def _handoff(
    course: Course, assignment: Assignment | None, sender: Seat, entry: Entry | None
) -> Handoff:
    ledger, manifest, stage = course.ledger, course.manifest, course.position.stage
    seat = assignment.seat if assignment else None
    rule = _deciding(course.fired, seat) if assignment or not course.fired else course.fired[-1]
    frozen = ledger.contracts[-1].version if ledger.contracts else ""
    matter_id = course.matter.id if course.matter else course.answered
    return Handoff(
        seq=len(course.handoffs) + 1,
        step=course.step,
        sender=sender,
        to=assignment.occupant if assignment else None,
        seat=seat,
        stage=stage,
        mode=assignment.mode if assignment else None,
        kind=Move.END if course.ended else rule.kind if rule else Move.START,
        rule=rule.id if rule else "start",
        fired=tuple(one.id for one in course.fired),
        clause=rule.clause if rule else "",
        why=_why(course, rule, assignment),
        spent=tuple(_spent(ledger, manifest, limit) for limit in dict.fromkeys(course.spent)),
        reached=tuple(_spent(ledger, manifest, limit) for limit in _reached(course.fired)),
        inputs=assignment.inputs if assignment else (),
        matter=matter_id,
        contract_version=frozen,
        cost_micros=ledger.cost_micros,
        tokens=ledger.tokens,
        elapsed_s=ledger.elapsed_s,
        owner_now=str(assignment.occupant) if assignment else "nobody",
        awaits=awaited(assignment),
    )


def _why(course: Course, rule: Rule | None, assignment: Assignment | None) -> str:
    """What was ruled and waived in this step, and then what the row says."""
    words = [one.text for one in course.fired if one.waives and one.clause and one is not rule]
    if course.answered and assignment:
        words.insert(0, course.ledger.rulings[-1][1])
    words.append(tell(rule, assignment, course.ledger, Item(course.position.about)))
    return "; ".join(words)


def _reached(fired: list[Rule]) -> tuple[Limit, ...]:
    limits = (one.at_limit for one in fired if one.at_limit is not None)
    return tuple(dict.fromkeys(limit for limit in limits if limit in LOOPS))


def _deciding(fired: list[Rule], seat: Seat | None) -> Rule | None:
    """The row that answers "why".

    First about this seat, then the one that answered a limit, then the last with a clause.
    """
    mine = [rule for rule in fired if seat and MENDS.get(rule.item) is seat and rule.clause]
    claused = [rule for rule in fired if rule.clause]
    limits = [rule for rule in claused if rule.at_limit]
    for rules in (mine, limits, claused, fired):
        if rules:
            return rules[-1]
    return None


def _spent(ledger: Ledger, manifest: Manifest, limit: Limit) -> Spent:
    return Spent(
        limit=limit, used=ledger.used.get(limit, 0),
        allowed=ledger.allowed(limit, manifest.limit(limit)),
    )  # fmt: skip
