"""Making a forecast: of one policy, or of two on the same luck."""

from collections import Counter
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from remit.agents.behaviour import Behaviour
from remit.analysis.chain.moves import Moves
from remit.analysis.chain.solving import MOST_STATES, Exact, TooLarge, solve
from remit.analysis.chain.world import world_of
from remit.analysis.forecast.against import differences
from remit.analysis.forecast.drawing import drawing
from remit.analysis.forecast.drawn import Draw, Drawn, Figure, unit_of
from remit.analysis.forecast.exact import solved
from remit.analysis.forecast.findings import Against, AtPoints, Basis, Method, Terms
from remit.analysis.forecast.forecast import Forecast
from remit.analysis.forecast.outlook import outlook
from remit.analysis.forecast.ranges import INNER, USUAL, Effort, Values2, at_points, ranges
from remit.analysis.lines import listed
from remit.graph.manifest import Manifest, refuse_unanswerable
from remit.graph.order import Order
from remit.state.errors import InputError
from remit.state.policy import Policy
from remit.state.vocabulary import BUDGETS, LOOPS

RUNS = 20_000
"""Drawn unless more or fewer are asked for."""
LEAST, MOST = 1_000, 2_000_000
"""Fewer runs say nothing about one run in a hundred; more do not fit in memory."""
TOLERANCE = 1e-6
QUICK_STATES = 5_000
"""States that are solved without being asked for: about a second."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """How a forecast is made."""

    method: Method | None = None
    """`None` solves what can be solved in seconds, and samples the rest."""
    runs: int = RUNS
    seed: int = 1
    tolerance: float = TOLERANCE
    """Most of the probability that an exact solution may leave out."""
    effort: Effort | None = USUAL
    """Spent on the ranges; `None` leaves them out."""
    named: tuple[str, str] = ("", "")
    """What the first and the second policy are called, if not by the names in them."""


USUALLY = Wanted()


def forecast(order: Order, against: Policy | None = None, wanted: Wanted = USUALLY) -> Forecast:
    """What the policy of an order will do, and what another would do on the same luck.

    Raises:
        InputError: what is wanted is out of bounds, one role works alone, a policy could never
            ship, or the chain is too large to be solved.
    """
    _check(order, against, wanted)
    moves = Moves(order.manifest())
    solving = against is None and wanted.method is not Method.SAMPLE
    exact = _solve(order, wanted, moves) if solving else None
    draw = drawing(order.brief, order.manifest(), moves)
    mine = _draw(draw, order.behaviour, wanted)
    found = Forecast(
        terms=_terms(order, wanted.named[0]),
        basis=Basis(method=Method.SAMPLE, runs=wanted.runs, seed=wanted.seed),
        outlook=outlook(mine),
        ranges=None,
    )
    if against is not None:
        other = replace(order, policy=against)
        return replace(found, against=_against(draw, mine, other, wanted))
    if exact is not None:
        found = _solved(found, exact, mine, asked=wanted.method is Method.EXACT)
    if wanted.effort is None:
        return found
    return replace(found, ranges=ranges(draw, order.behaviour, wanted.seed, wanted.effort))


LEAST_TOLERANCE = 1e-10
"""Below it, rounding would decide."""


def check_tolerance(tolerance: float) -> None:
    """Refuse a tolerance that no solution can keep, or that says nothing.

    Raises:
        InputError: it is out of bounds.
    """
    if not LEAST_TOLERANCE <= tolerance < 1:
        raise InputError(f"tolerance: {tolerance:g}: give a number from {LEAST_TOLERANCE:g} to 1")


def _check(order: Order, against: Policy | None, wanted: Wanted) -> None:
    if not LEAST <= wanted.runs <= MOST:
        raise InputError(f"runs: {wanted.runs:,}: give {LEAST:,} to {MOST:,}")
    check_tolerance(wanted.tolerance)
    for policy, named in zip((order.policy, against), wanted.named, strict=True):
        if policy is not None:
            manifest = replace(order, policy=policy).manifest()
            refuse_unanswerable(manifest, named or policy.name)
    if order.mode is not None:
        raise InputError("mode: one role alone is not forecast; leave it out")
    if against is not None and wanted.method is Method.EXACT:
        raise InputError("method: two policies are compared on drawn runs; leave 'exact' out")


def _solve(order: Order, wanted: Wanted, moves: Moves) -> Exact | TooLarge:
    """The solution, or why there is none.

    Raises:
        InputError: it is asked for, and too large.
    """
    asked = wanted.method is Method.EXACT
    manifest = order.manifest()
    try:
        return solve(
            manifest, order.behaviour, world_of(order.brief, manifest),
            tolerance=wanted.tolerance, most_states=MOST_STATES if asked else QUICK_STATES,
            moves=moves,
        )  # fmt: skip
    except TooLarge as error:
        if not asked:
            return error
        raise InputError(
            f"method: an exact solution would need {error.size} states; use 'sample'"
            f"{error.larger}, or lower limits: {_widest(manifest)}"
        ) from error


def _widest(manifest: Manifest) -> str:
    """The limits that make the most of the states, with what they allow, the widest first."""
    allowed = {limit: manifest.limit(limit) for limit in LOOPS}
    wide = [limit for limit in LOOPS if not 0 <= allowed[limit] <= 1]
    wide = wide or [limit for limit in LOOPS if allowed[limit]]
    wide.sort(key=lambda limit: allowed[limit] if allowed[limit] >= 0 else inf, reverse=True)
    return ", ".join(
        f"{limit} ({allowed[limit]:,})" if allowed[limit] >= 0 else f"{limit} (unlimited)"
        for limit in wide
    )


def _solved(found: Forecast, exact: Exact | TooLarge, drawn: Drawn, *, asked: bool) -> Forecast:
    """The forecast with what was solved; where it was not, or must not be, a note says why."""
    if isinstance(exact, TooLarge):
        return _noted(
            found,
            f"Not solved exactly: that takes more than {exact.most:,} states (--method exact tries "
            f"up to {MOST_STATES:,}).",
        )
    used_up = [str(limit) for limit, over in zip(BUDGETS, drawn.over, strict=True) if over.any()]
    if used_up and not asked:
        note = f"Not solved exactly: budgets would be unlimited, and runs use up {listed(used_up)}."
        return _noted(found, note)
    matter = "no drawn run uses one up" if not used_up else f"drawn runs use up {listed(used_up)}"
    basis = replace(found.basis, method=Method.EXACT, states=exact.states)
    note = f"The exact part takes handoffs, money, tokens and time as unlimited; {matter}."
    return _noted(replace(found, basis=basis, outlook=solved(found.outlook, exact)), note)


def _noted(found: Forecast, note: str) -> Forecast:
    return replace(found, basis=replace(found.basis, notes=(*found.basis.notes, note)))


def _draw(draw: Draw, behaviour: Behaviour, wanted: Wanted) -> Drawn:
    return next(iter(draw([behaviour], wanted.runs, wanted.seed)))


def _terms(order: Order, named: str) -> Terms:
    labels = Counter(quantity.label for quantity in order.behaviour.values.values())
    return Terms(
        policy=named or order.policy.name,
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
        terms=_terms(order, wanted.named[1]),
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
