"""Comparing policies run by run: differences, how sure they are, and what shared luck saves."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from remit.analysis.figures import CONFIDENCE, wilson
from remit.analysis.study.responses import NATURES, Response
from remit.analysis.study.results import Matrix, Results

ALPHA = 1 - CONFIDENCE
ROUNDING = 1e-9
"""Differences that vary by less than this part of themselves are the same in every run."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """How far the mean of a point lies from that of another."""

    point: int
    against: int
    response: Response
    value: float
    """In the response's unit: this point's mean less the other's."""
    low: float
    high: float
    """95 % interval, run paired with run: Newcombe's of shares, the bootstrap's of amounts."""
    wide: tuple[float, float]
    """The same, wider by as much as it takes that all that were compared hold together, in 95 of
    100 studies (Bonferroni's correction)."""
    differs: int
    """Of the common runs, those in which the two are not the same; 0 where solved."""
    p: float
    """How easily chance alone makes such a difference; corrected for all that were compared. Where
    the means were solved there is no chance: 0 where they differ for certain, 1 where not."""

    @property
    def is_clear(self) -> bool:
        """Whether the two can be told apart."""
        return self.p < ALPHA


def differences(
    found: Results, response: Response, against: int, among: Collection[int] | None = None
) -> tuple[Difference, ...]:
    """Other points against one, with Holm's correction over all of them.

    Args:
        found: the results.
        response: what is compared.
        against: the point that the others are held against.
        among: the points that are compared; all, if not said.
    """
    compared = [one for one in found.there if one != against and (among is None or one in among)]
    if not compared:
        return ()
    if found.is_exact:
        return _exactly(found, response, against, compared)
    table, place = found.table(response), found.there.index(against)
    others = [found.there.index(point) for point in compared]
    by = table[others] - table[place]

    def ends(alpha: float) -> list[tuple[float, float]]:
        if NATURES[response].unit == "%":
            return [newcombe(table[other], table[place], alpha) for other in others]
        drawn = found.resampled[response][:, others] - found.resampled[response][:, [place]]
        low, high = np.quantile(drawn, [alpha / 2, 1 - alpha / 2], axis=0).tolist()
        return [*zip(low, high, strict=True)]

    own, wide = ends(ALPHA), ends(ALPHA / len(others))
    raw = [paired_p(response, row) for row in by]
    return tuple(
        Difference(
            point=point, against=against, response=response, value=float(by[row].mean()),
            low=own[row][0], high=own[row][1], wide=wide[row],
            differs=int(np.count_nonzero(by[row])), p=p,
        )
        for row, (point, p) in enumerate(zip(compared, holm(raw), strict=True))
    )  # fmt: skip


def newcombe(one: Matrix, other: Matrix, alpha: float = ALPHA) -> tuple[float, float]:
    """Interval (1 - `alpha`) of the difference of two shares of the same runs, each 0 or 1 by run.

    R. G. Newcombe, "Improved confidence intervals for the difference between binomial proportions
    based on paired data", Statistics in Medicine 17 (1998), 2635-2650, method 10: Wilson's limits
    of both shares, joined by their correlation. It holds also where few runs differ, or none.
    SciPy has no interval of paired shares.
    """
    runs = len(one)
    both, first, second = (
        int(np.count_nonzero(some)) for some in (one * other, one * (1 - other), other * (1 - one))
    )
    neither = runs - both - first - second
    z = float(stats.norm.isf(alpha / 2))
    mine, its = wilson(both + first, runs, z), wilson(both + second, runs, z)
    margins = (both + first) * (second + neither) * (both + second) * (first + neither)
    joint = both * neither - first * second
    held = max(joint - runs / 2, 0.0) if joint > 0 else joint
    together = held / math.sqrt(margins) if margins else 0.0
    by = mine.share - its.share

    def reach(near: float, far: float) -> float:
        return math.sqrt(max(near**2 - 2 * together * near * far + far**2, 0.0))

    return (
        by - reach(mine.share - mine.low, its.high - its.share),
        by + reach(mine.high - mine.share, its.share - its.low),
    )


def _exactly(
    found: Results, response: Response, against: int, compared: Sequence[int]
) -> tuple[Difference, ...]:
    """Differences of solved means: the interval holds the true one for certain."""
    one = found.mean(response, against)
    made = list[Difference]()
    for point in compared:
        other = found.mean(response, point)
        low, high = other.low - one.high, other.high - one.low
        made.append(
            Difference(
                point=point, against=against, response=response, value=other.value - one.value,
                low=low, high=high, wide=(low, high), differs=0, p=1.0 if low <= 0 <= high else 0.0,
            )
        )  # fmt: skip
    return tuple(made)


def paired_p(response: Response, by: Matrix) -> float:
    """The two-sided p-value of paired differences.

    Of shares, the exact sign test of the runs in which one happened and not the other (McNemar);
    of amounts, Student's.
    """
    if not by.any():
        return 1.0
    if NATURES[response].unit == "%":
        gained, lost = int((by > 0).sum()), int((by < 0).sum())
        return float(stats.binomtest(gained, gained + lost, 0.5).pvalue)
    if float(np.ptp(by)) <= ROUNDING * float(np.abs(by).max()):
        return 0.0
    return float(stats.ttest_1samp(by, 0.0).pvalue)


def holm(values: Sequence[float]) -> list[float]:
    """p-values corrected for their number.

    S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
    Statistics 6 (1979), 65-70. SciPy has the corrections of false discovery rates only.
    """
    corrected, worst = [1.0] * len(values), 0.0
    for rank, place in enumerate(sorted(range(len(values)), key=lambda one: values[one])):
        worst = max(worst, min(1.0, (len(values) - rank) * values[place]))
        corrected[place] = worst
    return corrected


@dataclass(frozen=True, kw_only=True, slots=True)
class Saving:
    """What shared luck saves: variances of differences against one point, over all others."""

    response: Response
    paired: float
    """Mean variance of a difference, runs of the same number together."""
    independent: float
    """The same with every run set against a run of another number: independent luck."""

    @property
    def factor(self) -> float:
        """How many times as many runs independent seeds would need; `inf` where none differ."""
        if self.paired == 0:
            return float("inf") if self.independent else 1.0
        return self.independent / self.paired


def saving(found: Results, response: Response, against: int) -> Saving:
    """Measured on the study's own runs: paired as they are, and shifted by one."""
    table, place = found.table(response), found.there.index(against)
    others = [number for number in range(len(found.there)) if number != place]
    paired = (table[others] - table[place]).var(axis=1, ddof=1)
    apart = (table[others] - np.roll(table[place], 1)).var(axis=1, ddof=1)
    return Saving(response=response, paired=float(paired.mean()), independent=float(apart.mean()))
