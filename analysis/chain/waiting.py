"""Runs that wait for their turn, a queue for each post, so that those at one post go together."""

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from remit.analysis.arrays.columns import Index

Block = NDArray[np.int64]
"""Shape (lanes, n): what is known of each of n runs."""


class Queues:
    """Blocks of runs, by the number of a queue: 1 and more."""

    def __init__(self, lanes: int, width: int) -> None:
        """No runs.

        Args:
            lanes: numbers known of each run.
            width: runs taken at a time.
        """
        self._lanes, self._width = lanes, width
        self._hands = np.empty((lanes, width), np.int64)
        self._rooms = defaultdict[int, Block](self._room)
        self._counts = defaultdict[int, int](int)

    def _room(self) -> Block:
        return np.empty((self._lanes, 1024), np.int64)

    def fullest(self) -> tuple[int, int]:
        """The queue where most wait, and how many; zero where nobody does."""
        if not self._counts:
            return 0, 0
        queue = max(self._counts, key=self._counts.__getitem__)
        return queue, self._counts[queue]

    def put(self, queues: Index, block: Block) -> None:
        """Let the runs of a block wait, each in its queue; those of queue 0 do not wait."""
        found: list[int] = np.flatnonzero(np.bincount(queues)).tolist()
        for queue in (one for one in found if one):
            some = block
            if len(found) > 1:
                some = block.take(np.flatnonzero(queues == queue), axis=1)
            start = self._counts[queue]
            end = self._counts[queue] = start + some.shape[1]
            if end > self._rooms[queue].shape[1]:
                room = np.empty((self._lanes, 2 * end), np.int64)
                room[:, :start] = self._rooms[queue][:, :start]
                self._rooms[queue] = room
            self._rooms[queue][:, start:end] = some

    def take(self, queue: int) -> Block:
        """Those who came last to a queue; they wait no more. Their block holds until the next."""
        end = self._counts[queue]
        start = max(0, end - self._width)
        self._counts[queue] = start
        block = self._hands[:, : end - start]
        block[:] = self._rooms[queue][:, start:end]
        return block
