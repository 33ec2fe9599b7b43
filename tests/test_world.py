"""What a brief adds to the chain: the questions that it brings, and the classes of its places."""

import pytest

from remit.agents.flaws import PLACES
from remit.agents.quantities import CONDITIONS
from remit.analysis.chain import mind
from remit.analysis.chain.world import BACKEND_AT, world_of
from remit.graph.manifest import compile_manifest
from remit.state.brief import Brief
from remit.state.brief_text import load as load_brief
from remit.state.brief_text import shipped
from remit.state.policy import load as load_policy
from remit.state.vocabulary import FlawKind, Stage, Trigger
from tests.desks import BRIEF

BALANCED = load_policy("balanced")


@pytest.mark.parametrize("name", shipped())
def test_a_whole_brief_forces_no_question_and_a_condition_asks_for_itself(name: str) -> None:
    """Also where the brief approves a queue: what Backend is missing is another one."""
    brief = load_brief(name)
    world = world_of(brief, compile_manifest(BALANCED, brief))
    assert all(not world.forced[stage] for stage in BACKEND_AT)
    asked = {place: triggers for place, triggers in world.asks.items()}
    assert asked == {
        (stage, trigger): {trigger} for trigger, stages in CONDITIONS.items() for stage in stages
    }


@pytest.mark.parametrize("artifacts", [True, False])
def test_guards_bring_what_the_brief_leaves_open(artifacts: bool) -> None:
    """BE-ESC-3; without artifacts there is nothing for guards to read."""
    brief = Brief(title="x", multi_tenant=True, delivery_mode="scale")
    world = world_of(brief, compile_manifest(BALANCED, brief), artifacts=artifacts)
    forced = {Trigger.TENANCY_UNCLEAR} if artifacts else set[Trigger]()
    assert world.forced[Stage.CONTRACT] == forced


def test_classes_share_out_all_places() -> None:
    world = world_of(BRIEF, compile_manifest(BALANCED, BRIEF), artifacts=False)
    assert {sum(classes.values()) for classes in world.classes.values()} == {PLACES}
    built = world.classes[FlawKind.SECURITY_FLAW, Stage.BUILD]
    assert all(bits & mind.IN_BUILD for bits in built)
