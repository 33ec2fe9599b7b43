"""From a way through open positions back to a run: who said what, replayed by `advance` itself."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from remit.analysis.arrays.alike import Classes
from remit.analysis.arrays.columns import PLACE, Index, code
from remit.analysis.arrays.control import SERVED, Control, Said
from remit.analysis.arrays.live import COUNTERS, Live, live
from remit.analysis.arrays.opening import GRADED, STUCK
from remit.analysis.arrays.rows import bind
from remit.analysis.arrays.visits import Visits
from remit.analysis.safety import Trace, Turn
from remit.graph.advance import Router, router
from remit.graph.manifest import Manifest, start
from remit.graph.position import Position
from remit.state.errors import EventRefused
from remit.state.vocabulary import ENDS, LOOPS, EventKind


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
        self._table, self._alive = router(manifest), live(bind(manifest))

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
        reports = list(_steps(self._graph, _Way(edges, after)))
        return _Replay(self._table, self._alive, start(self._manifest), reports).run()

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
            return int(edge[fits[0]]), int(before[fits[0]])
        raise RuntimeError("a way comes from nowhere")

    def _gain(self, ways: Index, measure: int) -> Index:
        """The most that ways add to a measure."""
        found: Index = self._visits.most[self._visits.row[ways], measure].astype(np.intp)
        return found

    def _lifted(self, node: int, step: int) -> int:
        """The edge of an open position that an edge of its class stands for."""
        classes, graph = self._classes, self._graph
        edges: Index = np.arange(int(self._from[node]), int(self._from[node + 1]))
        fits = classes.labels[edges] == classes.label[step]
        fits &= classes.of[graph.target[edges]] == classes.target[step]
        return int(edges[fits][0])


class _Replay:
    """One run that goes a way: deeper while it can be, back where it cannot."""

    def __init__(self, table: Router, alive: Live, begin: Position, steps: "list[_Step]") -> None:
        self._table, self._alive, self._start, self._steps = table, alive, begin, steps

    def run(self) -> Trace:
        seen = [set[Position]() for _ in self._steps]
        turns, ahead = list[Turn](), [self._turns(self._start, 0)]
        while len(turns) < len(self._steps):
            turn = next(ahead[-1], None)
            if turn is None:
                ahead.pop()
                if not turns:
                    raise RuntimeError("no run goes this way")
                turns.pop()
                continue
            after = turn.step.position
            if after in seen[len(turns)]:
                continue
            seen[len(turns)].add(after)
            turns.append(turn)
            if len(turns) < len(self._steps):
                ahead.append(self._turns(after, len(turns)))
        return tuple(turns)

    def _turns(self, position: Position, number: int) -> Iterator[Turn]:
        """What can be said at a position so that the way goes on."""
        step = self._steps[number]
        said = step.said
        kinds = self._table.offered(position, said.seat)
        asks = said.event.contract_asked or said.event.scope_asked
        if asks and EventKind.CHANGE not in kinds:
            return
        for event in said.event.events():
            try:
                made = self._table.advance(position, event, said.seat)
            except EventRefused:
                continue
            if _stands_for(step, made.position, self._alive[made.position.stage]):
                yield Turn(before=position, seat=said.seat, event=event, step=made)


@dataclass(frozen=True, slots=True)
class _Step:
    """A report of the way, and what comes of it."""

    said: Said
    node: list[int]
    left: list[int]


def _steps(graph: Control, way: _Way) -> Iterator[_Step]:
    """The reports, each with the serving of the docket that follows it."""
    for number, edge in enumerate(way.edges):
        if graph.said[edge] == SERVED:
            continue
        following = way.edges[number + 1 : number + 2]
        last = number + 1 if following and graph.said[following[0]] == SERVED else number
        node = graph.nodes[:, graph.target[way.edges[last]]]
        said = graph.sayings[int(graph.said[edge])]
        yield _Step(said, node.tolist(), way.left[last].tolist())


def _stands_for(step: _Step, position: Position, alive: frozenset[int]) -> bool:
    """Whether a position is one of those that an open position and its counters stand for."""
    if position.stage in ENDS:
        # Nobody reads there what remains, but it tells what was spent on the way.
        same = code(position.stage) == step.node[PLACE["stage"]]
        return same and _remains(step, position)
    for place in alive:
        own, wanted = code(position[place]), step.node[place]
        if place in COUNTERS:
            fits = own < 0 or own == step.left[COUNTERS.index(place)]
        elif place in GRADED:
            fits = bool(wanted >> own & 1)
        else:
            fits = place == STUCK or own == wanted
        if not fits:
            return False
    return True


def _remains(step: _Step, position: Position) -> bool:
    """Whether as much remains under each finite limit as the way leaves."""
    own = [code(position[place]) for place in COUNTERS]
    return all(one < 0 or one == left for one, left in zip(own, step.left, strict=True))
