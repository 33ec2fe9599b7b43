"""Whole numbers that look drawn at random, the same for the same."""

import numpy as np
from numpy.typing import NDArray

Numbers64 = NDArray[np.uint64]


def mixed(numbers: Numbers64) -> Numbers64:
    """Numbers that look unrelated, for numbers that differ (the finaliser of splitmix64)."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))
