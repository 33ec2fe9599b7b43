"""The ten safety properties, judged on the trace of a run.

A trace is what `advance` was asked and answered, in order. The judges are written from the
properties' words (docs: the protocol), not from the rules, so that a fault in a row shows.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from remit.graph.advance import Router, Step, router
from remit.graph.bound import bound
from remit.graph.event import (
    APPROVED_CONTRACT,
    APPROVED_SCOPE,
    BIT,
    CRITICAL_GRADE,
    Event,
    Item,
    seats,
)
from remit.graph.manifest import Manifest, start
from remit.graph.position import Position
from remit.graph.rules import GRADE, PATH
from remit.state.vocabulary import (
    BUILDERS,
    ENDS,
    LOOPS,
    EventKind,
    Limit,
    MatterKind,
    Seat,
    Stage,
)

PROPERTIES: dict[int, str] = {
    1: "every run ends within its bound, and every loop spends a limit",
    2: "no limit is passed without a grant, and grants are limited",
    3: "nothing frozen changes without the ruling of its authority",
    4: "while a matter is open, only its authority is assigned",
    5: "nothing ships that QA and Security have not accepted, unless it is waived",
    6: "no external action without a human's approval",
    7: "every state that is not an end names its owner",
    8: "no role judges its own work or rules on its own matter",
    9: "shipping is reachable, and so is every stage",
    10: "no critical security finding is waived but by the human",
}

AUTHORITIES = (Stage.ARBITRATION, Stage.CHANGE_CONTROL, Stage.HUMAN, Stage.RELEASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """One report of a trace: who said what where, and what the rules made of it."""

    before: Position
    seat: Seat
    event: Event
    step: Step


Trace = Sequence[Turn]


@dataclass(frozen=True, kw_only=True, slots=True)
class Violation:
    """A property that does not hold, and where in the trace."""

    number: int
    at: int
    """Index of the turn."""
    text: str


def violations(manifest: Manifest, trace: Trace) -> tuple[Violation, ...]:
    """Every violation of properties 1 to 8 and 10 on one trace (9 is about all runs)."""
    judges = (
        _bounded, _limited, _frozen, _quiet, _accepted, _released, _owned, _separate, _critical,
    )  # fmt: skip
    return tuple(found for judge in judges for found in judge(manifest, trace))


_GOOD = (EventKind.DELIVER, EventKind.ACCEPT, EventKind.APPROVE)


def unreached(manifest: Manifest, table: Router | None = None) -> tuple[Violation, ...]:
    """Property 9, judged on the straight way: everybody delivers, accepts and approves.

    Args:
        manifest: the constants of the run.
        table: the rules to follow; without it, the team's own.
    """
    table, at = table or router(manifest), start(manifest)
    seen, turns, kept = {at.stage}, 0, kept_stages(manifest)
    while at.stage not in ENDS and turns < bound(manifest):
        seat = seats(at.owed)[0]
        kind = next(kind for kind in table.offered(at, seat) if kind in _GOOD)
        try:
            at = table.advance(at, Event(kind), seat).position
        except RuntimeError as error:
            return (Violation(number=9, at=turns, text=str(error)),)
        seen.add(at.stage)
        turns += 1
    return tuple(
        Violation(number=9, at=turns, text=f"{stage} is not reached") for stage in kept - seen
    )


def kept_stages(manifest: Manifest) -> set[Stage]:
    """The stages that the straight way of a team enters, and its end."""
    kept = {stage for stage in (*PATH, Stage.SOLO) if manifest.group(stage)} | {Stage.SHIPPED}
    return kept | ({Stage.RELEASE} if manifest.release else set[Stage]())


def rows(manifest: Manifest, trace: Trace) -> int:
    """Handoff rows of a run so far: the first assignments, those issued since, and the end."""
    first = trace[0].before.owed.bit_count() if trace else 1
    ended = bool(trace) and trace[-1].step.position.stage in ENDS
    return first + sum(len(turn.step.issued) for turn in trace) + ended


def _bounded(manifest: Manifest, trace: Trace) -> Iterator[Violation]:
    written, most = rows(manifest, trace), bound(manifest)
    if written > most:
        yield Violation(number=1, at=len(trace) - 1, text=f"{written} rows, bound {most}")


def _limited(manifest: Manifest, trace: Trace) -> Iterator[Violation]:
    spent: Counter[Limit] = Counter()
    granted: Counter[Limit] = Counter()
    for at, turn in enumerate(trace):
        if turn.step.granted:
            granted[turn.step.granted] += 1
        spent.update(turn.step.spent)
        for limit in LOOPS:
            allowed = manifest.limit(limit)
            used, most = spent[limit], allowed + granted[limit]
            if allowed >= 0 and used > most:
                yield Violation(number=2, at=at, text=f"{limit}: {used} used, {most} allowed")
        if 0 <= manifest.grants < granted.total():
            yield Violation(number=2, at=at, text=f"{granted.total()} grants")


def _frozen(manifest: Manifest, trace: Trace) -> Iterator[Violation]:
    approved = 0
    for at, turn in enumerate(trace):
        if turn.event.kind is EventKind.APPROVE and turn.before.matter is MatterKind.RULING:
            human = turn.before.stage is Stage.HUMAN and turn.seat is Seat.HUMAN
            asked = (1 if turn.before.contract_change else 0) | (
                2 if turn.before.scope_change else 0
            )
            needs_human = (turn.event.approved & 1 and manifest.contract_to_human) or (
                turn.event.approved & 2 and manifest.scope_to_human
            )
            if human or (turn.seat is Seat.CTO and not needs_human):
                approved = turn.event.approved & asked
        after = turn.step.position.stage
        entered = after is not turn.before.stage or turn.step.issued
        if turn.before.sealed and entered and after in (Stage.CONTRACT, Stage.REQUIREMENTS):
            needed = 2 if after is Stage.REQUIREMENTS else 3
            if not approved & needed and turn.before.stage not in (after, Stage.EXPERIENCE):
                if not _inside_reopening(trace, at):
                    yield Violation(number=3, at=at, text=f"{after} reopened without approval")
        if after is Stage.BUILD:
            approved = 0


def _inside_reopening(trace: Trace, at: int) -> bool:
    """Whether the run is still on its way forward through stages that an approval reopened."""
    for turn in reversed(trace[:at]):
        if turn.step.position.stage is Stage.BUILD or turn.before.stage in (
            Stage.BUILD,
            Stage.VERIFICATION,
            Stage.ACCEPTANCE,
        ):
            return False
        if turn.event.kind is EventKind.APPROVE and turn.event.approved:
            return True
    return False


def _quiet(manifest: Manifest, trace: Trace) -> Iterator[Violation]:
    for at, turn in enumerate(trace):
        after = turn.step.position
        if after.matter is MatterKind.NONE or after.stage in ENDS or not turn.step.issued:
            continue
        if after.stage not in AUTHORITIES or set(turn.step.issued) - {Seat.CTO, Seat.HUMAN}:
            yield Violation(number=4, at=at, text=f"{turn.step.issued} assigned at {after.stage}")


DELIVERY_CLEARS: dict[Stage, tuple[Item, ...]] = {
    Stage.BUILD: (Item.BACKEND, Item.FRONTEND),
    Stage.CONTRACT: (Item.CONTRACT, Item.CONTRACT_CHANGE),
    Stage.REQUIREMENTS: (Item.REQUIREMENTS, Item.SCOPE_CHANGE),
}
"""Items that a delivery may have mended: they must be judged again."""


def _accepted(manifest: Manifest, trace: Trace) -> Iterator[Violation]:
    """Follow each judge's last word, and each open item, since the last delivery of a builder."""
    judges = set(seats(manifest.group_verification))
    heard: set[Seat] = set()
    opened: set[Item] = set()
    for at, turn in enumerate(trace):
        heard, opened = _after(manifest, turn, heard, opened)
        if turn.step.position.stage is Stage.SHIPPED and not manifest.group_solo:
            if judges - heard:
                yield Violation(number=5, at=at, text=f"not judged by {judges - heard}")
            if opened:
                yield Violation(number=5, at=at, text=f"open: {sorted(opened)}")


