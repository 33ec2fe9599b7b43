"""Numbers of a forecast as a person reads them, with their units."""

from math import ceil, floor, inf, isinf, log10

from remit.analysis.forecast.drawn import Unit
from remit.analysis.forecast.estimate import Estimate


def said(value: float, unit: Unit) -> str:
    """A number with its unit: `74.1 %`, `$2.51`, `7.4 h`, `21.3`."""
    if unit is Unit.SHARE:
        return _percent(value)
    if unit is Unit.DOLLARS:
        return f"${value:,.2f}"
    return f"{value:,.1f} h" if unit is Unit.HOURS else _count(value)


def _percent(share: float) -> str:
    """What is neither nothing nor all never looks like it."""
    if 0 < share < 0.0005:
        return "< 0.1 %"
    return "> 99.9 %" if 0.9995 < share < 1 else f"{100 * share:.1f} %"


def _count(value: float) -> str:
    if value == int(value):
        return f"{value:,.0f}"
    if abs(value) >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def between(low: float, high: float, unit: Unit) -> str:
    """Two ends with one unit: `73.9-74.4 %`, `$2.50-2.52`; none is negative."""
    if unit is Unit.SHARE:
        digits = _digits(low, high)
        return f"{100 * low:.{digits}f}-{100 * high:.{digits}f} %"
    ends = f"{_bare(low, unit)}-{'?' if isinf(high) else _bare(high, unit)}"
    if unit is Unit.DOLLARS:
        return f"${ends}"
    return f"{ends} h" if unit is Unit.HOURS else ends


def _digits(low: float, high: float) -> int:
    """Decimals of a percentage that tell two ends apart."""
    width = 100 * (high - low)
    return min(4, max(1, ceil(-log10(width)))) if 0 < width < inf else 1


def _bare(value: float, unit: Unit) -> str:
    if unit is Unit.COUNT:
        return _count(value)
    return f"{value:,.{2 if unit is Unit.DOLLARS else 1}f}"


def interval(one: Estimate, unit: Unit) -> str:
    """Where the truth lies: an interval, or of what was solved the most it is off."""
    if not one.exact:
        return between(one.low, one.high, unit)
    off = max(one.high - one.value, one.value - one.low) * (100 if unit is Unit.SHARE else 1)
    if isinf(off):
        return "no bound"
    return f"± {_at_least(off):.0e}" if off else "± 0"


def _at_least(off: float) -> float:
    """A bound with one digit, never below what it bounds (but for the noise of floats)."""
    size = 10.0 ** floor(log10(off))
    return ceil(off / size - 1e-6) * size


def with_error(one: Estimate, unit: Unit) -> str:
    """A number and how far the truth may be from it: `6.47 ±0.041`, solved `6.47 ± 2e-06`."""
    if one.exact:
        return f"{said(one.value, unit)} {interval(one, unit)}"
    off = max(one.high - one.value, one.value - one.low)
    if isinf(off):
        return f"{said(one.value, unit)} ±?"
    told = f"{off:,.0f}" if off >= 10 else f"{off:.1f}" if off >= 1 else f"{off:.2g}"
    return f"{said(one.value, unit)} ±{told}"


def change(value: float, unit: Unit, digits: int | None = None) -> str:
    """A difference: always with its sign; of shares in percentage points (`pt`)."""
    size = abs(value) * (100 if unit is Unit.SHARE else 1)
    told = f"{size:,.{_least(unit, size) if digits is None else digits}f}"
    nothing = not told.strip("0.,")
    sign = "±" if nothing else "+" if value > 0 else "-"
    if unit is Unit.DOLLARS:
        return f"{sign}${told}"
    return sign + told + {Unit.SHARE: " pt", Unit.HOURS: " h"}.get(unit, "")


def difference(one: Estimate, unit: Unit) -> tuple[str, str]:
    """A difference and its interval, with the decimals that tell the ends apart."""
    whole = 100 if unit is Unit.SHARE else 1
    least = _least(unit, max(abs(one.low), abs(one.high)) * whole)
    digits = max(least, _digits(one.low * whole / 100, one.high * whole / 100) if least else 0)
    if one.is_clear and min(abs(one.low), abs(one.high)) * whole < 0.5 / 10**digits:
        digits += 1  # an end that is not 0 must not look like it
    ends = (change(end, unit, digits) for end in (one.low, one.high))
    return change(one.value, unit, digits), " to ".join(ends)


def _least(unit: Unit, size: float) -> int:
    """Decimals of a number of this size."""
    if unit is Unit.COUNT:
        return 0 if size >= 1_000 else 2
    return 2 if unit is Unit.DOLLARS else 1
