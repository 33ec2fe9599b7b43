"""Comparing policies run by run: differences, how sure they are, and what shared luck saves."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from remit.analysis.figures import CONFIDENCE
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
    """95 % bootstrap interval, run paired with run."""
    p: float
    """How easily chance alone makes such a difference; corrected for all that were compared. Where
    the means were solved there is no chance: 0 where they differ for certain, 1 where not."""

    @property
    def is_clear(self) -> bool:
        """Whether the two can be told apart."""
        return self.p < ALPHA


def differences(found: Results, response: Response, against: int) -> tuple[Difference, ...]:
    """Every other point against one, with Holm's correction over all of them."""
    if found.is_exact:
        return _exactly(found, response, against)
    table, place = found.table(response), found.there.index(against)
    others = [number for number in range(len(found.there)) if number != place]
    by = table[others] - table[place]
    resampled = found.resampled[response]
    ends = np.quantile(
        resampled[:, others] - resampled[:, [place]], [ALPHA / 2, 1 - ALPHA / 2], axis=0
    )
    raw = [paired_p(response, row) for row in by]
    return tuple(
        Difference(
            point=found.there[number], against=against, response=response,
            value=float(by[row].mean()), low=float(ends[0, row]), high=float(ends[1, row]), p=p,
        )
        for row, (number, p) in enumerate(zip(others, holm(raw), strict=True))
    )  # fmt: skip


def _exactly(found: Results, response: Response, against: int) -> tuple[Difference, ...]:
    """Differences of solved means: the interval holds the true one for certain."""
    one = found.mean(response, against)
    made = list[Difference]()
    for point in found.there:
        if point == against:
            continue
        other = found.mean(response, point)
        low, high = other.low - one.high, other.high - one.low
        made.append(
            Difference(
                point=point, against=against, response=response, value=other.value - one.value,
                low=low, high=high, p=1.0 if low <= 0 <= high else 0.0,
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
