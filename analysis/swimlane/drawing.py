"""What a swimlane is made of, laid out: boxes, arrows, bands, gauges and words, in pixels.

The origin is at the top left. Nothing here knows how it is written down.
"""

from dataclasses import dataclass
from enum import StrEnum

from remit.state.handoff import Move


class Shape(StrEnum):
    """The outline of a box: kinds of work differ in it, not only in their colour."""

    PLAIN = "plain"
    """A rectangle: work on the straight way."""
    CUT = "cut"
    """A rectangle without its corners: rework."""
    SLANTED = "slanted"
    """A parallelogram: a change, or work that one caused."""
    POINTED = "pointed"
    """A hexagon: a question to the CTO."""
    ROUND = "round"
    """A pill in a double line: a person is waited for."""
    DOUBLE = "double"
    """A rectangle in a heavy double line: the end."""
    FOLDED = "folded"
    """A rectangle with torn sides: rounds of a loop that are not drawn."""
    CHIP = "chip"
    """A small label from which an arrow goes on."""


class Tone(StrEnum):
    """The colour of a box or of words."""

    WORK = "work"
    REWORK = "rework"
    CHANGE = "change"
    QUESTION = "question"
    HUMAN = "human"
    GOOD = "good"
    BAD = "bad"
    QUIET = "quiet"


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """One line of text; `y` is its baseline."""

    x: float
    y: float
    text: str
    size: float
    bold: bool = False
    quiet: bool = False
    anchor: str = "start"
    """`start`, `middle` or `end`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """Something that arrows can end on."""

    name: str
    """Unique in the picture."""
    x: float
    y: float
    w: float
    h: float
    shape: Shape
    tone: Tone
    words: tuple[Words, ...] = ()
    open: bool = False
    """Still awaited: drawn with a broken line."""
    seq: int | None = None
    """The handoff that it shows; `None` where it shows none, or many."""
    leads: int | None = None
    """The handoff that a link on it leads to, where that is not `seq`."""
    hint: str = ""
    """Shown when it is pointed at."""

    @property
    def right(self) -> float:
        """Where the box ends."""
        return self.x + self.w

    @property
    def bottom(self) -> float:
        """Where the box ends, downwards."""
        return self.y + self.h

    @property
    def middle(self) -> float:
        """Half way down: where arrows come and go."""
        return self.y + self.h / 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrow:
    """A handoff from one box to another, along right angles.

    Of several arrows that leave a box, one begins at it and the others branch off. Where a group
    hands over together, the lines of the others (without a head) join that of the source.
    """

    source: str
    target: str
    points: tuple[tuple[float, float], ...]
    move: Move
    head: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Band:
    """A stretch of time under one contract version."""

    x: float
    y: float
    w: float
    h: float
    words: Words
    frozen: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Gauge:
    """A counter at one moment: `used` of `cells` are filled."""

    x: float
    y: float
    w: float
    h: float
    cells: int
    used: int
    words: Words


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A straight line that only guides the eye."""

    x1: float
    y1: float
    x2: float
    y2: float
    strong: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A laid-out swimlane."""

    width: float
    height: float
    title: str
    about: str
    """The picture in a sentence, for who cannot see it."""
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    bands: tuple[Band, ...]
    gauges: tuple[Gauge, ...]
    words: tuple[Words, ...]
    rules: tuple[Rule, ...]
    legend: tuple[Arrow, ...] = ()
    """Samples of the arrows that occur; they end on nothing."""
