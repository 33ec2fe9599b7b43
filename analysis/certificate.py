"""What a policy certifies before anything runs: how a run can go at worst, and by which way.

The agents are adversaries: at every stage anything that the rules allow may be said, whatever
repeats may repeat, and a budget may be used up at any time. The numbers are exact: the way to each
is replayed by `advance`, the same that routes a run.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from remit.analysis.arrays.columns import ENDING, PLACE, Mask, code
from remit.analysis.arrays.control import SERVED, Control, control
from remit.analysis.arrays.counting import Reached, Values, sweep
from remit.analysis.arrays.tracing import trace_to
from remit.analysis.safety import Trace
from remit.graph.bound import bound
from remit.graph.manifest import Manifest
from remit.state.vocabulary import ENDS, LOOPS, Limit, Seat, Stage


class Measure(StrEnum):
    """What is counted along a run."""

    HANDOFFS = "handoffs"
    """Rows of the record: assignments issued, and the end."""
    CTO = "matters at the CTO"
    HUMAN = "matters at the human"
    """The release is none."""
    REWORK = "rework rounds"
    CHANGES = "change requests admitted"


_REWORK = (
    Limit.REQUIREMENT_REWORK, Limit.CONTRACT_REVIEW, Limit.REWORK_BACKEND, Limit.REWORK_FRONTEND,
)  # fmt: skip
_STAGE, _OWED = PLACE["stage"], PLACE["owed"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Certificate:
    """The worst cases of a manifest, each with a run that gets there."""

    worst: Mapping[Measure, int]
    ways: Mapping[Measure, Trace] = field(repr=False)
    """A run that reaches the worst of each measure."""
    shortest: Mapping[Stage, Trace] = field(repr=False)
    """The run with the fewest reports to each end that can be reached."""
    bound: int
    """`graph.bound`: the closed bound on handoffs, never below the worst."""
    positions: int
    """Positions explored, with the counters; docket in waiting left open."""
    moves: int
    seconds: float


def certify(manifest: Manifest) -> Certificate:
    """The certificate of a manifest.

    Time and memory grow with the product of the limits (benchmarks/check.py): seconds for a small
    team, half a minute for ten million positions, minutes and gigabytes for a hundred million.

    Raises:
        Endless: a circle of reports spends no finite limit; `nodes` names it.
    """
    began = time.perf_counter()
    graph = control(manifest)
    weights = _weights(graph)
    reached = sweep(graph, manifest, weights)
    first = int(graph.nodes[_OWED, 0]).bit_count()
    best = {one: int(np.argmax(reached.best[row])) for row, one in enumerate(Measure)}
    worst = {one: int(reached.best[row][best[one]]) for row, one in enumerate(Measure)}
    worst[Measure.HANDOFFS] += first
    ways = {
        one: trace_to(graph, manifest, reached, weights, row, best[one])
        for row, one in enumerate(Measure)
    }
    return Certificate(
        worst=worst,
        ways=ways,
        shortest=_shortest(graph, manifest, reached, weights),
        bound=bound(manifest),
        positions=len(reached.node),
        moves=reached.moves,
        seconds=time.perf_counter() - began,
    )


def _weights(graph: Control) -> Values:
    """By measure, then the reports taken away one by one, what each edge adds."""
    stage, owed = graph.nodes[_STAGE][graph.target], graph.nodes[_OWED][graph.target]
    bits = np.array([mask.bit_count() for mask in range(1 << len(Seat))])
    served = graph.said == SERVED
    spent = np.maximum(-graph.change, 0)

    def entered(*stages: Stage) -> Mask:
        found: Mask = served & np.isin(stage, [code(one) for one in stages])
        return found

    rows = (
        np.where(ENDING[stage], 1, np.where(served, bits[owed], 0)),
        entered(Stage.ARBITRATION, Stage.CHANGE_CONTROL),
        entered(Stage.HUMAN),
        spent[[LOOPS.index(limit) for limit in _REWORK]].sum(0),
        spent[LOOPS.index(Limit.CHANGE_REQUESTS)],
        -(~served).astype(np.int32),
    )
    return np.array(rows, np.int32)


def _shortest(
    graph: Control, manifest: Manifest, reached: Reached, weights: Values
) -> dict[Stage, Trace]:
    row, found = len(Measure), dict[Stage, Trace]()
    stages = graph.nodes[_STAGE][reached.node]
    for end in sorted(ENDS):
        there = np.flatnonzero(stages == code(end))
        if len(there):
            goal = int(there[np.argmax(reached.best[row][there])])
            found[end] = trace_to(graph, manifest, reached, weights, row, goal)
    return found
