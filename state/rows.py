"""Rows as they stand in the tables to the values that callers get."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import RowMapping

from remit.state.assignment import Matter
from remit.state.codec import entry_from, moment, stored
from remit.state.errors import Tampered
from remit.state.handoff import Handoff
from remit.state.record import MatterState, RunRow, StoredEntry, StoredHandoff, StoredMatter
from remit.state.vocabulary import Outcome, Seat


@contextmanager
def _cells(where: str) -> Generator[None]:
    """What a cell cannot mean is not a value that was written."""
    try:
        yield
    except (ValueError, TypeError) as error:
        raise Tampered(f"{where}: {' '.join(str(error).split())[:200]}") from error


def run_of(row: RowMapping) -> RunRow:
    """A row of `runs`.

    Raises:
        Tampered: a time, a role or the outcome is none.
    """
    with _cells(f"run {row['id']!r}"):
        values: dict[str, Any] = {
            **row,
            "created_at": moment(row["created_at"]),
            "updated_at": moment(row["updated_at"]),
            "roles": tuple(Seat(name) for name in json.loads(row["roles"])),
            "outcome": Outcome(row["outcome"]),
        }
    return RunRow(**values)


def entry_of_row(row: RowMapping) -> StoredEntry:
    """A row of `reports`.

    Raises:
        Tampered: it is not as it was written.
    """
    entry = entry_from(row["run_id"], row["step"], row["seat"], row["hash"], row["body"])
    with _cells(f"run {row['run_id']!r}, report {row['step']}/{row['seat']}"):
        at = moment(row["journalled_at"])
    return StoredEntry(entry=entry, hash=row["hash"], journalled_at=at)


def handoff_of(row: RowMapping) -> StoredHandoff:
    """A row of `handoffs`; its hash is not verified here.

    Raises:
        Tampered: its body is not a handoff.
    """
    where = f"run {row['run_id']!r}, handoff {row['seq']}"
    handoff = stored(Handoff, row["body"], where)
    with _cells(where):
        at = moment(row["written_at"])
    return StoredHandoff(
        seq=row["seq"],
        handoff=handoff,
        body=row["body"],
        previous=row["previous"],
        hash=row["hash"],
        written_at=at,
    )


def matter_of(row: RowMapping) -> StoredMatter:
    """A row of `matters`.

    Raises:
        Tampered: its question is not a matter, its answer not JSON, or a time none.
    """
    where = f"run {row['run_id']!r}, matter {row['id']!r}"
    deadline, answer, answered_at = row["deadline_at"], row["answer"], row["answered_at"]
    matter = stored(Matter, row["question"], where)
    with _cells(where):
        return StoredMatter(
            run_id=row["run_id"],
            state=MatterState(
                matter=matter,
                step=row["step"],
                authority=Seat(row["authority"]),
                deadline_at=moment(deadline) if deadline else None,
                answer=json.loads(answer) if answer else None,
                answered_by=row["answered_by"],
            ),
            opened_at=moment(row["opened_at"]),
            answered_at=moment(answered_at) if answered_at else None,
        )
