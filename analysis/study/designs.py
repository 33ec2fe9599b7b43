"""The points of a study: all combinations, those that fill the space, or those that are listed."""

from collections.abc import Mapping, Sequence
from itertools import product
from math import prod
from typing import Any

from remit.analysis.study.factors import Factor, Level, Wrong, is_table, worded
from remit.analysis.study.plan import Design
from remit.state.suggest import advice, quoted

MAX_POINTS = 2_000
"""More points than anybody reads in a report."""
Rows = tuple[tuple[Level, ...], ...]
"""By point, a level of each factor."""


def grid(varied: tuple[Factor, ...], wrong: Wrong) -> Rows:
    """All combinations of the levels; none where something is wrong."""
    ranges = [one.name for one in varied if one.is_range]
    for name in ranges:
        wrong(f"factors.{name}", "a grid needs values; list some, or choose another design")
    count = prod(len(one.levels) for one in varied)
    if not ranges and count > MAX_POINTS:
        wrong("factors", f"make {count:,} points, which is over {MAX_POINTS:,}; leave out values, "
              'or take design = "sobol" with some points')  # fmt: skip
    if ranges or count > MAX_POINTS:
        return ()
    return tuple(product(*(one.levels for one in varied)))


def spread(design: Design, count: int, varied: tuple[Factor, ...], seed: int) -> Rows:
    """Points that fill the space; the same seed gives the same points."""
    from scipy.stats import qmc

    if design is Design.SOBOL:
        # a Sobol sequence is balanced at powers of two; fewer are its beginning
        parts = qmc.Sobol(len(varied), rng=seed).random_base2(max(0, count - 1).bit_length())
    else:
        parts = qmc.LatinHypercube(len(varied), rng=seed).random(count)
    return tuple(
        tuple(factor.at(float(part)) for factor, part in zip(varied, row, strict=True))
        for row in parts[:count]
    )


def listed(points: Sequence[Mapping[str, Any]], varied: tuple[Factor, ...], wrong: Wrong) -> Rows:
    """Points by the levels that they name; factors say which there are."""
    known = {one.name: one for one in varied}
    rows: list[tuple[Level, ...]] = []
    if not varied:
        wrong("factors", "name the factors whose values the points give")
    for number, given in enumerate(points):
        flat = dict(_flat(given, ""))
        for name in flat.keys() - known.keys():
            wrong(f"point.{number}.{name}", f"is no factor of this study; {advice(name, known)}")
        levels = [_level(one, flat.get(one.name), number, wrong) for one in varied]
        row = tuple(level for level in levels if level)
        if row in rows:
            wrong(f"point.{number}", f"is the same as point {rows.index(row)}; leave one out")
        if len(row) == len(levels):
            rows.append(row)
    return tuple(rows) if len(rows) == len(points) else ()


def _flat(table: Mapping[str, Any], above: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in table.items():
        found += _flat(value, f"{above}{key}.") if is_table(value) else [(f"{above}{key}", value)]
    return found


def _level(factor: Factor, given: Any, number: int, wrong: Wrong) -> Level | None:
    if given is None:
        wrong(f"point.{number}", f"does not say {factor.name}; add it")
        return None
    if factor.is_range:
        if factor.holds(given):
            return Level(name=worded(given), sets=((factor.name, given),))
        kind = "a whole number" if factor.whole else "a number"
        wrong(
            f"point.{number}.{factor.name}",
            f"{quoted(str(given))} is outside the range of the factor; write {kind} from "
            f"{worded(factor.low)} to {worded(factor.high)}",
        )
        return None
    names = {level.name: level for level in factor.levels}
    found = names.get(worded(given))
    if found is None:
        said = advice(worded(given), names)
        wrong(f"point.{number}.{factor.name}", f"{quoted(worded(given))} is no level; {said}")
    return found
