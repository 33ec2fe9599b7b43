"""A forecast in words: tables that fit 80 columns, the method and its limits in sentences."""

import re
from collections.abc import Iterator, Sequence

from remit.analysis.forecast.against import Difference
from remit.analysis.forecast.drawn import Figure, Measure, Unit, unit_of
from remit.analysis.forecast.findings import Against, AtPoints, Findings, Method, Terms
from remit.analysis.forecast.numbers import between, change, difference, interval, said, with_error
from remit.analysis.forecast.outlook import Amount, Chance, Outlook
from remit.analysis.forecast.ranges import INNER, Effect, FigureRange, Ranges
from remit.analysis.lines import listed
from remit.analysis.wording import counted, spaced
from remit.state.inert import cut
from remit.state.sheet import Sheet, Table
from remit.state.vocabulary import ROLES

PATH = 90
"""Longest name of a policy that is shown in full in a title: it may be a path."""
NAME = 28
"""Longest name from outside that is shown in full."""
OVER = "over the ranges"
WORDS: dict[str, str] = {
    "shipped": "shipped",
    "stopped": "stopped by a decision",
    "stopped_by_policy": "stopped by the policy",
    "flawless": "shipped without a flaw",
    "cost": "cost",
    "time": "time",
    "handoffs": "handoffs",
    "human_matters": "matters for the human",
    "cto_matters": "matters for the CTO",
    "rework": "rounds of rework",
    "changes": "change requests",
    "debts": "known debts",
    "versions": "contract versions",
}
"""Names as a person reads them."""


def worded(name: str) -> str:
    """A name of a figure, a measure, a flaw or a limit."""
    return WORDS.get(name, spaced(name))


def title(found: Findings) -> str:
    """What is forecast."""
    second = "" if found.against is None else f" against {cut(found.against.terms.policy, PATH)}"
    terms = found.terms
    return (
        f"Forecast: policy {cut(terms.policy, PATH)}{second}, behaviour "
        f"{cut(terms.behaviour, NAME)}, {_team(terms)}"
    )


def basis_words(found: Findings) -> str:
    """By which method, from how much, and what it all rests on."""
    basis, terms = found.basis, found.terms
    runs = f"{counted_runs(basis.runs)} (seed {basis.seed})"
    how = (
        f"Exact, from {basis.states:,} states; quantiles and ranges from {runs}"
        if basis.method is Method.EXACT and basis.states is not None
        else f"Sampled: {runs}, intervals of 95 % confidence"
    )
    labels = dict(terms.labels)
    guessed, all_ = labels.get("assumed", 0), sum(labels.values())
    return f"{how}. It rests on {all_} values, of which {guessed} are assumed."


def opening(found: Findings) -> tuple[str, ...]:
    """What must be known before any number is read."""
    outside = [
        worded(one.figure)
        for one in (found.ranges.figures if found.ranges else ())
        if not one.low <= forecast_of(found.outlook, one.figure) <= one.high
    ]
    if not outside or found.against is not None:
        return (basis_words(found), *found.basis.notes)
    warning = (
        f"Take care with {listed(outside)}: the forecast lies outside its own range, because what "
        "is assumed stands at a friendly or unfriendly end; most other guesses move it one way."
    )
    return (basis_words(found), *found.basis.notes, warning)


def parts(found: Findings) -> Iterator[Table | str]:
    """What follows, in reading order: what happens, what it takes, how far that can be trusted."""
    if found.against is not None:
        yield from _compared(found, found.against)
        return
    outlook, exact = found.outlook, found.basis.method is Method.EXACT
    yield _endings(outlook, found.ranges, exact)
    yield _amounts(outlook.amounts, found.ranges, exact)
    yield _spread(outlook.amounts)
    yield _flaws(outlook, exact)
    yield from _limits(outlook, exact, found.basis.runs)
    yield f"Visits of a stage in a run, on average: {_visits(outlook)}."
    if found.ranges is not None:
        yield from _ranges(found, found.ranges)


def forecast_sheet(found: Findings) -> Sheet:
    """The same as a sheet; its sentences stand together below the tables."""
    told = tuple(parts(found))
    words = tuple((part,) for part in told if isinstance(part, str))
    last = Table(title="Beside the tables", heads=("in words",), rows=words)
    return Sheet(
        title=title(found),
        about=" ".join(opening(found)),
        tables=(*(part for part in told if isinstance(part, Table)), *([last] if words else [])),
    )


def counted_runs(runs: int) -> str:
    """`1 run`, `100,000 runs`."""
    return f"{runs:,} run{'s' * (runs != 1)}"


