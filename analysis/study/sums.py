"""Sums of a column of whole numbers: all that the interval of its mean needs, and can be added."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy import stats

from remit.analysis.figures import CONFIDENCE, wilson
from remit.analysis.study.responses import NATURES, Amounts, Response

_SMALL = 1 << 31
"""Below it a square fits in 64 bits, and sums of its halves in 64 bits as well."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sums:
    """The sums of a column, exact whatever its size."""

    count: int = 0
    total: int = 0
    squares: int = 0

    @classmethod
    def of(cls, amounts: Amounts) -> "Sums":
        """The sums of some amounts."""
        if np.abs(amounts).max(initial=0) < _SMALL:
            squares = amounts * amounts
            high, low = int((squares >> 32).sum()), int((squares & 0xFFFFFFFF).sum())
            return cls(count=len(amounts), total=int(amounts.sum()), squares=(high << 32) + low)
        large: list[int] = amounts.tolist()
        return cls(count=len(large), total=sum(large), squares=sum(one * one for one in large))

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            count=self.count + other.count,
            total=self.total + other.total,
            squares=self.squares + other.squares,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Mean:
    """A mean with the interval that holds the true one in 95 of 100 such studies."""

    value: float
    low: float
    high: float
    runs: int
    """0 where it was solved: then it lies between `low` and `high` for certain."""


def interval(response: Response, sums: Sums) -> Mean:
    """The mean of some runs: Wilson's interval for a share, Student's for an amount."""
    count = sums.count
    if NATURES[response].unit == "%":
        share = wilson(sums.total, count)
        return Mean(value=share.share, low=share.low, high=share.high, runs=count)
    scale = NATURES[response].scale
    middle = sums.total / count / scale
    if count == 1:
        return Mean(value=middle, low=float("-inf"), high=float("inf"), runs=count)
    apart = count * sums.squares - sums.total**2
    error = sqrt(apart / (count * (count - 1))) / sqrt(count) / scale
    half = float(stats.t.ppf((1 + CONFIDENCE) / 2, count - 1)) * error if error else 0.0
    return Mean(value=middle, low=middle - half, high=middle + half, runs=count)


def half_width(response: Response, sums: Sums) -> float:
    """Half the width of the interval of a mean."""
    found = interval(response, sums)
    return (found.high - found.low) / 2
