"""A forecast as one SVG picture: how it ends, how runs differ, and what moves it.

Drawn by Matplotlib without its global figures. Every part is told apart by lightness, hatching or
words, so that it reads in grey. The bytes depend on the forecast alone.
"""

import warnings
from collections.abc import Iterator, Sequence
from io import StringIO
from typing import Any, cast

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from remit.analysis.forecast.drawn import Figure, Measure, Unit, unit_of
from remit.analysis.forecast.findings import Findings
from remit.analysis.forecast.numbers import between, said
from remit.analysis.forecast.outlook import PICTURED, Distribution, Outlook
from remit.analysis.forecast.ranges import Effect, FigureRange
from remit.analysis.forecast.tables import NAME, basis_words, forecast_of, title, worded
from remit.state.inert import cut

STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "remit",
    "text.parse_math": False,
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "hatch.linewidth": 0.6,
}
"""Text stays text; a dollar sign in a name starts no formula."""
Ax = Any
"""Matplotlib's axes: the types of its keywords are unknown to a strict checker."""
TORNADOES: tuple[Figure, ...] = (Figure.SHIPPED, Figure.COST, Figure.TIME)
DARK, MIDDLE, LIGHT, BAND, INK = "#1f4e79", "#8fb7d9", "#f6d59a", "#ececec", "#222222"
_WIDTH, _BAR, _SPREAD, _TORNADO, _EDGE = 8.6, 0.42, 1.75, 1.5, 0.95
"""Inches."""
_SEGMENTS: tuple[tuple[str, str, str], ...] = (
    ("flawless", DARK, ""),
    ("flawed", MIDDLE, "//"),
    ("stopped", LIGHT, "\\\\"),
    ("stopped_by_policy", "#ffffff", "xx"),
)
"""Parts of the outcome bar: name, colour, hatching."""


def picture(found: Findings) -> str:
    """The picture as SVG text, without a date or a random name."""
    with cast(Any, mpl).rc_context(STYLE), warnings.catch_warnings():
        # a name may hold characters that the measuring font lacks; the reader's font has them
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        canvas = _drawn(found)
        text = StringIO()
        canvas.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return _inline(text.getvalue(), title(found))


def _inline(svg: str, about: str) -> str:
    """The picture without XML's preamble, so that it can stand in a page; with a name to read."""
    from remit.state.markup import escaped

    start = svg.index("<svg")
    end = svg.index(">", start) + 1
    head = svg[start : end - 1] + ' role="img" style="max-width:100%;height:auto;background:#fff">'
    return f"{head}<title>{escaped(about)}</title>{svg[end:]}"


def _drawn(found: Findings) -> Any:
    outlooks = _outlooks(found)
    shown = [] if found.against is not None else list(_shown(found))
    heights = [
        _BAR * len(outlooks) + 0.75 + _SPREAD + _EDGE,
        *([_TORNADO * len(shown)] if shown else []),
    ]
    canvas: Any = Canvas(figsize=(_WIDTH, sum(heights)), layout="constrained")
    FigureCanvasSVG(canvas)
    # apart, so that the long names below leave the width above alone
    above, *below = canvas.subfigures(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0]
    words = f"{title(found)}\n{_small(basis_words(found))}"
    above.suptitle(words, x=0.012, ha="left", fontsize=9, color=INK)
    grid = above.add_gridspec(
        2, len(PICTURED), height_ratios=[_BAR * len(outlooks) + 0.75, _SPREAD]
    )
    _outcomes(above.add_subplot(grid[0, :]), outlooks)
    for place, measure in enumerate(PICTURED):
        _spread(above.add_subplot(grid[1, place]), measure, outlooks)
    for place, one in enumerate(shown):
        axes = below[0].add_subplot(len(shown), 1, place + 1)
        _tornado(axes, one, forecast_of(found.outlook, one.figure))
    return canvas


def _small(words: str) -> str:
    """The sentences, each on a line of its own."""
    return words.replace(". ", ".\n")


def _outlooks(found: Findings) -> list[tuple[str, Outlook]]:
    told = [(cut(found.terms.policy, NAME), found.outlook)]
    if found.against is not None:
        told.append((cut(found.against.terms.policy, NAME), found.against.outlook))
    return told


def _shown(found: Findings) -> Iterator[FigureRange]:
    for figure in TORNADOES:
        one = found.ranges.of(figure) if found.ranges is not None else None
        if one is not None and one.effects:
            yield one


def _segments(outlook: Outlook) -> list[float]:
    """The parts of the bar: they add up to one."""
    flawless = outlook.chance("flawless", "flawless").value
    shipped = outlook.chance("end", "shipped").value
    return [
        flawless,
        max(0.0, shipped - flawless),
        outlook.chance("end", "stopped").value,
        outlook.chance("end", "stopped_by_policy").value,
    ]


