"""How far a forecast moves over the ranges of what a behaviour assumes.

Two questions, both on the same luck. *One at a time*: each assumed value goes to both ends of its
range alone; the five that move a figure most are its tornado. *All at once*: every assumed value is
drawn anew at each point of a Latin hypercube; the middle 90 % of the points is the figure's range.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.agents.behaviour import Behaviour
from remit.analysis.forecast.drawn import Draw, Drawn, Figure, Unit, hits, unit_of, values
from remit.analysis.forecast.estimate import Estimate, share_shift, shift
from remit.analysis.forecast.factors import Factor, ends, factors, moved, written

INNER = (0.05, 0.95)
"""The quantiles of the points between which a range runs."""
SHOWN = 5
"""Values in a tornado."""
Values2 = NDArray[np.float64]
"""Shape (points, figures)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Effort:
    """How many runs are spent on ranges."""

    screen: int = 250
    """Runs of each end in the first look at every value."""
    refine: int = 2_000
    """Runs of each end for those that moved a figure most."""
    leaders: int = 6
    """Values of each figure that are looked at again."""
    points: int = 64
    each: int = 500
    """Runs at each point."""


USUAL = Effort()


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """What one assumed value does to one figure, alone."""

    name: str
    values: int
    """How many values of the behaviour move together."""
    low: str
    """The low end, as it stands in a behaviour file; a multiple where several move."""
    value: str
    high: str
    at_low: Estimate
    """The figure's change there, run by run on the same luck."""
    at_high: Estimate

    @property
    def swing(self) -> float:
        """How far the figure moves between the lowest and the highest of the three."""
        moves = (0.0, self.at_low.value, self.at_high.value)
        return max(moves) - min(moves)

    @property
    def is_seen(self) -> bool:
        """Whether either end moves the figure by more than the runs' own noise."""
        return self.at_low.is_clear or self.at_high.is_clear


@dataclass(frozen=True, kw_only=True, slots=True)
class FigureRange:
    """Where one figure lies while all that is assumed moves."""

    figure: Figure
    unit: Unit
    low: float
    high: float
    """Nine in ten points lie between these."""
    effects: tuple[Effect, ...]
    """The values that move it most, the strongest first; at most `SHOWN`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranges:
    """How far every main figure moves."""

    values: int
    """Assumed values that have a range."""
    factors: int
    """What is moved: some values move together."""
    fixed: int
    """Values that stay: measured, published, or without a range."""
    effort: Effort
    figures: tuple[FigureRange, ...]
    """Empty where nothing is assumed."""

    def of(self, figure: Figure) -> FigureRange | None:
        """The range of a figure; `None` where nothing is assumed."""
        return next((one for one in self.figures if one.figure is figure), None)


def ranges(
    draw: Draw,
    behaviour: Behaviour,
    seed: int,
    effort: Effort = USUAL,
) -> Ranges:
    """How far the figures move over the ranges of what is assumed."""
    chosen = factors(behaviour)
    count = sum(len(factor.paths) for factor in chosen)
    found: tuple[FigureRange, ...] = ()
    if chosen:
        swings = _effects(draw, behaviour, chosen, effort.screen, seed)
        leading = _leaders(chosen, swings, effort.leaders)
        effects = _effects(draw, behaviour, leading, effort.refine, seed)
        inside = np.quantile(at_points(draw, behaviour, seed, effort), INNER, axis=0)
        found = tuple(
            FigureRange(
                figure=figure,
                unit=unit_of(figure),
                low=float(inside[0, place]),
                high=float(inside[1, place]),
                effects=_strongest(effects[figure]),
            )
            for place, figure in enumerate(Figure)
        )
    return Ranges(
        values=count,
        factors=len(chosen),
        fixed=len(behaviour.values) - count,
        effort=effort,
        figures=found,
    )


def at_points(draw: Draw, behaviour: Behaviour, seed: int, effort: Effort) -> Values2:
    """Every figure at every point: shape (points, figures).

    The points depend on the behaviour and the seed only, so two policies are tried at the same.
    """
    there = points(behaviour, seed, effort.points)
    drawn = draw(there, effort.each, seed)
    return np.array([[values(one, figure).mean() for figure in Figure] for one in drawn])


def points(behaviour: Behaviour, seed: int, count: int) -> list[Behaviour]:
    """The behaviour at the points of a Latin hypercube over what it assumes."""
    from scipy.stats import qmc

    chosen = factors(behaviour)
    if not chosen:
        return [behaviour] * count
    cube = qmc.LatinHypercube(len(chosen), rng=seed).random(count)
    return [moved(behaviour, dict(zip(chosen, row, strict=True))) for row in cube.tolist()]


def _effects(
    draw: Draw, behaviour: Behaviour, chosen: Sequence[Factor], runs: int, seed: int
) -> dict[Figure, list[Effect]]:
    """The effects of each factor on each figure."""
    drawn = draw(list(ends(behaviour, chosen)), runs, seed)
    as_it_is = next(drawn)
    found: dict[Figure, list[Effect]] = {figure: [] for figure in Figure}
    for factor in chosen:
        low, high = next(drawn), next(drawn)
        words = written(behaviour, factor)
        for figure, effects in found.items():
            effects.append(
                Effect(
                    name=factor.name,
                    values=len(factor.paths),
                    low=words[0],
                    value=words[1],
                    high=words[2],
                    at_low=_moved_by(as_it_is, low, figure),
                    at_high=_moved_by(as_it_is, high, figure),
                )
            )
    return found


def _moved_by(before: Drawn, after: Drawn, figure: Figure) -> Estimate:
    one, other = hits(before, figure), hits(after, figure)
    if one is None or other is None:
        return shift(values(before, figure), values(after, figure))
    return share_shift(one, other)


def _leaders(
    chosen: Sequence[Factor], swings: dict[Figure, list[Effect]], most: int
) -> list[Factor]:
    """The factors that are among the `most` strongest for some figure."""
    names = {one.name for effects in swings.values() for one in _ordered(effects)[:most]}
    return [factor for factor in chosen if factor.name in names]


def _ordered(effects: Sequence[Effect]) -> list[Effect]:
    return sorted(effects, key=lambda one: (-one.swing, one.name))


def _strongest(effects: Sequence[Effect]) -> tuple[Effect, ...]:
    """The strongest that do anything at all."""
    return tuple(one for one in _ordered(effects)[:SHOWN] if one.swing > 0)
