"""Choosing: the policies that nothing beats, the knee among them, and a recommendation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.analysis.study.compare import Difference, differences
from remit.analysis.study.plan import Constraint, Goal
from remit.analysis.study.responses import NATURES, Response
from remit.analysis.study.results import Matrix, Results
from remit.state.errors import InputError

TIE = 1e-12
"""Means that lie closer than this are the same number; solved ones, than their error beside it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Front:
    """The points that no other beats in every response at once."""

    responses: tuple[Response, ...]
    points: tuple[int, ...]
    """From the best in the first response on."""
    knee: int
    """Of them, the one that is closest to having the best of each: every response is put on a
    scale from 0 (the best on the front) to 1 (the worst on it), and the distance is Euclid's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Missed:
    """By how much a point misses a bound."""

    constraint: Constraint
    value: float
    """The mean at the point."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Recommendation:
    """The point that is best among those that meet every bound."""

    goal: Goal
    constraints: tuple[Constraint, ...]
    point: int
    """Where nothing meets the bounds: the one that comes closest."""
    missed: tuple[Missed, ...]
    """What the point misses; empty for a recommendation."""
    fits: tuple[int, ...]
    """The points that meet every bound."""
    unbeaten: float
    """Of the bootstrap samples, the share in which it fits and nothing that fits is better."""
    ahead: float
    """Of them, the share in which everything else that fits is worse, `same` left aside."""
    meets: float
    """Of the bootstrap samples, the share in which this point meets every bound."""
    alike: tuple[int, ...]
    """Others that meet the bounds and cannot be told from it in the goal."""
    same: tuple[int, ...]
    """Of these, those that are as good in every run, or whose solved means are the same."""
    clearly_worse: tuple[int, ...]
    """Others that meet the bounds and are clearly worse in the goal."""
    against: tuple[Difference, ...]
    """Each of these less the recommended one, in the goal."""
    worlds: int
    """Other worlds that were looked into."""
    unbeaten_in: int
    """Of them, those in which it fits and nothing that fits is better."""
    meets_in: int
    """Of them, those in which this point meets every bound."""

    @property
    def is_met(self) -> bool:
        """Whether anything meets the bounds."""
        return not self.missed


def _signed(responses: Sequence[Response], rows: Matrix) -> Matrix:
    """The last axis are the responses: turned so that less is better."""
    signs = [-1.0 if NATURES[one].more_is_better else 1.0 for one in responses]
    signed: Matrix = rows * np.array(signs)
    return signed


def front(found: Results, responses: Sequence[Response] | None = None) -> Front:
    """The Pareto front over some responses (those of the study where none are named).

    Raises:
        InputError: the study has not looked at one of them, or has no runs.
    """
    names = tuple(responses or found.asked.front)
    check_there(found, names)
    costs = _signed(names, np.stack([_grained(found, one) for one in names], axis=-1))
    on = _undominated(costs)
    places = sorted(np.flatnonzero(on).tolist(), key=lambda place: tuple(costs[place]))
    return Front(
        responses=names,
        points=tuple(found.there[place] for place in places),
        knee=found.there[_knee(costs, places)],
    )


def _grained(found: Results, response: Response) -> Matrix:
    """The means; solved ones to the places that their error leaves, so that equal ones are."""
    slack = found.slack(response)
    means = found.means[response]
    return np.round(means, int(-np.ceil(np.log10(slack)))) if slack else means


def _undominated(costs: Matrix) -> NDArray[np.bool_]:
    """Which rows no other row beats: as good in everything, better in something."""
    no_worse = (costs[:, None] <= costs[None]).all(axis=-1)
    better = (costs[:, None] < costs[None]).any(axis=-1)
    free: NDArray[np.bool_] = np.logical_not((no_worse & better).any(axis=0))
    return free


def _knee(costs: Matrix, places: Sequence[int]) -> int:
    on = costs[[*places]]
    least, most = on.min(axis=0), on.max(axis=0)
    width = np.where(most > least, most - least, 1.0)
    return places[int(np.linalg.norm((on - least) / width, axis=1).argmin())]


