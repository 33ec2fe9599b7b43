"""From one assignment of work to the next, all that happens between them in one step.

Between two positions at which work is assigned (*desks*) there are half-reported groups, the
docket, rulings of the CTO and of the human. They are composed away: a *passage* goes from desk to
desk, with what it asks of the counters in all (`Demands`) and the most that it can add to each
measure. Nothing is left out: passages that ask for the same and come to the same desk differ in
what they add only, and each measure keeps its greatest.

Inside a visit a circle spends something (else `Endless`), so there are finitely many ways through;
they are followed in the order of what was spent, then of the steps that spend nothing.
"""

from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.analysis.arrays.alike import Classes
from remit.analysis.arrays.columns import ENDING, PLACE, Index, Mask, code
from remit.analysis.arrays.control import SERVED, Control
from remit.analysis.arrays.counting import ranks
from remit.analysis.arrays.demands import Demands
from remit.graph.manifest import Manifest
from remit.graph.rules import WORK
from remit.state.errors import InputError
from remit.state.vocabulary import LOOPS, Limit

_BASE = 1 << 24
"""More than there are demands."""
SAMPLED = 24
"""Desks from which it is told how many ways there will be."""
_ROUNDS = 400
_COST = np.where(np.array(LOOPS) == Limit.GRANTS, 2, 1)
"""A grant takes one of itself and gives one elsewhere: it must count twice for the sum to fall."""
_Batch = tuple[int, int]
"""Units spent, and place in the order of the steps that spend nothing."""
Ways = NDArray[np.int32 | np.int64]
"""Shape (ways, measures): the amounts of one way lie beside each other, for they move together.

They are kept in 32 bits while that is enough: there can be a hundred MB of them.
"""
_NARROW = 1 << 30
"""Two amounts below this have a sum that fits 32 bits."""


@dataclass(frozen=True, slots=True)
class Visits:
    """Ways from a desk, half or whole; those that come to a desk again are the passages."""

    desks: Index
    """The classes at which work is assigned, or the run is over."""
    demands: Demands
    source: Index
    """By way: where it begins, place in `desks`."""
    node: Index
    """Where it has come to, a class."""
    demand: Index
    most: Ways
    """The most that each adds to each measure, in another order (`row`)."""
    row: Index
    """By way, its place in `most`."""
    passages: Index
    """The ways that come to a desk, ordered by where they begin."""

    def added(self, ways: Index) -> Ways:
        """The most that ways add to each measure."""
        found: Ways = self.most[self.row[ways]]
        return found


def most_left(manifest: Manifest, classes: Classes) -> Index:
    """By limit, the most that can ever remain: one more for each grant, where grants add to it."""
    limits = np.array([manifest.limit(limit) for limit in LOOPS])
    granted = (classes.demands[2 * len(LOOPS) :] > 0).any(1)
    found: Index = np.where(limits < 0, 0, limits + granted * max(manifest.grants, 0))
    return found


def visits(graph: Control, manifest: Manifest, classes: Classes, room: int) -> Visits:
    """Every way through every visit.

    Args:
        graph: the open positions.
        manifest: the constants of the run.
        classes: what is alike among them, with the weights of each edge.
        room: how many ways may be held at most.

    Raises:
        Endless: a circle of reports spends no finite limit.
        InputError: there are more ways than there is room for.
    """
    ahead = _Ahead(graph, manifest, classes, room)
    ahead.run(np.arange(len(ahead.desks)))
    return ahead.found()


