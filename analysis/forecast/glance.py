"""Some outlooks side by side at a glance, as SVG that is written in a millisecond.

The picture of a forecast is drawn by Matplotlib and takes a hundred times as long: too slow to
follow a hand. Parts are told apart by hatching and words, so that it reads in grey.
"""

from collections.abc import Iterator, Sequence

from remit.analysis.forecast.drawn import Figure, Measure, Unit, unit_of
from remit.analysis.forecast.numbers import interval, said
from remit.analysis.forecast.outlook import PICTURED, Distribution, Outlook
from remit.analysis.forecast.tables import worded
from remit.state.canonical import digest
from remit.state.markup import Svg, escaped

Named = tuple[str, Outlook]
WIDTH, MARGIN, LEFT = 680, 12, 112
"""Pixels; bars begin at `LEFT`."""
_BAR, _SPREAD, _LINE = 20, 74, 18
INK = "#222222"
_PARTS: tuple[tuple[str, str, str], ...] = (
    ("shipped without a flaw", "#1f4e79", ""),
    ("shipped with a flaw inside, known or not", "#8fb7d9", "M0 6L6 0"),
    ("stopped by a decision", "#f6d59a", "M0 0L6 6"),
    ("stopped by the policy", "#ffffff", "M0 6L6 0M0 0L6 6"),
)
"""Parts of a bar: words, colour, the lines of its hatching."""
_FIGURES: tuple[tuple[str, str], ...] = (
    ("end", Figure.SHIPPED),
    ("flawless", Figure.FLAWLESS),
    ("amount", Figure.COST),
    ("amount", Figure.TIME),
    ("amount", Figure.HANDOFFS),
    ("amount", Figure.HUMAN_MATTERS),
)


def glance(title: str, note: str, rows: Sequence[Named]) -> Svg:
    """How runs end, what they take, and the main figures, of each outlook that is named.

    Args:
        title: what is shown.
        note: what the numbers rest on.
        rows: from one to three outlooks; the last is drawn filled, the others are outlined.
    """
    key = f"gl{digest(f'{title}{note}')[:8]}"
    bars = 50
    spreads = bars + len(rows) * (_BAR + 6) + (60 if len(rows) > 1 else 44)
    table = spreads + _SPREAD + 62
    height = table + (len(_FIGURES) + 1) * _LINE + 6
    parts = (
        *_hatches(key),
        _text(MARGIN, 20, title, "font-size:14px;font-weight:600"),
        _text(MARGIN, 38, note),
        *_endings(key, bars, rows),
        *(
            part
            for place, measure in enumerate(PICTURED)
            for part in _spread(key, place, spreads, measure, rows)
        ),
        *_figures(table, rows),
    )
    return Svg(
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" style="max-width:100%;height:auto;background:#fff" '
        f'font-family="sans-serif" font-size="11.5" fill="{INK}"><title>{escaped(title)}</title>'
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>{"".join(parts)}</svg>'
    )


def _text(x: float, y: float, words: str, style: str = "") -> str:
    look = f' style="{style}"' if style else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{look}>{escaped(words)}</text>'


def _hatches(key: str) -> Iterator[str]:
    for place, (_, colour, lines) in enumerate(_PARTS):
        yield (
            f'<pattern id="{key}{place}" width="6" height="6" patternUnits="userSpaceOnUse">'
            f'<rect width="6" height="6" fill="{colour}"/>'
            f'<path d="{lines}" stroke="{INK}" stroke-width=".7"/></pattern>'
        )


def _box(key: str, place: int, x: float, y: float, width: float, height: float = _BAR) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height}" '
        f'fill="url(#{key}{place})" stroke="{INK}" stroke-width=".7"/>'
    )


def _blank(middle: float, y: float) -> str:
    """Room for a percentage on a hatched part."""
    return f'<rect x="{middle - 21:.1f}" y="{y:.1f}" width="42" height="14" fill="#fff"/>'


def _segments(outlook: Outlook) -> tuple[float, ...]:
    """The parts of the bar of an outlook; they add up to one."""
    flawless = outlook.chance("flawless", Figure.FLAWLESS).value
    shipped = outlook.chance("end", Figure.SHIPPED).value
    ends = (outlook.chance("end", name).value for name in ("stopped", "stopped_by_policy"))
    return (flawless, max(0.0, shipped - flawless), *ends)


