"""What completed steps do to the memory of a flaw."""

import numpy as np
import pytest

from remit.analysis.chain import mind
from remit.analysis.chain.mind import (
    ABSENT,
    AFTER,
    COMPLETES,
    HANDED,
    HANDS,
    HIDDEN,
    LEAVES,
    NEW,
    REGROUPS,
    REPORTED,
    RULED,
    RULES,
    WAITS,
    WAIVED,
    WAIVES,
)
from remit.state.vocabulary import FlawKind

WAITING = REPORTED | WAITS


@pytest.mark.parametrize(
    ("done", "before", "after"),
    [
        (0, NEW, WAITING),
        (LEAVES, NEW, REPORTED),
        (REGROUPS | LEAVES, NEW, HIDDEN),
        (REGROUPS | LEAVES, WAITING | HANDED, REPORTED | HANDED),
        (HANDS | LEAVES, NEW, REPORTED | HANDED),
        (HANDS | LEAVES, WAITING | RULED, REPORTED | RULED | HANDED),
        (HANDS | LEAVES, REPORTED | RULED, REPORTED | RULED),
        (RULES | LEAVES, WAITING, REPORTED | RULED),
        (RULES | WAIVES | LEAVES, WAITING, WAIVED),
        (WAIVES | LEAVES, NEW, WAIVED),
        (WAIVES | LEAVES, REPORTED | HANDED, REPORTED | HANDED),
    ],
)
def test_a_step_marks_what_it_deals_with(done: int, before: int, after: int) -> None:
    assert AFTER[done | COMPLETES, before] == after
    assert AFTER[done & ~COMPLETES, before] == before


@pytest.mark.parametrize("digit", [ABSENT, HIDDEN, WAIVED])
def test_what_nobody_has_named_is_not_marked(digit: int) -> None:
    assert set(AFTER[:, digit].tolist()) == {digit}


@pytest.mark.parametrize("kind", FlawKind)
def test_digits_stand_apart(kind: FlawKind) -> None:
    minds = np.array([0, (1 << mind.BITS) - 1])
    for digit in range(mind.DIGITS):
        changed = mind.with_digit(minds, kind, digit)
        assert mind.digit(changed, kind).tolist() == [digit, digit]
        for other in set(FlawKind) - {kind}:
            assert mind.digit(changed, other).tolist() == [0, mind.DIGITS - 1]


def test_a_mind_fits_beside_a_sign() -> None:
    assert mind.BITS < 63
    parts = (mind.ALL_SEATS, mind.ALL_PENDING, (1 << mind.ASKED) - 1, 63 << mind.SETTLED)
    assert sum(parts) == (1 << mind.BITS) - 1
