"""What was solved in place of what was drawn: chances, means and visits with certified bounds."""

from dataclasses import replace
from math import inf, sqrt

from remit.analysis.chain.solving import Exact
from remit.analysis.forecast.drawn import Measure
from remit.analysis.forecast.estimate import Estimate
from remit.analysis.forecast.outlook import Amount, Chance, Outlook
from remit.state.vocabulary import FlawKind, Limit, Stage

SOLVED: dict[Measure, tuple[str, float]] = {
    Measure.HANDOFFS: ("handoffs", 1),
    Measure.COST: ("cost_micros", 1_000_000),
    Measure.TIME: ("elapsed_s", 3_600),
    Measure.TOKENS: ("tokens", 1),
    Measure.CTO_MATTERS: ("cto", 1),
    Measure.HUMAN_MATTERS: ("human", 1),
    Measure.REWORK: ("rework", 1),
    Measure.VERSIONS: ("contracts", 1),
}
"""The reward of the chain behind a measure, and what makes one unit. What is not named is drawn."""


def solved(drawn: Outlook, exact: Exact) -> Outlook:
    """The outlook with all that was solved; quantiles, pictures and the rest stay as drawn."""
    return replace(
        drawn,
        chances=tuple(_chance(one, exact) for one in drawn.chances),
        amounts=tuple(_amount(one, exact) for one in drawn.amounts),
        visits=tuple((stage, _visits(stage, one, exact)) for stage, one in drawn.visits),
    )


def _chance(one: Chance, exact: Exact) -> Chance:
    value = _value(one, exact)
    return one if value is None else replace(one, estimate=_above(value, exact.missing, 1.0))


def _value(one: Chance, exact: Exact) -> float | None:
    """What was found of a chance; `None` of the budgets, which are unlimited in the chain."""
    if one.group == "end":
        return exact.ends[Stage(one.name)]
    if one.group == "flawless":
        return exact.flawless
    if one.group == "escape":
        return exact.escaped[FlawKind(one.name)]
    return exact.reached.get(Limit(one.name))


def _above(found: float, missing: float, most: float = inf) -> Estimate:
    """What was found is never too much, because mass is only ever left out."""
    return Estimate(value=found, low=found, high=min(most, found + missing), exact=True)


def _amount(one: Amount, exact: Exact) -> Amount:
    if one.measure not in SOLVED:
        return one
    name, whole = SOLVED[one.measure]
    used = exact.used[name]
    return replace(
        one,
        mean=_above(used.mean, used.error).scaled(1 / whole),
        deviation=_deviation(exact, name).scaled(1 / whole),
    )


def _deviation(exact: Exact, name: str) -> Estimate:
    """The standard deviation, between what the least and the most that is missing make of it.

    With mass w, mean m and square s found, at most e missing of the mean, and no run using more
    than u: the true variance lies between s - (m + e)^2 and s + (1 - w) u^2 - m^2.
    """
    used, mass = exact.used[name], sum(exact.ends.values())
    square = mass * (used.sd**2 + (used.mean / mass) ** 2)
    most = used.error / exact.missing
    return Estimate(
        value=used.sd,
        low=sqrt(max(0.0, square - (used.mean + used.error) ** 2)),
        high=sqrt(max(0.0, square + exact.missing * most**2 - used.mean**2)),
        exact=True,
    )


def _visits(stage: Stage, drawn: Estimate, exact: Exact) -> Estimate:
    """A stage is not assigned more often than there are handoffs, so neither is what is missing."""
    found = exact.visits.get(stage)
    return drawn if found is None else _above(found, exact.used["handoffs"].error)
