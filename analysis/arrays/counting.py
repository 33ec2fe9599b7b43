"""Open positions with what remains under the limits, each one listed: the plain way to worst cases.

A certificate goes by prices (`pricing`, `searching`), which is far faster; this is what it is held
equal to. `ranks` serves both: it names a circle of reports that spends nothing.

Every edge that changes a counter lowers the *potential*: the units left, grants counting twice
(a grant takes one of itself and gives one elsewhere). So potential, then the order of the edges
that spend nothing, is a topological order, and one sweep along it finds the greatest sum of any
weight.
"""

from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

import numpy as np
from numpy.typing import NDArray

from remit.analysis.arrays.columns import Index
from remit.analysis.arrays.control import Control
from remit.graph.manifest import Manifest
from remit.state.vocabulary import LOOPS, Limit

Values = NDArray[np.int32]
"""Shape (weights, n)."""
_Batch = tuple[int, int]
"""Potential and rank."""


class Endless(Exception):
    """Edges that spend nothing go in a circle; `nodes` are those of one such circle, in order."""

    def __init__(self, nodes: list[int]) -> None:
        super().__init__("a circle that spends nothing")
        self.nodes = nodes


@dataclass(frozen=True, slots=True)
class Reached:
    """What can be reached: node, what remains, and the greatest sums on the way there."""

    node: Index
    left: Index
    """What remains under all limits, as one number (`Radix`)."""
    best: Values
    moves: int
    """Edges taken, from all positions."""


class Radix:
    """What remains under the limits as one number; unlimited ones take no room."""

    def __init__(self, manifest: Manifest) -> None:
        grants = manifest.grants
        self.limits = np.array([manifest.limit(limit) for limit in LOOPS])
        sizes = np.where(self.limits < 0, 1, self.limits + grants + 1)
        self._sizes = sizes
        self._weights = np.concatenate([[1], np.cumprod(sizes[:-1])])
        self.size = int(np.prod(sizes))
        self.start = int((np.maximum(self.limits, 0) * self._weights).sum())
        self._cost = np.where(np.array(LOOPS) == Limit.GRANTS, 2, 1)

    def digits(self, left: Index) -> Index:
        """By limit, what remains; shape (loops, n)."""
        found: Index = left // self._weights[:, None] % self._sizes[:, None]
        return found

    def difference(self, change: Index) -> Index:
        """What changes of the counters, shape (loops, n), change of the number."""
        found: Index = self._weights @ change
        return found

    def potential(self, counters: Index) -> Index:
        """The potential of counters, or of changes of counters, shape (loops, n)."""
        found: Index = self._cost @ counters
        return found


def ranks(graph: Control) -> Index:
    """By node, its place in the order of the edges that spend nothing.

    Raises:
        Endless: some of them go in a circle.
    """
    still = (graph.change == 0).all(0)
    before: dict[int, set[int]] = {}
    for source, target in zip(
        graph.source[still].tolist(), graph.target[still].tolist(), strict=True
    ):
        before.setdefault(target, set()).add(source)
    rank = np.zeros(graph.nodes.shape[1], np.intp)
    try:
        for node in TopologicalSorter(before).static_order():
            rank[node] = max((rank[one] + 1 for one in before.get(node, ())), default=0)
    except CycleError as error:
        raise Endless(error.args[1]) from None
    return rank


def sweep(graph: Control, manifest: Manifest, weights: Values) -> Reached:
    """Every node with every way of counters that reaches it.

    Args:
        graph: the open positions of the manifest.
        manifest: the constants of the run.
        weights: shape (weights, edges): what each edge adds; the greatest sums are found.

    Raises:
        Endless: a circle spends nothing.
    """
    return _Sweep(graph, manifest, weights).run()


