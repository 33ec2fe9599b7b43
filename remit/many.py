"""Many recorded runs at once: as a list, and as statistics."""

from sqlalchemy import Connection

from remit.analysis.runs_table import runs_sheet
from remit.analysis.stats import Counted, Limits, Stats
from remit.analysis.stats import stats as stats_of
from remit.analysis.wording import counted as number_of
from remit.state import tally
from remit.state.errors import InputError
from remit.state.listing import EVERY, Selection
from remit.state.markup import fragment
from remit.state.record import RunRow
from remit.state.sheet import Sheet, plain
from remit.state.store import Store
from remit.state.suggest import advice, quoted
from remit.state.tally import By

SHOWN = 60
"""Runs that a list shows of itself."""
LOOPS_UP_TO = 10_000
"""Runs of which every handoff is read without being asked: some seconds (benchmarks/README.md)."""


class Runs(list[RunRow]):
    """Runs as listed; they show themselves as a table."""

    def _sheet(self) -> Sheet:
        more = f", the first {SHOWN} of them" if len(self) > SHOWN else ""
        return runs_sheet(self[:SHOWN], f"{number_of(len(self), 'run')}{more}")

    def __repr__(self) -> str:
        return plain(self._sheet())

    def _repr_html_(self) -> str:
        return fragment(self._sheet())


def by_named(name: str) -> By:
    """What to group by.

    Raises:
        InputError: there is no such grouping.
    """
    if name not in tuple(By):
        raise InputError(f"by: there is no {quoted(name)}; {advice(name, map(str, By))}")
    return By(name)


def statistics(
    store: Store, which: Selection = EVERY, by: By | None = None, *, loops: bool | None = None
) -> Stats:
    """The statistics of the selected runs, read at one moment.

    `loops` says whether to read every handoff for what was used of each limit; by default that is
    done for up to `LOOPS_UP_TO` runs. Rows are believed as they stand: `remit verify` checks them.

    Raises:
        Tampered: a policy is not as it was written.
    """
    with store.reading() as connection:
        figures = tally.figures(connection, which, by)
        deep = len(figures) <= LOOPS_UP_TO if loops is None else loops
        counted = Counted(
            names=tally.names(connection, which, by),
            figures=figures,
            reasons=tally.reasons(connection, which, by),
            limits=_limits(connection, which, by) if deep else None,
        )
    return stats_of(counted, by)


def _limits(connection: Connection, which: Selection, by: By | None) -> Limits:
    return Limits(
        uses=tally.uses(connection, which, by),
        reached=tally.reached(connection, which, by),
        allowed=tally.allowed(connection, which, by),
    )
