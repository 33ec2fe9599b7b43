"""Draws: the same everywhere, honest about probability, integers only."""

import os
import subprocess
import sys
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.agents.draws import BILLION, Probability, Stream, choose, draw, spread

WORDS = st.integers(0, 2**64 - 1)


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ((0, 1, "cto", "cost"), 14795723900716698534),
        ((7, 12, "backend", "make.backend_bug"), 12852504195605576477),
        ((-3, 999_999, "human", "delay"), 8049759767135314570),
        ((2**70, 3, "qa", "find.frontend_bug"), 1904380467611712061),
    ],
)
def test_golden_draws(name: tuple[int, int, str, str], number: int) -> None:
    assert draw(*name) == number


@pytest.mark.parametrize("hash_seed", ["0", "1", "4242"])
def test_another_process_draws_the_same(hash_seed: str) -> None:
    code = "from remit.agents.draws import draw; print(draw(7, 12, 'backend', 'cost'))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) == draw(7, 12, "backend", "cost")


def test_the_order_of_draws_does_not_matter() -> None:
    first, second = Stream(1, 2, "qa"), Stream(1, 2, "qa")
    forwards = [first.draw(name) for name in ("a", "b", "c")]
    backwards = [second.draw(name) for name in ("c", "b", "a")]
    assert forwards == backwards[::-1]


def test_every_part_of_the_name_counts() -> None:
    names = [(1, 2, "qa", "x"), (2, 2, "qa", "x"), (1, 3, "qa", "x"), (1, 2, "pm", "x"),
             (1, 2, "qa", "y"), (12, 2, "qa", "x"), (1, 22, "qa", "x")]  # fmt: skip
    assert len({draw(*name) for name in names}) == len(names)


def test_certain_and_impossible_are_exact() -> None:
    streams = [Stream(seed, 1, "qa") for seed in range(2_000)]
    assert all(one.happens(Probability(BILLION), "x") for one in streams)
    assert not any(one.happens(Probability(0), "x") for one in streams)


@pytest.mark.parametrize("percent", [1, 10, 21, 50, 90, 99])
def test_probabilities_are_honoured(percent: int) -> None:
    """20,000 fixed draws lie within five standard deviations of the binomial mean."""
    trials = 20_000
    chance = Probability(BILLION * percent // 100)
    hits = sum(Stream(seed, 1, "qa").happens(chance, "x") for seed in range(trials))
    variance = trials * percent * (100 - percent)
    assert (hits * 100 - trials * percent) ** 2 <= 25 * variance


@given(st.integers(0, 10**6), st.integers(0, BILLION), st.integers(0, BILLION))
def test_what_is_likelier_happens_whenever_the_less_likely_does(
    seed: int, one: int, other: int
) -> None:
    """Common random numbers: two behaviours can be compared on the same luck."""
    stream, low, high = Stream(seed, 1, "pm"), min(one, other), max(one, other)
    if stream.happens(Probability(low), "x"):
        assert stream.happens(Probability(high), "x")


@given(st.integers(0, 10**11), st.integers(0, BILLION), WORDS)
def test_a_spread_value_stays_within_its_share(mean: int, share: int, number: int) -> None:
    value = spread(mean, Probability(share), number)
    assert abs(value - mean) <= Fraction(mean * share, BILLION) + 1
    assert value >= 0


def test_spread_has_the_documented_mean_and_variance() -> None:
    mean, share, trials = 1_000_000, 600_000_000, 20_000
    values = [
        spread(mean, Probability(share), draw(seed, 1, "qa", "cost")) for seed in range(trials)
    ]
    reach = Fraction(mean * share, BILLION)
    variance = reach * reach / 6
    average = Fraction(sum(values), trials)
    assert (average - mean) * (average - mean) <= 25 * variance / trials
    measured = Fraction(sum(value * value for value in values), trials) - average * average
    assert abs(measured - variance) * 20 < variance


@given(st.lists(st.integers(0, 100), min_size=1, max_size=6), WORDS)
def test_only_a_positive_weight_is_chosen(weights: list[int], number: int) -> None:
    if sum(weights):
        assert weights[choose(tuple(weights), number)] > 0
    else:
        with pytest.raises(ValueError, match="no weight"):
            choose(tuple(weights), number)


def test_weights_are_relative_to_their_sum() -> None:
    hits = sum(choose((3, 0, 1), draw(seed, 1, "cto", "ruling")) == 0 for seed in range(20_000))
    assert abs(hits - 15_000) < 5 * 62
