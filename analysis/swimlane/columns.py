"""The columns of a swimlane, and how they are packed into systems.

A column is a step, a fold, or the end.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from remit.analysis.folding import Fold, Told, folded
from remit.analysis.story import End, Step, Story, Work
from remit.state.handoff import Move, Spent

Column = Told | End
MARGIN = 12
LABELS = 72
"""Room for the names of the lanes."""
CHIPS_IN, CHIPS_OUT = 42, 56
"""Room for the chips at the left and at the right end of a system."""
GUTTER = 24
"""Before each column; no box ever stands there, so arrows turn in it."""
STEP_W, STEP_W_MOST, FOLD_W, END_W = 105, 112, 130, 138
NARROWER = 20
"""By how much systems are made narrower, as long as they hold all columns."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """A column with its place in its system."""

    column: Column
    x: float
    w: float

    @property
    def trunk(self) -> float:
        """Where the arrows into it turn."""
        return self.x - GUTTER / 3

    @property
    def joint(self) -> float:
        """Where the lines of a group that hands over together meet."""
        return self.x - 2 * GUTTER / 3


def columns_of(story: Story) -> list[Column]:
    """The columns of a run, in order."""
    return [*folded(story.steps), *([story.end] if story.end else [])]


def rows_of(columns: Sequence[Column], room: float) -> list[list[Placed]]:
    """The columns of each system, left to right: no more systems than it takes, alike in width."""
    widest = room - MARGIN - CHIPS_OUT
    fewest = len(_packed(columns, widest))
    narrowest = widest
    while narrowest > NARROWER and len(_packed(columns, narrowest - NARROWER)) == fewest:
        narrowest -= NARROWER
    return _packed(columns, narrowest)


def _packed(columns: Sequence[Column], right: float) -> list[list[Placed]]:
    rows: list[list[Placed]] = []
    x = right
    for column in columns:
        breadth = _breadth(column)
        if not rows or x + GUTTER + breadth > right:
            rows.append([])
            x = float(MARGIN + LABELS + CHIPS_IN)
        rows[-1].append(Placed(column=column, x=x + GUTTER, w=breadth))
        x += GUTTER + breadth
    return rows


def _breadth(column: Column) -> float:
    """Longer work is wider, by its logarithm: a person's day stands beside an agent's minute."""
    if isinstance(column, Fold):
        return FOLD_W
    if isinstance(column, End):
        return END_W
    return min(STEP_W_MOST, STEP_W + math.log2(1 + column.duration_s / 600))


def share(work: Work, step: Step, room: float) -> float:
    """The breadth of one work in its step: less than the longest beside it, as its text allows."""
    longest, mine = step.duration_s, work.duration_s
    if mine is None or not longest:
        return room
    return max(STEP_W, room * math.log2(2 + mine) / math.log2(2 + longest))


def source_of(column: Column) -> int | None:
    """The work whose report led to the column; `None` for what the brief starts."""
    return column.source if isinstance(column, End) else _first(column).works[0].source


def beside_source(column: Column) -> tuple[int, ...]:
    """The works that hand over together with the source."""
    return column.beside if isinstance(column, End) else _first(column).works[0].beside


def targets_of(column: Column) -> list[str]:
    """The names of the boxes that stand for the column."""
    if isinstance(column, End):
        return ["end"]
    if isinstance(column, Fold):
        return [f"fold {column.first}"]
    return [f"work {work.seq}" for work in column.works]


def move_into(column: Column, seq: int | None) -> Move:
    """What kind of handoff leads to the column (to the work of that handoff in it)."""
    if isinstance(column, End):
        return Move.END
    works = _first(column).works
    return next((work.move for work in works if work.seq == seq), works[0].move)


def starts_at(column: Column) -> int:
    """When the column begins, in seconds of the run's own time."""
    return column.at_s if isinstance(column, End) else _first(column).start_s


def met_in(column: Column) -> Iterator[tuple[Spent, bool]]:
    """What is spent under the limits in the column, in order, and whether their end was reached."""
    for part in column.steps if isinstance(column, Fold) else (column,):
        ended = {one.spent.limit: one.spent for one in part.reached}
        yield from ((one, one.limit in ended) for one in part.spent)
        spent = {one.limit for one in part.spent}
        yield from ((one, True) for limit, one in ended.items() if limit not in spent)


def contract_in(column: Column, story: Story) -> str:
    """What is said of the contract in the column: its version, and what that changed."""
    last = story.steps[-1] if isinstance(column, End) else column
    step = last.steps[-1] if isinstance(last, Fold) else last
    if not step.contract:
        return "no contract frozen yet"
    changed = f": {step.changed}" if step.changed else ""
    return f"contract {step.contract}, frozen{changed}"


def _first(column: Told) -> Step:
    return column.steps[0] if isinstance(column, Fold) else column
