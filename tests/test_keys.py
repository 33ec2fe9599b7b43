"""Numbers for keys, in arrays."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from remit.analysis.chain.keys import Numbers

KEYS = st.lists(st.sets(st.integers(0, 2**62), max_size=60), max_size=6)


@given(KEYS)
def test_numbers_are_those_of_a_dictionary(batches: list[set[int]]) -> None:
    numbers, known = Numbers(), dict[int, int]()
    for batch in batches:
        new = np.array(sorted(batch - known.keys()), np.int64)
        assert numbers.find(new).tolist() == [-1] * len(new)
        known |= dict(zip(new.tolist(), numbers.add(new).tolist(), strict=True))
        every = np.array([*known], np.int64)
        assert numbers.find(every).tolist() == [*known.values()]
    assert sorted(known.values()) == [*range(numbers.count)]


def test_many_keys_stay_apart() -> None:
    numbers, keys = Numbers(), np.arange(0, 2**60, 2**43)
    for part in np.array_split(keys, 7):
        numbers.add(part)
    assert np.array_equal(numbers.find(keys), np.arange(len(keys)))
    assert (numbers.find(keys + 1) == -1).all()
