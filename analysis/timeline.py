"""The story of a run for a terminal: time goes down, roles are columns, signs tell kinds apart.

A line is a step. What led to it comes from the column of whoever decided (`╰─` or `─╯`) and ends
on those who work; the rest of the line says what came of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from remit.analysis.cells import lines_of
from remit.analysis.folding import Fold, folded
from remit.analysis.story import Kind, Reached, Step, Story, Work
from remit.analysis.summary_text import headline
from remit.analysis.wording import bracketed, clock, counted, spaced
from remit.state.inert import cut
from remit.state.vocabulary import Seat, Stage

MARKS = {
    Kind.WORK: "■",
    Kind.REWORK: "↺",
    Kind.CHANGE: "Δ",
    Kind.QUESTION: "?",
    Kind.HUMAN: "☻",
}
"""One sign for each kind of work, told apart without colour."""
LEGEND = "■ work  ↺ rework  Δ change request  ? question to the CTO  ☻ a person  ● end"
STYLES = {
    Kind.WORK: "",
    Kind.REWORK: "yellow",
    Kind.CHANGE: "magenta",
    Kind.QUESTION: "blue",
    Kind.HUMAN: "bold",
}
END = "●"
LANE_W = 3
_HEADS = {
    Seat.CTO: "ct", Seat.PM: "pm", Seat.UIUX: "ui", Seat.BACKEND: "be",
    Seat.FRONTEND: "fe", Seat.SECURITY: "se", Seat.QA: "qa", Seat.HUMAN: "hu",
}  # fmt: skip
_PLACE = {seat: number * LANE_W + 1 for number, seat in enumerate(Seat)}
LANES_W = len(Seat) * LANE_W
NARROWEST, BESIDE = 40, 60
"""Columns below which nothing is narrowed, and from which on words stand beside the lanes."""
LEFT = 16
"""Before the lanes: the time and the numbers of the handoffs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A line of text, and how it may be set off where there is colour."""

    text: str
    style: str = ""


def timeline(story: Story, width: int) -> list[Line]:
    """The lines of a timeline, at most `width` columns wide (at least 40 are taken)."""
    width = max(NARROWEST, width)
    heads = "".join(f"{_HEADS[seat]:>{LANE_W}}" for seat in Seat)
    happened = " what happened" if width >= BESIDE else ""
    lines = [
        *(Line(text=part, style="bold") for part in _wrapped(story.summary.title, width)),
        *(Line(text=part) for part in _wrapped(headline(story.summary), width)),
        Line(text=""),
        Line(text=f"{'time':>7} {'#':<8}{heads}{happened}", style="bold"),
    ]
    version = ""
    for told in folded(story.steps):
        now = (told.steps[-1] if isinstance(told, Fold) else told).contract
        frozen: list[Line] = []
        if now != version:
            version = now
            frozen += _beside("", "═" * LANES_W, f"contract {cut(now, 40)} is frozen", width)
        if isinstance(told, Fold):
            lines += [*_fold(told, width), *frozen]
        else:
            lines += [*frozen, *_step(told, story, width)]
    if story.end:
        lanes = _lanes(_lane(story, story.end.source), ())
        done = story.summary.solo and story.end.stage is Stage.SHIPPED
        said = "done" if done else spaced(story.end.stage)
        said = said.upper() + _ended(story.end.reached)
        lines += _beside(_left(story.end.at_s, story.end.seq, story.end.seq), lanes, said, width,
                         style="bold")  # fmt: skip
    return [*lines, Line(text=""), *(Line(text=part) for part in _wrapped(LEGEND, width))]


def _wrapped(text: str, width: int) -> list[str]:
    return lines_of(cut(text, 400), width)


def _step(step: Step, story: Story, width: int) -> Iterator[Line]:
    works = step.works
    left = _left(step.start_s, works[0].seq, works[-1].seq)
    lanes = _lanes(_lane(story, works[0].source), works)
    style = next((STYLES[work.kind] for work in works if STYLES[work.kind]), "")
    yield from _beside(left, lanes, _said(step), width, style=style)


def _beside(left: str, lanes: str, said: str, width: int, style: str = "") -> Iterator[Line]:
    """Lanes with words beside them, or below them where the screen is narrow."""
    start = LEFT + LANES_W + 1 if width >= BESIDE else 4
    parts = _wrapped(said, width - start) or [""]
    head = f"{left:<{LEFT}}{lanes:<{LANES_W}}"
    if width >= BESIDE:
        head, parts = f"{head} {parts[0]}", parts[1:]
    yield Line(text=head.rstrip(), style=style)
    for part in parts:
        yield Line(text=" " * start + part, style=style)


def _left(seconds: int, first: int, last: int) -> str:
    seqs = f"#{first}" if first == last else f"#{first}-{last}"
    return f"{clock(seconds):>7} {seqs}"


def _lane(story: Story, source: int | None) -> Seat | None:
    return next((work.who for work in story.works if work.seq == source), None)


def _lanes(source: Seat | None, works: tuple[Work, ...]) -> str:
    """The columns of the roles in one line."""
    cells = [" "] * LANES_W
    targets = [_PLACE[work.who] for work in works]
    ends = [*targets, *([_PLACE[source]] if source else [])]
    if source and targets:
        for at in range(min(ends), max(ends)):
            cells[at] = "─"
        cells[_PLACE[source]] = _corner(_PLACE[source], targets)
    elif source:
        cells[_PLACE[source]] = END
    for work in works:
        cells[_PLACE[work.who]] = MARKS[work.kind]
    return "".join(cells)


def _corner(source: int, targets: list[int]) -> str:
    if min(targets) < source < max(targets):
        return "┴"
    return "╰" if max(targets) > source else "╯"


def _said(step: Step) -> str:
    """What came of a step: its stage, the answers, and what it spent."""
    answers = {work.seat: work.said or "awaited" for work in step.works}
    first = step.works[0]
    if len(answers) == 1:
        told = _alone(first, answers[first.seat])
    elif len(set(answers.values())) == 1:
        told = f"{'both' if len(answers) == 2 else 'all'} {answers[first.seat]}"
    else:
        told = ", ".join(f"{seat} {said}" for seat, said in answers.items())
    return f"{spaced(first.stage)}: {told}{bracketed(step.spent)}{_ended(step.reached)}"


def _ended(reached: Sequence[Reached]) -> str:
    """What was done at the end of a limit."""
    return "".join(f"; {one.text}" for one in reached if one.text)


def _alone(work: Work, answer: str) -> str:
    named = f" {work.matter}" if work.matter else ""
    sits = f"for {work.seat}, " if work.who is not work.seat else ""
    return f"{sits}{answer}{named}"


def _fold(fold: Fold, width: int) -> Iterator[Line]:
    cycle = " → ".join(spaced(stage) for stage in dict.fromkeys(fold.cycle))
    spent = {one.limit: one for step in fold.steps for one in step.spent}
    said = f"{fold.rounds} more rounds of {cycle}"
    said += f", {counted(fold.matters, 'matter')} decided" if fold.matters else ""
    said += bracketed(spent.values())
    left = _left(fold.steps[0].start_s, fold.first, fold.last)
    yield from _beside(left, " ⋮ " * len(Seat), said, width)
