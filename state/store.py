"""The record: one SQLite file that keeps runs, their journals, and what follows from them."""

import sqlite3
from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, Engine, RowMapping, Table, bindparam, func, insert, select
from sqlalchemy.exc import IntegrityError

from remit.state import listing, lock
from remit.state.batch import begin_run, keep_documents, report_row, write_runs
from remit.state.codec import content_of, documents_from, stamp, stored
from remit.state.debt import Debt, Grant
from remit.state.errors import InputError, RunBusy, Tampered
from remit.state.migrations import HEAD, upgrade
from remit.state.place import path_of, prepare_place
from remit.state.projection import project
from remit.state.record import (
    CompleteRun,
    ContractVersion,
    Entry,
    NewRun,
    Projection,
    RunRow,
    StoredEntry,
    StoredHandoff,
    StoredMatter,
    entry_of,
)
from remit.state.report import Artifact, Report
from remit.state.rows import entry_of_row, handoff_of, matter_of, run_of
from remit.state.runid import is_name
from remit.state.sqlite import (
    BUSY_TIMEOUT_S,
    OR_FAIL,
    code_of,
    damage,
    make_engine,
    reader,
    revision_of,
    shape_file,
    sign,
    translated,
)
from remit.state.tables import (
    ARTIFACTS,
    CONTRACTS,
    DEBTS,
    GRANTS,
    HANDOFFS,
    MATTERS,
    REPORTS,
    RUNS,
    kept,
)
from remit.state.vocabulary import Outcome, Seat

T = TypeVar("T")

_CANDIDATES = 8
"""How many runs an ambiguous prefix names."""
_TAKEN = frozenset(
    {
        sqlite3.SQLITE_CONSTRAINT_TRIGGER,
        sqlite3.SQLITE_CONSTRAINT_UNIQUE,
        sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
    }
)
_APPEND = (
    insert(REPORTS)
    .prefix_with(OR_FAIL)
    .values(
        n=select(func.coalesce(func.max(REPORTS.c.n), 0) + 1)
        .where(REPORTS.c.run_id == bindparam("of_run"))
        .scalar_subquery()
    )
)
"""The next row of a run's journal, numbered where no other writer can come between."""


def open_store(url: str | Path, *, create: bool = True, durable: bool = True) -> "Store":
    """The record at a path or `sqlite:///` URL, with its tables brought up to date.

    `durable` makes every commit survive a power cut; without it, only a killed process. A record
    in memory (`:memory:`) lives as long as the store.

    Raises:
        DatabaseError: the file is of another program, newer, damaged, not writable, or absent
            where `create` is not set.
    """
    path = path_of(url)
    if path is not None:
        prepare_place(path, create=create)
    engine = make_engine(path, durable=durable)
    where = str(path) if path else "the record in memory"
    try:
        with translated(where):
            _bring_up_to_date(engine, path, where)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine, path, where)


