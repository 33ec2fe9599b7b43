"""What may or may not happen to many columns at once: drawn for each, or followed both ways."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from remit.agents.draws import BILLION, Probability
from remit.analysis.arrays.columns import Index, Mask
from remit.analysis.arrays.mixing import Numbers64, mixed
from remit.analysis.chain.keys import Keys
from remit.analysis.chain.mind import Words
from remit.state.vocabulary import Seat

Weights = NDArray[np.int64]
"""Shape (ways, n): how heavy each way weighs in each column."""
Column64 = NDArray[np.uint64]
"""Thresholds of one probability, one for each of several behaviours."""
Means = NDArray[np.int64]
"""One number of several behaviours."""
Able = Callable[[Index | slice], Mask]
"""Says of some columns in which of them something can happen at all."""
EVERY = slice(None)
_STEP = np.uint64(0x9E3779B97F4A7C15)
_SELDOM = Probability(BILLION // 4)
"""Of what happens less often than this it is quicker to draw first and to ask who is able then."""
_LOW32 = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


@dataclass(slots=True)
class Cast:
    """Columns of the team at one place, while it makes up its mind."""

    positions: Keys
    minds: Words
    words: Words
    """What will be said (`sayings`)."""
    origin: Index
    """Which of the columns at the beginning each one came from."""

    @staticmethod
    def of(positions: Keys, minds: Words) -> "Cast":
        """Columns at the beginning."""
        size = len(positions)
        return Cast(positions, minds.copy(), np.zeros(size, np.int64), np.arange(size))

    @property
    def every(self) -> Index:
        """All columns."""
        return np.arange(len(self.origin))

    def split(self, at: Index) -> Index:
        """Double some columns; returns where their doubles are."""
        first = len(self.origin)
        for name in ("positions", "minds", "words", "origin"):
            old = getattr(self, name)
            setattr(self, name, np.concatenate([old, old[at]]))
        return np.arange(first, first + len(at))


class Luck(Protocol):
    """Decides what happens. Columns may be split by it, so that both ways are followed."""

    def happens(self, cast: Cast, at: Index, chance: Probability, purpose: str) -> Index:
        """The columns, among those named, in which something of this probability happens."""
        ...

    def occurs(self, cast: Cast, able: Able, chance: Probability, purpose: str) -> Index:
        """The columns, among those able, in which something of this probability happens."""
        ...

    def choose(self, cast: Cast, at: Index, weights: Weights, purpose: str) -> list[Index]:
        """By way, the columns among those named that go it."""
        ...

    def weight(self, weight: int | Means, at: Index) -> int | Means:
        """The weight of an answer: one for all columns, or one for each of those named."""
        ...

    def late(self, cast: Cast, at: Index, deadline_s: int) -> Index:
        """The columns, among those named, in which a person takes longer than that."""
        ...


def threshold(chance: Probability) -> np.uint64:
    """Draws below it are those in which something of this probability (below one) happens."""
    return np.uint64(-(-(chance << 64) // BILLION))


def threshold_of(chance: Probability) -> np.uint64:
    """`threshold` of any probability; of one, all draws but the last of 2^64 are below."""
    return np.uint64(2**64 - 1) if chance >= BILLION else threshold(max(chance, Probability(0)))


@cache
def named(seat: Seat, purpose: str) -> np.uint64:
    """A number that stands for a seat's purpose."""
    name = f"{seat}/{purpose}".encode()
    return np.uint64(int.from_bytes(blake2b(name, digest_size=8).digest(), "big"))


def keyed(seed: int, first: int, runs: int) -> Numbers64:
    """By run, the number that all its draws begin with."""
    name = blake2b(f"chain/{seed}".encode(), digest_size=8).digest()
    begin = np.uint64(int.from_bytes(name, "big"))
    return mixed(begin + np.arange(first, first + runs, dtype=np.uint64) * _STEP)


def stepped(keys: Numbers64, steps: NDArray[np.int64]) -> Numbers64:
    """The numbers that the draws of a step of each run begin with."""
    found = _mixed_steps(int(steps.max(initial=0)) | _FEW)[steps]
    found += keys
    return found


_FEW = 4_095


@cache
def _mixed_steps(most: int) -> Numbers64:
    """What each step up to this adds to the numbers of a run."""
    return mixed(np.arange(most + 1, dtype=np.uint64) * _STEP)


