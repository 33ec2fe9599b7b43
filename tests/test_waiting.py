"""Queues of runs: those who wait, each in one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from remit.analysis.chain.waiting import Queues

POSTS = st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=900), max_size=5)


@given(POSTS)
def test_every_run_is_taken_once_at_its_post(batches: list[list[int]]) -> None:
    queues, number, waits = Queues(2, 300), 0, dict[int, int]()
    for batch in batches:
        posts, runs = np.array(batch), np.arange(number, number + len(batch))
        queues.put(posts, np.array([runs, -runs]))
        waits |= {int(run): post for run, post in zip(runs, batch, strict=True) if post}
        number += len(batch)
    while queues.fullest()[1]:
        post, most = queues.fullest()
        assert most == max(list(waits.values()).count(one) for one in range(1, 5))
        block = queues.take(post)
        assert block.shape[1] == min(300, most)
        assert (block[0] == -block[1]).all()
        assert {waits.pop(int(run)) for run in block[0]} == {post}
    assert not waits


def test_nobody_waits_at_first() -> None:
    assert Queues(3, 10).fullest() == (0, 0)
