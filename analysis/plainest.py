"""Worst ways on which nothing comes back, where they are as bad as any.

Of equally bad runs the search tells the first that it finds, and that one may repeat what was never
ruled on, which no report can. Whatever repeats asks what remains under `no_progress`; so a search
over the passages that ask nothing of it finds runs without.
"""

from copy import copy

import numpy as np

from remit.analysis.arrays.pricing import Losses, Priced, Pricing
from remit.analysis.arrays.searching import Best, Searching
from remit.analysis.arrays.visits import Visits
from remit.state.vocabulary import LOOPS, Limit

ROOM = 60_000
"""Positions that are looked at in all, if nothing else is said: a few seconds."""


class Plainest:
    """Searches over passages on which nothing comes back."""

    def __init__(self, visits: Visits, pricing: Pricing, start: int, room: int = ROOM) -> None:
        """Search the passages of `visits` from the desk `start`."""
        demands, row = visits.demands, LOOPS.index(Limit.NO_PROGRESS)
        asks = (demands.least[row] != 0) | (demands.exact[row] >= 0) | (demands.change[row] != 0)
        self._visits, self._pricing, self._start = visits, pricing, start
        self._quiet = ~asks[pricing.demand]
        self._left = room

    def best(self, priced: Priced, lost: int) -> Best | None:
        """A run that loses as little as the best, `lost`; none if there is none, or no room."""
        most = priced.losses()
        kept = np.flatnonzero(self._quiet & (most.slack <= lost))
        fewer = copy(self._pricing)
        fewer.source, fewer.target = fewer.source[kept], fewer.target[kept]
        fewer.demand = fewer.demand[kept]
        searching = Searching(self._visits, fewer, self._start, self._left)
        found = searching.best(Losses(most.slack[kept], most.units, most.desks))
        self._left = max(self._left - searching.looked_at, 0)
        if found is None or found.lost != lost:
            return None
        return Best([int(kept[one]) for one in found.passages], lost)
