"""What a person answers: from an option of the command line, or at a prompt, to a report."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from remit.analysis.summary import REPORT, answer_name
from remit.analysis.summary_text import flags_of
from remit.state.assignment import Assignment, Matter
from remit.state.errors import InputError
from remit.state.report import Finding, Report, Ruling
from remit.state.vocabulary import BUILDERS, EventKind, MatterKind, Seat, Severity

LONGEST = 2_000
"""Characters of an answer or note."""


class Word(StrEnum):
    """What a person can say, each an option of `remit answer`."""

    ANSWER = "answer"
    AMEND = "amend"
    APPROVE = "approve"
    REJECT = "reject"
    GRANT = "grant"
    WAIVE = "waive"
    FREEZE = "freeze"
    STOP = "stop"


_EVENTS: dict[Word, tuple[EventKind, ...]] = {
    Word.ANSWER: (EventKind.ANSWER,),
    Word.AMEND: (EventKind.ANSWER,),
    Word.APPROVE: (EventKind.APPROVE, EventKind.DELIVER, EventKind.ACCEPT),
    Word.REJECT: (EventKind.REJECT, EventKind.DENY, EventKind.REWORK),
    Word.GRANT: (EventKind.GRANT,),
    Word.WAIVE: (EventKind.WAIVE,),
    Word.FREEZE: (EventKind.FREEZE,),
    Word.STOP: (EventKind.STOP,),
}
"""The events that each word can mean; no two of a word's events are ever offered together."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """A word, and what is said beside it."""

    word: Word
    text: str = ""
    """The answer or the amendment."""
    note: str = ""


def words(assignment: Assignment) -> tuple[Word, ...]:
    """What can be said about an assignment; nothing where a whole report is owed."""
    return tuple(word for word in Word if event(word, assignment))


def flags(assignment: Assignment) -> tuple[str, ...]:
    """The options of `remit answer` that an assignment takes, what approves last."""
    if owes_report(assignment):
        return flags_of((REPORT,))
    kinds = [kind for kind in assignment.events if any(kind in one for one in _EVENTS.values())]
    return flags_of(kinds)


def owes_report(assignment: Assignment) -> bool:
    """Whether a person is asked for the work of a role, and not for a word."""
    return assignment.occupant is not Seat.HUMAN


def event(word: Word, assignment: Assignment) -> EventKind | None:
    """What a word means on an assignment; `None` where it is not on offer."""
    if owes_report(assignment):
        return None
    return next((kind for kind in _EVENTS[word] if kind in assignment.events), None)


def report_of(
    assignment: Assignment, choice: Choice, *, waited_s: int, builders: tuple[Seat, ...] = BUILDERS
) -> Report:
    """The report that says what a person chose.

    Args:
        assignment: what the person owes.
        choice: what the person says.
        waited_s: seconds that the run waited for it.
        builders: the builders of this team, the first of whom mends what is rejected.

    Raises:
        InputError: the assignment does not offer that, or something must be said with it.
    """
    name = answer_name(assignment)
    means = event(choice.word, assignment)
    if means is None:
        takes = " or ".join(flags(assignment))
        raise InputError(f"{name}: offers no --{choice.word}; it takes {takes}")
    if means is EventKind.ANSWER and not choice.text.strip():
        raise InputError(f"{name}: --{choice.word} says nothing; write the answer after it")
    if means is EventKind.REWORK and not choice.note.strip():
        raise InputError(f"{name}: --reject needs --note TEXT, which says what is wrong")
    if max(len(choice.text), len(choice.note)) > LONGEST:
        raise InputError(f"{name}: at most {LONGEST} characters are kept; say it in fewer")
    said = choice.text or choice.note
    return Report(
        event=means,
        mode=assignment.mode,
        summary=f"a person says {means}" + (f": {said}"[: LONGEST - 40] if said else ""),
        findings=(_finding(assignment, said, builders),) if means is EventKind.REWORK else (),
        ruling=_ruling(choice, means, assignment.matter) if assignment.matter else None,
        duration_s=max(0, waited_s),
    )


def _finding(assignment: Assignment, said: str, builders: tuple[Seat, ...]) -> Finding:
    return Finding(
        rule="HUMAN-1",
        severity=Severity.MEDIUM,
        place=f"stage {assignment.stage}",
        evidence=said,
        owner=builders[0] if builders else Seat.BACKEND,
    )


def _ruling(choice: Choice, event: EventKind, matter: Matter) -> Ruling:
    approves = event is EventKind.APPROVE and matter.kind is MatterKind.RULING
    asked = matter.kind is MatterKind.QUESTION
    decides = choice.word in (Word.ANSWER, Word.AMEND, Word.APPROVE, Word.REJECT)
    return Ruling(
        text=choice.text or choice.note,
        decision=str(choice.word) if asked and decides else "",
        approved=matter.targets if approves else (),
        note=choice.note,
    )


Tell = Callable[[str], None]


def prompt(assignment: Assignment, tell: Tell, ask: Callable[[str], str]) -> Choice | None:
    """What a person at the terminal says; `None` when there is no more input.

    Args:
        assignment: what is to be decided.
        tell: shows a line.
        ask: reads a line; raises `EOFError` at the end of the input.
    """
    offered = words(assignment)
    for number, word in enumerate(offered, 1):
        tell(f"  {number}  {word}")
    matter = assignment.matter
    if matter:
        tell(f"  (nobody answering would mean: {matter.default})")
    try:
        while True:
            given = ask(f"your choice, 1 to {len(offered)}: ").strip().casefold()
            chosen = _chosen(given, offered)
            if chosen is not None:
                return _with_words(chosen, assignment, ask)
            tell(f"  write a number from 1 to {len(offered)}, or the word")
    except EOFError:
        return None


def _chosen(given: str, offered: tuple[Word, ...]) -> Word | None:
    if given.isdecimal() and len(given) < 4 and 1 <= int(given) <= len(offered):
        return offered[int(given) - 1]
    return next((word for word in offered if word == given), None)


def _with_words(word: Word, assignment: Assignment, ask: Callable[[str], str]) -> Choice:
    """Ask for the words that the choice cannot do without, and offer a note with the others."""
    needed = word in (Word.ANSWER, Word.AMEND)
    rework = word is Word.REJECT and EventKind.REWORK in assignment.events
    while True:
        said = ask("in words: " if needed or rework else "a note, if any: ").strip()[:LONGEST]
        if said or not (needed or rework):
            return Choice(word=word, text=said if needed else "", note="" if needed else said)
