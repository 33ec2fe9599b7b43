"""Numbers beside the points of a picture, where they cover neither a point nor one another."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import cos, dist, hypot, pi, sin
from typing import Any

Axes = Any
"""Matplotlib's axes."""
SIZE = 8
"""Of the letters, in points."""
RINGS = (16, 26, 38, 52)
"""Distances from a point at which a number is tried, in points."""
WAYS = (1, -1, 3, -3, 0, 4, 2, -2)
"""Directions that are tried at each, in eighths of a turn."""
MARKER = 5.5
"""Half the width of a marker, in points."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """A rectangle around a middle, in points."""

    x: float
    y: float
    half_width: float
    half_height: float

    def meets(self, other: "Box") -> bool:
        """Whether the two cover each other."""
        return (
            abs(self.x - other.x) < self.half_width + other.half_width
            and abs(self.y - other.y) < self.half_height + other.half_height
        )

    def within(self, other: "Box") -> bool:
        """Whether it lies inside the other."""
        return (
            abs(self.x - other.x) + self.half_width < other.half_width
            and abs(self.y - other.y) + self.half_height < other.half_height
        )

    def far(self, spot: "Spot") -> float:
        """How far a spot lies outside it, in points."""
        x, y = abs(self.x - spot[0]) - self.half_width, abs(self.y - spot[1]) - self.half_height
        return hypot(max(x, 0.0), max(y, 0.0))


Spot = tuple[float, float]


def put(axes: Axes, spots: Mapping[str, Spot]) -> None:
    """Write each text beside its spot (in the units of the axes), with a line where it is far.

    Texts whose spots cover each other are written as one. Call it when all else is in the axes:
    their size has to be known.
    """
    axes.get_figure(root=True).draw_without_rendering()
    room, places = _room(axes), {text: _in_points(axes, spot) for text, spot in spots.items()}
    grouped = _grouped(places)
    markers = [*places.values()]
    taken = [Box(x=x, y=y, half_width=MARKER, half_height=MARKER) for x, y in markers]
    for (x, y), texts in grouped.items():
        text = ", ".join(texts)
        box, far = _free((x, y), text, taken, markers, room)
        taken.append(box)
        line = {"arrowstyle": "-", "linewidth": 0.5, "color": "#555555", "shrinkB": 4}
        axes.annotate(
            text, spots[texts[0]], xytext=(box.x - x, box.y - y), textcoords="offset points",
            fontsize=SIZE, ha="center", va="center", zorder=5,
            arrowprops=line if far else None,
            bbox={"boxstyle": "square,pad=0.1", "facecolor": "white", "linewidth": 0, "alpha": 0.7},
        )  # fmt: skip


def _in_points(axes: Axes, spot: Spot) -> Spot:
    """Where a spot is, in points from the corner of the picture."""
    x, y = axes.transData.transform(spot) * 72 / axes.get_figure(root=True).dpi
    return float(x), float(y)


def _room(axes: Axes) -> Box:
    """What the axes enclose, in points."""
    inside, size = axes.get_window_extent(), 72 / axes.get_figure(root=True).dpi
    return Box(
        x=size * (inside.x0 + inside.x1) / 2, y=size * (inside.y0 + inside.y1) / 2,
        half_width=size * inside.width / 2, half_height=size * inside.height / 2,
    )  # fmt: skip


def _grouped(places: Mapping[str, Spot]) -> dict[Spot, list[str]]:
    """The texts by the first of the spots that cover each other."""
    found: dict[Spot, list[str]] = {}
    for text, place in places.items():
        near = (one for one in found if dist(one, place) < MARKER)
        found.setdefault(next(near, place), []).append(text)
    return found


def _free(
    spot: Spot, text: str, taken: Sequence[Box], markers: Sequence[Spot], room: Box
) -> tuple[Box, bool]:
    """The first place that covers nothing, and whether it is far; the nearest one if none is.

    Near its spot a text must be nearer to it than to any other marker.
    """
    tried = [*_around(*spot, text)]
    for number, box in enumerate(tried):
        far = number >= len(WAYS)
        free = box.within(room) and not any(box.meets(other) for other in taken)
        if free and (far or all(_reads(box, spot, one) for one in markers)):
            return box, far
    return tried[0], False


def _reads(box: Box, spot: Spot, other: Spot) -> bool:
    """Whether a text is read as that of its spot, and not as that of another."""
    return dist(spot, other) < MARKER or box.far(spot) < box.far(other)


def _around(x: float, y: float, text: str) -> Iterator[Box]:
    half_width, half_height = 0.31 * SIZE * len(text), 0.55 * SIZE
    for ring in RINGS:
        for way in WAYS:
            turn = way * pi / 4
            yield Box(
                x=x + (ring + half_width - 3) * cos(turn), y=y + ring * sin(turn),
                half_width=half_width + 1, half_height=half_height,
            )  # fmt: skip
