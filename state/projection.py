"""Writing what follows from the journal: what is missing is added, what is there is compared.

Everything here runs inside a transaction that the store began.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, and_, bindparam, insert, select, update

from remit.state.assignment import Matter
from remit.state.canonical import GENESIS, canonical, digest
from remit.state.codec import handoff_text, matter_text, stamp, stored
from remit.state.debt import Debt, Grant
from remit.state.errors import InputError, Tampered
from remit.state.handoff import Handoff
from remit.state.record import ContractVersion, MatterState, Projection, RunUpdate
from remit.state.tables import CONTRACTS, DEBTS, GRANTS, HANDOFFS, MATTERS, RUNS, kept
from remit.state.vocabulary import Seat

Line = dict[str, Any]
"""One row to insert, by column."""

# Built once: composing a statement costs more than SQLite takes to run it.
_HANDOFFS_FROM = (
    select(HANDOFFS.c.seq, HANDOFFS.c.body, HANDOFFS.c.hash)
    .where(HANDOFFS.c.run_id == bindparam("run"), HANDOFFS.c.seq >= bindparam("first"))
    .order_by(HANDOFFS.c.seq)
)
_ADD_HANDOFFS = insert(HANDOFFS)
_UPDATE_RUN = update(RUNS).where(RUNS.c.id == bindparam("run"))


def project(connection: Connection, run_id: str, projection: Projection, at: datetime) -> None:
    """Bring the rows of one run to what its journal says.

    Raises:
        Tampered: a row that is there says something else; nothing is changed.
        InputError: there is no such run.
    """
    head = _add_handoffs(connection, run_id, projection.handoffs, at)
    _add_matters(connection, run_id, projection.matters, at)
    for table, items in numbered(projection):
        _add_numbered(connection, table, run_id, items)
    values = run_values(projection.run, at) | ({"chain_head": head} if head else {})
    changed = connection.execute(_UPDATE_RUN, values | {"run": run_id})
    if changed.rowcount == 0:
        raise InputError(f"run {run_id!r}: is not in this database.")


def run_values(run: RunUpdate, at: datetime) -> Line:
    """How the run stands, by column."""
    return {
        "outcome": str(run.outcome),
        "reason": run.reason,
        "handoffs": run.handoffs,
        "cost_micros": run.cost_micros,
        "tokens": run.tokens,
        "elapsed_s": run.elapsed_s,
        "updated_at": stamp(at),
    }


def chained(
    run_id: str, handoffs: Iterable[Handoff], previous: str, at: datetime
) -> tuple[list[Line], str]:
    """The rows of handoffs behind the row whose hash is `previous`, and the last one's hash."""
    rows: list[Line] = []
    written_at = stamp(at)
    for handoff in handoffs:
        body = handoff_text(handoff)
        own = digest(previous + body)
        rows.append(
            {
                "run_id": run_id,
                "seq": handoff.seq,
                "previous": previous,
                "hash": own,
                "written_at": written_at,
                "body": body,
            }
        )
        previous = own
    return rows, previous


def matter_row(run_id: str, state: MatterState, at: datetime) -> Line:
    """A matter that was put, and perhaps answered, in the step that is written at `at`."""
    return {
        "run_id": run_id,
        "id": state.matter.id,
        "opened_at": stamp(at),
        **_put(state),
        "status": "open",
        "answer": None,
        "answered_by": None,
        "answered_at": None,
        **(_answer(state, at) if state.answer is not None else {}),
    }


def _put(state: MatterState) -> Line:
    return {
        "step": state.step,
        "authority": str(state.authority),
        "deadline_at": stamp(state.deadline_at) if state.deadline_at else None,
        "question": matter_text(state.matter),
    }


def _answer(state: MatterState, at: datetime) -> Line:
    return {
        "status": "answered",
        "answer": canonical(state.answer),
        "answered_by": state.answered_by,
        "answered_at": stamp(at),
    }


def numbered(projection: Projection) -> tuple[tuple[Table, list[tuple[int, str]]], ...]:
    """Contracts, waivers and grants: (number, canonical text) for each table."""
    kinds: tuple[tuple[Table, Iterable[tuple[int, ContractVersion | Debt | Grant]]], ...] = (
        (CONTRACTS, ((contract.n, contract) for contract in projection.contracts)),
        (DEBTS, ((debt.n, debt) for debt in projection.debts)),
        (GRANTS, ((grant.n, grant) for grant in projection.grants)),
    )
    return tuple(
        (table, [(n, canonical(asdict(value))) for n, value in values]) for table, values in kinds
    )


