"""What steps in a row ask together is what they ask one after the other."""

import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from remit.analysis.arrays.columns import Index
from remit.analysis.arrays.demands import NEVER, Demands
from remit.state.vocabulary import LOOPS

MOST = np.full(len(LOOPS), 3)
Counters = list[int]


def single(rng: random.Random, count: int) -> Index:
    """Demands of single steps: each asks a few limits for something and changes them."""
    columns = list[list[int]]()
    for _ in range(count):
        least, exact, change = ([fill] * len(LOOPS) for fill in (0, -1, 0))
        for place in rng.sample(range(len(LOOPS)), 3):
            if rng.random() < 0.4:
                exact[place] = rng.randint(0, 2)
            else:
                least[place] = rng.randint(1, 2)
            change[place] = rng.randint(-(exact[place] if exact[place] >= 0 else least[place]), 1)
        columns.append(least + exact + change)
    return np.array(columns).T


def made(column: list[int], left: Counters) -> Counters | None:
    """What remains after a step; none if it cannot be made."""
    size = len(LOOPS)
    for place, own in enumerate(left):
        exact = column[size + place]
        if own < column[place] or (exact >= 0 and own != exact):
            return None
    return [own + change for own, change in zip(left, column[2 * size :], strict=True)]


@given(seed=st.integers(0, 2**32))
def test_steps_in_a_row_ask_together_what_they_ask_one_by_one(seed: int) -> None:
    rng = random.Random(seed)
    steps = single(rng, 6)
    demands = Demands(steps, MOST)
    way = [rng.randrange(6) for _ in range(3)]
    whole = demands.nothing
    for step in way:
        whole = int(demands.after(np.array([whole]), np.array([step]))[0])
        if whole == NEVER:
            break
    for _ in range(20):
        left: Counters | None = [rng.randint(0, 3) for _ in LOOPS]
        begun = list(left or ())
        for step in way:
            left = made(steps[:, step].tolist(), left) if left is not None else None
        if whole == NEVER:
            assert left is None
        else:
            rows = (demands.least, demands.exact, demands.change)
            together = [int(value) for row in rows for value in row[:, whole]]
            assert made(together, begun) == left


def test_the_same_demand_has_the_same_number() -> None:
    """Taking one and then one of the same limit is known from the first time on."""
    take = np.array([[1] + [0] * 8 + [-1] * 9 + [-1] + [0] * 8]).T
    demands = Demands(take, MOST)
    once = demands.after(np.array([demands.nothing]), np.array([0]))
    twice = demands.after(once, np.array([0]))
    assert once.tolist() == [0]
    assert demands.after(once, np.array([0])).tolist() == twice.tolist()
    assert demands.least[0, twice[0]] == 2
    assert demands.change[0, twice[0]] == -2
    assert len(demands) == 3
