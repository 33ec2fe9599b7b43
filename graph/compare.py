"""The rows that follow from a journal, against the rows that are there."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any, NamedTuple

from sqlalchemy import RowMapping

from remit.graph.clerk import projection_of, standing
from remit.graph.course import Course
from remit.graph.runner import waiting_for
from remit.state.assignment import Matter
from remit.state.canonical import GENESIS, canonical, digest
from remit.state.codec import handoff_text, matter_text, stamp, value_from
from remit.state.errors import Tampered
from remit.state.handoff import Handoff
from remit.state.projection import numbered
from remit.state.record import MatterState, StoredHandoff
from remit.state.rows import handoff_of, matter_of
from remit.state.snapshot import Snapshot
from remit.state.vocabulary import Outcome, Seat

_SHOWN = 60
"""Characters of a value that a line shows."""


class Wrong(NamedTuple):
    """A row that is not what it should be."""

    table: str
    row: str
    """Its number or id."""
    what: str


def compare(taken: Snapshot, course: Course) -> Iterator[Wrong]:
    """What differs, in the order handoffs, matters, contracts, debts, grants, run.

    Each difference is right if it is the first: those behind it may follow from it.
    """
    yield from _handoffs(taken, course)
    yield from _matters(taken, course)
    yield from _numbered(taken, course)
    yield from figures(taken, course)


def _handoffs(taken: Snapshot, course: Course) -> Iterator[Wrong]:
    previous = GENESIS
    for handoff, row in zip_longest(course.handoffs, taken.rows["handoffs"]):
        if handoff is None:
            yield Wrong("handoffs", str(row["seq"]), "does not follow from the journal")
            return
        if row is None or row["seq"] != handoff.seq:
            yield Wrong("handoffs", str(handoff.seq), "is missing")
            return
        wrong = _wrong_handoff(handoff, row, previous)
        if wrong:
            yield Wrong("handoffs", str(handoff.seq), wrong)
        previous = str(row["hash"])


def _wrong_handoff(handoff: Handoff, row: RowMapping, previous: str) -> str | None:
    if row["previous"] != previous:
        return "does not follow the row before it"
    if row["hash"] != digest(f"{previous}{row['body']}"):
        return "its text does not fit its hash"
    try:
        same = handoff_of(row).handoff == handoff
    except Tampered as error:
        return said(error)
    return None if same else texts_unlike(row["body"], handoff_text(handoff))


def _matters(taken: Snapshot, course: Course) -> Iterator[Wrong]:
    there = {row["id"]: row for row in taken.rows["matters"]}
    for name, state in course.matters.items():
        row = there.pop(name, None)
        if row is None:
            yield Wrong("matters", name, "is missing")
            continue
        wrong = _wrong_matter(state, row) or _wrong_times(state, row, taken, course)
        if wrong:
            yield Wrong("matters", name, wrong)
    for name in there:
        yield Wrong("matters", str(name), "does not follow from the journal")


def _wrong_matter(state: MatterState, row: RowMapping) -> str | None:
    answered = state.answer is not None
    unlike = _first_unlike(
        row,
        {
            "step": state.step,
            "authority": str(state.authority),
            "status": "answered" if answered else "open",
            "answer": canonical(state.answer) if answered else None,
            "answered_by": state.answered_by,
        },
    )
    if unlike:
        return unlike
    try:
        matter_of(row)
        same = value_from(Matter, row["question"]) == state.matter
    except (Tampered, ValueError) as error:
        return said(error)
    return None if same else texts_unlike(row["question"], matter_text(state.matter))


def _wrong_times(
    state: MatterState, row: RowMapping, taken: Snapshot, course: Course
) -> str | None:
    """A matter is written in one transaction with the handoffs that put and answer it.

    A run that was stored as a whole never waited: its matters have no deadlines.
    """
    rows = [handoff_of(one) for one in taken.rows["handoffs"]]
    name, answer = state.matter.id, state.answer
    times: dict[str, str | None] = {
        "opened_at": _written([one for one in rows if one.handoff.matter == name]),
        "answered_at": None,
        "deadline_at": None,
    }
    if answer is not None:
        times["answered_at"] = _written([one for one in rows if one.handoff.step > answer["step"]])
    if state.authority is Seat.HUMAN and (answer is None or row["deadline_at"] is not None):
        put = [one for one in rows if one.handoff.step == state.step]
        times["deadline_at"] = _written(put, timedelta(seconds=course.manifest.deadline_s))
    return _first_unlike(row, times)


def _written(rows: Sequence[StoredHandoff], plus: timedelta = timedelta()) -> str | None:
    moment: datetime | None = rows[0].written_at if rows else None
    return stamp(moment + plus) if moment else None


def _numbered(taken: Snapshot, course: Course) -> Iterator[Wrong]:
    for table, items in numbered(projection_of(course)):
        for item, row in zip_longest(items, taken.rows[table.name]):
            if item is None:
                yield Wrong(table.name, str(row["n"]), "does not follow from the journal")
                break
            n, text = item
            if row is None or row["n"] != n:
                yield Wrong(table.name, str(n), "is missing")
                break
            if row["body"] != text:
                yield Wrong(table.name, str(n), texts_unlike(row["body"], text))


def figures(taken: Snapshot, course: Course) -> Iterator[Wrong]:
    """How the run stands, against where the journal leads."""
    run, update = taken.run, projection_of(course).run
    unlike = _first_unlike(
        run,
        {
            **_stands(course, Outcome(run["outcome"])),
            "handoffs": update.handoffs,
            "chain_head": _head(course),
            "cost_micros": update.cost_micros,
            "tokens": update.tokens,
            "elapsed_s": update.elapsed_s,
        },
    )
    if unlike:
        yield Wrong("runs", str(run["id"]), unlike)


def _head(course: Course) -> str:
    previous = GENESIS
    for handoff in course.handoffs:
        previous = handoff.chained(previous)
    return previous


def _stands(course: Course, stored: Outcome) -> dict[str, str]:
    """A run that has not ended may also wait, or have failed for whatever reason."""
    outcome, why = standing(course)
    if not course.ended and stored is Outcome.FAILED:
        return {}
    if not course.ended and stored is Outcome.WAITING:
        return {"reason": waiting_for(course)}
    return {"outcome": str(outcome), "reason": why}


def texts_unlike(stored: str, meant: str) -> str:
    """The first field in which two JSON objects differ."""
    try:
        there = json.loads(stored)
    except (ValueError, TypeError):
        there = None
    if not isinstance(there, dict):
        return "its text is not a JSON object"
    wanted: dict[str, Any] = json.loads(meant)
    fields: dict[str, Any] = dict.fromkeys(wanted) | there
    extra = [name for name in fields if name not in wanted]
    return (
        _first_unlike(fields, wanted)
        or (f"holds {extra[0]!r}, which the journal does not" if extra else None)
        or "is not the text that was written"
    )


def _first_unlike(stored: Mapping[Any, Any], meant: Mapping[str, Any]) -> str | None:
    for name, value in meant.items():
        if stored[name] != value:
            return unlike(name, stored[name], value)
    return None


def unlike(name: str, stored: object, meant: object) -> str:
    """One line on a value that is not the one it should be."""
    return f"{name} is {_short(stored)}, by the journal {_short(meant)}"


def _short(value: object) -> str:
    text = " ".join(str(value).split())
    return repr(text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…")


def said(error: Exception) -> str:
    """The cause, without the place that a difference names itself."""
    text = " ".join(str(error).split())[:300]
    return text.split(": ", 1)[-1] if isinstance(error, Tampered) else text
