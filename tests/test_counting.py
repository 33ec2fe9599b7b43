"""What arrays say of every run is what one position after another says."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from remit.analysis.arrays.columns import ENDING, PLACE, stage_of
from remit.analysis.arrays.control import SERVED, Control, control
from remit.analysis.arrays.counting import Endless, Radix, Reached, Values, sweep
from remit.analysis.arrays.sayings import sayings
from remit.graph.advance import Router
from remit.graph.event import Event, mask, seats
from remit.graph.manifest import SEATED, Manifest, start
from remit.graph.position import Position
from remit.state.errors import EventRefused
from remit.state.vocabulary import BUILDERS, ENDS, LOOPS, AtLimit, EventKind, Limit, Seat, Stage
from tests.walks import whole_team

Seen = tuple[Stage, int, tuple[int, ...]]
"""What is compared of a position: stage, who owes, what remains under the limits."""


def team(*roles: Seat, limits: dict[Limit, int], at: AtLimit) -> Manifest:
    """A team of few roles under small limits; the work of absent roles cannot be reworked."""
    groups: dict[str, object] = {
        f"group_{stage}": mask(*(seat for seat in who if seat in roles))
        for stage, who in SEATED.items()
    }
    builders = mask(*(seat for seat in BUILDERS if seat in roles))
    owned = {name: owner in roles for name, owner in OWNERS.items()}
    fields = {f"grantable_{name}": int(there) for name, there in owned.items()}
    if Seat.BACKEND not in roles:
        groups["group_contract_review"] = 0
    every = dict.fromkeys(LOOPS, 0) | limits
    return whole_team(every, at=at, changes=groups | fields | {"builders": builders})


OWNERS = {
    "requirements": Seat.PM, "contract": Seat.BACKEND, "backend": Seat.BACKEND,
    "frontend": Seat.FRONTEND,
}  # fmt: skip
SMALL = {
    "rework": team(
        Seat.CTO, Seat.BACKEND, at=AtLimit.WAIVE,
        limits={Limit.REWORK_BACKEND: 2, Limit.NO_PROGRESS: 1, Limit.ESCALATIONS: 1},
    ),
    "straight": team(Seat.CTO, Seat.BACKEND, at=AtLimit.WAIVE, limits={Limit.REWORK_BACKEND: 1}),
    "changes": team(
        Seat.CTO, Seat.BACKEND, at=AtLimit.ESCALATE,
        limits={Limit.CHANGE_REQUESTS: 1, Limit.ESCALATIONS: 1, Limit.HUMAN_QUESTIONS: 1},
    ),
    "grants": team(
        Seat.CTO, Seat.UIUX, Seat.PM, at=AtLimit.ESCALATE,
        limits={Limit.GRANTS: 1, Limit.ESCALATIONS: 1, Limit.HUMAN_QUESTIONS: 1},
    ),
    "reviewers": team(
        Seat.CTO, Seat.BACKEND, Seat.FRONTEND, at=AtLimit.WAIVE, limits={Limit.CONTRACT_REVIEW: 1},
    ),
}  # fmt: skip


def said(at: Position, seat: Seat, kinds: tuple[EventKind, ...], builders: int) -> Iterator[Event]:
    """Every event, value by value, with which a seat may answer."""
    for kind in kinds:
        for one in sayings(at.stage, seat, kind, builders):
            asks = one.contract_asked or one.scope_asked
            if not asks or EventKind.CHANGE in kinds:
                yield from one.events()


@dataclass
class Brute:
    """One position after another, by the scalar reader."""

    manifest: Manifest
    longest: dict[Position, int] = field(default_factory=dict[Position, int])

    def __post_init__(self) -> None:
        self.table = Router(self.manifest)
        self.most(start(self.manifest))

    def most(self, at: Position) -> int:
        """The most handoffs from here on."""
        if at.stage in ENDS:
            self.longest[at] = 0
            return 0
        if at not in self.longest:
            seat, most = seats(at.owed)[0], 0
            for event in said(at, seat, self.table.offered(at, seat), self.manifest.builders):
                try:
                    step = self.table.advance(at, event, seat)
                except EventRefused:
                    continue
                ends = step.position.stage in ENDS
                most = max(most, len(step.issued) + ends + self.most(step.position))
            self.longest[at] = most
        return self.longest[at]

    def seen(self) -> set[Seen]:
        """The positions found."""
        return {
            (
                at.stage,
                at.owed,
                () if at.stage in ENDS else tuple(at.left(limit) for limit in LOOPS),
            )
            for at in self.longest
        }


def weighed(graph: Control) -> Values:
    stage, owed = graph.nodes[PLACE["stage"]], graph.nodes[PLACE["owed"]]
    bits = np.array([number.bit_count() for number in range(256)])
    issued = np.where(graph.said == SERVED, bits[owed[graph.target]], 0)
    found: Values = np.where(ENDING[stage[graph.target]], 1, issued)[None].astype(np.int32)
    return found


def swept(manifest: Manifest, *, merge: bool = True) -> tuple[Control, Reached]:
    graph = control(manifest, merge=merge)
    return graph, sweep(graph, manifest, weighed(graph))


def seen_on_arrays(manifest: Manifest, graph: Control, reached: Reached) -> set[Seen]:
    stages = graph.nodes[PLACE["stage"]][reached.node]
    owed = graph.nodes[PLACE["owed"]][reached.node]
    left = Radix(manifest).digits(reached.left).T.tolist()
    found = set[Seen]()
    for number, who, counters in zip(stages.tolist(), owed.tolist(), left, strict=True):
        stage = stage_of(number)
        if who or stage in ENDS:
            found.add((stage, who, () if stage in ENDS else tuple(counters)))
    return found


LONG = [pytest.param(name, marks=[pytest.mark.prove]) for name in SMALL if name != "straight"]
"""All but one take the slower side, the scalar reader, more than ten seconds."""


@pytest.mark.parametrize("name", ["straight", *LONG])
def test_arrays_reach_the_positions_that_advance_reaches(name: str) -> None:
    manifest = SMALL[name]
    brute = Brute(manifest)
    graph, reached = swept(manifest)
    assert len(graph.stuck) == 0
    assert seen_on_arrays(manifest, graph, reached) == brute.seen()
    assert int(reached.best[0].max()) == brute.longest[start(manifest)]


@pytest.mark.parametrize("name", ["straight", *LONG])
def test_merging_positions_that_nobody_tells_apart_changes_no_answer(name: str) -> None:
    manifest = SMALL[name]
    merged, apart = swept(manifest), swept(manifest, merge=False)
    assert merged[0].nodes.shape[1] < apart[0].nodes.shape[1]
    assert merged[1].best.max() == apart[1].best.max()
    assert seen_on_arrays(manifest, *merged) == seen_on_arrays(manifest, *apart)


def test_a_limit_without_end_is_a_circle_and_not_an_endless_search() -> None:
    manifest = replace(SMALL["straight"], rework_backend=-1)
    with pytest.raises(Endless) as found:
        swept(manifest)
    graph = control(manifest)
    stages = {stage_of(int(graph.nodes[PLACE["stage"]][node])) for node in found.value.nodes}
    assert {Stage.BUILD, Stage.ACCEPTANCE} <= stages
