"""Every row of one run as it stands in the tables: for those who look for what was altered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import RowMapping, Table, select

from remit.state.errors import InputError
from remit.state.store import Store
from remit.state.tables import CONTRACTS, DEBTS, GRANTS, HANDOFFS, MATTERS, REPORTS, RUNS, kept

_TABLES: tuple[tuple[Table, str], ...] = (
    (REPORTS, "n"),
    (HANDOFFS, "seq"),
    (MATTERS, "id"),
    (CONTRACTS, "n"),
    (DEBTS, "n"),
    (GRANTS, "n"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """The rows of one run, read at one moment; nothing about them was checked."""

    run: RowMapping
    rows: Mapping[str, Sequence[RowMapping]]
    """By table: reports, handoffs, matters, contracts, debts, grants; each in its own order."""


def snapshot(store: Store, run_id: str) -> Snapshot:
    """The rows of a run, though another process may be writing it.

    Raises:
        InputError: there is no such run.
    """
    with store.reading() as connection:
        run = connection.execute(select(RUNS).where(RUNS.c.id == run_id)).mappings().first()
        if run is None:
            raise InputError(f"run {run_id[:80]!r}: there is none; `remit runs` lists them.")
        rows = {
            table.name: connection.execute(
                select(*kept(table)).where(table.c.run_id == run_id).order_by(table.c[order])
            )
            .mappings()
            .all()
            for table, order in _TABLES
        }
    return Snapshot(run=run, rows=rows)


def run_ids(store: Store) -> list[str]:
    """The ids of all runs, the oldest first, whatever else their rows say."""
    with store.reading() as connection:
        query = select(RUNS.c.id).order_by(RUNS.c.created_at, RUNS.c.id)
        return list(connection.execute(query).scalars())
