"""What a policy certifies before anything runs: how a run can go at worst, and by which way.

The agents are adversaries: at every stage anything that the rules allow may be said, whatever
repeats may repeat, and a budget may be used up at any time. The numbers are exact. From above:
under prices for the units of each limit no run can be worth more (`arrays.pricing`). From below: a
run that is worth as much, replayed by `advance`, the same that routes a run. Where the least prices
leave a gap, runs are searched best first until one meets what is left of it (`arrays.searching`).
Where there is too little room for that, what the prices prove is told, and that no run is known.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from remit.analysis.arrays.alike import classes
from remit.analysis.arrays.control import Control, control
from remit.analysis.arrays.pricing import Priced, Pricing
from remit.analysis.arrays.searching import Best, Searching
from remit.analysis.arrays.tracing import Tracing
from remit.analysis.arrays.visits import expected, refused, visits
from remit.analysis.measures import Caps, Measure, weighed
from remit.analysis.plainest import Plainest
from remit.analysis.safety import Trace
from remit.graph.bound import bound
from remit.graph.manifest import Manifest
from remit.state.errors import InputError
from remit.state.vocabulary import LOOPS, Limit

MOST_COUNTED = 10**15
"""Of anything in a whole run; a thousand million dollars."""
ROOM = 1_500_000
"""Ways through a visit, and positions to look at, if nothing else is said: 2 GB, a few minutes."""

_SURE = 2
"""How many times the room the expected ways must be for the check to be refused unseen."""
_OTHERS = 8
"""Runs over the same passages that are looked at for one that fits."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Certificate:
    """The worst cases of a manifest, each with a run that gets there."""

    worst: Mapping[Measure, int]
    """By measure, exact; seats that are never assigned and costs without caps are left out."""
    at_most: Mapping[Measure, int] = field(default_factory=dict[Measure, int])
    """Measures whose worst case was not settled: no run is worth more, and none is known that is
    worth as much."""
    ways: Mapping[Measure, Trace] = field(repr=False)
    """A run that reaches the worst of each measure."""
    spent: Mapping[Limit, int]
    """The most that a run can spend of each finite limit, grants included."""
    spent_at_most: Mapping[Limit, int] = field(default_factory=dict[Limit, int])
    """The same of limits for which it was not settled: no run spends more."""
    prices: Mapping[Measure, Mapping[Limit, Fraction]] = field(repr=False)
    """What a unit under each limit adds at most: these prices prove that no run does worse. They
    are not kept on file."""
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
    on_file: bool = False
    """Whether the numbers were on file and only the ways were replayed."""

    def most(self, measure: Measure) -> int:
        """No run is worth more of a measure."""
        found = self.worst.get(measure)
        return self.at_most[measure] if found is None else found


def certify(
    manifest: Manifest,
    caps: Caps | None = None,
    *,
    room: int = ROOM,
    merge: bool = True,
    graph: Control | None = None,
    fits: Callable[[Trace], bool] | None = None,
    expects: Callable[[int], None] | None = None,
) -> Certificate:
    """The certificate of a manifest.

    Args:
        manifest: the constants of the run.
        caps: what one assignment can take at most, for the worst tokens and dollars.
        room: ways through a visit that may be held at once (some 600 bytes each), and positions
            that may be looked at in all (some 200 microseconds each).
        merge: take open positions for one that differ only in what nobody can read any more; the
            certificate is the same.
        graph: the open positions of the manifest, if they were explored already.
        fits: which runs are to be told, where several are equally bad.
        expects: told about how many ways there will be, before the work begins.

    Raises:
        Endless: a circle of reports spends no finite limit; `nodes` names it.
        InputError: not even the ways through one visit fit the room (where that is sure beforehand,
            nothing is tried), or calls take so much that a run's sum cannot be counted.
    """
    began = time.perf_counter()
    _refuse_uncountable(manifest, caps or {})
    graph = control(manifest, merge=merge) if graph is None else graph
    checking = _Checking(manifest, caps, room, graph, expects)
    checking.fits = fits
    checking.measure()
    checking.spend()
    return Certificate(
        worst=checking.worst,
        at_most=checking.at_most,
        ways=checking.ways,
        spent=checking.spent,
        spent_at_most=checking.spent_at_most,
        prices=checking.prices,
        bound=bound(manifest),
        positions=int(checking.graph.nodes.shape[1]),
        moves=len(checking.graph.source),
        passages=len(checking.visits.passages),
        looked_at=checking.looked_at,
        seconds=time.perf_counter() - began,
    )


