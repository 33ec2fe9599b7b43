"""The pictures of a study: axes in, axes out. They read in grey: shape and words tell things apart.

Nothing here depends on the clock or on Matplotlib's global state, so the same rows draw the same
bytes.
"""

import warnings
from collections.abc import Callable
from io import BytesIO
from itertools import cycle
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes as Drawable
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from remit.analysis.study.choice import front, recommend
from remit.analysis.study.effects import Interaction, effects, interactions
from remit.analysis.study.labels import put
from remit.analysis.study.responses import NATURES, Response, said
from remit.analysis.study.results import Results, level_words
from remit.analysis.study.terms import meaning
from remit.state.errors import InputError
from remit.state.inert import cut
from remit.state.suggest import quoted

Axes = Any
"""Matplotlib's axes: the types of its keywords are unknown to a strict checker."""
STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "remit",
    "text.parse_math": False,
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "hatch.linewidth": 0.6,
}
"""Text stays text; a dollar sign in a name starts no formula."""
DARK, MIDDLE, LIGHT, INK = "#1f4e79", "#8fb7d9", "#f6d59a", "#222222"
NAME = 28
"""Longest name of a level that is shown in full."""
LABELLED = 14
"""With more points than this only those on the front have their number."""
WIDTH = 7.6
"""Inches."""
DPI = 144


def axes_or_new(axes: Axes) -> Axes:
    """The axes that were given, or those of a new figure, which a notebook shows.

    Raises:
        InputError: they are none.
    """
    if isinstance(axes, Drawable):
        return axes
    if axes is not None:
        raise InputError(
            f"axes: {quoted(str(axes))} is none of Matplotlib's; give one, such as "
            "plt.subplots()[1], or leave it out (a response is given as response=...)"
        )
    from matplotlib import pyplot

    made: Any = pyplot
    return made.subplots(figsize=(WIDTH, 3.6), layout="constrained")[1]


def label(response: Response) -> str:
    """A response on an axis, with its direction."""
    nature = NATURES[response]
    return f"{nature.words} ({'more' if nature.more_is_better else 'less'} is better)"


def _ticks(axis: Any, response: Response) -> None:
    def told(value: float, _: int) -> str:
        unit = NATURES[response].unit
        if unit == "%":
            return f"{100 * value:.3g} %"
        return f"${value:g}" if unit == "$" else f"{value:g} h" if unit == "h" else f"{value:g}"

    axis.set_major_locator(MaxNLocator(6))
    axis.set_major_formatter(FuncFormatter(told))


SHAPES = (("o", "--"), ("s", ":"), ("^", "-."), ("v", "-"), ("D", "--"), ("P", ":"))
"""A marker and a line for each circumstance."""
BEATEN, ON_FRONT, LARGER = 5.0, 7.0, 4.0
"""Widths of markers, in points; how much wider the first of several circumstances has them than
the last, so that what lies on the same spot shows around what covers it."""


def pareto(axes: Axes, found: Results) -> Axes:
    """Every point with its intervals; those that nothing beats are filled and joined."""
    across, up = found.asked.front[1], found.asked.front[0]
    scenarios = found.scenarios()
    on: list[int] = []
    for at, ((_, words, one), (marker, line)) in enumerate(zip(scenarios, cycle(SHAPES))):
        wider = LARGER * (1 - at / (len(scenarios) - 1)) if len(scenarios) > 1 else 0.0
        on += _fronted(axes, one, across, up, (marker, line, words), wider)
    if len(scenarios) == 1 and not found.is_apart:
        choice = recommend(found)
        _ringed(axes, found, front(found).knee, across, up, "s", "knee")
        if choice.is_met:
            _ringed(axes, found, choice.point, across, up, "o", "recommended")
    for bound in found.asked.constraints:
        if bound.response in (across, up):
            draw = axes.axvline if bound.response is across else axes.axhline
            draw(bound.bound, color=INK, linewidth=0.9, linestyle=":")
    axes.set_xlabel(label(across))
    axes.set_ylabel(label(up))
    _ticks(axes.xaxis, across)
    _ticks(axes.yaxis, up)
    axes.legend(
        frameon=False, fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.16),
        ncols=3, columnspacing=3, handletextpad=1, borderpad=1,
    )  # fmt: skip
    axes.set_title("Policies by what they give and take (numbers: rows of the table)")
    _numbers(axes, found, tuple(on), across, up)
    return axes


