"""What a person may give to resume, and what it is taken for."""

from typing import Any

import pytest

from remit.answers import Choice, Word
from remit.asking import choice_of
from remit.state.assignment import Assignment
from remit.state.errors import InputError
from remit.state.vocabulary import EventKind, Mode, Seat, Stage


def due(*events: EventKind) -> Assignment:
    return Assignment(
        step=9, seat=Seat.HUMAN, occupant=Seat.HUMAN, stage=Stage.HUMAN, mode=Mode.ARBITRATE,
        events=events,
    )  # fmt: skip


RELEASE = due(EventKind.APPROVE, EventKind.DENY)
QUESTION = due(EventKind.ANSWER, EventKind.APPROVE, EventKind.REJECT)
VERDICT = due(EventKind.ACCEPT, EventKind.REWORK)


@pytest.mark.parametrize(
    ("asked", "given", "means"),
    [
        (RELEASE, "approve", Choice(word=Word.APPROVE)),
        (RELEASE, " Approve\n", Choice(word=Word.APPROVE)),
        (RELEASE, {"event": "deny"}, Choice(word=Word.REJECT)),
        (RELEASE, {"event": "reject", "text": "no"}, Choice(word=Word.REJECT, note="no")),
        (QUESTION, {"event": "answer", "text": "x"}, Choice(word=Word.ANSWER, text="x")),
        (QUESTION, {"event": "amend", "note": "x"}, Choice(word=Word.AMEND, text="x")),
        (
            QUESTION,
            {"event": "answer", "text": "x", "note": "y"},
            Choice(word=Word.ANSWER, text="x", note="y"),
        ),
        (VERDICT, "accept", Choice(word=Word.APPROVE)),
        (VERDICT, {"event": "rework", "text": "slow"}, Choice(word=Word.REJECT, note="slow")),
    ],
)
def test_an_answer_is_an_option_or_an_object(asked: Assignment, given: Any, means: Choice) -> None:
    assert choice_of(given, asked) == means


@pytest.mark.parametrize(
    ("asked", "given", "says"),
    [
        (RELEASE, "aprove", "did you mean 'approve'?"),
        (RELEASE, "grant", "'grant' is not on offer; known: approve, reject"),
        (RELEASE, "\x1b[2J", r"'\\x1b\[2J' is not on offer"),
        (RELEASE, None, "NoneType is no answer"),
        (RELEASE, {"event": ""}, "'event' must be there"),
        (RELEASE, {"event": ["approve"]}, "each field is text"),
        (RELEASE, {"event": "approve", "notes": "x"}, "did you mean 'note'?"),
        (QUESTION, "answer", "'answer' needs words"),
        (VERDICT, {"event": "reject", "text": "  "}, "'reject' needs words"),
    ],
)
def test_what_is_no_answer_is_refused_in_one_line(asked: Assignment, given: Any, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        choice_of(given, asked)
    assert "\n" not in str(caught.value)
