"""Open positions from which the same can be said and done are one: far fewer, and nothing is lost.

Two positions are *alike* if they end the same way and each step of one (what must remain under the
limits, what it spends, what it adds to each measure) is a step of the other into positions that are
alike in turn. The classes are found by renaming every position by what its steps lead to until no
class falls apart any more. Names are hashes; that no two positions got one name by chance is proved
at the end: in each class every position must have the very same steps between classes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.analysis.arrays.columns import ENDING, PLACE, Index
from remit.analysis.arrays.control import Control
from remit.analysis.arrays.distinct import distinct
from remit.analysis.arrays.mixing import mixed

Amounts = NDArray[np.int64]
"""Shape (measures, n)."""
_Names = NDArray[np.uint64]
_DRAWS = 20261125


@dataclass(frozen=True, slots=True)
class Classes:
    """The graph of the classes; each edge once."""

    of: Index
    """By open position, its class."""
    count: int
    source: Index
    target: Index
    label: Index
    """By edge: what `labels` says of the edges of open positions that it stands for."""
    labels: Index
    """By edge of the open positions: edges with one label ask, spend and add the same."""
    demand: Index
    """By edge, place in `demands`."""
    demands: Index
    """Shape (3 times the loops, n): `least`, `exact` and `change`, each different one once."""
    weights: Amounts
    """What each edge adds to each measure."""


def classes(graph: Control, weights: Amounts) -> Classes:
    """The classes of alike positions.

    Raises:
        RuntimeError: two positions that are not alike got the same name.
    """
    asked = np.concatenate([graph.least, graph.exact, graph.change])
    demand = distinct(asked).which
    labels = distinct(np.concatenate([demand[None], weights])).which
    size = int(graph.nodes.shape[1])
    width = int(labels.max(initial=0)) + 1
    once = _once((graph.source * size + graph.target) * width + labels)
    source, target, label = graph.source[once], graph.target[once], labels[once]
    stage = graph.nodes[PLACE["stage"]].astype(np.int64)
    ends = np.where(ENDING[stage], stage + 1, 0).astype(np.uint64)
    of = _named(source, target, label, ends)
    count = int(of.max()) + 1
    keys = (of[source] * count + of[target]) * width + label
    edges = once[_once(keys)]
    _prove(of, source, keys, len(edges), count)
    places = _once(demand)
    return Classes(
        of, count, of[graph.source[edges]], of[graph.target[edges]], labels[edges], labels,
        demand[edges], asked[:, places].astype(np.intp), weights[:, edges],
    )  # fmt: skip


def _once(keys: Index) -> Index:
    """The place of each different key, in their order."""
    found: Index = np.unique(keys, return_index=True)[1]
    return found


def _named(source: Index, target: Index, label: Index, names: _Names) -> Index:
    """By position, its class: names are renewed until their number stays."""
    draws = np.random.default_rng(_DRAWS).integers(0, 2**63, int(label.max(initial=0)) + 1)
    marks = draws.astype(np.uint64)[label]
    count = 0
    while True:
        steps = mixed(mixed(names[target]) + marks)
        _, once = np.unique(mixed(steps + source.astype(np.uint64)), return_index=True)
        sums = np.zeros_like(names)
        np.add.at(sums, source[once], mixed(steps[once]))
        names = mixed(sums + names * np.uint64(3))
        found, of = np.unique(names, return_inverse=True)
        if len(found) == count:
            return np.asarray(of, np.intp)
        count = len(found)


def _prove(of: Index, source: Index, keys: Index, edges: int, count: int) -> None:
    """Each position has as many different steps between classes as its class has in all."""
    numbers = distinct(keys[None]).which
    own = np.unique(source * max(edges, 1) + numbers)
    has = np.bincount(own // max(edges, 1), minlength=len(of))
    of_class = np.zeros(edges, np.intp)
    of_class[numbers] = of[source]
    wanted = np.bincount(of_class, minlength=count)
    if (has != wanted[of]).any():
        raise RuntimeError("positions that are not alike were taken for one")
