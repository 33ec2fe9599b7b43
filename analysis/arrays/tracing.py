"""From a way through open positions back to a run: who said what, replayed by `advance` itself."""

from dataclasses import dataclass

import numpy as np

from remit.analysis.arrays.columns import PLACE, Column, Index, encode
from remit.analysis.arrays.control import SERVED, Control
from remit.analysis.arrays.counting import Radix, Reached, Values
from remit.analysis.arrays.live import COUNTERS, live
from remit.analysis.arrays.opening import GRADED, STUCK
from remit.analysis.arrays.rows import bind
from remit.analysis.safety import Trace, Turn
from remit.graph.advance import router
from remit.graph.event import Event
from remit.graph.manifest import Manifest, start
from remit.graph.position import Position
from remit.state.errors import EventRefused
from remit.state.vocabulary import ENDS, EventKind

_Before = dict[Position, tuple[Position, Event] | None]
"""By position, one that it came from and what was said there."""


@dataclass(frozen=True, slots=True)
class _Way:
    """Edges from the start, and what remains after each."""

    edges: list[int]
    left: list[int]


def trace_to(
    graph: Control, manifest: Manifest, reached: Reached, weights: Values, weight: int, goal: int
) -> Trace:
    """The turns of a run that gets to a position with the greatest sum of one weight.

    Args:
        graph: the open positions.
        manifest: the constants of the run.
        reached: what `sweep` found with these weights.
        weights: as given to `sweep`.
        weight: which of them.
        goal: the position, an index into `reached`.

    Raises:
        RuntimeError: no run goes this way, so the open positions are wrong.
    """
    return _replayed(graph, manifest, _backwards(graph, manifest, reached, weights[weight],
                                                 weight, goal))  # fmt: skip


def _backwards(
    graph: Control, manifest: Manifest, reached: Reached, weights: Index, weight: int, goal: int
) -> _Way:
    radix = Radix(manifest)
    keys = reached.node * radix.size + reached.left
    order = np.argsort(keys)
    keys = keys[order]
    at, edges, lefts = goal, list[int](), list[int]()
    while reached.node[at] or reached.left[at] != radix.start:
        into = np.flatnonzero(graph.target == reached.node[at])
        left = reached.left[at] - radix.difference(graph.change[:, into])
        digits = radix.digits(left)
        exact = graph.exact[:, into]
        may = (digits >= graph.least[:, into]) & ((exact < 0) | (digits == exact))
        may_all = may.all(0) & (left >= 0) & (left < radix.size)
        into, left = into[may_all], left[may_all]
        found = graph.source[into] * radix.size + left
        place = np.minimum(np.searchsorted(keys, found), len(keys) - 1)
        known = keys[place] == found
        before = order[place]
        fits = known & (reached.best[weight][before] + weights[into] == reached.best[weight][at])
        pick = int(np.flatnonzero(fits)[0])
        edges.append(int(into[pick]))
        lefts.append(int(reached.left[at]))
        at = int(before[pick])
    return _Way(edges[::-1], lefts[::-1])


def _replayed(graph: Control, manifest: Manifest, way: _Way) -> Trace:
    """Follow the way with every position that it stands for, then pick one run."""
    table, radix = router(manifest), Radix(manifest)
    alive = live(bind(manifest))
    steps: list[tuple[_Before, int]] = [({start(manifest): None}, 0)]
    for number, edge in enumerate(way.edges):
        if graph.said[edge] == SERVED:
            continue
        served = way.edges[number + 1 : number + 2]
        last = number + 1 if served and graph.said[served[0]] == SERVED else number
        node = graph.nodes[:, graph.target[way.edges[last]]]
        digits = radix.digits(np.array([way.left[last]]))[:, 0]
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
