"""What is counted along a run, and what each step of the open positions adds to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from remit.agents.behaviour import Behaviour
from remit.agents.chances import costs
from remit.agents.draws import spread
from remit.analysis.arrays.alike import Amounts
from remit.analysis.arrays.columns import ENDING, PLACE, Index, code, stage_of
from remit.analysis.arrays.control import SERVED, Control
from remit.graph.event import seats
from remit.graph.manifest import MODE, Manifest
from remit.graph.rules import PATH
from remit.state.vocabulary import LOOPS, Limit, Mode, Seat, Stage

_STAGE, _OWED = PLACE["stage"], PLACE["owed"]
_HIGHEST = (1 << 64) - 1
"""The greatest draw."""


class Measure(StrEnum):
    """What is counted along a run."""

    HANDOFFS = "handoffs"
    """Rows of the record: assignments issued, and the end."""
    CTO_CALLS = "calls of the CTO"
    """Assignments that a role performs; those of a stand-in are the human's."""
    PM_CALLS = "calls of PM"
    UIUX_CALLS = "calls of UI/UX"
    FRONTEND_CALLS = "calls of Frontend"
    BACKEND_CALLS = "calls of Backend"
    SECURITY_CALLS = "calls of Security"
    QA_CALLS = "calls of QA"
    HUMAN_CALLS = "answers of the human"
    """Matters, the release, and the work of those for whom the human stands in."""
    CTO = "matters at the CTO"
    HUMAN = "matters at the human"
    """The release is none."""
    REWORK = "rework rounds"
    CHANGES = "change requests admitted"
    CONTRACTS = "contract versions frozen"
    TOKENS = "tokens"
    MICROS = "micro-dollars"
    """Money, in millionths of a dollar."""


