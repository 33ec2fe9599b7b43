"""Statistics in words: tables that fit 80 columns."""

from collections.abc import Callable, Iterator, Sequence

from remit.analysis.figures import Ended, GroupStats, LoopUse, Share, Spread
from remit.analysis.wording import counted, dollars, duration, spaced
from remit.state.inert import cut
from remit.state.sheet import Sheet, Table
from remit.state.tally import By

INTERVAL = "95 % interval"
SHOWN = 12
"""Reasons that are listed; the rest is counted."""
NAME = 24
"""Longest name of a group that is shown in full."""
GROUPS = 20
"""Groups that are listed, the largest first."""
OF_EACH = 4
"""Reasons that are listed of one group among several."""
SAID = 200
"""Characters of a reason."""


def parts(groups: Sequence[GroupStats], by: By | None, deeper: str) -> Iterator[Table | str]:
    """The statistics in reading order; `deeper` is the command that counts the limits too."""
    if by is None:
        for group in groups:
            yield from _alone(group)
    else:
        yield from _together(groups, by)
    if any(group.loops is None for group in groups):
        yield f"what was used of each limit: {deeper}"
    elif by is not None:
        yield from (
            _loops(f"{cut(group.name, NAME)}: limits", group.loops or ())
            for group in groups[:GROUPS]
        )


def stats_sheet(groups: Sequence[GroupStats], by: By | None) -> Sheet:
    """The same as a sheet."""
    told = tuple(parts(groups, by, "stats(loops=True)"))
    return Sheet(
        title=_runs(_all(groups)) + (f" by {by}" if by else ""),
        about="; ".join(part for part in told if isinstance(part, str)),
        tables=tuple(part for part in told if isinstance(part, Table)),
    )


def _together(groups: Sequence[GroupStats], by: By) -> Iterator[Table | str]:
    """Groups side by side, then what ended each."""
    yield _compared(groups, by)
    more = len(groups) - GROUPS
    if more > 0:
        yield f"{more:,} smaller groups are left out; --json has all, options narrow the runs"
    for group in groups[:GROUPS]:
        yield _ended(f"{cut(group.name, NAME)}: what ended them", group.reasons, OF_EACH)


def _alone(group: GroupStats) -> Iterator[Table | str]:
    yield Table(
        title=f"How they ended ({_runs(group.runs)})",
        heads=("outcome", "runs", "share", INTERVAL),
        rows=tuple(
            (spaced(name), f"{share.count:,}", percent(share.share), between(share))
            for name, share in group.outcomes
        ),
        right=("runs", "share", INTERVAL),
        whole=("outcome",),
        drop=(INTERVAL,),
    )
    yield _ended("What ended them", group.reasons, SHOWN)
    if group.ended:
        yield _took(group)
    if group.loops is not None:
        yield _loops("Limits: what was used of what is allowed", group.loops)


def _ended(title: str, reasons: Sequence[Ended], most: int) -> Table:
    """The most frequent reasons, each with how it most often goes on."""
    shown, rest = reasons[:most], reasons[most:]
    rows = [row for one in shown for row in _reason(one)]
    if rest:
        rows.append(("", f"{sum(one.runs for one in rest):,}", counted(len(rest), "other reason")))
    return Table(
        title=title,
        heads=("outcome", "runs", "why"),
        rows=tuple(rows),
        right=("runs",),
        whole=("outcome",),
    )


def _reason(one: Ended) -> Iterator[tuple[str, str, str]]:
    outcome, why = spaced(one.outcome), one.reason.removesuffix("; shipped") or "-"
    if len(one.often) == 1 and one.often[0][1] == one.runs:
        yield outcome, f"{one.runs:,}", cut(f"{why}: {one.often[0][0]}", SAID)
        return
    yield outcome, f"{one.runs:,}", cut(why, SAID)
    yield from (("", "", cut(f"{runs:,} x: {rest}", SAID)) for rest, runs in one.often)


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
        rows=tuple(
            (name, *(said(value) for value in (one.median, one.p90, one.least, one.most)))
            for name, one, said in measures
            if one
        ),
        right=("median", "9 in 10 up to", "least", "most"),
        drop=("least", "most"),
    )


def _loops(title: str, loops: Sequence[LoopUse]) -> Table:
    return Table(
        title=title,
        heads=("limit", "allowed", "used on average", "most", "end reached in"),
        rows=tuple(
            (
                spaced(one.limit),
                _allowed(one.allowed),
                f"{one.mean:.2f}",
                str(one.most),
                f"{_runs(one.reached.count)}, {percent(one.reached.share)}",
            )
            for one in loops
        ),
        right=("allowed", "used on average", "most", "end reached in"),
        drop=("most", "used on average"),
    )


def _compared(groups: Sequence[GroupStats], by: By) -> Table:
    return Table(
        title=f"{_runs(_all(groups))} by {by}; handoffs, cost, duration: medians of the ended",
        heads=(str(by), "runs", "shipped", INTERVAL, "handoffs", "cost", "duration"),
        rows=tuple(map(_row, groups[:GROUPS])),
        right=("runs", "shipped", INTERVAL, "handoffs", "cost", "duration"),
        drop=("duration", "handoffs", INTERVAL, "cost"),
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


def _all(groups: Sequence[GroupStats]) -> int:
    return sum(group.runs for group in groups)


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
