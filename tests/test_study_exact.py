"""The engine without luck: it agrees with the others, and says where it cannot be."""

from collections.abc import Mapping

import numpy as np
import pytest

from remit.analysis.study.choice import front, recommend
from remit.analysis.study.compare import differences
from remit.analysis.study.effects import effects, interactions
from remit.analysis.study.engines import Engine, Task, perform
from remit.analysis.study.exact import PARTS, Inexact, roomiest, solutions, why_not
from remit.analysis.study.plan import Study
from remit.analysis.study.reading import load, parse
from remit.analysis.study.report import page
from remit.analysis.study.responses import NATURES, Amounts, Response
from remit.analysis.study.tables import sentences
from remit.runs import Record
from remit.state.errors import InputError
from remit.state.store import open_store
from remit.state.studies import BatchKey, studies
from remit.studying import settled
from remit.studying import study as conducted
from tests.studies import CLOSED, SMALL, results, shares, solved

CLEAN, COST = Response.SHIPS_CLEAN, Response.COST
LUCK = 4.5
"""Standard errors: chance passes them once in a hundred thousand comparisons."""


@pytest.fixture(scope="module")
def closed() -> Study:
    return parse(CLOSED, "closed.toml")


def made(study: Study, engine: Engine, runs: int) -> Mapping[Response, Amounts]:
    """What an engine finds at the second point."""
    task = Task(
        key=BatchKey(world=0, batch=0, point=1), engine=engine, order=study.order(study.points[1]),
        seed=1, first=0, runs=runs, responses=tuple(Response),
    )  # fmt: skip
    return perform([task])[0]


def test_the_four_engines_agree_on_a_small_policy(closed: Study) -> None:
    exact = made(closed, Engine.EXACT, 1)
    plain, graph = made(closed, Engine.PLAIN, 60), made(closed, Engine.GRAPH, 8)
    drawn = made(closed, Engine.SAMPLE, 5_000)
    for name in Response:
        value, error = (exact[name] / PARTS).tolist()
        np.testing.assert_array_equal(plain[name][:8], graph[name])
        for column in (plain[name], drawn[name]):
            values = column / NATURES[name].scale
            by = LUCK * (values.std() + 0.3 * (value > 0)) / len(values) ** 0.5 + error
            assert abs(values.mean() - value) <= by, name


def test_what_is_not_small_says_its_size() -> None:
    said = why_not(load("contract-changes"))
    assert said == "point 8 (5 / escalate) needs far more than 5,000 states"


def test_a_budget_that_would_matter_is_not_taken_as_unlimited() -> None:
    text = CLOSED.replace("limits.grants = 0", "limits.grants = 0\nlimits.dollars = 1")
    order = parse(text, "t.toml").order(parse(text, "t.toml").points[0])
    with pytest.raises(Inexact, match="comes near its budget of dollars"):
        next(solutions([order], 5_000))


def test_a_study_that_cannot_be_solved_is_refused_where_it_must_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("remit.analysis.study.engines.MOST", 900)
    study = parse(SMALL.replace("replicates", "worlds = 2\nreplicates"), "small.toml")
    reason = r"point 1 \(2\) needs .* 900 states.*--engine sample"
    with open_store(":memory:") as store:
        # the roomiest point is tried first, and the record is left as it was
        with pytest.raises(InputError, match=reason):
            conducted(study, engine="exact", db=Record(store))
        assert studies(store) == ()


STRICT = """
title = "Strict"
policy = "strict"
replicates = 10
[factors]
behaviour = [%s]
"""


def test_each_behaviour_is_tried_before_anything_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("remit.analysis.study.engines.MOST", 2_000)
    study = parse(STRICT % '"perfect", "typical"', "strict.toml")
    with open_store(":memory:") as store:
        with pytest.raises(InputError, match=r"point 1 \(typical\) needs .* 2,000 states"):
            conducted(study, engine="exact", db=Record(store))
        assert studies(store) == ()
        perfect = parse(STRICT % '"perfect"', "strict.toml")
        assert conducted(perfect, engine="exact", db=Record(store)).is_complete


def test_of_very_many_behaviours_some_are_tried_the_roomiest_first() -> None:
    gap = "behaviour.find.contract_review.qa.contract_gap"
    study = parse(SMALL + f"{gap} = {[one / 10 for one in range(10)]}\n", "many.toml")
    numbers = [one.number for one in roomiest(study)]
    assert len(set(numbers)) == 8
    assert (numbers[0], numbers[-1]) == (10, 19)
    assert [one.number for one in roomiest(parse(SMALL, "small.toml"))] == [1]


def test_a_solved_study_has_no_luck_and_goes_on_as_it_began(closed: Study) -> None:
    with open_store(":memory:") as store:
        found = conducted(closed, db=Record(store), jobs=2)
        assert found.results.is_exact
        assert found.is_complete
        assert settled(closed, "auto", store).engine is Engine.EXACT
    assert list(found.to_frame()["runs"]) == [0, 0]
    text = page(found.results)
    for words in ("solved, not drawn", "certified", "points.csv beside this page holds"):
        assert words in text
    for words in ("bootstrap", "Holm", "95 %", "random streams", "runs.csv"):
        assert words not in text


def test_solved_means_are_told_apart_by_more_than_their_error() -> None:
    drawn = results({CLEAN: shares(0.5, 0.5, 0.505), COST: [[1.0] * 200, [1.0] * 200, [2.0] * 200]})
    sure, unsure = solved(drawn), solved(drawn, error=0.01)
    assert [one.is_clear for one in differences(sure, CLEAN, 0)] == [False, True]
    assert [one.is_clear for one in differences(unsure, CLEAN, 0)] == [False, False]
    assert effects(sure, CLEAN)[0].is_clear
    assert not effects(unsure, CLEAN)[0].is_clear
    choice = recommend(sure)
    assert (choice.point, choice.unbeaten, choice.clearly_worse) == (2, 1.0, (0, 1))
    assert front(unsure).points == (0, 1)
    assert "Exactly as good in ships clean" in " ".join(sentences(unsure))


def test_an_interaction_of_solved_means_is_their_own() -> None:
    levels = {"a": ["low", "high"], "b": ["off", "on"]}
    found = solved(results({CLEAN: shares(0.2, 0.3, 0.4, 0.9)}, levels))
    (both,) = interactions(found, CLEAN)
    assert both.strength == pytest.approx(0.1)
    assert both.is_clear
