"""Where everything of a swimlane stands.

All arrows into a column come from one source, because one report decides each step. They leave
along the lane of their source, which is free until then, and turn in the gutter before the column.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from remit.analysis.folding import Fold
from remit.analysis.story import End, Step, Story
from remit.analysis.swimlane.boxes import (
    BOX_H,
    CHIP_H,
    chip,
    chip_before,
    end_box,
    fold_box,
    work_box,
)
from remit.analysis.swimlane.columns import (
    CHIPS_IN,
    GUTTER,
    LABELS,
    MARGIN,
    Column,
    Placed,
    beside_source,
    columns_of,
    contract_in,
    met_in,
    move_into,
    rows_of,
    share,
    source_of,
    starts_at,
    targets_of,
)
from remit.analysis.swimlane.drawing import Arrow, Band, Box, Gauge, Picture, Rule, Words
from remit.analysis.swimlane.legend import legend
from remit.analysis.swimlane.lettering import fitted, width
from remit.analysis.swimlane.notes import header, notes
from remit.analysis.wording import SEATS, clock, spaced
from remit.state.errors import InputError
from remit.state.handoff import Move, Spent
from remit.state.vocabulary import Seat

WIDTH = 1000
"""Of the picture, in pixels: what a notebook and a printed page show without scaling."""
NARROWEST, WIDEST = 480, 20_000
LANE, IDLE = BOX_H + 19, 14
BAND_H, AXIS_H, GAUGE_H, GAP = 17, 16, 18, 24
JOINT = 6
"""Before a chip: where the lines of a group that hands over together meet."""
CELLS = 12
"""A counter with more allowed than this is drawn as a bar of that many cells."""


def lay_out(story: Story, room: float = WIDTH, *, alone: bool = True) -> Picture:
    """The swimlane of a run, `room` pixels wide and as high as it needs to be.

    A picture that does not stand alone leaves out what is said beside it: what run it is and how it
    ended, what was asked, debt and loops.

    Raises:
        InputError: too narrow to hold a step, or wider than anybody looks at.
    """
    if not NARROWEST <= room <= WIDEST:
        raise InputError(f"width: {room:g} pixels; give {NARROWEST} to {WIDEST}")
    columns, inner = columns_of(story), room - 2 * MARGIN
    head, top = header(story, MARGIN, inner)
    top = top if alone else 2 * MARGIN
    samples, arrows, names, top = legend(columns, MARGIN, top, inner)
    sheet = _Sheet(story, room)
    for row in rows_of(columns, room):
        top = sheet.add(row, top) + GAP
    said, bottom = notes(story, MARGIN, top - GAP / 2, inner) if alone else ((), top - GAP)
    return Picture(
        width=room,
        height=math.ceil(bottom + MARGIN),
        title=fitted(f"Run {story.summary.id}: {story.summary.title}", 10_000, 1),
        about=" ".join(word.text for word in head[1:]),
        boxes=(*samples, *sheet.boxes),
        arrows=tuple(sheet.arrows),
        bands=tuple(sheet.bands),
        gauges=tuple(sheet.gauges),
        words=(*(head if alone else ()), *names, *sheet.words, *said),
        rules=tuple(sheet.rules),
        legend=arrows,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _System:
    """A row of columns with its lanes."""

    columns: Sequence[Placed]
    top: float
    lanes: dict[Seat, tuple[float, float]]
    """Top and height of each lane."""

    @property
    def lanes_top(self) -> float:
        return self.top + BAND_H + AXIS_H

    @property
    def lanes_bottom(self) -> float:
        return max(top + height for top, height in self.lanes.values())

    def along(self, seat: Seat) -> float:
        """The height at which arrows run along the last row of a lane: half way down its boxes."""
        top, height = self.lanes[seat]
        return top + height / 2 if height == IDLE else top + height - LANE + _DOWN + BOX_H / 2


_DOWN = 15
"""From the top of a lane to its boxes: the handoff's number stands there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Leaving:
    """Where the arrows into a column come from."""

    box: Box
    system: int
    """The number of the system in which the box is."""
    lane: Seat


