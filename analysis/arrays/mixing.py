"""Whole numbers that look drawn at random, the same for the same."""

import numpy as np
from numpy.typing import NDArray

Numbers64 = NDArray[np.uint64]
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SHIFTS = (np.uint64(30), np.uint64(27), np.uint64(31))


def mixed(numbers: Numbers64) -> Numbers64:
    """Numbers that look unrelated, for numbers that differ (the finaliser of splitmix64)."""
    found = numbers >> _SHIFTS[0]
    found ^= numbers
    found *= _FIRST
    more = found >> _SHIFTS[1]
    found ^= more
    found *= _SECOND
    # in place: with a new array for each step this takes several times as long
    np.right_shift(found, _SHIFTS[2], out=more)
    found ^= more
    return found
