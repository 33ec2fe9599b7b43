"""Where everything of a process map stands: the path of work above, authorities and ends below."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from remit.analysis.process_map.legend import legend
from remit.analysis.process_map.lines import Hung, Line, Region, drawn, joints, lines_of, straight
from remit.analysis.process_map.passages import AUTHORITIES, Passage
from remit.analysis.process_map.telling import who
from remit.analysis.swimlane.drawing import Arrow, Box, Picture, Shape, Tone, Words
from remit.analysis.swimlane.lettering import broken, width
from remit.analysis.wording import counted, spaced
from remit.graph.manifest import Manifest
from remit.graph.rules import PATH
from remit.state.handoff import Move
from remit.state.vocabulary import Stage

WIDTH = 1000
MARGIN, GAP = 12.0, 18.0
STAGE_W, STAGE_H = 118.0, 54.0
"""A stage is narrower where many stand on the path."""
HUB_H, HUB_GAP = 42.0, 12.0
APART, APART_ABOVE = 13.0, 24.0
"""Between two lines; above the path each has its label over it."""
CORNER = 8.0
"""Slanted and round corners take that much."""
NEAR = 6.0
"""Upright lines stand at least that far apart."""
SIZE, SMALL = 10.0, 9.0
_LOOKS = {
    Stage.CHANGE_CONTROL: (Shape.SLANTED, Tone.CHANGE),
    Stage.ARBITRATION: (Shape.POINTED, Tone.QUESTION),
    Stage.HUMAN: (Shape.ROUND, Tone.HUMAN),
    Stage.RELEASE: (Shape.ROUND, Tone.HUMAN),
    Stage.SHIPPED: (Shape.DOUBLE, Tone.GOOD),
    Stage.STOPPED: (Shape.DOUBLE, Tone.BAD),
    Stage.STOPPED_BY_POLICY: (Shape.DOUBLE, Tone.BAD),
}
_HUBS = (*AUTHORITIES, Stage.STOPPED, Stage.STOPPED_BY_POLICY)
_SAYING = {
    Stage.SHIPPED: "the work is done",
    Stage.STOPPED: "by a decision",
    Stage.STOPPED_BY_POLICY: "a limit or budget",
    Stage.HUMAN: "a person decides",
}


def lay_out(title: str, manifest: Manifest, passages: Sequence[Passage]) -> Picture:
    """The picture of the moves of a manifest."""
    stages = {stage for one in passages for stage in (one.here, one.there)}
    path = [one for one in (*PATH, Stage.SOLO, Stage.RELEASE, Stage.SHIPPED) if one in stages]
    lines = lines_of(passages, path, manifest)
    return _Layout(title, manifest, passages, path, lines).picture()


@dataclass(frozen=True, slots=True)
class _Layout:
    title: str
    manifest: Manifest
    passages: Sequence[Passage]
    path: Sequence[Stage]
    lines: Sequence[Line]

    def picture(self) -> Picture:
        levels = self._levels()
        at = _heights({side: len(self._in(side)) for side in Region}, levels)
        boxes = {**self._path(at), **self._hubs(at)}
        slots = self._slots(boxes)
        arrows = list(self._onward(boxes))
        rings: list[Box] = []
        words: list[Words] = []
        for side in Region:
            for number, line in enumerate(self._in(side)):
                y = at.line(side, levels.get(line, number))
                hub, others = slots[line]
                arrows += drawn(line, y, hub, others)
                rings += joints(line, y, hub, others)
                words += _label(line, y, hub, others)
        samples, names, bottom = legend(self.passages, MARGIN, at.bottom + 22, WIDTH - 2 * MARGIN)
        return Picture(
            width=self._width(), height=bottom, title=self.title, about=self._about(),
            boxes=(*boxes.values(), *rings), arrows=tuple(arrows), bands=(), gauges=(),
            words=(*words, *names), rules=(), legend=samples,
        )  # fmt: skip

    def _in(self, side: Region) -> list[Line]:
        """The lines of a region, those of the last hub first: they leave to the right."""
        found = [one for one in self.lines if one.region is side]
        order = [*self.path, *_HUBS]
        return sorted(found, key=lambda one: (-order.index(one.hub), one.into, one.kind))

    def _levels(self) -> dict[Line, int]:
        """How high each line above the path runs: over those that it spans, beside all others."""
        found: dict[Line, int] = {}
        spans = {line: self._span(line) for line in self._in(Region.ABOVE)}
        for line in sorted(spans, key=lambda one: spans[one][1] - spans[one][0]):
            first, last = spans[line]
            under = [
                level
                for other, level in found.items()
                if spans[other][0] <= last and first <= spans[other][1]
            ]
            found[line] = max(under, default=-1) + 1
        return found

    def _span(self, line: Line) -> tuple[int, int]:
        places = [self.path.index(one) for one in (line.hub, *line.others)]
        return min(places), max(places)

    def _path(self, at: "_Heights") -> dict[Stage, Box]:
        pitch = min(STAGE_W + GAP, (self._width() - 2 * MARGIN + GAP) / len(self.path))
        left = (self._width() - pitch * len(self.path) + GAP) / 2
        return {
            stage: self._box(stage, left + pitch * number, at.path, pitch - GAP, STAGE_H)
            for number, stage in enumerate(self.path)
        }

    def _hubs(self, at: "_Heights") -> dict[Stage, Box]:
        """Those who decide and the other ends, as broad as the labels of their lines need."""
        hubs = self._hubs_there()
        widths = [self._breadth(hub) for hub in hubs]
        spaces = max(1, len(hubs) - 1)
        space = min(60.0, (self._width() - 2 * MARGIN - sum(widths)) / spaces)
        x = (self._width() - sum(widths) - space * spaces) / 2
        found: dict[Stage, Box] = {}
        for hub, breadth in zip(hubs, widths, strict=True):
            found[hub] = self._box(hub, x, at.hubs, breadth, HUB_H)
            x += breadth + space
        return found

    def _hubs_there(self) -> list[Stage]:
        return [one for one in _HUBS if any(one in (x.here, x.there) for x in self.passages)]

    def _width(self) -> float:
        """Wide enough for the lower row, whatever numbers stand on its lines."""
        hubs = self._hubs_there()
        row = sum(map(self._breadth, hubs)) + HUB_GAP * (len(hubs) - 1)
        return max(float(WIDTH), row + 2 * MARGIN)

    def _breadth(self, hub: Stage) -> float:
        labels = sum(_room(one) for one in self._in(Region.BETWEEN) if one.hub is hub)
        title = max(width(spaced(hub), SIZE, bold=True), width(self._said(hub), SMALL))
        return max(labels + 6, title + 14) + 2 * CORNER

    def _box(self, stage: Stage, x: float, y: float, w: float, h: float) -> Box:
        shape, tone = _LOOKS.get(stage, (Shape.PLAIN, Tone.WORK))
        titles = broken(spaced(stage), w - 8, SIZE, 2, bold=True)
        said = broken(self._said(stage), w - 8, SMALL, 3 - len(titles) if h < 50 else 2)
        told = [(text, SIZE, True) for text in titles] + [(text, SMALL, False) for text in said]
        first = y + h / 2 - 6 * len(told) + 9
        return Box(
            name=str(stage), x=x, y=y, w=w, h=h, shape=shape, tone=tone,
            words=tuple(
                Words(x=x + w / 2, y=first + 12 * number, text=text, size=size, bold=bold,
                      quiet=not bold, anchor="middle")
                for number, (text, size, bold) in enumerate(told)
            ),
            hint=f"{spaced(stage)}: {self._said(stage)}",
        )  # fmt: skip

    def _said(self, stage: Stage) -> str:
        return _SAYING.get(stage) or who(self.manifest, stage)

    def _onward(self, boxes: Mapping[Stage, Box]) -> Iterator[Arrow]:
        for one in self.passages:
            if straight(one, self.path):
                here, there = boxes[one.here], boxes[one.there]
                points = ((here.right, here.middle), (there.x, there.middle))
                yield Arrow(source=here.name, target=there.name, points=points, move=one.kind)

    def _slots(self, boxes: Mapping[Stage, Box]) -> dict[Line, tuple[Hung, tuple[Hung, ...]]]:
        """By line, where it meets its boxes."""
        taken: list[float] = []
        xs: dict[tuple[Line, Stage, bool], float] = {}
        for stage, box in boxes.items():
            for under in (False, True):
                ends = [one for one in self._ends(stage) if one[2] is under]
                for number, (line, hub, _) in enumerate(ends):
                    x = self._slot(box, stage, number, ends)
                    while any(abs(x - other) < NEAR for other in taken):
                        x += 0.5
                    taken.append(x)
                    xs[line, stage, hub] = x
        return {line: self._hung(line, boxes, xs) for line in self.lines}

    def _slot(
        self, box: Box, stage: Stage, number: int, ends: Sequence[tuple[Line, bool, bool]]
    ) -> float:
        labelled = stage in _HUBS and ends[0][0].region is Region.BETWEEN
        if not labelled:
            return box.x + box.w * (number + 1) / (len(ends) + 1)
        before = sum(_room(line) for line, _, _ in ends[:number])
        return box.x + CORNER + 2 + before

    def _ends(self, stage: Stage) -> list[tuple[Line, bool, bool]]:
        """The line ends at a box: the line, whether the box is its hub, and whether underneath."""
        found: list[tuple[Line, bool, bool]] = []
        for side in Region:
            under = (side is Region.BELOW) if stage in _HUBS else (side is Region.BETWEEN)
            for line in reversed(self._in(side)):
                found += [(line, True, under)] if line.hub is stage else []
                found += [(line, False, under)] if stage in line.others else []
        return found

    def _hung(
        self, line: Line, boxes: Mapping[Stage, Box], xs: Mapping[tuple[Line, Stage, bool], float]
    ) -> tuple[Hung, tuple[Hung, ...]]:
        def hang(stage: Stage, hub: bool) -> Hung:
            box = boxes[stage]
            under = (
                (line.region is Region.BELOW) if stage in _HUBS else (line.region is Region.BETWEEN)
            )
            return Hung(name=box.name, x=xs[line, stage, hub], edge=box.bottom if under else box.y)

        return hang(line.hub, True), tuple(hang(one, False) for one in line.others)

    def _about(self) -> str:
        back = sum(one.kind is Move.REWORK for one in self.passages)
        return (
            f"{counted(len(self.path), 'box')} on the path of work, from "
            f"{spaced(self.path[0])} to {spaced(self.path[-1])}; "
            f"{counted(len(self.passages), 'move')}, {back} of them send work back"
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Heights:
    """How far down the rows of boxes and the lines between them are."""

    path: float
    hubs: float
    bottom: float

    def line(self, side: Region, number: int) -> float:
        """How far down a line of a region runs."""
        if side is Region.ABOVE:
            return self.path - 16 - APART_ABOVE * number
        if side is Region.BETWEEN:
            return self.path + STAGE_H + 20 + APART * number
        return self.hubs + HUB_H + 18 + APART * number


def _heights(lines: Mapping[Region, int], levels: Mapping[Line, int]) -> _Heights:
    above = 1 + max(levels.values(), default=-1)
    between, below = lines[Region.BETWEEN], lines[Region.BELOW]
    path = MARGIN + (10 + APART_ABOVE * above if above else 0)
    hubs = path + STAGE_H + (20 + APART * between + 24 if between else GAP)
    bottom = hubs + HUB_H + (18 + APART * below if below else 0)
    return _Heights(path=path, hubs=hubs, bottom=bottom)


def _room(line: Line) -> float:
    """The room of an upright line and its label beside it."""
    return width(line.label, SMALL) + 13


def _label(line: Line, y: float, hub: Hung, others: Sequence[Hung]) -> Iterator[Words]:
    if not line.label:
        return
    if line.region is Region.ABOVE:
        xs = [hub.x, *(one.x for one in others)]
        middle = (min(xs) + max(xs)) / 2
        yield Words(x=middle, y=y - 6, text=line.label, size=SMALL, quiet=True, anchor="middle")
    else:
        yield Words(x=hub.x + 5, y=hub.edge - 9, text=line.label, size=SMALL, quiet=True)
