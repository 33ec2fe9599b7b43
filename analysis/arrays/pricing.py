"""What a unit under each limit is worth at most: prices that bound every run from above.

Give each unit under each limit a price. If at every desk there is a value such that each passage
is paid for (value there, plus the price of what it spends, is at least what it adds plus the value
where it leads), then no run can add more than the value at the start plus the price of all limits:
add the inequality up along the run. The least such bound is a linear program; its rows are the ways
between desks, and only those that some prices do not pay for are ever written down (`Tableau`).
"""

from dataclasses import dataclass
from itertools import pairwise
from math import lcm
from operator import mul

import numpy as np
from numpy.typing import NDArray

from remit.analysis.arrays.columns import Index
from remit.analysis.arrays.tableau import Prices, Tableau
from remit.analysis.arrays.visits import Visits
from remit.graph.manifest import Manifest
from remit.state.errors import InputError
from remit.state.vocabulary import LOOPS

_K = len(LOOPS)
_NO_WAY = -(1 << 60)
_Values = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Losses:
    """What a run loses on its way: by passage, and where it ends."""

    slack: _Values
    units: _Values
    """By limit, what a unit left unused loses at the end."""
    desks: _Values
    """By desk, what an end there loses."""


@dataclass(frozen=True, slots=True)
class Priced:
    """Prices of one measure, in parts of `scale`."""

    scale: int
    units: _Values
    """By limit, the price of a unit."""
    desks: _Values
    """By desk, what can still be added there at most, beside the price of what remains."""
    slack: _Values
    """By passage, how much more is paid than it adds: 0 where nothing is lost."""
    total: int
    """No run adds more than this."""

    def losses(self) -> Losses:
        """What is lost under these prices; a run may be taken to end anywhere."""
        return Losses(self.slack, self.units, self.desks)


class Pricing:
    """Prices for one measure after the other; what one has taught the next one knows."""

    def __init__(self, visits: Visits, manifest: Manifest, start: int) -> None:
        """Price the passages of a manifest; runs begin at the desk `start`."""
        self.stock = tuple(max(manifest.limit(limit), 0) for limit in LOOPS)
        self._start, self._desks = start, len(visits.desks)
        ways = visits.passages
        place = np.full(int(visits.desks.max()) + 1, -1)
        place[visits.desks] = np.arange(self._desks)
        source, target = visits.source[ways], place[visits.node[ways]]
        self._order = np.lexsort((target, source))
        self.source, self.target = source[self._order], target[self._order]
        self.demand = visits.demand[ways][self._order]
        self.most = np.ascontiguousarray(visits.added(ways[self._order]).T)
        self.way: Index = ways[self._order]
        """By passage, its place among the ways of `Visits`."""
        self._change = visits.demands.change.astype(np.int64)
        pair = self.source * self._desks + self.target
        self._pairs, self._first = np.unique(pair, return_index=True)
        self._ends = np.append(self._first[1:], len(pair))
        self._known: dict[tuple[tuple[int, ...], bool], tuple[int, ...]] = {}
        """By way, and whether it is whole: the units that it spends."""

    def priced(self, measure: int) -> Priced:
        """The least prices for a measure.

        Raises:
            InputError: 64 bits do not hold what a run comes to.
        """
        gain, tableau = self.most[measure].astype(np.int64), Tableau((*self.stock, 1))
        for (way, whole), spent in self._known.items():
            tableau.add((*spent, int(whole)), _sum(gain, way))
        while True:
            prices = tableau.prices()
            scale = lcm(*(price.denominator for price in prices))
            self._refuse_fine(gain, prices, scale)
            units = np.array([int(price * scale) for price in prices[:_K]], np.int64)
            net = gain * scale + (units @ self._change)[self.demand]
            desks, rounds = self._values(net)
            new = self._unpaid(net, rounds, prices, scale, desks)
            if not new:
                slack = desks[self.source] - desks[self.target] - net
                total = int(desks[self._start] + units @ np.array(self.stock))
                return Priced(scale, units, desks, slack, total)
            for way, whole in new:
                spent = tuple((-self._change[:, self.demand[list(way)]].sum(1)).tolist())
                self._known[way, whole] = spent
                tableau.add((*spent, int(whole)), _sum(gain, way))

    def _refuse_fine(self, gain: _Values, prices: Prices, scale: int) -> None:
        """Refuse prices in parts so fine that 64 bits do not hold what a run comes to.

        Raises:
            InputError: they are.
        """
        moved = np.abs(self._change).max(1, initial=0).tolist()
        units = [int(price * scale) for price in prices[:_K]]
        step = int(gain.max(initial=0)) * scale + sum(map(mul, units, moved))
        stock = sum(map(mul, units, self.stock))
        if step * (self._desks + 1) + stock >= -_NO_WAY:
            raise InputError(
                "check: the worst case cannot be counted exactly in 64 bits; lower the costs of "
                "the behaviour or the limits of the policy"
            )

    def _values(self, net: _Values) -> tuple[_Values, list[Index]]:
        """By desk the most that can be added, and round by round the next desk.

        The last round is empty unless some circle adds something.
        """
        size = self._desks
        table = np.full((size, size), _NO_WAY)
        if len(net):
            best = np.maximum.reduceat(net, self._first)
            table[self._pairs // size, self._pairs % size] = best
        value, rounds = np.zeros(size, np.int64), list[Index]()
        for _ in range(size + 1):
            sums = table + value
            following = sums.argmax(1)
            after = sums[np.arange(size), following]
            better = after > value
            rounds.append(np.where(better, following, -1))
            if not better.any():
                break
            value = np.where(better, after, value)
        return value, rounds

    def _unpaid(
        self, net: _Values, rounds: list[Index], prices: Prices, scale: int, desks: _Values
    ) -> list[tuple[tuple[int, ...], bool]]:
        """Ways that the prices do not pay for: circles, or else the way from the start."""
        better = np.flatnonzero(rounds[-1] >= 0)
        if not len(better):
            if desks[self._start] <= prices[_K] * scale:
                return []
            return [(self._way(net, self._walk(rounds, self._start)), True)]
        circles = _circles(self._walk(rounds, int(better[0])))
        ways = dict.fromkeys(self._way(net, circle) for circle in circles)
        return [(way, False) for way in ways if _sum(net, way) > 0]

    def _walk(self, rounds: list[Index], desk: int) -> list[int]:
        found = [desk]
        for following in reversed(rounds):
            if following[desk] >= 0:
                desk = int(following[desk])
                found.append(desk)
        return found

    def _way(self, net: _Values, desks: list[int]) -> tuple[int, ...]:
        """The best passages from desk to desk."""
        found = list[int]()
        for here, there in pairwise(desks):
            pair = int(np.searchsorted(self._pairs, here * self._desks + there))
            first = int(self._first[pair])
            found.append(first + int(net[first : self._ends[pair]].argmax()))
        return tuple(found)


def _sum(values: _Values, way: tuple[int, ...]) -> int:
    return sum(int(values[passage]) for passage in way)


def _circles(walk: list[int]) -> list[list[int]]:
    """The circles that a walk is made of."""
    found, path, at = list[list[int]](), list[int](), dict[int, int]()
    for desk in walk:
        if desk in at:
            found.append([*path[at[desk] :], desk])
            for gone in path[at[desk] + 1 :]:
                del at[gone]
            del path[at[desk] + 1 :]
        else:
            at[desk] = len(path)
            path.append(desk)
    return found
