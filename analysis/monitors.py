"""The little memories that safety properties need along a way, for every run at once.

Each is written from the property's words, beside the judge of one trace in `safety`. Where an edge
leaves open whether an item waits, it counts as waiting, so that what holds here holds in every run.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.analysis.arrays import facts
from remit.analysis.arrays.columns import ENDING, PLACE, Index, Mask, code
from remit.analysis.arrays.control import SERVED, Control, Said
from remit.analysis.arrays.ways import Monitor
from remit.analysis.safety import AUTHORITIES, DELIVERY_CLEARS, ownerless
from remit.graph.event import BIT, Item
from remit.graph.manifest import Manifest
from remit.state.vocabulary import EventKind, Limit, MatterKind, Seat, Stage

Numbers = NDArray[np.int64]
Move = Callable[[int, int], tuple[int, bool]]
"""An edge's effect and a state give the state after it, and whether that breaks the property."""


def _monitor(effects: Numbers, states: int, move: Move) -> Monitor:
    """A monitor from the effect of each edge."""
    kinds, kind = np.unique(effects, return_inverse=True)
    after = np.zeros((len(kinds), states), np.intp)
    bad = np.zeros((len(kinds), states), np.bool_)
    for row, effect in enumerate(kinds.tolist()):
        for state in range(states):
            after[row, state], bad[row, state] = move(effect, state)
    return Monitor(kind, after, bad)


def _by_said(graph: Control, tell: Callable[[Said], int]) -> Numbers:
    """By edge, what its report tells; 0 where the docket is served."""
    table = np.array([*(tell(one) for one in graph.sayings), 0], np.int64)
    return table[graph.said]


def _column(graph: Control, name: str, nodes: Index) -> NDArray[np.int16]:
    found: NDArray[np.int16] = graph.nodes[PLACE[name]][nodes]
    return found


def desks(graph: Control) -> Mask:
    """Nodes where the docket waits to be served."""
    found: Mask = (graph.nodes[PLACE["owed"]] == 0) & ~ENDING[graph.nodes[PLACE["stage"]]]
    return found


# --- what ships is accepted (5): the judges heard since the last delivery in bits 0 and 1 of the
# state, and from bit 2 the items that are open and wait nowhere any more (an item that waits on the
# docket is open for as long as it waits, so it need not be remembered)

_JUDGES = (Seat.SECURITY, Seat.QA)
_HEARD_BITS, _ITEMS = 3, 6
_LOST = facts.LOST >> 1
"""The items, from bit 0 on."""
_CLEARS, _ADDS, _BUILT, _REGROUPS = 6, 12, 14, 15


def accepted(graph: Control, manifest: Manifest) -> Monitor:
    """Who has judged since the last delivery, and which items are open though they do not wait."""
    judges = sum(
        1 << place for place, seat in enumerate(_JUDGES) if manifest.group_verification & BIT[seat]
    )

    def hears(said: Said) -> int:
        told = 0
        if said.event.kind is EventKind.DELIVER:
            cleared = sum(int(item) for item in DELIVERY_CLEARS.get(said.stage, ()))
            told = (cleared >> 1) << _CLEARS | (said.stage is Stage.BUILD) << _BUILT
        if said.event.approved and said.stage in (Stage.CHANGE_CONTROL, Stage.HUMAN):
            cleared = sum(int(item) for item in ownerless(manifest, said.event.approved))
            told |= (cleared >> 1) << _CLEARS
        if said.stage is Stage.VERIFICATION and said.seat in _JUDGES:
            told |= 1 << _ADDS + _JUDGES.index(said.seat)
        return told

    def move(effect: int, state: int) -> tuple[int, bool]:
        heard, items = state & _HEARD_BITS, state >> 2
        if effect >> _REGROUPS & 1:
            return 0, judges != 0
        if effect >> _BUILT & 1:
            heard = 0
        heard |= effect >> _ADDS & _HEARD_BITS
        items = (items | effect & _LOST) & ~(effect >> _CLEARS & _LOST)
        return items << 2 | heard, bool(items or judges & ~heard)

    told = graph.told.astype(np.int64)
    regroups = ((told & facts.REGROUP) != 0).astype(np.int64) << _REGROUPS
    effects = _by_said(graph, hears) | (told & facts.LOST) >> 1 | regroups
    ruling = _column(graph, "matter", graph.source) == code(MatterKind.RULING)
    decides = _by_said(graph, lambda said: int(said.stage in AUTHORITIES)) == 1
    effects &= ~np.where(decides & ~ruling, _LOST << _CLEARS, 0)
    return _monitor(effects, 1 << 2 + _ITEMS, move)


