"""The boxes of a swimlane: one for each work, for a fold, for the end, and the chips."""

from remit.analysis.folding import Fold
from remit.analysis.story import End, Kind, Story, Work
from remit.analysis.swimlane.drawing import Box, Shape, Tone, Words
from remit.analysis.swimlane.lettering import broken, fitted, width
from remit.analysis.wording import counted, dollars, duration, spaced
from remit.state.inert import cut
from remit.state.vocabulary import EventKind, Stage

BOX_H = 48
CHIP_H = 16
CHIP_TEXT = 8.5
PAD = 6
"""Between the outline of a box and its text; slanted and pointed sides take that much."""

_CENTRED = (Shape.ROUND, Shape.POINTED)
"""Shapes whose corners leave no room for text that begins at the left."""
SHAPES = {
    Kind.WORK: (Shape.PLAIN, Tone.WORK),
    Kind.REWORK: (Shape.CUT, Tone.REWORK),
    Kind.CHANGE: (Shape.SLANTED, Tone.CHANGE),
    Kind.QUESTION: (Shape.POINTED, Tone.QUESTION),
    Kind.HUMAN: (Shape.ROUND, Tone.HUMAN),
}
_MARKS = {
    EventKind.DELIVER: "✓", EventKind.ACCEPT: "✓", EventKind.APPROVE: "✓", EventKind.ANSWER: "✓",
    EventKind.REWORK: "↺", EventKind.CHANGE: "Δ", EventKind.QUESTION: "?", EventKind.REFER: "?",
    EventKind.REJECT: "✗", EventKind.STOP: "✗", EventKind.DENY: "✗", EventKind.GRANT: "+",
    EventKind.SILENCE: "…",
}  # fmt: skip


def took(seconds: int) -> str:
    """A duration in the unit that fits it."""
    return f"{seconds} s" if seconds < 60 else duration(seconds)


def work_box(work: Work, x: float, y: float, w: float) -> Box:
    """The box of one work: its stage, its mode and duration, and what came of it."""
    shape, tone = SHAPES[work.kind]
    room, centred = w - 2 * PAD, shape in _CENTRED
    lines = (
        (_title(work), 10.0, True, False),
        (_manner(work), 9.5, False, True),
        (_outcome(work), 10.0, False, False),
    )
    return Box(
        name=f"work {work.seq}",
        x=x, y=y, w=w, h=BOX_H,
        shape=shape,
        tone=tone,
        words=tuple(
            Words(x=x + w / 2 if centred else x + PAD, y=y + 15 + 12.5 * number, size=size,
                  bold=bold, quiet=quiet, anchor="middle" if centred else "start",
                  text=fitted(text, room, size, bold=bold))
            for number, (text, size, bold, quiet) in enumerate(lines)
        ),
        open=work.duration_s is None,
        seq=work.seq,
        hint=hint(work),
    )  # fmt: skip


def _title(work: Work) -> str:
    """The stage; at the human, what is to be decided, because the lane says who decides."""
    return work.about if work.stage is Stage.HUMAN and work.about else spaced(work.stage)


def _manner(work: Work) -> str:
    """For whom, else the mode where the stage does not say it; which matter, and how long."""
    said: list[str] = []
    if work.who is not work.seat:
        said.append(f"as {work.seat}")
    if work.matter:
        said.append(work.matter)
    elif str(work.mode) != str(work.stage) and work.who is work.seat:
        said.append(str(work.mode))
    if work.duration_s is not None:
        said.append(took(work.duration_s))
    return " · ".join(said)


def _outcome(work: Work) -> str:
    if work.answer is None:
        return "awaited"
    return f"{_MARKS.get(work.answer, '')} {work.said}".strip()


def hint(work: Work) -> str:
    """Everything about a work in a few lines of text."""
    as_seat = f" as {work.seat}" if work.who is not work.seat else ""
    time = "awaited" if work.duration_s is None else f"took {took(work.duration_s)}"
    return (
        f"#{work.seq} {work.who}{as_seat}: {spaced(work.stage)}, mode {work.mode}, {time}; "
        f"{work.said or 'no answer yet'}. Why: {cut(work.why, 400)}"
    )


def fold_box(fold: Fold, x: float, y: float, w: float, h: float) -> Box:
    """The box of the rounds that are not drawn: how many, of what, what they took."""
    room = w - 2 * PAD
    cycle = " → ".join(dict.fromkeys(map(spaced, fold.cycle)))
    said = [
        (f"{fold.rounds} more rounds", 11.0, True),
        *((line, 9.5, False) for line in broken(cycle, room, 9.5, 4)),
        *([(f"{counted(fold.matters, 'matter')} decided", 9.5, False)] if fold.matters else ()),
        (f"#{fold.first} to #{fold.last}", 9.5, False),
        (dollars(fold.cost_micros), 9.5, False),
    ]
    top = y + h / 2 - 7 * len(said)
    return Box(
        name=f"fold {fold.first}",
        x=x, y=y, w=w, h=h,
        shape=Shape.FOLDED,
        tone=Tone.QUIET,
        words=tuple(
            Words(x=x + w / 2, y=top + 14 * number + 10, size=size, bold=bold, anchor="middle",
                  text=fitted(text, room, size, bold=bold))
            for number, (text, size, bold) in enumerate(said)
        ),
        leads=fold.first,
        hint=f"{fold.rounds} more rounds of {cycle}: handoffs {fold.first} to {fold.last}",
    )  # fmt: skip


def end_box(end: End, story: Story, x: float, y: float, w: float) -> Box:
    """The end of the run."""
    good = end.stage is Stage.SHIPPED
    ended_by = story.summary.ended_by
    words = {
        Stage.SHIPPED: ("DONE" if story.summary.solo else "SHIPPED", _debts(story)),
        Stage.STOPPED: ("STOPPED", "by a decision"),
        Stage.STOPPED_BY_POLICY: ("STOPPED", f"limit: {spaced(ended_by or '')}"),
    }[end.stage]
    return Box(
        name="end",
        x=x, y=y, w=w, h=BOX_H,
        shape=Shape.DOUBLE,
        tone=Tone.GOOD if good else Tone.BAD,
        words=tuple(
            Words(x=x + w / 2, y=y + 21 + 16 * number, size=size, bold=bold, anchor="middle",
                  text=fitted(text, w - 2 * PAD, size, bold=bold))
            for number, (text, size, bold) in enumerate(
                ((words[0], 12.0, True), (words[1], 9.0, False))
            )
        ),
        seq=end.seq,
        hint=f"#{end.seq} end: {spaced(end.stage)}. Why: {cut(end.why, 400)}",
    )  # fmt: skip


def _debts(story: Story) -> str:
    debts = len(story.summary.debts)
    return f"with {counted(debts, 'known debt')}" if debts else "no known debt"


def chip(name: str, text: str, x: float, y: float) -> Box:
    """A small box where an arrow leaves for another system, or comes from one."""
    words = (Words(x=x + 4, y=y + 11, text=text, size=CHIP_TEXT, quiet=True),)
    return Box(name=name, x=x, y=y, w=_chip_w(text), h=CHIP_H, shape=Shape.CHIP, tone=Tone.QUIET,
               words=words, hint=text)  # fmt: skip


def chip_before(name: str, text: str, right: float, y: float) -> Box:
    """A chip that ends at `right`."""
    return chip(name, text, right - _chip_w(text), y)


def _chip_w(text: str) -> float:
    return width(text, CHIP_TEXT) + 8
