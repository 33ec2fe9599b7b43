"""Two policies on the same luck: what differs, by how much, and what cannot be told apart."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt

import numpy as np

from remit.analysis.forecast.drawn import Drawn, Measure, Unit, amounts, chances, unit_of
from remit.analysis.forecast.estimate import Estimate, Values, mean, share, share_shift, shift


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One number under the first policy and under the second, and the difference run by run."""

    group: str
    """`end`, `flawless`, `escape`, `limit`, or `amount` for the mean of an amount."""
    name: str
    unit: Unit
    first: Estimate
    second: Estimate
    by: Estimate
    """The second less the first."""
    narrowed: float
    """How many times as wide the interval would be on luck of their own; `inf` where the runs do
    not differ at all."""

    @property
    def told_apart(self) -> bool:
        """Whether the interval of the difference leaves out 0."""
        return self.by.is_clear


def differences(first: Drawn, second: Drawn) -> tuple[Difference, ...]:
    """Every number of two policies, compared run by run: the n-th runs had the same luck."""
    return (*_chances(first, second), *_amounts(first, second))


def _chances(first: Drawn, second: Drawn) -> Iterator[Difference]:
    for (group, name, one), (_, _, other) in zip(chances(first), chances(second), strict=True):
        yield Difference(
            group=group,
            name=name,
            unit=Unit.SHARE,
            first=share(one),
            second=share(other),
            by=share_shift(one, other),
            narrowed=_narrowed(one.astype(np.float64), other.astype(np.float64)),
        )


def _amounts(first: Drawn, second: Drawn) -> Iterator[Difference]:
    for measure in Measure:
        one, other = amounts(first, measure), amounts(second, measure)
        yield Difference(
            group="amount",
            name=str(measure),
            unit=unit_of(measure),
            first=mean(one),
            second=mean(other),
            by=shift(one, other),
            narrowed=_narrowed(one, other),
        )


def _narrowed(first: Values, second: Values) -> float:
    """The standard error on two lucks over that on the same."""
    apart = float(np.var(first) + np.var(second))
    together = float(np.var(second - first))
    if together == 0:
        return float("inf") if apart else 1.0
    return sqrt(apart / together)
