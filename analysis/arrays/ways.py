"""The shortest way to a goal through open positions, with as few counters as tell.

The search begins without counters: whatever it cannot reach, no run can. A way that it finds is
checked against what remains under the limits; the first limit that does not allow it is counted
exactly from then on, and the search begins anew. So the way that is allowed in the end is a
shortest one of all runs, and most goals are decided with one or two counters of nine.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from remit.analysis.arrays.columns import ENDING, PLACE, Index, Mask
from remit.analysis.arrays.control import Control
from remit.analysis.arrays.distinct import distinct
from remit.analysis.arrays.sayings import Open
from remit.graph.manifest import Manifest
from remit.state.vocabulary import LOOPS, Limit

MOST_STATES = 3_000_000
"""States that one search keeps before it gives up."""
_MOST_KEYS = 1 << 29


class Undecided(Exception):
    """A search would take more than it may."""


@dataclass(frozen=True, slots=True)
class Monitor:
    """A little memory that is carried along a way; it begins in state 0."""

    kind: Index
    """By edge, which row of the tables below."""
    after: Index
    """Shape (kinds, states): the state after such an edge."""
    bad: Mask
    """Shape (kinds, states): whether taking such an edge in that state is the goal."""
    barred: Mask | None = None
    """Shape (kinds, states): whether such an edge cannot be taken in that state."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Goal:
    """An edge to take: one of `edges`, where the monitor (if any) calls it bad too."""

    edges: Mask
    monitor: Monitor | None = None
    exact: Mapping[Limit, int] = field(default_factory=dict[Limit, int])
    """What must remain under some limits before that edge."""
    least: Mapping[Limit, int] = field(default_factory=dict[Limit, int])
    """What must at least remain under some limits before that edge."""


@dataclass(frozen=True, slots=True)
class Way:
    """Edges from the start, in order."""

    edges: tuple[int, ...]
    counted: frozenset[Limit]
    """The limits that had to be counted to find it."""


@dataclass(frozen=True, slots=True)
class NoWay:
    """No run gets there; the limits that had to be counted to see that."""

    counted: frozenset[Limit]


@dataclass(frozen=True, slots=True)
class _Same:
    """Edges while only some counters are counted: groups that do the same, the plainest first."""

    demands: Index
    """The different demands on those counters: `least`, `exact` and `change`."""
    edges: Index
    group: Index
    """By edge, the number of its group; from 1 on, and ascending."""
    source: Index
    target: Index
    demand: Index
    """Place in `demands`."""
    load: Index
    """What the edge asks of counters that are not counted, and how odd its report is."""

    def pick(self, goal: Mask) -> Index:
        """Of each group one edge of the goal, and one that is not; places in `edges`."""
        aimed, found = goal[self.edges], np.zeros(len(self.edges), np.bool_)
        for some in (aimed, ~aimed):
            at = np.flatnonzero(some)
            found[at[np.diff(self.group[at], prepend=0) > 0]] = True
        return np.flatnonzero(found)


