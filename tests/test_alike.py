"""Positions from which the same can be said and done are one."""

import numpy as np
import pytest

from remit.analysis.arrays.alike import Amounts, Classes, classes
from remit.analysis.arrays.columns import PLACE, code
from remit.analysis.arrays.control import Control
from remit.state.vocabulary import LOOPS, Stage


def small(edges: list[tuple[int, int, int]], stages: list[Stage]) -> tuple[Control, Amounts]:
    """Open positions, by their stages alone, and edges (from, to, weight) that ask for nothing."""
    nodes = np.zeros((len(PLACE), len(stages)), np.int16)
    nodes[PLACE["stage"]] = [code(stage) for stage in stages]
    source, target, weight = (np.array(row) for row in zip(*edges, strict=True))
    zero = np.zeros((len(LOOPS), len(edges)), np.intp)
    graph = Control(
        nodes, source, target, np.zeros(len(edges), np.intp), zero, zero - 1, zero, (),
        np.empty(0, np.intp), zero[0],
    )  # fmt: skip
    return graph, weight[None].astype(np.int64)


def of(edges: list[tuple[int, int, int]], *stages: Stage) -> Classes:
    return classes(*small(edges, list(stages)))


BUILD, SHIPPED, STOPPED = Stage.BUILD, Stage.SHIPPED, Stage.STOPPED


def test_positions_that_lead_to_the_same_are_one() -> None:
    found = of([(0, 1, 1), (0, 2, 1), (1, 3, 2), (2, 3, 2)], BUILD, BUILD, BUILD, SHIPPED)
    assert found.of[1] == found.of[2]
    assert found.count == 3
    assert len(found.source) == 2


@pytest.mark.parametrize(
    ("weight", "last"), [(3, SHIPPED), (2, STOPPED)], ids=["what it adds", "how it ends"]
)
def test_what_differs_keeps_positions_apart(weight: int, last: Stage) -> None:
    edges = [(0, 1, 1), (0, 2, 1), (1, 3, 2), (2, 4, weight)]
    found = of(edges, BUILD, BUILD, BUILD, SHIPPED, last)
    assert found.of[1] != found.of[2]


def test_circles_of_different_length_are_alike_where_nothing_tells_them_apart() -> None:
    found = of([(0, 1, 1), (1, 0, 1), (2, 2, 1)], BUILD, BUILD, BUILD)
    assert found.count == 1
