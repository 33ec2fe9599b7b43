"""Ranges of what is assumed: on laws whose answer is known by hand."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.agents.behaviour import Behaviour, load
from remit.agents.draws import BILLION
from remit.analysis.forecast.drawn import Drawn, Figure
from remit.analysis.forecast.factors import between, factors, moved, written
from remit.analysis.forecast.ranges import Effort, at_points, points, ranges
from tests.draws import draw_by, guessing, runs

MEND, ASK, WAIT = "mend.backend_bug", "question.build", "human.delay"
SMALL = Effort(screen=400, refine=4_000, leaders=2, points=64, each=4_000)


def law(behaviour: Behaviour, luck: np.ndarray[Any, Any]) -> Drawn:
    """Ships with the probability of mending; takes the delay of a person; nothing else counts."""
    ships = luck < behaviour.amount(MEND) / BILLION
    waits = np.full(len(luck), behaviour.amount(WAIT))
    return runs(len(luck), ends=np.where(ships, 0, 1), elapsed_s=waits)


def test_the_range_and_the_strongest_value_of_a_known_law() -> None:
    """Mending is 0.6 in [0.18, 0.95]: half of the points on either side, evenly."""
    found = ranges(draw_by(law), guessing(MEND, ASK, WAIT), 1, SMALL)
    shipped, time = found.of(Figure.SHIPPED), found.of(Figure.TIME)
    assert shipped
    assert time
    assert [one.name for one in shipped.effects] == [MEND]
    assert [one.name for one in time.effects] == [WAIT]
    (effect,) = shipped.effects
    assert effect.at_low.value == pytest.approx(0.18 - 0.6, abs=0.03)
    assert effect.at_high.value == pytest.approx(0.95 - 0.6, abs=0.03)
    assert (effect.low, effect.value, effect.high) == ("0.18", "0.6", "0.95")
    assert shipped.low == pytest.approx(0.18 + 0.42 * 0.1, abs=0.03)
    assert shipped.high == pytest.approx(0.95 - 0.35 * 0.1, abs=0.03)
    assert time.low == pytest.approx(0.1 + 5.9 * 0.1, abs=0.2)
    assert (found.values, found.factors) == (3, 3)


def test_only_what_is_assumed_and_has_a_range_is_varied() -> None:
    chosen = {path for one in factors(load("typical")) for path in one.paths}
    values = load("typical").values
    assert {path for path, one in values.items() if one.label == "assumed"} == chosen
    assert not {path for one in factors(load("perfect")) for path in one.paths} & {MEND}


def test_nothing_assumed_gives_no_ranges() -> None:
    assert ranges(draw_by(law), guessing(), 1, SMALL).figures == ()


def test_what_does_nothing_is_in_no_tornado() -> None:
    found = ranges(draw_by(law), guessing(ASK), 1, SMALL)
    assert [one.effects for one in found.figures] == [()] * len(Figure)


def test_an_effect_below_the_noise_is_told_as_such() -> None:
    """The value decides in one run of ten thousand: a few runs differ, and none is conclusive."""

    def faint(behaviour: Behaviour, luck: np.ndarray[Any, Any]) -> Drawn:
        return runs(len(luck), ends=np.where(luck < behaviour.amount(MEND) / BILLION / 4000, 1, 0))

    found = ranges(draw_by(faint), guessing(MEND), 3, SMALL).of(Figure.SHIPPED)
    assert found
    assert [one.is_seen for one in found.effects] == [False]


@given(place=st.floats(0, 1), path=st.sampled_from([MEND, "human.delay", "cto.question.stop"]))
def test_a_place_is_below_the_value_as_often_as_above(place: float, path: str) -> None:
    quantity = load("typical").values[path]
    found = between(quantity, place)
    assert quantity.low <= found <= quantity.high
    assert (found <= quantity.value) if place <= 0.5 else (found >= quantity.value)
    assert between(quantity, 0.5) == quantity.value
    assert (between(quantity, 0.0), between(quantity, 1.0)) == (quantity.low, quantity.high)


def test_what_rests_on_one_assumption_moves_as_one() -> None:
    typical = load("typical")
    (money,) = [one for one in factors(typical) if one.name == "work.*.dollars"]
    assert len(money.paths) == 14
    assert written(typical, money) == ("x0.1", "x1", "x10")
    dear = moved(typical, {money: 1.0})
    assert all(dear.amount(path) == typical.values[path].high for path in money.paths)


def test_two_policies_are_tried_at_the_same_points() -> None:
    first, second = points(guessing(MEND), 7, 16), points(guessing(MEND), 7, 16)
    assert first == second
    assert points(guessing(MEND), 8, 16) != first
    drawn = at_points(draw_by(law), guessing(MEND), 7, SMALL)
    assert drawn.shape == (64, len(Figure))
    below = sum(one.amount(MEND) < 600_000_000 for one in first)
    assert below == 8
