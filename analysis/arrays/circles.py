"""Circles of open positions that spend nothing: where a run could go on for ever."""

from collections.abc import Iterator

import numpy as np

from remit.analysis.arrays.columns import Index, Mask
from remit.analysis.arrays.control import Control

_MOST = 60
"""Circles that are looked at."""


def core(graph: Control) -> Mask:
    """By edge, whether it may lie on a circle of edges that leave every finite counter alone.

    What cannot be left or cannot be come back to is taken away until nothing more falls off.
    """
    still: Mask = (graph.change == 0).all(0)
    edges, nodes = np.flatnonzero(still), graph.nodes.shape[1]
    while len(edges):
        source, target = graph.source[edges], graph.target[edges]
        entered, left = np.zeros(nodes, np.bool_), np.zeros(nodes, np.bool_)
        entered[target], left[source] = True, True
        stays = entered[source] & left[target]
        if stays.all():
            break
        edges = edges[stays]
    found = np.zeros(len(still), np.bool_)
    found[edges] = True
    return found


def circles(graph: Control, inside: Mask) -> Iterator[list[int]]:
    """Some short circles among the edges named, each as edges in order, the shortest known first.

    At most `_MOST`, one through each of the first nodes of the core.
    """
    edges = np.flatnonzero(inside)
    ahead: dict[int, dict[int, int]] = {}
    for edge in edges.tolist():
        ahead.setdefault(int(graph.source[edge]), {}).setdefault(int(graph.target[edge]), edge)
    found = (_round(ahead, node) for node in list(ahead)[:_MOST])
    yield from sorted((one for one in found if one), key=len)


def _round(ahead: dict[int, dict[int, int]], node: int) -> list[int]:
    """The shortest way from a node back to itself."""
    come: dict[int, tuple[int, int]] = {}
    front = [node]
    while front and node not in come:
        after = list[int]()
        for here in front:
            for there, edge in ahead.get(here, {}).items():
                if there not in come:
                    come[there] = here, edge
                    after.append(there)
        front = after
    if node not in come:
        return []
    way, at = list[int](), node
    while True:
        at, edge = come[at]
        way.append(edge)
        if at == node:
            return way[::-1]


def demanded(graph: Control, circle: list[int]) -> tuple[Index, Index] | None:
    """What must remain under each limit on a whole circle: at least, and exactly (-1 for any).

    `None` where its edges exclude each other.
    """
    least = graph.least[:, circle].max(1)
    exact = graph.exact[:, circle].max(1)
    asked = graph.exact[:, circle]
    fits = (asked < 0) | (asked == exact[:, None])
    if not fits.all() or ((exact >= 0) & (exact < least)).any():
        return None
    return least, exact
