"""Statistics of many runs, out of what the record counts: values in, values out."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import sqrt
from operator import attrgetter
from statistics import NormalDist, fmean, quantiles
from typing import TYPE_CHECKING, Any

from remit.state.tally import By, Figures, Reason, Use
from remit.state.vocabulary import ENDED, LOOPS, Outcome

if TYPE_CHECKING:
    import pandas as pd

CONFIDENCE = 0.95
_Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """A part of some runs, and where the true share may lie: 0 to 1 each."""

    count: int
    of: int
    share: float
    low: float
    high: float
    """`low` to `high` is the Wilson interval at `CONFIDENCE`, for runs that differ by chance."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Spread:
    """How a quantity is spread over runs."""

    median: float
    p90: float
    """Nine in ten do not exceed it."""
    least: int
    most: int
    mean: float


@dataclass(frozen=True, kw_only=True, slots=True)
class LoopUse:
    """How far runs went under one limit."""

    limit: str
    reached: Share
    """Runs that came to its end, so that its action was taken."""
    spent: int
    """Runs that used any of it."""
    mean: float
    """Used by a run on average, those that used none included."""
    most: int
    """Used by one run; grants can take it past what is allowed."""
    allowed: tuple[int | None, ...]
    """By the policies of these runs, the smallest first; `None` is unlimited."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """A way in which runs stand, and how many do."""

    outcome: str
    reason: str
    runs: int


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupStats:
    """The statistics of the runs that have something in common."""

    name: str
    key: str
    """The hash of the document they share, or their team; empty for all runs."""
    runs: int
    ended: int
    """Of them, those in which nothing more can happen: what they took is all they will take."""
    outcomes: tuple[tuple[str, Share], ...]
    """Of all runs, by outcome; those that no run has are left out, but for `shipped`."""
    reasons: tuple[Ended, ...]
    """The most frequent first."""
    handoffs: Spread | None
    """This and the next three are of the runs that ended; `None` where none did."""
    cost_micros: Spread | None
    tokens: Spread | None
    elapsed_s: Spread | None
    loops: tuple[LoopUse, ...] | None
    """`None` where they were not counted."""


@dataclass(frozen=True, kw_only=True, slots=True)
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


def wilson(count: int, of: int, z: float = _Z) -> Share:
    """The share `count / of` with its score interval; of no runs, anything from 0 to 1.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal
    of the American Statistical Association 22 (1927), 209-212: the shares that a test of size
    2(1 - Φ(z)) would not reject. It never leaves 0 to 1, and holds near both ends.
    """
    if of == 0:
        return Share(count=0, of=0, share=0.0, low=0.0, high=1.0)
    share, odd = count / of, z * z / of
    middle = share + odd / 2
    half = z * sqrt(share * (1 - share) / of + odd / (4 * of))
    return Share(
        count=count,
        of=of,
        share=share,
        low=0.0 if count == 0 else (middle - half) / (1 + odd),
        high=1.0 if count == of else (middle + half) / (1 + odd),
    )


def spread(values: Sequence[int]) -> Spread | None:
    """The spread of values; `None` of none.

    Between two values a quantile is read off the straight line, as NumPy and pandas do by default.
    """
    if not values:
        return None
    deciles = quantiles(values, n=10, method="inclusive") if len(values) > 1 else [*values] * 9
    return Spread(
        median=deciles[4],
        p90=deciles[8],
        least=min(values),
        most=max(values),
        mean=fmean(values),
    )


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
    key = attrgetter("group")
    called = _called(counted.names)
    made = [
        _group(called[group], group, list(figures), counted)
        for group, figures in groupby(sorted(counted.figures, key=key), key)
    ]
    made.sort(key=lambda one: (-one.runs, one.name))
    return Stats(by=by, runs=len(counted.figures), groups=tuple(made))


def _called(names: Mapping[str, str]) -> dict[str, str]:
    """A name for each group: those of one name are told apart by their hash."""
    often = Counter(names.values())
    return {key: name if often[name] == 1 else f"{name} ({key[:8]})" for key, name in names.items()}


def _group(name: str, key: str, figures: Sequence[Figures], counted: Counted) -> GroupStats:
    ended = [one for one in figures if one.outcome in ENDED]
    return GroupStats(
        name=name,
        key=key,
        runs=len(figures),
        ended=len(ended),
        outcomes=_outcomes(figures),
        reasons=tuple(
            Ended(outcome=one.outcome, reason=one.reason, runs=one.runs)
            for one in counted.reasons
            if one.group == key
        ),
        handoffs=spread([one.handoffs for one in ended]),
        cost_micros=spread([one.cost_micros for one in ended]),
        tokens=spread([one.tokens for one in ended]),
        elapsed_s=spread([one.elapsed_s for one in ended]),
        loops=tuple(_loops(key, len(figures), counted.limits)) if counted.limits else None,
    )


def _outcomes(figures: Sequence[Figures]) -> tuple[tuple[str, Share], ...]:
    counts = Counter(one.outcome for one in figures)
    known = [str(one) for one in (*ENDED, Outcome.WAITING, Outcome.FAILED, Outcome.RUNNING)]
    return tuple(
        (name, wilson(counts[name], len(figures)))
        for name in known
        if counts[name] or name == Outcome.SHIPPED
    )


def _loops(key: str, runs: int, limits: Limits) -> Iterable[LoopUse]:
    """Every loop that a policy of these runs limits, in the order of the policy."""
    uses = {one.limit: one for one in limits.uses if one.group == key}
    reached, policies = limits.reached.get(key, {}), limits.allowed.get(key, ())
    for limit in map(str, LOOPS):
        used = uses.get(limit)
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