def expected(graph: Control, manifest: Manifest, classes: Classes, room: int) -> int:
    """About how many ways there will be, told from those of every so manieth desk.

    Where these alone do not fit in `room`, the least that there can be of them is counted.

    Raises:
        Endless: as `visits`.
    """
    ahead = _Ahead(graph, manifest, classes, room)
    places: Index = np.arange(0, len(ahead.desks), max(1, len(ahead.desks) // SAMPLED))
    with suppress(InputError):
        ahead.run(places)
    return ahead.held * len(ahead.desks) // max(1, len(places))


def _is_desk(graph: Control, classes: Classes) -> Mask:
    stage, owed = graph.nodes[PLACE["stage"]], graph.nodes[PLACE["owed"]]
    work = np.isin(stage, [code(one) for one in WORK]) & (owed != 0)
    after = np.zeros(len(stage), np.bool_)
    after[graph.target[graph.said == SERVED]] = True
    desk = (after & work) | ENDING[stage]
    desk[0] = True
    desk[graph.stuck] = True
    found = np.zeros(classes.count, np.bool_)
    found[classes.of[desk]] = True
    return found


def _order(graph: Control, classes: Classes) -> Index:
    """By class, its place in the order of the steps that spend nothing."""
    still = ~classes.demands[2 * len(LOOPS) :, classes.demand].any(0)
    source, target = classes.source[still], classes.target[still]
    rank = np.zeros(classes.count, np.intp)
    for _ in range(_ROUNDS):
        after = rank.copy()
        np.maximum.at(after, target, rank[source] + 1)
        if (after == rank).all():
            return rank
        rank = after
    ranks(graph)
    raise RuntimeError(f"more than {_ROUNDS} steps in a row spend nothing")


class _Ahead:
    def __init__(self, graph: Control, manifest: Manifest, classes: Classes, room: int) -> None:
        self.classes, self.room = classes, room
        self.rank = _order(graph, classes)
        self.demands = Demands(classes.demands, most_left(manifest, classes))
        self.is_desk = _is_desk(graph, classes)
        self.desks: Index = np.flatnonzero(self.is_desk)
        order = np.argsort(classes.source, kind="stable")
        self.first = np.searchsorted(classes.source[order], np.arange(classes.count + 1))
        self.target, self.demand = classes.target[order], classes.demand[order]
        weights = np.ascontiguousarray(classes.weights[:, order].T)
        narrow = int(weights.max(initial=0)) < _NARROW
        self.weights: Ways = weights.astype(np.int32) if narrow else weights
        self.pending: dict[_Batch, list[tuple[Index, Ways]]] = {}
        self.done: list[tuple[Index, Ways]] = []
        self.held = 0

    def run(self, places: Index) -> None:
        """Follow every way from some of the desks."""
        begin = (places * self.classes.count + self.desks[places]) * _BASE + self.demands.nothing
        zero = np.zeros((len(places), self.weights.shape[1]), self.weights.dtype)
        self.done.append((begin, zero))
        self._send(*self._onward(begin, zero))
        while self.pending:
            keys, most = _greatest(self.pending.pop(min(self.pending)))
            self.done.append((keys, most))
            self.held += len(keys)
            if self.held > self.room:
                raise InputError(_too_many(self.held))
            inside = ~self.is_desk[keys // _BASE % self.classes.count]
            self._send(*self._onward(keys[inside], most[inside]))

    def _onward(self, keys: Index, most: Ways) -> tuple[Index, Ways]:
        """Every way one step on."""
        if int(most.max(initial=0)) >= _NARROW:
            most = most.astype(np.int64)
        count, node = self.classes.count, keys // _BASE % self.classes.count
        times = self.first[node + 1] - self.first[node]
        origin = np.repeat(np.arange(len(keys)), times)
        offset = np.arange(len(origin)) - np.repeat(np.cumsum(times) - times, times)
        edge = self.first[node][origin] + offset
        demand = self.demands.after(keys[origin] % _BASE, self.demand[edge])
        can = demand >= 0
        origin, edge, demand = origin[can], edge[can], demand[can]
        begun = keys[origin] // _BASE // count
        reached = (begun * count + self.target[edge]) * _BASE + demand
        return _greatest([(reached, most.take(origin, axis=0) + self.weights.take(edge, axis=0))])

    def _send(self, keys: Index, most: Ways) -> None:
        if not len(keys):
            return
        spent = -(_COST @ self.demands.change)[keys % _BASE]
        place = spent * _ROUNDS + self.rank[keys // _BASE % self.classes.count]
        order = np.argsort(place, kind="stable")
        cuts = np.flatnonzero(np.diff(place[order])) + 1
        for part in np.split(order, cuts):
            batch = divmod(int(place[part[0]]), _ROUNDS)
            self.pending.setdefault(batch, []).append((keys[part], most[part]))

    def found(self) -> Visits:
        keys = np.concatenate([one for one, _ in self.done])
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        most = np.concatenate([one for _, one in self.done])
        node, demand = keys // _BASE % self.classes.count, keys % _BASE
        source = keys // _BASE // self.classes.count
        begins = (node == self.desks[source]) & (demand == self.demands.nothing)
        passages = np.flatnonzero(self.is_desk[node] & ~begins)
        return Visits(self.desks, self.demands, source, node, demand, most, order, passages)


def _too_many(held: int) -> str:
    return (
        f"limits: between two assignments there are more than {held:,} ways through questions and "
        f"rulings; {_LOWER}"
    )


def refused(ways: int, room: int) -> str:
    """Why so many ways are not followed, before any is."""
    places = 10 ** max(0, len(str(ways)) - 2)
    return (
        f"limits: between two assignments there are about {round(ways / places) * places:,} ways "
        f"through questions and rulings or more ({ways * _BYTES / 1e9:.1f} GB), and there is room "
        f"for {room:,}; {_LOWER}"
    )


_BYTES = 600
"""What a way takes."""
_LOWER = "lower limits.grants, limits.escalations or limits.human_questions"


def _greatest(found: list[tuple[Index, Ways]]) -> tuple[Index, Ways]:
    """Each key once, with the greatest of what it comes with."""
    keys = np.concatenate([one for one, _ in found])
    values = np.concatenate([one for _, one in found])
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    fresh = np.ones(len(keys), np.bool_)
    fresh[1:] = keys[1:] != keys[:-1]
    first = np.flatnonzero(fresh)
    size = np.diff(np.append(first, len(keys)))
    most, number = values.take(order[first], axis=0), 1
    again = np.flatnonzero(size > number)
    while len(again):
        most[again] = np.maximum(most[again], values[order[first[again] + number]])
        number += 1
        again = again[size[again] > number]
    return keys[first], most
