"""The chain of handoffs: each row's hash covers its text and the hash of the row before."""

from collections.abc import Iterable
from dataclasses import dataclass

from remit.state.canonical import GENESIS, digest
from remit.state.record import StoredHandoff


@dataclass(frozen=True, kw_only=True, slots=True)
class Break:
    """Where a chain does not hold."""

    seq: int
    why: str
    """One line for a person."""


def verify(rows: Iterable[StoredHandoff], head: str | None = None) -> Break | None:
    """The first row, in order, that is missing, moved or altered; `None` when the chain holds.

    Only `head`, the hash of the last row as the run remembers it, shows that rows are missing at
    the end.
    """
    previous, seq = GENESIS, 0
    for seq, row in enumerate(rows, 1):
        if row.seq != seq:
            return Break(seq=seq, why=f"is missing; row {row.seq} stands in its place")
        if row.handoff.seq != seq:
            return Break(seq=seq, why=f"holds the text of handoff {row.handoff.seq}")
        if row.previous != previous:
            return Break(seq=seq, why="does not follow the row before it")
        if digest(previous + row.body) != row.hash:
            return Break(seq=seq, why="its text does not fit its hash")
        previous = row.hash
    if head is not None and previous != head:
        return Break(seq=seq + 1, why="is missing; the run's last hash is another")
    return None