class Store:
    """One open record. Threads may share it; close it, or use it as a context manager.

    Every method can raise `DatabaseError` when the file fails underneath.
    """

    def __init__(self, engine: Engine, path: Path | None, where: str) -> None:
        self.path = path
        """`None` for a record in memory."""
        self._engine, self._reader, self._where = engine, reader(engine), where

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # Runs

    def create_run(
        self,
        new: NewRun,
        *,
        now: datetime,
        token: int,
        documents: Mapping[str, dict[str, Any]] | None = None,
    ) -> str:
        """Begin a run; its id: the chosen name, or one made of `now` and the random `token`.

        `documents` are contents by hash that the run starts from and no report will bring.

        Raises:
            InputError: the name is taken or not allowed, the seed is out of range, or a document
                cannot be stored.
        """
        kept = documents_from(documents or {})
        with self.writing() as connection:
            return begin_run(connection, new, kept, now, token)

    def write_batch(self, runs: Sequence[CompleteRun], *, now: datetime, token: int) -> list[str]:
        """Store complete runs in one transaction; their ids, in order.

        For simulated runs only: a batch that is lost can be computed again from its seeds.

        Raises:
            InputError: as `create_run`, or an artifact cannot be stored.
        """
        with self.writing() as connection:
            return write_runs(connection, runs, now, token)

    def find(self, prefix: str) -> RunRow:
        """The run of that id, or the only one whose id begins so.

        Raises:
            InputError: there is none, or several.
        """
        ids = RUNS.c.id
        like = select(RUNS).where(ids.between(prefix, prefix + "\U0010ffff")).order_by(ids)
        rows: Sequence[RowMapping] = ()
        if is_name(prefix):
            with self.reading() as connection:
                rows = connection.execute(like.limit(_CANDIDATES + 1)).mappings().all()
        found = [row for row in rows if row["id"] == prefix] or rows
        if not found:
            raise InputError(f"run {prefix[:80]!r}: there is none; `remit runs` lists them.")
        if len(found) > 1:
            names = ", ".join(row["id"] for row in found[:_CANDIDATES])
            more = ", …" if len(found) > _CANDIDATES else ""
            raise InputError(f"run {prefix[:80]!r}: could be {names}{more}; give more of the id.")
        return run_of(found[0])

    def runs(
        self,
        limit: int | None = None,
        *,
        outcome: Outcome | None = None,
        policy: str | None = None,
    ) -> list[RunRow]:
        """The newest runs first: all, or those that ended so, or under that policy."""
        which = listing.Selection(
            outcomes=() if outcome is None else (outcome,),
            policies=() if policy is None else (policy,),
        )
        with self.reading() as connection:
            return list(listing.rows(connection, which, listing.Page(limit=limit)))

    def hold(self, run_id: str) -> AbstractContextManager[None]:
        """Own a run inside the block: `lock.hold` on this record."""
        return lock.hold(self.path, run_id)

    # The journal

    def append(self, run_id: str, step: int, seat: Seat, report: Report, at: datetime) -> Entry:
        """Journal a report with its artifacts, in a transaction of its own.

        Raises:
            RunBusy: the assignment has been answered; nothing was changed.
            InputError: there is no such run, or the report cannot be stored.
        """
        entry, contents = _entry_of(step, seat, report)
        self.append_entries(run_id, (entry,), contents, at)
        return entry

    def append_entries(
        self,
        run_id: str,
        entries: Sequence[Entry],
        contents: Mapping[str, dict[str, Any]],
        at: datetime,
        projection: Projection | None = None,
    ) -> None:
        """Journal reports, and what follows from the journal up to them, in one transaction.

        Nothing may have acted on these reports before this returns: neither asked an agent nor
        told anybody. That is why their projection can be written along with them.

        Raises:
            RunBusy, InputError: as `append`.
            Tampered: as `project`; the reports are not journalled either.
        """
        documents = documents_from(contents)
        try:
            with self.writing() as connection:
                keep_documents(connection, documents)
                for entry in entries:
                    _append(connection, run_id, entry, at)
                if projection is not None:
                    project(connection, run_id, projection, at)
        except IntegrityError as error:
            if code_of(error) != sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
                raise
            raise InputError(f"run {run_id!r}: is not in this database.") from error

    def journal(self, run_id: str) -> tuple[Entry, ...]:
        """The reports of a run in the order in which they came.

        Raises:
            Tampered: a row is not as it was written, or one is missing.
        """
        return tuple(row.entry for row in self.journal_rows(run_id))

    def journal_rows(self, run_id: str) -> tuple[StoredEntry, ...]:
        """`journal`, with each row's hash and time."""
        rows = self._rows(REPORTS, run_id, "n")
        for n, row in enumerate(rows, 1):
            if row["n"] != n:
                raise Tampered(f"run {run_id!r}, report number {n}: is missing.")
        return tuple(entry_of_row(row) for row in rows)

    def artifact(self, hash_: str) -> dict[str, Any]:
        """The content of an artifact, brief, policy, behaviour or settings.

        Raises:
            Tampered: it is missing or altered.
        """
        query = select(ARTIFACTS.c.content).where(ARTIFACTS.c.hash == hash_)
        with self.reading() as connection:
            text = connection.execute(query).scalar()
        if text is None:
            raise Tampered(f"artifact {hash_[:12]}: is missing from the record.")
        return content_of(hash_, text)

    # What follows from the journal

    def project(self, run_id: str, projection: Projection, at: datetime) -> None:
        """Add what is missing and compare what is there, in one transaction.

        Raises:
            Tampered: a row says something else than the journal; nothing was changed.
            InputError: there is no such run.
        """
        with self.writing() as connection:
            project(connection, run_id, projection, at)

    def handoffs(self, run_id: str) -> tuple[StoredHandoff, ...]:
        """The handoffs of a run in order, not yet verified: see `chain.verify`."""
        return tuple(handoff_of(row) for row in self._rows(HANDOFFS, run_id, "seq"))

    def matters(
        self, run_id: str | None = None, *, open_only: bool = False
    ) -> tuple[StoredMatter, ...]:
        """The matters of one run, or of all, the longest open first."""
        query = select(*kept(MATTERS)).order_by(
            MATTERS.c.opened_at, MATTERS.c.run_id, MATTERS.c.step
        )
        if run_id is not None:
            query = query.where(MATTERS.c.run_id == run_id)
        if open_only:
            query = query.where(MATTERS.c.status == "open")
        with self.reading() as connection:
            return tuple(matter_of(row) for row in connection.execute(query).mappings())

    def contracts(self, run_id: str) -> tuple[ContractVersion, ...]:
        """The frozen versions of the contract, the first one first."""
        return self._numbered(CONTRACTS, ContractVersion, run_id)

    def debts(self, run_id: str) -> tuple[Debt, ...]:
        """The waivers of a run, in order."""
        return self._numbered(DEBTS, Debt, run_id)

    def grants(self, run_id: str) -> tuple[Grant, ...]:
        """The grants of a run, in order."""
        return self._numbered(GRANTS, Grant, run_id)

    def damage(self) -> str | None:
        """What is wrong with the file itself, in SQLite's words; `None` when it is sound."""
        with self.reading() as connection:
            return damage(connection)

    def _numbered(self, table: Table, kind: type[T], run_id: str) -> tuple[T, ...]:
        return tuple(
            stored(kind, row["body"], f"run {run_id!r}, {table.name} {row['n']}")
            for row in self._rows(table, run_id, "n")
        )

    def _rows(self, table: Table, run_id: str, order: str) -> Sequence[RowMapping]:
        query = select(*kept(table)).where(table.c.run_id == run_id).order_by(table.c[order])
        with self.reading() as connection:
            return connection.execute(query).mappings().all()

    @contextmanager
    def writing(self) -> Generator[Connection]:
        """A transaction that writes: all of it is kept, or nothing."""
        with translated(self._where), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """A transaction that only reads: it sees the record as it was at one moment."""
        with translated(self._where), self._reader.begin() as connection:
            yield connection


