"""What the open positions of the shipped policies prove, whatever remains under the limits."""

from dataclasses import replace
from functools import cache

import pytest

from remit.analysis.arrays.columns import ENDING, PLACE, Column, Index, Mask, stage_of
from remit.analysis.arrays.control import SERVED, Control, control
from remit.analysis.arrays.counting import Endless, ranks
from remit.graph.manifest import Manifest, compile_manifest
from remit.graph.moves import stage_moves
from remit.graph.rules import PATH, RULES
from remit.state.policy import load
from remit.state.vocabulary import ENDS, Seat, Stage
from tests.desks import BRIEF
from tests.test_moves import TEAMS

Numbers = Column | Index
POLICIES = (
    "unattended",
    *(pytest.param(name, marks=pytest.mark.prove) for name in ("balanced", "strict")),
)
"""The others come to the same in `the longer tests (`-m prove`)`."""


@cache
def manifest(policy: str) -> Manifest:
    return compile_manifest(load(policy), BRIEF)


@cache
def graph(policy: str) -> Control:
    return control(manifest(policy))


def moves(found: Control) -> set[tuple[Stage, Stage]]:
    """Stage to stage: a report, and where the docket is served after it, what the docket does."""
    stages, owed = found.nodes[PLACE["stage"]], found.nodes[PLACE["owed"]]
    desk = (owed == 0) & ~ENDING[stages]
    heard = found.said != SERVED
    made = {
        *_pairs(stages[found.source], stages[found.target], heard & ENDING[stages[found.target]])
    }
    into: dict[int, set[int]] = {}
    for source, target in _pairs(stages[found.source], found.target, heard & desk[found.target]):
        into.setdefault(target, set()).add(source)
    for source, target in _pairs(found.source, stages[found.target], ~heard):
        made |= {(stage, target) for stage in into[source]}
    return {(stage_of(here), stage_of(there)) for here, there in made}


def _pairs(left: Numbers, right: Numbers, where: Mask) -> set[tuple[int, int]]:
    return {*zip(left[where].tolist(), right[where].tolist(), strict=True)}


@pytest.mark.parametrize("policy", POLICIES)
def test_every_circle_of_a_shipped_policy_spends_a_finite_limit(policy: str) -> None:
    """Safety property 1; open positions leave out no run, so none is endless."""
    assert ranks(graph(policy)).max() < 40


@pytest.mark.parametrize("policy", POLICIES)
def test_a_row_applies_wherever_a_shipped_policy_leads(policy: str) -> None:
    """Half of safety property 7: no run breaks down for want of a row."""
    assert len(graph(policy).stuck) == 0


@pytest.mark.parametrize("policy", POLICIES)
def test_the_moves_of_the_open_positions_are_those_that_are_drawn(policy: str) -> None:
    """Read off the table by one reader, found by the other."""
    assert moves(graph(policy)) == stage_moves(manifest(policy))


@pytest.mark.parametrize(
    "team",
    [pytest.param(team, marks=[pytest.mark.prove] * (len(team) > 1)) for team in TEAMS[1:]],
    ids=lambda team: "+".join(sorted(team)),
)
def test_so_they_are_for_teams_with_gaps(team: frozenset[Seat]) -> None:
    found = compile_manifest(load("balanced"), BRIEF, team)
    assert moves(control(found)) == stage_moves(found)


@pytest.mark.parametrize("authority", ["contract_change", "scope_change", "limit", "budget"])
def test_so_they_are_where_a_person_has_the_authority(authority: str) -> None:
    usual = load("balanced")
    by = usual.authority.model_copy(update={authority: "human"})
    team = frozenset({Seat.CTO, Seat.BACKEND, Seat.FRONTEND})
    found = compile_manifest(usual.model_copy(update={"authority": by}), BRIEF, team)
    assert moves(control(found)) == stage_moves(found)


@pytest.mark.parametrize("policy", POLICIES)
def test_every_stage_of_the_whole_team_is_entered(policy: str) -> None:
    entered = {there for _, there in moves(graph(policy))}
    assert {*PATH[1:], *ENDS} <= entered


def test_a_rework_that_spends_nothing_is_an_endless_circle() -> None:
    """The planted fault of safety property 1."""
    faulty = tuple(
        replace(rule, spend=()) if rule.id.startswith("rework.") else rule for rule in RULES
    )
    with pytest.raises(Endless):
        ranks(control(manifest("unattended"), faulty))


def test_a_stage_without_a_way_on_is_where_no_row_applies() -> None:
    """The planted fault of safety property 9: nobody can go on from the experience."""
    faulty = tuple(rule for rule in RULES if rule.id != "experience.next")
    found = control(manifest("unattended"), faulty)
    stages = {stage_of(int(found.nodes[PLACE["stage"], node])) for node in found.stuck}
    assert stages == {Stage.EXPERIENCE}
