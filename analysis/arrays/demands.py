"""What steps ask of the counters and do to them, each different demand a number; steps in a row.

A demand says for each limit what must at least remain before the step, what must remain exactly
(-1: nothing is said), and what the step adds. Two steps in a row ask together what the first asks,
and what the second asks before the first has changed it; they may contradict each other.
"""

import numpy as np

from remit.analysis.arrays.columns import Index
from remit.state.vocabulary import LOOPS

NEVER = -1
"""In place of a demand: the steps contradict each other, or ask for more than there can be."""
_UNKNOWN = -2
_K = len(LOOPS)


class Demands:
    """Numbered demands: those of single steps first, then nothing at all, then what is composed."""

    def __init__(self, single: Index, most: Index) -> None:
        """Number the demands of single steps.

        Args:
            single: shape (3 times the loops, n): `least`, `exact` and `change` of each.
            most: by limit, the most that can ever remain.
        """
        self.most = most
        self._most = most[:, None]
        self._single = single
        nothing = np.repeat([0, -1, 0], _K)[:, None]
        self._rows = np.concatenate([single, nothing], 1)
        self.nothing = int(single.shape[1])
        self._known: dict[bytes, int] = {
            row.tobytes(): place for place, row in enumerate(_bytes(self._rows))
        }
        self._after = np.full((self.nothing + 1024, self.nothing), _UNKNOWN, np.int32)

    def __len__(self) -> int:
        return int(self._rows.shape[1])

    @property
    def least(self) -> Index:
        """Shape (loops, demands): what must at least remain."""
        return self._rows[:_K]

    @property
    def exact(self) -> Index:
        """What must remain exactly, or -1."""
        return self._rows[_K : 2 * _K]

    @property
    def change(self) -> Index:
        """What is added to what remains."""
        return self._rows[2 * _K :]

    def after(self, first: Index, second: Index) -> Index:
        """What steps ask together: `second` are single steps; `NEVER` where they cannot be made."""
        found = self._after[first, second]
        new = found == _UNKNOWN
        if new.any():
            pairs = np.unique(first[new] * self.nothing + second[new])
            self._compose(pairs // self.nothing, pairs % self.nothing)
            found = self._after[first, second]
        return found.astype(np.intp)

    def _compose(self, first: Index, second: Index) -> None:
        least, exact, change = np.split(self._rows[:, first], 3)
        next_least, next_exact, next_change = np.split(self._single[:, second], 3)
        before = np.where(next_exact >= 0, next_exact - change, -1)
        fails = (next_exact >= 0) & (before < 0)
        fails |= (exact >= 0) & (before >= 0) & (exact != before)
        exact = np.where(exact >= 0, exact, before)
        least = np.maximum(least, next_least - change)
        fails |= ((exact >= 0) & (exact < least)) | (least > self._most) | (exact > self._most)
        least = np.where(exact >= 0, 0, least)
        can = ~fails.any(0)
        rows = np.concatenate([least, exact, change + next_change])[:, can]
        self._after[first[~can], second[~can]] = NEVER
        self._after[first[can], second[can]] = self._numbers(rows)
        while len(self) > len(self._after):
            self._after = np.concatenate([self._after, np.full_like(self._after, _UNKNOWN)])

    def _numbers(self, rows: Index) -> Index:
        known, fresh = self._known, list[int]()
        found = np.empty(rows.shape[1], np.intp)
        for place, row in enumerate(_bytes(rows)):
            number = known.setdefault(row.tobytes(), len(self) + len(fresh))
            if number == len(self) + len(fresh):
                fresh.append(place)
            found[place] = number
        self._rows = np.concatenate([self._rows, rows[:, fresh]], 1)
        return found


def _bytes(rows: Index) -> Index:
    """The columns, each in one piece."""
    return np.ascontiguousarray(rows.T)
