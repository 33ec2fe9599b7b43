"""The words around a swimlane: what run it is and how it ended above, what was asked below."""

from collections.abc import Iterator, Sequence

from remit.analysis.story import Story
from remit.analysis.summary import Asked
from remit.analysis.summary_text import amount, counted, dollars, duration, headline
from remit.analysis.swimlane.drawing import Words
from remit.analysis.swimlane.lettering import broken, fitted
from remit.state.vocabulary import LOOPS

LINE = 15
TEXT = 10.5
LABEL_W = 130
LINES = 3
"""A note longer than this is cut; the record has it in full."""
MOST = 16
"""Matters that are listed; of more, the first and the last."""


def header(story: Story, x: float, room: float) -> tuple[tuple[Words, ...], float]:
    """The lines above the picture, and where they end."""
    one = story.summary
    handoffs = f"{counted(one.handoffs, 'handoff')} (at most {one.bound})"
    work = f"{handoffs}, {dollars(one.cost_micros)}, {one.tokens:,} tokens"
    terms = f"run {one.id}, policy {one.policy}, behaviour {one.behaviour}, seed {one.seed}"
    lines = (
        (one.title, 16.0, True, False),
        (headline(one), 12.5, True, False),
        (f"{work}, {duration(one.elapsed_s)}, waits for people included", TEXT, False, False),
        (terms, TEXT, False, True),
    )
    words: list[Words] = []
    y = 12.0
    for text, size, bold, quiet in lines:
        most = 2 if text is lines[1][0] else 1
        for line in broken(text, room, size, most, bold=bold):
            y += size + 5
            words.append(Words(x=x, y=y, text=line, size=size, bold=bold, quiet=quiet))
    return tuple(words), y + 14


def notes(story: Story, x: float, top: float, room: float) -> tuple[tuple[Words, ...], float]:
    """The lines below the picture: matters with their answers, known debt, loops; their end."""
    words: list[Words] = []
    y = top
    for title, lines in _sections(story):
        y += LINE + 3
        words.append(Words(x=x, y=y, text=title, size=11, bold=True))
        for label, text in lines:
            y += LINE
            words.append(Words(x=x, y=y, size=TEXT, quiet=True,
                               text=fitted(label, LABEL_W - 8, TEXT)))  # fmt: skip
            parts = broken(text, room - LABEL_W, TEXT, LINES)
            for number, part in enumerate(parts):
                y += LINE * (number > 0)
                words.append(Words(x=x + LABEL_W, y=y, text=part, size=TEXT))
        y += 4
    return tuple(words), y


def _sections(story: Story) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    one = story.summary
    if one.asked:
        yield "Asked and answered", _matters(one.asked)
    if one.debts:
        yield (
            "Known debt",
            [
                (debt.item.replace("_", " "), f"{debt.text} (waived by {debt.by})")
                for debt in one.debts
            ],
        )
    loops = [
        f"{usage.limit} {amount(usage.limit, usage.used)} of "
        f"{'unlimited' if usage.allowed is None else usage.allowed}".replace("_", " ")
        for usage in one.limits
        if usage.limit in LOOPS and usage.used
    ]
    yield "Loops: used of allowed", [("", "; ".join(loops) or "none was used")]


def _matters(asked: Sequence[Asked]) -> list[tuple[str, str]]:
    lines = [(_label(one), _answered(one)) for one in asked]
    left_out = len(lines) - MOST
    if left_out <= 0:
        return lines
    half = MOST // 2
    return [*lines[:half], ("", f"… {left_out} more, all in the record …"), *lines[-half:]]


def _label(asked: Asked) -> str:
    who = ", ".join(asked.raised_by) or "the policy"
    return f"{asked.id}  {who} → {asked.to}"


def _answered(asked: Asked) -> str:
    answer = "not answered" if asked.answer is None else asked.answer
    words = f" ({asked.words})" if asked.words else ""
    return f"{asked.text} — {answer}{words}"
