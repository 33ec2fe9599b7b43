"""From a way through open positions back to a run: who said what, replayed by `advance` itself."""

import numpy as np

from remit.analysis.arrays.alike import Classes
from remit.analysis.arrays.columns import Index
from remit.analysis.arrays.control import Control
from remit.analysis.arrays.live import Live, live
from remit.analysis.arrays.replaying import Step, steps, turns
from remit.analysis.arrays.rows import bind
from remit.analysis.arrays.visits import Visits
from remit.analysis.safety import Trace, Turn
from remit.graph.advance import Router, router
from remit.graph.manifest import Manifest, start
from remit.graph.position import Position
from remit.state.vocabulary import LOOPS


class Tracing:
    """Runs of a manifest, from the passages that they take."""

    def __init__(
        self, graph: Control, manifest: Manifest, classes: Classes, visits: Visits
    ) -> None:
        """Trace over what was found of the manifest."""
        self._graph, self._manifest = graph, manifest
        self._classes, self._visits = classes, visits
        self._into = np.argsort(classes.target, kind="stable")
        places = np.arange(classes.count + 1)
        self._first_into = np.searchsorted(classes.target[self._into], places)
        self._from = np.searchsorted(graph.source, np.arange(int(graph.nodes.shape[1]) + 1))
        self._keys = visits.source * classes.count + visits.node
        self._is_desk = np.zeros(classes.count, np.bool_)
        self._is_desk[visits.desks] = True
        self._table, self._alive = router(manifest), live(bind(manifest))

    def trace(self, ways: list[int], measure: int, other: int = 0) -> Trace:
        """The turns of a run that takes these ways (of `Visits`) and adds the most to a measure.

        Args:
            ways: places in `Visits`.
            measure: whose most is to be added.
            other: which is taken where several are as good: the first, or so many after it.

        Raises:
            RuntimeError: no run goes this way, so the open positions are wrong.
        """
        taken = [edge for way in ways for edge in self._unrolled(way, measure, other)]
        limits = [self._manifest.limit(limit) for limit in LOOPS]
        left, edges, after, node = np.array(limits), list[int](), list[Index](), 0
        for step in taken:
            edge = self._lifted(node, step, other)
            left = left + self._graph.change[:, edge]
            edges.append(edge)
            after.append(left)
            node = int(self._graph.target[edge])
        reports = list(steps(self._graph, edges, after))
        return _deep(self._table, self._alive, start(self._manifest), reports)

    def _unrolled(self, way: int, measure: int, other: int) -> list[int]:
        """The edges between classes that a way is made of."""
        visits, found = self._visits, list[int]()
        begin = int(visits.desks[visits.source[way]])
        while visits.node[way] != begin or visits.demand[way] != visits.demands.nothing:
            edge, way = self._before(way, begin, measure, other)
            found.append(edge)
        return found[::-1]

    def _before(self, way: int, begin: int, measure: int, other: int) -> tuple[int, int]:
        """The last edge of a way, and the way without it."""
        visits, classes = self._visits, self._classes
        node, source = int(visits.node[way]), int(visits.source[way])
        edges = self._into[self._first_into[node] : self._first_into[node + 1]]
        come = classes.source[edges]
        begun = source * classes.count + come
        first, last = np.searchsorted(self._keys, begun), np.searchsorted(self._keys, begun + 1)
        by = np.repeat(np.arange(len(edges)), last - first)
        before = np.arange(len(by)) + np.repeat(last - np.cumsum(last - first), last - first)
        half = (visits.demand[before] == visits.demands.nothing) & (come[by] == begin)
        keep = half | ~self._is_desk[come[by]]
        before, edge = before[keep], edges[by[keep]]
        same = visits.demands.after(visits.demand[before], classes.demand[edge])
        fits = np.flatnonzero(same == visits.demand[way])
        gain = self._gain(before[fits], measure) + classes.weights[measure, edge[fits]]
        fits = fits[gain == self._gain(np.array([way]), measure)]
        if len(fits):
            one = fits[other % len(fits)]
            return int(edge[one]), int(before[one])
        raise RuntimeError("a way comes from nowhere")

    def _gain(self, ways: Index, measure: int) -> Index:
        """The most that ways add to a measure."""
        found: Index = self._visits.most[self._visits.row[ways], measure].astype(np.intp)
        return found

    def _lifted(self, node: int, step: int, other: int) -> int:
        """The edge of an open position that an edge of its class stands for."""
        classes, graph = self._classes, self._graph
        edges: Index = np.arange(int(self._from[node]), int(self._from[node + 1]))
        fits = classes.labels[edges] == classes.label[step]
        fits &= classes.of[graph.target[edges]] == classes.target[step]
        found = edges[fits]
        return int(found[other % len(found)])


def _deep(table: Router, alive: Live, begin: Position, way: list[Step]) -> Trace:
    """One run that goes a way: deeper while it can be, back where it cannot."""
    seen = [set[Position]() for _ in way]
    run, ahead = list[Turn](), [turns(table, alive, begin, way[0], plain=True)] if way else []
    while len(run) < len(way):
        turn = next(ahead[-1], None)
        if turn is None:
            ahead.pop()
            if not run:
                raise RuntimeError("no run goes this way")
            run.pop()
            continue
        after = turn.step.position
        if after in seen[len(run)]:
            continue
        seen[len(run)].add(after)
        run.append(turn)
        if len(run) < len(way):
            ahead.append(turns(table, alive, after, way[len(run)], plain=True))
    return tuple(run)