def ownerless(manifest: Manifest, approved: int) -> frozenset[Item]:
    """The approved changes (1 contract, 2 scope) of what nobody on the team owns.

    No delivery of an owner can mend them: whoever builds carries them out, and the judges judge it.
    """
    contract = approved & APPROVED_CONTRACT and not manifest.group_contract
    scope = approved & APPROVED_SCOPE and not manifest.group_requirements
    return frozenset(
        item
        for item, lost in ((Item.CONTRACT_CHANGE, contract), (Item.SCOPE_CHANGE, scope))
        if lost
    )


def _after(
    manifest: Manifest, turn: Turn, heard: set[Seat], opened: set[Item]
) -> tuple[set[Seat], set[Item]]:
    """Who has judged, and what is open, after a turn."""
    stage = turn.before.stage
    if any(rule.id.startswith("question.regroup") for rule in turn.step.fired):
        return set(), set()
    if turn.event.kind is EventKind.DELIVER:
        heard = set() if stage is Stage.BUILD else heard
        opened = opened - set(DELIVERY_CLEARS.get(stage, ()))
    if turn.before.matter is MatterKind.RULING:
        opened = opened - ownerless(manifest, turn.event.approved)
    if stage is Stage.VERIFICATION:
        heard = heard | {turn.seat}
    if stage not in AUTHORITIES:
        opened = opened | set(_named(turn.event))
    return heard, {item for item in opened if not turn.step.waived & item}


