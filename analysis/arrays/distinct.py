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


def distinct(*blocks: NDArray[Any]) -> Distinct:
    """The different columns of some blocks that lie above each other, each of shape (rows, n).

    Each column is read as the digits of one number; where that would outgrow 64 bits, the numbers
    so far are replaced by their ranks. So it takes one sort, not one for each row.
    """
    key, size = np.zeros(blocks[0].shape[1], np.int64), 1
    for row in (row for block in blocks for row in block if len(row)):
        digits, base = row.astype(np.int64) - int(row.min()), int(row.max()) - int(row.min()) + 1
        if size > _ROOM // base:
            key, size = _ranked(key)
        if size > _ROOM // base:
            digits, base = _ranked(row)
        key, size = key * base + digits, size * base
    _, pick, which = np.unique(key, return_index=True, return_inverse=True)
    return Distinct(pick, which)


def _ranked(values: NDArray[Any]) -> tuple[Index, int]:
    """By value its rank, and how many different ones there are."""
    kinds, ranks = np.unique(values, return_inverse=True)
    return ranks, len(kinds)