# --- nothing frozen changes (3)

_FORWARD = (Stage.BUILD, Stage.VERIFICATION, Stage.ACCEPTANCE)


@dataclass(slots=True)
class _Frozen:
    """A state of the memory of property 3, unpacked."""

    approved: int
    """What the right authority approved last: 1 the contract, 2 the scope."""
    inside: bool
    """The run is still on its way forward through what an approval reopened."""
    pending: bool
    """Somebody has approved something in this very turn."""
    sealed: bool
    ruled: bool
    """The turn at hand is an authority's."""

    @staticmethod
    def of(state: int) -> "_Frozen":
        return _Frozen(
            state & 3, bool(state & 4), bool(state & 8), bool(state & 16), bool(state & 32)
        )

    def packed(self) -> int:
        return (
            self.approved | self.inside << 2 | self.pending << 3 | self.sealed << 4
            | self.ruled << 5
        )  # fmt: skip


_HEARS, _RULED, _LEAVES, _APPROVES, _VALID, _VALUE = 1, 2, 4, 8, 16, 5
_DONE, _NEEDS, _EXEMPT, _BUILDS, _SEALS = 1 << 7, 8, 1 << 10, 1 << 11, 1 << 12


def frozen(graph: Control, manifest: Manifest) -> Monitor:
    """What was approved by its authority, and whether a reopened stage was entered without."""
    hears = _by_said(graph, lambda said: _heard(said, manifest))
    matter = _column(graph, "matter", graph.source) == code(MatterKind.RULING)
    asked = 1 * (_column(graph, "contract_change", graph.source) != 0)
    asked |= 2 * (_column(graph, "scope_change", graph.source) != 0)
    hears &= ~np.where(matter, 0, _VALID | 3 << _VALUE)
    hears &= ~(np.where(asked & 1, 0, 1 << _VALUE) | np.where(asked & 2, 0, 2 << _VALUE))
    return _monitor(hears | _finished(graph), 64, _frozen_move)


def _heard(said: Said, manifest: Manifest) -> int:
    event, told = said.event, _HEARS
    told |= _RULED if said.stage in AUTHORITIES else 0
    told |= _LEAVES if said.stage in _FORWARD else 0
    if event.kind is EventKind.APPROVE:
        told |= _APPROVES if event.approved else 0
        human = said.stage is Stage.HUMAN and said.seat is Seat.HUMAN
        reserved = event.approved & (manifest.contract_to_human | manifest.scope_to_human << 1)
        if human or (said.seat is Seat.CTO and not reserved):
            told |= _VALID | event.approved << _VALUE
    return told


def _finished(graph: Control) -> Numbers:
    """What ends the turn: which approval its target would need, and whether it is excused."""
    stage, before = (_column(graph, "stage", side) for side in (graph.target, graph.source))
    served = graph.said == SERVED
    done = ~desks(graph)[graph.target]
    enters = done & (served | (stage != before))
    contract, scope = code(Stage.CONTRACT), code(Stage.REQUIREMENTS)
    needs = np.where(stage == scope, 2, np.where(stage == contract, 3, 0)) * enters
    excused = (stage == before) | (before == code(Stage.EXPERIENCE))
    effects = np.where(done, _DONE, 0) | needs << _NEEDS | np.where(excused, _EXEMPT, 0)
    effects |= np.where(done & (stage == code(Stage.BUILD)), _BUILDS, 0)
    found: Numbers = effects | np.where((graph.told & facts.SEALS) != 0, _SEALS, 0)
    return found


def _frozen_move(effect: int, state: int) -> tuple[int, bool]:
    at, bad = _Frozen.of(state), False
    if effect & _HEARS:
        at.ruled, at.pending = bool(effect & _RULED), bool(effect & _APPROVES)
        at.inside &= not effect & _LEAVES
        at.approved = effect >> _VALUE & 3 if effect & _VALID else at.approved
    if effect & _DONE:
        needs = effect >> _NEEDS & 3
        excused = bool(effect & _EXEMPT) and not at.ruled
        bad = bool(
            at.sealed and needs and not at.approved & needs and not excused and not at.inside
        )
        at.inside, at.pending = at.inside or at.pending, False
        if effect & _BUILDS:
            at.inside, at.approved = False, 0
    at.sealed |= bool(effect & _SEALS)
    return at.packed(), bad


