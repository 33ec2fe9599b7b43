"""What each step of the chain adds to what a run uses: means, and means of squares."""

from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from remit.analysis.chain import sayings
from remit.analysis.chain.keys import Keys
from remit.analysis.chain.laws import Law, always, around, moments_around
from remit.analysis.chain.mind import Words
from remit.analysis.chain.moves import IN_WORK, Moves, Post
from remit.analysis.chain.team import Team
from remit.graph.event import Item, seats
from remit.graph.manifest import MODE
from remit.state.vocabulary import Seat, Stage

REWARDS: tuple[str, ...] = (
    "handoffs", "tokens", "cost_micros", "elapsed_s", "cto", "human", "rework", "contracts",
    "changes", "debts",
)  # fmt: skip
"""What is summed up over a run, named as in `Sample`."""
COUNTED = {"handoffs": "count", "cto": "to_cto", "human": "to_human", "rework": "rework",
           "contracts": "sealed", "changes": "changes"}  # fmt: skip
_PLACE = {name: place for place, name in enumerate(REWARDS)}
_STAGES = tuple(Stage)


class Added(NamedTuple):
    """By reward and step, shape (rewards, n)."""

    mean: NDArray[np.float64]
    square: NDArray[np.float64]


class Rewards:
    """The rewards of a team under its manifest."""

    def __init__(self, team: Team) -> None:
        self.team, self.manifest = team, team.manifest
        self.delay = around(*team.delay)
        self._issued: dict[tuple[Stage, int], tuple[float, float]] = {}

    @property
    def late(self) -> float:
        """The probability that a person takes longer than the deadline."""
        deadline = self.manifest.deadline_s
        return self.delay.over(deadline) if deadline else 0.0

    def added(self, moves: Moves, post: Post, move: Keys, words: Words) -> Added:
        """What reports of one seat at one stage, with their words and moves, add."""
        size = len(move)
        mean = np.zeros((len(REWARDS), size))
        for name, told in COUNTED.items():
            mean[_PLACE[name]] = moves.told(told, move)
        waived = np.bitwise_count(moves.told("waived", move))
        mean[_PLACE["debts"]] = sayings.untaken(words) + waived
        variance = np.zeros_like(mean)
        self._work(post, mean, variance)
        self._person(post, words, mean, variance)
        self._next(moves, move, mean, variance)
        return Added(mean, variance + mean**2)

    def _work(
        self,
        post: Post,
        mean: NDArray[np.float64],
        variance: NDArray[np.float64],
    ) -> None:
        """Tokens and dollars of a report, and the time that the CTO takes to rule."""
        stage, seat, _ = post
        cost = self.team.costs.get((seat, MODE[stage]))
        if cost is None or self.manifest.occupant(seat) is Seat.HUMAN:
            return
        # one draw serves both, so they are as far off the mean together
        parts = [moments_around(*one) for one in (cost.tokens_in, cost.tokens_out)]
        tokens, dollars, time = (_PLACE[one] for one in ("tokens", "cost_micros", "elapsed_s"))
        mean[tokens] = sum(one for one, _ in parts)
        variance[tokens] = sum(one**0.5 for _, one in parts) ** 2
        mean[dollars], variance[dollars] = moments_around(*cost.dollars)
        if not IN_WORK[_STAGES.index(stage)]:
            mean[time], variance[time] = moments_around(*cost.seconds)

    def _person(
        self,
        post: Post,
        words: Words,
        mean: NDArray[np.float64],
        variance: NDArray[np.float64],
    ) -> None:
        """The time that a person takes to answer a matter, or does not."""
        stage, seat, _ = post
        if self.manifest.occupant(seat) is not Seat.HUMAN or IN_WORK[_STAGES.index(stage)]:
            return
        silent, time = (words & sayings.SILENT) != 0, _PLACE["elapsed_s"]
        for here, moments in zip((silent, ~silent), self._answered, strict=True):
            mean[time, here], variance[time, here] = moments

    @cached_property
    def _answered(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Mean and variance of the time until a person is taken for silent, and has answered."""
        deadline = self.manifest.deadline_s
        if not deadline:
            return self.delay.moments(), self.delay.moments()
        return always(deadline).moments(), self.delay.within(deadline).moments()

    def _next(
        self,
        moves: Moves,
        move: Keys,
        mean: NDArray[np.float64],
        variance: NDArray[np.float64],
    ) -> None:
        """The time of the group that is assigned now: that of its slowest seat."""
        issued = moves.told("issued", move)
        stage = moves.field("stage", moves.told("target", move)).astype(np.int64)
        both = stage << 8 | issued
        time = _PLACE["elapsed_s"]
        found: list[int] = np.unique(both[(issued > 0) & IN_WORK[stage]]).tolist()
        for one in found:
            added, more = self.longest(_STAGES[one >> 8], one & 255)
            here = both == one
            mean[time, here] += added
            variance[time, here] += more

    def longest(self, stage: Stage, group: int) -> tuple[float, float]:
        """Mean and variance of the time of a group's slowest seat."""
        known = self._issued.get((stage, group))
        if known is None:
            law = always(0)
            for seat in seats(group):
                law = law.or_more(self._time(stage, seat))
            known = self._issued[stage, group] = law.moments()
        return known

    def _time(self, stage: Stage, seat: Seat) -> Law:
        cost = self.team.costs.get((seat, MODE[stage]))
        law = around(*cost.seconds) if cost else always(0)
        return law.plus(self.delay) if self.manifest.occupant(seat) is Seat.HUMAN else law

    def greatest(self) -> dict[str, float]:
        """The most that one assignment can add to each reward."""
        costs = self.team.costs.values()
        slow = max((_most(cost.seconds) for cost in costs), default=0)
        person = max(_most(self.team.delay), self.manifest.deadline_s)
        return dict.fromkeys(REWARDS, 1.0) | {
            "tokens": max(_most(cost.tokens_in) + _most(cost.tokens_out) for cost in costs),
            "cost_micros": max(_most(cost.dollars) for cost in costs),
            "elapsed_s": slow + person,
            "debts": 3.0 + len(Item),
        }


def start_time(rewards: Rewards, moves: Moves) -> tuple[float, float]:
    """Mean and variance of the time of the first group."""
    zero = np.zeros(1, np.int64)
    stage = _STAGES[int(moves.field("stage", zero)[0])]
    return rewards.longest(stage, int(moves.field("owed", zero)[0]))


def _most(amount: tuple[int, int]) -> float:
    return amount[0] * (1 + amount[1] / 1e9)
