"""The way of a run in a line."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.analysis.pathway import folded, way_of
from remit.state.vocabulary import EventKind, Stage
from tests.test_counting import SMALL
from tests.walks import walk

_P, _B, _V, _A = Stage.PLAN, Stage.BUILD, Stage.VERIFICATION, Stage.ACCEPTANCE


@pytest.mark.parametrize(
    ("stages", "parts"),
    [
        ((), []),
        ((_P, _B), [((_P,), 1), ((_B,), 1)]),
        ((_B, _B, _B), [((_B,), 3)]),
        ((_P, _B, _V, _B, _V, _A), [((_P,), 1), ((_B, _V), 2), ((_A,), 1)]),
        ((_B, _V, _B, _V, _B), [((_B, _V), 2), ((_B,), 1)]),
    ],
)
def test_rounds_that_repeat_are_told_once(
    stages: tuple[Stage, ...], parts: list[tuple[tuple[Stage, ...], int]]
) -> None:
    assert folded(stages) == parts


@given(st.lists(st.sampled_from([_P, _B, _V])))
def test_nothing_is_lost_by_folding(stages: list[Stage]) -> None:
    assert [one for part, times in folded(stages) for one in part * times] == stages


def test_the_way_of_a_run_names_each_stage_that_it_enters() -> None:
    smooth = (EventKind.DELIVER, EventKind.ACCEPT)
    trace = walk(SMALL["straight"], random.Random(0), prefer=smooth)
    assert way_of(trace, SMALL["straight"]) == "plan → contract → build → acceptance → shipped"
