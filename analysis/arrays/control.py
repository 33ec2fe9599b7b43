"""Every position that a run can reach, what remains under its limits left open.

Nodes are open positions: somebody owes the next report, or the docket waits to be served, or
the run is over. Edges are what one report, or one serving of the docket, can do.
"""

from dataclasses import dataclass

import numpy as np

from remit.analysis.arrays.columns import (
    ENDING,
    EVENT_PLACE,
    PLACE,
    Block,
    Index,
    Mask,
    code,
    encode,
    stage_of,
)
from remit.analysis.arrays.distinct import distinct
from remit.analysis.arrays.facts import forgotten
from remit.analysis.arrays.lazy import Columns, ask, fire_first
from remit.analysis.arrays.live import COUNTERS, Live, live
from remit.analysis.arrays.opening import GRADED, SHIFT, STUCK, UNKNOWN, both
from remit.analysis.arrays.rows import CONSTANT, FIELD, Source, Table, bind
from remit.analysis.arrays.sayings import Open, sayings
from remit.graph.event import BIT, Item
from remit.graph.manifest import Manifest, start
from remit.graph.rules import ASKED, GRADE, LOOP, RULES, Rule
from remit.state.vocabulary import LOOPS, EventKind, Seat, Stage

_STAGE, _OWED = PLACE["stage"], PLACE["owed"]
_AFFECTED = PLACE["affected"]
_CONTRACT, _SCOPE = EVENT_PLACE["contract_asked"], EVENT_PLACE["scope_asked"]
SERVED = -1
"""In `Control.said`: the docket is served, nobody reports."""
_SEAT_OF = {bit: seat for seat, bit in BIT.items()}
_WAITING: tuple[tuple[int, int, int], ...] = (
    *((int(item), PLACE[name], 1) for item, name in GRADE.items()),
    *((int(item), PLACE[name], 0) for item, name in ASKED.items()),
    (int(Item.QUESTION), PLACE["question"], 0),
)
"""Items, the column in which each waits, and its value when none does.

That an item repeats is asked only while it waits, and each report that brings it may say either; so
what is left of `stuck` when nothing waits tells nothing that the next report could not say.
"""


@dataclass(frozen=True, slots=True)
class Said:
    """Who reports where, and what, left open as far as possible."""

    stage: Stage
    seat: Seat
    event: Open


@dataclass(frozen=True, slots=True)
class Control:
    """The graph of open positions; node 0 is the start."""

    nodes: Block
    """Shape (fields, nodes)."""
    source: Index
    target: Index
    said: Index
    """By edge: place in `sayings`, or `SERVED`."""
    least: Index
    """Shape (loops, edges): what must at least remain under each limit before the edge."""
    exact: Index
    """What must remain exactly; -1 where nothing is said."""
    change: Index
    """What the edge adds to what remains."""
    sayings: tuple[Said, ...]
    stuck: Index
    """Nodes at which no row applies."""
    told: Index
    """By edge, what its rows tell (`facts`); 0 unless it was asked to watch."""


def control(
    manifest: Manifest, rules: tuple[Rule, ...] = RULES, *, merge: bool = True, watch: bool = False
) -> Control:
    """Explore every open position.

    Args:
        manifest: the constants of the run.
        rules: the rules to follow.
        merge: take positions for one that differ only in what nobody can read any more.
        watch: note what the rows on each edge tell, and keep apart what must be known for that;
            faulty rows that set a counter are followed too.
    """
    return _Explorer(manifest, rules, merge, watch).explore(manifest)


