"""The mind (`analysis.chain`) that a run of the plain loop is in, read off its ledger."""

from collections.abc import Iterator

from remit.agents.artifacts import finding_for, request_for
from remit.agents.flaws import present
from remit.analysis.chain import mind
from remit.analysis.chain.world import class_of
from remit.graph.course import Course
from remit.graph.event import BIT
from remit.state.brief import Brief
from remit.state.report import Fingerprint, Flaw
from remit.state.vocabulary import FlawKind, FlawState, Seat, Stage, Trigger


def mind_of(course: Course, brief: Brief) -> int:
    """What the chain remembers where this run stands."""
    ledger = course.ledger
    found = sum(_flaw(course, brief, kind, flaw) for kind, flaw in ledger.flaws.items())
    found |= sum(BIT[seat] for seat in set(_asked(course))) << mind.ASKED
    found |= _bits(ledger.ruled_on) << mind.SETTLED
    return found | _bits({one.trigger for _, one in ledger.questions}) << mind.PENDING


def _bits(triggers: set[Trigger]) -> int:
    return sum(bit for trigger, bit in mind.TRIGGER_BIT.items() if trigger in triggers)


def _flaw(course: Course, brief: Brief, kind: FlawKind, flaw: Flaw) -> int:
    state = flaw.state
    if state is FlawState.ABSENT or state is FlawState.WAIVED:
        return (mind.WAIVED if state is FlawState.WAIVED else mind.ABSENT) << mind.SHIFT[kind]
    bits = class_of(brief, kind, flaw.made_at, flaw.site) if kind in mind.CLASS else 0
    if state is FlawState.HIDDEN:
        return bits | mind.HIDDEN << mind.SHIFT[kind]
    before = course.flaws_before.get(kind)
    if course.group and present(before) and before and before.state is FlawState.HIDDEN:
        return bits | mind.NEW << mind.SHIFT[kind]
    return bits | (mind.REPORTED | _marks(course, brief, kind, flaw)) << mind.SHIFT[kind]


def _marks(course: Course, brief: Brief, kind: FlawKind, flaw: Flaw) -> int:
    ledger = course.ledger
    finding, request = finding_for(brief, kind, flaw).fingerprint, _request(brief, kind, flaw)
    waiting = {one.fingerprint for many in ledger.findings.values() for _, one in many}
    waiting |= {one.fingerprint for _, one in ledger.requests}
    return (
        mind.HANDED * (finding in ledger.ruled)
        + mind.RULED * (request in ledger.ruled)
        + mind.WAITS * bool(waiting & {finding, request})
    )


def _request(brief: Brief, kind: FlawKind, flaw: Flaw) -> Fingerprint:
    frozen = kind in (FlawKind.REQUIREMENT_GAP, FlawKind.CONTRACT_GAP)
    if frozen or (kind is FlawKind.SECURITY_FLAW and flaw.made_at is Stage.CONTRACT):
        return request_for(brief, kind, flaw).fingerprint
    return Fingerprint("")


def _asked(course: Course) -> Iterator[Seat]:
    """Who asks a question of its own, and who still owes after its own was answered."""
    yield from (seat for seat, one in course.ledger.questions if one.trigger is Trigger.ROLE)
    matter = course.matters.get(course.answered or "")
    for one in matter.matter.questions if matter and not course.matter else ():
        owes = [seat for seat in course.open if one.text.startswith(f"{seat} needs")]
        yield from (seat for seat in owes if one.trigger is Trigger.ROLE)
