"""The words around a swimlane: what run it is and how it ended above, what was asked below."""

from collections.abc import Iterable, Iterator, Sequence

from remit.analysis.story import Story
from remit.analysis.summary import Asked, Summary
from remit.analysis.summary_text import headline, reached, time_words, work_words
from remit.analysis.swimlane.drawing import Words
from remit.analysis.swimlane.lettering import broken
from remit.analysis.wording import amount, spaced
from remit.state.vocabulary import BUDGETS, LOOPS, Limit

LINE = 15
TEXT = 10.5
LABEL_W = 220
LINES = 3
"""A note longer than this is cut; the record has it in full."""
MOST = 16
"""Matters that are listed; of more, the first and the last."""


def header(story: Story, x: float, room: float) -> tuple[tuple[Words, ...], float]:
    """The lines above the picture, and where they end."""
    one = story.summary
    terms = f"run {one.id}, policy {one.policy}, behaviour {one.behaviour}, seed {one.seed}"
    lines = (
        (one.title, 16.0, True, False),
        (headline(one), 12.5, True, False),
        (f"{work_words(one)}; {time_words(one)}", TEXT, False, False),
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
            at = x + LABEL_W if label else x
            beside = broken(label, LABEL_W - 10, TEXT, LINES)
            parts = broken(text, room - (at - x), TEXT, LINES)
            words += _column(x, y, beside, quiet=True)
            words += _column(at, y, parts)
            y += LINE * max(len(beside), len(parts))
        y += 4
    return tuple(words), y


def _column(x: float, y: float, lines: list[str], *, quiet: bool = False) -> list[Words]:
    return [
        Words(x=x, y=y + LINE * number, text=line, size=TEXT, quiet=quiet)
        for number, line in enumerate(lines, 1)
    ]


def _sections(story: Story) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    one = story.summary
    if one.asked:
        yield "Asked and answered", _matters(one.asked)
    if one.left_open:
        yield "Left open", [("", text) for text in one.left_open]
    if one.debts:
        yield (
            "Known debt",
            [(f"{spaced(debt.item)}, waived by {debt.by}", debt.text) for debt in one.debts],
        )
    yield (
        "Used of allowed",
        [
            ("loops", _used(one, LOOPS) or "none was used"),
            ("budgets", _used(one, BUDGETS)),
        ],
    )
    texts = {
        met.spent.limit: met.text
        for part in (*story.steps, *([story.end] if story.end else ()))
        for met in part.reached
    }
    ends = [
        (f"limits.{limit} (#{seq})", texts.get(limit, "the budget is used up"))
        for limit, seq in one.reached
    ]
    yield "Limits whose end was reached, by their key in the policy", ends or [("", reached(one))]


def _used(one: Summary, limits: Iterable[Limit]) -> str:
    return "; ".join(
        f"{spaced(usage.limit)} {amount(usage.limit, usage.used)} of "
        f"{amount(usage.limit, usage.allowed)}"
        for usage in one.limits
        if usage.limit in limits and usage.used
    )


def _matters(asked: Sequence[Asked]) -> list[tuple[str, str]]:
    lines = [(_label(one), _answered(one)) for one in asked]
    left_out = len(lines) - MOST
    if left_out <= 0:
        return lines
    half = MOST // 2
    return [*lines[:half], ("", f"… {left_out} more, all in the record …"), *lines[-half:]]


def _label(asked: Asked) -> str:
    """The matter, the handoffs that put it, and its way from whoever raised it."""
    who = ", ".join(asked.raised_by) or "the policy"
    rows = ", ".join(f"#{row}" for row in asked.rows)
    return f"{asked.id} ({rows})  {' → '.join((who, *(asked.path or (asked.to,))))}"


def _answered(asked: Asked) -> str:
    answer = "not answered" if asked.answer is None else asked.answer
    words = f" ({asked.words})" if asked.words else ""
    return f"{asked.text} — {answer}{words}"
