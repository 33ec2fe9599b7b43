"""From a way through open positions back to a run: who said what, replayed by `advance` itself."""

from dataclasses import dataclass

import numpy as np

from remit.analysis.arrays.alike import Classes
from remit.analysis.arrays.columns import PLACE, Column, Index, encode
from remit.analysis.arrays.control import SERVED, Control
from remit.analysis.arrays.live import COUNTERS, live
from remit.analysis.arrays.opening import GRADED, STUCK
from remit.analysis.arrays.rows import bind
from remit.analysis.arrays.visits import Visits
from remit.analysis.safety import Trace, Turn
from remit.graph.advance import router
from remit.graph.event import Event
from remit.graph.manifest import Manifest, start
from remit.graph.position import Position
from remit.state.errors import EventRefused
from remit.state.vocabulary import ENDS, LOOPS, EventKind

_Before = dict[Position, tuple[Position, Event] | None]
"""By position, one that it came from and what was said there."""


@dataclass(frozen=True, slots=True)
class _Way:
    """Edges of the open positions from the start, and what remains under the limits after each."""

    edges: list[int]
    left: list[Index]


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

    def trace(self, ways: list[int], measure: int) -> Trace:
        """The turns of a run that takes these ways (of `Visits`) and adds the most to a measure.

        Raises:
            RuntimeError: no run goes this way, so the open positions are wrong.
        """
        steps = [edge for way in ways for edge in self._unrolled(way, measure)]
        limits = [self._manifest.limit(limit) for limit in LOOPS]
        left, edges, after, node = np.array(limits), list[int](), list[Index](), 0
        for step in steps:
            edge = self._lifted(node, step)
            left = left + self._graph.change[:, edge]
            edges.append(edge)
            after.append(left)
            node = int(self._graph.target[edge])
        return _replayed(self._graph, self._manifest, _Way(edges, after))

    def _unrolled(self, way: int, measure: int) -> list[int]:
        """The edges between classes that a way is made of."""
        visits, found = self._visits, list[int]()
        begin = int(visits.desks[visits.source[way]])
        while visits.node[way] != begin or visits.demand[way] != visits.demands.nothing:
            edge, way = self._before(way, begin, measure)
            found.append(edge)
        return found[::-1]

    def _before(self, way: int, begin: int, measure: int) -> tuple[int, int]:
        """The last edge of a way, and the way without it."""
        visits, classes = self._visits, self._classes
        node, source = int(visits.node[way]), int(visits.source[way])
        for edge in self._into[self._first_into[node] : self._first_into[node + 1]].tolist():
            come = int(classes.source[edge])
            low, high = np.searchsorted(self._keys, source * classes.count + come + np.arange(2))
            before = np.arange(low, high)
            if self._is_desk[come]:
                before = before[(visits.demand[before] == visits.demands.nothing)]
                before = before if come == begin else before[:0]
            demand = np.full(len(before), classes.demand[edge])
            same = visits.demands.after(visits.demand[before], demand) == visits.demand[way]
            gain = visits.most[measure][before] + classes.weights[measure, edge]
            fits = np.flatnonzero(same & (gain == visits.most[measure, way]))
            if len(fits):
                return edge, int(before[fits[0]])
        raise RuntimeError("a way comes from nowhere")

    def _lifted(self, node: int, step: int) -> int:
        """The edge of an open position that an edge of its class stands for."""
        classes, graph = self._classes, self._graph
        edges = np.arange(self._from[node], self._from[node + 1])
        fits = classes.labels[edges] == classes.label[step]
        fits &= classes.of[graph.target[edges]] == classes.target[step]
        return int(edges[fits][0])


def _replayed(graph: Control, manifest: Manifest, way: _Way) -> Trace:
    """Follow the way with every position that it stands for, then pick one run."""
    table = router(manifest)
    alive = live(bind(manifest))
    steps: list[tuple[_Before, int]] = [({start(manifest): None}, 0)]
    for number, edge in enumerate(way.edges):
        if graph.said[edge] == SERVED:
            continue
        served = way.edges[number + 1 : number + 2]
        last = number + 1 if served and graph.said[served[0]] == SERVED else number
        node = graph.nodes[:, graph.target[way.edges[last]]]
        digits = way.left[last]
        said = graph.sayings[int(graph.said[edge])]
        after: _Before = {}
        for position in steps[-1][0]:
            kinds = table.offered(position, said.seat)
            asks = said.event.contract_asked or said.event.scope_asked
            if asks and EventKind.CHANGE not in kinds:
                continue
            for event in said.event.events():
                try:
                    found = table.advance(position, event, said.seat).position
                except EventRefused:
                    continue
                if found not in after and _stands_for(node, digits, found, alive[found.stage]):
                    after[found] = (position, event)
        if not after:
            raise RuntimeError(f"no run goes this way: {said} leads nowhere")
        steps.append((after, int(graph.said[edge])))
    return _picked(graph, manifest, steps)


def _stands_for(node: Column, digits: Index, position: Position, alive: frozenset[int]) -> bool:
    """Whether a position is one of those that an open position and its counters stand for."""
    if position.stage in ENDS:
        return bool(encode([position])[PLACE["stage"], 0] == node[PLACE["stage"]])
    column = encode([position])[:, 0]
    for place in alive:
        own, wanted = int(column[place]), int(node[place])
        if place in COUNTERS:
            fits = own < 0 or own == digits[COUNTERS.index(place)]
        elif place in GRADED:
            fits = bool(wanted >> own & 1)
        else:
            fits = place == STUCK or own == wanted
        if not fits:
            return False
    return True


def _picked(graph: Control, manifest: Manifest, steps: list[tuple[_Before, int]]) -> Trace:
    """One run, read from its end."""
    table, turns = router(manifest), list[Turn]()
    position = next(iter(steps[-1][0]))
    for found, number in reversed(steps[1:]):
        come = found[position]
        assert come is not None
        before, event = come
        seat = graph.sayings[number].seat
        step = table.advance(before, event, seat)
        turns.append(Turn(before=before, seat=seat, event=event, step=step))
        position = before
    return tuple(reversed(turns))