def _bring_up_to_date(engine: Engine, path: Path | None, where: str) -> None:
    with reader(engine).begin() as connection:
        if revision_of(connection, where) == HEAD:
            return
    if path is None:
        _migrate(engine, where)
        return
    with lock.alone(path, BUSY_TIMEOUT_S):
        shape_file(engine)
        _migrate(engine, where)


def _migrate(engine: Engine, where: str) -> None:
    with engine.begin() as connection:
        revision = revision_of(connection, where)
        if revision == HEAD:
            return
        upgrade(connection)
        if revision is None:
            sign(connection)


def _entry_of(step: int, seat: Seat, report: Report) -> tuple[Entry, dict[str, dict[str, Any]]]:
    """The entry of a report that was checked once more: agents can build reports unchecked."""
    try:
        entry, contents = entry_of(step, seat, report)
        Report.model_validate_json(entry.report.model_dump_json(warnings="error"))
        for ref in entry.artifacts:
            Artifact(name=ref.name, content={})
    except (TypeError, ValueError, RecursionError) as error:
        cause = " ".join(str(error).split())[:300]
        raise InputError(f"report {step}/{seat}: cannot be journalled: {cause}") from error
    return entry, contents


def _append(connection: Connection, run_id: str, entry: Entry, at: datetime) -> None:
    row = report_row(run_id, entry, stamp(at))
    try:
        connection.execute(_APPEND, row | {"of_run": run_id})
    except IntegrityError as error:
        if code_of(error) not in _TAKEN:
            raise
        raise RunBusy(
            f"run {run_id!r}: {entry.seat} has answered step {entry.step} already, so another "
            "process works on this run; nothing was changed."
        ) from error