class _Sheet:
    """What is drawn so far: systems are added from top to bottom."""

    def __init__(self, story: Story, room: float) -> None:
        self._story, self._room = story, room
        self._who = {work.seq: work.who for work in story.works}
        self._systems: list[_System] = []
        self._stands: dict[int, tuple[Box, int]] = {}
        """The box in which the work of a handoff is drawn, and the number of its system."""
        self._folds: list[tuple[Box, int]] = []
        self._named: dict[str, Box] = {}
        self.boxes: list[Box] = []
        self.arrows: list[Arrow] = []
        self.bands: list[Band] = []
        self.gauges: list[Gauge] = []
        self.words: list[Words] = []
        self.rules: list[Rule] = []

    def add(self, row: Sequence[Placed], top: float) -> float:
        """Draw a system below `top`; where it ends."""
        system = _System(columns=row, top=top, lanes=self._lanes(row, top))
        self._systems.append(system)
        self._frame(system)
        for placed in row:
            self._column(system, placed)
            self._lead_in(system, placed)
        self._contracts(system)
        return self._counters(system)

    def _lanes(self, row: Sequence[Placed], top: float) -> dict[Seat, tuple[float, float]]:
        """A lane is as high as the most works that stand in it at once, and low where none does."""
        stacks = dict.fromkeys(Seat, 0)
        for placed in row:
            column = placed.column
            who = [work.who for work in column.works] if isinstance(column, Step) else []
            source = source_of(column)
            if isinstance(column, End) or (source is not None and source in self._stands):
                stacks[self._lane(source)] = max(stacks[self._lane(source)], 1)
            for seat in who:
                stacks[seat] = max(stacks[seat], who.count(seat))
        lanes: dict[Seat, tuple[float, float]] = {}
        y = top + BAND_H + AXIS_H
        for seat, stack in stacks.items():
            lanes[seat] = (y, stack * LANE if stack else IDLE)
            y += lanes[seat][1]
        return lanes

    def _lane(self, source: int | None) -> Seat:
        return self._who[source] if source is not None else self._story.works[0].who

    def _frame(self, system: _System) -> None:
        right = self._room - MARGIN
        for seat, (top, height) in system.lanes.items():
            busy = height > IDLE
            self.rules.append(Rule(x1=MARGIN, y1=top, x2=right, y2=top, strong=seat is Seat.CTO))
            self.words.append(
                Words(x=MARGIN + 4, y=top + height / 2 + (4 if busy else 3), text=SEATS[seat],
                      size=11 if busy else 8.5, bold=busy, quiet=not busy)
            )  # fmt: skip
        self.words.append(
            Words(x=MARGIN + 4, y=system.lanes_top - 4, text="h:min", size=9, quiet=True)
        )
        bottom = system.lanes_bottom
        self.rules.append(Rule(x1=MARGIN, y1=bottom, x2=right, y2=bottom, strong=True))

    def _column(self, system: _System, placed: Placed) -> None:
        column = placed.column
        if isinstance(column, Step):
            self._step(system, placed, column)
        elif isinstance(column, Fold):
            top, height = system.lanes_top + 5, system.lanes_bottom - system.lanes_top - 10
            box = self._keep(fold_box(column, placed.x, top, placed.w, height))
            here = (box, len(self._systems) - 1)
            self._folds.append(here)
            self._stands |= {work.seq: here for step in column.steps for work in step.works}
        else:
            y = system.along(self._lane(column.source)) - BOX_H / 2
            self._tag(self._keep(end_box(column, self._story, placed.x, y, placed.w)))
        y = system.lanes_top - 4
        said = clock(starts_at(column))
        self.words.append(Words(x=placed.x, y=y, text=said, size=9, quiet=True))

    def _keep(self, box: Box) -> Box:
        self.boxes.append(box)
        self._named[box.name] = box
        return box

    def _step(self, system: _System, placed: Placed, step: Step) -> None:
        seen = dict.fromkeys(Seat, 0)
        for work in step.works:
            y = system.lanes[work.who][0] + seen[work.who] * LANE + _DOWN
            seen[work.who] += 1
            box = self._keep(work_box(work, placed.x, y, share(work, step, placed.w)))
            self._stands[work.seq] = (box, len(self._systems) - 1)
            self._tag(box)

    def _tag(self, box: Box) -> None:
        """The number of the handoff, above its box."""
        self.words.append(Words(x=box.x + 1, y=box.y - 3, text=f"#{box.seq}", size=8.5, quiet=True))

    def _lead_in(self, system: _System, placed: Placed) -> None:
        """The arrows into a column: from its source, or from a chip that stands for it."""
        column = placed.column
        targets = [self._named[name] for name in targets_of(column)]
        leaving = self._leaving(source_of(column), placed)
        if leaving is None:
            box, lane = self._chip_in(system, "brief", self._lane(None)), self._lane(None)
        elif leaving.system == len(self._systems) - 1:
            box, lane = leaving.box, leaving.lane
            self._join(box, beside_source(column), placed.joint, move_into(column, None))
        else:
            self._chip_out(leaving, column, targets)
            box = self._chip_in(system, _named(leaving.box), leaving.lane)
            lane = leaving.lane
        y = system.along(lane) if _is_fold(box) else box.middle
        for target, points in _fan((box.right, y), placed.trunk, targets):
            self.arrows.append(
                Arrow(source=box.name, target=target.name, points=points,
                      move=move_into(column, target.seq))
            )  # fmt: skip

    def _join(self, source: Box, beside: Sequence[int], x: float, move: Move) -> None:
        """The lines of those who hand over together with the source, from the outermost in."""
        others = [self._stands[seq][0] for seq in beside]
        if any(other.x != source.x for other in (*others, source)):
            return
        for side in (1, -1):
            outer = [box for box in others if (box.middle - source.middle) * side > 0]
            outer.sort(key=lambda box: -box.middle * side)
            inward = [*outer, source]
            for box, nearer in pairwise(inward):
                points = ((box.right, box.middle), (x, box.middle), (x, nearer.middle))
                self.arrows.append(Arrow(source=box.name, target=source.name, points=points,
                                         move=move, head=False))  # fmt: skip

    def _leaving(self, source: int | None, placed: Placed) -> _Leaving | None:
        """The box that the arrows into a column leave: where a fold stands between, the fold."""
        if source is None:
            return None
        box, where = self._stands[source]
        here = (len(self._systems) - 1, placed.x)
        for fold, there in self._folds:
            if (where, box.x) < (there, fold.x) < here:
                box, where = fold, there
        return _Leaving(box=box, system=where, lane=self._who[source])

    def _chip_out(self, leaving: _Leaving, column: Column, targets: Sequence[Box]) -> None:
        """The chip at the right end of an earlier system: where its last arrow goes on."""
        name = f"out {leaving.box.name} {leaving.lane}"
        if name in self._named:
            return
        y = self._systems[leaving.system].along(leaving.lane)
        y = y if _is_fold(leaving.box) else leaving.box.middle
        move = move_into(column, targets[0].seq)
        made = self._keep(chip_before(name, _range(targets), self._room - MARGIN, y - CHIP_H / 2))
        points = ((leaving.box.right, y), (made.x, y))
        self.arrows.append(Arrow(source=leaving.box.name, target=name, points=points, move=move))
        self._join(leaving.box, beside_source(column), made.x - JOINT, move)

    def _chip_in(self, system: _System, text: str, lane: Seat) -> Box:
        """The chip at the left end of a system: where an arrow comes from."""
        name = f"in {len(self._systems)} {lane}"
        known = self._named.get(name)
        y = system.along(lane) - CHIP_H / 2
        return known or self._keep(chip(name, text, MARGIN + LABELS, y))

    def _contracts(self, system: _System) -> None:
        """The band of contract versions above the lanes."""
        stretches: list[tuple[str, float]] = []
        for placed in system.columns:
            said = contract_in(placed.column, self._story)
            if not stretches or stretches[-1][0] != said:
                stretches.append((said, placed.trunk))
        ends = [*(x for _, x in stretches[1:]), self._room - MARGIN]
        for (said, x), end in zip(stretches, ends, strict=True):
            text = fitted(said, end - x - 14, 9.5)
            words = Words(x=x + 6, y=system.top + 10.5, size=9.5, text=text)
            self.bands.append(Band(x=x, y=system.top, w=end - x - 2, h=BAND_H - 3, words=words,
                                   frozen=said.startswith("contract")))  # fmt: skip

    def _counters(self, system: _System) -> float:
        """A line for each counter that is spent here, a little fuller each time; where they end."""
        met = [(placed, *one) for placed in system.columns for one in met_in(placed.column)]
        y = system.lanes_bottom + 4
        for limit in self._story.counts:
            mine = {placed.x: (placed, one, end) for placed, one, end in met if one.limit is limit}
            if not mine:
                continue
            name = fitted(spaced(limit), LABELS + CHIPS_IN + GUTTER - 10, 9.5)
            self.words.append(Words(x=MARGIN + 4, y=y + 12, text=name, size=9.5, quiet=True))
            self.gauges += [gauge(placed, y + 3, one, end) for placed, one, end in mine.values()]
            y += GAUGE_H
        return y


