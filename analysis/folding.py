"""Loops that repeat are told once: the first round and the last stay, those between are folded.

A loop is a row of work stages that comes again and again. A matter that was decided on the way
belongs to the stage it came from, so a question in one round hides no loop.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from remit.analysis.story import Step
from remit.graph.ledger import AUTHORITY
from remit.state.vocabulary import Stage

LONG = 40
"""Handoffs from which on a run is folded."""
LONGEST_CYCLE = 8
"""Stages of the longest loop that is looked for."""
FEWEST = 4
"""Rounds from which on a loop is folded: at least two are then told as one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fold:
    """Rounds of a loop that are not drawn."""

    steps: tuple[Step, ...]
    rounds: int
    cost_micros: int
    """What they cost, millionths of a dollar."""
    cycle: tuple[Stage, ...]
    """The work stages of one round, in order."""

    @property
    def first(self) -> int:
        """The first handoff that is folded."""
        return self.steps[0].works[0].seq

    @property
    def last(self) -> int:
        """The last handoff that is folded."""
        return self.steps[-1].works[-1].seq

    @property
    def matters(self) -> int:
        """How many matters were decided in it."""
        works = chain.from_iterable(step.works for step in self.steps)
        return len({work.matter for work in works if work.matter})


Told = Step | Fold


def folded(steps: Sequence[Step]) -> tuple[Told, ...]:
    """The steps, with repeated loops folded where the run is long."""
    if sum(len(step.works) for step in steps) < LONG:
        return tuple(steps)
    visits = _visits(steps)
    stages = [visit[0].works[0].stage for visit in visits]
    told: list[Told] = []
    at = 0
    while at < len(visits):
        period, rounds = _loop_at(stages, at)
        if not period:
            told += visits[at]
            at += 1
            continue
        inner, last, end = at + period, at + period * (rounds - 1), at + period * rounds
        told += chain.from_iterable(visits[at:inner])
        told.append(
            Fold(
                steps=tuple(chain.from_iterable(visits[inner:last])),
                rounds=rounds - 2,
                cost_micros=visits[last][0].cost_micros - visits[inner][0].cost_micros,
                cycle=tuple(stages[at:inner]),
            )
        )
        told += chain.from_iterable(visits[last:end])
        at = end
    return tuple(told)


def _visits(steps: Sequence[Step]) -> list[list[Step]]:
    """The steps by visit of a work stage, each with the matters that came up in it."""
    visits: list[list[Step]] = []
    for step in steps:
        stage = step.works[0].stage
        if visits and (stage in AUTHORITY or stage is visits[-1][0].works[0].stage):
            visits[-1].append(step)
        else:
            visits.append([step])
    return visits


def _loop_at(stages: Sequence[Stage], at: int) -> tuple[int, int]:
    """(stages of a round, rounds) of the loop that covers most from `at` on; (0, 0) without one."""
    found = [
        (period * rounds, -period, rounds)
        for period in range(1, LONGEST_CYCLE + 1)
        if (rounds := _rounds(stages, at, period)) >= FEWEST
    ]
    if not found:
        return 0, 0
    _, period, rounds = max(found)
    return -period, rounds


def _rounds(stages: Sequence[Stage], at: int, period: int) -> int:
    one = stages[at : at + period]
    rounds = 1
    while len(one) == period and stages[at + rounds * period : at + (rounds + 1) * period] == one:
        rounds += 1
    return rounds
