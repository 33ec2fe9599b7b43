"""Whether every run ends, and within its bound (safety property 1).

The bound by the loops is proved on the open positions. The bound by handoffs needs no proof: the
fold counts them before it issues anything.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from remit.analysis.arrays.circles import circles, core, demanded
from remit.analysis.arrays.columns import ENDING, PLACE, Index
from remit.analysis.arrays.control import SERVED
from remit.analysis.arrays.replaying import runs_along
from remit.analysis.arrays.ways import Goal, NoWay, Undecided
from remit.analysis.ground import Ground, anything
from remit.analysis.safety import Trace
from remit.graph.bound import by_loops, charges, once
from remit.graph.manifest import Manifest
from remit.state.vocabulary import LOOPS, Limit, Seat

_ROUNDS = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Ends:
    """Every run ends; `holds` unless its bound could not be shown."""

    holds: bool | None
    shown: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Endless:
    """A circle of reports spends no finite limit."""

    shown: str
    witness: Trace | None
    """A run that goes round twice; `None` where none was found."""
    turns: int
    """The last so many turns of the witness are the two rounds."""


def ends(on: Ground) -> Ends | Endless:
    """Whether a run can go on for ever, and whether the closed bound holds of all runs."""
    inside = core(on.graph)
    if inside.any():
        return _endless(on, circles(on.graph, inside))
    if by_loops(on.manifest) is None:
        shown = "every circle of moves spends a finite limit; limits.handoffs bounds the rows"
        return Ends(holds=True, shown=shown)
    most, allowed = _most(on), once(on.manifest)
    if most is None or most > allowed:
        shown = "not decided: every circle spends a finite limit, but the bound was not shown"
        return Ends(holds=None, shown=shown)
    return Ends(
        holds=True,
        shown="every circle of moves spends a finite limit, and no way costs more than the bound",
    )


def _most(on: Ground) -> int | None:
    """The most rows on any way, less what each unit spent on it is charged with.

    Where this is at most `once`, no run passes `bound.by_loops`: the units that can be spent are
    those of the limits, and a grant pays for the unit that it gives. `None` where it never settles.
    """
    graph, price = on.graph, charges(on.manifest)
    stage, owed = graph.nodes[PLACE["stage"]], graph.nodes[PLACE["owed"]]
    bits = np.array([number.bit_count() for number in range(1 << len(Seat))])
    issued = np.where(graph.said == SERVED, bits[owed[graph.target]], 0)
    rows = np.where(ENDING[stage[graph.target]], 1, issued)
    cost = rows + np.array([price[limit] for limit in LOOPS]) @ on.spent
    best = np.full(graph.nodes.shape[1], -1_000_000, np.int64)
    best[0] = bits[owed[0]]
    for _ in range(4 * len(LOOPS) * len(Seat)):
        after = best.copy()
        np.maximum.at(after, graph.target, best[graph.source] + cost)
        if (after == best).all():
            return int(best.max())
        best = after
    return None


def _endless(on: Ground, found: Iterator[list[int]]) -> Endless:
    lost = Endless(shown="not decided: a circle spends nothing, but no run was found to go round",
                   witness=None, turns=0)  # fmt: skip
    for circle in found:
        rounds = _rounds(on, circle)
        if rounds:
            turns = _turns(on, circle)
            names = ", ".join(_unlimited(on))
            why = f"; unlimited: {names}" if names else ""
            shown = f"a circle of {turns // _ROUNDS} reports spends no finite limit{why}"
            return Endless(shown=shown, witness=rounds, turns=turns)
    return lost


def _rounds(on: Ground, circle: list[int]) -> Trace | None:
    """A shortest run to a circle, and twice round it."""
    asked = demanded(on.graph, circle)
    if asked is None:
        return None
    least, exact = asked
    edges = np.zeros(len(on.graph.source), np.bool_)
    edges[circle[0]] = True
    goal = Goal(edges=edges, exact=_named(exact, -1), least=_named(least, 0))
    try:
        way = on.maze.shortest_way(goal)
    except Undecided:
        return None
    if isinstance(way, NoWay):
        return None
    whole = (*way.edges[:-1], *(circle * _ROUNDS))
    turns = _turns(on, circle)
    found = runs_along(
        on.reader, whole, lambda trace: goes_round(trace, turns, on.manifest)
    ) or runs_along(on.reader, whole, anything)
    return found[0] if found else None


def _turns(on: Ground, circle: list[int]) -> int:
    """How many reports all rounds take."""
    return _ROUNDS * sum(int(on.graph.said[edge] != SERVED) for edge in circle)


def goes_round(trace: Trace, turns: int, manifest: Manifest) -> bool:
    """Whether a run ends with so many turns that come back twice and spend nothing finite."""
    rounds = trace[-turns:]
    if turns % _ROUNDS or not 0 < turns <= len(trace):
        return False
    at = [turn.before for turn in rounds[:: turns // _ROUNDS]] + [rounds[-1].step.position]
    same = len({(one.stage, one.owed, one.matter) for one in at}) == 1
    return same and all(manifest.limit(one) < 0 for turn in rounds for one in turn.step.spent)


def _named(asked: Index, nothing: int) -> dict[Limit, int]:
    return {limit: int(value) for limit, value in zip(LOOPS, asked, strict=True) if value > nothing}


def _unlimited(on: Ground) -> list[str]:
    return [f"limits.{limit}" for limit in LOOPS if on.manifest.limit(limit) < 0]
