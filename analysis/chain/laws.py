"""The laws of what is drawn: amounts around a mean, sums and greatest of them, their moments."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from remit.agents.draws import BILLION, Probability

Masses = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Law:
    """A whole number at random: `masses[i]` is the probability of `low + i`."""

    low: int
    masses: Masses

    def moments(self) -> tuple[float, float]:
        """The mean and the variance of the number."""
        values = self.low + np.arange(len(self.masses), dtype=np.float64)
        mean = float(values @ self.masses)
        return mean, float((values - mean) ** 2 @ self.masses)

    def over(self, most: int) -> float:
        """The probability that the number is greater."""
        return float(self.masses[max(0, most + 1 - self.low) :].sum())

    def within(self, most: int) -> "Law":
        """The law of a number that is known not to be greater."""
        some = self.masses[: max(1, most + 1 - self.low)]
        return Law(self.low, some / (some.sum() or 1.0))

    def plus(self, other: "Law") -> "Law":
        """The law of the sum of two independent numbers."""
        return Law(self.low + other.low, np.convolve(self.masses, other.masses))

    def or_more(self, other: "Law") -> "Law":
        """The law of the greater of two independent numbers."""
        low = min(self.low, other.low)
        high = max(self.low + len(self.masses), other.low + len(other.masses))
        below = _until(self, low, high) * _until(other, low, high)
        return Law(low, np.diff(below, prepend=0.0))


def always(value: int) -> Law:
    """The law of what does not vary."""
    return Law(value, np.ones(1))


@lru_cache(maxsize=256)
def around(mean: int, share: Probability) -> Law:
    """The law of `draws.spread`: triangular, rounded down."""
    reach = mean * share / BILLION
    if not reach:
        return always(mean)
    least, most = int(np.floor(-reach)), int(np.ceil(reach))
    ends = (np.arange(least, most + 1) + 1) / reach
    below = np.where(ends < 0, (1 + ends) ** 2 / 2, 1 - (1 - ends) ** 2 / 2)
    below = np.where(ends <= -1, 0.0, np.where(ends >= 1, 1.0, below))
    return Law(mean + least, np.diff(below, prepend=0.0))


@lru_cache(maxsize=256)
def moments_around(mean: int, share: Probability) -> tuple[float, float]:
    """The mean and the variance of `around`, which can be the law of millions of numbers."""
    return around(mean, share).moments()


def _until(law: Law, low: int, high: int) -> Masses:
    """The probabilities of at most `low`, `low` + 1, … `high` - 1."""
    before, after = law.low - low, high - law.low - len(law.masses)
    return np.cumsum(np.concatenate([np.zeros(before), law.masses, np.zeros(after)]))
