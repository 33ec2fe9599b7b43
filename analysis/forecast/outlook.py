"""What is to come under one policy: chances, amounts and visits, out of drawn runs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from remit.analysis.forecast.drawn import (
    Drawn,
    Measure,
    Unit,
    amounts,
    chances,
    stage_visits,
    unit_of,
)
from remit.analysis.forecast.estimate import Estimate, Values, deviation, mean, quantile, share
from remit.state.vocabulary import Stage

PARTS: tuple[float, ...] = (0.1, 0.5, 0.9, 0.99)
"""The quantiles that are given."""
PICTURED: tuple[Measure, ...] = (Measure.COST, Measure.TIME, Measure.HANDOFFS)
BINS = 48
"""Bars of a distribution, at most."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Chance:
    """How likely something is."""

    group: str
    """`end`, `flawless`, `escape` (a flaw is inside what ships, accepted by nobody) or `limit` (its
    end is reached)."""
    name: str
    estimate: Estimate


@dataclass(frozen=True, kw_only=True, slots=True)
class Amount:
    """How an amount is spread over runs, however they end."""

    measure: Measure
    unit: Unit
    mean: Estimate
    deviation: Estimate
    """The standard deviation."""
    quantiles: tuple[tuple[float, Estimate], ...]
    """(part, the least value that this part of the runs does not exceed); always from runs."""

    def at(self, part: float) -> Estimate:
        """The quantile of a part that is given."""
        return dict(self.quantiles)[part]


@dataclass(frozen=True, kw_only=True, slots=True)
class Distribution:
    """Runs by their amount, for a picture."""

    measure: Measure
    edges: tuple[float, ...]
    """One more than there are bars; the last bar holds what lies beyond as well."""
    runs: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlook:
    """What a policy will do to a team that behaves so."""

    chances: tuple[Chance, ...]
    amounts: tuple[Amount, ...]
    visits: tuple[tuple[Stage, Estimate], ...]
    """Mean visits of each stage in a run."""
    distributions: tuple[Distribution, ...]

    def chance(self, group: str, name: str) -> Estimate:
        """The chance of that name."""
        return next(one.estimate for one in self.chances if (one.group, one.name) == (group, name))

    def amount(self, measure: Measure) -> Amount:
        """The amount of that measure."""
        return next(one for one in self.amounts if one.measure is measure)


def outlook(drawn: Drawn) -> Outlook:
    """What the drawn runs say, with an interval on every number."""
    return Outlook(
        chances=tuple(
            Chance(group=group, name=name, estimate=share(which))
            for group, name, which in chances(drawn)
        ),
        amounts=tuple(_amount(measure, amounts(drawn, measure)) for measure in Measure),
        visits=tuple((stage, mean(counts)) for stage, counts in stage_visits(drawn)),
        distributions=tuple(
            _distribution(measure, amounts(drawn, measure)) for measure in PICTURED
        ),
    )


def _amount(measure: Measure, values: Values) -> Amount:
    ordered = np.sort(values)
    return Amount(
        measure=measure,
        unit=unit_of(measure),
        mean=mean(values),
        deviation=deviation(values),
        quantiles=tuple((part, quantile(ordered, part)) for part in PARTS),
    )


def _distribution(measure: Measure, values: Values) -> Distribution:
    """Up to the amount that one run in a thousand exceeds: a long tail would leave no picture."""
    low, high = float(values.min()), float(np.quantile(values, 0.999))
    counts, edges = np.histogram(np.minimum(values, high), bins=_edges(measure, low, high))
    return Distribution(
        measure=measure,
        edges=tuple(float(edge) for edge in edges),
        runs=tuple(int(count) for count in counts),
    )


def _edges(measure: Measure, low: float, high: float) -> Sequence[float]:
    """Edges of equal bars; those of whole numbers lie between them."""
    if unit_of(measure) is Unit.COUNT:
        step = max(1, -(-int(high - low + 1) // BINS))
        return [edge - 0.5 for edge in range(int(low), int(high) + step + 1, step)]
    if high <= low:
        return [low - 0.5, low + 0.5]
    return [low + (high - low) * bar / BINS for bar in range(BINS)] + [high]
