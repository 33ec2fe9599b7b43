"""Random numbers that depend on nothing but their names.

A draw is a hash of (seed, step, role, purpose). Any step can be done again alone and gives the same
answer, the order of the draws does not matter, and two policies can be compared on the same luck.
Integers only: the same seed gives the same bytes on every platform and Python.
"""

from decimal import Decimal
from hashlib import blake2b
from typing import NewType

Probability = NewType("Probability", int)
"""Parts in a billion, 0 to 1,000,000,000."""

BILLION = 1_000_000_000
NEVER = Probability(0)
ALWAYS = Probability(BILLION)
_HALF = 1 << 32


def draw(seed: int, step: int, role: str, purpose: str) -> int:
    """A uniform integer in [0, 2^64), the same for the same four names."""
    name = "/".join((str(seed), str(step), role, purpose))
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big")


def happens(chance: Probability, seed: int, step: int, role: str, purpose: str) -> bool:
    """Whether something of this probability happens.

    A more probable thing happens whenever a less probable one of the same name does.
    """
    if chance <= 0:
        return False
    return draw(seed, step, role, purpose) * BILLION < chance << 64


def choose(weights: tuple[int, ...], number: int) -> int:
    """Index of the weight in which a draw falls; weights are relative to their own sum.

    Raises:
        ValueError: no weight is positive.
    """
    total = sum(weights)
    if total <= 0:
        raise ValueError("no weight is positive")
    rest = number * total >> 64
    for index, weight in enumerate(weights):
        if rest < weight:
            return index
        rest -= weight
    raise AssertionError("a draw is less than 2^64")


def spread(mean: int, share: Probability, number: int) -> int:
    """An integer around `mean`, at most `share` of it away.

    It is mean * (1 + share * (u + v - 1)), rounded down, where u and v are the halves of the draw
    as uniform numbers in [0, 1). The law is triangular: mean `mean` (less than one unit below it
    after rounding), variance (mean * share)^2 / 6. Never negative, because `share` is at most one.
    """
    offset = (number >> 32) + (number & (_HALF - 1)) - _HALF
    return max(mean + (mean * share * offset) // (BILLION << 32), 0)


def probability(value: Decimal | int) -> Probability:
    """A decimal between 0 and 1 as parts in a billion; further digits are cut off.

    Raises:
        ValueError: the value is not between 0 and 1.
    """
    if not 0 <= value <= 1:
        raise ValueError(f"{value} is not between 0 and 1")
    return Probability(int(value * BILLION))
