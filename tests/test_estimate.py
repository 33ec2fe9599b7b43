"""Estimates and their intervals: known cases, definitions, and how often they hold the truth."""

from math import inf, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from remit.analysis.forecast.estimate import (
    Estimate,
    Values,
    deviation,
    mean,
    quantile,
    share,
    share_shift,
    shift,
)

Z = 1.959963984540054


def hits(count: int, of: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.arange(of) < count


def test_a_share_has_the_score_interval() -> None:
    """81 of 263 is R. G. Newcombe's example (Statistics in Medicine 17, 1998, table I)."""
    found = share(hits(81, 263))
    assert (found.low, found.high) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert found.value == 81 / 263


def test_a_mean_has_students_interval() -> None:
    values = np.array([4.0, 6.0, 7.0, 9.0, 4.0])
    low, high = stats.t.interval(0.95, 4, values.mean(), values.std(ddof=1) / sqrt(5))
    found = mean(values)
    assert (found.value, found.low, found.high) == pytest.approx((6, low, high))
    assert mean(values[:1]).high == inf


def test_a_deviation_of_a_normal_law_has_the_usual_width() -> None:
    """Of n values of a normal law the standard error of the deviation is s / sqrt(2n)."""
    found = deviation(np.random.default_rng(1).normal(10, 3, 200_000))
    assert found.low < 3 < found.high
    assert found.width == pytest.approx(2 * Z * 3 / sqrt(400_000), rel=0.02)
    assert deviation(np.full(9, 2.0)) == Estimate(value=0.0, low=0.0, high=0.0)


@given(
    values=st.lists(st.integers(0, 50), min_size=1, max_size=60),
    part=st.sampled_from([0.1, 0.5, 0.9, 0.99]),
)
def test_a_quantile_is_the_least_value_that_so_many_do_not_exceed(
    values: list[int], part: float
) -> None:
    ordered = np.sort(np.array(values, np.float64))
    found = quantile(ordered, part)
    assert np.mean(ordered <= found.value) >= part - 1e-12
    assert np.mean(ordered < found.value) < part + 1e-12
    assert found.low <= found.value <= found.high


@pytest.mark.parametrize(("count", "part"), [(20, 0.5), (500, 0.99), (1000, 0.1), (100_000, 0.9)])
def test_the_interval_of_a_quantile_lies_at_the_ranks_of_the_binomial(
    count: int, part: float
) -> None:
    """With the numbers 1 to n as values, a rank is its value."""
    found = quantile(np.arange(1.0, count + 1), part)
    law = stats.binom(count, part)
    assert (found.low, found.high) == (law.ppf(0.025), law.ppf(0.975) + 1)


def test_too_few_runs_leave_a_high_quantile_without_a_bound() -> None:
    assert quantile(np.arange(100.0), 0.99).high == inf


def test_a_paired_difference_is_that_of_agresti_and_min() -> None:
    """By hand: n = 100, gained 25, lost 10; with half a run in each cell."""
    first = np.array([False] * 25 + [True] * 10 + [True] * 65)
    second = np.array([True] * 25 + [False] * 10 + [True] * 65)
    half = Z * sqrt((36 - 15**2 / 102) / 102 / 102)
    found = share_shift(first, second)
    assert found.value == pytest.approx(0.15)
    assert (found.low, found.high) == pytest.approx((15 / 102 - half, 15 / 102 + half))


def test_what_never_differs_is_not_known_to_be_equal() -> None:
    found = share_shift(hits(3, 1000), hits(3, 1000))
    assert found.low < 0 < found.high < 0.01
    assert not found.is_clear


def test_the_same_luck_narrows_a_difference() -> None:
    luck = np.random.default_rng(3).normal(0, 10, 5000)
    noise = np.random.default_rng(4).normal(0, 1, 5000)
    paired = shift(luck, luck + 1 + noise)
    assert paired.is_clear
    assert paired.low < 1 < paired.high
    assert paired.width < 0.2 * mean(luck).width


def _skew(rng: np.random.Generator, count: int) -> Values:
    return rng.lognormal(0, 0.8, count)


@pytest.mark.prove
def test_the_intervals_hold_the_truth_in_95_of_100_samples() -> None:
    """A skew law, as costs have; 3,000 samples of 2,000 runs."""
    rng, held = np.random.default_rng(5), {"share": 0, "mean": 0, "p90": 0, "shift": 0, "sd": 0}
    law, samples = stats.lognorm(0.8), 3_000
    for _ in range(samples):
        values = _skew(rng, 2_000)
        other = values + rng.normal(0.1, 0.5, 2_000)
        for name, found, truth in (
            ("share", share(values > 3), float(law.sf(3))),
            ("mean", mean(values), float(law.mean())),
            ("p90", quantile(np.sort(values), 0.9), float(law.ppf(0.9))),
            ("shift", shift(values, other), 0.1),
            ("sd", deviation(values), float(law.std())),
        ):
            held[name] += found.low <= truth <= found.high
    print({name: count / samples for name, count in held.items()})
    for name in ("share", "mean", "p90", "shift"):
        assert 0.94 < held[name] / samples < 0.965, name
    assert held["sd"] / samples > 0.85, "a heavy tail is slow: the docs say so"
