"""Studies in the record: their plan, their points, and what batches of runs came to.

A batch (a point, a world, a number) is written once, in one transaction, by whoever leads the
study; a second writer of the same batch is passed over, because the same plan gives the same runs.
"""

import json
import zlib
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from sys import byteorder
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select

from remit.state.canonical import canonical, digest
from remit.state.codec import stamp
from remit.state.errors import InputError, Tampered
from remit.state.runid import checked_name
from remit.state.store import Store
from remit.state.suggest import advice, quoted
from remit.state.tables import POINTS, RESPONSES, STUDIES

Plan = Mapping[str, Any]
"""JSON values without floats: all that decides what the runs of a study are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StudyRow:
    """A study as it was begun."""

    id: str
    created_at: str
    title: str
    engine: str
    remit_version: str
    hash: str
    plan: Plan


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class BatchKey:
    """Which runs of a study."""

    world: int
    """0 for the behaviour as it is given; others vary what is assumed about it."""
    batch: int
    point: int


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchRow:
    """What the runs of a batch came to."""

    key: BatchKey
    amounts: Mapping[str, Sequence[int]]
    """By response, an amount for each run."""


def begin(
    store: Store, row: StudyRow, points: Sequence[Mapping[str, Any]], now: datetime
) -> StudyRow:
    """Keep the plan and the points of a study; the row as it stands in the record.

    Where the same study is there already, nothing is written.

    Raises:
        InputError: another study of that name is there, or the name is not allowed.
    """
    checked_name(row.id)
    with store.writing() as connection:
        there = connection.execute(select(STUDIES).where(STUDIES.c.id == row.id)).mappings().first()
        if there is None:
            body = canonical(row.plan)
            connection.execute(insert(STUDIES), _columns(row, body, stamp(now)))
            connection.execute(
                insert(POINTS),
                [
                    {"study_id": row.id, "n": n, "body": canonical(one)}
                    for n, one in enumerate(points)
                ],
            )
    if there is None:
        return find(store, row.id)
    if there["hash"] != row.hash:
        raise InputError(
            f"study {row.id!r}: is in the record with another plan (the file, its policy, its "
            "behaviour, the engine or Remit changed); choose another --name"
        )
    return _row(there)


def _columns(row: StudyRow, body: str, at: str) -> dict[str, str]:
    return {
        "id": row.id, "created_at": at, "title": row.title, "engine": row.engine,
        "remit_version": row.remit_version, "hash": row.hash, "body": body,
    }  # fmt: skip


def plan_hash(plan: Plan) -> str:
    """The hash by which two plans are the same."""
    return digest(canonical(plan))


def find(store: Store, name: str) -> StudyRow:
    """A study by its name, or by a beginning that only one has.

    Raises:
        InputError: there is none, or several.
        Tampered: its plan is not as it was written.
    """
    rows = studies(store)
    fits = [row for row in rows if row.id == name] or [
        row for row in rows if name and row.id.startswith(name)
    ]
    if len(fits) == 1:
        return fits[0]
    if fits:
        raise InputError(f"study {quoted(name)}: fits {', '.join(row.id for row in fits[:8])}")
    known = [row.id for row in rows]
    said = advice(name, known) if known else "there is none yet; `remit study` makes one"
    raise InputError(f"study {quoted(name)}: is not in this record; {said}")


def studies(store: Store) -> tuple[StudyRow, ...]:
    """The studies of a record, the oldest first."""
    with store.reading() as connection:
        rows = connection.execute(select(STUDIES).order_by(STUDIES.c.created_at)).mappings().all()
    return tuple(map(_row, rows))


def points(store: Store, study_id: str) -> tuple[Mapping[str, Any], ...]:
    """What each point of a study sets, by its number.

    Raises:
        Tampered: a row is missing or damaged.
    """
    query = select(POINTS).where(POINTS.c.study_id == study_id).order_by(POINTS.c.n)
    with store.reading() as connection:
        rows = connection.execute(query).mappings().all()
    if [row["n"] for row in rows] != [*range(len(rows))]:
        raise Tampered(f"study {study_id!r}: a point is missing; restore a copy of the record")
    return tuple(_json(row["body"], f"study {study_id!r}, point {row['n']}") for row in rows)


def keep(store: Store, study_id: str, rows: Sequence[BatchRow]) -> int:
    """Keep what batches came to, all or none; how many are new: what is there stays as it is."""
    with store.writing() as connection:
        there = {row.key for row in rows if _is_there(connection, study_id, row.key)}
        fresh = [row for row in rows if row.key not in there]
        values = [one for row in fresh for one in _responses(study_id, row)]
        if values:
            connection.execute(insert(RESPONSES), values)
    return len(fresh)


def _is_there(connection: Connection, study_id: str, key: BatchKey) -> bool:
    query = select(RESPONSES.c.point).where(
        RESPONSES.c.study_id == study_id, RESPONSES.c.point == key.point,
        RESPONSES.c.world == key.world, RESPONSES.c.batch == key.batch,
    )  # fmt: skip
    return connection.execute(query.limit(1)).first() is not None


def _responses(study_id: str, row: BatchRow) -> Iterator[dict[str, Any]]:
    """The rows of a batch: one for each response."""
    key = row.key
    for response, amounts in row.amounts.items():
        yield {
            "study_id": study_id, "point": key.point, "world": key.world, "batch": key.batch,
            "response": response, "runs": len(amounts), "total": sum(amounts),
            "amounts": packed(amounts),
        }  # fmt: skip


def keys(store: Store, study_id: str) -> tuple[BatchKey, ...]:
    """Which batches a study has, in order; what they came to is not read."""
    columns = (RESPONSES.c.world, RESPONSES.c.batch, RESPONSES.c.point)
    query = select(*columns).where(RESPONSES.c.study_id == study_id).distinct().order_by(*columns)
    with store.reading() as connection:
        rows = connection.execute(query).all()
    return tuple(BatchKey(world=one, batch=two, point=three) for one, two, three in rows)


def batches(
    store: Store, study_id: str, responses: Sequence[str] | None = None
) -> tuple[BatchRow, ...]:
    """Every batch that a study has, in order; with all responses, or with some.

    Raises:
        Tampered: what is stored of one is not what was written.
    """
    order = (RESPONSES.c.world, RESPONSES.c.batch, RESPONSES.c.point, RESPONSES.c.response)
    query = select(RESPONSES).where(RESPONSES.c.study_id == study_id).order_by(*order)
    if responses is not None:
        query = query.where(RESPONSES.c.response.in_(responses))
    found: dict[BatchKey, dict[str, Sequence[int]]] = {}
    with store.reading() as connection:
        for row in connection.execute(query).mappings():
            key = BatchKey(world=row["world"], batch=row["batch"], point=row["point"])
            found.setdefault(key, {})[row["response"]] = _unpacked(row)
    return tuple(BatchRow(key=key, amounts=amounts) for key, amounts in found.items())


def packed(amounts: Sequence[int]) -> bytes:
    """Whole numbers as compressed bytes, the lowest byte of each first."""
    column = array("q", amounts)
    if byteorder == "big":
        column.byteswap()
    return zlib.compress(column.tobytes(), 1)


def _unpacked(row: RowMapping) -> Sequence[int]:
    column = array("q")
    try:
        column.frombytes(zlib.decompress(row["amounts"]))
    except (zlib.error, ValueError, TypeError) as error:
        raise _damaged(row) from error
    if byteorder == "big":
        column.byteswap()
    if len(column) != row["runs"] or sum(column) != row["total"]:
        raise _damaged(row)
    return column


def _damaged(row: RowMapping) -> Tampered:
    return Tampered(
        f"study {row['study_id']!r}, point {row['point']}, batch {row['batch']}, "
        f"{str(row['response'])[:40]!r}: is not as it was written; restore a copy of the record"
    )


def _row(row: RowMapping) -> StudyRow:
    if digest(row["body"]) != row["hash"]:
        raise Tampered(
            f"study {row['id']!r}: its plan is not as it was written; restore a copy of the record"
        )
    return StudyRow(
        id=row["id"],
        created_at=row["created_at"],
        title=row["title"],
        engine=row["engine"],
        remit_version=row["remit_version"],
        hash=row["hash"],
        plan=_json(row["body"], f"study {row['id']!r}"),
    )


def _json(text: str, where: str) -> dict[str, Any]:
    try:
        read = json.loads(text)
    except ValueError as error:
        raise Tampered(f"{where}: is not JSON; restore a copy of the record") from error
    if not isinstance(read, dict):
        raise Tampered(f"{where}: is not a table; restore a copy of the record")
    return read  # pyright: ignore[reportUnknownVariableType]
