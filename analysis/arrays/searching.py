"""The best run under prices, found best first, and so proved the best.

Under its prices a run loses the slack of each passage that it takes and, where it ends, the price
of what it left unused. Runs are followed in the order of what they have lost; the first that may
end has lost least, so none adds more. Where nothing is lost (the usual case) it is enough to find
one run that loses nothing, however many there are; among equals, those come first that have least
to add still, then those that have most left unspent.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np

from remit.analysis.arrays.columns import Index
from remit.analysis.arrays.pricing import Losses, Pricing
from remit.analysis.arrays.visits import Visits

_Place = tuple[int, tuple[int, ...]]
"""A desk, and what remains there."""
_END = -1
"""In place of a passage: the run ends here."""


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
        self._pricing, self._start, self._room = pricing, start, room
        self.looked_at = 0
        self._demands = visits.demands
        self._first = np.searchsorted(pricing.source, np.arange(len(visits.desks) + 1))

    def best(self, losses: Losses) -> Best | None:
        """A run that loses least; none if there is too little room to find one."""
        most = (self.looked_at + self._room) // 2
        begin: _Place = (self._start, self._pricing.stock)
        came: dict[_Place, tuple[_Place, int] | None] = {begin: None}
        order = np.lexsort((losses.slack, self._pricing.source))
        queue = _Queue(losses, losses.slack[order], self._first)
        queue.reach(begin, 0)
        for lost, place, first, last in queue.popped():
            if first == _END:
                return Best(_way(came, place), lost)
            for passage, there in self._taken(place, order[first:last]):
                if there not in came:
                    came[there] = (place, passage)
                    queue.reach(there, lost)
                    self.looked_at += 1
            if self.looked_at > most:
                return None
        raise AssertionError("a run may be taken to end anywhere")

    def _taken(self, place: _Place, passages: Index) -> list[tuple[int, _Place]]:
        """Which of the passages can be taken, and where they lead."""
        demand = self._pricing.demand[passages]
        left = np.array(place[1])[:, None]
        exact = self._demands.exact[:, demand]
        can = ((left >= self._demands.least[:, demand]) & ((exact < 0) | (exact == left))).all(0)
        passages, demand = passages[can], demand[can]
        after = (left + self._demands.change[:, demand]).T.tolist()
        targets = self._pricing.target[passages].tolist()
        return [
            (passage, (target, tuple(counters)))
            for passage, target, counters in zip(passages.tolist(), targets, after, strict=True)
        ]


class _Queue:
    """Places whose passages wait to be taken, those that lose the same together.

    A passage is put in only when all that lose less have been taken: most never are.
    """

    def __init__(self, losses: Losses, slack: Index, first: Index) -> None:
        self._losses = losses
        self._units: list[int] = losses.units.tolist()
        self._slack, self._first = slack, first
        self._heap: list[tuple[int, int, int, int, _Place, int]] = []
        self._turn = 0

    def reach(self, place: _Place, lost: int) -> None:
        """A place is reached after losing this much."""
        left, first = self._rest(place), int(self._first[place[0]])
        self._put(lost + left, 0, place, _END)
        if first < self._first[place[0] + 1]:
            self._put(lost + int(self._slack[first]), abs(left), place, first)

    def popped(self) -> Iterator[tuple[int, _Place, int, int]]:
        """What is lost, a place, and the passages to take from there (from, to)."""
        while self._heap:
            lost, left, _, _, place, first = heappop(self._heap)
            if first == _END:
                yield lost, place, _END, _END
                continue
            end, own = int(self._first[place[0] + 1]), int(self._slack[first])
            last = first + int(np.searchsorted(self._slack[first:end], own, side="right"))
            if last < end:
                self._put(lost + int(self._slack[last]) - own, left, place, last)
            yield lost, place, first, last

    def _put(self, lost: int, left: int, place: _Place, first: int) -> None:
        self._turn -= 1
        heappush(self._heap, (lost, left, -sum(place[1]), self._turn, place, first))

    def _rest(self, place: _Place) -> int:
        priced = sum(price * left for price, left in zip(self._units, place[1], strict=True))
        return int(self._losses.desks[place[0]]) + int(priced)


def _way(came: dict[_Place, tuple[_Place, int] | None], place: _Place) -> list[int]:
    found = list[int]()
    before = came[place]
    while before is not None:
        place, passage = before
        found.append(passage)
        before = came[place]
    return found[::-1]
