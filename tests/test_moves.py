"""What LangGraph draws is what the rules can do, no more and no less."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.analysis.safety import Turn
from remit.graph.manifest import Manifest, compile_manifest
from remit.graph.moves import END_NODE, INTEGRATE, START_NODE, edges, seated, stage_moves
from remit.graph.wiring import build
from remit.state.policy import load
from remit.state.vocabulary import ENDS, ROLES, Mode, Seat, Stage
from tests.desks import BRIEF
from tests.walks import explored, manifests, walk

TEAMS = (
    frozenset(ROLES),
    frozenset(ROLES) - {Seat.CTO},
    frozenset(ROLES) - {Seat.QA},
    frozenset(ROLES) - {Seat.FRONTEND},
    frozenset({Seat.PM, Seat.BACKEND}),
    frozenset({Seat.UIUX}),
)
FREEZING = load("unattended")
DEFAULT = compile_manifest(load("balanced"), BRIEF)


def moves_of(trace: list[Turn]) -> set[tuple[Stage, Stage]]:
    """The moves that a walk made: one for each step that assigned somebody or ended the run."""
    return {
        (turn.before.stage, turn.step.position.stage)
        for turn in trace
        if turn.step.issued or turn.step.position.stage in ENDS
    }


@pytest.mark.parametrize("team", TEAMS, ids=lambda team: "+".join(sorted(team)))
@pytest.mark.parametrize("policy", ["balanced", "strict"])
def test_the_edges_that_langgraph_draws_are_the_moves_of_the_rules(
    policy: str, team: frozenset[Seat]
) -> None:
    manifest = compile_manifest(load(policy), BRIEF, team)
    drawn = build(manifest).get_graph()
    assert {(edge.source, edge.target) for edge in drawn.edges} == set(edges(manifest))


def test_one_role_alone_is_drawn_with_the_human_behind_it() -> None:
    """PUB-3: the human stands in for an absent CTO."""
    manifest = compile_manifest(
        load("balanced"), BRIEF, frozenset({Seat.BACKEND}), solo_mode=Mode.BUILD
    )
    drawn = {(edge.source, edge.target) for edge in build(manifest).get_graph().edges}
    nodes = {node for edge in drawn for node in edge}
    assert drawn == set(edges(manifest))
    assert nodes == {START_NODE, END_NODE, "backend", "human"}


@settings(max_examples=settings().max_examples // 3)
@given(manifest=manifests(), seed=st.integers(0, 2**32))
def test_every_move_of_a_run_is_drawn(manifest: Manifest, seed: int) -> None:
    assert moves_of(walk(manifest, random.Random(seed))) <= stage_moves(manifest)


def test_every_move_that_is_drawn_for_the_default_policy_is_made_by_some_run() -> None:
    missing = set(stage_moves(DEFAULT))
    for seed in range(1, 6):
        for turn in explored(DEFAULT, random.Random(seed), 40_000):
            missing -= moves_of([turn])
            if not missing:
                return
    pytest.fail(f"never made: {sorted(missing)}")


def test_nobody_asks_backend_for_another_contract_but_through_an_authority() -> None:
    """BE-COL-3a: a frozen contract is reopened by the CTO or the human alone."""
    reopening = {here for here, there in stage_moves(DEFAULT) if there is Stage.CONTRACT}
    before = {Stage.EXPERIENCE, Stage.CONTRACT_REVIEW}
    authorities = {Stage.CHANGE_CONTROL, Stage.ARBITRATION, Stage.HUMAN}
    assert reopening <= before | authorities
    assert (Stage.BUILD, Stage.CONTRACT) not in stage_moves(DEFAULT)
    assert ("frontend", "backend") not in edges(DEFAULT) | edges(compile_manifest(FREEZING, BRIEF))


def test_nobody_is_asked_where_the_policy_asks_no_person() -> None:
    manifest = compile_manifest(load("unattended"), BRIEF)
    assert not any(here is Stage.HUMAN for here, _ in stage_moves(manifest))
    assert not any("human" in edge for edge in edges(manifest))


def test_groups_meet_where_their_reports_are_folded() -> None:
    drawn = edges(DEFAULT)
    for stage in (Stage.CONTRACT_REVIEW, Stage.BUILD, Stage.VERIFICATION):
        assert len(seated(DEFAULT, stage)) > 1
        assert {(str(seat), INTEGRATE) for seat in seated(DEFAULT, stage)} <= drawn