class Drawn:
    """Luck that is drawn: each draw depends on the seed, the run, the step, the seat and what for.

    So two policies, or two behaviours, can be compared run by run on the same luck. A more probable
    thing happens whenever a less probable one of the same name does.
    """

    def __init__(
        self,
        keys: Numbers64,
        seat: Seat,
        delay: tuple[int | Means, Probability],
        place: Index | None = None,
    ) -> None:
        """Ready for one seat's reports.

        Args:
            keys: by column, the number of its run and step (`stepped`).
            seat: whose report it is.
            delay: seconds until a person turns to an assignment, mean and spread.
            place: by column, which of several behaviours it follows.
        """
        self._keys, self._seat, self._delay, self.place = keys, seat, delay, place

    def draw(self, at: Index | slice, purpose: str) -> Numbers64:
        """Uniform numbers in [0, 2^64)."""
        return mixed(self._keys[at] + named(self._seat, purpose))

    def happens(self, cast: Cast, at: Index, chance: Probability | Column64, purpose: str) -> Index:
        """Where the draw falls below the probability."""
        if isinstance(chance, np.ndarray):
            assert self.place is not None
            return at[self.draw(at, purpose) < chance[self.place[at]]]
        if chance <= 0 or not len(at):
            return at[:0]
        if chance >= BILLION:
            return at
        return at[self.draw(at, purpose) < threshold(chance)]

    def occurs(self, cast: Cast, able: Able, chance: Probability | Column64, purpose: str) -> Index:
        """Where the draw falls below the probability, among those able."""
        if isinstance(chance, np.ndarray):
            assert self.place is not None
            found = np.flatnonzero(self.draw(EVERY, purpose) < chance[self.place])
        elif 0 < chance < _SELDOM:
            found = np.flatnonzero(self.draw(EVERY, purpose) < threshold(chance))
        else:
            return self.happens(cast, np.flatnonzero(able(EVERY)), chance, purpose)
        return found[able(found)]

    def choose(self, cast: Cast, at: Index, weights: Weights, purpose: str) -> list[Index]:
        """By way, where the draw falls into its weight."""
        ends = np.cumsum(weights, axis=0).astype(np.uint64)
        if not len(at):
            return [at for _ in weights]
        mark = ((self.draw(at, purpose) >> _HALF) * ends[-1]) >> _HALF
        way = (mark >= ends).sum(0)
        return [at[way == one] for one in range(len(weights))]

    def weight(self, weight: int | Means, at: Index) -> int | Means:
        """The weight of an answer; with several behaviours that of each column's own."""
        if isinstance(weight, np.ndarray):
            assert self.place is not None
            return weight[self.place[at]]
        return weight

    def late(self, cast: Cast, at: Index, deadline_s: int) -> Index:
        """Where the draw of the delay is over the deadline."""
        return at[self.waited(at) > deadline_s] if deadline_s else at[:0]

    def waited(self, at: Index | slice) -> NDArray[np.int64]:
        """Seconds until a person turned to it."""
        return self.spread(at, self._delay, "delay")

    def spread(
        self, at: Index | slice, amount: tuple[int | Means, Probability], purpose: str
    ) -> NDArray[np.int64]:
        """Amounts around a mean, as `draws.spread` takes them from the same draw."""
        place = None if self.place is None else self.place[at]
        return spread(amount, self.draw(at, purpose), place)


def spread(
    amount: tuple[int | Means, Probability], numbers: Numbers64, place: Index | None = None
) -> NDArray[np.int64]:
    """`draws.spread` of many draws; rounded in double precision.

    Where the mean is one of several behaviours, `place` says whose it is, draw by draw.
    """
    mean, share = amount
    if isinstance(mean, np.ndarray):
        assert place is not None
        mean = mean[place]
    if not share:
        return np.full(len(numbers), mean)
    return mean + rounded(offsets(numbers), mean, share)


def offsets(numbers: Numbers64) -> NDArray[np.float64]:
    """How far draws lie from the middle: triangular, -2^32 to 2^32."""
    halves = numbers & _LOW32
    halves += numbers >> _HALF
    found = halves.astype(np.float64)
    found -= float(1 << 32)
    return found


def rounded(
    offset: NDArray[np.float64], mean: int | Means, share: Probability
) -> NDArray[np.int64]:
    """What draws so far from the middle add to a mean."""
    found = offset * (np.multiply(mean, float(share)) / float(BILLION << 32))
    np.floor(found, out=found)
    return found.astype(np.int64)


class Followed:
    """Luck that takes every way: columns are split in two, and each half keeps its probability."""

    def __init__(self, weights: NDArray[np.float64], late: float) -> None:
        """Ready for the reports of columns with these probabilities.

        Args:
            weights: by column.
            late: the probability that a person takes longer than the deadline.
        """
        self.weights, self._late = weights, late

    def happens(self, cast: Cast, at: Index, chance: Probability, purpose: str) -> Index:
        """The halves in which it happens; the others stay where they are."""
        return self._halved(cast, at, chance / BILLION)

    def occurs(self, cast: Cast, able: Able, chance: Probability, purpose: str) -> Index:
        """The halves of those able in which it happens."""
        return self._halved(cast, np.flatnonzero(able(EVERY)), chance / BILLION)

    def choose(self, cast: Cast, at: Index, weights: Weights, purpose: str) -> list[Index]:
        """By way, the parts that go it: the first way that is open stays in place."""
        shares = weights / weights.sum(0) if len(at) else weights.astype(np.float64)
        whole, taken = self.weights[at], np.zeros(len(at), np.bool_)
        found = list[Index]()
        for share in shares:
            stays, splits = (share > 0) & ~taken, (share > 0) & taken
            self.weights[at[stays]] = (whole * share)[stays]
            parts = self._split(cast, at[splits], (whole * share)[splits])
            found.append(np.concatenate([at[stays], parts]))
            taken |= stays
        return found

    def weight(self, weight: int | Means, at: Index) -> int | Means:
        """The weight of an answer, which is the same everywhere."""
        return weight

    def late(self, cast: Cast, at: Index, deadline_s: int) -> Index:
        """The halves in which a person takes longer than the deadline."""
        return self._halved(cast, at, self._late)

    def _halved(self, cast: Cast, at: Index, chance: float) -> Index:
        if chance <= 0 or not len(at):
            return at[:0]
        if chance >= 1:
            return at
        halves = self._split(cast, at, self.weights[at] * chance)
        self.weights[at] *= 1 - chance
        return halves

    def _split(self, cast: Cast, at: Index, weights: NDArray[np.float64]) -> Index:
        self.weights = np.concatenate([self.weights, weights])
        return cast.split(at)
