"""The best run under prices, found best first, and so proved the best.

Under its prices a run loses the slack of each passage it takes and, where it ends, the price of what
it left unused. Runs are followed in the order of what they have lost; the first that may end has lost
least, so none adds more. Where nothing is lost (the usual case) one run that loses nothing is all that
has to be found, however many there are.
"""

from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np

from remit.analysis.arrays.columns import Index
from remit.analysis.arrays.pricing import NO_USE, Losses, Pricing
from remit.analysis.arrays.visits import Visits
from remit.state.errors import InputError

_Place = tuple[int, tuple[int, ...]]
"""A desk, and what remains there."""
_END = -1


@dataclass(frozen=True, slots=True)
class Best:
    """A run that loses least."""

    passages: list[int]
    lost: int
    """In parts of the prices' scale."""
    places: int
    """Desks with counters looked at."""


class Searching:
    """Searches over the same passages."""

    def __init__(self, visits: Visits, pricing: Pricing, start: int, room: int) -> None:
        """Search from the desk `start`; hold no more than `room` places."""
        self._pricing, self._start, self._room = pricing, start, room
        self._demands = visits.demands
        self._first = np.searchsorted(pricing.source, np.arange(len(visits.desks) + 1))

    def best(self, losses: Losses) -> Best | None:
        """A run that loses least; none if no run comes to where it may end.

        Raises:
            InputError: more places are to be looked at than there is room for.
        """
        order = np.lexsort((losses.slack, self._pricing.source))
        slack = losses.slack[order]
        units = losses.units.tolist()
        begin: _Place = (self._start, self._pricing.stock)
        came: dict[_Place, tuple[_Place, int] | None] = {begin: None}
        heap: list[tuple[int, int, int, int, _Place, int]] = []
        turn = 0

        def rest(place: _Place) -> int:
            priced = sum(price * left for price, left in zip(units, place[1], strict=True))
            return int(losses.desks[place[0]]) + priced

        def put(lost: int, left: int, place: _Place, offset: int) -> None:
            nonlocal turn
            turn -= 1
            heappush(heap, (lost, left, -sum(place[1]), turn, place, offset))

        def reach(place: _Place, lost: int) -> None:
            left, first = abs(rest(place)), int(self._first[place[0]])
            if losses.end in (None, place[0]):
                put(lost + rest(place), 0, place, _END)
            if first < self._first[place[0] + 1]:
                put(lost + int(slack[first]), left, place, first)

        reach(begin, 0)
        while heap:
            lost, left, _, _, place, first = heappop(heap)
            if lost >= NO_USE:
                return None
            if first == _END:
                return Best(_way(came, place), lost, len(came))
            last = int(self._first[place[0] + 1])
            next_ = first + int(np.searchsorted(slack[first:last], slack[first], side="right"))
            if next_ < last:
                put(lost + int(slack[next_] - slack[first]), left, place, next_)
            for passage, there in self._taken(place, order[first:next_]):
                if there not in came:
                    came[there] = (place, passage)
                    reach(there, lost)
            if len(came) > self._room:
                raise InputError(_too_many(len(came)))
        return None

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


def _too_many(places: int) -> str:
    return (
        f"limits: a worst case is not settled after {places:,} positions; lower the limits, or give "
        "the check more room"
    )


def _way(came: dict[_Place, tuple[_Place, int] | None], place: _Place) -> list[int]:
    found = list[int]()
    before = came[place]
    while before is not None:
        place, passage = before
        found.append(passage)
        before = came[place]
    return found[::-1]
