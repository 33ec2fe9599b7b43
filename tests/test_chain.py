"""The chain of handoffs shows every change that somebody makes to it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.state.canonical import GENESIS, canonical
from remit.state.chain import Break, verify
from remit.state.codec import handoff_from
from remit.state.handoff import Handoff
from remit.state.record import StoredHandoff
from tests.records import NOW, any_handoff, handoffs

Rows = list[StoredHandoff]


def chain(values: list[Handoff]) -> Rows:
    rows: Rows = []
    previous = GENESIS
    for seq, value in enumerate(values, 1):
        numbered = replace(value, seq=seq)
        own = numbered.chained(previous)
        rows.append(
            StoredHandoff(
                seq=seq,
                handoff=numbered,
                body=canonical(numbered.body()),
                previous=previous,
                hash=own,
                written_at=NOW,
            )
        )
        previous = own
    return rows


def altered(rows: Rows, at: int, **changes: Any) -> Rows:
    return [*rows[:at], replace(rows[at], **changes), *rows[at + 1 :]]


@given(st.lists(any_handoff, max_size=4))
def test_a_chain_as_it_was_written_holds(values: list[Handoff]) -> None:
    rows = chain(values)
    assert verify(rows, rows[-1].hash if rows else GENESIS) is None


def reworded(rows: Rows) -> Rows:
    return altered(rows, 1, body=rows[1].body.replace("accepted", "rejected"))


CHANGES: dict[str, tuple[Callable[[Rows], Rows], int]] = {
    "text": (reworded, 2),
    "hash": (lambda rows: altered(rows, 1, hash="0" * 64), 2),
    "link": (lambda rows: altered(rows, 1, previous="0" * 64), 2),
    "gap": (lambda rows: [rows[0], rows[2]], 2),
    "no start": (lambda rows: rows[1:], 1),
    "swapped": (lambda rows: [rows[1], rows[0], rows[2]], 1),
    "another's text": (lambda rows: altered(rows, 1, handoff=rows[2].handoff), 2),
    "no end": (lambda rows: rows[:2], 3),
    "empty": (lambda rows: rows[:0], 1),
}
"""What somebody does to three rows, and the first row that shows it."""


@pytest.mark.parametrize("name", CHANGES)
def test_the_first_bad_row_is_named(name: str) -> None:
    change, seq = CHANGES[name]
    rows = chain(handoffs(3))
    found = verify(change(rows), rows[-1].hash)
    assert isinstance(found, Break)
    assert found.seq == seq
    assert found.why


def test_a_rewritten_end_is_seen_only_with_the_head() -> None:
    rows = chain(handoffs(3))
    forged = chain([*handoffs(2), replace(handoffs(3)[2], why="because I say so")])
    assert verify(forged) is None
    assert verify(forged, rows[-1].hash) is not None


@given(any_handoff)
def test_a_handoff_is_rebuilt_from_its_body(value: Handoff) -> None:
    assert handoff_from(value.body()) == value


@pytest.mark.parametrize(
    ("key", "value"),
    [("step", "1"), ("sender", "boss"), ("surprise", 1), ("fired", "ab"), ("spent", 7)],
)
def test_a_body_that_is_not_exact_is_refused(key: str, value: object) -> None:
    with pytest.raises(ValueError, match="validation error"):
        handoff_from(handoffs(1)[0].body() | {key: value})
