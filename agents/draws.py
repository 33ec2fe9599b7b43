"""Random numbers that depend on nothing but their names.

A draw is a hash of (seed, step, role, purpose). Any step can be done again alone and gives the same
answer, the order of the draws does not matter, and two policies can be compared on the same luck.
Integers only: the same seed gives the same bytes on every platform and Python.
"""

from hashlib import blake2b
from typing import NewType

Probability = NewType("Probability", int)
"""Parts in a billion, 0 to 1,000,000,000."""

BILLION = 1_000_000_000


def draw(seed: int, step: int, role: str, purpose: str) -> int:
    """A uniform integer in [0, 2^64), the same for the same four names."""
    return Stream(seed, step, role).draw(purpose)


class Stream:
    """The draws of one assignment. It has no state that moves: order and number do not matter."""

    __slots__ = ("_named",)

    def __init__(self, seed: int, step: int, role: str) -> None:
        name = "/".join((str(seed), str(step), role, ""))
        self._named = blake2b(name.encode(), digest_size=8)

    def draw(self, purpose: str) -> int:
        """A uniform integer in [0, 2^64)."""
        named = self._named.copy()
        named.update(purpose.encode())
        return int.from_bytes(named.digest(), "big")

    def happens(self, chance: Probability, purpose: str) -> bool:
        """Whether something of this probability happens.

        A more probable thing happens whenever a less probable one of the same name does.
        """
        return chance > 0 and self.draw(purpose) * BILLION < chance << 64


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
    offset = (number >> 32) + (number & _LOW) - _HALF
    return mean + (mean * share * offset) // _WHOLE


_HALF = 1 << 32
_LOW = _HALF - 1
_WHOLE = BILLION << 32
