"""The array reader of the rules: many reports in, the next positions out.

It does what `graph.advance` does, to many positions at once, from the same rows: the first row that
hears the report fires, then silent rows until somebody owes a report or the run is over. All
right-hand sides of a row read the position as it was before the row.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from remit.analysis.arrays.changing import Changes
from remit.analysis.arrays.choosing import NOBODY, SEATS_AT, Choice, stacked
from remit.analysis.arrays.columns import (
    ENDING,
    EVENT_PLACE,
    PLACE,
    Block,
    Column,
    Index,
    Mask,
    code,
)
from remit.analysis.arrays.rows import Row, Table, bind
from remit.graph.event import Item
from remit.graph.manifest import Manifest
from remit.graph.rules import ASKED, GRADE, RULES, Rule
from remit.state.vocabulary import LOOPS, Limit

NO_GRANT = -1
_MOST = 64
"""Rows that one step can fire at most; more would mean that the table goes in circles."""
_GRANTED = (*LOOPS, Limit.HANDOFFS)
_STAGE, _OWED = PLACE["stage"], PLACE["owed"]
_HELD: tuple[tuple[Item, tuple[int, ...]], ...] = (
    *((item, (PLACE[name],)) for item, name in GRADE.items()),
    *(
        (item, (PLACE[name], PLACE[name.replace("asked", "change")]))
        for item, name in ASKED.items()
    ),
    (Item.QUESTION, (PLACE["question"],)),
)


class Trouble(IntEnum):
    """Why a step could not be made; only faulty rules know more than the first two."""

    NONE = 0
    REFUSED = 1
    """The seat owes no report, or the rules offer no such event here."""
    OVERSPENT = 2
    """A row spends what is not there."""
    STUCK = 3
    """No row applies, and nobody owes a report."""
    CIRCLES = 4
    """Silent rows fire without end."""


@dataclass(frozen=True, slots=True)
class Steps:
    """What n reports did; where `trouble` is set, nothing else counts."""

    positions: Block
    spent: NDArray[np.int16]
    """Shape (loops, n): units spent, by limit in the order of `LOOPS`."""
    waived: Column
    """Items (`Item`) that became debt."""
    granted: Column
    """Place in `GRANTED` of the limit that got one more step, or -1."""
    issued: Column
    """Seats that are assigned now; 0 while the group is incomplete."""
    trouble: Column
    fired: list[Column] = field(default_factory=list[Column])
    """If asked for: the n rows (places in the table) that fired first, second, …; -1 for none."""


def granted(number: int) -> Limit | None:
    """The limit that a value of `Steps.granted` names."""
    return None if number == NO_GRANT else _GRANTED[number]


class Interpreter:
    """The rules under one manifest, for arrays."""

    def __init__(self, manifest: Manifest, rules: tuple[Rule, ...] = RULES) -> None:
        self.table: Table = bind(manifest, rules)
        heard = dict[int, list[Row]]()
        for (stage, _), some in self.table.heard.items():
            heard.setdefault(code(stage), []).extend(some)
        self._heard = {stage: Choice(some) for stage, some in heard.items()}
        self._silent = {code(stage): Choice(some) for stage, some in self.table.silent.items()}
        every = (*self.table.heard.values(), *self.table.silent.values())
        rows = {row.number: row for some in every for row in some}
        self._changes = Changes(rows.values(), len(rules))
        self._waives = np.array([rule.waives for rule in rules], np.int16)
        self._grants = np.array(
            [_GRANTED.index(rule.grants) if rule.grants else NO_GRANT for rule in rules], np.int16
        )

    def step(self, positions: Block, events: Block, seats: Column, *, trace: bool = False) -> Steps:
        """Fold one report into each of n positions.

        Args:
            positions: shape (fields, n); left as it is.
            events: shape (fields of an event, n), or (…, 1) for one event at all positions.
            seats: shape (n,): the bit of whose report it is.
            trace: keep which rows fired.
        """
        work = _Work(positions, events, seats, trace)
        self._hear(work)
        out, trouble = work.block[: len(PLACE)], work.trouble
        complete = self._serve(work) | ENDING[out[_STAGE]]
        issued = np.where(complete & (trouble == 0), out[_OWED], 0).astype(np.int16)
        return Steps(out, work.spent, work.waived, work.granted, issued, trouble, work.fired or [])

    def offers(self, positions: Block, seats: Column) -> Index:
        """With what a seat may answer at each position: a bit for each kind of event."""
        size = int(positions.shape[1])
        work = _Work(positions, np.zeros((len(EVENT_PLACE), 1), np.int16), seats, False)
        found, at = np.zeros(size, np.intp), np.flatnonzero(work.owes())
        for choice, here in _by_stage(self._heard, work, at):
            found[here] = choice.kinds(work.block[:, here])
        return found

    def _hear(self, work: "_Work") -> None:
        at = np.flatnonzero(work.owes())
        work.trouble[:] = Trouble.REFUSED
        work.trouble[at] = Trouble.NONE
        work.trouble[self._fire_first(self._heard, work, at)] = Trouble.REFUSED

    def _serve(self, work: "_Work") -> Mask:
        """Fire silent rows until none can; returns where at least one did."""
        complete = work.free()
        free = np.flatnonzero(complete)
        for _ in range(_MOST):
            if not len(free):
                return complete
            work.trouble[self._fire_first(self._silent, work, free)] = Trouble.STUCK
            free = free[work.free()[free]]
        work.trouble[free] = Trouble.CIRCLES
        return complete

    def _fire_first(self, choices: Mapping[int, Choice], work: "_Work", at: Index) -> Index:
        """Fire, at each of the columns named, the first row that holds; returns where none does."""
        fires = np.full(work.block.shape[1], NOBODY)
        for choice, here in _by_stage(choices, work, at):
            fires[here] = choice.first(work.block[:, here])
        rows = fires[at]
        holds = rows != NOBODY
        self._fire(work, at[holds], rows[holds])
        if work.fired is not None:
            work.fired.append(fires.astype(np.int16))
        rest: Index = at[~holds]
        return rest

    def _fire(self, work: "_Work", at: Index, rows: Index) -> None:
        """Fire a row at each of the columns named, and tell what it does."""
        work.spent[:, at] += self._changes.units[:, rows]
        some = np.flatnonzero(self._waives[rows])
        here, waives = at[some], self._waives[rows[some]]
        for item, places in _HELD if len(here) else ():
            there = np.any([work.block[place][here] != 0 for place in places], axis=0)
            work.waived[here] |= np.where(there, waives & int(item), 0)
        some = np.flatnonzero((self._grants[rows] != NO_GRANT) & (work.granted[at] == NO_GRANT))
        work.granted[at[some]] = self._grants[rows[some]]
        work.trouble[self._changes.make(work.block, at, rows)] = Trouble.OVERSPENT


def _by_stage(
    choices: Mapping[int, Choice], work: "_Work", at: Index
) -> Iterator[tuple[Choice, Index]]:
    """The choices at the stages of the columns named, each with its columns."""
    stages = work.block[_STAGE][at]
    for stage in np.unique(stages).tolist():
        if stage in choices:
            yield choices[stage], at[stages == stage]


class _Work:
    """Positions on their way, with what is heard there and by whom, and what is told of them."""

    def __init__(self, positions: Block, events: Block, seats: Column, trace: bool) -> None:
        size = int(positions.shape[1])
        self.block = stacked(positions, events, seats)
        self.spent = np.zeros((len(LOOPS), size), np.int16)
        self.waived = np.zeros(size, np.int16)
        self.granted = np.full(size, NO_GRANT, np.int16)
        self.trouble = np.zeros(size, np.int16)
        self.fired: list[Column] | None = [] if trace else None

    def owes(self) -> Mask:
        """Where the seat that reports owes a report."""
        owes: Mask = (self.block[_OWED] & self.block[SEATS_AT]) != 0
        return owes

    def free(self) -> Mask:
        """Where nobody owes a report and the run is not over."""
        block = self.block
        free: Mask = (block[_OWED] == 0) & ~ENDING[block[_STAGE]] & (self.trouble == 0)
        return free
