"""Which stage can follow which under a manifest, of what kind the move is, and what it spends.

Read off the open positions: an edge stands here only if some position has it, so this is finer than
`graph.moves`, which leaves in whatever it cannot rule out.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remit.analysis.arrays.columns import ENDING, PLACE, Mask, stage_of
from remit.analysis.arrays.control import SERVED, Control
from remit.analysis.arrays.distinct import distinct
from remit.graph.manifest import Manifest
from remit.graph.rules import PATH
from remit.state.handoff import Move
from remit.state.vocabulary import ENDS, LOOPS, Limit, Stage

AUTHORITIES: tuple[Stage, ...] = (Stage.CHANGE_CONTROL, Stage.ARBITRATION, Stage.HUMAN)
"""Where matters are decided; the release is the last stage of the path."""
_STAGE, _REOPEN = PLACE["stage"], PLACE["reopen"]
_Spent = frozenset[Limit]


@dataclass(frozen=True, kw_only=True, slots=True)
class Passage:
    """A move from one stage to another that some run makes."""

    here: Stage
    there: Stage
    kind: Move
    spends: tuple[Limit, ...] = ()
    """Limits that taking it can spend, in the order of `LOOPS`."""


def passages(graph: Control, manifest: Manifest) -> tuple[Passage, ...]:
    """Every move between stages, in the order of the protocol.

    Args:
        graph: the open positions of the manifest.
        manifest: the constants of the run.
    """
    spent: dict[tuple[Stage, Stage, Move], set[Limit]] = defaultdict(set)
    for here, there, reopened, limits in _moves(graph, _possible(graph, manifest)):
        spent[here, there, _kind(here, there, reopened)] |= limits
    order = {stage: number for number, stage in enumerate((*PATH, *Stage))}
    ordered = sorted(spent, key=lambda one: (order[one[0]], order[one[1]], one[2]))
    return tuple(
        Passage(here=here, there=there, kind=kind,
                spends=tuple(limit for limit in LOOPS if limit in spent[here, there, kind]))
        for here, there, kind in ordered
    )  # fmt: skip


def _possible(graph: Control, manifest: Manifest) -> Mask:
    """Edges that can be taken: the limits with their grants allow them, and they are reached."""
    limits = np.array([manifest.limit(limit) for limit in LOOPS])
    may: Mask = np.ones(len(graph.source), np.bool_)
    while True:
        granted = np.where((graph.change[:, may] > 0).any(1), manifest.grants, 0)
        most = np.where(limits < 0, np.iinfo(np.int32).max, limits + granted)
        taken = _reached(graph, may & (graph.least <= most[:, None]).all(0))
        if bool((taken == may).all()):
            return may
        may = taken


def _reached(graph: Control, may: Mask) -> Mask:
    """Those edges that are reached from the start over one another."""
    known = np.zeros(graph.nodes.shape[1], np.bool_)
    known[0] = True
    while True:
        seen = int(known.sum())
        known[graph.target[may & known[graph.source]]] = True
        if int(known.sum()) == seen:
            found: Mask = may & known[graph.source]
            return found


def _moves(graph: Control, may: Mask) -> Iterator[tuple[Stage, Stage, bool, _Spent]]:
    """From where to where, whether an approved change does it, and what is spent."""
    stage, served = graph.nodes[_STAGE].astype(np.intp), graph.said == SERVED
    heard, serving = np.flatnonzero(may & ~served), np.flatnonzero(may & served)
    origins = np.zeros(len(stage), np.int64)
    """By node, the stages that a report leads from there, a bit each."""
    np.bitwise_or.at(origins, graph.target[heard], 1 << stage[graph.source[heard]])
    ended = np.flatnonzero(ENDING[stage])
    for came, there in _distinct(origins[ended], stage[ended]):
        for here in _members(came):
            yield stage_of(here), stage_of(there), False, frozenset()
    spent = (1 << np.arange(len(LOOPS))) @ (graph.change[:, serving] < 0)
    source, there = graph.source[serving], stage[graph.target[serving]]
    for came, to, reopened, mask in _distinct(
        origins[source], there, graph.nodes[_REOPEN, source] != 0, spent
    ):
        limits = frozenset(LOOPS[bit] for bit in _members(mask))
        for here in _members(came):
            yield stage_of(here), stage_of(to), bool(reopened), limits


def _members(mask: int) -> list[int]:
    return [bit for bit in range(mask.bit_length()) if mask >> bit & 1]


def _distinct(*columns: NDArray[Any]) -> list[list[int]]:
    block = np.array(columns, np.int64)
    found: list[list[int]] = block[:, distinct(block).pick].T.tolist()
    return found


def _kind(here: Stage, there: Stage, reopened: bool) -> Move:
    if there in ENDS:
        return Move.END
    if there is Stage.RELEASE:
        return Move.RELEASE
    if there is Stage.CHANGE_CONTROL:
        return Move.CHANGE
    if there in AUTHORITIES:
        return Move.QUESTION
    if here in AUTHORITIES:
        return Move.CHANGE if reopened else Move.ANSWER
    if here is there:
        return Move.ANSWER
    return Move.NORMAL if PATH.index(there) > PATH.index(here) else Move.REWORK
