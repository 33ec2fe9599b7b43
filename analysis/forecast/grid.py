"""Every combination of some limits, played beforehand on the same luck: each is then only read."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from itertools import product
from math import prod
from typing import Any

import numpy as np

from remit.analysis.arrays.columns import encode
from remit.analysis.chain.luck import keyed
from remit.analysis.chain.moves import Moves
from remit.analysis.chain.sampling import check_runs, worked
from remit.analysis.chain.team import Team
from remit.analysis.chain.world import world_of
from remit.analysis.forecast.drawing import drawn
from remit.analysis.forecast.drawn import Drawn
from remit.analysis.forecast.outlook import Outlook, outlook
from remit.graph.manifest import start
from remit.graph.order import Order
from remit.graph.position import Position
from remit.state.errors import InputError
from remit.state.vocabulary import Limit

PLAYED = 60_000
"""Runs in all: a few seconds, and some 100 MB while they are made."""
FEWEST, MOST = 60, 1_000
"""Runs of a combination: with fewer, half an interval is over 12 points of a hundred."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    """What came of the runs of every combination, one combination after the other."""

    tops: Mapping[Limit, int]
    """By limit that varies, its greatest value; the least is 0."""
    runs: int
    """Of each combination."""
    seed: int
    drawn: Drawn
    """Of all; the last limit varies fastest."""

    @property
    def combinations(self) -> int:
        """How many there are."""
        return self.drawn.runs // self.runs

    def at(self, values: Mapping[Limit, int]) -> Outlook:
        """What is to come at these values, one for each limit that varies.

        It is what a sample of as many runs with the same seed says of that policy.

        Raises:
            KeyError: a limit has no value.
            ValueError: a value is outside the grid.
        """
        sizes = [top + 1 for top in self.tops.values()]
        number = int(np.ravel_multi_index([values[limit] for limit in self.tops], sizes))
        rows = slice(number * self.runs, (number + 1) * self.runs)
        columns = {one.name: getattr(self.drawn, one.name)[..., rows] for one in fields(Drawn)}
        return outlook(Drawn(**columns))


def runs_of_each(tops: Mapping[Limit, int], played: int = PLAYED) -> int:
    """How often each combination can be played.

    Raises:
        InputError: too seldom to say anything.
    """
    combinations = prod(top + 1 for top in tops.values())
    if combinations * FEWEST > played:
        raise InputError(
            f"sliders: {combinations:,} combinations are more than the {played // FEWEST:,} that "
            "can be played beforehand; name fewer limits, or give a smaller `most`"
        )
    return min(MOST, played // combinations)


def play(order: Order, tops: Mapping[Limit, int], *, runs: int, seed: int) -> Grid:
    """Play every combination of values from 0 to the top of each limit, on the same luck.

    Raises:
        InputError: one role works alone, or there are no runs.
    """
    manifest = order.manifest()
    check_runs(manifest, runs)
    moves = Moves(manifest)
    begun = list[Position]()
    for values in product(*(range(top + 1) for top in tops.values())):
        terms: dict[str, Any] = dict(zip(map(str, tops), values, strict=True))
        begun.append(start(replace(manifest, **terms)))
    team = Team(manifest, order.behaviour, world_of(order.brief, manifest))
    places = np.repeat(moves.number(encode(begun)), runs)
    told = worked(moves, team, np.tile(keyed(seed, 0, runs), len(begun)), None, places)
    return Grid(tops=tops, runs=runs, seed=seed, drawn=drawn(told, manifest))
