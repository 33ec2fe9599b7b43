"""Tables as the DDL really makes them: SQLite reads it in memory, under lock and key.

Only statements that make tables and indexes are let through. What SQLite cannot read is kept in
`Schema.unread`, so that a check can say `unknown` instead of guessing.
"""

import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache

SQL_MAX = 400_000
"""Characters of DDL read."""
STATEMENTS_MAX = 2_000
TICKS = 20_000
"""SQLite instructions between two looks at the budget."""
TICKS_MAX = 200
"""Looks before a statement is stopped: about a tenth of a second."""
_ALLOWED = frozenset(
    {
        sqlite3.SQLITE_CREATE_INDEX,
        sqlite3.SQLITE_CREATE_TABLE,
        sqlite3.SQLITE_ALTER_TABLE,
        sqlite3.SQLITE_REINDEX,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_TRANSACTION,
    }
)
_OWN_TABLES = frozenset({"sqlite_master", "sqlite_schema", "sqlite_sequence"})
_PIECE = re.compile(
    r"""'[^']*+(?:'|\Z) | "[^"]*+(?:"|\Z) | --[^\n]*+ | /\*.*?(?:\*/|\Z) | ;""", re.X | re.S
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One column."""

    name: str
    type: str
    """As written, upper case."""
    not_null: bool
    key: int
    """Place in the primary key, 1 for the first; 0 when not part of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ForeignKey:
    """One reference to another table."""

    columns: tuple[str, ...]
    table: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """One table."""

    name: str
    columns: Mapping[str, Column]
    foreign_keys: tuple[ForeignKey, ...]
    indexes: tuple[tuple[str, ...], ...]
    """Columns of each index, keys and unique constraints included; an expression has no name."""
    autoincrement: bool

    @property
    def primary_key(self) -> tuple[Column, ...]:
        """Columns of the primary key, in order."""
        return tuple(sorted((c for c in self.columns.values() if c.key), key=lambda c: c.key))


@dataclass(frozen=True, kw_only=True, slots=True)
class Schema:
    """What the DDL makes."""

    tables: Mapping[str, Table]
    unread: tuple[str, ...]
    """One line for each statement that could not be read, with the reason."""


@lru_cache(maxsize=32)
def read_ddl(ddl: str) -> Schema:
    """The tables that the DDL makes. Never raises on what the text holds."""
    unread: list[str] = []
    if len(ddl) > SQL_MAX:
        unread.append(f"the DDL is longer than {SQL_MAX} characters; the rest was not read")
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        _guard(connection)
        for number, statement in enumerate(statements(ddl[:SQL_MAX]), 1):
            if number > STATEMENTS_MAX:
                unread.append(f"more than {STATEMENTS_MAX} statements; the rest was not read")
                break
            _execute(connection, number, statement, unread)
        _unguard(connection)
        return Schema(tables=_tables(connection), unread=tuple(unread))


def statements(ddl: str) -> Iterator[str]:
    """The statements of a script; semicolons in strings and comments do not end one."""
    start = 0
    for piece in _PIECE.finditer(ddl):
        if piece.group() == ";":
            if not _empty(ddl[start : piece.start()]):
                yield ddl[start : piece.start()]
            start = piece.end()
    if not _empty(ddl[start:]):
        yield ddl[start:]


def _empty(statement: str) -> bool:
    """Whether nothing but space and comments is there."""
    rest = _PIECE.sub(lambda piece: "" if piece.group()[0] in "-/" else piece.group(), statement)
    return not rest.strip()


def _guard(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA max_page_count = 20000")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 1_000_000)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.setlimit(sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 100)
    connection.set_authorizer(_authorize)


def _unguard(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("COMMIT")
    connection.set_authorizer(None)
    connection.set_progress_handler(None, 0)


def _authorize(
    action: int, first: str | None, _second: str | None, _db: str | None, _by: str | None
) -> int:
    own = first is not None and first in _OWN_TABLES
    if action in _ALLOWED or (own and action in (sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE)):
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _execute(
    connection: sqlite3.Connection, number: int, statement: str, unread: list[str]
) -> None:
    looks = iter(range(TICKS_MAX))
    connection.set_progress_handler(lambda: int(next(looks, None) is None), TICKS)
    try:
        connection.execute(statement)
    except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
        head = " ".join(statement.split())[:60]
        unread.append(f"statement {number} ({head}): {error}")


def _tables(connection: sqlite3.Connection) -> dict[str, Table]:
    named = connection.execute(
        "SELECT name, coalesce(sql, '') FROM sqlite_master"
        " WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"
    ).fetchall()
    return {str(name): _table(connection, str(name), str(sql)) for name, sql in named}


def _table(connection: sqlite3.Connection, name: str, sql: str) -> Table:
    columns = {
        str(column): Column(
            name=str(column), type=str(kind).upper(), not_null=bool(strict), key=int(key)
        )
        for column, kind, strict, key in connection.execute(
            'SELECT name, type, "notnull", pk FROM pragma_table_info(?)', (name,)
        )
    }
    keys = tuple(column.name for column in sorted(columns.values(), key=_key) if column.key)
    return Table(
        name=name,
        columns=columns,
        foreign_keys=_foreign_keys(connection, name),
        indexes=(*((keys,) if keys else ()), *_indexes(connection, name)),
        autoincrement="AUTOINCREMENT" in sql.upper(),
    )


def _key(column: Column) -> int:
    return column.key


def _foreign_keys(connection: sqlite3.Connection, table: str) -> tuple[ForeignKey, ...]:
    grouped: dict[int, tuple[str, list[str]]] = {}
    for number, to, column in connection.execute(
        'SELECT id, "table", "from" FROM pragma_foreign_key_list(?) ORDER BY id, seq', (table,)
    ):
        grouped.setdefault(int(number), (str(to), []))[1].append(str(column))
    return tuple(ForeignKey(columns=tuple(columns), table=to) for to, columns in grouped.values())


def _indexes(connection: sqlite3.Connection, table: str) -> tuple[tuple[str, ...], ...]:
    grouped: dict[str, list[str]] = {}
    for index, column in connection.execute(
        "SELECT list.name, info.name FROM pragma_index_list(?) AS list,"
        " pragma_index_info(list.name) AS info ORDER BY list.seq, info.seqno",
        (table,),
    ):
        grouped.setdefault(str(index), []).append("" if column is None else str(column))
    return tuple(tuple(columns) for columns in grouped.values())
