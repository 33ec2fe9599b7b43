"""From a way through open positions back to runs that `advance` makes, under any rules."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from remit.analysis.arrays.columns import ENDING, PLACE, Column, encode
from remit.analysis.arrays.control import SERVED, Control, Said
from remit.analysis.arrays.live import COUNTERS, Live
from remit.analysis.arrays.opening import GRADED, STUCK
from remit.analysis.safety import Trace, Turn
from remit.graph.advance import Router
from remit.graph.event import Event
from remit.graph.manifest import Manifest, start
from remit.graph.position import Position
from remit.state.errors import EventRefused
from remit.state.vocabulary import ENDS, EventKind, Seat

MOST_TRIED = 400
"""Runs along one way that are shown to `fits`, at most."""
_MOST_ABREAST = 4_000
"""Positions that are followed side by side."""
_Before = dict[Position, tuple[Position, Event] | None]
_Step = tuple[_Before, Seat | None]


@dataclass(frozen=True, slots=True)
class Reader:
    """What it takes to follow a way."""

    graph: Control
    manifest: Manifest
    table: Router
    alive: Live
    """The fields that the nodes of the graph tell."""


def runs_along(
    reader: Reader, way: Sequence[int], fits: Callable[[Trace], bool]
) -> tuple[Trace, ...]:
    """A run that goes a way and fits; nothing where none of the first `MOST_TRIED` does."""
    steps: list[_Step] = [({start(reader.manifest): None}, None)]
    for said, node in _reports(reader.graph, way):
        after = _after(reader, steps[-1][0], said, node)
        if not after:
            return ()
        steps.append((after, said.seat))
    for number, position in enumerate(steps[-1][0]):
        trace = _picked(reader, steps, position)
        if fits(trace):
            return (trace,)
        if number >= MOST_TRIED:
            break
    return ()


def _reports(graph: Control, way: Sequence[int]) -> Iterator[tuple[Said, Column | None]]:
    """Each report of a way, and the node where the step ends that it makes.

    `None` where the way ends before the docket is served: it may be served in any way.
    """
    for number, edge in enumerate(way):
        if graph.said[edge] != SERVED:
            served = way[number + 1 : number + 2]
            last = served[0] if served and graph.said[served[0]] == SERVED else edge
            node = graph.nodes[:, graph.target[last]]
            open_end = node[PLACE["owed"]] == 0 and not ENDING[node[PLACE["stage"]]]
            yield graph.sayings[int(graph.said[edge])], None if open_end else node


def _after(reader: Reader, before: _Before, said: Said, node: Column | None) -> _Before:
    """Where a report leads; what weighs most and repeats least is tried, and kept, first."""
    found: _Before = {}
    for position in before:
        kinds = reader.table.offered(position, said.seat)
        asks = said.event.contract_asked or said.event.scope_asked
        if asks and EventKind.CHANGE not in kinds:
            continue
        for event in reversed(tuple(said.event.events())):
            try:
                after = reader.table.advance(position, event, said.seat).position
            except (EventRefused, RuntimeError):
                continue
            if after not in found and stands_for(reader, node, after):
                found[after] = (position, event)
                if len(found) >= _MOST_ABREAST:
                    return found
    return found


def stands_for(reader: Reader, node: Column | None, position: Position) -> bool:
    """Whether a position is one of those that an open position stands for, counters aside."""
    if node is None:
        return True
    column = encode([position])[:, 0]
    if position.stage in ENDS:
        return bool(column[PLACE["stage"]] == node[PLACE["stage"]])
    for place in reader.alive[position.stage]:
        own, wanted = int(column[place]), int(node[place])
        if place in COUNTERS or place == STUCK:
            continue
        if not (wanted >> own & 1 if place in GRADED else own == wanted):
            return False
    return True


def _picked(reader: Reader, steps: list[_Step], position: Position) -> Trace:
    """One run, read from its end."""
    turns = list[Turn]()
    for found, seat in reversed(steps[1:]):
        come = found[position]
        assert come is not None
        assert seat is not None
        before, event = come
        step = reader.table.advance(before, event, seat)
        turns.append(Turn(before=before, seat=seat, event=event, step=step))
        position = before
    return tuple(reversed(turns))
