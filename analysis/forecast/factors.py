"""The assumed values of a behaviour as what can be moved between the ends of its range."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from statistics import median

from remit.agents.behaviour import Behaviour
from remit.agents.quantities import PATHS, SCALES, Quantity

TOGETHER: Mapping[str, str] = {
    "work.*.dollars": "dollars",
    "work.*.tokens_*": "tokens",
    "work.*.seconds": "seconds",
}
"""Values that rest on one assumption, what a round of work of a model takes: they move as one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Factor:
    """One thing that is varied: a value, or values that move together."""

    name: str
    """The dotted name of the value; `work.*.dollars` for several."""
    paths: tuple[str, ...]


def factors(behaviour: Behaviour) -> tuple[Factor, ...]:
    """What is assumed and has a range with a width, in the order of the behaviour.

    Measured and published values stay: their ranges say how well they were measured, not that they
    were guessed.
    """
    found: dict[str, list[str]] = {}
    for path, quantity in behaviour.values.items():
        if quantity.label == "assumed" and quantity.low < quantity.high:
            found.setdefault(_moves_with(path), []).append(path)
    return tuple(Factor(name=name, paths=tuple(paths)) for name, paths in found.items())


def _moves_with(path: str) -> str:
    return next((pattern for pattern in TOGETHER if fnmatchcase(path, pattern)), path)


def moved(behaviour: Behaviour, places: Mapping[Factor, float]) -> Behaviour:
    """The behaviour with some factors moved: 0 is the low end, 1 the high, one half as it is."""
    return behaviour.varied_all(
        {
            path: between(behaviour.values[path], place)
            for factor, place in places.items()
            for path in factor.paths
        }
    )


def between(quantity: Quantity, place: float) -> int:
    """The value at a place from 0 to 1: its own in the middle, in straight lines to both ends.

    Places drawn evenly thus lie below the value as often as above it, however lopsided the range.
    """
    low, value, high = quantity.low, quantity.value, quantity.high
    if place < 0.5:
        return round(low + (value - low) * 2 * place)
    return round(value + (high - value) * (2 * place - 1))


def ends(behaviour: Behaviour, chosen: Sequence[Factor]) -> Iterator[Behaviour]:
    """The behaviour as it is, then with each factor alone at its low and at its high end."""
    yield behaviour
    for factor in chosen:
        yield moved(behaviour, {factor: 0.0})
        yield moved(behaviour, {factor: 1.0})


def written(behaviour: Behaviour, factor: Factor) -> tuple[str, str, str]:
    """Low end, value and high end as they stand in a file; as multiples where several move."""
    path, *others = factor.paths
    if others:
        return _multiples(behaviour, factor, "low"), "x1", _multiples(behaviour, factor, "high")
    quantity, whole = behaviour.values[path], SCALES[PATHS[path]].factor
    low, value, high = (f"{one / whole:g}" for one in (quantity.low, quantity.value, quantity.high))
    return low, value, high


def _multiples(behaviour: Behaviour, factor: Factor, end: str) -> str:
    """By how much the values are multiplied at an end; the span of it where they differ."""
    quantities = [behaviour.values[path] for path in factor.paths]
    found = [getattr(one, end) / one.value for one in quantities if one.value] or [1.0]
    least, middle, most = min(found), median(found), max(found)
    # ends are written with few digits, so multiples that were meant alike differ a little
    if most <= 1.1 * least:
        return f"x{middle:.2g}"
    return f"x{least:.2g} to x{most:.2g}"
