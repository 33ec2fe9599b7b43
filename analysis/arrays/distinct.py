"""Which columns of small whole numbers are the same."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remit.analysis.arrays.columns import Index

_ROOM = 1 << 62


@dataclass(frozen=True, slots=True)
class Distinct:
    """The different columns of a block, in the order of their first rows, then the next."""

    pick: Index
    """Where each stands first."""
    which: Index
    """By column, which of them it is."""


def distinct(columns: NDArray[Any]) -> Distinct:
    """The different columns; shape (rows, n).

    Each column is read as the digits of one number; where that would outgrow 64 bits, the numbers
    so far are replaced by their ranks. So it takes one sort, not one for each row.
    """
    key, size = np.zeros(columns.shape[1], np.int64), 1
    for row in columns if columns.shape[1] else ():
        least, most = int(row.min()), int(row.max())
        if size > _ROOM // (most - least + 1):
            kinds, key = np.unique(key, return_inverse=True)
            size = len(kinds)
        key, size = key * (most - least + 1) + (row - least), size * (most - least + 1)
    _, pick, which = np.unique(key, return_index=True, return_inverse=True)
    return Distinct(pick, which)
