"""The chain of handoffs shows every change that somebody makes to it."""

from collections.abc import Callable
from dataclasses import replace

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


def altered(rows: Rows, at: int, **changes: str) -> Rows:
    return [*rows[:at], replace(rows[at], **changes), *rows[at + 1 :]]


@given(st.lists(any_handoff, max_size=4))
def test_a_chain_as_it_was_written_holds(values: list[Handoff]) -> None:
    rows = chain(values)
    assert verify(rows, rows[-1].hash if rows else GENESIS) is None


@pytest.mark.parametrize(
    ("change", "seq"),
    [
        (lambda rows: altered(rows, 1, body=rows[1].body.replace("accepted", "rejected")), 2),
        (lambda rows: altered(rows, 1, hash="0" * 64), 2),
        (lambda rows: altered(rows, 1, previous="0" * 64), 2),
        (lambda rows: [rows[0], rows[2]], 2),
        (lambda rows: rows[1:], 1),
        (lambda rows: [rows[1], rows[0], rows[2]], 1),
        (lambda rows: [rows[0], replace(rows[1], handoff=rows[2].handoff), rows[2]], 2),
        (lambda rows: rows[:2], 3),
        (lambda rows: [], 1),
    ],
    ids=["text", "hash", "link", "gap", "no start", "swapped", "other's text", "no end", "empty"],
)  # fmt: skip
def test_the_first_bad_row_is_named(change: Callable[[Rows], Rows], seq: int) -> None:
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
    "change",
    [{"step": "1"}, {"sender": "boss"}, {"surprise": 1}, {"fired": "ab"}, {"spent": [{}]}],
)
def test_a_body_that_is_not_exact_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        handoff_from(handoffs(1)[0].body() | change)
