"""Positions and events as columns of small whole numbers, one row of the array for each field.

Stages, kinds of matter and kinds of event are numbered in the order of their vocabulary; masks,
grades and counters stand as they are, -1 for unlimited.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from remit.graph.event import Event
from remit.graph.position import LEFT, Position
from remit.state.vocabulary import ENDS, EventKind, MatterKind, Stage

Block = NDArray[np.int16]
"""Shape (fields, n): `block[PLACE["owed"]]` is one column of n values."""
Column = NDArray[np.int16]
Mask = NDArray[np.bool_]
Index = NDArray[np.intp]

PLACE: dict[str, int] = {name: place for place, name in enumerate(Position._fields)}
EVENT_PLACE: dict[str, int] = {name: place for place, name in enumerate(Event._fields)}

_STAGES, _MATTERS, _KINDS = tuple(Stage), tuple(MatterKind), tuple(EventKind)
_CODE: dict[tuple[type, str], int] = {
    (type(one), str(one)): number
    for names in (_STAGES, _MATTERS, _KINDS)
    for number, one in enumerate(names)
}
ENDING = np.array([stage in ENDS for stage in _STAGES])
"""By stage number: whether the run is over there."""


def code(value: object) -> int:
    """The number that stands for a value of a field.

    Raises:
        TypeError: no field holds such a value.
    """
    if isinstance(value, StrEnum):
        return _CODE[type(value), str(value)]
    if isinstance(value, int):
        return int(value)
    raise TypeError(f"{value!r} is no value of a position or an event")


def _columns(values: Iterable[Sequence[object]], width: int) -> Block:
    rows = [[code(one) for one in value] for value in values]
    return np.ascontiguousarray(np.array(rows, np.int16).reshape(len(rows), width).T)


MOST_LEFT = 30_000
"""What remains under a limit counts up to here: so many handoffs no run on arrays ever makes."""


def encode(positions: Iterable[Position]) -> Block:
    """Positions as columns, in their order."""
    rows = (
        one._replace(**{name: min(getattr(one, name), MOST_LEFT) for name in LEFT.values()})
        for one in positions
    )
    return _columns(rows, len(PLACE))


def encode_events(events: Iterable[Event]) -> Block:
    """Events as columns, in their order."""
    return _columns(events, len(EVENT_PLACE))


def decode(block: Block) -> list[Position]:
    """The positions that columns stand for."""
    stage, home, matter = PLACE["stage"], PLACE["home"], PLACE["matter"]
    found: list[Position] = []
    for values in block.T.tolist():
        values[stage], values[home] = _STAGES[values[stage]], _STAGES[values[home]]
        values[matter] = _MATTERS[values[matter]]
        found.append(Position._make(values))
    return found


def decode_events(block: Block) -> list[Event]:
    """The events that columns stand for."""
    return [Event(_KINDS[values[0]], *values[1:]) for values in block.T.tolist()]


def stage_of(number: int) -> Stage:
    """The stage that a number stands for."""
    return _STAGES[number]
