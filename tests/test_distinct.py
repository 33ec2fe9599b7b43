"""Columns that are the same share a number, in the order of their rows."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from remit.analysis.arrays.distinct import distinct

_ROWS = st.integers(1, 4).flatmap(
    lambda rows: st.lists(
        st.tuples(*[st.sampled_from([-(1 << 40), -1, 0, 1, 7, 1 << 60])] * rows), min_size=1
    )
)


@given(_ROWS)
def test_columns_are_numbered_as_they_sort_however_large_their_numbers(
    columns: list[tuple[int, ...]],
) -> None:
    found = distinct(np.array(columns, np.int64).T)
    kinds = sorted(set(columns))
    assert [columns[place] for place in found.pick] == kinds
    assert found.which.tolist() == [kinds.index(one) for one in columns]
    assert found.pick.tolist() == [columns.index(one) for one in kinds]


def test_blocks_lie_above_each_other_and_no_row_tells_nothing_apart() -> None:
    upper, lower = np.array([[5, 5, 7, 5]]), np.array([[1, 2, 1, 1]], np.int16)
    assert distinct(upper, lower).which.tolist() == [0, 1, 2, 0]
    assert distinct(np.empty((0, 3), np.int64)).which.tolist() == [0, 0, 0]