def _refuse_uncountable(manifest: Manifest, caps: Caps) -> None:
    """Refuse costs of which a run's sum would be more than is kept and counted.

    Raises:
        InputError: it would.
    """
    dearest = max((max(cap.tokens, cap.micros) for cap in caps.values()), default=0)
    if dearest * bound(manifest) > MOST_COUNTED:
        raise InputError(
            f"behaviour: one call may take {dearest:,} tokens or micro-dollars, and a run makes "
            f"{bound(manifest):,} handoffs: a check counts up to {MOST_COUNTED:,}; lower the "
            "costs or the tokens"
        )


class _Checking:
    """A manifest with everything that is found of it once."""

    fits: Callable[[Trace], bool] | None = None

    def __init__(
        self,
        manifest: Manifest,
        caps: Caps | None,
        room: int,
        graph: Control,
        expects: Callable[[int], None] | None,
    ) -> None:
        self.graph, self.manifest = graph, manifest
        self.worst, self.at_most = dict[Measure, int](), dict[Measure, int]()
        self.spent, self.spent_at_most = dict[Limit, int](), dict[Limit, int]()
        self.ways = dict[Measure, Trace]()
        self.prices = dict[Measure, Mapping[Limit, Fraction]]()
        self._measured = weighed(graph, manifest, caps)
        rows = [self._measured.edges, _units(graph)]
        self._classes = classes(graph, np.concatenate(rows))
        ways = expected(graph, manifest, self._classes, room)
        if ways > _SURE * room:
            raise InputError(refused(ways, room))
        if expects:
            expects(ways)
        self.visits = visits(graph, manifest, self._classes, room)
        start = int(np.searchsorted(self.visits.desks, int(self._classes.of[0])))
        self._pricing = Pricing(self.visits, manifest, start)
        self._searching = Searching(self.visits, self._pricing, start, room)
        self._plainest = Plainest(self.visits, self._pricing, start)
        self._tracing = Tracing(graph, manifest, self._classes, self.visits)

    @property
    def looked_at(self) -> int:
        return self._searching.looked_at

    def measure(self) -> None:
        """Find the worst of each measure, and a way there."""
        for row, measure in enumerate(self._measured.measures):
            priced, best, most = self._most(row)
            first = int(self._measured.start[row])
            if best is None:
                self.at_most[measure] = most + first
            else:
                self.worst[measure] = most + first
                self.ways[measure] = self._told(priced, best, row)
            self.prices[measure] = {
                limit: Fraction(int(price), priced.scale)
                for limit, price in zip(LOOPS, priced.units, strict=True)
            }

    def _told(self, priced: Priced, best: Best, row: int) -> Trace:
        """A run that is worth as much as the best: one that fits, if one is found."""
        way = self._traced(best, row)
        if self.fits is None or self.fits(way):
            return way
        for one in self._as_bad(priced, best, row):
            if self.fits(one):
                return one
        return way

    def _as_bad(self, priced: Priced, best: Best, row: int) -> Iterator[Trace]:
        """Other runs that are worth as much."""
        for other in range(1, _OTHERS):
            yield self._traced(best, row, other)
        plain = self._plainest.best(priced, best.lost)
        if plain is not None:
            for other in range(_OTHERS):
                yield self._traced(plain, row, other)

    def _traced(self, best: Best, row: int, other: int = 0) -> Trace:
        ways = [int(self._pricing.way[one]) for one in best.passages]
        return self._tracing.trace(ways, row, other)

    def spend(self) -> None:
        """Find how much of each limit can be spent."""
        first = len(self._measured.measures)
        for place, limit in enumerate(LOOPS):
            if self.manifest.limit(limit) >= 0:
                _, best, most = self._most(first + place)
                (self.spent_at_most if best is None else self.spent)[limit] = most

    def _most(self, row: int) -> tuple[Priced, Best | None, int]:
        """The prices, a run that is worth most if one was found, and what none is worth more of."""
        priced = self._pricing.priced(row)
        best = self._searching.best(priced.losses())
        if best is None and priced.total < priced.scale:
            best = Best([], priced.total)  # The empty run is worth nothing, and none is worth more.
        most, rest = divmod(priced.total - (best.lost if best else 0), priced.scale)
        assert best is None or not rest
        return priced, best, most


def _units(graph: Control) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """By limit, the units that each edge spends."""
    return np.maximum(-graph.change, 0).astype(np.int64)