def _outcomes(axes: Ax, outlooks: Sequence[tuple[str, Outlook]]) -> None:
    patches: list[Patch] = []
    for row, (_, outlook) in enumerate(outlooks):
        left = 0.0
        for (name, colour, hatch), part in zip(_SEGMENTS, _segments(outlook), strict=True):
            axes.barh(row, part, left=left, height=0.7, color=colour, hatch=hatch,
                      edgecolor=INK, linewidth=0.6)  # fmt: skip
            if part >= 0.06:
                axes.text(left + part / 2, row, said(part, Unit.SHARE), ha="center", va="center",
                          fontsize=8.5, color=INK,
                          bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.2})  # fmt: skip
            left += part
            if not row:
                label = f"{_LABELS[name]} {said(part, Unit.SHARE)}"
                patches.append(
                    Patch(facecolor=colour, hatch=hatch, edgecolor=INK,
                          label=label if len(outlooks) == 1 else _LABELS[name])
                )  # fmt: skip
    names = [name for name, _ in outlooks]
    axes.set_yticks(range(len(names)), names if len(names) > 1 else [""])
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlim(0, 1)
    axes.xaxis.set_visible(False)
    axes.tick_params(left=False)
    axes.spines[:].set_visible(False)
    axes.set_title("How it ends")
    axes.legend(handles=patches, loc="upper left", bbox_to_anchor=(0, -0.02), ncols=2,
                frameon=False, fontsize=8.5, handlelength=2.2)  # fmt: skip


_LABELS = {
    "flawless": "shipped without a flaw",
    "flawed": "shipped with a flaw inside, known or not",
    "stopped": "stopped by a decision",
    "stopped_by_policy": "stopped by the policy",
}


def _spread(axes: Ax, measure: Measure, outlooks: Sequence[tuple[str, Outlook]]) -> None:
    """Runs by their amount: filled for the first policy, an outline for the second."""
    unit = unit_of(measure)
    for row, (name, outlook) in enumerate(outlooks):
        one = next(one for one in outlook.distributions if one.measure is measure)
        look: dict[str, Any] = (
            {"fill": True, "facecolor": MIDDLE, "edgecolor": DARK, "linewidth": 0.5}
            if not row
            else {"fill": False, "edgecolor": INK, "linewidth": 1.3, "linestyle": "--"}
        )
        axes.stairs(_parts(one), one.edges, label=name, **look)
    if len(outlooks) == 1:
        _quantiles(axes, outlooks[0][1], measure)
    else:
        axes.set_title(worded(measure).capitalize())
        axes.legend(frameon=False, fontsize=8, loc="upper right")
    axes.yaxis.set_visible(False)
    axes.spines["left"].set_visible(False)
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=unit is Unit.COUNT))
    axes.xaxis.set_major_formatter(_ticks(unit))


def _parts(one: Distribution) -> list[float]:
    """The part of the runs in each bar, by its width: bars of two policies may differ in it."""
    whole = max(1, sum(one.runs))
    bars = zip(one.runs, one.edges, one.edges[1:], strict=False)
    return [runs / whole / (right - left) for runs, left, right in bars]


def _quantiles(axes: Ax, outlook: Outlook, measure: Measure) -> None:
    """The median and the ninth decile: two lines, told in the title."""
    amount = outlook.amount(measure)
    half, most = amount.at(0.5).value, amount.at(0.9).value
    axes.axvline(half, color=INK, linewidth=1.2)
    axes.axvline(most, color=INK, linewidth=1.2, linestyle="--")
    axes.set_title(
        f"{worded(measure).capitalize()}\nhalf up to {said(half, amount.unit)} (line), "
        f"9 in 10 {said(most, amount.unit)} (dashed)",
        fontsize=8,
    )


def _ticks(unit: Unit) -> FuncFormatter:
    """Numbers along an axis."""

    def told(value: float, _: int) -> str:
        return _tick(value, unit)

    return FuncFormatter(told)


def _tick(value: float, unit: Unit) -> str:
    if unit is Unit.SHARE:
        return f"{100 * value:.0f} %"
    if unit is Unit.DOLLARS:
        return f"${value:g}"
    return f"{value:g} h" if unit is Unit.HOURS else f"{value:g}"


def _tornado(axes: Ax, one: FigureRange, base: float) -> None:
    """The strongest values, each from what its low end does to what its high end does."""
    axes.axvspan(one.low, one.high, color=BAND, zorder=0)
    axes.axvline(base, color=INK, linewidth=1)
    for row, effect in enumerate(one.effects):
        low, high = effect.at_low.value, effect.at_high.value
        for by, colour in sorted(((low, LIGHT), (high, DARK)), key=lambda bar: -abs(bar[0])):
            axes.barh(row, by, left=base, height=0.62, color=colour, edgecolor=INK,
                      linewidth=0.6, zorder=2)  # fmt: skip
        _end(axes, row, base, low, high, effect.low)
        _end(axes, row, base, high, low, effect.high)
    axes.set_yticks(range(len(one.effects)), [_labelled(effect) for effect in one.effects])
    axes.set_ylim(len(one.effects) - 0.4, -0.6)
    axes.tick_params(left=False)
    axes.margins(x=0.12)
    axes.xaxis.set_major_locator(MaxNLocator(7))
    axes.xaxis.set_major_formatter(_ticks(one.unit))
    axes.set_title(
        f"What moves it most: {worded(one.figure)}, forecast {said(base, one.unit)} (line), over "
        f"the ranges {between(one.low, one.high, one.unit)} (band)"
    )


def _end(axes: Ax, row: int, base: float, by: float, other: float, words: str) -> None:
    """What the value is at this end of its bar.

    Where both ends move the figure one way, the lesser is told on the free side of the line.
    """
    crowded = by * other >= 0 and abs(by) < abs(other)
    right = other < 0 if crowded else by >= 0
    axes.annotate(words, (base if crowded else base + by, row), xytext=(3 if right else -3, 0),
                  textcoords="offset points", fontsize=7.5, va="center",
                  ha="left" if right else "right", zorder=3)  # fmt: skip


def _labelled(effect: Effect) -> str:
    return f"{'' if effect.is_seen else '~ '}{effect.name}"
