"""The engines of a study agree: two run for run, all within what chance allows."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.analysis.study.compare import saving
from remit.analysis.study.engines import Engine, Task, perform, together
from remit.analysis.study.plan import Point, Study
from remit.analysis.study.reading import parse
from remit.analysis.study.responses import NATURES, Amounts, Response, change, said
from remit.analysis.study.sums import Sums, half_width, interval
from remit.state.studies import BatchKey
from tests.studies import results

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
    (found,) = perform([
        Task(
            key=BatchKey(world=0, batch=0, point=point.number), engine=engine,
            order=study.order(point), seed=1, first=0, runs=runs, responses=tuple(Response),
        )
    ])  # fmt: skip
    return found


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
    assert list(perform([task])[0][Response.COST]) == list(whole[4:])


def test_what_is_done_together_is_as_if_it_were_done_alone(study: Study) -> None:
    other = study.behaviour.varied("find.again", 1)
    tasks = [
        Task(
            key=BatchKey(world=world, batch=0, point=0), engine=Engine.SAMPLE,
            order=replace(study.order(study.points[0]), behaviour=behaviour), seed=1, first=0,
            runs=50, responses=(Response.COST,),
        )
        for world, behaviour in enumerate((study.behaviour, other))
    ]  # fmt: skip
    (chunk,) = together(tasks)
    alone = [perform([task])[0][Response.COST] for task in chunk]
    found = perform(chunk)
    assert [one[Response.COST].tolist() for one in found] == [one.tolist() for one in alone]


def test_the_saving_of_shared_luck_is_that_against_seeds_of_their_own(study: Study) -> None:
    one, two = (made(study, point, Engine.SAMPLE, 800)[Response.COST] for point in study.points)
    task = Task(
        key=BatchKey(world=0, batch=0, point=1), engine=Engine.SAMPLE,
        order=study.order(study.points[1]), seed=2, first=0, runs=800,
        responses=(Response.COST,),
    )  # fmt: skip
    apart = perform([task])[0][Response.COST]
    columns = [column / NATURES[Response.COST].scale for column in (one, two)]
    drawn = results({Response.COST: [column.tolist() for column in columns]})
    found = saving(drawn, Response.COST, 0)
    real = float(((apart - one) / NATURES[Response.COST].scale).var(ddof=1))
    assert found.independent == pytest.approx(real, rel=0.25)
    assert found.factor > 1.1


@given(st.lists(st.integers(-(2**40), 2**40), min_size=2, max_size=30))
def test_sums_can_be_added_and_are_exact_whatever_their_size(amounts: list[int]) -> None:
    parts = [Sums.of(np.array(part, np.int64)) for part in (amounts[:1], amounts[1:])]
    whole = parts[0] + parts[1]
    assert (whole.count, whole.total) == (len(amounts), sum(amounts))
    assert whole.squares == sum(one * one for one in amounts)
    assert half_width(Response.HANDOFFS, whole) >= 0


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
    never = interval(Response.SHIPS, Sums.of(np.zeros(50, np.int64)))
    assert (never.value, never.low) == (0.0, 0.0)
    assert 0 < never.high < 0.1
    cost = interval(Response.COST, Sums.of(np.array([1, 2, 3, 4]) * NATURES[Response.COST].scale))
    assert [cost.low, cost.value, cost.high] == pytest.approx([0.4457, 2.5, 4.5543], abs=1e-4)