class Maze:
    """The open positions of a manifest, ready to be searched."""

    def __init__(self, graph: Control, manifest: Manifest) -> None:
        self.graph, self.manifest = graph, manifest
        stages, owed = graph.nodes[PLACE["stage"]], graph.nodes[PLACE["owed"]]
        self.desk: Mask = (owed == 0) & ~ENDING[stages]
        """By node, whether the docket waits to be served there."""
        asked = np.concatenate([graph.least, graph.exact, graph.change])
        kinds = distinct(asked)
        self.demands, self.demand = asked[:, kinds.pick], kinds.which
        """What edges ask of the counters and do to them, and by edge which of these."""
        budget = np.array([*(one.event.budget for one in graph.sayings), 0], np.intp)
        asks = np.array([*(len(_some(one.event)) for one in graph.sayings), 0], np.intp)
        self.cost: Index = 3 * budget[graph.said] + asks[graph.said]
        """By edge, how odd its report is: of ways of one length, the plainest is taken."""
        self._by_cost: Index = np.argsort(self.cost, kind="stable")
        self._same: dict[tuple[int, ...], _Same] = {}
        column = stages.astype(np.intp)
        self.leaves, self.enters = column[graph.source], column[graph.target]
        """By edge, the number of the stage that it leaves, and of the one that it leads to."""

    def same(self, rows: tuple[int, ...], kind: Index | None) -> _Same:
        """Edges that do the same while only some counters are counted.

        Args:
            rows: places in `LOOPS`.
            kind: by edge, what else tells edges apart.
        """
        if kind is not None:
            return self._grouped(rows, kind)
        if rows not in self._same:
            self._same[rows] = self._grouped(rows, np.zeros(len(self.demand), np.intp))
        return self._same[rows]

    def _grouped(self, rows: tuple[int, ...], kind: Index) -> _Same:
        graph, width, loops = self.graph, int(self.graph.nodes.shape[1]), len(LOOPS)
        asked = self.demands[[part * loops + row for part in range(3) for row in rows]]
        kinds = distinct(asked)
        demand, most = kinds.which[self.demand], int(kind.max(initial=0)) + 1
        key = (graph.source * width + graph.target) * (len(kinds.pick) * most)
        key = (key + demand * most + kind)[self._by_cost]
        order = np.argsort(key, kind="stable")
        edges = self._by_cost[order]
        group = np.cumsum(np.diff(key[order], prepend=-1) > 0, dtype=np.intp)
        least, exact, change = np.split(self.demands, 3)
        asks = (least > 0) | (exact >= 0) | (change < 0)
        asks[list(rows)] = False
        load = (2 * asks.sum(0))[self.demand[edges]] + self.cost[edges]
        return _Same(asked[:, kinds.pick], edges, group, graph.source[edges],
                     graph.target[edges], demand[edges], load)  # fmt: skip

    def shortest_way(self, goal: Goal) -> Way | NoWay:
        """A way with the fewest reports to a goal.

        Raises:
            Undecided: the search outgrew `MOST_STATES`.
        """
        counted = frozenset(goal.exact) | frozenset(goal.least)
        while True:
            edges = _Search(self, goal, counted).run()
            if edges is None:
                return NoWay(counted)
            broken = self.broken(edges)
            if broken is None or broken in counted:
                return Way(tuple(edges), counted)
            counted |= {broken}

    def reaches(self, goal: Goal, counted: frozenset[Limit]) -> bool:
        """Whether an open way reaches a goal while some limits are counted and the rest left open.

        Raises:
            Undecided: the search outgrew `MOST_STATES`.
        """
        asked = counted | frozenset(goal.exact) | frozenset(goal.least)
        return _Search(self, goal, asked).run() is not None

    def broken(self, edges: Iterable[int]) -> Limit | None:
        """The first limit that does not allow a way."""
        left = np.array([self.manifest.limit(limit) for limit in LOOPS])
        finite = left >= 0
        for edge in edges:
            least, exact, change = np.split(self.demands[:, self.demand[edge]], 3)
            wrong = finite & ((left < least) | ((exact >= 0) & (left != exact)))
            if wrong.any():
                return LOOPS[int(np.flatnonzero(wrong)[0])]
            left = left + change
        return None


def _some(event: Open) -> list[int]:
    """What an event speaks of beside its kind."""
    asks = (event.contract_asked, event.scope_asked, event.critical > 1, event.question > 1)
    return [*(1 for grade in event.grades if grade > 1), *(1 for one in asks if one)]