def overspent(graph: Control, manifest: Manifest, limit: Limit, change: Index) -> Monitor:
    """How much of a limit is used beyond its grants (2); bad once that is more than is allowed.

    Args:
        graph: the open positions.
        manifest: the constants of the run.
        limit: a finite one.
        change: by edge, what its rows grant under the limit less what they spend.
    """
    allowed = manifest.limit(limit)
    states = allowed + 2 * manifest.grants + 8

    def move(effect: int, state: int) -> tuple[int, bool]:
        used = state if state <= allowed + 4 else state - states
        used = max(used - effect, -manifest.grants)
        return min(used, allowed + 4) % states, used > allowed

    return _monitor(change.astype(np.int64), states, move)


# --- what can come back: only what was ruled on. Findings that Backend or Frontend could be named
# for, a question, requests about contract and scope, one bit each

_BACKS, _FRONTS, _ASKED, _CONTRACTS, _SCOPES = 1, 2, 4, 8, 16
_NEEDS_RULED: Mapping[Item, int] = {
    Item.QUESTION: _ASKED, Item.CONTRACT_CHANGE: _CONTRACTS, Item.SCOPE_CHANGE: _SCOPES,
    Item.REQUIREMENTS: _BACKS | _FRONTS, Item.CONTRACT: _BACKS | _FRONTS,
    Item.BACKEND: _BACKS, Item.FRONTEND: _FRONTS,
}  # fmt: skip
"""By item, what must have been ruled on (one of these) before it can come back."""
_MAKES_RULED: Mapping[Item, int] = {
    Item.CONTRACT_CHANGE: _CONTRACTS, Item.SCOPE_CHANGE: _SCOPES,
    Item.REQUIREMENTS: _BACKS | _FRONTS, Item.CONTRACT: _BACKS | _FRONTS,
    Item.BACKEND: _BACKS, Item.FRONTEND: _FRONTS,
}  # fmt: skip
_RULINGS = frozenset({EventKind.ANSWER, EventKind.APPROVE, EventKind.REJECT, EventKind.WAIVE})
_STATES = 32


def remembered(graph: Control) -> Monitor:
    """What was ruled on, as the ledger will know it: bars the ways on which something new repeats.

    Nothing is a goal of its own: `bad` is true throughout.
    """
    told = graph.told.astype(np.int64)
    needs, makes = np.zeros(len(told), np.int64), np.zeros(len(told), np.int64)
    asks = list(_NEEDS_RULED)
    for place, item in enumerate(asks):
        needs |= ((told & facts.stuck(item)) != 0).astype(np.int64) << place
    for item, bits in _MAKES_RULED.items():
        makes |= np.where((told & facts.handed(item)) != 0, bits, 0)
    makes |= _ruled(graph)

    def move(effect: int, state: int) -> tuple[int, bool]:
        return state | effect & (_STATES - 1), True

    found = _monitor(makes | needs << 5, _STATES, move)
    kinds = np.unique(makes | needs << 5)
    barred = np.zeros(found.bad.shape, np.bool_)
    for row, effect in enumerate(kinds.tolist()):
        for place, item in enumerate(asks):
            if effect >> 5 + place & 1:
                barred[row] |= np.arange(_STATES) & _NEEDS_RULED[item] == 0
    return Monitor(found.kind, found.after, found.bad, barred)


def _ruled(graph: Control) -> Numbers:
    """By edge, what an authority's answer makes known."""
    matter, about = (_column(graph, name, graph.source) for name in ("matter", "about"))
    answers = _by_said(graph, lambda one: int(one.event.kind in _RULINGS)) == 1
    decides = _by_said(graph, lambda one: int(one.stage in AUTHORITIES)) == 1
    asked = (matter == code(MatterKind.QUESTION)) | (about == int(Item.QUESTION))
    found = np.where(answers & decides & asked, _ASKED, 0)
    ruling = answers & decides & (matter == code(MatterKind.RULING))
    for name, bit in (("contract_change", _CONTRACTS), ("scope_change", _SCOPES)):
        found |= np.where(ruling & (_column(graph, name, graph.source) != 0), bit, 0)
    return found.astype(np.int64)
