"""From a way through open positions back to runs that `advance` makes, under any rules."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from remit.analysis.arrays.columns import ENDING, PLACE, Index, code
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
_ALL = frozenset(COUNTERS)
_UNLIMITED = -1
_Before = dict[Position, tuple[Position, Event] | None]
_Abreast = tuple[_Before, Seat | None]


@dataclass(frozen=True, slots=True)
class Reader:
    """What it takes to follow a way."""

    graph: Control
    manifest: Manifest
    table: Router
    alive: Live
    """The fields that the nodes of the graph tell."""


@dataclass(frozen=True, slots=True)
class Step:
    """A report of a way, and what comes of it."""

    said: Said
    node: list[int] | None
    """The open position where the step ends that it makes; `None` where the way ends before the
    docket is served: it may be served in any way."""
    left: list[int] | None
    """What remains under each limit after it, if that is known."""


def steps(graph: Control, way: Sequence[int], left: Sequence[Index] = ()) -> Iterator[Step]:
    """The reports of a way, each with the serving of the docket that follows it.

    Args:
        graph: the open positions.
        way: edges in order.
        left: what remains under the limits after each edge, if that is known.
    """
    for number, edge in enumerate(way):
        if graph.said[edge] == SERVED:
            continue
        served = way[number + 1 : number + 2]
        last = number + 1 if served and graph.said[served[0]] == SERVED else number
        node = graph.nodes[:, graph.target[way[last]]]
        open_end = node[PLACE["owed"]] == 0 and not ENDING[node[PLACE["stage"]]]
        said = graph.sayings[int(graph.said[edge])]
        yield Step(said, None if open_end else node.tolist(),
                   left[last].tolist() if left else None)  # fmt: skip


def turns(
    table: Router, alive: Live, position: Position, step: Step, *, plain: bool
) -> Iterator[Turn]:
    """What can be said at a position so that the way goes on.

    Args:
        table: the rules.
        alive: the fields that open positions tell.
        position: where the report is made.
        step: the report, left open.
        plain: what weighs least first; else what weighs most and repeats least.
    """
    said = step.said
    kinds = table.offered(position, said.seat)
    if (said.event.contract_asked or said.event.scope_asked) and EventKind.CHANGE not in kinds:
        return
    events = tuple(said.event.events())
    for event in events if plain else reversed(events):
        try:
            made = table.advance(position, event, said.seat)
        except (EventRefused, RuntimeError):
            continue
        if stands_for(step, made.position, alive[made.position.stage]):
            yield Turn(before=position, seat=said.seat, event=event, step=made)


def stands_for(step: Step, position: Position, alive: frozenset[int]) -> bool:
    """Whether a position is one of those that an open position stands for.

    Where it is known what remains, the counters must be those too: at an end nobody reads them any
    more, but they tell what was spent on the way.
    """
    if step.node is None:
        return True
    if position.stage in ENDS:
        return code(position.stage) == step.node[PLACE["stage"]] and _remains(step, position)
    for place in alive:
        own, wanted = code(position[place]), step.node[place]
        if place in COUNTERS or place == STUCK:
            continue
        if not (wanted >> own & 1 if place in GRADED else own == wanted):
            return False
    return _remains(step, position, alive)


def _remains(step: Step, position: Position, asked: frozenset[int] = _ALL) -> bool:
    """Whether as much remains under each finite limit as the way leaves, of the columns asked."""
    if step.left is None:
        return True
    return all(
        place not in asked or code(position[place]) in (left, _UNLIMITED)
        for place, left in zip(COUNTERS, step.left, strict=True)
    )


def runs_along(
    reader: Reader, way: Sequence[int], fits: Callable[[Trace], bool]
) -> tuple[Trace, ...]:
    """A run that goes a way and fits; nothing where none of the first `MOST_TRIED` does."""
    abreast: list[_Abreast] = [({start(reader.manifest): None}, None)]
    for step in steps(reader.graph, way):
        after = _after(reader, abreast[-1][0], step)
        if not after:
            return ()
        abreast.append((after, step.said.seat))
    for number, position in enumerate(abreast[-1][0]):
        trace = _picked(reader, abreast, position)
        if fits(trace):
            return (trace,)
        if number >= MOST_TRIED:
            break
    return ()


def _after(reader: Reader, before: _Before, step: Step) -> _Before:
    """Where a report leads; what weighs most and repeats least is tried, and kept, first."""
    found: _Before = {}
    for position in before:
        for turn in turns(reader.table, reader.alive, position, step, plain=False):
            found.setdefault(turn.step.position, (position, turn.event))
            if len(found) >= _MOST_ABREAST:
                return found
    return found


def _picked(reader: Reader, abreast: list[_Abreast], position: Position) -> Trace:
    """One run, read from its end."""
    run = list[Turn]()
    for found, seat in reversed(abreast[1:]):
        come = found[position]
        assert come is not None
        assert seat is not None
        before, event = come
        step = reader.table.advance(before, event, seat)
        run.append(Turn(before=before, seat=seat, event=event, step=step))
        position = before
    return tuple(reversed(run))