def gauge(placed: Placed, y: float, one: Spent, end: bool) -> Gauge:
    """Cells that are full when the limit is; one that has none is never full."""
    used, allowed = one.used, one.allowed
    text = f"{used} of {'∞' if allowed is None else allowed}{', end' if end else ''}"
    most = used + 1 if allowed is None else max(1, allowed)
    cells = min(most, CELLS)
    filled = min(cells, max(cells * used // most, int(used > 0)))
    w = min(placed.w - width(text, 9.5) - 8, cells * 11.0)
    words = Words(x=placed.x + w + 4, y=y + 8.5, text=text, size=9.5)
    return Gauge(x=placed.x, y=y, w=w, h=10, cells=cells, used=filled, words=words)


def _fan(
    start: tuple[float, float], trunk: float, targets: Sequence[Box]
) -> Iterator[tuple[Box, tuple[tuple[float, float], ...]]]:
    """The lines to each target: one from the start, the others from where it turns, outwards."""
    at = [start, (trunk, start[1])]
    level = [box for box in targets if _is_fold(box) or box.middle == start[1]]
    for box in level:
        yield box, (start, (box.x, start[1]))
        at = [(trunk, start[1])]
    for side in (1, -1):
        line = at
        outward = [
            box for box in targets if box not in level and (box.middle - start[1]) * side > 0
        ]
        for box in sorted(outward, key=lambda box: box.middle * side):
            turn = (trunk, box.middle)
            yield box, (*line, turn, (box.x, box.middle))
            line, at = [turn], [(trunk, start[1])]


def _is_fold(box: Box) -> bool:
    return box.name.startswith("fold ")


def _range(targets: Sequence[Box]) -> str:
    """The handoffs that a chip leads to."""
    first, last = targets[0], targets[-1]
    if _is_fold(first):
        return "below"
    return f"#{first.seq}" if first is last else f"#{first.seq}-{last.seq}"


def _named(box: Box) -> str:
    return "above" if _is_fold(box) else f"#{box.seq}"
