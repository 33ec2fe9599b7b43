"""The open positions with what was ruled on kept in mind, so that nothing new can come back.

Routing hears of each report only whether something in it repeats; the ledger says so of what was
ruled on before, and of nothing else. Where a run may repeat what was never ruled on, a worst case
can be worse than any run. So each open position is told apart by what was ruled on until then
(`monitors.remembered`), and steps that would repeat anything else are left out.
"""

from dataclasses import replace

import numpy as np

from remit.analysis.arrays.columns import Index
from remit.analysis.arrays.control import Control
from remit.analysis.arrays.ways import Monitor
from remit.analysis.monitors import remembered

MOST_MOVES = 500_000
"""Moves that are told apart at most, so that a worst case is found in seconds."""


def recalled(graph: Control, most: int = MOST_MOVES) -> Control | None:
    """The open positions told apart by what was ruled on before; `None` past so many moves.

    Args:
        graph: the open positions, explored watching.
        most: how many moves there may be.
    """
    walk = _Walk(graph, remembered(graph))
    while len(walk.frontier):
        walk.step()
        if walk.moves > most:
            return None
    return walk.found()


class _Walk:
    """Breadth first over pairs of an open position and what was ruled on."""

    def __init__(self, graph: Control, monitor: Monitor) -> None:
        assert monitor.barred is not None
        self._graph, self._monitor, self._barred = graph, monitor, monitor.barred
        self._states, size = int(monitor.after.shape[1]), int(graph.nodes.shape[1])
        self._order = np.argsort(graph.source, kind="stable")
        self._first = np.searchsorted(graph.source[self._order], np.arange(size + 1))
        self._number = np.full(size * self._states, -1, np.intp)
        self._number[0] = 0
        self.frontier: Index = np.zeros(1, np.intp)
        self._pairs = [self.frontier]
        self._edges: list[tuple[Index, Index, Index]] = []
        self._count, self.moves = 1, 0

    def step(self) -> None:
        """Take every step from the pairs that were reached last."""
        node, state = self.frontier // self._states, self.frontier % self._states
        times = self._first[node + 1] - self._first[node]
        origin = np.repeat(np.arange(len(node)), times)
        offset = np.arange(len(origin)) - np.repeat(np.cumsum(times) - times, times)
        edge = self._order[self._first[node][origin] + offset]
        kind = self._monitor.kind[edge]
        may = ~self._barred[kind, state[origin]]
        origin, edge, kind = origin[may], edge[may], kind[may]
        after = self._monitor.after[kind, state[origin]]
        target = self._graph.target[edge] * self._states + after
        fresh: Index = np.unique(target[self._number[target] < 0])
        self._number[fresh] = self._count + np.arange(len(fresh))
        source = self._number[self.frontier[origin]]
        self._edges.append((source, self._number[target], edge))
        self._count, self.moves = self._count + len(fresh), self.moves + len(edge)
        self._pairs.append(fresh)
        self.frontier = fresh

    def found(self) -> Control:
        """What was reached, as open positions."""
        graph, node = self._graph, np.concatenate(self._pairs) // self._states
        source, target, edge = (np.concatenate(part) for part in zip(*self._edges, strict=True))
        order = np.lexsort((target, source))
        source, target, edge = source[order], target[order], edge[order]
        return replace(
            graph,
            nodes=np.ascontiguousarray(graph.nodes[:, node]),
            source=source,
            target=target,
            said=graph.said[edge],
            least=graph.least[:, edge],
            exact=graph.exact[:, edge],
            change=graph.change[:, edge],
            stuck=np.flatnonzero(np.isin(node, graph.stuck)),
            told=graph.told[edge],
        )