UNITS: Mapping[Measure, str] = {Measure.TOKENS: "tokens", Measure.MICROS: "micro-dollars"}
"""What a measure is counted in, where it is not pieces; a micro-dollar is $0.000001."""
CALLS: Mapping[Seat, Measure] = {
    Seat.CTO: Measure.CTO_CALLS,
    Seat.PM: Measure.PM_CALLS,
    Seat.UIUX: Measure.UIUX_CALLS,
    Seat.FRONTEND: Measure.FRONTEND_CALLS,
    Seat.BACKEND: Measure.BACKEND_CALLS,
    Seat.SECURITY: Measure.SECURITY_CALLS,
    Seat.QA: Measure.QA_CALLS,
    Seat.HUMAN: Measure.HUMAN_CALLS,
}
REWORK = (
    Limit.REQUIREMENT_REWORK, Limit.CONTRACT_REVIEW, Limit.REWORK_BACKEND, Limit.REWORK_FRONTEND,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Cap:
    """The most that one assignment can take, its invalid answers included."""

    tokens: int
    micros: int
    """Micro-dollars."""


Caps = Mapping[tuple[Seat, Mode], Cap]
"""By seat and mode; an assignment that is not named takes nothing, nor does a stand-in's."""


def caps_of(behaviour: Behaviour) -> Caps:
    """The most that an assignment takes of a simulated team: the mean and the whole spread."""
    found: dict[tuple[Seat, Mode], Cap] = {}
    for key, cost in costs(behaviour).items():
        most = [spread(mean, share, _HIGHEST) for mean, share in (cost.tokens_in, cost.tokens_out)]
        found[key] = Cap(tokens=sum(most), micros=spread(*cost.dollars, _HIGHEST))
    return found


@dataclass(frozen=True, slots=True)
class Weighed:
    """What each edge adds to each measure, and what the first assignments have added before."""

    measures: tuple[Measure, ...]
    edges: Amounts
    """Shape (measures, edges)."""
    start: NDArray[np.int64]


def weighed(graph: Control, manifest: Manifest, caps: Caps | None = None) -> Weighed:
    """The measures of a manifest; there are none for absent seats, nor for costs without caps."""
    issued, present = _Issued(graph), _present(manifest)
    rows: dict[Measure, tuple[NDArray[np.int64], int]] = {
        Measure.HANDOFFS: issued.summed(lambda _stage, _seat: 1),
    }
    rows[Measure.HANDOFFS][0][issued.ends] = 1
    for seat, measure in CALLS.items():
        if seat in present:
            rows[measure] = issued.summed(_held_by(manifest, seat))
    spent = np.maximum(-graph.change, 0).astype(np.int64)
    rows |= {
        Measure.CTO: issued.summed(lambda stage, _seat: int(stage in AT_CTO)),
        Measure.HUMAN: issued.summed(lambda stage, _seat: int(stage is Stage.HUMAN)),
        Measure.REWORK: (spent[[LOOPS.index(limit) for limit in REWORK]].sum(0), 0),
        Measure.CHANGES: (spent[LOOPS.index(Limit.CHANGE_REQUESTS)], 0),
        Measure.CONTRACTS: (_frozen(graph, manifest), 0),
    }
    if caps is not None:
        rows[Measure.TOKENS] = issued.summed(capped(manifest, caps, "tokens"))
        rows[Measure.MICROS] = issued.summed(capped(manifest, caps, "micros"))
    return Weighed(
        tuple(rows),
        np.array([edges for edges, _ in rows.values()], np.int64),
        np.array([first for _, first in rows.values()], np.int64),
    )


_Amount = Callable[[Stage, Seat], int]
"""What one assignment of a seat at a stage adds."""
AT_CTO = (Stage.ARBITRATION, Stage.CHANGE_CONTROL)


class _Issued:
    """Which assignments each edge issues."""

    def __init__(self, graph: Control) -> None:
        stage = graph.nodes[_STAGE].astype(np.intp)
        owed = np.where(ENDING[stage], 0, graph.nodes[_OWED]).astype(np.intp)
        scenes, self._scene = np.unique(stage * 256 + owed, return_inverse=True)
        self._scenes = [(stage_of(int(one) // 256), seats(int(one) % 256)) for one in scenes]
        self._target: Index = graph.target
        self._served = graph.said == SERVED
        self.ends = ENDING[stage[graph.target]]

    def summed(self, amount: _Amount) -> tuple[NDArray[np.int64], int]:
        """By edge the sum over the assignments that it issues, and over the first ones."""
        sums = [sum(amount(stage, seat) for seat in who) for stage, who in self._scenes]
        by_node = np.array(sums, np.int64)[self._scene]
        return np.where(self._served, by_node[self._target], 0), int(by_node[0])


def _present(manifest: Manifest) -> set[Seat]:
    """Who can be assigned, the human for those for whom the human stands in."""
    groups = (manifest.group(stage) for stage in (*PATH, Stage.SOLO))
    found = {manifest.occupant(seat) for group in groups for seat in seats(group)}
    return found | ({Seat.HUMAN} if manifest.human else set[Seat]())


def _held_by(manifest: Manifest, wanted: Seat) -> _Amount:
    return lambda _stage, seat: int(manifest.occupant(seat) is wanted)


def capped(manifest: Manifest, caps: Caps, what: str) -> _Amount:
    """What one assignment of a seat at a stage takes at most: `tokens`, or `micros`."""

    def amount(stage: Stage, seat: Seat) -> int:
        mode = MODE.get(stage) or manifest.solo_mode
        cap = caps.get((manifest.occupant(seat), mode)) if mode else None
        return int(getattr(cap, what)) if cap else 0

    return amount


def _frozen(graph: Control, manifest: Manifest) -> NDArray[np.int64]:
    """The build begins after an earlier stage: by then the contract is a new version."""
    if not manifest.group_contract:
        return np.zeros(len(graph.source), np.int64)
    stage = graph.nodes[_STAGE]
    before = np.isin(stage, [code(one) for one in PATH[: PATH.index(Stage.BUILD)]])
    begins = before[graph.source] & (stage[graph.target] == code(Stage.BUILD))
    found: NDArray[np.int64] = ((graph.said == SERVED) & begins).astype(np.int64)
    return found
