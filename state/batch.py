"""Rows of runs that are new to the record: one at its beginning, or many from first to last."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import islice
from operator import itemgetter

from sqlalchemy import Connection, Table, insert, select

from remit.state.canonical import GENESIS, canonical
from remit.state.codec import documents_from, report_body, report_hash, stamp
from remit.state.errors import InputError
from remit.state.projection import Line, chained, matter_row, numbered, run_values
from remit.state.record import CompleteRun, Document, Entry, NewRun, RunUpdate
from remit.state.runid import TOKENS, checked_name, run_id
from remit.state.sqlite import OR_FAIL
from remit.state.tables import (
    ARTIFACTS,
    CONTRACTS,
    DEBTS,
    GRANTS,
    HANDOFFS,
    MATTERS,
    REPORTS,
    RUNS,
)
from remit.state.vocabulary import Outcome

_TICK = timedelta(seconds=0.125)
_ORDER: tuple[Table, ...] = (RUNS, REPORTS, HANDOFFS, MATTERS, CONTRACTS, DEBTS, GRANTS)
_KEEP = insert(ARTIFACTS)
_STARTED = RunUpdate(outcome=Outcome.RUNNING)


def begin_run(
    connection: Connection,
    new: NewRun,
    documents: Iterable[Document],
    now: datetime,
    token: int,
) -> str:
    """Insert a run that has just begun, with the documents it starts from; its id.

    Raises:
        InputError: the name is taken or not allowed.
    """
    name = _ids(connection, [new], now, token)[0]
    keep_documents(connection, (*_documents_of(new), *documents))
    connection.execute(insert(RUNS), _run_row(name, new, _STARTED, GENESIS, now))
    return name


def write_runs(
    connection: Connection, runs: Sequence[CompleteRun], now: datetime, token: int
) -> list[str]:
    """Insert whole runs; their ids, in order.

    Raises:
        InputError: a name is taken or not allowed.
    """
    names = _ids(connection, [run.new for run in runs], now, token)
    documents: dict[str, Document] = {}
    rows: dict[Table, list[Line]] = {table: [] for table in _ORDER}
    for name, run in zip(names, runs, strict=True):
        documents.update((one.hash, one) for one in _documents_of(run.new))
        fresh = {key: one for key, one in run.contents.items() if key not in documents}
        documents.update((one.hash, one) for one in documents_from(fresh))
        _add_rows(rows, name, run, now)
    keep_documents(connection, documents.values())
    for table in _ORDER:
        _insert_many(connection, table, rows[table])
    return names


def keep_documents(connection: Connection, documents: Iterable[Document]) -> None:
    """Store documents; those that are there already are passed over."""
    rows = [{"hash": one.hash, "content": one.text} for one in documents]
    if rows:
        connection.execute(_KEEP, rows)


def report_row(name: str, entry: Entry, at: str) -> Line:
    """A journal row but for its number; `at` is a stamp."""
    body = report_body(entry)
    return {
        "run_id": name,
        "step": entry.step,
        "seat": str(entry.seat),
        "hash": report_hash(entry.step, entry.seat, body),
        "journalled_at": at,
        "body": body,
    }


def _add_rows(rows: dict[Table, list[Line]], name: str, run: CompleteRun, now: datetime) -> None:
    projection, at = run.projection, stamp(now)
    handoffs, head = chained(name, projection.handoffs, GENESIS, now)
    rows[RUNS].append(_run_row(name, run.new, projection.run, head, now))
    rows[REPORTS].extend(
        report_row(name, entry, at) | {"n": n} for n, entry in enumerate(run.entries, 1)
    )
    rows[HANDOFFS].extend(handoffs)
    rows[MATTERS].extend(matter_row(name, state, now) for state in projection.matters)
    for table, items in numbered(projection):
        rows[table].extend({"run_id": name, "n": n, "body": body} for n, body in items)


def _insert_many(connection: Connection, table: Table, rows: Sequence[Line]) -> None:
    """Insert rows that name the same columns; half the time of `insert` with a list of rows."""
    if rows:
        columns = list(rows[0])
        statement = insert(table).prefix_with(OR_FAIL).compile(connection, column_keys=columns)
        order = statement.positiontup or columns
        connection.exec_driver_sql(str(statement), list(map(itemgetter(*order), rows)))


def _run_row(name: str, new: NewRun, run: RunUpdate, head: str, now: datetime) -> Line:
    if not 0 <= new.seed < 2**63:
        raise InputError(f"seed {new.seed}: use a whole number from 0 to 2**63 - 1.")
    return {
        "id": name,
        "created_at": stamp(now),
        "title": new.title,
        "policy_name": new.policy_name,
        "behaviour_name": new.behaviour_name,
        "seed": new.seed,
        "roles": canonical(new.roles),
        "remit_version": new.remit_version,
        "chain_head": head,
        "brief": new.brief.hash,
        "policy": new.policy.hash,
        "behaviour": new.behaviour.hash,
        "settings": new.settings.hash,
        **run_values(run, now),
    }


def _documents_of(new: NewRun) -> tuple[Document, ...]:
    return new.brief, new.policy, new.behaviour, new.settings


def _ids(connection: Connection, runs: Sequence[NewRun], now: datetime, token: int) -> list[str]:
    """An id for each run: its own name, or the next free one of this moment."""
    named = [checked_name(new.name) for new in runs if new.name is not None]
    for name in named:
        if connection.execute(select(RUNS.c.id).where(RUNS.c.id == name)).first():
            raise InputError(f"run name {name!r}: is taken; choose another, or resume that run.")
    fresh = iter(_fresh(connection, len(runs) - len(named), now, token))
    return [next(fresh) if new.name is None else new.name for new in runs]


def _fresh(connection: Connection, count: int, now: datetime, token: int) -> list[str]:
    """Free ids of this moment; when it has too few, of the next."""
    while True:
        column = RUNS.c.id
        span = column.between(run_id(now, 0), run_id(now, TOKENS - 1))
        taken = set(connection.execute(select(column).where(span)).scalars())
        every = (run_id(now, token + offset) for offset in range(TOKENS))
        free = list(islice((name for name in every if name not in taken), count))
        if len(free) == count:
            return free
        now += _TICK
