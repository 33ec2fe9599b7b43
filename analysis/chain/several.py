"""Several behaviours side by side: a number in one is here a column, with one for each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import cast

import numpy as np

from remit.agents.behaviour import Behaviour
from remit.agents.draws import Probability
from remit.analysis.chain.luck import Column64, Means, keyed, threshold_of
from remit.analysis.chain.moves import Moves
from remit.analysis.chain.sampled import Sample
from remit.analysis.chain.sampling import CHUNK, check_runs, worked
from remit.analysis.chain.team import Team
from remit.analysis.chain.world import World
from remit.graph.manifest import Manifest


@dataclass(frozen=True, kw_only=True, slots=True)
class Amounts:
    """An amount of each behaviour; they all vary by the same share."""

    value: Means
    share: Probability


class Several:
    """Answers what a team asks of its behaviour, with a column in place of each number."""

    def __init__(self, behaviours: Sequence[Behaviour]) -> None:
        first = behaviours[0]
        self._numbers = {
            path: np.array([one.values[path].value for one in behaviours], np.int64)
            for path in first.values
        }
        self._thresholds: dict[str, Column64] = {}
        self.values: Mapping[str, Amounts] = {
            path: Amounts(value=self._numbers[path], share=quantity.share)
            for path, quantity in first.values.items()
        }

    def chance(self, path: str) -> Column64:
        """The thresholds of a probability."""
        known = self._thresholds.get(path)
        if known is None:
            chances = map(Probability, self._numbers[path].tolist())
            known = self._thresholds[path] = np.array([threshold_of(one) for one in chances])
        return known

    def amount(self, path: str) -> Means:
        """The weights of an answer."""
        return self._numbers[path]


def side_by_side(behaviours: Sequence[Behaviour]) -> Behaviour:
    """The behaviours as what a team takes for one; it works wherever columns carry their place."""
    return cast(Behaviour, Several(behaviours))


def sample_several(
    manifest: Manifest,
    behaviours: Sequence[Behaviour],
    world: World,
    *,
    runs: int,
    seed: int = 0,
    moves: Moves | None = None,
) -> Iterator[Sample]:
    """Yields a sample of each behaviour, in their order: those that `sample` gives of it.

    All on the same luck. Runs of several behaviours are on their way together, which is many times
    as quick as one call for each where runs are few.

    Args:
        manifest: the constants of the runs.
        behaviours: at least one; they name the same values and differ in numbers alone, so an
            amount has the same spread in all.
        world: what the brief adds (`world_of`).
        runs: how many of each behaviour.
        seed: of their luck.
        moves: moves of this manifest that are known already; more are added to it.

    Raises:
        InputError: one role works alone, or there are no runs.
    """
    check_runs(manifest, runs)
    moves = moves or Moves(manifest)
    keys = keyed(seed, 0, runs)
    size = max(1, CHUNK // runs)
    for first in range(0, len(behaviours), size):
        some = behaviours[first : first + size]
        team = Team(manifest, side_by_side(some), world)
        places = np.repeat(np.arange(len(some)), runs)
        told = worked(moves, team, np.tile(keys, len(some)), places)
        for place in range(len(some)):
            yield _cut(told, place * runs, (place + 1) * runs)


def _cut(told: Sample, start: int, stop: int) -> Sample:
    return Sample(**{one.name: getattr(told, one.name)[..., start:stop] for one in fields(Sample)})
