"""Which row of a stage holds first: a guard that many rows share is asked once for all of them.

Each row has a bit. Every different guard that fails bars the rows that ask it; the first row that
nothing bars is the one to fire. So a step takes as long as the guards that differ, however many
rows there are.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from remit.analysis.arrays.columns import EVENT_PLACE, PLACE, Block, Column, Index, Mask, code
from remit.analysis.arrays.rows import CONSTANT, FIELD, HEARD, SEAT, TESTS, Row, Source, Test

NOBODY = -1
"""In place of a row: none holds."""
_WIDTH = 64
_Bits = NDArray[np.uint64]
_ONE = np.uint64(1)
_KIND = Source(HEARD, EVENT_PLACE["kind"])
SEATS_AT = len(PLACE) + len(EVENT_PLACE)
"""The line of a stacked block that holds whose report it is."""


def stacked(positions: Block, events: Block, seats: Column) -> Block:
    """Positions, what is heard there and by whom, one line above the other; a new block."""
    size = positions.shape[1]
    heard = np.broadcast_to(events, (len(events), size))
    return np.concatenate([positions, heard, seats[None]])


def line(source: Source) -> int:
    """The line of a stacked block in which an operand is found; it is no constant."""
    if source.where == FIELD:
        return source.value
    return len(PLACE) + source.value if source.where == HEARD else SEATS_AT


class Choice:
    """Rows that are tried in order."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._parts = [_Part(rows[at : at + _WIDTH]) for at in range(0, len(rows), _WIDTH)]

    def first(self, block: Block) -> Index:
        """By column of a stacked block, the number of the first row that holds; or `NOBODY`."""
        found = self._parts[0].first(block)
        for part in self._parts[1:]:
            found = np.where(found == NOBODY, part.first(block), found)
        return found

    def kinds(self, block: Block) -> Index:
        """By column, a bit for each kind of event that some row would hear; events are not read."""
        found = np.zeros(block.shape[1], np.intp)
        for part in self._parts:
            found |= part.kinds(block)
        return found


class _Part:
    """So many rows as a number has bits."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._numbers = np.array([row.number for row in rows], np.intp)
        self._numbers = np.append(self._numbers, np.full(_WIDTH + 1 - len(rows), NOBODY))
        self._rows = np.uint64((1 << len(rows)) - 1)
        asked, heard, self._kinds = dict[Test, int](), dict[Test, int](), dict[int, int]()
        for bit, row in ((1 << place, row) for place, row in enumerate(rows)):
            for test in _guards(row):
                guards = heard if test.left.where == HEARD else asked
                guards[test] = guards.get(test, 0) | bit
            if row.rule.event is not None:
                kind = code(row.rule.event)
                self._kinds[kind] = self._kinds.get(kind, 0) | bit
        self._asked, self._heard = _grouped(asked), _grouped(heard)

    def first(self, block: Block) -> Index:
        may = self._open(block, (*self._asked, *self._heard))
        found: Index = self._numbers[np.bitwise_count((may & -may) - _ONE)]
        return found

    def kinds(self, block: Block) -> Index:
        may, found = self._open(block, self._asked), np.zeros(block.shape[1], np.intp)
        for kind, rows in self._kinds.items():
            found |= ((may & np.uint64(rows)) != 0).astype(np.intp) << kind
        return found

    def _open(self, block: Block, guards: "tuple[_Guards, ...]") -> _Bits:
        """The rows that nothing bars, a bit each."""
        barred = np.full(block.shape[1], ~self._rows)
        for some in guards:
            barred |= some.barred(block)
        return ~barred


class _Guards:
    """Guards of one operator, each different one once."""

    def __init__(self, guards: dict[Test, int]) -> None:
        first = next(iter(guards))
        self._holds = TESTS[first.op]
        self._left = np.array([line(test.left) for test in guards])
        self._constant = first.right.where == CONSTANT
        rights = [test.right.value if self._constant else line(test.right) for test in guards]
        self._right = np.array(rights, np.int16)
        self._bars = np.array(list(guards.values()), np.uint64)[:, None]

    def barred(self, block: Block) -> _Bits:
        """By column, the rows that one of these guards bars."""
        right = self._right[:, None] if self._constant else block[self._right]
        fails: Mask = ~self._holds(block[self._left], right)
        # a product: `where` with a number for each row takes three times as long
        found: _Bits = np.bitwise_or.reduce(fails * self._bars, axis=0)
        return found


def _guards(row: Row) -> list[Test]:
    """All that a row asks: its guards, who reports, and what."""
    found = list(row.tests)
    if row.seat:
        found.append(Test(Source(SEAT, 0), "has", Source(CONSTANT, row.seat)))
    if row.rule.event is not None:
        found.append(Test(_KIND, "==", Source(CONSTANT, code(row.rule.event))))
    return found


def _grouped(asked: dict[Test, int]) -> tuple[_Guards, ...]:
    """Guards with their rows, by operator and whether they ask for a constant."""
    groups = dict[tuple[str, bool], dict[Test, int]]()
    for test, rows in asked.items():
        groups.setdefault((test.op, test.right.where == CONSTANT), {})[test] = rows
    return tuple(_Guards(some) for some in groups.values())