class _Search:
    """Breadth first, one report a level; servings of the docket cost nothing."""

    def __init__(self, maze: Maze, goal: Goal, counted: frozenset[Limit]) -> None:
        graph, manifest, self._maze = maze.graph, maze.manifest, maze
        rows = [place for place, limit in enumerate(LOOPS) if limit in counted]
        limits = np.array([manifest.limit(LOOPS[row]) for row in rows], np.int64)
        self._sizes = np.where(limits < 0, 1, limits + manifest.grants + 1)
        self._weights = np.concatenate([[1], np.cumprod(self._sizes[:-1])])[: len(rows)]
        self._left = int(np.prod(self._sizes)) if rows else 1
        self._begin = int((np.maximum(limits, 0) * self._weights).sum()) if rows else 0
        monitor = goal.monitor
        self._states = int(monitor.after.shape[1]) if monitor else 1
        self._collapse(rows, monitor.kind if monitor else None, goal)
        self._after = monitor.after if monitor else np.zeros((1, 1), np.intp)
        self._bad = monitor.bad if monitor else np.ones((1, 1), np.bool_)
        self._barred = monitor.barred if monitor else None
        self._exact = [(rows.index(LOOPS.index(limit)), left) for limit, left in goal.exact.items()]
        self._least = [(rows.index(LOOPS.index(limit)), left) for limit, left in goal.least.items()]
        nodes = int(graph.nodes.shape[1])
        if nodes * self._states * self._left > _MOST_KEYS:
            raise Undecided("too many positions to tell")
        self._seen = np.zeros(nodes * self._states * self._left, np.bool_)
        self._keys: list[Index] = []
        self._from: list[Index] = []
        self._edge: list[Index] = []
        self._loads: list[Index] = []
        """What uncounted limits are asked for on the way, so that the easier way is taken."""
        self._size = 0

    def _collapse(self, rows: list[int], kind: Index | None, goal: Goal) -> None:
        """One edge for all that do the same, sorted by where they begin."""
        same = self._maze.same(tuple(rows), kind)
        pick = same.pick(goal.edges)
        self._demands, self._number = same.demands, same.edges[pick]
        self._target, self._demand, self._load = (
            one[pick] for one in (same.target, same.demand, same.load)
        )
        self._kind = np.zeros(len(pick), np.intp) if kind is None else kind[self._number]
        self._goal = goal.edges[self._number]
        nodes = np.arange(int(self._maze.graph.nodes.shape[1]) + 1)
        self._first = np.searchsorted(same.source[pick], nodes)

    def run(self) -> list[int] | None:
        """The edges of a shortest way, or `None`."""
        start = np.array([self._begin])
        self._seen[start] = True
        frontier = self._store(start, np.array([-1]), np.array([-1]), np.array([0]))
        while len(frontier):
            heard = self._expand(frontier)
            if isinstance(heard, list):
                return heard
            desks = self._maze.desk[self._node(heard)]
            served = self._expand(heard[desks])
            if isinstance(served, list):
                return served
            frontier = np.concatenate([heard[~desks], served])
        return None

    def _node(self, places: Index) -> Index:
        """The nodes of stored states."""
        found: Index = _at(self._keys, places) // (self._states * self._left)
        return found

    def _store(self, keys: Index, origin: Index, edge: Index, load: Index) -> Index:
        self._keys.append(keys)
        self._from.append(origin)
        self._edge.append(edge)
        self._loads.append(load)
        places: Index = np.arange(self._size, self._size + len(keys))
        self._size += len(keys)
        if self._size > MOST_STATES:
            raise Undecided("too many positions to tell")
        return places

    def _expand(self, places: Index) -> "Index | list[int]":
        """The states not seen before that one edge leads to; a whole way once the goal is met."""
        if not len(places):
            return places
        keys = _at(self._keys, places)
        rest, left = keys // self._left, keys % self._left
        node, state = rest // self._states, rest % self._states
        count = self._first[node + 1] - self._first[node]
        total = int(count.sum())
        origin = np.repeat(np.arange(len(places)), count)
        offset = np.arange(total) - np.repeat(np.cumsum(count) - count, count)
        edge = self._first[node][origin] + offset
        origin, edge = self._allowed(origin, edge, left)
        if self._barred is not None:
            may = ~self._barred[self._kind[edge], state[origin]]
            origin, edge = origin[may], edge[may]
        kind, state = self._kind[edge], state[origin]
        met = self._goal[edge] & self._bad[kind, state]
        for row, wanted in self._exact:
            met &= self._digits(left[origin])[row] == wanted
        for row, wanted in self._least:
            met &= self._digits(left[origin])[row] >= wanted
        load = _at(self._loads, places)[origin] + self._load[edge]
        if met.any():
            first = int(np.argmin(np.where(met, load, np.iinfo(np.int64).max)))
            return self._way(int(places[origin[first]]), int(self._number[edge[first]]))
        after = self._after[kind, state]
        moved = self._weights @ self._change(edge) if len(self._sizes) else 0
        target = (self._target[edge] * self._states + after) * self._left + left[origin] + moved
        fresh = np.flatnonzero(~self._seen[target])
        fresh = fresh[np.argsort(load[fresh], kind="stable")]
        found, pick = np.unique(target[fresh], return_index=True)
        self._seen[found] = True
        pick = fresh[pick]
        return self._store(found, places[origin[pick]], self._number[edge[pick]], load[pick])

    def _digits(self, left: Index) -> Index:
        found: Index = left // self._weights[:, None] % self._sizes[:, None]
        return found

    def _change(self, edge: Index) -> NDArray[np.int64]:
        rows = len(self._sizes)
        return self._demands[2 * rows :, self._demand[edge]]

    def _allowed(self, origin: Index, edge: Index, left: Index) -> tuple[Index, Index]:
        rows = len(self._sizes)
        if not rows:
            return origin, edge
        digits, demand = self._digits(left)[:, origin], self._demand[edge]
        least, exact = self._demands[:rows, demand], self._demands[rows : 2 * rows, demand]
        after = digits + self._change(edge)
        fits = (digits >= least) & ((exact < 0) | (digits == exact))
        may = (fits & (after >= 0) & (after < self._sizes[:, None])).all(0)
        return origin[may], edge[may]

    def _way(self, place: int, edge: int) -> list[int]:
        origins, edges = np.concatenate(self._from), np.concatenate(self._edge)
        found = [edge]
        while edges[place] >= 0:
            found.append(int(edges[place]))
            place = int(origins[place])
        return found[::-1]


def _at(parts: list[Index], places: Index) -> Index:
    """What is stored at some places, which all lie in the last two parts."""
    tail = np.concatenate(parts[-2:])
    found: Index = tail[places - (sum(map(len, parts)) - len(tail))]
    return found