class _Sweep:
    def __init__(self, graph: Control, manifest: Manifest, weights: Values) -> None:
        self.radix, self.rank = Radix(manifest), ranks(graph)
        order = np.argsort(graph.source, kind="stable")
        source = graph.source[order]
        nodes: Index = np.arange(int(graph.nodes.shape[1]) + 1)
        self.first: Index = np.searchsorted(source, nodes)
        self.target, self.weights = graph.target[order], weights[:, order]
        demands = np.concatenate([graph.least, graph.exact, graph.change])[:, order]
        self.demands, self.demand = np.unique(demands, axis=1, return_inverse=True)
        self.least, self.exact, self.change = np.split(self.demands, 3)
        self.moved = self.radix.difference(self.change)
        self.fall = self.radix.potential(self.change)
        if (self.fall > 0).any() or ((self.fall == 0) & self.change.any(0)).any():
            raise RuntimeError("a row gives back what was spent")
        self.pending: dict[_Batch, list[tuple[Index, Values]]] = {}

    def run(self) -> Reached:
        radix, moves = self.radix, 0
        begin = np.array([radix.start])
        top = int(radix.potential(radix.digits(begin))[0])
        zero = np.zeros((len(self.weights), 1), np.int32)
        self.pending[top, int(self.rank[0])] = [(begin, zero)]
        done = list[tuple[Index, Values]]()
        while self.pending:
            batch = max(self.pending, key=lambda one: (one[0], -one[1]))
            keys, best = _merged(self.pending.pop(batch))
            done.append((keys, best))
            moves += self._expand(batch[0], keys, best)
        keys = np.concatenate([one for one, _ in done])
        best = np.concatenate([one for _, one in done], 1)
        return Reached(keys // radix.size, keys % radix.size, best, moves)

    def _expand(self, potential: int, keys: Index, best: Values) -> int:
        size = self.radix.size
        node, left = keys // size, keys % size
        count = self.first[node + 1] - self.first[node]
        total = int(count.sum())
        if not total:
            return 0
        origin = np.repeat(np.arange(len(keys)), count)
        offset = np.arange(total) - np.repeat(np.cumsum(count) - count, count)
        edge = self.first[node][origin] + offset
        may = self._allowed(left)[1][self.demand[edge], self._allowed_at[origin]]
        origin, edge = origin[may], edge[may]
        demand, target = self.demand[edge], self.target[edge]
        reached = target * size + left[origin] + self.moved[demand]
        values = best[:, origin] + self.weights[:, edge]
        self._send(potential, demand, target, reached, values)
        return len(edge)

    def _allowed(self, left: Index) -> tuple[Index, NDArray[np.bool_]]:
        """By demand and by distinct counters, whether the edge can be taken."""
        distinct, self._allowed_at = np.unique(left, return_inverse=True)
        digits = self.radix.digits(distinct)
        may = np.ones((len(self.fall), len(distinct)), np.bool_)
        for least, exact, own in zip(self.least, self.exact, digits, strict=True):
            may &= own >= least[:, None]
            may &= (exact[:, None] < 0) | (own == exact[:, None])
        return distinct, may

    def _send(
        self, potential: int, demand: Index, target: Index, reached: Index, values: Values
    ) -> None:
        place = -self.fall[demand] * 4096 + self.rank[target]
        order = np.argsort(place, kind="stable")
        place = place[order]
        cuts = np.flatnonzero(np.diff(place)) + 1
        parts = np.split(order, cuts)
        for part, first in zip(parts, [0, *cuts.tolist()], strict=True):
            if len(part):
                fall, rank = divmod(int(place[first]), 4096)
                found = _merged([(reached[part], values[:, part])])
                self.pending.setdefault((potential - fall, rank), []).append(found)


def _merged(found: list[tuple[Index, Values]]) -> tuple[Index, Values]:
    """Each key once, with the greatest of its values."""
    keys = np.concatenate([one for one, _ in found])
    values = np.concatenate([one for _, one in found], 1)
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    return keys[first], np.maximum.reduceat(values[:, order], first, axis=1)
