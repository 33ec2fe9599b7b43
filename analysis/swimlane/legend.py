"""The legend of a swimlane: the shapes and arrows that occur in it, and no others."""

from collections.abc import Sequence

from remit.analysis.story import Kind, Step
from remit.analysis.swimlane.boxes import PAD, SHAPES
from remit.analysis.swimlane.columns import Column
from remit.analysis.swimlane.drawing import Arrow, Box, Words
from remit.analysis.swimlane.lettering import fitted, width
from remit.state.handoff import Move
from remit.state.vocabulary import EventKind

_KINDS = {
    Kind.WORK: "work",
    Kind.REWORK: "rework",
    Kind.CHANGE: "change request, and what it causes",
    Kind.QUESTION: "the CTO decides a matter",
    Kind.HUMAN: "a person is waited for",
}
_MOVES = {
    Move.NORMAL: "handed on",
    Move.REWORK: "sent back",
    Move.CHANGE: "for a change",
    Move.QUESTION: "put to an authority",
    Move.ANSWER: "answered",
}
_SIGNS = {
    "✓ done, accepted or approved": (EventKind.DELIVER, EventKind.ACCEPT, EventKind.APPROVE),
    "↺ sends it back": (EventKind.REWORK,),
    "Δ asks to change what is frozen": (EventKind.CHANGE,),
    "? asks, or refers to the human": (EventKind.QUESTION, EventKind.REFER),
    "✗ refused or stopped": (EventKind.REJECT, EventKind.STOP, EventKind.DENY),
    "+ one more step": (EventKind.GRANT,),
    "… no answer in time": (EventKind.SILENCE,),
}
SAMPLE_W, SAMPLE_H, SPACE, LINE = 26, 14, 18, 22


def legend(
    columns: Sequence[Column], x: float, top: float, room: float
) -> tuple[tuple[Box, ...], tuple[Arrow, ...], tuple[Words, ...], float]:
    """Sample boxes, sample arrows, their names, and where the legend ends."""
    works = [work for column in columns if isinstance(column, Step) for work in column.works]
    boxes: list[Box] = []
    arrows: list[Arrow] = []
    words: list[Words] = []
    at, y = x, top - 4
    samples: list[tuple[Kind | Move, str]] = [
        *(
            (kind, name)
            for kind, name in _KINDS.items()
            if any(work.kind is kind for work in works)
        ),
        *(
            (move, name)
            for move, name in _MOVES.items()
            if any(work.move is move for work in works)
        ),
    ]
    for what, name in samples:
        taken = SAMPLE_W + 6 + width(name, 9.5) + SPACE
        if at + taken > x + room:
            at, y = x, y + LINE
        middle = y + SAMPLE_H / 2
        if isinstance(what, Kind):
            shape, tone = SHAPES[what]
            boxes.append(Box(name=f"legend {what}", x=at, y=y, w=SAMPLE_W, h=SAMPLE_H, shape=shape,
                             tone=tone, hint=name))  # fmt: skip
        else:
            line = ((at, middle), (at + SAMPLE_W, middle))
            arrows.append(Arrow(source="", target="", points=line, move=what))
        words.append(Words(x=at + SAMPLE_W + 6, y=middle + 3.5, text=name, size=9.5, quiet=True))
        at += taken
    signs = [
        sign for sign, events in _SIGNS.items() if any(work.answer in events for work in works)
    ]
    y += SAMPLE_H + LINE / 2
    words.append(
        Words(x=x, y=y + 3, size=9.5, quiet=True, text=fitted("  ·  ".join(signs), room, 9.5))
    )
    return tuple(boxes), tuple(arrows), tuple(words), y + 2 * PAD