def _team(terms: Terms) -> str:
    absent = [role for role in map(str, ROLES) if role not in terms.roles]
    return "all seven roles" if not absent else ", ".join(terms.roles)


def _bound(exact: bool) -> str:
    return "error, or interval" if exact else "95 % interval"


def _endings(outlook: Outlook, found: Ranges | None, exact: bool) -> Table:
    """How runs end, and how many of those that ship have no flaw inside."""
    chances = [one for one in outlook.chances if one.group in ("end", "flawless")]
    chances.sort(key=lambda one: one.name not in (Figure.SHIPPED, Figure.FLAWLESS))
    return Table(
        title="How it ends",
        heads=("outcome", "chance", _bound(exact), *_over_head(found)),
        rows=tuple(
            (worded(one.name), *_said(one, Unit.SHARE), *_over(found, one.name)) for one in chances
        ),
        right=("chance", _bound(exact), *_over_head(found)),
        whole=("outcome",),
        drop=(OVER,),
    )


def _said(one: Chance, unit: Unit) -> tuple[str, str]:
    return said(one.estimate.value, unit), interval(one.estimate, unit)


def _amounts(amounts: Sequence[Amount], found: Ranges | None, exact: bool) -> Table:
    return Table(
        title="What it takes, on average (all runs, however they end; waits included)",
        heads=("amount", "mean", _bound(exact), "deviation", *_over_head(found)),
        rows=tuple(
            (worded(one.measure), said(one.mean.value, one.unit), interval(one.mean, one.unit),
             with_error(one.deviation, one.unit), *_over(found, one.measure))
            for one in amounts
        ),
        right=("mean", _bound(exact), "deviation", *_over_head(found)),
        whole=("amount",),
        drop=(OVER,),
    )  # fmt: skip


def _spread(amounts: Sequence[Amount]) -> Table:
    """How unequal runs are; the parts of `PARTS` in words."""
    heads = ("1 in 10", "half", "9 in 10", "99 in 100")
    return Table(
        title="How runs differ: so many of them take no more than",
        heads=("amount", *heads),
        rows=tuple(
            (worded(one.measure), *(said(least.value, one.unit) for _, least in one.quantiles))
            for one in amounts
        ),
        right=heads,
        whole=("amount",),
    )


def _flaws(outlook: Outlook, exact: bool) -> Table:
    return Table(
        title="Flaws that escape: inside what ships, and accepted by nobody",
        heads=("flaw", "chance", _bound(exact)),
        rows=tuple(
            (worded(one.name), *_said(one, Unit.SHARE))
            for one in outlook.chances
            if one.group == "escape"
        ),
        right=("chance", _bound(exact)),
        whole=("flaw",),
    )


def _limits(outlook: Outlook, exact: bool, runs: int) -> Iterator[Table | str]:
    """The limits whose end is ever reached; the others in a line."""
    limits = [one for one in outlook.chances if one.group == "limit"]
    met = [one for one in limits if one.estimate.value > 0]
    if met:
        yield Table(
            title="Limits whose end is reached",
            heads=("limit", "chance", _bound(exact)),
            rows=tuple((worded(one.name), *_said(one, Unit.SHARE)) for one in met),
            right=("chance", _bound(exact)),
            whole=("limit",),
        )
    for solved in (True, False):
        never = [one for one in limits if not one.estimate.value and one.estimate.exact is solved]
        if never:
            names = ", ".join(worded(one.name) for one in never)
            if solved:
                yield f"Never at its end: {names}."
                continue
            most = said(max(one.estimate.high for one in never), Unit.SHARE).removeprefix("< ")
            yield f"Not once in {counted_runs(runs)} (so in at most {most}) at its end: {names}."


def _visits(outlook: Outlook) -> str:
    return ", ".join(
        f"{spaced(stage)} {one.value:.2f}" for stage, one in outlook.visits if one.value > 0
    )


def _over_head(found: Ranges | None) -> tuple[str, ...]:
    return () if found is None else (OVER,)


def _over(found: Ranges | None, name: str) -> tuple[str, ...]:
    if found is None:
        return ()
    one = found.of(Figure(name)) if name in tuple(Figure) else None
    return ("-" if one is None else between(one.low, one.high, one.unit),)


def _ranges(found: Findings, ranges: Ranges) -> Iterator[Table | str]:
    if not ranges.figures:
        yield "No value of this behaviour is assumed and has a range, so nothing was varied."
        return
    for one in ranges.figures:
        yield _tornado(one, forecast_of(found.outlook, one.figure))
    yield method_words(ranges)


