"""The scalar reader of the rules: one report in, the next position out. Pure and total."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from remit.graph.event import BIT, Event, Item, seats
from remit.graph.manifest import Manifest
from remit.graph.position import LEFT, Position
from remit.graph.rules import GRADE, RULES, Field, Heard, Operand, Rule, Set, Term
from remit.state.errors import EventRefused
from remit.state.vocabulary import ENDS, EventKind, Limit, Seat, Stage

_INDEX = {name: index for index, name in enumerate(Position._fields)}
_MAX_SILENT = 64
"""Silent rows that one step can fire at most; more would mean that the table goes in circles."""

Lookup = Callable[[Position, Event, int], Any]
Test = Callable[[Position, Event, int], bool]


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """What one report did."""

    position: Position
    fired: tuple[Rule, ...]
    """The rows that fired, in order."""
    spent: tuple[Limit, ...]
    """One entry for each unit spent, in order."""
    waived: Item
    """What became debt."""
    granted: Limit | None
    issued: tuple[Seat, ...]
    """Seats that are assigned now, at `position.stage`; empty while the group is incomplete."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A rule with the manifest's constants filled in."""

    rule: Rule
    holds: tuple[Test, ...]
    offered: tuple[Test, ...]
    """The guards that do not ask the event."""
    writes: tuple[tuple[int, str, Lookup], ...]
    spends: tuple[int, ...]


def advance(position: Position, event: Event, manifest: Manifest, seat: Seat) -> Step:
    """Fold one report into a position.

    Args:
        position: where the run stands.
        event: what the report says, from `classify`.
        manifest: the constants of the run.
        seat: whose report it is.

    Raises:
        EventRefused: the seat owes no report, or the rules offer no such event here.
    """
    return router(manifest).advance(position, event, seat)


def offered(position: Position, seat: Seat, manifest: Manifest) -> tuple[EventKind, ...]:
    """The events with which a seat may answer at this position, in the order of the rules."""
    return router(manifest).offered(position, seat)


def reads(
    position: Position, event: Event, manifest: Manifest, seat: Seat
) -> tuple[tuple[Rule, Position], ...]:
    """The rows that fire on a report, in order, each with the position that it read.

    Raises:
        EventRefused: as `advance`.
    """
    return router(manifest).reads(position, event, seat)


@lru_cache(maxsize=64)
def router(manifest: Manifest) -> "Router":
    """The rules under a manifest, bound once for each manifest."""
    return Router(manifest)


class Router:
    """The rules under one manifest, indexed by stage; remembers the steps it has computed."""

    def __init__(self, manifest: Manifest, rules: tuple[Rule, ...] = RULES) -> None:
        self._heard: dict[tuple[Stage, EventKind], list[_Row]] = {}
        self._silent: dict[Stage, list[_Row]] = {}
        self._steps: dict[tuple[Position, Event, Seat], Step] = {}
        self._offers: dict[tuple[Position, Seat], tuple[EventKind, ...]] = {}
        for rule in rules:
            row = _bind(rule, manifest)
            if row is None:
                continue
            for stage in rule.stages:
                if rule.event is None:
                    self._silent.setdefault(stage, []).append(row)
                else:
                    self._heard.setdefault((stage, rule.event), []).append(row)

    def advance(self, position: Position, event: Event, seat: Seat) -> Step:
        """`advance`, remembered."""
        key = (position, event, seat)
        known = self._steps.get(key)
        if known is None:
            if len(self._steps) > 200_000:
                self._steps.clear()
            known = self._steps[key] = self._compute(position, event, seat)
        return known

    def offered(self, position: Position, seat: Seat) -> tuple[EventKind, ...]:
        """`offered`, remembered."""
        key = (position, seat)
        known = self._offers.get(key)
        if known is None:
            known = self._offers[key] = tuple(self._find_offers(position, seat))
        return known

    def reads(
        self, position: Position, event: Event, seat: Seat
    ) -> tuple[tuple[Rule, Position], ...]:
        """`reads`: for explanations, so it is not remembered."""
        read: list[Position] = []
        step = self._compute(position, event, seat, read)
        return tuple(zip(step.fired, read, strict=True))

    def _find_offers(self, position: Position, seat: Seat) -> list[EventKind]:
        if not position.owed & BIT[seat]:
            return []
        found: list[EventKind] = []
        for (stage, kind), rows in self._heard.items():
            if stage is position.stage and any(
                _speaks(row, seat)
                and all(test(position, _NOTHING, BIT[seat]) for test in row.offered)
                for row in rows
            ):
                found.append(kind)
        return found

    def _compute(
        self, position: Position, event: Event, seat: Seat, read: list[Position] | None = None
    ) -> Step:
        bit, read = BIT[seat], [] if read is None else read
        if not position.owed & bit:
            raise EventRefused(f"{seat}: owes no report at stage {str(position.stage)!r}")
        for row in self._heard.get((position.stage, event.kind), ()):
            if _speaks(row, seat) and all(test(position, event, bit) for test in row.holds):
                break
        else:
            offers = ", ".join(self.offered(position, seat)) or "nothing"
            raise EventRefused(
                f"{seat}: {str(event.kind)!r} is not offered at stage {str(position.stage)!r}; "
                f"answer with one of: {offers}"
            )
        fired = [row]
        read.append(position)
        waived = _waived(row.rule, position)
        position = _apply(row, position, event, bit)
        while not position.owed and position.stage not in ENDS:
            row = self._next_silent(position, event)
            fired.append(row)
            read.append(position)
            waived |= _waived(row.rule, position)
            position = _apply(row, position, event, 0)
            if len(fired) > _MAX_SILENT:
                raise RuntimeError(f"the silent rows go in circles at {position}")
        complete = len(fired) > 1 or position.stage in ENDS
        return Step(
            position=position,
            fired=tuple(row.rule for row in fired),
            spent=tuple(limit for row in fired for limit in row.rule.spend),
            waived=waived,
            granted=next((row.rule.grants for row in fired if row.rule.grants), None),
            issued=seats(position.owed) if complete else (),
        )

    def _next_silent(self, position: Position, event: Event) -> _Row:
        for row in self._silent.get(position.stage, ()):
            if all(test(position, event, 0) for test in row.holds):
                return row
        raise RuntimeError(f"no rule applies at {position}")