def _fronted(
    axes: Axes, found: Results, across: Response, up: Response, look: tuple[str, str, str],
    wider: float,
) -> tuple[int, ...]:  # fmt: skip
    """The points of a circumstance; returns those that nothing beats."""
    marker, line, name = look
    on = front(found)
    points = on.points
    for point in found.there:
        one, two = found.mean(across, point), found.mean(up, point)
        beaten = point not in points
        axes.errorbar(
            one.value, two.value,
            xerr=[[one.value - one.low], [one.high - one.value]],
            yerr=[[two.value - two.low], [two.high - two.value]],
            marker=marker, markersize=wider + (BEATEN if beaten else ON_FRONT),
            markerfacecolor="white" if beaten else DARK, markeredgecolor=INK,
            ecolor="#aaaaaa", elinewidth=0.7, linestyle="none", zorder=2 if beaten else 3,
        )  # fmt: skip
    spots = [(found.mean(across, one).value, found.mean(up, one).value) for one in points]
    axes.plot(
        *zip(*spots, strict=True), color=DARK, linewidth=1.2, marker=marker,
        # a front in more than two responses is no line in two of them
        linestyle=line if len(on.responses) == 2 else "none",
        markersize=6, markerfacecolor=DARK, markeredgecolor=INK, zorder=1,
        label=cut(name, 60) or "nothing beats these",
    )  # fmt: skip
    return points


def _ringed(axes: Axes, found: Results, point: int, across: Response, up: Response, marker: str,
            words: str) -> None:  # fmt: skip
    axes.plot(
        [found.mean(across, point).value], [found.mean(up, point).value], marker=marker,
        markersize=14 if marker == "o" else 17, markerfacecolor="none", markeredgecolor=INK,
        markeredgewidth=1.4, linestyle="none", label=f"{words}: {point}", zorder=4,
    )  # fmt: skip


def _numbers(
    axes: Axes, found: Results, on: tuple[int, ...], across: Response, up: Response
) -> None:
    """The points' numbers."""
    shown = found.there if len(found.there) <= LABELLED else on
    spots = [(found.mean(across, point).value, found.mean(up, point).value) for point in shown]
    put(axes, dict(zip(map(str, shown), spots, strict=True)))


def main_effects(axes: Axes, found: Results, response: Response) -> Axes:
    """Each factor's levels side by side, with their intervals."""
    left, places, names = 0.0, list[float](), list[str]()
    for one in effects(found, response):
        at = [left + number for number in range(len(one.steps))]
        values = [step.value for step in one.steps]
        low = [step.value - step.low for step in one.steps]
        high = [step.high - step.value for step in one.steps]
        axes.errorbar(at, values, yerr=[low, high], marker="o", color=DARK, ecolor="#888888",
                      elinewidth=1, capsize=3, linewidth=1.2)  # fmt: skip
        axes.annotate(cut(meaning(one.factor), 2 * NAME), (at[0], 1.01), fontsize=8, ha="left",
                      va="bottom", xycoords=("data", "axes fraction"))  # fmt: skip
        places += at
        names += [cut(level_words(step.level), NAME) for step in one.steps]
        left = at[-1] + 1.8
        axes.axvline(left - 0.9, color="#dddddd", linewidth=0.8)
    many = max(map(len, names), default=0) * len(names) > 90
    axes.set_xticks(places, names, rotation=35 if many else 0, ha="right" if many else "center")
    axes.set_ylabel(label(response))
    _ticks(axes.yaxis, response)
    axes.set_title(f"Main effects on {NATURES[response].words}", pad=22)
    return axes


