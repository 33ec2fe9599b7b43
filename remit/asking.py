"""A person's answer through LangGraph: what `interrupt` shows, and what may be given to resume."""

import json
from collections.abc import Mapping
from typing import Any

from remit.agents.standards.json_values import mapping
from remit.answers import Choice, Word, owes_report, words
from remit.answers import event as event_of
from remit.inbox import Waiting
from remit.state.assignment import Assignment
from remit.state.errors import InputError
from remit.state.inert import cut
from remit.state.suggest import advice, quoted
from remit.state.vocabulary import EventKind

LONGEST = 2_000
"""Characters of each text that is shown."""
FIELDS = ("event", "text", "note")
HOW = 'resume with an option, or {"event": OPTION, "text": TEXT}'
HAND_IN = 'resume with {"report": REPORT} in the form of the request'


def question(waiting: Waiting, due: Assignment, refused: str) -> dict[str, Any]:
    """What a person is asked, as JSON: texts on one line each, safe on a terminal.

    `refused` is there only when an answer was given before and could not be taken.
    """
    at = waiting.deadline_at
    shown: dict[str, Any] = {
        "run": waiting.run,
        "matter": waiting.id.rpartition("/")[2],
        "kind": waiting.kind,
        "title": cut(waiting.title, LONGEST),
        "text": cut(waiting.text, LONGEST),
        "details": [cut(one, LONGEST) for one in waiting.details],
        "options": [str(word) for word in words(due)],
        "needs_text": [str(word) for word in words(due) if _needs_text(word, due)],
        "default": waiting.default,
        "deadline": at.isoformat() if at else None,
        "how": HAND_IN if owes_report(due) else HOW,
    }
    return {"refused": cut(refused, LONGEST), **shown} if refused else shown


def choice_of(given: object, due: Assignment) -> Choice | str:
    """What a person chose: an option, or an object with `event` and `text` or `note`.

    Where a whole report is owed, it is the text of what stands under `report`.

    Raises:
        InputError: it is neither, is not on offer, or needs words that are missing.
    """
    if owes_report(due):
        return _report(given)
    fields = _fields(given)
    word = _word(fields["event"], due)
    text, note = fields.get("text", ""), fields.get("note", "")
    if _needs_text(word, due) and not (text or note).strip():
        raise InputError(
            f'{str(word)!r} needs words: resume with {{"event": "{word}", "text": "..."}}'
        )
    if word in (Word.ANSWER, Word.AMEND):
        return Choice(word=word, text=text or note, note=note if text else "")
    return Choice(word=word, note=text or note)


def _report(given: object) -> str:
    said: Mapping[str, Any] = mapping(given)
    if set(said) != {"report"}:
        raise InputError(f"the work of the seat is asked for; {HAND_IN}")
    try:
        return json.dumps(said["report"])
    except (TypeError, ValueError, RecursionError):
        raise InputError(f"the report is no JSON; {HAND_IN}") from None


def _fields(given: object) -> dict[str, str]:
    if isinstance(given, str):
        return {"event": given}
    if not isinstance(given, Mapping):
        raise InputError(f"{type(given).__name__} is no answer; {HOW}")
    fields: dict[object, object] = dict(given)  # pyright: ignore[reportUnknownArgumentType]
    unknown = [str(key) for key in fields if key not in FIELDS]
    if unknown:
        raise InputError(f"there is no field {quoted(unknown[0])}; {advice(unknown[0], FIELDS)}")
    if not all(isinstance(value, str) for value in fields.values()) or not fields.get("event"):
        raise InputError(f"each field is text, and 'event' must be there; {HOW}")
    return {str(key): str(value) for key, value in fields.items()}


def _word(said: str, due: Assignment) -> Word:
    """The option that was named, or that an event of the assignment belongs to."""
    offered = words(due)
    plain = said.strip().casefold()
    for word in offered:
        if plain in (word, event_of(word, due)):
            return word
    options = [str(word) for word in offered]
    raise InputError(f"{quoted(said)} is not on offer; {advice(plain, options)}")


def _needs_text(word: Word, due: Assignment) -> bool:
    return event_of(word, due) in (EventKind.ANSWER, EventKind.REWORK)