_NOTHING = Event(EventKind.DELIVER)


def _speaks(row: _Row, seat: Seat) -> bool:
    return row.rule.seat is None or row.rule.seat is seat


def _bind(rule: Rule, manifest: Manifest) -> _Row | None:
    """The rule under a manifest; `None` where a constant guard rules it out."""
    holds: list[Test] = []
    free: list[Test] = []
    for guard in rule.guard:
        test = _TESTS[guard.op]
        if isinstance(guard.left, Term) and not isinstance(guard.right, Field | Heard):
            right = (
                getattr(manifest, guard.right.name)
                if isinstance(guard.right, Term)
                else guard.right
            )
            if not test(getattr(manifest, guard.left.name), right):
                return None
            continue
        bound = _test(test, _lookup(guard.left, manifest), _lookup(guard.right, manifest))
        holds.append(bound)
        if not (isinstance(guard.left, Heard) and guard.left.name != "seat"):
            free.append(bound)
    writes = tuple(_write(update, manifest) for update in rule.sets)
    spends = tuple(_INDEX[LEFT[limit]] for limit in rule.spend)
    return _Row(rule, tuple(holds), tuple(free), writes, spends)


def _test(test: Callable[[Any, Any], bool], left: Lookup, right: Lookup) -> Test:
    def holds(position: Position, event: Event, bit: int) -> bool:
        return test(left(position, event, bit), right(position, event, bit))

    return holds


def _write(update: Set, manifest: Manifest) -> tuple[int, str, Lookup]:
    return _INDEX[update.field], update.op, _lookup(update.value, manifest)


def _lookup(operand: Operand, manifest: Manifest) -> Lookup:
    if isinstance(operand, Field):
        index = _INDEX[operand.name]
        return lambda position, event, bit: position[index]
    if isinstance(operand, Heard):
        if operand.name == "seat":
            return lambda position, event, bit: bit
        place = Event._fields.index(operand.name)
        return lambda position, event, bit: event[place]
    value = getattr(manifest, operand.name) if isinstance(operand, Term) else operand
    return lambda position, event, bit: value


_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda left, right: bool(left == right),
    "!=": lambda left, right: bool(left != right),
    "<": lambda left, right: bool(left < right),
    ">": lambda left, right: bool(left > right),
    "has": lambda left, right: bool(left & right),
    "lacks": lambda left, right: not left & right,
}
_UPDATES: dict[str, Callable[[Any, Any], Any]] = {
    "=": lambda old, value: value,
    "|": lambda old, value: old | value,
    "-": lambda old, value: old & ~value,
    "&": lambda old, value: old & value,
    "+": lambda old, value: old + value,
    "max": max,
}


def _apply(row: _Row, old: Position, event: Event, bit: int) -> Position:
    new: list[Any] = list(old)
    for index in row.spends:
        if new[index] == 0:
            raise RuntimeError(f"rule {row.rule.id!r} spends what is not there")
        if new[index] > 0:
            new[index] -= 1
    for index, op, lookup in row.writes:
        new[index] = _UPDATES[op](new[index], lookup(old, event, bit))
    return Position._make(new)


_HELD: tuple[tuple[Item, tuple[str, ...]], ...] = (
    *((item, (field,)) for item, field in GRADE.items()),
    (Item.CONTRACT_CHANGE, ("contract_asked", "contract_change")),
    (Item.SCOPE_CHANGE, ("scope_asked", "scope_change")),
    (Item.QUESTION, ("question",)),
)


def _waived(rule: Rule, position: Position) -> Item:
    """What the row turns into debt: the items it names that are really there."""
    found = Item.NONE
    if rule.waives:
        for item, names in _HELD:
            if rule.waives & item and any(getattr(position, name) for name in names):
                found |= item
    return found
