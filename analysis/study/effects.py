"""Effects: what each factor does to a response on average, and where two act on each other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from remit.analysis.study.compare import ALPHA
from remit.analysis.study.responses import Response
from remit.analysis.study.results import Matrix, Results

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
    """95 % bootstrap interval of the step that is highest less the one that is lowest."""

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
    """By level of the first, then of the second; NaN where no point is."""
    strength: float
    """The largest that is left in a cell."""
    low: float
    high: float
    """95 % bootstrap interval of what is left in that cell, its sign made positive."""

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


def effects(found: Results, response: Response) -> tuple[Effect, ...]:
    """The effect of every factor that has more than one level, the strongest first."""
    made = [
        _effect(found, response, factor)
        for factor in range(len(found.asked.factors))
        if len(groups(found, factor)) > 1
    ]
    return tuple(sorted(made, key=lambda one: -one.span))


def _effect(found: Results, response: Response, factor: int) -> Effect:
    named = groups(found, factor)
    means = _pooled(found.means[response][None], [at for _, at in named])[0]
    resampled = _pooled(found.resampled[response], [at for _, at in named])
    ends = np.quantile(resampled, [ALPHA / 2, 1 - ALPHA / 2], axis=0)
    top, bottom = int(means.argmax()), int(means.argmin())
    low, high = np.quantile(resampled[:, top] - resampled[:, bottom], [ALPHA / 2, 1 - ALPHA / 2])
    slack = found.slack(response)
    return Effect(
        factor=found.asked.factors[factor],
        response=response,
        steps=tuple(
            Step(level=level, points=len(at), value=float(means[place]),
                 low=float(ends[0, place]), high=float(ends[1, place]) + slack)
            for place, (level, at) in enumerate(named)
        ),
        span=float(means[top] - means[bottom]), low=float(low) - slack,
        high=float(high) + slack,
    )  # fmt: skip


def _pooled(rows: Matrix, places: Sequence[list[int]]) -> Matrix:
    """Shape (rows, groups): the mean over the points of each group."""
    return np.stack([rows[:, at].mean(axis=1) for at in places], axis=1)


def interactions(found: Results, response: Response) -> tuple[Interaction, ...]:
    """Every pair of factors of which all combinations have points, the strongest first."""
    pairs = combinations(range(len(found.asked.factors)), 2)
    made = [one for pair in pairs for one in _interaction(found, response, *pair)]
    return tuple(sorted(made, key=lambda one: -one.strength))


def _interaction(
    found: Results, response: Response, first: int, second: int
) -> Iterator[Interaction]:
    rows, columns = groups(found, first), groups(found, second)
    cells = [[sorted({*one} & {*two}) for _, two in columns] for _, one in rows]
    if len(rows) < 2 or len(columns) < 2 or not all(cell for row in cells for cell in row):
        return
    flat = [cell for row in cells for cell in row]
    shape = (-1, len(rows), len(columns))
    means = _pooled(found.means[response][None], flat).reshape(shape)
    resampled = _pooled(found.resampled[response], flat).reshape(shape)
    left, sampled = _left(means)[0], _left(resampled)
    at = np.unravel_index(int(np.abs(left).argmax()), left.shape)
    by = sampled[:, at[0], at[1]] * (1 if left[at] >= 0 else -1)
    low, high = np.quantile(by, [ALPHA / 2, 1 - ALPHA / 2])
    yield Interaction(
        factors=(found.asked.factors[first], found.asked.factors[second]),
        response=response,
        levels=(tuple(name for name, _ in rows), tuple(name for name, _ in columns)),
        means=tuple(tuple(map(float, row)) for row in means[0]),
        strength=float(abs(left[at])), low=float(low) - 2 * found.slack(response),
        high=float(high) + 2 * found.slack(response),
    )  # fmt: skip


def _left(cells: Matrix) -> Matrix:
    """What is left of each cell without the mean of its row and of its column."""
    by_row, by_column = cells.mean(axis=2, keepdims=True), cells.mean(axis=1, keepdims=True)
    rest: Matrix = cells - by_row - by_column + cells.mean(axis=(1, 2), keepdims=True)
    return rest
