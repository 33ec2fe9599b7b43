"""Runs that wait for their turn, a queue for each post, so that those at one post go together."""

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from remit.analysis.arrays.columns import Index

Block = NDArray[np.int64]
"""Shape (lanes, n): what is known of each of n runs."""


class Queues:
    """Blocks of runs by the number of their post."""

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
        """The post where most wait, and how many; zero where nobody does."""
        if not self._counts:
            return 0, 0
        post = max(self._counts, key=self._counts.__getitem__)
        return post, self._counts[post]

    def put(self, posts: Index, block: Block) -> None:
        """Let the runs of a block wait, each at its post; those at post -1 do not wait."""
        found: list[int] = np.flatnonzero(np.bincount(posts + 1)).tolist()
        for post in (one - 1 for one in found if one):
            at = np.flatnonzero(posts == post) if len(found) > 1 else None
            start = self._counts[post]
            end = self._counts[post] = start + (len(posts) if at is None else len(at))
            if end > self._rooms[post].shape[1]:
                room = np.empty((self._lanes, 2 * end), np.int64)
                room[:, :start] = self._rooms[post][:, :start]
                self._rooms[post] = room
            for row, room in zip(block, self._rooms[post], strict=True):
                if at is None:
                    room[start:end] = row
                else:  # clipped, as what is checked goes through a buffer and takes twice as long
                    row.take(at, out=room[start:end], mode="clip")

    def take(self, post: int) -> Block:
        """Those who came last to a post; they wait no more. Their block holds until the next."""
        end = self._counts[post]
        start = max(0, end - self._width)
        self._counts[post] = start
        block = self._hands[:, : end - start]
        block[:] = self._rooms[post][:, start:end]
        return block