class _Explorer:
    def __init__(
        self, manifest: Manifest, rules: tuple[Rule, ...], merge: bool, watch: bool
    ) -> None:
        self._watch = watch
        self._table: Table = bind(manifest, rules)
        self._empty = _always_empty(manifest, self._table)
        self._met = manifest.builders & ~_always_met(self._table)
        self._live: Live | None = live(self._table, told=watch) if merge else None
        self._index: dict[bytes, int] = {}
        self._said: dict[Said, int] = {}
        self._nodes: list[Block] = []
        self._steps: list[Index] = []
        """By edge: source, target, what is said, what its rows tell."""
        self._asked: list[Block] = []
        """By edge: `least`, `exact` and `change`."""
        self._stuck: list[Index] = []
        self._heard: dict[tuple[Stage, Seat], tuple[Block, Index]] = {}

    def explore(self, manifest: Manifest) -> Control:
        self._number(_opened(encode([start(manifest)]), manifest))
        done, total = 0, 1
        while done < total:
            block = np.concatenate(self._nodes, 1)
            frontier = np.arange(done, total)
            self._expand(block, frontier)
            done, total = total, len(self._index)
        steps, asked = np.concatenate(self._steps, 1), np.concatenate(self._asked, 1)
        pick = distinct(steps[:-1], asked, steps[-1:]).pick
        source, target, said, told = steps[:, pick]
        least, exact, change = np.split(asked[:, pick].astype(np.intp), 3)
        return Control(
            np.concatenate(self._nodes, 1), source, target, said, least, exact, change,
            tuple(self._said), np.concatenate([np.empty(0, np.intp), *self._stuck]), told,
        )  # fmt: skip

    def _expand(self, block: Block, frontier: Index) -> None:
        stages, owed = block[_STAGE][frontier], block[_OWED][frontier]
        first = owed & -owed
        for stage, bit in {*zip(stages.tolist(), first.tolist(), strict=True)}:
            here = frontier[(stages == stage) & (first == bit)]
            if ENDING[stage]:
                continue
            if bit == 0:
                self._serve(block[:, here], here)
            else:
                self._hear(block[:, here], here, stage_of(stage), _SEAT_OF[bit])

    def _hear(self, block: Block, nodes: Index, stage: Stage, seat: Seat) -> None:
        events, numbers = self._events(stage, seat)
        size, times = len(nodes), int(events.shape[1])
        work = Columns.of(
            np.repeat(block, times, 1),
            np.tile(events, (1, size)),
            np.full(size * times, BIT[seat], np.int16),
            self._watch,
        )
        asks = np.flatnonzero((work.event[_CONTRACT] | work.event[_SCOPE]) != 0)
        changes = self._table.heard.get((stage, EventKind.CHANGE), ())
        work.stuck[asks] = True
        for row in changes:
            work.stuck[ask(work, row, asks, [])] = False
        for (place, kind), rows in self._table.heard.items():
            if place is stage:
                here = (work.event[0] == code(kind)) & ~work.stuck
                work = fire_first(work, rows, np.flatnonzero(here))
        offered = ~work.stuck
        said = np.tile(numbers, size)[work.origin]
        self._keep(work, np.repeat(nodes, times)[work.origin], said, offered)

    def _serve(self, block: Block, nodes: Index) -> None:
        size = len(nodes)
        nothing = np.zeros((len(EVENT_PLACE), size), np.int16)
        work = Columns.of(block, nothing, np.zeros(size, np.int16), self._watch)
        for _ in range(64):
            free = work.free()
            if not free.any():
                break
            stages = work.at[_STAGE].copy()
            for stage in np.unique(stages[free]).tolist():
                rows = self._table.silent.get(stage_of(stage), ())
                work = fire_first(work, rows, np.flatnonzero(free & (stages == stage)))
        failed = work.stuck | work.free()
        self._stuck.append(np.unique(nodes[work.origin[failed]]))
        said = np.full(work.at.shape[1], SERVED)
        self._keep(work, nodes[work.origin], said, ~failed)

    def _keep(self, work: Columns, source: Index, said: Index, good: Mask) -> None:
        at, told = work.at[:, good], work.told[good]
        if self._watch and self._live is not None:
            for stage, fields in self._live.items():
                here = np.flatnonzero(at[_STAGE] == code(stage))
                told[here] |= forgotten(at, fields, here)
        target = self._number(at)
        self._steps.append(np.array([source[good], target, said[good], told], np.intp))
        self._asked.append(
            np.concatenate([work.least[:, good], work.exact[:, good], work.change[:, good]])
        )

    def _number(self, block: Block) -> Index:
        """The number of each open position, new ones added."""
        block = self._canonical(block)
        keys = np.ascontiguousarray(block.T).view(f"V{2 * len(block)}").ravel().tolist()
        known = len(self._index)
        found = np.array([self._index.setdefault(key, len(self._index)) for key in keys], np.intp)
        fresh, place = np.unique(found, return_index=True)
        new = place[fresh >= known]
        self._nodes.append(block[:, new])
        return found

    def _canonical(self, block: Block) -> Block:
        block = block.copy()
        for place in COUNTERS:
            if place not in self._empty:
                block[place][block[place] >= 0] = UNKNOWN
        if self._live is None:
            return block
        for item, place, absent in _WAITING:
            here = np.flatnonzero(block[place] == absent)
            block[STUCK][here] &= ~both(item)
        for stage, fields in self._live.items():
            here = np.flatnonzero(block[_STAGE] == code(stage))
            for place in range(len(block)) if len(here) else ():
                if place not in fields:
                    block[place][here] = 1 if place in GRADED else 0
        return block

    def _events(self, stage: Stage, seat: Seat) -> tuple[Block, Index]:
        """The open events that a seat may say at a stage, as columns, and their numbers."""
        known = self._heard.get((stage, seat))
        if known is None:
            said = [
                Said(stage, seat, event)
                for place, kind in self._table.heard
                if place is stage
                for event in sayings(stage, seat, kind, self._met)
            ]
            numbers = [self._said.setdefault(one, len(self._said)) for one in said]
            block = np.array([_column(one.event) for one in said], np.int16).T
            known = self._heard[stage, seat] = np.ascontiguousarray(block), np.array(numbers)
        return known


def _column(event: Open) -> list[int]:
    return [
        code(event.kind), *event.grades, event.contract_asked, event.scope_asked, event.critical,
        event.affected, event.question, event.maybe << SHIFT, event.budget, event.approved,
    ]  # fmt: skip


def _always_empty(manifest: Manifest, table: Table) -> frozenset[int]:
    """The counters of work that nobody on the team could do again: 0 throughout."""
    rows = {row for many in (table.heard, table.silent) for one in many.values() for row in one}
    added = {write.place for row in rows for write in row.writes}
    loops = {LOOP[item] for item in GRADE}
    return frozenset(
        place
        for place, limit in zip(COUNTERS, LOOPS, strict=True)
        if limit in loops and manifest.limit(limit) == 0 and place not in added
    )


def _always_met(table: Table) -> int:
    """Builders who build again after an approved change, whether it affects them or not.

    A row that adds the affected builders to a column may add some builders to it anyway; those bits
    of `affected` tell nothing if every row that reads it does so.
    """
    rows = [row for many in (table.heard, table.silent) for found in many.values() for row in found]
    moot = -1
    for row in rows:
        sides = [side for test in row.tests for side in (test.left, test.right)]
        if Source(FIELD, _AFFECTED) in sides:
            return 0
        for write in row.writes:
            if write.value == Source(FIELD, _AFFECTED):
                moot &= sum(
                    {
                        one.value.value
                        for one in row.writes
                        if one.place == write.place
                        and one.op == write.op == "|"
                        and one.value.where == CONSTANT
                    }
                )
    return moot


def _opened(block: Block, manifest: Manifest) -> Block:
    """Positions with closed values as open ones."""
    block = block.copy()
    for place in GRADED:
        block[place] = 1 << block[place]
    assert not block[STUCK].any()
    return block