def tornado(axes: Axes, found: Results, response: Response) -> Axes:
    """From the lowest to the highest mean that each factor's levels give, the widest on top."""
    made = effects(found, response)
    middle = float(found.means[response].mean())
    for row, one in enumerate(made):
        low = min(one.steps, key=lambda step: step.value)
        high = max(one.steps, key=lambda step: step.value)
        for step, colour, hatch in ((low, LIGHT, "//"), (high, DARK, "")):
            axes.barh(row, step.value - middle, left=middle, height=0.6, color=colour, hatch=hatch,
                      edgecolor=INK, linewidth=0.6)  # fmt: skip
            right = step.value >= middle
            axes.annotate(cut(level_words(step.level), NAME), (step.value, row),
                          xytext=(4 if right else -4, 0), textcoords="offset points",
                          fontsize=8, va="center", ha="left" if right else "right")  # fmt: skip
    axes.axvline(middle, color=INK, linewidth=1)
    names = [cut(meaning(one.factor), 40) for one in made]
    axes.set_yticks(
        range(len(made)),
        [f"{'' if one.is_clear else '~ '}{name}" for one, name in zip(made, names, strict=True)],
    )
    axes.set_ylim(len(made) - 0.4, -0.6)
    axes.margins(x=0.18)
    _ticks(axes.xaxis, response)
    axes.set_title(
        f"What moves {NATURES[response].words} most (line: mean of all points"
        + (", ~: not visible)" if any(not one.is_clear for one in made) else ")")
    )
    return axes


def interaction(axes: Axes, found: Results, response: Response) -> Axes:
    """The mean of each combination of the two factors that act on each other most."""
    strongest = interactions(found, response)[:1]
    if not strongest:
        axes.axis("off")
        axes.text(0.5, 0.5, "one factor alone, or combinations without points: nothing to show",
                  ha="center", va="center")  # fmt: skip
        return axes
    return _heat(axes, strongest[0])


def _heat(axes: Axes, one: Interaction) -> Axes:
    cells = one.means
    least = min(map(min, cells))
    width = (max(map(max, cells)) - least) or 1.0
    better = NATURES[one.response].more_is_better
    axes.pcolormesh(
        [[(value - least) / width for value in row] for row in cells],
        cmap="Greys", vmin=-0.1, vmax=2.4, edgecolors="white", linewidth=1.5,
    )  # fmt: skip
    axes.invert_yaxis()
    for row, values in enumerate(cells):
        for column, value in enumerate(values):
            axes.text(column + 0.5, row + 0.5, said(one.response, value), ha="center", va="center",
                      fontsize=8.5, color=INK)  # fmt: skip
    rows, columns = one.levels
    axes.set_yticks(
        [at + 0.5 for at in range(len(rows))], [cut(level_words(name), NAME) for name in rows]
    )
    axes.set_xticks(
        [at + 0.5 for at in range(len(columns))], [cut(level_words(name), NAME) for name in columns]
    )
    axes.set_ylabel(cut(meaning(one.factors[0]), 40))
    axes.set_xlabel(cut(meaning(one.factors[1]), 40))
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_title(
        f"{NATURES[one.response].words.capitalize()} of each combination (dark is more, "
        f"{'more' if better else 'less'} is better)"
    )
    return axes


Draw = Callable[[Axes], Axes]


def drawings(found: Results) -> dict[str, tuple[float, Draw]]:
    """By name: the height in inches, and what draws it."""
    goal = found.asked.goal.response
    rows = len(effects(found, goal))
    made: dict[str, tuple[float, Draw]] = {
        "pareto": (4.2, lambda axes: pareto(axes, found)),
    }
    if rows:
        made["main-effects"] = (3.4, lambda axes: main_effects(axes, found, goal))
        made["tornado"] = (1.2 + 0.4 * rows, lambda axes: tornado(axes, found, goal))
    if interactions(found, goal):
        made["interaction"] = (3.2, lambda axes: interaction(axes, found, goal))
    return made


def rendered(draw: Draw, height: float, kind: str) -> bytes:
    """A picture as the bytes of a PNG or SVG file, without a date or a random name."""
    library: Any = mpl
    with library.rc_context(STYLE), warnings.catch_warnings():
        # a name may hold characters that the font lacks; the reader's font may have them
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        canvas: Any = Figure(figsize=(WIDTH, height), layout="constrained")
        FigureCanvasAgg(canvas)
        draw(canvas.add_subplot())
        data = BytesIO()
        empty = {"Date": None, "Creator": None} if kind == "svg" else {"Software": None}
        canvas.savefig(data, format=kind, dpi=DPI, metadata=empty)
    return data.getvalue()
