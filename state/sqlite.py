"""Everything that is particular to SQLite: the engine, whose file it is, triggers, error texts."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from remit.state.errors import DatabaseError
from remit.state.migrations import HEAD, REVISIONS

APPLICATION_ID = 0x52454D54
"""`REMT`, in the header of every file that is ours."""
BUSY_TIMEOUT_S = 30
OR_FAIL = "OR FAIL"
"""Prefix of an INSERT whose transaction is rolled back when it fails: see the triggers below."""
_CONNECTIONS = 8
_PAGE_BYTES = 8192


def make_engine(path: Path | None, *, durable: bool) -> Engine:
    """An engine on the file, or on memory that lives as long as the engine where `path` is `None`.

    Transactions begin with BEGIN IMMEDIATE, so that waiting for another writer happens there and
    never in the middle. Memory has one connection: threads take turns.
    """
    engine = create_engine(
        URL.create("sqlite", database=str(path) if path else ":memory:"),
        poolclass=QueuePool,
        pool_size=_CONNECTIONS if path else 1,
        max_overflow=-1 if path else 0,
        connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
    )
    synchronous = "FULL" if durable else "NORMAL"

    def connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA synchronous={synchronous}")

    def begun(connection: Connection) -> None:
        options = connection.get_execution_options()
        connection.exec_driver_sql(options.get("begin", "BEGIN IMMEDIATE"))

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)
    return engine


def reader(engine: Engine) -> Engine:
    """The same engine for transactions that only read: they neither wait nor make others wait."""
    return engine.execution_options(begin="BEGIN")


def revision_of(connection: Connection, where: str) -> str | None:
    """The revision of our tables in this database; `None` when it is empty.

    Raises:
        DatabaseError: the database belongs to another program, or to a newer Remit.
    """
    application = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
    objects = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one()
    if application == 0 and objects == 0:
        return None
    if application != APPLICATION_ID:
        raise DatabaseError(f"{where}: belongs to another program; choose another --db.")
    name = connection.exec_driver_sql("SELECT value FROM meta WHERE name = 'application'").scalar()
    if name != "remit":
        raise DatabaseError(f"{where}: is not a Remit record; choose another --db.")
    revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if revision not in REVISIONS:
        raise DatabaseError(
            f"{where}: is at revision {str(revision)[:40]!r}, this Remit knows up to {HEAD!r}; "
            "upgrade Remit, or choose another --db."
        )
    return str(revision)


def sign(connection: Connection) -> None:
    """Mark a database whose tables were just made as ours."""
    connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID}")
    connection.exec_driver_sql("INSERT INTO meta (name, value) VALUES ('application', 'remit')")


def shape_file(engine: Engine) -> None:
    """Give a new file its page size, and a write-ahead log: readers go on while one writes.

    Handoffs of 1 to 2 kB fit pages of 8 kB better than SQLite's 4 kB: 11% smaller, and batches are
    written in two thirds of the time.
    """
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA page_size={_PAGE_BYTES}")
        cursor.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()


def damage(connection: Connection) -> str | None:
    """The first fault that SQLite finds in the file, in its words; `None` when it is sound."""
    found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    if found != "ok":
        return " ".join(str(found).split())
    orphan = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    return None if orphan is None else f"a row of {orphan[0]!r} refers to a missing {orphan[2]!r}"


_CAUSES = {
    sqlite3.SQLITE_BUSY: "another process kept it locked for too long; try again.",
    sqlite3.SQLITE_LOCKED: "another process kept it locked for too long; try again.",
    sqlite3.SQLITE_PERM: "may not be opened; check its permissions or choose another --db.",
    sqlite3.SQLITE_READONLY: "is not writable; check its permissions or choose another --db.",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; check the path and its permissions.",
    sqlite3.SQLITE_FULL: "the disk is full; free some space and resume: nothing is lost.",
    sqlite3.SQLITE_TOOBIG: "a text is too long to be stored; make the artifact smaller.",
    sqlite3.SQLITE_IOERR: "the disk reports an error; check it and resume.",
    sqlite3.SQLITE_CORRUPT: "is damaged; restore a copy or choose another --db.",
    sqlite3.SQLITE_NOTADB: "is not a SQLite database; choose another --db.",
    sqlite3.SQLITE_ERROR: "lacks tables that a Remit record has; restore a copy.",
    sqlite3.SQLITE_SCHEMA: "lacks tables that a Remit record has; restore a copy.",
}


def code_of(error: DBAPIError | sqlite3.Error) -> int:
    """SQLite's extended result code, or 0 where there is none."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    return getattr(origin, "sqlite_errorcode", 0)


@contextmanager
def translated(where: str) -> Generator[None]:
    """Turn what can go wrong with a file into one line; constraint violations pass unchanged.

    Raises:
        DatabaseError: the database cannot be used as it is.
    """
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        cause = _CAUSES.get(code_of(error) & 0xFF)
        if cause is None:
            raise
        raise DatabaseError(f"{where}: {cause}") from error


