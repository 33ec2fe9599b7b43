"""Lines of a process map: moves of one kind into one stage, or out of one, drawn together.

A line runs level above the path of work, between the path and the authorities, or below these; the
stages that take part hang on it.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from remit.analysis.process_map.passages import Passage
from remit.analysis.process_map.telling import counts
from remit.analysis.swimlane.drawing import Arrow, Box, Shape, Tone
from remit.graph.manifest import Manifest
from remit.state.handoff import Move
from remit.state.vocabulary import Limit, Stage

JOINT = 5.0
"""Across the ring where a stage hangs on a line."""
TONES = {Move.REWORK: Tone.REWORK, Move.CHANGE: Tone.CHANGE, Move.QUESTION: Tone.QUESTION,
         Move.ANSWER: Tone.QUESTION}  # fmt: skip
_SAID = {Move.CHANGE: "approved", Move.ANSWER: "answered", Move.END: "accepted"}
Point = tuple[float, float]


class Region(StrEnum):
    """Where lines run."""

    ABOVE = "above"
    """Over the path: work is sent back."""
    BETWEEN = "between"
    """To and from those who decide, and to the ends."""
    BELOW = "below"
    """From those who decide to one another, and to the ends."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """Moves that are drawn as one line."""

    region: Region
    hub: Stage
    """Where all of them lead, or come from."""
    others: tuple[Stage, ...]
    into: bool
    """Whether they lead to the hub."""
    kind: Move
    label: str
    """What counts them, or what they say; empty where the picture says it already."""


def lines_of(
    passages: Sequence[Passage], path: Sequence[Stage], manifest: Manifest
) -> tuple[Line, ...]:
    """The lines of the moves that do not lead straight on."""
    found: dict[tuple[Region, bool, Stage, Move], list[Passage]] = defaultdict(list)
    for one in passages:
        if not straight(one, path):
            found[_place(one, path)].append(one)
    return tuple(
        Line(region=region, hub=hub, into=into, kind=kind,
             others=tuple(one.here if into else one.there for one in many),
             label=_label(region, into, kind, many, manifest))
        for (region, into, hub, kind), many in found.items()
    )  # fmt: skip


def straight(one: Passage, path: Sequence[Stage]) -> bool:
    """Whether a move leads on to the next stage of the path."""
    if one.here not in path or one.there not in path or one.kind is Move.REWORK:
        return False
    return path.index(one.there) == path.index(one.here) + 1


def _place(one: Passage, path: Sequence[Stage]) -> tuple[Region, bool, Stage, Move]:
    if one.there in path and one.here in path:
        return Region.ABOVE, True, one.there, one.kind
    if one.there in path:
        return Region.BETWEEN, False, one.here, one.kind
    if one.here in path:
        return Region.BETWEEN, True, one.there, one.kind
    return Region.BELOW, True, one.there, one.kind


def _label(
    region: Region, into: bool, kind: Move, many: Sequence[Passage], manifest: Manifest
) -> str:
    if region is Region.BELOW:
        return ""
    if into:
        hub = many[0].there
        own = {Stage.ARBITRATION: Limit.ESCALATIONS, Stage.HUMAN: Limit.HUMAN_QUESTIONS}.get(hub)
        if own:
            many = [Passage(here=hub, there=hub, kind=kind, spends=(own,))]
        return counts(many, manifest) or ("goes on" if kind is Move.ANSWER else "")
    return _SAID.get(kind, "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Hung:
    """Where a line meets a box: the slot's `x`, and the edge of the box."""

    name: str
    x: float
    edge: float


def drawn(line: Line, y: float, hub: Hung, others: Sequence[Hung]) -> Iterator[Arrow]:
    """The arrows of a line at height `y`: one whole way, and the branches."""
    ordered = sorted(others, key=lambda one: abs(one.x - hub.x))
    whole = ordered.pop()
    yield _arrow(line, hub, whole, y, whole=True)
    across = [one for one in ordered if (one.x > hub.x) != (whole.x > hub.x)]
    for one in ordered:
        reach = bool(across) and one is across[-1]
        yield _arrow(line, hub, one, y, whole=False, reach=reach)


def _arrow(
    line: Line, hub: Hung, other: Hung, y: float, *, whole: bool, reach: bool = False
) -> Arrow:
    points: tuple[Point, ...] = ((other.x, other.edge), (other.x, y))
    if whole or reach:
        points = (*points, (hub.x, y))
    if whole:
        points = (*points, (hub.x, hub.edge))
    if line.into:
        return Arrow(source=other.name, target=hub.name, points=points, move=line.kind, head=whole)
    return Arrow(source=hub.name, target=other.name, points=points[::-1], move=line.kind)


def joints(line: Line, y: float, hub: Hung, others: Sequence[Hung]) -> Iterator[Box]:
    """Rings where something hangs on the line and the line goes on to both sides."""
    xs = sorted({hub.x, *(one.x for one in others)})
    for x in xs[1:-1]:
        yield Box(
            name=f"joint {line.kind} {line.hub} {line.into} {x:.1f} {y:.1f}",
            x=x - JOINT / 2, y=y - JOINT / 2, w=JOINT, h=JOINT, shape=Shape.CHIP,
            tone=TONES.get(line.kind, Tone.WORK),
        )  # fmt: skip
