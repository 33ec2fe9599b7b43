"""Effects: what each factor does to a response on average, and where two act on each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import TypeVar

import numpy as np

from remit.analysis.study.compare import ALPHA
from remit.analysis.study.responses import Response
from remit.analysis.study.results import Matrix, Results

Held = TypeVar("Held", int, tuple[str, ...])
SPREAD = ("latin_hypercube", "sobol")
"""Designs in which no factor goes together with another."""
BINS = 4
"""Parts into which the points of a range are put, as many in each."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """The mean of all points that have one level of a factor."""

    level: str
    points: int
    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """What a factor does to a response, the other factors averaged over."""

    factor: str
    response: Response
    steps: tuple[Step, ...]
    span: float
    """From the lowest step to the highest."""
    low: float
    high: float
    """The span less and more what luck makes of the largest difference between steps, in 95 of 100
    studies and for all factors together."""

    @property
    def is_clear(self) -> bool:
        """Whether it moves the response at all."""
        return self.low > 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Interaction:
    """Where two factors act on each other: what is left when both effects are taken away."""

    factors: tuple[str, str]
    response: Response
    levels: tuple[tuple[str, ...], tuple[str, ...]]
    means: tuple[tuple[float, ...], ...]
    """By level of the first, then of the second."""
    strength: float
    """The largest that is left in a cell."""
    low: float
    high: float
    """The strength less and more what luck makes of the largest rest, for all pairs together."""

    @property
    def is_clear(self) -> bool:
        """Whether the two factors do more together than each alone."""
        return self.low > 0


def groups(found: Results, factor: int) -> list[tuple[str, list[int]]]:
    """The places of the points by level of a factor, in the order of the levels."""
    names = [found.asked.points[point][factor] for point in found.there]
    known = found.asked.levels[factor] or tuple(dict.fromkeys(sorted(names, key=_number)))
    if found.asked.levels[factor] or len(known) <= BINS:
        by = [(level, [at for at, name in enumerate(names) if name == level]) for level in known]
        return [(level, at) for level, at in by if at]
    order = sorted(range(len(names)), key=lambda at: _number(names[at]))
    split = np.array_split(np.array(order), BINS)
    parts: list[list[int]] = [part.tolist() for part in split]
    return [(_ends(names[part[0]], names[part[-1]]), part) for part in parts]


def _ends(low: str, high: str) -> str:
    """A part of a range; the dash reads in a sentence that says "from" and "to" itself."""
    return low if low == high else f"{low}–{high}"  # noqa: RUF001


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("inf")


def matched(found: Results, *factors: int) -> dict[tuple[str, ...], list[int]]:
    """The places of the points by level of some factors, those alone that can be compared.

    They are the points that have a fellow at each combination of levels with all other factors
    alike. A design that fills space holds the others alike on the whole: there all points count.
    """
    named = [groups(found, factor) for factor in factors]
    cells = {
        tuple(level for level, _ in cell): _shared([{*at} for _, at in cell])
        for cell in product(*named)
    }
    if found.asked.design in SPREAD:
        return cells if all(cells.values()) else {}
    rest = [
        tuple(level for at, level in enumerate(found.asked.points[point]) if at not in factors)
        for point in found.there
    ]
    whole = {*_shared([{rest[at] for at in places} for places in cells.values()])}
    kept = {level: [at for at in places if rest[at] in whole] for level, places in cells.items()}
    return kept if whole else {}


def _shared(sets: Sequence[set[Held]]) -> list[Held]:
    """What is in all of some sets, in order."""
    return sorted(one for one in sets[0] if all(one in other for other in sets[1:]))


def effects(found: Results, response: Response) -> tuple[Effect, ...]:
    """The effect of every factor whose levels can be compared, the strongest first."""
    factors = [(one, matched(found, one)) for one in range(len(found.asked.factors))]
    there = [(one, cells) for one, cells in factors if len(cells) > 1]
    made = [_effect(found, response, one, cells, len(there)) for one, cells in there]
    return tuple(sorted(made, key=lambda one: -one.span))


def _effect(
    found: Results,
    response: Response,
    factor: int,
    cells: Mapping[tuple[str, ...], list[int]],
    factors: int,
) -> Effect:
    means = _pooled(found.means[response][None], [*cells.values()])[0]
    resampled = _pooled(found.resampled[response], [*cells.values()])
    ends = np.quantile(resampled, [ALPHA / 2, 1 - ALPHA / 2], axis=0)
    top, bottom = int(means.argmax()), int(means.argmin())
    # what is largest was chosen after looking, so it is held against the largest that luck makes
    luck = float(np.quantile(np.ptp(resampled - means, axis=1), 1 - ALPHA / factors))
    span, slack = float(means[top] - means[bottom]), found.slack(response)
    return Effect(
        factor=found.asked.factors[factor],
        response=response,
        steps=tuple(
            Step(level=level, points=len(at), value=float(means[place]),
                 low=float(ends[0, place]), high=float(ends[1, place]) + slack)
            for place, ((level,), at) in enumerate(cells.items())
        ),
        span=span, low=span - luck - slack, high=span + luck + slack,
    )  # fmt: skip


def _pooled(rows: Matrix, places: Sequence[list[int]]) -> Matrix:
    """Shape (rows, groups): the mean over the points of each group."""
    return np.stack([rows[:, at].mean(axis=1) for at in places], axis=1)


def interactions(found: Results, response: Response) -> tuple[Interaction, ...]:
    """Every pair of factors whose combinations can be compared, the strongest first."""
    pairs = combinations(range(len(found.asked.factors)), 2)
    cells = [(pair, matched(found, *pair)) for pair in pairs]
    there = [(pair, some) for pair, some in cells if len({one for one, _ in some}) > 1
             and len({two for _, two in some}) > 1]  # fmt: skip
    made = [_interaction(found, response, pair, some, len(there)) for pair, some in there]
    return tuple(sorted(made, key=lambda one: -one.strength))


def _interaction(
    found: Results,
    response: Response,
    pair: tuple[int, int],
    cells: Mapping[tuple[str, ...], list[int]],
    pairs: int,
) -> Interaction:
    rows, columns = (tuple(dict.fromkeys(levels)) for levels in zip(*cells, strict=True))
    shape = (-1, len(rows), len(columns))
    means = _pooled(found.means[response][None], [*cells.values()]).reshape(shape)
    resampled = _pooled(found.resampled[response], [*cells.values()]).reshape(shape)
    left, sampled = _left(means)[0], _left(resampled)
    luck = float(np.quantile(np.abs(sampled - left).max(axis=(1, 2)), 1 - ALPHA / pairs))
    strength, slack = float(np.abs(left).max()), 2 * found.slack(response)
    return Interaction(
        factors=(found.asked.factors[pair[0]], found.asked.factors[pair[1]]),
        response=response,
        levels=(rows, columns),
        means=tuple(tuple(map(float, row)) for row in means[0]),
        strength=strength, low=strength - luck - slack, high=strength + luck + slack,
    )  # fmt: skip


def _left(cells: Matrix) -> Matrix:
    """What is left of each cell without the mean of its row and of its column."""
    by_row, by_column = cells.mean(axis=2, keepdims=True), cells.mean(axis=1, keepdims=True)
    rest: Matrix = cells - by_row - by_column + cells.mean(axis=(1, 2), keepdims=True)
    return rest
