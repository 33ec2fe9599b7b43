"""Small numbers for large keys, found for many keys at once."""

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.int64]

_FREE = -1
_MIX = np.uint64(0x9E3779B97F4A7C15)


class Numbers:
    """Numbers 0, 1, 2, … for keys, which are not negative: a hash table in two arrays."""

    def __init__(self) -> None:
        self.count = 0
        self._bits = 0
        self._room(12)

    def find(self, keys: Keys) -> Keys:
        """The number of each key; -1 for one that has none."""
        slots = self._slots(keys)
        found = self._values[slots]
        todo = np.flatnonzero(self._keys[slots] != keys)
        found[todo] = _FREE
        todo = todo[self._keys[slots[todo]] != _FREE]
        while len(todo):
            slots[todo] = (slots[todo] + 1) & self._mask
            there = self._keys[slots[todo]]
            hit = there == keys[todo]
            found[todo[hit]] = self._values[slots[todo[hit]]]
            todo = todo[~hit & (there != _FREE)]
        return found

    def add(self, keys: Keys) -> Keys:
        """Numbers for keys that have none yet and that all differ."""
        while (self.count + len(keys)) * 2 > self._mask:
            self._grow()
        numbers = np.arange(self.count, self.count + len(keys))
        self._put(keys, numbers)
        self.count += len(keys)
        return numbers

    def _slots(self, keys: Keys) -> Keys:
        mixed = keys.view(np.uint64) * _MIX
        mixed >>= np.uint64(64 - self._bits)
        return mixed.view(np.int64)

    def _put(self, keys: Keys, numbers: Keys) -> None:
        slots = self._slots(keys)
        todo = np.arange(len(keys))
        while len(todo):
            free = self._keys[slots[todo]] == _FREE
            wanted = todo[free]
            _, first = np.unique(slots[wanted], return_index=True)
            won = wanted[first]
            self._keys[slots[won]], self._values[slots[won]] = keys[won], numbers[won]
            todo = todo[self._keys[slots[todo]] != keys[todo]]
            slots[todo] = (slots[todo] + 1) & self._mask

    def _grow(self) -> None:
        used = self._keys != _FREE
        keys, values = self._keys[used], self._values[used]
        self._room(self._bits + 1)
        self._put(keys, values)

    def _room(self, bits: int) -> None:
        self._bits, self._mask = bits, (1 << bits) - 1
        self._keys = np.full(1 << bits, _FREE)
        self._values = np.full(1 << bits, _FREE)
