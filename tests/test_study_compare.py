"""What is said about differences, effects and choices, on numbers that are known by hand."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from remit.analysis.study.choice import front, recommend
from remit.analysis.study.compare import differences, holm, newcombe, paired_p, saving
from remit.analysis.study.effect_words import effect_words
from remit.analysis.study.effects import effects, interactions
from remit.analysis.study.found import Found
from remit.analysis.study.plan import Constraint, Goal
from remit.analysis.study.report import page
from remit.analysis.study.responses import Response
from remit.analysis.study.results import RESAMPLES
from remit.analysis.study.tables import points_table, sentences
from remit.analysis.study.words import (
    answer,
    front_words,
    headline,
    until_words,
)
from remit.state.errors import InputError
from tests.studies import results, shares, solved

CLEAN, COST = Response.SHIPS_CLEAN, Response.COST
P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def test_holm_on_a_table_worked_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


@given(P_VALUES)
def test_a_corrected_p_value_is_never_smaller_and_keeps_the_order(raw: list[float]) -> None:
    corrected = holm(raw)
    assert all(one <= two <= 1 for one, two in zip(raw, corrected, strict=True))
    ranked = [corrected[place] for place in sorted(range(len(raw)), key=lambda one: raw[one])]
    assert ranked == sorted(ranked)


def test_shares_are_told_apart_by_the_runs_in_which_they_differ() -> None:
    assert paired_p(CLEAN, np.array([1.0] * 10 + [0.0] * 90)) == pytest.approx(2 / 2**10)
    assert paired_p(CLEAN, np.zeros(50)) == 1.0
    assert paired_p(COST, np.full(50, 0.1)) == 0.0


@pytest.mark.parametrize(
    ("runs", "low", "high"),
    [((36, 12, 2, 0), 0.0569, 0.3404), ((36, 14, 0, 0), 0.1528, 0.4167),
     ((14, 5, 0, 22), 0.0115, 0.2265)],
)  # fmt: skip
def test_an_interval_of_paired_shares_as_published(
    runs: tuple[int, ...], low: float, high: float
) -> None:
    """Runs with both, the first, the second and neither.

    Newcombe, Statistics in Medicine 17 (1998), table II, method 10; the last of Newcombe and Altman
    in "Statistics with Confidence" (2000), chapter 6.
    """
    one, other = np.repeat([[1.0, 1.0, 0.0, 0.0], [1.0, 0.0, 1.0, 0.0]], runs, axis=1)
    assert newcombe(one, other) == pytest.approx((low, high), abs=6e-5)
    assert newcombe(other, one) == pytest.approx((-high, -low), abs=6e-5)


def test_shares_that_never_differ_are_still_not_known_to_be_the_same() -> None:
    low, high = newcombe(np.ones(40), np.ones(40))
    assert low == -high
    assert 0.05 < high < 0.1


def test_only_what_meets_the_bounds_is_compared_and_corrected_for() -> None:
    found = results(
        {CLEAN: shares(0.5, 0.45, 0.4), COST: [[1.0] * 200, [1.0] * 200, [9.0] * 200]},
        constraints=[Constraint(response=COST, bound=2.0, most=True)],
    )
    (one,) = recommend(found).against
    assert (one.point, one.differs) == (1, 10)
    assert one.p == paired_p(CLEAN, np.array([1.0] * 10 + [0.0] * 190))


def test_best_in_the_goal_is_not_clear_where_a_bound_may_be_missed() -> None:
    cost = [[1.0, 3.0] * 100, [1.0] * 200]
    found = results(
        {CLEAN: shares(0.9, 0.1), COST: cost},
        constraints=[Constraint(response=COST, bound=2.01, most=True)],
    )
    one = recommend(found)
    assert (one.point, one.clearly_worse) == (0, (1,))
    assert one.meets < 0.95
    said = [*answer(found, one)][1]
    assert "whether it meets every bound is too close to call" in said
    assert "How sure: clear" not in said


def test_a_paired_interval_is_the_one_that_scipys_bootstrap_finds() -> None:
    rng = np.random.default_rng(3)
    first = rng.normal(2.0, 1.0, 400)
    second = first + rng.normal(0.1, 0.2, 400)
    found = results({COST: [first.tolist(), second.tolist()]})
    (one,) = differences(found, COST, 0)
    ends = stats.bootstrap(
        (second - first,), np.mean, method="percentile", n_resamples=RESAMPLES, rng=5
    ).confidence_interval
    width = ends.high - ends.low
    assert one.low == pytest.approx(ends.low, abs=width / 8)
    assert one.high == pytest.approx(ends.high, abs=width / 8)
    assert one.is_clear


def test_shared_luck_needs_far_fewer_runs() -> None:
    rng = np.random.default_rng(3)
    first = rng.normal(2.0, 1.0, 2_000)
    second = first + rng.normal(0.1, 0.1, 2_000)
    found = results({COST: [first.tolist(), second.tolist()]})
    assert saving(found, COST, 0).factor == pytest.approx(200, rel=0.15)
    alike = results({COST: [first.tolist(), first.tolist()]})
    assert saving(alike, COST, 0).factor == float("inf")


def test_an_effect_is_not_taken_from_points_that_differ_in_something_else() -> None:
    """Three listed points: the first factor moves nothing, but goes along with the second."""
    levels = {"limit": ["2", "3"], "team": ["strong", "weak"]}
    grid = results({CLEAN: shares(0.5, 0.5, 0.1)}, {"point": ["0", "1", "2"]})
    points = (("2", "strong"), ("3", "strong"), ("3", "weak"))
    asked = replace(
        grid.asked, factors=tuple(levels), levels=tuple(map(tuple, levels.values())), points=points,
        design="list",
    )  # fmt: skip
    found = replace(grid, asked=asked)
    by = {one.factor: one for one in effects(found, CLEAN)}
    assert by["limit"].span == 0
    assert by["team"].span == pytest.approx(0.4)
    assert interactions(found, CLEAN) == ()


def test_the_answer_allows_no_combination_that_is_known_to_be_worse() -> None:
    """Either level alone is as good as the best; both together are clearly worse."""
    levels = {"changes": ["0", "1"], "at": ["freeze", "escalate"]}
    found = results({CLEAN: shares(0.2, 0.5, 0.5, 0.505)}, levels)
    one = recommend(found)
    assert (one.point, one.alike, one.clearly_worse) == (3, (1, 2), (0,))
    assert "though 0 cannot be told from it; at = escalate, though freeze" in headline(found, one)
    found = results({CLEAN: shares(0.5, 0.2, 0.3, 0.505)}, levels)
    said = headline(found, recommend(found))
    assert "In short: changes = 1; at = escalate." in said


def test_what_luck_alone_makes_is_seldom_called_an_effect() -> None:
    """Five levels beside two, and nothing but luck: 1 in 20 at most."""
    rng = np.random.default_rng(1)
    levels = {"a": [str(one) for one in range(5)], "b": ["off", "on"]}
    clear = together = 0
    for _ in range(40):
        found = results({CLEAN: (rng.random((10, 60)) < 0.5).astype(float).tolist()}, levels)
        clear += any(one.is_clear for one in effects(found, CLEAN))
        together += any(one.is_clear for one in interactions(found, CLEAN))
    # 40 draws of 1 in 20 pass six once in a thousand
    assert max(clear, together) <= 6


def test_main_effects_and_an_interaction_that_was_put_in() -> None:
    # 0.2, 0.4 without and 0.3, 0.9 with the second factor: effects 0.4 and 0.3, rest 0.1
    levels = {"a": ["low", "high"], "b": ["off", "on"]}
    found = results({CLEAN: shares(0.2, 0.3, 0.4, 0.9, runs=400)}, levels)
    first, second = effects(found, CLEAN)
    assert [first.factor, second.factor] == ["a", "b"]
    assert [first.span, second.span] == pytest.approx([0.4, 0.3])
    assert first.is_clear
    assert [step.value for step in first.steps] == pytest.approx([0.25, 0.65])
    (both,) = interactions(found, CLEAN)
    assert both.strength == pytest.approx(0.1)
    assert both.is_clear
    assert [list(row) for row in both.means] == [
        pytest.approx([0.2, 0.3]), pytest.approx([0.4, 0.9]),
    ]  # fmt: skip


def test_a_factor_that_does_nothing_is_not_seen() -> None:
    found = results({CLEAN: shares(0.4, 0.4)}, {"a": ["x", "y"]})
    (one,) = effects(found, CLEAN)
    assert not one.is_clear


COSTS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=9)


@given(COSTS)
def test_a_point_is_on_the_front_unless_another_is_as_good_in_all_and_better_in_one(
    given_: list[tuple[int, int]],
) -> None:
    tokens, costs = ([[float(one[at])] * 2 for one in given_] for at in (0, 1))
    on = front(results({Response.TOKENS: tokens, COST: costs})).points
    for point, (one, two) in enumerate(given_):
        beaten = any(a <= one and b <= two and (a, b) != (one, two) for a, b in given_)
        assert (point in on) == (not beaten)


def test_the_knee_is_the_point_closest_to_the_best_of_each() -> None:
    found = results({CLEAN: shares(0.2, 0.8, 0.9), COST: [[1] * 200, [2] * 200, [9] * 200]})
    one = front(found)
    assert one.points == (2, 1, 0)
    assert one.knee == 1


def test_a_point_that_is_best_in_all_has_no_knee() -> None:
    found = results({CLEAN: shares(0.2, 0.8), COST: [[2.0] * 200, [1.0] * 200]})
    assert front_words(found, front(found)) == (
        "One policy is the best in ships clean and cost at once: 1 (1)."
    )


def test_whether_until_was_reached_is_said() -> None:
    found = results({CLEAN: shares(0.5, 1.0, runs=100)})
    assert until_words(found, CLEAN, 0.1) == (
        "Half an interval of ships clean is 9.6 pts at most, as --until 0.1 asked."
    )
    assert until_words(found, CLEAN, 0.02).endswith(
        "--until 0.02 is not reached at 1 of 2 points, because the file allows no more than 100 "
        "runs of each (`most`)."
    )


def test_recommends_the_cheapest_of_those_that_meet_a_bound_and_says_how_sure() -> None:
    found = results(
        {CLEAN: shares(0.3, 0.7, 0.9), COST: [[1.0] * 200, [2.0] * 200, [3.0] * 200]},
        constraints=[Constraint(response=CLEAN, most=False, bound=0.6)],
        goal=Goal(response=COST, more=False),
    )
    one = recommend(found)
    assert (one.point, one.fits, one.is_met) == (1, (1, 2), True)
    assert one.meets > 0.99
    assert one.clearly_worse == (2,)
    assert "Recommended: point 1 (1), with cost $2.00" in " ".join(answer(found, one))


def test_a_bound_that_is_met_by_luck_is_not_sure() -> None:
    found = results(
        {CLEAN: shares(0.605, 0.9), COST: [[1.0] * 200, [2.0] * 200]},
        constraints=[Constraint(response=CLEAN, most=False, bound=0.6)],
        goal=Goal(response=COST, more=False),
    )
    one = recommend(found)
    assert one.point == 0
    assert 0.4 < one.meets < 0.7
    assert one.unbeaten == one.meets


def test_a_bound_that_nothing_meets_names_the_point_that_comes_closest() -> None:
    found = results(
        {CLEAN: shares(0.3, 0.5), COST: [[1.0] * 200, [2.0] * 200]},
        constraints=[Constraint(response=CLEAN, most=False, bound=0.6)],
    )
    one = recommend(found)
    assert (one.is_met, one.point, one.fits) == (False, 1, ())
    said = " ".join(answer(found, one))
    assert "None of 2 policies meets every bound. Point 1 (1) comes closest" in said
    assert "ships clean is 50.0 %" in said
    assert "wanted at least 60.0 %" in said
    assert [row[:2] for row in points_table(found).rows] == [("~", "1"), ("!", "0")]


def test_two_policies_that_cannot_be_told_apart_are_named() -> None:
    rng = np.random.default_rng(1)
    costs = [rng.normal(2, 1, 100).tolist() for _ in range(2)]
    found = results({COST: costs}, goal=Goal(response=COST, more=False))
    one = recommend(found)
    assert len(one.alike) == 1
    said = " ".join(answer(found, one))
    assert (
        "How sure: too close to call. By 100 runs of each, with 1 comparison allowed for, it "
        f"cannot be told from {one.alike[0]} "
    ) in said


def test_of_policies_that_are_equally_good_the_cheaper_one_is_recommended() -> None:
    found = results({CLEAN: shares(0.4, 0.4), COST: [[3.0] * 200, [2.0] * 200]})
    one = recommend(found)
    assert (one.point, one.unbeaten) == (1, 1.0)


@pytest.mark.parametrize(
    ("costs", "hours", "order", "said"),
    [
        ((3, 1, 2, 1.5), None, "1320", "point 1 is the cheapest."),
        ((3, 1, 2, 1), None, "1320", "point 1 is the cheapest, with others, and the first of"),
        ((2, 1, 2, 2), None, "0231", "point 0 is taken as the first: they are level in cost too."),
        (None, (3, 1, 2, 1.5), "1320", "point 1 is the quickest."),
        (None, None, "0231", "point 0 is taken as the first."),
    ],
)
def test_what_settles_a_tie_is_said_and_orders_the_table(
    costs: Sequence[float] | None, hours: Sequence[float] | None, order: str, said: str
) -> None:
    columns = {COST: costs, Response.HOURS: hours}
    rest = {name: [[float(one)] * 200 for one in each] for name, each in columns.items() if each}
    # one that is worse in the goal comes last, however cheap
    parts = (0.4, 0.3, 0.4, 0.4) if order == "0231" else (0.4, 0.4, 0.4, 0.4)
    found = results({CLEAN: shares(*parts), **rest})
    assert f"Of all that are level in ships clean, {said}" in " ".join(sentences(found))
    assert [row[1] for row in points_table(found).rows] == [*order]


def test_a_solved_tie_is_settled_within_the_error() -> None:
    drawn = results({CLEAN: shares(0.5, 0.495, 0.1), COST: [[3.0] * 200, [2.0] * 200, [1.0] * 200]})
    near = solved(drawn, error=0.01)
    assert "Of all that are level in ships clean, point 1 is the cheapest." in [*sentences(near)]
    assert [row[1] for row in points_table(near).rows] == ["1", "0", "2"]
    assert "level in" not in " ".join(sentences(solved(drawn)))
    ships = results({COST: [[1.0] * 200] * 2, Response.SHIPS: shares(0.2, 0.3)})
    assert (
        "Of all that are level in cost, point 1 is the one with the highest share of runs that "
        "ship."
    ) in [*sentences(ships)]


def test_first_in_every_sample_is_not_said_to_be_sure_where_one_run_makes_the_difference() -> None:
    found = results({CLEAN: shares(0.4, 0.405, 0.1)})
    one = recommend(found)
    assert (one.point, one.alike, one.unbeaten) == (1, (0,), 1.0)
    # none of 200 draws of 200 runs is the one that differs
    assert one.ahead == pytest.approx(1 - (199 / 200) ** 200, abs=0.05)
    assert [*answer(found, one)][1] == (
        "How sure: too close to call. By 200 runs of each, with 2 comparisons allowed for, it "
        "cannot be told from 0 (0); in ships clean the difference may be anything from 2.1 pts "
        "lower to 1.1 pts higher (95 % interval); they differ in 1 of these runs. With these "
        "runs drawn again 1,000 times (the bootstrap) it is ahead of the "
        f"rest in {100 * one.ahead:.0f} % and level with the best in {100 * (1 - one.ahead):.0f} %."
    )


def test_a_clear_choice_is_said_to_be_clear() -> None:
    found = results({CLEAN: shares(0.2, 0.9, 0.9)})
    one = recommend(found)
    assert (one.same, one.clearly_worse, one.ahead) == ((2,), (0,), 1.0)
    assert "How sure: clear, by 200 runs of each, with 2 comparisons allowed for. With" in " ".join(
        answer(found, one)
    )


def test_policies_that_are_alike_in_every_run_are_said_to_be() -> None:
    found = results({CLEAN: shares(0.4, 0.4)})
    assert "Exactly as good in ships clean, in every run: 1 (1)." in [
        *answer(found, recommend(found))
    ]


def test_other_worlds_say_how_often_the_choice_stands() -> None:
    def world(first: float, second: float) -> dict[int, dict[Response, float]]:
        return {0: {CLEAN: first}, 1: {CLEAN: second}}

    found = results(
        {CLEAN: shares(0.3, 0.7)},
        constraints=[Constraint(response=CLEAN, most=False, bound=0.25)],
        worlds={1: world(0.2, 0.5), 2: world(0.6, 0.4), 3: world(0.1, 0.2)},
    )
    one = recommend(found)
    assert (one.worlds, one.unbeaten_in, one.meets_in) == (3, 1, 2)
    said = headline(found, one)
    assert (
        "best, or level with the best, in 1 of 3 other worlds, and meets every bound in 2" in said
    )


def test_the_title_is_answered_in_a_sentence() -> None:
    found = results(
        {CLEAN: shares(0.3, 0.7, 0.7)}, {"limits.grants": ["0", "1", "2"]},
        answers={"limits.grants": {"1": "one grant"}},
    )  # fmt: skip
    assert headline(found, recommend(found)) == (
        "In short: one grant, though 2 cannot be told from it. Ships clean: 70.0 %. This rests on "
        "a simulated team, 3 of whose 6 values are assumed."
    )
    alike = results({CLEAN: shares(0.7, 0.7)})
    assert "factor = 0, though 1 cannot be told from it" in headline(alike, recommend(alike))
    three = results({CLEAN: shares(0.7, 0.7, 0.7)})
    assert "though none of the others can be told from it" in headline(three, recommend(three))


def test_with_very_many_runs_parts_are_drawn_again_and_the_interval_is_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(5)
    columns = {COST: [rng.normal(middle, 1.0, 2_999).tolist() for middle in (2.0, 2.1)]}
    one = differences(results(columns), COST, 0)[0]
    monkeypatch.setattr("remit.analysis.study.results.BLOCKS", 500)
    two = differences(results(columns), COST, 0)[0]
    assert (two.low, two.high) != (one.low, one.high)
    assert two.high - two.low == pytest.approx(one.high - one.low, rel=0.15)


def test_policies_compete_within_a_circumstance_only() -> None:
    found = results(
        {CLEAN: shares(0.2, 0.3, 0.9, 0.8)},
        {"behaviour": ["weak", "strong"], "limits.grants": ["0", "1"]},
        circumstances=(0,),
    )
    assert [(name, recommend(one).point) for name, _, one in found.scenarios()] == [
        ("behaviour = weak", 1),
        ("behaviour = strong", 2),
    ]
    shown = Found(found)
    assert shown.within("behaviour = strong").recommend().point == 2
    assert shown.within("behaviour = weak").pareto().points == (1,)
    silent = {"behaviour.human.silence": ["0.1", "0.5"], "limits.grants": ["0", "1"]}
    found = results({CLEAN: shares(0.2, 0.3, 0.9, 0.8)}, silent, circumstances=(0,))
    words = "chance that a person stays silent = 0.5"
    assert Found(found).within(words).recommend().point == 2
    said = [*sentences(found)]
    assert any(one.startswith(f"C{words[1:]}. In short") for one in said)
    assert any("stays silent (behaviour.human.silence) moves ships clean" in one for one in said)
    for asked in (shown.recommend, shown.pareto):
        with pytest.raises(InputError, match=r"within\(\.\.\.\)`: behaviour = weak; behaviour"):
            asked()
    with pytest.raises(InputError, match="did you mean 'behaviour = weak'"):
        shown.within("behaviour = week")


def test_where_every_point_has_circumstances_of_its_own_nothing_is_recommended() -> None:
    found = results(
        {CLEAN: shares(0.2, 0.9)},
        {"limits.grants": ["1"], "behaviour.find.again": ["0.23", "0.46"]},
        circumstances=(1,),
    )
    assert [one.name for one in found.scenarios()] == [""]
    with pytest.raises(InputError, match="nothing can be recommended"):
        Found(found).recommend()
    said = [*sentences(found)]
    assert (
        "nothing can be recommended. Each of the 2 points has circumstances of its own" in said[0]
    )
    assert not any("Recommended" in one or "beats" in one for one in said)
    assert {row[0] for row in points_table(found).rows} == {""}
    assert "Against the recommended" not in page(found)


def test_names_of_levels_are_read_as_words_and_files_as_they_are_written() -> None:
    found = results(
        {CLEAN: shares(0.3, 0.7, 0.71)}, {"review": ["no_round", "two_rounds", "my_team.toml"]}
    )
    assert found.asked.name(1) == "two rounds"
    assert found.asked.name(2) == "my_team.toml"
    said = headline(found, recommend(found))
    assert "review = my_team.toml, though two rounds cannot be told from it" in said
    assert "no round" in effect_words(effects(found, CLEAN)[0])
    assert "two_rounds" not in page(found)


def test_what_the_study_did_not_look_at_cannot_be_asked_for() -> None:
    with pytest.raises(InputError, match="did not look at cost; it has ships_clean"):
        recommend(results({CLEAN: shares(0.3, 0.7)}), goal=Goal(response=COST, more=False))