def _endings(key: str, top: float, rows: Sequence[Named]) -> Iterator[str]:
    whole = WIDTH - LEFT - MARGIN
    for row, (name, outlook) in enumerate(rows):
        x, y = float(LEFT), top + row * (_BAR + 6)
        yield _text(MARGIN, y + 14, name)
        for place, part in enumerate(_segments(outlook)):
            yield _box(key, place, x, y, part * whole)
            if part >= 0.08:
                middle = x + part * whole / 2
                yield _blank(middle, y + 3)
                yield _text(middle, y + 14, said(part, Unit.SHARE), "text-anchor:middle")
            x += part * whole
    y = top + len(rows) * (_BAR + 6)
    for place, (words, _, _) in enumerate(_PARTS):
        x, line = LEFT + (place % 2) * 250, y + place // 2 * 17
        yield _box(key, place, x, line + 2, 22, 11)
        yield _text(x + 28, line + 12, words)


def _spread(
    key: str, place: int, top: float, measure: Measure, rows: Sequence[Named]
) -> Iterator[str]:
    """Runs by their amount: filled for the last outlook, outlined for the others."""
    unit, wide = unit_of(measure), (WIDTH - 2 * MARGIN) / len(PICTURED) - 16
    left = MARGIN + place * (wide + 24)
    found = [_distribution(outlook, measure) for _, outlook in rows]
    low, high = min(one.edges[0] for one in found), max(one.edges[-1] for one in found)
    outlined = [name for name, _ in rows[:-1]]
    if not place and outlined:
        words = f"Filled: {rows[-1][0]}; dashed: {', '.join(outlined)}."
        yield _text(left, top - 4, words, "font-style:italic")
    tallest = max(max(_heights(one)) for one in found) or 1.0
    bottom = top + 22 + _SPREAD
    last = rows[-1][1].amount(measure)
    half, most = (said(last.at(part).value, unit) for part in (0.5, 0.9))
    yield _text(
        left, top + 12, f"{worded(measure).capitalize()}: half up to {half}, 9 in 10 {most}"
    )
    for one in reversed(found):
        path = _stairs(one, left, bottom, wide / (high - low or 1), _SPREAD / tallest, low)
        look = (
            'fill="#8fb7d9" stroke="#1f4e79" stroke-width=".6"'
            if one is found[-1]
            else f'fill="none" stroke="{INK}" stroke-width="1.2" stroke-dasharray="4 2"'
        )
        yield f'<path d="{path}" {look}/>'
    yield f'<path d="M{left:.1f} {bottom:.1f}h{wide:.1f}" stroke="{INK}" stroke-width=".8"/>'
    inward = 0.5 if unit is Unit.COUNT else 0.0  # edges of whole numbers lie between them
    yield _text(left, bottom + 14, said(low + inward, unit))
    yield _text(left + wide, bottom + 14, said(high - inward, unit), "text-anchor:end")


def _distribution(outlook: Outlook, measure: Measure) -> Distribution:
    return next(one for one in outlook.distributions if one.measure is measure)


def _heights(one: Distribution) -> list[float]:
    """The part of the runs in each bar, by its width."""
    whole = max(1, sum(one.runs))
    bars = zip(one.runs, one.edges, one.edges[1:], strict=False)
    return [runs / whole / (right - left) for runs, left, right in bars]


def _stairs(
    one: Distribution, left: float, bottom: float, across: float, up: float, low: float
) -> str:
    x = [left + (edge - low) * across for edge in one.edges]
    steps = (
        f"V{bottom - height * up:.1f}H{right:.1f}"
        for height, right in zip(_heights(one), x[1:], strict=True)
    )
    return f"M{x[0]:.1f} {bottom:.1f}{''.join(steps)}V{bottom:.1f}Z"


def _figures(top: float, rows: Sequence[Named]) -> Iterator[str]:
    """The main figures, each with its interval."""
    columns = [MARGIN + 190 + 240 * place for place in range(len(rows))]
    bold = "font-weight:600"
    for x, (name, _) in zip(columns, rows, strict=True):
        yield _text(x, top, name, bold)
    for line, (group, figure) in enumerate(_FIGURES, start=1):
        y = top + line * _LINE
        unit = unit_of(figure)
        yield _text(MARGIN, y, worded(figure))
        for x, (_, outlook) in zip(columns, rows, strict=True):
            one = (
                outlook.amount(Measure(figure)).mean
                if group == "amount"
                else outlook.chance(group, figure)
            )
            yield _text(x, y, said(one.value, unit), bold)
            yield _text(x + 66, y, f"({interval(one, unit)})")
