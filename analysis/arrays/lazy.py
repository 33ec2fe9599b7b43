"""One step from open positions: a column is split in two only when a row asks what is open.

Each column carries what must have remained under the limits before the step (`least`, `exact`) and
how the step changes it (`change`), so that one open step stands for the step at any counters.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from remit.analysis.arrays import facts
from remit.analysis.arrays.columns import ENDING, PLACE, Block, Column, Index, Mask
from remit.analysis.arrays.facts import Facts
from remit.analysis.arrays.live import COUNTERS
from remit.analysis.arrays.opening import (
    GRADED,
    MAXIMUM,
    SOME,
    STUCK,
    UNKNOWN,
    both,
    is_open,
    settle,
    where,
)
from remit.analysis.arrays.rows import CONSTANT, FIELD, HEARD, TESTS, UPDATES, Row, Test

ANY = -1
"""In `exact`: nothing is said."""
_STAGE, _OWED = PLACE["stage"], PLACE["owed"]
_LOOPS = len(COUNTERS)
_COUNTER = {place: number for number, place in enumerate(COUNTERS)}


@dataclass(slots=True)
class Columns:
    """Open positions on their way, with the events heard and what is known of the counters."""

    at: Block
    event: Block
    seat: Column
    origin: Index
    least: Block
    exact: Block
    change: Block
    stuck: Mask
    """Where no row applies."""
    told: Facts
    """What the rows that fired tell (`facts`); 0 unless somebody watches."""
    watched: bool = False

    @staticmethod
    def of(at: Block, event: Block, seat: Column, watched: bool = False) -> "Columns":
        """Columns at the beginning of a step."""
        size = int(at.shape[1])
        zero = np.zeros((_LOOPS, size), np.int16)
        return Columns(
            at.copy(), event, seat, np.arange(size), zero, np.full_like(zero, ANY),
            zero.copy(), np.zeros(size, np.bool_), np.zeros(size, np.int64), watched,
        )  # fmt: skip

    def copied(self, at: Index) -> "Columns":
        """Some of the columns, as new ones."""
        return Columns(
            self.at[:, at], self.event[:, at], self.seat[at], self.origin[at],
            self.least[:, at], self.exact[:, at], self.change[:, at], self.stuck[at],
            self.told[at], self.watched,
        )  # fmt: skip

    def joined(self, more: list["Columns"]) -> "Columns":
        """These columns, then others."""
        every = [self, *more]
        return Columns(
            np.concatenate([one.at for one in every], 1),
            np.concatenate([one.event for one in every], 1),
            np.concatenate([one.seat for one in every]),
            np.concatenate([one.origin for one in every]),
            np.concatenate([one.least for one in every], 1),
            np.concatenate([one.exact for one in every], 1),
            np.concatenate([one.change for one in every], 1),
            np.concatenate([one.stuck for one in every]),
            np.concatenate([one.told for one in every]),
            self.watched,
        )

    def free(self) -> Mask:
        """Where nobody owes a report and the run is not over."""
        found: Mask = (self.at[_OWED] == 0) & ~ENDING[self.at[_STAGE]] & ~self.stuck
        return found


def fire_first(work: Columns, rows: tuple[Row, ...], todo: Index) -> Columns:
    """Fire, at each column named, the first row that holds; columns are split where it is open."""
    while len(todo):
        splits = list[tuple[Test, Index]]()
        rest, waits = todo, np.ones(int(work.at.shape[1]), np.bool_)
        for row in rows:
            if not len(rest):
                break
            known = len(splits)
            holds = ask(work, row, rest, splits)
            if not len(holds) and len(splits) == known:
                continue
            _fire(work, row, holds)
            for settled in (holds, *(at for _, at in splits[known:])):
                waits[settled] = False
            rest = rest[waits[rest]]
        work.stuck[rest] = True
        work, todo = _split(work, splits)
    return work


def ask(work: Columns, row: Row, rest: Index, splits: list[tuple[Test, Index]]) -> Index:
    """Those columns at which a row holds; `splits` gets those that must be split to tell."""
    alive = rest[(work.seat[rest] & row.seat) != 0] if row.seat else rest
    for test in row.tests:
        if not len(alive):
            break
        if is_open(test):
            holds, maybe = where(test, work.at[test.left.value][alive])
            if maybe.any():
                splits.append((test, alive[maybe]))
        else:
            holds = TESTS[test.op](_read(work, test.left, alive), _read(work, test.right, alive))
        alive = alive[holds] if np.ndim(holds) else alive[: len(alive) * bool(holds)]
    return alive


def _split(work: Columns, splits: list[tuple[Test, Index]]) -> tuple[Columns, Index]:
    if not splits:
        return work, np.empty(0, np.intp)
    old, more = [at for _, at in splits], list[Columns]()
    for test, at in splits:
        other = work.copied(at)
        _settle(other, test, np.arange(len(at)), holds=False)
        _settle(work, test, at, holds=True)
        more.append(other)
    size = int(work.at.shape[1])
    work = work.joined(more)
    fresh: Index = np.arange(size, int(work.at.shape[1]))
    return work, np.concatenate([*old, fresh])


def _settle(work: Columns, test: Test, at: Index, *, holds: bool) -> None:
    place = test.left.value
    after = settle(test, work.at[place][at], holds)
    work.at[place][at] = after
    number = _COUNTER.get(place)
    if number is not None:
        change = work.change[number][at]
        some = after == SOME
        least, exact = work.least[number][at], work.exact[number][at]
        work.least[number][at] = np.where(some, np.maximum(least, 1 - change), least)
        work.exact[number][at] = np.where(some, exact, -change)


def _fire(work: Columns, row: Row, at: Index) -> None:
    if not len(at):
        return
    values = [_read(work, write.value, at) for write in row.writes]
    waiting = _watch(work, row, at) if work.watched else None
    for place in row.spends:
        _count(work, place, at, -1)
    new: dict[int, Any] = {}
    for write, value in zip(row.writes, values, strict=True):
        place = write.place
        if place in _COUNTER:
            if write.op == "+" and write.value.where == CONSTANT:
                _count(work, place, at, write.value.value)
            elif work.watched:
                _forget(work, place, at)
            else:
                raise TypeError(f"{row.rule.id}: sets a counter")
            continue
        old = new[place] if place in new else work.at[place][at]
        new[place] = _updated(row, write.op, place, old, value, write.value.where == CONSTANT)
    for place, value in new.items():
        work.at[place][at] = value
    if waiting is not None:
        work.told[at] |= facts.after(row, work.at, at, waiting)


def _watch(work: Columns, row: Row, at: Index) -> Facts:
    """Note what a row tells before it fires; returns the items that it may lose."""
    work.told[at] |= facts.of_row(row)
    if row.rule.waives:
        work.told[at] |= facts.critical(row, work.at, at) | facts.waived(row, work.at, at)
    return facts.before(row, work.at, work.event, at)


def _updated(row: Row, op: str, place: int, old: Any, value: Any, constant: bool) -> Any:
    if place in GRADED:
        if op == "=" and constant:
            return 1 << value
        if op == "max" and not constant:
            return MAXIMUM[old, value]
        raise TypeError(f"{row.rule.id}: an open grade cannot be updated by {op!r}")
    if place == STUCK:
        changed = UPDATES[op](old, both(value) if constant and op != "|" else value)
        return changed & ~((changed & 127) << 7)
    return UPDATES[op](old, value)


def _count(work: Columns, place: int, at: Index, by: int) -> None:
    """Take from a counter or add to it; an unlimited one stays as it is."""
    number, column = _COUNTER[place], work.at[place][at]
    finite = column >= 0
    change = work.change[number][at] + np.where(finite, by, 0)
    exact = work.exact[number][at]
    known = np.where(exact + change == 0, 0, SOME)
    after = np.where(exact != ANY, known, UNKNOWN if by < 0 else SOME)
    work.change[number][at] = change
    work.at[place][at] = np.where(finite, after, column)


def _forget(work: Columns, place: int, at: Index) -> None:
    """A faulty row sets a counter: whatever may remain, while `change` tells what was spent."""
    column = work.at[place][at]
    work.exact[_COUNTER[place]][at] = ANY
    work.at[place][at] = np.where(column >= 0, UNKNOWN, column)


def _read(work: Columns, source: Any, at: Index) -> Any:
    if source.where == CONSTANT:
        return source.value
    if source.where == FIELD:
        if source.value in (*GRADED, STUCK, *COUNTERS):
            raise TypeError("an open value is read as a number")
        return work.at[source.value][at]
    if source.where == HEARD:
        return work.event[source.value][at]
    return work.seat[at]
