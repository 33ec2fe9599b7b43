"""What a run took is what its ledger says."""

import pytest

from remit.analysis.took import took
from tests.runs import Setting, told
from tests.test_replay import BEHAVIOURS, SENT_BACK, play


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_it_is_what_the_last_row_of_the_record_says(behaviour: str) -> None:
    course = play(behaviour, 1).course
    found, last = took(course), course.handoffs[-1]
    assert (found.cost_micros, found.tokens, found.elapsed_s) == (
        last.cost_micros, last.tokens, last.elapsed_s
    )  # fmt: skip
    assert found.handoffs == len([row for row in course.handoffs if row.to])


def test_work_that_was_sent_back_twice_is_counted_twice() -> None:
    found = took(told(SENT_BACK, Setting()).course)
    assert (found.rework, found.debts) == (2, 0)
    assert str(found).endswith(", 2 reworks, no known debt")
