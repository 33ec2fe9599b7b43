"""Statistics of many runs, out of what the record counts: values in, values out."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

from remit.analysis.figures import Ended, GroupStats, LoopUse, Share, Spread, spread, wilson
from remit.analysis.stats_text import stats_sheet
from remit.state.markup import fragment
from remit.state.sheet import plain
from remit.state.tally import By, Figures, Reason, Use
from remit.state.vocabulary import ENDED, LOOPS, Outcome

if TYPE_CHECKING:
    import pandas as pd

_Row = TypeVar("_Row", Reason, Use)


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Stats:
    """Statistics of many runs, the largest group first."""

    by: By | None
    runs: int
    groups: tuple[GroupStats, ...]
    """One for all runs where they are not grouped; none where there are no runs."""

    def to_frame(self) -> "pd.DataFrame":
        """One row for each group; needs pandas.

        Raises:
            ImportError: pandas is not installed.
        """
        import pandas as pd

        return pd.DataFrame([_flat(group) for group in self.groups])

    def __repr__(self) -> str:
        return plain(stats_sheet(self.groups, self.by))

    def _repr_html_(self) -> str:
        return fragment(stats_sheet(self.groups, self.by))


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What the record says about limits."""

    uses: Sequence[Use]
    reached: Mapping[str, Mapping[str, int]]
    """Runs by group and limit."""
    allowed: Mapping[str, Sequence[Mapping[str, int | None]]]
    """The limits of each policy, by group."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted:
    """What the record says about the runs that are meant."""

    names: Mapping[str, str]
    """Of the groups, by key."""
    figures: Sequence[Figures]
    reasons: Sequence[Reason]
    limits: Limits | None = None
    """`None` where they were not counted."""


def stats(counted: Counted, by: By | None = None) -> Stats:
    """The statistics of what was counted."""
    key, limits = attrgetter("group"), counted.limits
    called = _called(counted.names)
    reasons, uses = _by_group(counted.reasons), _by_group(limits.uses if limits else ())
    made = [
        _group(
            called[group], group, list(rows), reasons.get(group, ()), uses.get(group, ()), limits
        )
        for group, rows in groupby(sorted(counted.figures, key=key), key)
    ]
    made.sort(key=lambda one: (-one.runs, one.name))
    return Stats(by=by, runs=len(counted.figures), groups=tuple(made))


def _called(names: Mapping[str, str]) -> dict[str, str]:
    """A name for each group: those of one name are told apart by their hash."""
    often = Counter(names.values())
    return {key: name if often[name] == 1 else f"{name} ({key[:8]})" for key, name in names.items()}


def _by_group(rows: Iterable[_Row]) -> dict[str, list[_Row]]:
    """The rows of each group, in their order."""
    found: dict[str, list[_Row]] = {}
    for row in rows:
        found.setdefault(row.group, []).append(row)
    return found


def _group(
    name: str, key: str, figures: Sequence[Figures], reasons: Sequence[Reason],
    uses: Sequence[Use], limits: Limits | None,
) -> GroupStats:  # fmt: skip
    ended = [one for one in figures if one.outcome in ENDED]
    return GroupStats(
        name=name,
        key=key,
        runs=len(figures),
        ended=len(ended),
        outcomes=_outcomes(figures),
        reasons=tuple(
            Ended(outcome=one.outcome, reason=one.reason, runs=one.runs, often=one.often)
            for one in reasons
        ),
        handoffs=spread([one.handoffs for one in ended]),
        cost_micros=spread([one.cost_micros for one in ended]),
        tokens=spread([one.tokens for one in ended]),
        elapsed_s=spread([one.elapsed_s for one in ended]),
        loops=None if limits is None else tuple(_loops(key, len(figures), uses, limits)),
    )


def _outcomes(figures: Sequence[Figures]) -> tuple[tuple[str, Share], ...]:
    counts = Counter(one.outcome for one in figures)
    known = [str(one) for one in (*ENDED, Outcome.WAITING, Outcome.FAILED, Outcome.RUNNING)]
    return tuple(
        (name, wilson(counts[name], len(figures)))
        for name in known
        if counts[name] or name == Outcome.SHIPPED
    )


def _loops(key: str, runs: int, uses: Sequence[Use], limits: Limits) -> Iterable[LoopUse]:
    """Every loop that a policy of these runs limits, in the order of the policy."""
    by_limit = {one.limit: one for one in uses}
    reached, policies = limits.reached.get(key, {}), limits.allowed.get(key, ())
    for limit in map(str, LOOPS):
        used = by_limit.get(limit)
        if used is None and not any(limit in policy for policy in policies):
            continue
        yield LoopUse(
            limit=limit,
            reached=wilson(reached.get(limit, 0), runs),
            spent=used.runs if used else 0,
            mean=used.used / runs if used else 0.0,
            most=used.most if used else 0,
            allowed=_sorted({policy[limit] for policy in policies if limit in policy}),
        )


def _sorted(allowed: Iterable[int | None]) -> tuple[int | None, ...]:
    return tuple(sorted(allowed, key=lambda one: (one is None, one or 0)))


def _flat(group: GroupStats) -> dict[str, Any]:
    """A group in one row: `shipped`, `shipped_share`, `cost_micros_median` and so on."""
    row: dict[str, Any] = {"name": group.name, "key": group.key, "runs": group.runs}
    row["ended"] = group.ended
    found = dict(group.outcomes)
    for outcome in map(str, Outcome):
        row[outcome] = found[outcome].count if outcome in found else 0
    shipped = found[Outcome.SHIPPED]
    row |= {"shipped_share": shipped.share, "shipped_low": shipped.low,
            "shipped_high": shipped.high}  # fmt: skip
    for name in ("handoffs", "cost_micros", "tokens", "elapsed_s"):
        one: Spread | None = getattr(group, name)
        for part in ("median", "p90", "least", "most", "mean"):
            row[f"{name}_{part}"] = None if one is None else getattr(one, part)
    for loop in group.loops or ():
        row |= {f"{loop.limit}_reached": loop.reached.count, f"{loop.limit}_mean": loop.mean}
    return row
