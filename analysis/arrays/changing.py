"""What rows do to positions: an update that many rows share is made once for all of them.

Updates by a constant are bit by bit, so a row's updates of a field are known by what they make of
no bits and of all bits: two tables of numbers. The few that read a position, an event or a seat
stay as they are written.
"""

from collections import Counter
from collections.abc import Iterable

import numpy as np

from remit.analysis.arrays.choosing import line
from remit.analysis.arrays.columns import PLACE, Block, Index, Mask
from remit.analysis.arrays.rows import CONSTANT, UPDATES, Row, Write
from remit.graph.position import LEFT
from remit.state.vocabulary import LOOPS

_COUNTERS = np.array([PLACE[LEFT[limit]] for limit in LOOPS])[:, None]
_BITWISE = ("=", "|", "-", "&")


class Changes:
    """The updates of some rows, by the number of the row."""

    def __init__(self, rows: Iterable[Row], count: int) -> None:
        """Ready to be made.

        Args:
            rows: as they are bound to a manifest.
            count: how many numbers there are.
        """
        self.units = np.zeros((len(LOOPS), count), np.int16)
        """Shape (loops, rows): what a row spends."""
        self._none = np.zeros((len(PLACE), count), np.int16)
        self._all = np.full_like(self._none, -1)
        others = dict[tuple[int, Write], Mask]()
        for row in rows:
            for limit in row.rule.spend:
                self.units[LOOPS.index(limit), row.number] += 1
            self._add(row, others)
        # of one row's updates of a field, those that come first are made first
        order = sorted(others, key=lambda key: key[0])
        self._writes = [write for _, write in order]
        self._has = np.array([others[key] for key in order], np.bool_).reshape(len(order), count)
        self._writes_to = (self._none != 0) | (self._all != -1)

    def _add(self, row: Row, others: dict[tuple[int, Write], Mask]) -> None:
        before = Counter[int]()
        for place, op, value in row.writes:
            if value.where == CONSTANT and op in _BITWISE and not before[place]:
                for table in (self._none, self._all):
                    table[place, row.number] = UPDATES[op](table[place, row.number], value.value)
                continue
            key = before[place], Write(place, op, value)
            others.setdefault(key, np.zeros(self.units.shape[1], np.bool_))[row.number] = True
            before[place] += 1

    def make(self, block: Block, at: Index, rows: Index) -> Index:
        """Make the changes of these rows to the columns named of a stacked block, in place.

        Returns:
            The columns whose row spends what is not there.
        """
        fired = np.flatnonzero(np.bincount(rows))
        read = list[tuple[Write, Index, Block | int]]()
        for place in np.flatnonzero(self._has[:, fired].any(1)).tolist():
            write, here = self._writes[place], at[self._has[place][rows]]
            constant = write.value.where == CONSTANT
            value = write.value.value if constant else block[line(write.value)][here]
            read.append((write, here, value))
        over = self._spend(block, at, rows)
        fields = np.flatnonzero(self._writes_to[:, fired].any(1))
        for field in fields.tolist():
            column = block[field]
            column[at] = column[at] & self._all[field][rows] | self._none[field][rows]
        for write, here, value in read:
            column = block[write.place]
            column[here] = UPDATES[write.op](column[here], value)
        return over

    def _spend(self, block: Block, at: Index, rows: Index) -> Index:
        units = self.units[:, rows]
        some = np.flatnonzero(units.any(0))
        if not len(some):
            return some
        at, units = at[some], units[:, some]
        left = block[_COUNTERS, at]
        block[_COUNTERS, at] = left - np.clip(left, 0, units)
        over: Index = at[((left >= 0) & (left < units)).any(0)]
        return over
