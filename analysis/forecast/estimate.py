"""Estimates: a number, and how far the truth may lie from it.

Confidence is 95 % throughout (`CONFIDENCE`). Values in, values out: nothing is drawn here.
"""

from dataclasses import dataclass
from math import ceil, inf, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtrik, ndtri, stdtrit

from remit.analysis.figures import CONFIDENCE, wilson

Values = NDArray[np.float64]
"""One number for each run."""
Hits = NDArray[np.bool_]
"""Whether it happened, for each run."""
TAIL = (1 - CONFIDENCE) / 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """A number with the interval that holds the truth."""

    value: float
    low: float
    high: float
    """`inf` where too few runs say anything about that side."""
    exact: bool = False
    """Whether the interval is a certified bound; else it holds with confidence `CONFIDENCE`."""

    @property
    def width(self) -> float:
        """From one end to the other."""
        return self.high - self.low

    @property
    def is_clear(self) -> bool:
        """Of a difference: whether the interval leaves nothing out but what has this sign."""
        return self.low > 0 or self.high < 0

    def scaled(self, factor: float) -> "Estimate":
        """The same in a unit that is `factor` times as small; `factor` is positive."""
        return Estimate(
            value=self.value * factor,
            low=self.low * factor,
            high=self.high * factor,
            exact=self.exact,
        )


def share(hits: Hits) -> Estimate:
    """How likely something is: the share of runs with its Wilson interval."""
    found = wilson(int(np.count_nonzero(hits)), len(hits))
    return Estimate(value=found.share, low=found.low, high=found.high)


def mean(values: Values) -> Estimate:
    """The mean with Student's interval, which the size of a sample makes good for any law."""
    middle, half = _student(values)
    return Estimate(value=middle, low=middle - half, high=middle + half)


def deviation(values: Values) -> Estimate:
    """The standard deviation, its interval from the fourth moment of the same values.

    The variance of a sample variance is about (m4 - s^4) / n for any law with a fourth moment;
    halved by the square root. With values all alike it is 0 and the interval has no width.
    """
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    if spread == 0:
        return Estimate(value=0.0, low=0.0, high=0.0)
    away: Values = values - float(values.mean())
    fourth = float((away**4).mean())
    error = sqrt(max(0.0, fourth - spread**4) / len(values)) / (2 * spread)
    half = -float(ndtri(TAIL)) * error
    return Estimate(value=spread, low=max(0.0, spread - half), high=spread + half)


def quantile(ordered: Values, part: float) -> Estimate:
    """The least value that `part` of the runs do not exceed, with its order-statistic interval.

    How many of n runs stay below the true quantile is binomial (n, part), whatever the law; the
    interval runs between the values at the ranks that the binomial leaves in the middle.

    Args:
        ordered: values that do not fall, at least one; none is negative.
        part: between 0 and 1, both left out.
    """
    count = len(ordered)
    low, high = _rank(TAIL, count, part), _rank(1 - TAIL, count, part) + 1
    return Estimate(
        value=float(ordered[min(count, max(1, ceil(count * part))) - 1]),
        low=float(ordered[low - 1]) if low >= 1 else 0.0,
        high=float(ordered[high - 1]) if high <= count else inf,
    )


def _rank(chance: float, count: int, part: float) -> int:
    """The least number whose binomial (count, part) distribution function is `chance` or more."""
    return max(0, ceil(float(bdtrik(chance, count, part))))


def shift(first: Values, second: Values) -> Estimate:
    """The mean of second - first, run by run: what the same luck has in common falls out."""
    return mean(second - first)


def share_shift(first: Hits, second: Hits) -> Estimate:
    """How much likelier something is in `second` than in `first`, run by run.

    The paired interval of A. Agresti and Y. Min, "Simple improved confidence intervals for
    comparing matched proportions", Statistics in Medicine 24 (2005), 729-740: half a run is added
    to each of the four cells, so that two that never differed have an interval with a width.
    """
    count = len(first)
    gained = int(np.count_nonzero(second & ~first))
    lost = int(np.count_nonzero(first & ~second))
    more = count + 2
    middle = (gained - lost) / more
    spread = ((gained + lost + 1) - (gained - lost) ** 2 / more) / more
    half = -float(ndtri(TAIL)) * sqrt(max(0.0, spread) / more)
    return Estimate(
        value=(gained - lost) / count,
        low=max(-1.0, middle - half),
        high=min(1.0, middle + half),
    )


def _student(values: Values) -> tuple[float, float]:
    """Mean, and half the width of its interval."""
    count = len(values)
    if count < 2:
        return float(values.mean()), inf
    error = float(np.std(values, ddof=1)) / sqrt(count)
    return float(values.mean()), -float(stdtrit(count - 1, TAIL)) * error
