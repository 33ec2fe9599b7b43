"""Runs that were drawn, as columns: what came of each, and the figures that are read off them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remit.agents.behaviour import Behaviour
from remit.analysis.forecast.estimate import Hits, Values
from remit.state.vocabulary import BUDGETS, ENDED, LOOPS, FlawKind, Limit, Outcome, Stage

Counts = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """What came of each of n runs; one place of every column is one run."""

    ends: Counts
    """Place in `ENDED`."""
    escaped: Hits
    """Shape (kinds of flaw, n): inside what shipped, and accepted by nobody."""
    accepted: Hits
    """Shape (kinds of flaw, n): accepted as known debt, whether or not the run ships."""
    reached: Hits
    """Shape (loops, n): whether the end of the limit was reached."""
    over: Hits
    """Shape (budgets, n): whether more was used than the budget at first allows."""
    handoffs: Counts
    tokens: Counts
    cost_micros: Counts
    elapsed_s: Counts
    cto_matters: Counts
    """Put to the CTO."""
    human_matters: Counts
    """Put to the human."""
    rework: Counts
    """Rounds of rework, of all owners."""
    changes: Counts
    """Change requests that were let in."""
    versions: Counts
    """Versions of the contract that were frozen."""
    debts: Counts
    """Waivers that were written down."""
    visits: Counts
    """Shape (stages, n): how often each stage was entered, in the order of `Stage`."""

    @property
    def runs(self) -> int:
        """How many."""
        return len(self.ends)


Draw = Callable[[Sequence[Behaviour], int, int], Iterator[Drawn]]
"""(behaviours, runs, seed): `runs` runs of each behaviour, all with the luck of the same seed.

The n-th run has the same luck under every behaviour and every policy, so that what differs between
two columns comes from what was changed."""


class Figure(StrEnum):
    """The main figures: each is one number for a run, and a mean over runs."""

    SHIPPED = "shipped"
    FLAWLESS = "flawless"
    """Shipped, with no flaw inside: none that escaped, none that is known debt."""
    COST = "cost"
    """US dollars."""
    TIME = "time"
    """Hours of the run's own clock, waiting for people included."""
    HANDOFFS = "handoffs"
    HUMAN_MATTERS = "human_matters"


class Unit(StrEnum):
    """How a number is read."""

    SHARE = "share"
    DOLLARS = "dollars"
    HOURS = "hours"
    COUNT = "count"


class Measure(StrEnum):
    """Amounts that differ from run to run."""

    HANDOFFS = "handoffs"
    COST = "cost"
    TIME = "time"
    TOKENS = "tokens"
    CTO_MATTERS = "cto_matters"
    HUMAN_MATTERS = "human_matters"
    REWORK = "rework"
    CHANGES = "changes"
    VERSIONS = "versions"
    DEBTS = "debts"


UNITS: Mapping[str, Unit] = {
    Figure.SHIPPED: Unit.SHARE,
    Figure.FLAWLESS: Unit.SHARE,
    Figure.COST: Unit.DOLLARS,
    Figure.TIME: Unit.HOURS,
}
"""Of figures and measures; what is not named is a count."""
_COLUMNS: Mapping[Measure, tuple[str, float]] = {
    Measure.HANDOFFS: ("handoffs", 1),
    Measure.COST: ("cost_micros", 1_000_000),
    Measure.TIME: ("elapsed_s", 3_600),
    Measure.TOKENS: ("tokens", 1),
    Measure.CTO_MATTERS: ("cto_matters", 1),
    Measure.HUMAN_MATTERS: ("human_matters", 1),
    Measure.REWORK: ("rework", 1),
    Measure.CHANGES: ("changes", 1),
    Measure.VERSIONS: ("versions", 1),
    Measure.DEBTS: ("debts", 1),
}
"""The column, and what makes one unit."""


def unit_of(name: str) -> Unit:
    """The unit of a figure or a measure."""
    return UNITS.get(name, Unit.COUNT)


def amounts(drawn: Drawn, measure: Measure) -> Values:
    """The amount of each run, in its unit."""
    name, whole = _COLUMNS[measure]
    column: Any = getattr(drawn, name)
    return np.asarray(column / whole, np.float64)


def ended(drawn: Drawn, outcome: Outcome) -> Hits:
    """Which runs ended so."""
    found: Hits = drawn.ends == ENDED.index(outcome)
    return found


def flawless(drawn: Drawn) -> Hits:
    """Which runs shipped with no flaw inside, accepted or not."""
    flawed = drawn.escaped.any(axis=0) | drawn.accepted.any(axis=0)
    found: Hits = ended(drawn, Outcome.SHIPPED) & ~flawed
    return found


def hits(drawn: Drawn, figure: Figure) -> Hits | None:
    """Whether it happened in each run; `None` for a figure that is an amount."""
    if figure is Figure.SHIPPED:
        return ended(drawn, Outcome.SHIPPED)
    return flawless(drawn) if figure is Figure.FLAWLESS else None


def values(drawn: Drawn, figure: Figure) -> Values:
    """The figure of each run; 1 and 0 for what happens or does not."""
    found = hits(drawn, figure)
    return amounts(drawn, Measure(figure)) if found is None else found.astype(np.float64)


def chances(drawn: Drawn) -> Iterator[tuple[str, str, Hits]]:
    """Everything that happens or does not: (group, name, which runs).

    Groups are `end`, `flawless`, `escape` and `limit`.
    """
    for outcome in ENDED:
        yield "end", str(outcome), ended(drawn, outcome)
    yield "flawless", str(Figure.FLAWLESS), flawless(drawn)
    for kind, which in zip(FlawKind, drawn.escaped, strict=True):
        yield "escape", str(kind), which
    for limit, which in (*zip(LOOPS, drawn.reached, strict=True), *_budgets(drawn)):
        yield "limit", str(limit), which


def _budgets(drawn: Drawn) -> Iterator[tuple[Limit, Hits]]:
    yield from zip(BUDGETS, drawn.over, strict=True)


def stage_visits(drawn: Drawn) -> Iterator[tuple[Stage, Values]]:
    """How often each run entered each stage."""
    for stage, column in zip(Stage, drawn.visits, strict=True):
        yield stage, column.astype(np.float64)
