"""Many recorded runs at once: a page of their list, and their statistics."""

from dataclasses import dataclass

from sqlalchemy import Connection

from remit.analysis.stats import Counted, Limits, Stats
from remit.analysis.stats import stats as stats_of
from remit.state import listing, tally
from remit.state.errors import InputError
from remit.state.listing import EVERY, Page, Selection
from remit.state.record import RunRow
from remit.state.store import Store
from remit.state.suggest import advice, quoted
from remit.state.tally import By

LOOPS_UP_TO = 10_000
"""Runs of which every handoff is read without being asked: about a second."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """A page of a listing."""

    rows: tuple[RunRow, ...]
    first: int
    """The place of the first row in the whole listing, from 1."""
    total: int
    """Runs on all pages."""
    hints: tuple[str, ...] = ()
    """Where nothing fits: the names asked for that no run has."""

    @property
    def last(self) -> int:
        """The place of the last row."""
        return self.first + len(self.rows) - 1


def listed(store: Store, which: Selection, page: Page) -> Listed:
    """One page of the selected runs, read at one moment.

    Raises:
        InputError: the page is beyond the last one, or no page at all.
    """
    if page.number < 1 or (page.limit is not None and page.limit < 1):
        raise InputError("page: pages, and the runs on one, are counted from 1")
    with store.reading() as connection:
        total = listing.count(connection, which)
        rows = tuple(listing.rows(connection, which, page))
        hints = () if total else tuple(listing.unknown_names(connection, which))
    if not rows and page.number > 1:
        last = max(1, -(-total // (page.limit or max(1, total))))
        raise InputError(f"page: there is no page {page.number}; the last one is {last}")
    return Listed(rows=rows, first=page.skipped + 1, total=total, hints=hints)


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