# The triggers below are part of released revisions: add new ones, never alter these. They FAIL
# rather than ABORT, and foreign keys wait for the commit, because a statement that may have to be
# taken back alone makes SQLite copy every page that it touches (a third of a batch's time).


def append_only(table: str) -> tuple[str, ...]:
    """Refuse every UPDATE and DELETE."""
    return (
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
        f"BEGIN SELECT RAISE(FAIL, '{table}: rows are never changed'); END",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
        f"BEGIN SELECT RAISE(FAIL, '{table}: rows are never deleted'); END",
    )


def in_order(table: str, number: str) -> tuple[str, ...]:
    """Admit only the next number of the run, starting at 1.

    INSERT OR REPLACE deletes what it replaces without firing the delete trigger; a row that is
    next by number can still hit another one by its rowid, so that is looked up too.
    """
    return (
        f"CREATE TRIGGER {table}_in_order BEFORE INSERT ON {table} "
        f"WHEN NEW.{number} IS NOT 1 + (SELECT coalesce(max({number}), 0) FROM {table} "
        f"WHERE run_id IS NEW.run_id) "
        f"OR EXISTS (SELECT 1 FROM {table} WHERE rowid = NEW.rowid) "
        f"BEGIN SELECT RAISE(FAIL, '{table}: only the next {number} of the run is admitted'); END",
    )


def reports_once() -> tuple[str, ...]:
    """The journal in order, and each assignment answered once."""
    return (
        *in_order("reports", "n"),
        "CREATE TRIGGER reports_once BEFORE INSERT ON reports WHEN EXISTS (SELECT 1 FROM reports "
        "WHERE run_id = NEW.run_id AND step = NEW.step AND seat = NEW.seat) "
        "BEGIN SELECT RAISE(FAIL, 'reports: the assignment has been answered'); END",
    )


def stored_once(table: str) -> tuple[str, ...]:
    """Keep the first row of a hash: a second one is passed over in silence, whatever it says."""
    return (
        *append_only(table),
        f"CREATE TRIGGER {table}_once BEFORE INSERT ON {table} WHEN EXISTS "
        f"(SELECT 1 FROM {table} WHERE hash = NEW.hash OR rowid = NEW.rowid) "
        "BEGIN SELECT RAISE(IGNORE); END",
    )


def runs_fixed() -> tuple[str, ...]:
    """A run is never deleted or replaced, and what it began with never changes."""
    fixed = (
        "id, created_at, title, policy_name, behaviour_name, seed, roles, remit_version, "
        "brief, policy, behaviour, settings"
    )
    return (
        append_only("runs")[1],
        f"CREATE TRIGGER runs_fixed BEFORE UPDATE OF {fixed} ON runs "
        "BEGIN SELECT RAISE(FAIL, 'runs: what a run began with is never changed'); END",
        "CREATE TRIGGER runs_once BEFORE INSERT ON runs WHEN EXISTS "
        "(SELECT 1 FROM runs WHERE id = NEW.id OR rowid = NEW.rowid) "
        "BEGIN SELECT RAISE(FAIL, 'runs: there is a run of that id'); END",
    )


def matters_answered_once() -> tuple[str, ...]:
    """A matter is opened once, may pass from the CTO to the human, and is answered once."""
    same = "OLD.status IS 'open' AND NEW.run_id IS OLD.run_id AND NEW.id IS OLD.id "
    same += "AND NEW.opened_at IS OLD.opened_at"
    put = " AND ".join(
        f"NEW.{column} IS OLD.{column}"
        for column in ("step", "authority", "deadline_at", "question")
    )
    answered = f"NEW.status IS 'answered' AND NEW.answer IS NOT NULL AND {put}"
    passed = "NEW.status IS 'open' AND NEW.answer IS NULL "
    passed += "AND OLD.authority IS 'cto' AND NEW.authority IS 'human'"
    return (
        append_only("matters")[1],
        "CREATE TRIGGER matters_answered BEFORE UPDATE ON matters "
        f"WHEN NOT ({same} AND ({answered} OR {passed})) "
        "BEGIN SELECT RAISE(FAIL, 'matters: an open matter is answered once'); END",
        "CREATE TRIGGER matters_once BEFORE INSERT ON matters WHEN EXISTS (SELECT 1 FROM matters "
        "WHERE run_id = NEW.run_id AND id = NEW.id OR rowid = NEW.rowid) "
        "BEGIN SELECT RAISE(FAIL, 'matters: the matter has been put'); END",
    )


def written_once(table: str, *key: str) -> tuple[str, ...]:
    """Rows that are never changed, and refused where a row of the same key is there."""
    same = " AND ".join(f"{column} = NEW.{column}" for column in key)
    return (
        *append_only(table),
        f"CREATE TRIGGER {table}_once BEFORE INSERT ON {table} WHEN EXISTS "
        f"(SELECT 1 FROM {table} WHERE {same} OR rowid = NEW.rowid) "
        f"BEGIN SELECT RAISE(FAIL, '{table}: the row is there already'); END",
    )
