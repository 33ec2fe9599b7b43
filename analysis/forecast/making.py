"""Making a forecast: of one policy, or of two on the same luck."""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from remit.agents.behaviour import Behaviour
from remit.analysis.forecast.against import differences
from remit.analysis.forecast.drawing import drawing
from remit.analysis.forecast.drawn import Draw, Drawn, Figure, unit_of
from remit.analysis.forecast.findings import Against, AtPoints, Basis, Method, Terms
from remit.analysis.forecast.forecast import Forecast
from remit.analysis.forecast.outlook import outlook
from remit.analysis.forecast.ranges import INNER, USUAL, Effort, Values2, at_points, ranges
from remit.graph.order import Order
from remit.state.errors import InputError
from remit.state.policy import Policy

RUNS = 20_000
"""Drawn unless more or fewer are asked for."""
LEAST, MOST = 1_000, 2_000_000
"""Fewer runs say nothing about one run in a hundred; more do not fit in memory."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """How a forecast is made."""

    runs: int = RUNS
    seed: int = 1
    effort: Effort | None = USUAL
    """Spent on the ranges; `None` leaves them out."""


def forecast(order: Order, against: Policy | None = None, wanted: Wanted = Wanted()) -> Forecast:
    """What the policy of an order will do, and what another would do on the same luck.

    Raises:
        InputError: too few or too many runs; one role works alone; a policy could never ship.
    """
    _check(order, wanted)
    draw = drawing(order.brief, order.manifest())
    mine = _draw(draw, order.behaviour, wanted)
    found = Forecast(
        terms=_terms(order),
        basis=Basis(method=Method.SAMPLE, runs=wanted.runs, seed=wanted.seed),
        outlook=outlook(mine),
        ranges=None,
    )
    if against is None:
        if wanted.effort is None:
            return found
        return replace(found, ranges=ranges(draw, order.behaviour, wanted.seed, wanted.effort))
    other = replace(order, policy=against)
    return replace(found, against=_against(draw, mine, other, wanted))


def _check(order: Order, wanted: Wanted) -> None:
    if not LEAST <= wanted.runs <= MOST:
        raise InputError(f"runs: {wanted.runs:,}: give {LEAST:,} to {MOST:,}")
    if order.mode is not None:
        raise InputError("mode: one role alone is not forecast; leave it out")


def _draw(draw: Draw, behaviour: Behaviour, wanted: Wanted) -> Drawn:
    return next(iter(draw([behaviour], wanted.runs, wanted.seed)))


def _terms(order: Order) -> Terms:
    labels = Counter(quantity.label for quantity in order.behaviour.values.values())
    return Terms(
        policy=order.policy.name,
        behaviour=order.behaviour.name,
        brief=order.brief.title,
        roles=tuple(str(seat) for seat in order.roles),
        labels=tuple((name, labels[name]) for name in ("measured", "published", "assumed")),
    )


def _against(draw: Draw, mine: Drawn, order: Order, wanted: Wanted) -> Against:
    """The other policy on the luck of the first, run by run and at every point of the ranges."""
    other = drawing(order.brief, order.manifest())
    theirs = _draw(other, order.behaviour, wanted)
    effort = wanted.effort
    points: tuple[AtPoints, ...] = ()
    if effort is not None:
        first = at_points(draw, order.behaviour, wanted.seed, effort)
        points = _over_points(at_points(other, order.behaviour, wanted.seed, effort) - first)
    return Against(
        terms=_terms(order),
        outlook=outlook(theirs),
        differences=differences(mine, theirs),
        over_ranges=points,
    )


def _over_points(by: Values2) -> tuple[AtPoints, ...]:
    """The differences at the points, figure by figure."""
    low, high = np.quantile(by, INNER, axis=0)
    return tuple(
        AtPoints(
            figure=figure,
            unit=unit_of(figure),
            low=float(low[place]),
            high=float(high[place]),
            more=int(np.count_nonzero(by[:, place] > 0)),
            less=int(np.count_nonzero(by[:, place] < 0)),
            of=len(by),
        )
        for place, figure in enumerate(Figure)
    )
