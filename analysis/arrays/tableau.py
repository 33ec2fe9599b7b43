"""Least prices that pay for everything seen so far: a small linear program, solved exactly.

Each unit of a limit has a price, and the straight way has one (the last). Each row says that the
units a way spends, at their prices, pay at least for what it brings. Asked for: the prices at which
the whole stock costs least. Rows are added while solving, so the dual is solved by the simplex
method with a column for each row. Fractions, so nothing is rounded.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import lcm

import numpy as np
from numpy.typing import NDArray

_HURRIED = 200
"""Pivots by the greatest violation; after that by the first one, which cannot go in circles."""
Prices = tuple[Fraction, ...]


class Tableau:
    """Prices of a stock; starts with no row, and every price 0."""

    def __init__(self, stock: Sequence[int]) -> None:
        size = len(stock)
        self._size = size
        self._inverse = [[Fraction(int(row == col)) for col in range(size)] for row in range(size)]
        self._amount = [Fraction(units) for units in stock]
        self._gain = [Fraction(0)] * size
        self._basis = [-1 - place for place in range(size)]
        self._rows: list[tuple[tuple[int, ...], int]] = []
        self._units: NDArray[np.object_] = np.empty((0, size), object)
        self._gains: NDArray[np.object_] = np.empty(0, object)

    def add(self, units: Sequence[int], gain: int) -> None:
        """A way that spends these units brings this much."""
        self._rows.append((tuple(units), gain))

    def prices(self) -> Prices:
        """The prices under all rows so far.

        Raises:
            RuntimeError: some way brings something and spends nothing.
        """
        pivots = 0
        if self._rows:
            self._units = np.array([units for units, _ in self._rows], object)
            self._gains = np.array([gain for _, gain in self._rows], object)
        while True:
            prices = self._now()
            entering = self._violated(prices, first=pivots >= _HURRIED)
            if entering is None:
                return prices
            self._pivot(entering)
            pivots += 1

    def _now(self) -> Prices:
        used = [row for row in range(self._size) if self._gain[row]]
        return tuple(
            sum((self._gain[row] * self._inverse[row][col] for row in used), Fraction(0))
            for col in range(self._size)
        )

    def _violated(self, prices: Prices, *, first: bool) -> int | None:
        """A price below 0 (as -1 - place), or a row that is not paid for."""
        for place, price in enumerate(prices):
            if price < 0:
                return -1 - place
        if not self._rows:
            return None
        scale = lcm(*(price.denominator for price in prices))
        scaled = np.array([int(price * scale) for price in prices], object)
        lacks = self._gains * scale - self._units @ scaled
        below = np.flatnonzero(lacks > 0)
        if not len(below):
            return None
        return int(below[0]) if first else int(np.argmax(lacks))

    def _pivot(self, entering: int) -> None:
        units, gain = self._column(entering)
        column = [
            sum((line[place] * n for place, n in enumerate(units) if n), Fraction(0))
            for line in self._inverse
        ]
        ratios = [
            (self._amount[row] / value, self._basis[row], row)
            for row, value in enumerate(column)
            if value > 0
        ]
        if not ratios:
            raise RuntimeError("something is gained for nothing")
        leaving = min(ratios)[2]
        pivot = column[leaving]
        line = self._inverse[leaving] = [value / pivot for value in self._inverse[leaving]]
        self._amount[leaving] /= pivot
        for row, times in enumerate(column):
            if row != leaving and times:
                self._inverse[row] = [
                    value - times * other
                    for value, other in zip(self._inverse[row], line, strict=True)
                ]
                self._amount[row] -= times * self._amount[leaving]
        self._basis[leaving], self._gain[leaving] = entering, Fraction(gain)

    def _column(self, number: int) -> tuple[Sequence[int], int]:
        if number >= 0:
            return self._rows[number]
        return [int(place == -1 - number) for place in range(self._size)], 0
