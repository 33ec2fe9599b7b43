"""Statistics in words: tables that fit 80 columns."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from remit.analysis.stats import GroupStats, LoopUse, Share, Spread, Stats
from remit.analysis.wording import dollars, duration, spaced
from remit.state.inert import cut

SHOWN = 12
"""Reasons that are listed; the rest is counted."""
NAME = 24
"""Longest name of a group that is shown in full."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A heading, and rows under column heads."""

    title: str
    heads: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    right: tuple[str, ...] = ()
    """Heads of the columns that are set right."""


def parts(found: Stats, deeper: str) -> Iterator[Table | str]:
    """The statistics in reading order; `deeper` is the command that counts the limits too."""
    if found.by is None:
        for group in found.groups:
            yield from _alone(group)
    else:
        yield _compared(found)
    if any(group.loops is None for group in found.groups):
        yield f"what was used of each limit: {deeper}"
    elif found.by is not None:
        yield from (
            _loops(f"{cut(group.name, NAME)}: limits", group.loops or ()) for group in found.groups
        )


def _alone(group: GroupStats) -> Iterator[Table | str]:
    yield Table(
        title=f"How they ended ({_runs(group.runs)})",
        heads=("outcome", "runs", "share", "95 % interval"),
        rows=[
            (spaced(name), f"{share.count:,}", percent(share.share), between(share))
            for name, share in group.outcomes
        ],
        right=("runs", "share"),
    )
    shown, rest = group.reasons[:SHOWN], group.reasons[SHOWN:]
    more = [("", f"{sum(one.runs for one in rest):,}", f"{len(rest)} other reasons")]
    yield Table(
        title="What ended them",
        heads=("outcome", "runs", "why"),
        rows=[
            *((spaced(one.outcome), f"{one.runs:,}", _why(one.reason)) for one in shown),
            *(more if rest else ()),
        ],
        right=("runs",),
    )
    if group.ended:
        yield _took(group)
    if group.loops is not None:
        yield _loops("Limits: what was used of what is allowed", group.loops)


def _took(group: GroupStats) -> Table:
    measures: tuple[tuple[str, Spread | None, Callable[[float], str]], ...] = (
        ("handoffs", group.handoffs, lambda value: f"{value:,.0f}"),
        ("cost", group.cost_micros, lambda value: dollars(round(value))),
        ("tokens", group.tokens, lambda value: f"{value:,.0f}"),
        ("duration", group.elapsed_s, lambda value: duration(round(value))),
    )
    return Table(
        title=f"What they took ({_runs(group.ended)} at an end; waits included)",
        heads=("", "median", "9 in 10 up to", "least", "most"),
        rows=[
            (name, *(said(value) for value in (one.median, one.p90, one.least, one.most)))
            for name, one, said in measures
            if one
        ],
        right=("median", "9 in 10 up to", "least", "most"),
    )


def _loops(title: str, loops: Sequence[LoopUse]) -> Table:
    return Table(
        title=title,
        heads=("limit", "allowed", "used on average", "most", "used up in"),
        rows=[
            (
                spaced(one.limit),
                _allowed(one.allowed),
                f"{one.mean:.2f}",
                str(one.most),
                f"{_runs(one.reached.count)}, {percent(one.reached.share)}",
            )
            for one in loops
        ],
        right=("allowed", "used on average", "most"),
    )


def _compared(found: Stats) -> Table:
    return Table(
        title=f"{_runs(found.runs)} by {found.by}; handoffs, cost, duration: medians of the ended",
        heads=(str(found.by), "runs", "shipped", "95 %", "handoffs", "cost", "duration"),
        rows=[_row(group) for group in found.groups],
        right=("runs", "shipped", "95 %", "handoffs", "cost", "duration"),
    )


def _row(group: GroupStats) -> tuple[str, ...]:
    shipped = dict(group.outcomes)["shipped"]
    took = (group.handoffs, group.cost_micros, group.elapsed_s)
    said = ("-", "-", "-")
    if all(took):
        handoffs, cost, time = (one.median if one else 0.0 for one in took)
        said = (f"{handoffs:,.0f}", dollars(round(cost)), duration(round(time)))
    name = cut(group.name, NAME)
    return (name, f"{group.runs:,}", percent(shipped.share), between(shipped), *said)


def _why(reason: str) -> str:
    return reason.removesuffix("; shipped") or "-"


def _runs(count: int) -> str:
    return f"{count:,} run{'s' * (count != 1)}"


def _allowed(limits: Sequence[int | None]) -> str:
    words = ["unlimited" if one is None else str(one) for one in limits]
    return words[0] if len(words) == 1 else f"{words[0]} to {words[-1]}" if words else "-"


def percent(share: float) -> str:
    """A share in whole percents; what is not all and not nothing never looks like it."""
    if 0 < share < 0.01:
        return "< 1 %"
    return "> 99 %" if 0.99 < share < 1 else f"{100 * share:.0f} %"


def between(share: Share) -> str:
    """An interval in percents, with a decimal where it is narrow."""
    digits = 1 if share.high - share.low < 0.02 else 0
    return f"{100 * share.low:.{digits}f}-{100 * share.high:.{digits}f} %"
