"""What is worth telling of the rows that fire on an edge: one bit each, in one whole number.

The bits are read off what a row does to open columns, not off what it is meant to do, so that a
fault in a row shows. *May* is enough: where a grade is left open, an item counts as waiting.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from remit.analysis.arrays.columns import EVENT_PLACE, PLACE, Block, Index, Mask
from remit.analysis.arrays.live import HELD
from remit.analysis.arrays.opening import GRADED
from remit.analysis.arrays.rows import Row
from remit.graph.event import CRITICAL_GRADE, Item
from remit.graph.ledger import AUTHORITY
from remit.graph.rules import GRADE, Term
from remit.state.vocabulary import EventKind, Limit, Seat

Facts = NDArray[np.int64]
"""One number for each column or edge; the low seven bits are items (`Item`) that may be lost."""

LOST = sum(int(item) for item, _ in HELD)
"""Items that were said or waited, and do not wait any more, though nothing waives them."""
REGROUP = 1 << 7
"""A judging group is to report again as a whole."""
CRITICAL = 1 << 8
"""Something that may be critical is waived, and not by the human's own ruling."""
GRANTED = 1 << 9
SEALS = 1 << 10
"""The contract is frozen."""
_REACHED, _APPLIED = 11, 25
_STUCK, _HANDED = 39, 46
_LIMITS = tuple(Limit)
_REFUSALS = (EventKind.WAIVE, EventKind.FREEZE, EventKind.REJECT, EventKind.APPROVE)
_NAMED = {PLACE[name]: EVENT_PLACE[name] for name in (*GRADE.values(), "contract_asked",
                                                      "scope_asked")}  # fmt: skip
"""Columns of the docket, and the column of the event that names the same."""
_CONTRACT_CHANGE = dict(HELD)[Item.CONTRACT_CHANGE]


def reached(limit: Limit) -> int:
    """The bit that says: a row answers the end of a limit."""
    return 1 << _REACHED + _LIMITS.index(limit)


def applied(limit: Limit) -> int:
    """The bit that says: that row does what the policy asks at the limit, and nothing else."""
    return 1 << _APPLIED + _LIMITS.index(limit)


def stuck(item: Item) -> int:
    """The bit that says: the item comes back, and a row acts on that."""
    return int(item) << _STUCK


def handed(item: Item) -> int:
    """The bit that says: findings go to their owner, or a change request is waived."""
    return int(item) << _HANDED


def of_row(row: Row) -> int:
    """What a row tells wherever it fires."""
    rule, told = row.rule, 0
    if rule.at_limit:
        told |= reached(rule.at_limit)
        if any(isinstance(one.left, Term) and one.left.name.endswith("_at") for one in rule.guard):
            told |= applied(rule.at_limit)
    told |= GRANTED if rule.grants else 0
    told |= REGROUP if rule.id.startswith("question.regroup") else 0
    if rule.id.startswith("no_progress."):
        told |= stuck(rule.item)
    if rule.item in GRADE and rule.id in _HANDS_OVER:
        told |= handed(rule.item)
    told |= SEALS if any(one.field == "sealed" and one.value == 1 for one in rule.sets) else 0
    return told


_HANDS_OVER = {f"{way}{name}" for way in ("rework.", "reopen.join.") for name in GRADE.values()}
_CHANGES = ((Item.CONTRACT_CHANGE, dict(HELD)[Item.CONTRACT_CHANGE]),
            (Item.SCOPE_CHANGE, dict(HELD)[Item.SCOPE_CHANGE]))  # fmt: skip


def waived(row: Row, at: Block, here: Index) -> Facts:
    """Where the row, about to fire, waives a change request that is there."""
    told = np.zeros(len(here), np.int64)
    for item, places in _CHANGES:
        if row.rule.waives & item:
            there = np.any([at[place][here] != 0 for place in places], axis=0)
            told |= np.where(there, handed(item), 0)
    return told


def waits(place: int, column: NDArray[np.int16]) -> Mask:
    """Where a column of the docket may hold something."""
    found: Mask = (column & ~1) != 0 if place in GRADED else column != 0
    return found


def before(row: Row, at: Block, event: Block, here: Index) -> Facts:
    """Items that the row can take away, and may be there or are said: the row has yet to fire."""
    told, written = np.zeros(len(here), np.int64), {write.place for write in row.writes}
    says = row.rule.event is not None and not AUTHORITY.intersection(row.rule.stages)
    for item, places in HELD:
        if says or written.intersection(places):
            there = np.any([waits(place, at[place][here]) for place in places], axis=0)
            for place in places if says else ():
                if place in _NAMED:
                    there |= waits(place, event[_NAMED[place]][here])
            told |= np.where(there, int(item), 0)
    return told


def after(row: Row, at: Block, here: Index, waiting: Facts) -> Facts:
    """Those of the items that were there before the row and are lost by it."""
    lost = waiting & ~int(row.rule.waives)
    for item, places in HELD:
        if (lost & int(item)).any():
            there = np.any([waits(place, at[place][here]) for place in places], axis=0)
            lost &= np.where(there, ~int(item), -1)
    return lost


def critical(row: Row, at: Block, here: Index) -> Any:
    """Where the row, about to fire, may waive what only the human may."""
    rule, told = row.rule, np.zeros(len(here), np.bool_)
    human = rule.seat is Seat.HUMAN
    for item, name in GRADE.items():
        if rule.waives & item and not (human and rule.event is EventKind.WAIVE):
            told |= (at[PLACE[name]][here] >> CRITICAL_GRADE & 1) != 0
    if rule.waives & Item.CONTRACT_CHANGE and not (human and rule.event in _REFUSALS):
        there = np.any([at[place][here] != 0 for place in _CONTRACT_CHANGE], axis=0)
        told |= there & ((at[PLACE["critical"]][here] & 2) != 0)
    return np.where(told, CRITICAL, 0)


def forgotten(at: Block, kept: frozenset[int], here: Index) -> Facts:
    """Items that may wait in columns that nobody reads any more, and in no other."""
    told = np.zeros(len(here), np.int64)
    for item, places in HELD:
        read = [place for place in places if place in kept]
        if len(read) < len(places):
            there = np.any([waits(place, at[place][here]) for place in places], axis=0)
            for place in read:
                there &= ~waits(place, at[place][here])
            told |= np.where(there, int(item), 0)
    return told
