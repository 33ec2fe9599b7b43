"""What every question about all runs of a manifest stands on: its open positions, and a search."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from remit.analysis.arrays.columns import ENDING, PLACE, Index, Mask, code
from remit.analysis.arrays.control import Control, control
from remit.analysis.arrays.live import live
from remit.analysis.arrays.replaying import Reader, runs_along
from remit.analysis.arrays.rows import bind
from remit.analysis.arrays.ways import Goal, Maze, NoWay, Undecided, Way
from remit.analysis.monitors import remembered
from remit.analysis.safety import Trace
from remit.graph.advance import Router
from remit.graph.manifest import Manifest
from remit.graph.position import LEFT
from remit.graph.rules import RULES, Rule
from remit.state.vocabulary import LOOPS, Limit, Stage

_TRIES = 12
"""Ways that are tried for one goal, when the first turn out not to be runs."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The open positions of a manifest under some rules, and what reads them."""

    manifest: Manifest
    rules: tuple[Rule, ...]
    graph: Control
    """Counters that a faulty row sets are left open: nothing is asked of them."""
    maze: Maze
    reader: Reader
    spent: Index
    """Shape (loops, edges): what the rows grant under each limit less what they spend."""
    wild: frozenset[Limit]
    """Limits whose counter some row sets."""


@dataclass(frozen=True, slots=True)
class Run:
    """A shortest run to a goal."""

    trace: Trace
    counted: frozenset[Limit]
    """The limits that decided which run is the shortest."""
    exact: bool = True
    """No run is shorter; `False` where shorter open ways turned out not to be runs, so that another
    run along other steps might still be."""


@dataclass(frozen=True, slots=True)
class NoRun:
    """No run gets to the goal, whatever is said; the limits that it takes to see that."""

    counted: frozenset[Limit]


@dataclass(frozen=True, slots=True)
class Unknown:
    """It was not decided, and why."""

    why: str


Answer = Run | NoRun | Unknown


def ground(manifest: Manifest, rules: tuple[Rule, ...] = RULES) -> Ground:
    """The ground under a manifest; the last few are kept, because it takes seconds."""
    return _ground(manifest, rules)


@lru_cache(maxsize=4)
def _ground(manifest: Manifest, rules: tuple[Rule, ...]) -> Ground:
    graph = control(manifest, rules, watch=True)
    spent, table = graph.change, bind(manifest, rules)
    wild = frozenset(limit for limit in LOOPS if any(_sets(rule, limit) for rule in rules))
    for limit in wild:
        row = LOOPS.index(limit)
        least, exact, change = graph.least.copy(), graph.exact.copy(), graph.change.copy()
        least[row], exact[row], change[row] = 0, -1, 0
        graph = replace(graph, least=least, exact=exact, change=change)
    reader = Reader(graph, manifest, Router(manifest, rules), live(table, told=True))
    return Ground(manifest, rules, graph, Maze(graph, manifest), reader, spent, wild)


def _sets(rule: Rule, limit: Limit) -> bool:
    return any(one.field == LEFT[limit] and (one.op, one.value) != ("+", 1) for one in rule.sets)


def anything(trace: Trace) -> bool:
    """Fits every run."""
    return True


def run_to(on: Ground, goal: Goal, fits: Callable[[Trace], bool] = anything) -> Answer:
    """A shortest run that takes an edge of the goal and fits.

    An open way that no run goes, or none that fits, is passed over for the next one. If none of the
    first does, the search begins anew with what was ruled on kept in mind, without which nothing
    can come back. `Unknown` says that no run was found even so.
    """
    first = _run_to(on, goal, fits, _TRIES if goal.monitor else 1)
    if goal.monitor or not isinstance(first, Unknown):
        return first
    return _run_to(on, replace(goal, monitor=remembered(on.graph)), fits, _TRIES)


def _run_to(on: Ground, goal: Goal, fits: Callable[[Trace], bool], tries: int) -> Answer:
    passed = 0
    for _ in range(tries):
        try:
            way = on.maze.shortest_way(goal)
        except Undecided as error:
            return Unknown(str(error))
        if isinstance(way, NoWay):
            return Unknown("open ways that no run goes") if passed else NoRun(way.counted)
        found = runs_along(on.reader, way.edges, fits)
        if found:
            return Run(found[0], way.counted, exact=not passed)
        goal = _without(goal, way)
        passed += 1
    return Unknown("open ways that no run goes")


def _without(goal: Goal, way: Way) -> Goal:
    edges = goal.edges.copy()
    edges[way.edges[-1]] = False
    return replace(goal, edges=edges)


def entering(on: Ground, *wanted: Stage) -> Mask:
    """The edges that end a run in one of the stages, or assign somebody there."""
    nodes = on.graph.nodes
    numbers = [code(stage) for stage in wanted]
    there = np.isin(nodes[PLACE["stage"]], numbers)
    there &= (nodes[PLACE["owed"]] != 0) | ENDING[nodes[PLACE["stage"]]]
    inside = np.isin(on.maze.leaves, numbers) & (on.graph.said >= 0)
    found: Mask = there[on.graph.target] & ~inside
    return found
