"""Numbers beside the points of a picture, where they cover neither a point nor one another."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import cos, pi, sin
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


Spot = tuple[float, float]


def put(axes: Axes, spots: Mapping[str, Spot]) -> None:
    """Write each text beside its spot (in the units of the axes), with a line where it is far."""
    places = {text: _in_points(axes, spot) for text, spot in spots.items()}
    taken = [Box(x=x, y=y, half_width=MARKER, half_height=MARKER) for x, y in places.values()]
    for text, (x, y) in places.items():
        box, far = _free(x, y, text, taken)
        taken.append(box)
        line = {"arrowstyle": "-", "linewidth": 0.5, "color": "#555555", "shrinkB": 4}
        axes.annotate(
            text, spots[text], xytext=(box.x - x, box.y - y), textcoords="offset points",
            fontsize=SIZE, ha="center", va="center", zorder=5,
            arrowprops=line if far else None,
        )  # fmt: skip


def _in_points(axes: Axes, spot: Spot) -> Spot:
    """Where a spot is, about, in points from the corner of the axes."""
    width, height = axes.figure.get_size_inches()
    box = axes.get_position()
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    x, y = (spot[0] - left) / (right - left), (spot[1] - bottom) / (top - bottom)
    return 72 * width * box.width * x, 72 * height * box.height * y


def _free(x: float, y: float, text: str, taken: Sequence[Box]) -> tuple[Box, bool]:
    """The first place that covers nothing, and whether it is far; the nearest one if none is."""
    tried = [*_around(x, y, text)]
    for number, box in enumerate(tried):
        if not any(box.meets(other) for other in taken):
            return box, number >= len(WAYS)
    return tried[0], False


def _around(x: float, y: float, text: str) -> Iterator[Box]:
    half_width, half_height = 0.31 * SIZE * len(text), 0.55 * SIZE
    for ring in RINGS:
        for way in WAYS:
            turn = way * pi / 4
            yield Box(
                x=x + (ring + half_width - 3) * cos(turn), y=y + ring * sin(turn),
                half_width=half_width + 1, half_height=half_height,
            )  # fmt: skip
