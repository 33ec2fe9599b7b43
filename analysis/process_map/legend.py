"""The legend of a process map: the kinds of move that occur in it."""

from collections.abc import Sequence

from remit.analysis.process_map.passages import Passage
from remit.analysis.swimlane.drawing import Arrow, Words
from remit.analysis.swimlane.lettering import width
from remit.state.handoff import Move

_KINDS = {
    Move.NORMAL: "goes on, or ends",
    Move.REWORK: "sent back for rework",
    Move.CHANGE: "a change to what is frozen",
    Move.QUESTION: "put to an authority",
    Move.ANSWER: "answered: the work goes on",
}
SAMPLE_W, SPACE, SIZE = 26.0, 18.0, 9.5


def legend(
    passages: Sequence[Passage], x: float, y: float, room: float
) -> tuple[tuple[Arrow, ...], tuple[Words, ...], float]:
    """Sample arrows, their names, and where the legend ends."""
    arrows: list[Arrow] = []
    words: list[Words] = []
    at = x
    for move, name in _KINDS.items():
        if not any(one.kind is move for one in passages):
            continue
        taken = SAMPLE_W + 6 + width(name, SIZE) + SPACE
        if at + taken > x + room:
            at, y = x, y + 18
        line = ((at, y), (at + SAMPLE_W, y))
        arrows.append(Arrow(source="", target="", points=line, move=move))
        words.append(Words(x=at + SAMPLE_W + 6, y=y + 3.5, text=name, size=SIZE, quiet=True))
        at += taken
    told = "a number is what the policy allows in the whole run"
    words.append(Words(x=x, y=y + 20, text=told, size=SIZE, quiet=True))
    return tuple(arrows), tuple(words), y + 30
