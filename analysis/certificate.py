"""What a policy certifies before anything runs: how a run can go at worst, and by which way.

The agents are adversaries: at every stage anything that the rules allow may be said, whatever
repeats may repeat, and a budget may be used up at any time. The numbers are exact. From above:
under prices for the units of each limit no run can be worth more (`arrays.pricing`). From below: a
run that is worth as much, replayed by `advance`, the same that routes a run. Where the least prices
leave a gap, runs are searched best first until one meets what is left of it (`arrays.searching`).
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from remit.analysis.arrays.alike import classes
from remit.analysis.arrays.columns import PLACE, code
from remit.analysis.arrays.control import Control, control
from remit.analysis.arrays.pricing import Priced, Pricing
from remit.analysis.arrays.searching import Best, Searching
from remit.analysis.arrays.tracing import Tracing
from remit.analysis.arrays.visits import visits
from remit.analysis.measures import Caps, Measure, weighed
from remit.analysis.safety import Trace
from remit.graph.bound import bound
from remit.graph.manifest import Manifest
from remit.state.vocabulary import ENDS, LOOPS, Limit, Stage

ROOM = 1_500_000
"""Ways through a visit, and positions to look at, if nothing else is said: 2 GB, a few minutes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Certificate:
    """The worst cases of a manifest, each with a run that gets there."""

    worst: Mapping[Measure, int]
    """By measure; seats that are never assigned and costs without caps are left out."""
    ways: Mapping[Measure, Trace] = field(repr=False)
    """A run that reaches the worst of each measure."""
    shortest: Mapping[Stage, Trace] = field(repr=False)
    """The run with the fewest reports to each end that can be reached."""
    spent: Mapping[Limit, int]
    """The most that a run can spend of each finite limit, grants included."""
    prices: Mapping[Measure, Mapping[Limit, Fraction]] = field(repr=False)
    """What a unit under each limit adds at most: these prices prove that no run does worse."""
    bound: int
    """`graph.bound`: the closed bound on handoffs, never below the worst."""
    positions: int
    """Open positions: what remains under the limits is left open."""
    moves: int
    """What reports and the docket do at them."""
    passages: int
    """Different ways from one assignment of work to the next."""
    looked_at: int
    """Assignments of work with counters that the searches looked at."""
    seconds: float

    @property
    def tightness(self) -> Fraction:
        """The worst number of handoffs as a part of the closed bound, at most 1."""
        return Fraction(self.worst[Measure.HANDOFFS], self.bound)


def certify(
    manifest: Manifest, caps: Caps | None = None, *, room: int = ROOM, merge: bool = True
) -> Certificate:
    """The certificate of a manifest.

    Args:
        manifest: the constants of the run.
        caps: what one assignment can take at most, for the worst tokens and dollars.
        room: ways through a visit that may be held at once (some 600 bytes each), and positions
            that may be looked at in all (some 200 microseconds each).
        merge: take open positions for one that differ only in what nobody can read any more; the
            certificate is the same.

    Raises:
        Endless: a circle of reports spends no finite limit; `nodes` names it.
        InputError: the limits ask for more than there is room for.
    """
    began = time.perf_counter()
    checking = _Checking(manifest, caps, room, merge)
    worst, ways, prices = checking.worst()
    spent = checking.spent()
    return Certificate(
        worst=worst,
        ways=ways,
        shortest=checking.shortest(),
        spent=spent,
        prices=prices,
        bound=bound(manifest),
        positions=int(checking.graph.nodes.shape[1]),
        moves=len(checking.graph.source),
        passages=len(checking.visits.passages),
        looked_at=checking.looked_at,
        seconds=time.perf_counter() - began,
    )


class _Checking:
    """A manifest with everything that is found of it once."""

    def __init__(self, manifest: Manifest, caps: Caps | None, room: int, merge: bool) -> None:
        self.graph: Control = control(manifest, merge=merge)
        self.manifest = manifest
        self._measured = weighed(self.graph, manifest, caps)
        rows = [self._measured.edges, _units(self.graph), _reports(self.graph)]
        self._classes = classes(self.graph, np.concatenate(rows))
        self.visits = visits(self.graph, manifest, self._classes, room)
        start = int(np.searchsorted(self.visits.desks, int(self._classes.of[0])))
        self._pricing = Pricing(self.visits, manifest, start)
        self._searching = Searching(self.visits, self._pricing, start, room)
        self._tracing = Tracing(self.graph, manifest, self._classes, self.visits)

    @property
    def looked_at(self) -> int:
        return self._searching.looked_at

    def worst(
        self,
    ) -> tuple[dict[Measure, int], dict[Measure, Trace], dict[Measure, Mapping[Limit, Fraction]]]:
        worst, ways = dict[Measure, int](), dict[Measure, Trace]()
        prices = dict[Measure, Mapping[Limit, Fraction]]()
        for row, measure in enumerate(self._measured.measures):
            priced, best, most = self._most(row)
            worst[measure] = most + int(self._measured.start[row])
            ways[measure] = self._traced(best, row)
            prices[measure] = {
                limit: Fraction(int(price), priced.scale)
                for limit, price in zip(LOOPS, priced.units, strict=True)
            }
        return worst, ways, prices

    def spent(self) -> dict[Limit, int]:
        first = len(self._measured.measures)
        return {
            limit: self._most(first + place)[2]
            for place, limit in enumerate(LOOPS)
            if self.manifest.limit(limit) >= 0
        }

    def shortest(self) -> dict[Stage, Trace]:
        row, found = len(self._measured.edges) + len(LOOPS), dict[Stage, Trace]()
        stages = self.graph.nodes[PLACE["stage"]]
        for end in sorted(ENDS):
            there = np.flatnonzero(stages == code(end))
            if len(there):
                desk = int(np.searchsorted(self.visits.desks, self._classes.of[there[0]]))
                best = self._searching.best(self._pricing.nearest(row, desk))
                if best is not None:
                    found[end] = self._traced(best, row)
        return found

    def _most(self, row: int) -> tuple[Priced, Best, int]:
        priced = self._pricing.priced(row)
        best = self._searching.best(priced.losses())
        assert best is not None, "a run may be taken to end anywhere"
        most, rest = divmod(priced.total - best.lost, priced.scale)
        assert not rest
        return priced, best, most

    def _traced(self, best: Best, row: int) -> Trace:
        return self._tracing.trace([int(self._pricing.way[one]) for one in best.passages], row)


def _units(graph: Control) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """By limit, the units that each edge spends."""
    return np.maximum(-graph.change, 0).astype(np.int64)


def _reports(graph: Control) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """The reports taken away one by one: the most of it is the shortest way."""
    return -(graph.said >= 0)[None].astype(np.int64)
