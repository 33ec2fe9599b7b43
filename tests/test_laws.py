"""The laws of drawn amounts, against the draws themselves."""

import numpy as np
import pytest

from remit.agents.draws import BILLION, Probability, spread
from remit.analysis.chain.laws import always, around

SHARES = [0, 1, BILLION // 4, BILLION]
SOME = [(number * 0x9E3779B97F4A7C15) % 2**64 for number in range(1, 4_001)]


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("mean", [0, 1, 7, 300])
def test_a_law_is_that_of_the_draws(mean: int, share: int) -> None:
    law = around(mean, Probability(share))
    drawn = [spread(mean, Probability(share), number) for number in SOME]
    assert law.masses.sum() == pytest.approx(1)
    assert law.low <= min(drawn)
    assert max(drawn) < law.low + len(law.masses)
    mean_of_law, variance = law.moments()
    sd = variance**0.5
    assert np.mean(drawn) == pytest.approx(mean_of_law, abs=5 * sd / len(SOME) ** 0.5 + 1e-9)
    assert np.std(drawn) == pytest.approx(sd, rel=0.06)
    for most in (mean - 1, mean, mean + mean // 3):
        over = np.mean([value > most for value in drawn])
        assert over == pytest.approx(law.over(most), abs=0.04)


def test_sums_and_greatest_are_those_of_independent_numbers() -> None:
    die = around(4, Probability(BILLION // 2))
    values = [(die.low + place, mass) for place, mass in enumerate(die.masses.tolist())]
    pairs = [(a, b, p * q) for a, p in values for b, q in values]
    assert die.plus(die).moments()[0] == pytest.approx(sum((a + b) * m for a, b, m in pairs))
    greatest = die.or_more(die).moments()
    assert greatest[0] == pytest.approx(sum(max(a, b) * m for a, b, m in pairs))
    square = sum(max(a, b) ** 2 * m for a, b, m in pairs)
    assert greatest[1] == pytest.approx(square - greatest[0] ** 2)
    assert die.or_more(always(99)).moments() == pytest.approx((99, 0))
    assert die.within(4).over(4) == 0
    assert die.within(4).masses.sum() == pytest.approx(1)