def recommend(
    found: Results, constraints: Sequence[Constraint] | None = None, goal: Goal | None = None
) -> Recommendation:
    """The best point under bounds; those of the study where none are given.

    Raises:
        InputError: the study has not looked at a response, or has no runs.
    """
    bounds = tuple(found.asked.constraints if constraints is None else constraints)
    goal = goal or found.asked.goal
    then = found.asked.tie_break(goal)
    check_there(found, [goal.response, *(one.response for one in bounds)])
    means = {name: values[None] for name, values in found.means.items()}
    fits = _fits(means, bounds)[0]
    if not fits.any():
        return _closest(found, bounds, goal)
    tie = TIE + found.slack(goal.response)
    place = _best(means, bounds, goal, then, tie)
    point = found.there[place]
    unbeaten = _unbeaten(found.resampled, bounds, goal, tie)
    meets = _fits(found.resampled, bounds)[:, place]
    fitting = tuple(found.there[at] for at in np.flatnonzero(fits).tolist())
    against = differences(found, goal.response, point, fitting)
    alike = tuple(one.point for one in against if not one.is_clear)
    same = tuple(
        one.point for one in against if one.point in alike and (found.is_exact or not one.differs)
    )
    others = [at for at, one in enumerate(found.there) if at != place and one not in same]
    looked, unbeaten_in, meets_in = _in_worlds(found, bounds, goal, place)
    return Recommendation(
        goal=goal, constraints=bounds, point=point, missed=(),
        fits=fitting, unbeaten=float(unbeaten[:, place].mean()),
        ahead=float((unbeaten[:, place] & ~unbeaten[:, others].any(axis=1)).mean()),
        meets=float(meets.mean()), alike=alike, same=same,
        clearly_worse=tuple(one.point for one in against if one.is_clear),
        against=against, worlds=looked, unbeaten_in=unbeaten_in, meets_in=meets_in,
    )  # fmt: skip


def check_there(found: Results, responses: Sequence[Response]) -> None:
    """See that there is something to choose from, judged by what the study looked at.

    Raises:
        InputError: there is not.
    """
    if not found.there:
        raise InputError(f"study {found.row.id!r}: has no runs yet; go on with --resume")
    missing = [str(one) for one in responses if one not in found.asked.responses]
    if missing:
        raise InputError(
            f"study {found.row.id!r}: did not look at {', '.join(missing)}; "
            f"it has {', '.join(found.asked.responses)}"
        )


Means = Mapping[Response, Matrix]
"""By response, shape (samples, points)."""


def _fits(means: Means, bounds: Sequence[Constraint]) -> NDArray[np.bool_]:
    """Shape (samples, points): which points meet every bound."""
    fits = np.ones(next(iter(means.values())).shape, np.bool_)
    for one in bounds:
        values = means[one.response]
        fits &= values <= one.bound if one.most else values >= one.bound
    return fits


def _best(
    means: Means, bounds: Sequence[Constraint], goal: Goal, then: Response | None, tie: float
) -> int:
    """The place of the best of the points that meet every bound, in the first sample.

    Of points that are equally good, the one that is better in `then`, and then the first.
    """
    top = _unbeaten(means, bounds, goal, tie)[0]
    if then is None:
        return int(top.argmax())
    sign = -1 if NATURES[then].more_is_better else 1
    return int(np.where(top, means[then][0] * sign, np.inf).argmin())


def _unbeaten(
    means: Means, bounds: Sequence[Constraint], goal: Goal, tie: float = TIE
) -> NDArray[np.bool_]:
    """Shape (samples, points): which points meet every bound, and none that does is better."""
    fits = _fits(means, bounds)
    costs = np.where(fits, means[goal.response] * (-1 if goal.more else 1), np.inf)
    top: NDArray[np.bool_] = fits & (costs <= costs.min(axis=1, keepdims=True) + tie)
    return top


def _closest(found: Results, bounds: tuple[Constraint, ...], goal: Goal) -> Recommendation:
    """The point that misses the bounds by least, each miss measured by what the points span."""
    total = np.zeros(len(found.there))
    for one in bounds:
        values = found.means[one.response]
        short = values - one.bound if one.most else one.bound - values
        span = float(values.max() - values.min()) or abs(one.bound) or 1.0
        total += np.maximum(short, 0) / span
    place = int(total.argmin())
    missed = [
        Missed(constraint=one, value=float(found.means[one.response][place]))
        for one in bounds
        if not _fits({one.response: found.means[one.response][None]}, [one])[0, place]
    ]
    meets = _fits(found.resampled, bounds)
    return Recommendation(
        goal=goal, constraints=bounds, point=found.there[place], missed=tuple(missed), fits=(),
        unbeaten=0.0, ahead=0.0, meets=float(meets[:, place].mean()), alike=(), same=(),
        clearly_worse=(), against=(), worlds=0, unbeaten_in=0, meets_in=0,
    )  # fmt: skip


def _in_worlds(
    found: Results, bounds: Sequence[Constraint], goal: Goal, place: int
) -> tuple[int, int, int]:
    """Worlds with all points; those in which nothing beats the point; in which it fits."""
    whole = [one for one in found.worlds.values() if all(point in one for point in found.there)]
    if not whole:
        return 0, 0, 0
    means = {
        name: np.array([[one[point][name] for point in found.there] for one in whole])
        for name in found.asked.responses
    }
    unbeaten = _unbeaten(means, bounds, goal, TIE + found.slack(goal.response))[:, place]
    return len(whole), int(unbeaten.sum()), int(_fits(means, bounds)[:, place].sum())