def _add_handoffs(
    connection: Connection, run_id: str, handoffs: Sequence[Handoff], at: datetime
) -> str | None:
    """Insert those that are not there; the hash of the last one, if any are given."""
    if not handoffs:
        return None
    first = handoffs[0].seq
    found = connection.execute(_HANDOFFS_FROM, {"run": run_id, "first": first - 1})
    there = found.mappings().all()
    previous = GENESIS
    if first > 1:
        if not there or there[0]["seq"] != first - 1:
            raise Tampered(f"run {run_id!r}, handoff {first - 1}: is missing from the record.")
        previous, there = there[0]["hash"], there[1:]
    previous = _compare(run_id, handoffs, there, previous)
    rows, head = chained(run_id, handoffs[len(there) :], previous, at)
    if rows:
        connection.execute(_ADD_HANDOFFS, rows)
    return head


def _compare(
    run_id: str, handoffs: Sequence[Handoff], there: Sequence[RowMapping], previous: str
) -> str:
    """The hash of the last row that is there, when all of them say what the journal says."""
    if len(there) > len(handoffs):
        extra = there[len(handoffs)]["seq"]
        raise Tampered(f"run {run_id!r}, handoff {extra}: does not follow from the journal.")
    for handoff, row in zip(handoffs, there, strict=False):
        where = f"run {run_id!r}, handoff {handoff.seq}"
        same = (
            row["body"] == handoff_text(handoff) or stored(Handoff, row["body"], where) == handoff
        )
        if row["seq"] != handoff.seq or not same:
            raise Tampered(f"{where}: differs from what the journal says.")
        if row["hash"] != digest(previous + row["body"]):
            raise Tampered(f"{where}: its text does not fit its hash.")
        previous = row["hash"]
    return previous


def _add_matters(
    connection: Connection, run_id: str, states: Sequence[MatterState], at: datetime
) -> None:
    if not states:
        return
    rows = (
        connection.execute(select(*kept(MATTERS)).where(MATTERS.c.run_id == run_id))
        .mappings()
        .all()
    )
    there = {row["id"]: row for row in rows}
    for state in states:
        row = there.get(state.matter.id)
        if row is None:
            connection.execute(insert(MATTERS), matter_row(run_id, state, at))
            continue
        this = and_(MATTERS.c.run_id == run_id, MATTERS.c.id == state.matter.id)
        for change in _changes(run_id, row, state, at):
            connection.execute(update(MATTERS).where(this).values(change))


def _changes(run_id: str, row: RowMapping, state: MatterState, at: datetime) -> list[Line]:
    """What a recorded matter lacks: nothing, its passing to the human, its answer, or both."""
    where = f"run {run_id!r}, matter {state.matter.id!r}"
    changes: list[Line] = []
    is_open = row["answer"] is None
    if row["authority"] != state.authority and is_open and state.authority is Seat.HUMAN:
        changes.append(_put(state))
    elif (row["step"], row["authority"]) != (state.step, str(state.authority)) or (
        row["question"] != matter_text(state.matter)
        and stored(Matter, row["question"], where) != state.matter
    ):
        raise Tampered(f"{where}: differs from what the journal says.")
    if is_open and state.answer is not None:
        changes.append(_answer(state, at))
    elif not is_open and (
        state.answer is None
        or (row["answer"], row["answered_by"]) != (canonical(state.answer), state.answered_by)
    ):
        raise Tampered(f"{where}: its answer differs from what the journal says.")
    return changes


def _add_numbered(
    connection: Connection, table: Table, run_id: str, items: Sequence[tuple[int, str]]
) -> None:
    if not items:
        return
    rows = (
        connection.execute(select(table.c.n, table.c.body).where(table.c.run_id == run_id))
        .mappings()
        .all()
    )
    there = {row["n"]: row["body"] for row in rows}
    for n, body in items:
        if there.get(n, body) != body:
            raise Tampered(f"run {run_id!r}, {table.name} {n}: differs from what the journal says.")
    new = [{"run_id": run_id, "n": n, "body": body} for n, body in items if n not in there]
    if new:
        connection.execute(insert(table), new)
