"""The array reader of the rules: many reports in, the next positions out.

It does what `graph.advance` does, to many positions at once, from the same rows: the first row that
hears the report fires, then silent rows until somebody owes a report or the run is over. All
right-hand sides of a row read the position as it was before the row.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
from remit.analysis.arrays.rows import (
    CONSTANT,
    FIELD,
    HEARD,
    TESTS,
    UPDATES,
    Row,
    Source,
    Table,
    Test,
    bind,
)
from remit.graph.event import Item
from remit.graph.manifest import Manifest
from remit.graph.rules import ASKED, GRADE, RULES, Rule
from remit.state.vocabulary import LOOPS, Limit

NO_GRANT = -1
_MOST = 64
"""Rows that one step can fire at most; more would mean that the table goes in circles."""
_GRANTED = (*LOOPS, Limit.HANDOFFS)
_STAGE, _OWED, _KIND = PLACE["stage"], PLACE["owed"], EVENT_PLACE["kind"]
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
        self._silent = {code(stage): rows for stage, rows in self.table.silent.items()}
        self._heard = {
            (code(stage), code(kind)): rows for (stage, kind), rows in self.table.heard.items()
        }
        self._offered = {
            key: tuple(replace(row, tests=_unheard(row)) for row in rows)
            for key, rows in self._heard.items()
        }

    def step(self, positions: Block, events: Block, seats: Column, *, trace: bool = False) -> Steps:
        """Fold one report into each of n positions.

        Args:
            positions: shape (fields, n); left as it is.
            events: shape (fields of an event, n), or (…, 1) for one event at all positions.
            seats: shape (n,): the bit of whose report it is.
            trace: keep which rows fired.
        """
        size = positions.shape[1]
        work = _Work(positions.copy(), np.broadcast_to(events, (len(events), size)), seats, trace)
        self._hear(work)
        complete = self._serve(work)
        out, told = work.positions, work.told
        complete |= ENDING[out[_STAGE]]
        issued = np.where(complete & (told.trouble == 0), out[_OWED], 0).astype(np.int16)
        return Steps(out, told.spent, told.waived, told.granted, issued, told.trouble, told.fired)

    def offers(self, positions: Block, seats: Column) -> Index:
        """With what a seat may answer at each position: a bit for each kind of event."""
        size = int(positions.shape[1])
        nothing = np.zeros((len(EVENT_PLACE), size), np.int16)
        work, found = _Work(positions, nothing, seats, False), np.zeros(size, np.intp)
        owes = (positions[_OWED] & seats) != 0
        for (stage, kind), rows in self._offered.items():
            here = np.flatnonzero(owes & (positions[_STAGE] == stage))
            for row in rows if len(here) else ():
                found[here[work.holds(row, here)]] |= 1 << kind
        return found

    def _hear(self, work: "_Work") -> None:
        told, stages, kinds = work.told, work.positions[_STAGE].copy(), work.events[_KIND]
        told.trouble[:] = Trouble.REFUSED
        owes = (work.positions[_OWED] & work.seats) != 0
        for stage, kind in _pairs(stages, kinds, owes):
            here = np.flatnonzero(owes & (stages == stage) & (kinds == kind))
            told.trouble[here] = Trouble.NONE
            told.trouble[_fire_first(work, self._heard.get((stage, kind), ()), here)] = (
                Trouble.REFUSED
            )
        work.close_round()

    def _serve(self, work: "_Work") -> Mask:
        """Fire silent rows until none can; returns where at least one did."""
        told, positions = work.told, work.positions
        complete = np.zeros(positions.shape[1], np.bool_)
        free = np.flatnonzero(_free(work))
        for _ in range(_MOST):
            if not len(free):
                return complete
            complete[free] = True
            stages = positions[_STAGE][free]
            for stage in np.unique(stages).tolist():
                rest = _fire_first(work, self._silent.get(stage, ()), free[stages == stage])
                told.trouble[rest] = Trouble.STUCK
            work.close_round()
            free = free[_free(work)[free]]
        told.trouble[free] = Trouble.CIRCLES
        return complete


def _unheard(row: Row) -> tuple[Test, ...]:
    """The guards of a row that do not ask the event."""
    return tuple(test for test in row.tests if test.left.where != HEARD)


def _fire_first(work: "_Work", rows: tuple[Row, ...], rest: Index) -> Index:
    """Fire, at each of the columns named, the first row that holds; returns where none does."""
    fires = list[tuple[Row, Index]]()
    for row in rows:
        if not len(rest):
            break
        holds = work.holds(row, rest)
        if holds.any():
            fires.append((row, rest[holds]))
            rest = rest[~holds]
    for row, here in fires:
        work.fire(row, here)
    return rest


def _free(work: "_Work") -> Mask:
    """Where nobody owes a report and the run is not over."""
    out = work.positions
    free: Mask = (out[_OWED] == 0) & ~ENDING[out[_STAGE]] & (work.told.trouble == 0)
    return free


def _pairs(stages: Column, kinds: Column, where: Mask) -> Iterator[tuple[int, int]]:
    both = np.unique(stages[where].astype(np.int32) * 256 + kinds[where])
    return ((int(pair) // 256, int(pair) % 256) for pair in both)


class _Told:
    """What is told of n steps while they are made."""

    def __init__(self, size: int) -> None:
        self.spent = np.zeros((len(LOOPS), size), np.int16)
        self.waived = np.zeros(size, np.int16)
        self.granted = np.full(size, NO_GRANT, np.int16)
        self.trouble = np.zeros(size, np.int16)
        self.fired: list[Column] = []


class _Work:
    """Positions on their way: rows are tested and fired on chosen columns, in place."""

    def __init__(self, positions: Block, events: Block, seats: Column, trace: bool) -> None:
        self.positions, self.events, self.seats = positions, events, seats
        self.told = _Told(positions.shape[1])
        self._round = np.full(positions.shape[1], -1, np.int16) if trace else None

    def close_round(self) -> None:
        """One more row has fired wherever one could."""
        if self._round is not None:
            self.told.fired.append(self._round)
            self._round = np.full(len(self._round), -1, np.int16)

    def holds(self, row: Row, at: Index) -> Mask:
        """Where the guards of a row hold, among the columns named."""
        if row.seat:
            found: Mask = (self.seats[at] & row.seat) != 0
        else:
            found = np.ones(len(at), np.bool_)
        for test in row.tests:
            found &= TESTS[test.op](self._read(test.left, at), self._read(test.right, at))
            if not found.any():
                break
        return found

    def fire(self, row: Row, at: Index) -> None:
        """Make a row's changes to the columns named."""
        self._tell(row, at)
        values = [self._read(write.value, at) for write in row.writes]
        new: dict[int, Any] = {}
        for place in row.spends:
            left = new.get(place, self.positions[place][at])
            self.told.trouble[at[left == 0]] = Trouble.OVERSPENT
            new[place] = left - (left > 0)
        for write, value in zip(row.writes, values, strict=True):
            old = new.get(write.place)
            if old is None and write.op != "=":
                old = self.positions[write.place][at]
            new[write.place] = UPDATES[write.op](old, value)
        for place, value in new.items():
            self.positions[place][at] = value

    def _tell(self, row: Row, at: Index) -> None:
        told = self.told
        if self._round is not None:
            self._round[at] = row.number
        for limit in row.rule.spend:
            told.spent[LOOPS.index(limit)][at] += 1
        for item, places in _HELD:
            if row.rule.waives & item:
                there = np.any([self.positions[place][at] != 0 for place in places], axis=0)
                told.waived[at] |= np.where(there, int(item), 0).astype(np.int16)
        if row.rule.grants:
            here = at[told.granted[at] == NO_GRANT]
            told.granted[here] = _GRANTED.index(row.rule.grants)

    def _read(self, source: Source, at: Index) -> Any:
        if source.where == CONSTANT:
            return source.value
        if source.where == FIELD:
            return self.positions[source.value][at]
        if source.where == HEARD:
            return self.events[source.value][at]
        return self.seats[at]
