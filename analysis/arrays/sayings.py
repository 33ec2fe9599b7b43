"""Everything that a report can say where it is, as `classify` would put it, in few open events.

An *open* event stands for many: a grade is a set of grades (a bit for each of 0 to 3), and items
that may or may not repeat are `maybe`. Why the events here are all that can come:

- what a seat may answer is what the rules offer it (the kinds are read off the table);
- findings count only at the stages of `ITEMS_AT`, towards the items named there; Security's weigh 2
  or 3 and everybody else's 1 (`grade`), a requirement gap always 1;
- requests count only where a change is on offer, carry the reporter's own bit, and are critical
  only when Security asks to change the contract;
- a question is for the CTO (1) or the human (2), whatever the policy says, since anyone may ask for
  the human;
- what repeats is among what is said; both ways are possible at any time, and so is a budget that is
  used up: these two are read from the ledger, which no policy bounds;
- an agent whose call does not fit in the budget says nothing, and waits (a question of nobody);
- delivering and accepting say nothing else, and silence is its default, one of the other answers.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from remit.graph.event import BIT, CRITICAL_GRADE, SECURITY_GRADE, Event, Item
from remit.graph.ledger import AUTHORITY, CHANGE_ITEM, ITEMS_AT
from remit.graph.rules import CHANGING, GRADE
from remit.state.vocabulary import BUILDERS, EventKind, Seat, Stage, Target

GRADES = ("requirements", "contract", "backend", "frontend")
_NONE = 1
"""The set of grades that holds 0 alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Open:
    """Many events at once: `grades` and `critical` hold a bit for each value that is possible."""

    kind: EventKind
    grades: tuple[int, int, int, int] = (_NONE, _NONE, _NONE, _NONE)
    """Sets of grades, in the order of `GRADES`."""
    contract_asked: int = 0
    scope_asked: int = 0
    critical: int = _NONE
    affected: int = 0
    question: int = 0
    maybe: int = 0
    """Items (`Item`) that may repeat, or not."""
    budget: int = 0
    approved: int = 0

    def events(self) -> Iterator[Event]:
        """Every event that it stands for; only what is said can repeat."""
        for grades in product(*map(_members, self.grades)):
            for critical in _members(self.critical):
                event = Event(
                    self.kind, contract_asked=self.contract_asked, scope_asked=self.scope_asked,
                    critical=critical, affected=self.affected, question=self.question,
                    budget=self.budget, approved=self.approved,
                    **dict(zip(GRADES, grades, strict=True)),
                )  # fmt: skip
                for repeat in _subsets(self.maybe & said(event)):
                    yield event._replace(repeat=repeat)


def said(event: Event) -> int:
    """The items that an event speaks of."""
    items = [item for item, name in GRADE.items() if getattr(event, name)]
    items += [Item.CONTRACT_CHANGE] * bool(event.contract_asked)
    items += [Item.SCOPE_CHANGE] * bool(event.scope_asked)
    items += [Item.QUESTION] * bool(event.question)
    return sum(int(item) for item in items)


def _members(mask: int) -> tuple[int, ...]:
    return tuple(value for value in range(mask.bit_length()) if mask >> value & 1)


def _subsets(mask: int) -> Iterator[int]:
    part = mask
    while True:
        yield part
        if not part:
            return
        part = (part - 1) & mask


def sayings(stage: Stage, seat: Seat, kind: EventKind, builders: int = 24) -> tuple[Open, ...]:
    """The open events of a kind that a seat can say at a stage.

    Args:
        stage: where the seat is assigned.
        seat: whose report it is.
        kind: one of the kinds that the rules offer there.
        builders: the builders on the team, a mask; others are affected by nothing.
    """
    events = list(_decisions(kind) if stage in AUTHORITY else _work(stage, seat, kind, builders))
    said = [Open(**{**one, "budget": budget}) for one in events for budget in (0, 1)]  # type: ignore[arg-type]
    unpaid = kind is EventKind.QUESTION and stage not in AUTHORITY
    return (*said, Open(kind=kind, budget=1)) if unpaid else tuple(said)


def _decisions(kind: EventKind) -> Iterator[dict[str, object]]:
    """An answer; which changes are approved is heard by rulings alone."""
    for approved in (0, 1, 2, 3) if kind is EventKind.APPROVE else (0,):
        yield {"kind": kind, "approved": approved}


def _work(stage: Stage, seat: Seat, kind: EventKind, builders: int) -> Iterator[dict[str, object]]:
    if kind in (EventKind.DELIVER, EventKind.ACCEPT):
        yield {"kind": kind}
        return
    items = tuple(dict.fromkeys(ITEMS_AT.get(stage, {}).values()))
    asks = tuple(_requests(seat, builders)) if stage in CHANGING else ()
    none: dict[str, object] = {}
    requests = {
        EventKind.REWORK: (none,), EventKind.CHANGE: asks, EventKind.QUESTION: (none, *asks),
    }[kind]  # fmt: skip
    must_find = kind is EventKind.REWORK
    questions = (1, 2) if kind is EventKind.QUESTION else (0,)
    for found, request, question in product(_findings(items, seat, must_find), requests, questions):
        grades = tuple(found.get(item, _NONE) for item in GRADE)
        spoken = sum(int(item) for item in found) | (int(Item.QUESTION) if question else 0)
        spoken |= sum(
            int(CHANGE_ITEM[target]) for target in Target if request.get(f"{target}_asked")
        )
        yield {"kind": kind, "grades": grades, "question": question, "maybe": spoken, **request}


def _findings(items: tuple[Item, ...], seat: Seat, must: bool) -> Iterable[dict[Item, int]]:
    """Sets of grades for the items: any at all, or such that at least one is above 0."""
    some = {item: _weights(item, seat) for item in items}
    if not must:
        return [{item: some[item] | _NONE for item in items}]
    return [
        {
            item: some[item] | (_NONE if place > first else 0)
            for place, item in enumerate(items)
            if place >= first
        }
        for first in range(len(items))
    ]


def _weights(item: Item, seat: Seat) -> int:
    if item is Item.REQUIREMENTS or seat is not Seat.SECURITY:
        return 1 << 1
    return 1 << SECURITY_GRADE | 1 << CRITICAL_GRADE


def _requests(seat: Seat, builders: int) -> Iterator[dict[str, object]]:
    bit = BIT[seat]
    met = [sum(BIT[one] for one in who) for who in _some_of(BUILDERS)]
    for contract, scope, affected in product((bit, 0), (bit, 0), met):
        if (contract or scope) and not affected & ~builders:
            critical = 3 if contract and seat is Seat.SECURITY else _NONE
            yield {
                "contract_asked": contract, "scope_asked": scope, "critical": critical,
                "affected": affected,
            }  # fmt: skip


def _some_of(seats: tuple[Seat, ...]) -> list[tuple[Seat, ...]]:
    return [
        tuple(seat for place, seat in enumerate(seats) if number >> place & 1)
        for number in range(1 << len(seats))
    ]
