"""Calls that cost money, written down as they begin and as they end.

A report carries the calls that it took, and the journal is what counts. Until there is a report,
what was paid stands here: neither a killed process nor a provider that stops answering loses it.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import insert, select

from remit.state.codec import stamp, stored
from remit.state.report import Call
from remit.state.store import Store
from remit.state.tables import CALLS
from remit.state.vocabulary import Seat

BEGUN, ENDED = "begun", "ended"


def keep(
    store: Store,
    run_id: str,
    step: int,
    seat: Seat,
    n: int,
    call: Call,
    at: datetime,
    *,
    ended: bool,
) -> None:
    """Write a call down, in a transaction of its own.

    Args:
        store: the record.
        run_id: the run.
        step: of the assignment.
        seat: of the assignment.
        n: the number of the call in its assignment, from 1.
        call: as it begins, what it counts as if nothing more is heard of it.
        at: when.
        ended: whether it is over.
    """
    row = {
        "run_id": run_id, "step": step, "seat": str(seat), "n": n,
        "state": ENDED if ended else BEGUN, "at": stamp(at), "body": call.model_dump_json(),
    }  # fmt: skip
    with store.writing() as connection:
        connection.execute(insert(CALLS), row)


def kept(store: Store, run_id: str) -> Mapping[str, tuple[Call, ...]]:
    """The calls of each assignment (`<step>/<seat>`) in order, each as it ended.

    One that never ended is as it began: at its most.

    Raises:
        Tampered: a row is no call.
    """
    query = select(CALLS).where(CALLS.c.run_id == run_id).order_by(CALLS.c.n, CALLS.c.state)
    found: dict[str, dict[int, Call]] = {}
    with store.reading() as connection:
        for row in connection.execute(query).mappings():
            key = f"{row['step']}/{row['seat']}"
            where = f"run {run_id!r}, call {row['n']} of {key}"
            found.setdefault(key, {})[row["n"]] = stored(Call, row["body"], where)
    return {key: tuple(calls.values()) for key, calls in found.items()}
