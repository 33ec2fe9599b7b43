"""A forecast as plain data: flat rows, and JSON values."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from math import isinf
from typing import Any, TypeGuard

from remit.analysis.forecast.drawn import Figure, Unit
from remit.analysis.forecast.estimate import Estimate
from remit.analysis.forecast.findings import Against, Findings
from remit.analysis.forecast.outlook import Outlook
from remit.analysis.forecast.ranges import Ranges


def to_json(found: Findings) -> dict[str, Any]:
    """Everything, as JSON values; an end without a bound is null."""
    values: dict[str, Any] = _bounded(asdict(found))
    return values


def rows(forecast: Findings) -> Iterator[dict[str, Any]]:
    """Every number in a flat row; with a second policy its own and the difference beside it."""
    second = {} if forecast.against is None else _second(forecast.against)
    for row in _numbers(forecast.outlook):
        name, group = row["name"], row["group"]
        wide = _over(forecast.ranges, name) if row["statistic"] in ("chance", "mean") else None
        row |= {
            "over_ranges_low": wide[0] if wide else None,
            "over_ranges_high": wide[1] if wide else None,
        }
        if forecast.against is not None:
            row |= second.get((group, name, row["statistic"]), _NOT_COMPARED)
        yield row


def _numbers(outlook: Outlook) -> Iterator[dict[str, Any]]:
    for chance in outlook.chances:
        yield _row(chance.group, chance.name, "chance", Unit.SHARE, chance.estimate)
    for one in outlook.amounts:
        told = (("mean", one.mean), ("deviation", one.deviation))
        quantiles = ((f"p{round(100 * part)}", found) for part, found in one.quantiles)
        for statistic, estimate in (*told, *quantiles):
            yield _row("amount", str(one.measure), statistic, one.unit, estimate)
    for stage, visits in outlook.visits:
        yield _row("visits", str(stage), "mean", Unit.COUNT, visits)


def _row(group: str, name: str, statistic: str, unit: Unit, one: Estimate) -> dict[str, Any]:
    return {
        "group": group, "name": name, "statistic": statistic, "unit": str(unit),
        "value": one.value, "low": one.low, "high": one.high, "exact": one.exact,
    }  # fmt: skip


_NOT_COMPARED = dict.fromkeys(
    ("second_value", "difference", "difference_low", "difference_high", "told_apart")
)


def _second(against: Against) -> dict[tuple[str, str, str], dict[str, Any]]:
    return {
        (one.group, one.name, "mean" if one.group == "amount" else "chance"): {
            "second_value": one.second.value,
            "difference": one.by.value,
            "difference_low": one.by.low,
            "difference_high": one.by.high,
            "told_apart": one.told_apart,
        }
        for one in against.differences
    }


def _over(found: Ranges | None, name: str) -> tuple[float, float] | None:
    if found is None or name not in tuple(Figure):
        return None
    one = found.of(Figure(name))
    return None if one is None else (one.low, one.high)


def _bounded(value: Any) -> Any:
    """JSON values: tuples as lists, no infinities."""
    if _is_table(value):
        return {str(key): _bounded(one) for key, one in value.items()}
    if _is_several(value):
        return [_bounded(one) for one in value]
    return None if isinstance(value, float) and isinf(value) else value


def _is_table(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _is_several(value: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, list | tuple)