def _named(event: Event) -> Iterator[Item]:
    for item, field in GRADE.items():
        if getattr(event, field):
            yield item
    if event.contract_asked:
        yield Item.CONTRACT_CHANGE
    if event.scope_asked:
        yield Item.SCOPE_CHANGE


def _released(manifest: Manifest, trace: Trace) -> Iterator[Violation]:
    for at, turn in enumerate(trace):
        shipped = turn.step.position.stage is Stage.SHIPPED
        by_human = (
            turn.before.stage is Stage.RELEASE
            and turn.seat is Seat.HUMAN
            and turn.event.kind is EventKind.APPROVE
        )
        if shipped and manifest.release and not by_human:
            yield Violation(number=6, at=at, text="shipped without a human's approval")


def _owned(manifest: Manifest, trace: Trace) -> Iterator[Violation]:
    """Somebody owes the next report, and is there to give it."""
    for at, turn in enumerate(trace):
        after = turn.step.position
        if after.stage in ENDS:
            continue
        absent = after.owed & ~present(manifest, after.stage)
        if absent or not after.owed:
            who = ", ".join(seats(absent)) or "nobody"
            yield Violation(
                number=7, at=at, text=f"{after.stage} waits for {who}, who is not there"
            )


def present(manifest: Manifest, stage: Stage) -> int:
    """The seats that are filled at a stage, as a mask."""
    if stage in (Stage.HUMAN, Stage.RELEASE):
        return BIT[Seat.HUMAN] * manifest.human
    if stage in AUTHORITIES:
        return BIT[Seat.CTO] * manifest.cto
    return manifest.group(stage)


OWN_STAGES: Mapping[Stage, frozenset[Seat]] = {
    Stage.CONTRACT_REVIEW: frozenset({Seat.BACKEND}),
    Stage.VERIFICATION: frozenset({*BUILDERS, Seat.PM, Seat.UIUX}),
    Stage.ACCEPTANCE: frozenset({*BUILDERS, Seat.QA, Seat.SECURITY}),
}
"""Seats whose own work is judged at a stage."""


def _separate(manifest: Manifest, trace: Trace) -> Iterator[Violation]:
    for at, turn in enumerate(trace):
        after = turn.step.position
        assigned = set(turn.step.issued)
        if assigned & OWN_STAGES.get(after.stage, frozenset()):
            yield Violation(number=8, at=at, text=f"{assigned} judge their own at {after.stage}")
        ruling = after.stage in (Stage.ARBITRATION, Stage.CHANGE_CONTROL)
        if ruling and Seat.CTO in assigned and after.home in (Stage.PLAN, Stage.ACCEPTANCE):
            yield Violation(number=8, at=at, text="the CTO rules on a matter of the CTO's own")


_REFUSALS = (EventKind.WAIVE, EventKind.FREEZE, EventKind.REJECT, EventKind.APPROVE)


def _critical(manifest: Manifest, trace: Trace) -> Iterator[Violation]:
    for at, turn in enumerate(trace):
        refused = turn.step.waived & Item.CONTRACT_CHANGE
        at_stake = turn.before.critical or turn.event.critical
        human = turn.seat is Seat.HUMAN and turn.event.kind in _REFUSALS
        if refused and at_stake and not human:
            yield Violation(number=10, at=at, text=f"critical change refused by {turn.seat}")
        for item, field in GRADE.items():
            grade = max(getattr(turn.before, field), getattr(turn.event, field))
            by_human = turn.seat is Seat.HUMAN and turn.event.kind is EventKind.WAIVE
            if turn.step.waived & item and grade >= CRITICAL_GRADE and not by_human:
                yield Violation(number=10, at=at, text=f"critical {field} waived by {turn.seat}")
