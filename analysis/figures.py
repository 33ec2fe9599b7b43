"""Figures of many runs: shares, spreads, and what is said of a group of runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist, fmean, quantiles

CONFIDENCE = 0.95
_Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """A part of some runs, and where the true share may lie: 0 to 1 each."""

    count: int
    of: int
    share: float
    low: float
    high: float
    """`low` to `high` is the Wilson interval at `CONFIDENCE`, for runs that differ by chance."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Spread:
    """How a quantity is spread over runs."""

    median: float
    p90: float
    """Nine in ten do not exceed it."""
    least: int
    most: int
    mean: float


@dataclass(frozen=True, kw_only=True, slots=True)
class LoopUse:
    """How far runs went under one limit."""

    limit: str
    reached: Share
    """Runs that came to its end, so that its action was taken."""
    spent: int
    """Runs that used any of it."""
    mean: float
    """Used by a run on average, those that used none included."""
    most: int
    """Used by one run; grants can take it past what is allowed."""
    allowed: tuple[int | None, ...]
    """By the policies of these runs, the smallest first; `None` is unlimited."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """A way in which runs stand, and how many do."""

    outcome: str
    reason: str
    """Its first words."""
    runs: int
    often: tuple[tuple[str, int], ...]
    """How the reason most often goes on, and in how many of the runs it does."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupStats:
    """The statistics of the runs that have something in common."""

    name: str
    key: str
    """The hash of the document they share, or their team; empty for all runs."""
    runs: int
    ended: int
    """Of them, those in which nothing more can happen: what they took is all they will take."""
    outcomes: tuple[tuple[str, Share], ...]
    """Of all runs, by outcome; those that no run has are left out, but for `shipped`."""
    reasons: tuple[Ended, ...]
    """The most frequent first."""
    handoffs: Spread | None
    """This and the next three are of the runs that ended; `None` where none did."""
    cost_micros: Spread | None
    tokens: Spread | None
    elapsed_s: Spread | None
    loops: tuple[LoopUse, ...] | None
    """`None` where they were not counted."""


def wilson(count: int, of: int, z: float = _Z) -> Share:
    """The share `count / of` with its score interval; of no runs, anything from 0 to 1.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal
    of the American Statistical Association 22 (1927), 209-212: the shares that a test of size
    2(1 - Φ(z)) would not reject. It never leaves 0 to 1, and holds near both ends.
    """
    if of == 0:
        return Share(count=0, of=0, share=0.0, low=0.0, high=1.0)
    share, odd = count / of, z * z / of
    middle = share + odd / 2
    half = z * sqrt(share * (1 - share) / of + odd / (4 * of))
    return Share(
        count=count,
        of=of,
        share=share,
        low=0.0 if count == 0 else (middle - half) / (1 + odd),
        high=1.0 if count == of else (middle + half) / (1 + odd),
    )


def spread(values: Sequence[int]) -> Spread | None:
    """The spread of values; `None` of none.

    Between two values a quantile is read off the straight line, as NumPy and pandas do by default.
    """
    if not values:
        return None
    deciles = quantiles(values, n=10, method="inclusive") if len(values) > 1 else [*values] * 9
    return Spread(
        median=deciles[4],
        p90=deciles[8],
        least=min(values),
        most=max(values),
        mean=fmean(values),
    )
