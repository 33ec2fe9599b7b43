"""Open values: a column that stands for several values until a row asks.

A grade (and whether a change is critical) is a set, one bit for each value that is possible.
`stuck` holds the items that surely repeat in its low bits, those that may in its high bits. What
remains under a finite limit is `UNKNOWN`, `SOME` (at least one) or 0; what it must have been before
the step is written down beside it. So choices that no row has looked at yet are never told apart.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from remit.analysis.arrays.columns import PLACE, Column, Mask
from remit.analysis.arrays.live import COUNTERS
from remit.analysis.arrays.rows import CONSTANT, FIELD, TESTS, Test

GRADED: tuple[int, ...] = tuple(
    PLACE[name] for name in ("requirements", "contract", "backend", "frontend", "critical")
)
"""Columns that hold sets of values."""
STUCK = PLACE["stuck"]
_OPEN = frozenset((*GRADED, STUCK, *COUNTERS))
SHIFT = 7
"""Where the items that may repeat begin in `stuck`."""
UNKNOWN, SOME = 100, 101
_VALUES = np.arange(4)
MAXIMUM: NDArray[np.int16] = np.array(
    [
        [
            sum({1 << max(x, y) for x in range(4) for y in range(4) if a >> x & 1 and b >> y & 1})
            for b in range(16)
        ]
        for a in range(16)
    ],
    np.int16,
)
"""By two sets of grades, the set of what the greater of the two may be."""


def both(items: int) -> int:
    """Items as `stuck` holds them, sure or not."""
    return items | items << SHIFT


@cache
def is_open(test: Test) -> bool:
    """Whether a guard asks a column that may be open.

    Raises:
        TypeError: it asks one in a way that open values cannot answer.
    """
    asked = test.left.where == FIELD and test.left.value in _OPEN
    if test.right.where == FIELD and test.right.value in _OPEN:
        raise TypeError(f"{test}: an open value stands on the right")
    if asked and test.right.where != CONSTANT:
        raise TypeError(f"{test}: an open value is compared with another column")
    if asked and test.left.value in COUNTERS and (test.op not in ("==", "!=") or test.right.value):
        raise TypeError(f"{test}: a counter is asked for more than whether something is left")
    return asked


def where(test: Test, column: Column) -> tuple[Mask, Mask]:
    """Where an open guard surely holds, and where it may or may not."""
    place, right = test.left.value, test.right.value
    if place in GRADED:
        yes = _holding(test)
        holds, fails = (column & yes) != 0, (column & ~yes) != 0
        return holds & ~fails, holds & fails
    if place == STUCK:
        sure, maybe = (column & right) != 0, (column >> SHIFT & right) != 0
        return (sure if test.op == "has" else ~sure & ~maybe), maybe & ~sure
    zero, maybe = column == 0, column == UNKNOWN
    return (zero if test.op == "==" else ~zero & ~maybe), maybe


def settle(test: Test, column: Column, holds: bool) -> Column:
    """The column once it is known whether the guard holds."""
    place = test.left.value
    if place in GRADED:
        yes = _holding(test)
        return column & (yes if holds else 15 & ~yes)
    if place == STUCK:
        item = test.right.value
        left = column & ~both(item)
        return left | item if holds is (test.op == "has") else left
    return np.full_like(column, 0 if holds is (test.op == "==") else SOME)


def _holding(test: Test) -> int:
    """The set of grades at which a guard holds."""
    found = TESTS[test.op](_VALUES, test.right.value)
    return int(sum(1 << int(value) for value in _VALUES[found]))
