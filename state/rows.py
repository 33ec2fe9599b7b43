"""Rows as they stand in the tables to the values that callers get."""

import json
from typing import Any

from sqlalchemy import RowMapping

from remit.state.assignment import Matter
from remit.state.codec import entry_from, moment, stored
from remit.state.handoff import Handoff
from remit.state.record import MatterState, RunRow, StoredEntry, StoredHandoff, StoredMatter
from remit.state.vocabulary import Outcome, Seat


def run_of(row: RowMapping) -> RunRow:
    """A row of `runs`."""
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
    return StoredEntry(
        entry=entry_from(row["run_id"], row["step"], row["seat"], row["hash"], row["body"]),
        hash=row["hash"],
        journalled_at=moment(row["journalled_at"]),
    )


def handoff_of(row: RowMapping) -> StoredHandoff:
    """A row of `handoffs`; its hash is not verified here.

    Raises:
        Tampered: its body is not a handoff.
    """
    where = f"run {row['run_id']!r}, handoff {row['seq']}"
    return StoredHandoff(
        seq=row["seq"],
        handoff=stored(Handoff, row["body"], where),
        body=row["body"],
        previous=row["previous"],
        hash=row["hash"],
        written_at=moment(row["written_at"]),
    )


def matter_of(row: RowMapping) -> StoredMatter:
    """A row of `matters`.

    Raises:
        Tampered: its question is not a matter.
    """
    where = f"run {row['run_id']!r}, matter {row['id']!r}"
    deadline, answer, answered_at = row["deadline_at"], row["answer"], row["answered_at"]
    return StoredMatter(
        run_id=row["run_id"],
        state=MatterState(
            matter=stored(Matter, row["question"], where),
            step=row["step"],
            authority=Seat(row["authority"]),
            deadline_at=moment(deadline) if deadline else None,
            answer=json.loads(answer) if answer else None,
            answered_by=row["answered_by"],
        ),
        opened_at=moment(row["opened_at"]),
        answered_at=moment(answered_at) if answered_at else None,
    )
