"""The engines of a study agree: two run for run, all within what chance allows."""

import numpy as np
import pytest

from remit.analysis.study.engines import Engine, Task, perform
from remit.analysis.study.plan import Point, Study
from remit.analysis.study.reading import parse
from remit.analysis.study.responses import NATURES, Amounts, Response, change, said
from remit.analysis.study.results import interval
from remit.state.studies import BatchKey

STUDY = """
title = "Engines"
behaviour = "weak"
[factors]
policy = ["balanced", "strict"]
"""
LUCK = 4.5
"""Standard errors: chance passes them once in a hundred thousand comparisons."""


@pytest.fixture(scope="module")
def study() -> Study:
    return parse(STUDY, "engines.toml")


def made(study: Study, point: Point, engine: Engine, runs: int) -> dict[Response, Amounts]:
    return perform(
        Task(
            key=BatchKey(world=0, batch=0, point=point.number), engine=engine,
            order=study.order(point), seed=1, first=0, runs=runs, responses=tuple(Response),
        )
    )  # fmt: skip


@pytest.mark.parametrize("number", [0, 1])
def test_the_plain_loop_and_the_graph_give_equal_runs(study: Study, number: int) -> None:
    point = study.points[number]
    plain, graph = (made(study, point, engine, 8) for engine in (Engine.PLAIN, Engine.GRAPH))
    for name in Response:
        np.testing.assert_array_equal(plain[name], graph[name], err_msg=name)


def test_sampled_runs_agree_with_runs_made_one_by_one(study: Study) -> None:
    point = study.points[0]
    plain, drawn = made(study, point, Engine.PLAIN, 120), made(study, point, Engine.SAMPLE, 600)
    apart = {
        name: abs(plain[name].mean() - drawn[name].mean())
        / np.sqrt(plain[name].var() / 120 + drawn[name].var() / 600 + 1e-12)
        for name in Response
    }
    assert {name: round(far, 1) for name, far in apart.items() if far > LUCK} == {}


def test_the_same_number_has_the_same_luck_under_every_policy(study: Study) -> None:
    one, two = (made(study, point, Engine.PLAIN, 40) for point in study.points)
    shared = np.corrcoef(one[Response.COST], two[Response.COST])[0, 1]
    shifted = np.corrcoef(one[Response.COST], np.roll(two[Response.COST], 1))[0, 1]
    assert shared > 0.3 > abs(shifted)


def test_batches_are_parts_of_one_sequence_of_runs(study: Study) -> None:
    point = study.points[0]
    whole = made(study, point, Engine.PLAIN, 6)[Response.COST]
    task = Task(
        key=BatchKey(world=0, batch=1, point=0), engine=Engine.PLAIN, order=study.order(point),
        seed=1, first=4, runs=2, responses=(Response.COST,),
    )  # fmt: skip
    assert list(perform(task)[Response.COST]) == list(whole[4:])


@pytest.mark.parametrize(
    ("response", "value", "told"),
    [
        (Response.SHIPS_CLEAN, 0.4567, "45.7 %"),
        (Response.COST, 1234.5, "$1,234.50"),
        (Response.COST, -0.5, "-$0.50"),
        (Response.HOURS, 4.26, "4.3 h"),
        (Response.DEBTS, 0.333, "0.33"),
        (Response.TOKENS, 123456.7, "123,457"),
    ],
)
def test_a_mean_is_said_in_its_unit(response: Response, value: float, told: str) -> None:
    assert said(response, value) == told


def test_a_change_of_a_share_is_said_in_points() -> None:
    assert change(Response.SHIPS, -0.023) == "-2.3 pts"
    assert change(Response.COST, 0.5) == "+$0.50"


def test_an_interval_of_a_share_never_leaves_0_to_1() -> None:
    never = interval(Response.SHIPS, np.zeros(50, np.int64))
    assert (never.value, never.low) == (0.0, 0.0)
    assert 0 < never.high < 0.1
    cost = interval(Response.COST, np.array([1, 2, 3, 4]) * NATURES[Response.COST].scale)
    assert [cost.low, cost.value, cost.high] == pytest.approx([0.4457, 2.5, 4.5543], abs=1e-4)
