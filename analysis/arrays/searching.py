"""The best run under prices, found best first, and so proved the best.

Under its prices a run loses the slack of each passage that it takes and, where it ends, the price
of what it left unused. Runs are followed in the order of what they have lost; the first that may
end has lost least, so none adds more. Where nothing is lost (the usual case) it is enough to find
one run that loses nothing, however many there are; among equals, those come first that have least
to add still, then those that have most left unspent. Places that have lost the same are followed
abreast, the more of them the longer a search takes: their order settles which run is found, and
not what it loses.
"""

from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import accumulate
from operator import mul
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remit.analysis.arrays.columns import Index
from remit.analysis.arrays.pricing import Losses, Pricing
from remit.analysis.arrays.visits import Visits

_HARD = 1_000
"""Places after which a search looks whether a run that another found will do."""
_NEVER = (1 << 63) - 1
_ABREAST = 256
"""Places that are followed at once, at most."""
_NARROW = (1 << 15) - 1
"""What remains below this is kept in 16 bits."""
_Rows = NDArray[np.int64]
"""Shape (places, 1 + loops): a desk, and what remains there."""


@dataclass(frozen=True, slots=True)
class Best:
    """A run that loses least."""

    passages: list[int]
    lost: int
    """In parts of the prices' scale."""


class Searching:
    """Searches over the same passages."""

    def __init__(self, visits: Visits, pricing: Pricing, start: int, room: int) -> None:
        """Search from the desk `start`; look at no more than `room` places in all.

        Each search may take half of what is left, so that a hard one leaves room for the others.
        """
        self._pricing, self._room = pricing, room
        self.looked_at = 0
        self._begin = np.array([[start, *pricing.stock]], np.int64)
        self._first = np.searchsorted(pricing.source, np.arange(len(visits.desks) + 1))
        demands = visits.demands
        self._most = demands.most
        least, exact = demands.least.T, demands.exact.T
        narrow = np.iinfo(np.int16 if int(self._most.max(initial=0)) < _NARROW else np.int64)
        low = np.where(exact < 0, least, np.maximum(least, exact))
        self._low = low.astype(narrow.dtype)
        self._high = np.where(exact < 0, narrow.max, exact).astype(narrow.dtype)
        """By demand, what must at least and may at most remain."""
        self._change = demands.change.T.copy()
        self._found: list[list[int]] = []

    def best(self, losses: Losses) -> Best | None:
        """A run that loses least; none if there is too little room to find one."""
        most = (self.looked_at + self._room) // 2
        order = np.lexsort((losses.slack, self._pricing.source))
        front = _Front(losses, losses.slack[order], self._first, self._most)
        nowhere: Index = np.array([-1])
        front.reach(self._begin, nowhere, nowhere, 0)
        while True:
            found = front.ended() or self._known(losses, front)
            if found or self.looked_at > most:
                break
            lost, places, spans = front.popped(1 + min(len(front) // 16, _ABREAST))
            origin, passages = self._taken(front.rows[places], spans, order)
            rows = self._after(front.rows.take(places[origin], axis=0), passages)
            self.looked_at += front.reach(rows, places[origin], passages, lost)
        if found:
            self._found.append(found.passages)
        return found

    def _known(self, losses: Losses, front: "_Front") -> Best | None:
        """A run that an earlier search found, if it loses no more than any that is left here."""
        for passages in self._found if len(front) > _HARD else ():
            end = self._begin[0] if not passages else self._at_end(passages)
            lost = int(losses.slack[passages].sum() + _rest(losses, end[None])[0])
            if lost <= front.least():
                return Best(passages, lost)
        return None

    def _at_end(self, passages: list[int]) -> NDArray[np.int64]:
        left = self._begin[0, 1:] + self._change[self._pricing.demand[passages]].sum(0)
        return np.concatenate([[self._pricing.target[passages[-1]]], left])

    def _taken(self, rows: _Rows, spans: Index, order: Index) -> tuple[Index, Index]:
        """Which passages of some spans can be taken, and from which of the places."""
        size = spans[:, 1] - spans[:, 0]
        origin = np.repeat(np.arange(len(rows)), size)
        offset = np.arange(len(origin)) - np.repeat(np.cumsum(size) - size, size)
        passages = order[spans[origin, 0] + offset]
        # `take`, as indexing fetches short rows many times as slowly
        demand = self._pricing.demand[passages]
        left = rows[:, 1:].astype(self._low.dtype).take(origin, axis=0)
        can = left >= self._low.take(demand, axis=0)
        can &= left <= self._high.take(demand, axis=0)
        allowed = np.flatnonzero(can.all(1))
        return origin[allowed], passages[allowed]

    def _after(self, rows: _Rows, passages: Index) -> _Rows:
        """Where passages lead."""
        left = rows[:, 1:] + self._change.take(self._pricing.demand[passages], axis=0)
        return np.concatenate([self._pricing.target[passages][:, None], left], 1)


def _rest(losses: Losses, rows: _Rows) -> NDArray[np.int64]:
    """What is lost by ending at places."""
    found: NDArray[np.int64] = losses.desks[rows[:, 0]] + rows[:, 1:] @ losses.units
    return found


class _Front:
    """Places that were reached, and those whose passages wait to be taken.

    Passages of a place that lose the same wait together, and only once all that lose less have been
    taken: most never are.
    """

    def __init__(self, losses: Losses, slack: Index, first: Index, most: Index) -> None:
        self.rows: _Rows = np.empty((0, 1 + len(losses.units)), np.int64)
        self._losses, self._slack, self._first = losses, slack, first
        fresh = np.ones(len(slack), np.bool_)
        fresh[1:] = slack[1:] != slack[:-1]
        fresh[first[first < len(slack)]] = True
        cuts = np.append(np.flatnonzero(fresh), len(slack))
        self._stop = np.repeat(cuts[1:], np.diff(cuts))
        """By passage, where those end that lose the same."""
        self._digits = _digits([len(first), *(most + 1).tolist()])
        self._seen = set[Any]()
        self._came: list[tuple[int, int]] = []
        self._order: list[tuple[int, int]] = []
        """By place: what is lost by ending there, and less what remains."""
        self._heap: list[tuple[int, int, int, int, int]] = []
        """What is lost, the order of the place, less its number, and a passage."""
        self._later: list[tuple[Index, Index, Index]] = []
        """What is lost, places and passages that need not wait in order yet."""
        self._soonest = _NEVER
        self._end: tuple[int, int] | None = None
        """The least that is lost by ending somewhere, and where."""

    def __len__(self) -> int:
        return len(self._came)

    def least(self) -> int:
        """No run that is not known yet loses less; `_NEVER` where none is left."""
        if self._later and (not self._heap or self._heap[0][0] >= self._soonest):
            later, self._later, self._soonest = self._later, [], _NEVER
            for lost, places, passages in later:
                self._wait(lost, places, passages)
        return self._heap[0][0] if self._heap else _NEVER

    def ended(self) -> Best | None:
        """The run that ends with the least lost, once none that goes on can lose less."""
        assert self._end is not None
        lost, place = self._end
        return Best(self._way(place), lost) if lost <= self.least() else None

    def reach(self, rows: _Rows, origin: Index, passages: Index, lost: int) -> int:
        """Add places that were not reached before; how many."""
        new, known = self._unseen(rows), len(self._came)
        if not new:
            return 0
        self._came.extend(zip(origin[new].tolist(), passages[new].tolist(), strict=True))
        fresh = rows[new]
        self._grow(known, fresh)
        rest = _rest(self._losses, fresh)
        self._order.extend(zip(rest.tolist(), (-fresh[:, 1:].sum(1)).tolist(), strict=True))
        nearest = int(rest.argmin())
        if self._end is None or lost + int(rest[nearest]) < self._end[0]:
            self._end = lost + int(rest[nearest]), known + nearest
        first, end = self._first[fresh[:, 0]], self._first[fresh[:, 0] + 1]
        on = np.flatnonzero(first < end)
        self._wait(lost + self._slack[first[on]], known + on, first[on])
        return len(new)

    def popped(self, abreast: int) -> tuple[int, Index, Index]:
        """Some places that have lost least, and by place the span of passages to take from it."""
        lost, found = self.least(), list[tuple[int, int]]()
        while self._heap and self._heap[0][0] == lost and len(found) < abreast:
            _, _, _, place, first = heappop(self._heap)
            found.append((-place, first))
        places, first = np.array(found).T
        last, end = self._stop[first], self._first[self.rows[places, 0] + 1]
        more = np.flatnonzero(last < end)
        if len(more):
            waits = lost + self._slack[last[more]] - self._slack[first[more]]
            self._later.append((waits, places[more], last[more]))
            self._soonest = min(self._soonest, int(waits.min()))
        return lost, places, np.stack([first, last], 1)

    def _wait(self, lost: Index, places: Index, passages: Index) -> None:
        rows: list[tuple[int, int, int]] = np.stack([lost, places, passages], 1).tolist()
        for waits, place, passage in rows:
            rest, remains = self._order[place]
            heappush(self._heap, (waits, rest, remains, -place, passage))

    def _unseen(self, rows: _Rows) -> list[int]:
        """Which of the rows are new."""
        if self._digits is None:
            keys: list[Any] = [row.tobytes() for row in rows]
        else:
            keys = (rows @ self._digits).tolist()
        new = list[int]()
        for place, key in enumerate(keys):
            if key not in self._seen:
                self._seen.add(key)
                new.append(place)
        return new

    def _grow(self, known: int, fresh: _Rows) -> None:
        """Write new rows behind the known ones; what is behind those is spare."""
        if known + len(fresh) > len(self.rows):
            spare = np.empty((known + 2 * len(fresh), self.rows.shape[1]), np.int64)
            self.rows = np.concatenate([self.rows[:known], spare])
        self.rows[known : known + len(fresh)] = fresh

    def _way(self, place: int) -> list[int]:
        found = list[int]()
        while self._came[place][0] >= 0:
            place, passage = self._came[place]
            found.append(passage)
        return found[::-1]


def _digits(sizes: list[int]) -> Index | None:
    """What each column of a row counts in one number for the whole row, if 63 bits can hold it."""
    weights = list(accumulate(sizes[:-1], mul, initial=1))
    fits = weights[-1] * sizes[-1] < _NEVER
    return np.array(weights, np.int64) if fits else None
