"""The story of a run as a Mermaid sequence diagram: text that many code hosts draw."""

import textwrap
from collections.abc import Iterator

from remit.analysis.folding import Fold, folded
from remit.analysis.story import Step, Story, Work
from remit.analysis.summary_text import headline
from remit.analysis.wording import SEATS, counted, spaced, spent_words
from remit.state.handoff import Move
from remit.state.inert import cut
from remit.state.vocabulary import EventKind, Seat

_ARROWS = {
    Move.REWORK: "-x",
    Move.CHANGE: "-->>",
    Move.QUESTION: "-)",
    Move.ANSWER: "--)",
}
"""Kinds of handoff differ in their arrow; the others are solid."""
_EXPECTED = (EventKind.DELIVER, EventKind.ACCEPT)
"""Answers that go without saying."""
LONGEST = 90
"""A line of the diagram that would be longer is cut; notes have up to four."""


def mermaid(story: Story) -> str:
    """The diagram: a participant for each seat that works, an arrow for each handoff."""
    seats = {work.who for work in story.works} | {_sender(story, work) for work in story.works}
    lines = ["sequenceDiagram"]
    lines += [f"    participant {seat} as {SEATS[seat]}" for seat in Seat if seat in seats]
    version = ""
    for told in folded(story.steps):
        now = (told.steps[-1] if isinstance(told, Fold) else told).contract
        frozen = [_note(story, f"contract {now} is frozen")] if now != version else []
        version = now
        lines += (
            [*_fold(story, told), *frozen]
            if isinstance(told, Fold)
            else [*frozen, *_step(story, told)]
        )
    if story.end:
        lines.append(_note(story, headline(story.summary)))
    return "\n".join(lines) + "\n"


def _step(story: Story, step: Step) -> Iterator[str]:
    """The handoffs of a step, and below them the answers that lead elsewhere than on."""
    for work in step.works:
        spent = f", {spent_words(work.spent)}" if work.spent else ""
        as_seat = f" as {work.seat}" if work.who is not work.seat else ""
        arrow = _ARROWS.get(work.move, "->>")
        text = f"#{work.seq} {spaced(work.stage)}{as_seat}{spent}"
        yield f"    {_sender(story, work)}{arrow}{work.who}: {_told(text)}"
    for work in step.works:
        if work.answer not in _EXPECTED:
            yield f"    Note over {work.who}: {_told(work.said or 'awaited')}"


def _fold(story: Story, fold: Fold) -> Iterator[str]:
    cycle = " → ".join(dict.fromkeys(map(spaced, fold.cycle)))
    matters = f", {counted(fold.matters, 'matter')} decided" if fold.matters else ""
    yield _note(
        story, f"#{fold.first} to #{fold.last}: {fold.rounds} more rounds of {cycle}{matters}"
    )


def _note(story: Story, text: str) -> str:
    seats = [seat for seat in Seat if any(work.who is seat for work in story.works)]
    over = str(seats[0]) if len(seats) == 1 else f"{seats[0]},{seats[-1]}"
    lines = textwrap.wrap(cut(text, 4 * LONGEST), LONGEST, break_on_hyphens=False)
    return f"    Note over {over}: {'<br/>'.join(map(_told, lines))}"


def _sender(story: Story, work: Work) -> Seat:
    """Who handed over; what the brief starts is handed over by the human."""
    return next((one.who for one in story.works if one.seq == work.source), Seat.HUMAN)


_CODES = {char: f"#{ord(char)};" for char in "#;<>&\"'`\\{}[]()|%"}
"""What could end a statement or become markup, as Mermaid's entity codes."""


def _told(text: str) -> str:
    """Text from outside as it may stand in a diagram, on one line."""
    return "".join(_CODES.get(char, char) for char in cut(text, LONGEST))