def forecast_of(outlook: Outlook, figure: Figure) -> float:
    """The forecast of a main figure."""
    if unit_of(figure) is Unit.SHARE:
        group = "end" if figure is Figure.SHIPPED else str(figure)
        return outlook.chance(group, str(figure)).value
    return outlook.amount(Measure(figure)).mean.value


def _tornado(one: FigureRange, value: float) -> Table:
    heads = ("low", "high", "at low", "at high")
    return Table(
        title=f"What moves it most: {worded(one.figure)}, {said(value, one.unit)}",
        heads=("assumed value", *heads),
        rows=tuple(
            (effect.name, effect.low, effect.high,
             _effect(effect, effect.at_low.value, one.unit),
             _effect(effect, effect.at_high.value, one.unit))
            for effect in one.effects
        ),
        right=heads,
    )  # fmt: skip


def _effect(effect: Effect, by: float, unit: Unit) -> str:
    """What the end does; a `~` where that is not told from chance."""
    return f"{'' if effect.is_seen else '~'}{change(by, unit)}"


def method_words(found: Ranges) -> str:
    """How the ranges were found, in sentences."""
    effort = found.effort
    inner = round(100 * (INNER[1] - INNER[0]))
    together = (
        f", {counted(found.factors, 'factor')} with what moves together"
        if found.factors < found.values
        else ""
    )
    return (
        f"Ranges: {found.values} assumed values{together}; the other {found.fixed} stay. One at a "
        f"time, each goes to both ends of its range on the same luck ({effort.screen:,} runs, the "
        f"strongest again with {effort.refine:,}); a ~ is less than chance does. All at once, at "
        f"{effort.points} points of a Latin hypercube, below its value as often as above, "
        f"{effort.each:,} runs each: {OVER!r} are the middle {inner} % of the points."
    )


def _compared(found: Findings, against: Against) -> Iterator[Table | str]:
    """Two policies side by side: what differs, and what does not."""
    clear = [one for one in against.differences if one.told_apart]
    unclear = [one for one in against.differences if not one.told_apart and not _never(one)]
    names = (_column(found.terms.policy), _column(against.terms.policy))
    names = names if names[0] != names[1] else ("first", "second")
    yield _side_by_side("What differs", clear, names)
    yield _side_by_side("What cannot be told apart", unclear, names)
    never = [_named(one) for one in against.differences if _never(one)]
    if never:
        yield f"Under neither, in {counted_runs(found.basis.runs)}: {', '.join(never)}."
    narrowed = [one.narrowed for one in against.differences if 1 < one.narrowed < 1e6]
    if narrowed:
        yield (
            f"Both policies had the same luck, run by run: intervals are up to "
            f"{max(narrowed):.1f} times as narrow as on luck of their own. Each holds alone in 95 "
            f"of 100 such forecasts; of {len(against.differences)}, about one may not."
        )
    if against.over_ranges:
        yield _at_points(against.over_ranges, names[1])


def _column(policy: str) -> str:
    """A policy above its column: of a file, the file's name without its folders."""
    file = re.sub(r" \(named .*\)$", "", policy)
    return cut(re.split(r"[\\/]", file)[-1], NAME // 2)


def _never(one: Difference) -> bool:
    """Whether it came up under neither policy."""
    return one.first.value == 0 == one.second.value


def _side_by_side(title: str, rows: Sequence[Difference], names: tuple[str, str]) -> Table:
    first, second = names
    return Table(
        title=title,
        heads=("", first, second, "difference", "95 % interval"),
        rows=tuple(
            (_named(one), said(one.first.value, one.unit), said(one.second.value, one.unit),
             *difference(one.by, one.unit))
            for one in rows
        ),
        right=(first, second, "difference", "95 % interval"),
        drop=("difference",),
    )  # fmt: skip


def _named(one: Difference) -> str:
    kind = {"escape": "escapes: ", "limit": "limit: "}.get(one.group, "")
    return kind + worded(one.name)


def _at_points(points: Sequence[AtPoints], second: str) -> Table:
    """Whether the difference holds whatever is assumed."""
    of = points[0].of
    more, less = f"{second} has more", "has less"
    return Table(
        title=f"If what is assumed is otherwise: the difference at {of} points of the ranges",
        heads=("figure", "nine in ten within", more, less),
        rows=tuple(
            (worded(one.figure), f"{change(one.low, one.unit)} to {change(one.high, one.unit)}",
             f"{one.more} of {one.of}", f"{one.less} of {one.of}")
            for one in points
        ),
        right=("nine in ten within", more, less),
        whole=("figure",),
    )  # fmt: skip


def unit_words(measure: Measure) -> str:
    """The unit of an amount on an axis."""
    return {Unit.DOLLARS: "US dollars", Unit.HOURS: "hours"}.get(unit_of(measure), "number")
