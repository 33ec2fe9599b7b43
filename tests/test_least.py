"""A least set suffices, and without any one of its own it does not."""

from hypothesis import given
from hypothesis import strategies as st

from remit.analysis.least import least

WHOLE = tuple(range(64))


class _Asked:
    """Whether all that is needed is there; counts how often that is asked."""

    def __init__(self, needed: set[int]) -> None:
        self.needed, self.times = needed, 0

    def __call__(self, part: tuple[int, ...]) -> bool:
        self.times += 1
        return self.needed <= set(part)


@given(needed=st.sets(st.sampled_from(WHOLE), min_size=1))
def test_exactly_what_is_needed_is_left(needed: set[int]) -> None:
    found = least(WHOLE, lambda part: needed <= set(part), 1_000)
    assert (set(found.kept), found.bare) == (needed, True)


@given(enough=st.lists(st.sets(st.sampled_from(WHOLE[:12]), min_size=1), min_size=1, max_size=4),
       hinders=st.sets(st.sampled_from(WHOLE[:12]), max_size=3))  # fmt: skip
def test_whatever_suffices_nothing_can_be_taken_out(
    enough: list[set[int]], hinders: set[int]
) -> None:
    """Also where a part suffices only without some other."""
    whole = WHOLE[:12]

    def suffices(part: tuple[int, ...]) -> bool:
        held = set(part)
        return part == whole or (any(one <= held for one in enough) and len(held & hinders) != 1)

    found = least(whole, suffices, 1_000)
    assert found.bare
    assert suffices(found.kept)
    for one in found.kept if len(found.kept) > 1 else ():
        assert not suffices(tuple(other for other in found.kept if other != one))


@given(needed=st.sets(st.sampled_from(WHOLE), min_size=1, max_size=3))
def test_a_few_of_many_cost_few_tries(needed: set[int]) -> None:
    asked = _Asked(needed)
    least(WHOLE, asked, 1_000)
    assert asked.times <= 40


def test_where_the_tries_run_out_what_is_left_suffices_and_says_so() -> None:
    asked = _Asked({3, 50})
    found = least(WHOLE, asked, 4)
    assert {3, 50} <= set(found.kept)
    assert (found.bare, asked.times) == (False, 4)
