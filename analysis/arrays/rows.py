"""The rows of the rules under one manifest, with its constants filled in."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from remit.analysis.arrays.columns import EVENT_PLACE, PLACE, code
from remit.graph.event import BIT
from remit.graph.manifest import Manifest
from remit.graph.position import LEFT
from remit.graph.rules import RULES, Field, Guard, Heard, Operand, Rule, Term
from remit.state.vocabulary import EventKind, Stage

CONSTANT, FIELD, HEARD, SEAT = range(4)
"""Where an operand is found: in the row, the position, the event, or whose report it is."""


class Source(NamedTuple):
    """An operand: where it is found, and which column, or its value."""

    where: int
    value: int


class Test(NamedTuple):
    """A guard that the manifest does not settle."""

    left: Source
    op: str
    right: Source


class Write(NamedTuple):
    """An update of one column of the position."""

    place: int
    op: str
    value: Source


@dataclass(frozen=True, slots=True)
class Row:
    """A rule with the constants of a manifest."""

    number: int
    """Its place in the table."""
    rule: Rule
    tests: tuple[Test, ...]
    writes: tuple[Write, ...]
    spends: tuple[int, ...]
    """Columns of the position that lose one unit each."""
    seat: int
    """The bit of whoever must be reporting; 0 for whoever owes."""


TESTS: dict[str, Callable[[Any, Any], Any]] = {
    "==": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    ">": np.greater,
    "has": lambda left, right: np.bitwise_and(left, right) != 0,
    "lacks": lambda left, right: np.bitwise_and(left, right) == 0,
}
UPDATES: dict[str, Callable[[Any, Any], Any]] = {
    "=": lambda old, value: value,
    "|": np.bitwise_or,
    "-": lambda old, value: np.bitwise_and(old, np.invert(value)),
    "&": np.bitwise_and,
    "+": np.add,
    "max": np.maximum,
}


@dataclass(frozen=True, slots=True)
class Table:
    """The rows that can apply under a manifest, by stage, each list in the order of the rules."""

    heard: dict[tuple[Stage, EventKind], tuple[Row, ...]]
    silent: dict[Stage, tuple[Row, ...]]
    rules: tuple[Rule, ...]


def bind(manifest: Manifest, rules: tuple[Rule, ...] = RULES) -> Table:
    """The table under a manifest; rows that a constant guard rules out are left out."""
    heard: dict[tuple[Stage, EventKind], tuple[Row, ...]] = {}
    silent: dict[Stage, tuple[Row, ...]] = {}
    for number, rule in enumerate(rules):
        row = _bound(number, rule, manifest)
        for stage in rule.stages if row else ():
            if rule.event is None:
                silent[stage] = (*silent.get(stage, ()), row)  # type: ignore[arg-type]
            else:
                key = (stage, rule.event)
                heard[key] = (*heard.get(key, ()), row)  # type: ignore[arg-type]
    return Table(heard, silent, rules)


def _bound(number: int, rule: Rule, manifest: Manifest) -> Row | None:
    tests: list[Test] = []
    for guard in rule.guard:
        settled = _settled(guard, manifest)
        if settled is False:
            return None
        if settled is None:
            left, right = _source(guard.left, manifest), _source(guard.right, manifest)
            if left.where == CONSTANT:
                raise ValueError(f"row {rule.id}: what a guard reads stands on its left")
            tests.append(Test(left, guard.op, right))
    writes = tuple(
        Write(PLACE[one.field], one.op, _source(one.value, manifest)) for one in rule.sets
    )
    spends = tuple(PLACE[LEFT[limit]] for limit in rule.spend)
    if rule.event is None and (rule.seat or any(isinstance(one, Heard) for one in _read(rule))):
        raise ValueError(f"row {rule.id}: a silent row hears nobody")
    seat = BIT[rule.seat] if rule.seat else 0
    return Row(number, rule, tuple(tests), writes, spends, seat)


def _read(rule: Rule) -> Iterator[Operand]:
    """What a row reads."""
    for guard in rule.guard:
        yield from (guard.left, guard.right)
    yield from (one.value for one in rule.sets)


def _settled(guard: Guard, manifest: Manifest) -> bool | None:
    """What a guard between constants comes to; `None` where it asks the position or the event."""
    if not isinstance(guard.left, Term) or isinstance(guard.right, Field | Heard):
        return None
    left = getattr(manifest, guard.left.name)
    right = getattr(manifest, guard.right.name) if isinstance(guard.right, Term) else guard.right
    if guard.op in ("==", "!="):
        return (left == right) is (guard.op == "==")
    return bool(TESTS[guard.op](left, right))


def _source(operand: Operand, manifest: Manifest) -> Source:
    if isinstance(operand, Field):
        return Source(FIELD, PLACE[operand.name])
    if isinstance(operand, Heard):
        if operand.name == "seat":
            return Source(SEAT, 0)
        return Source(HEARD, EVENT_PLACE[operand.name])
    value = getattr(manifest, operand.name) if isinstance(operand, Term) else operand
    return Source(CONSTANT, code(value))
