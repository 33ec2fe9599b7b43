"""The ten safety properties hold on random legal runs, and a planted fault breaks each."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.analysis.safety import PROPERTIES, Violation, rows, unreached, violations
from remit.graph.advance import Router
from remit.graph.bound import bound
from remit.graph.event import Item
from remit.graph.manifest import Manifest
from remit.graph.rules import RULES, Rule, Set
from remit.state.vocabulary import ENDS, LOOPS, AtLimit, EventKind, Limit
from tests.walks import Mutation, manifests, mutated, walk, whole_team


@given(manifest=manifests(), seed=st.integers(0, 2**32))
def test_every_random_run_keeps_the_ten_properties(manifest: Manifest, seed: int) -> None:
    for offset in range(4):
        trace = walk(manifest, random.Random(seed + offset))
        assert violations(manifest, trace) == ()
        assert trace[-1].step.position.stage in ENDS
        assert rows(manifest, trace) <= bound(manifest)


@given(manifest=manifests())
def test_shipping_and_every_stage_kept_can_be_reached(manifest: Manifest) -> None:
    """Safety property 9."""
    assert unreached(manifest) == ()


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A wrong row, and the runs in which it shows."""

    change: Mutation
    prefer: tuple[EventKind, ...] = ()
    human: int = 1


def _without(rule_id: str) -> Mutation:
    return lambda rule: None if rule.id == rule_id else rule


def _unguard(prefix: str, field: str) -> Mutation:
    """Rows that no longer ask about a field of the position or the manifest."""

    def change(rule: Rule) -> Rule:
        if not rule.id.startswith(prefix):
            return rule
        return replace(rule, guard=tuple(one for one in rule.guard if one.left.name != field))

    return change


def _spends_nothing(rule: Rule) -> Rule:
    return replace(rule, spend=()) if rule.id.startswith("rework.") else rule


def _refills(rule: Rule) -> Rule:
    """Rework goes on although nothing is left, because the row fills the counter up again."""
    if rule.id != "rework.backend":
        return rule
    guard = tuple(one for one in rule.guard if one.left.name != "left_rework_backend")
    return replace(rule, guard=guard, sets=(*rule.sets, Set("left_rework_backend", "=", 3)))


def _reopens_what_was_rejected(rule: Rule) -> Rule:
    if rule.id not in ("human.reject", "change_control.reject"):
        return rule
    return replace(rule, sets=(*rule.sets, Set("reopen", "=", 1)))


def _leaves_the_matter_open(rule: Rule) -> Rule:
    if ".question." not in rule.id or rule.event is None:
        return rule
    return replace(rule, sets=tuple(one for one in rule.sets if one.field not in _MATTER))


_MATTER = ("matter", "about")


def _forgets_the_debt(rule: Rule) -> Rule:
    return replace(rule, waives=Item.NONE) if rule.id == "rework.backend.waive" else rule


_SENT_BACK = (EventKind.REWORK, EventKind.WAIVE)
FAULTS: dict[int, Fault] = {
    1: Fault(change=_spends_nothing, prefer=_SENT_BACK),
    2: Fault(change=_refills, prefer=_SENT_BACK),
    3: Fault(change=_reopens_what_was_rejected),
    4: Fault(change=_leaves_the_matter_open),
    5: Fault(change=_forgets_the_debt, prefer=_SENT_BACK),
    6: Fault(change=_without("acceptance.release")),
    7: Fault(change=_unguard("human.ask", "human"), human=0),
    8: Fault(change=_without("arbitration.to_human.own_acceptance")),
    9: Fault(change=_without("experience.next")),
    10: Fault(change=_unguard("arbitration.limit.waive", "backend"), prefer=_SENT_BACK),
}


def test_every_property_has_a_planted_fault() -> None:
    assert set(FAULTS) == set(PROPERTIES)


@pytest.mark.parametrize("number", sorted(PROPERTIES))
def test_a_planted_fault_breaks_the_property(number: int) -> None:
    """The judge of the property says so, not an assertion elsewhere."""
    assert mutated(FAULTS[number].change) != RULES
    found = set[int]()
    for violation in _seen(FAULTS[number]):
        found.add(violation.number)
        if number in found:
            return
    pytest.fail(f"the fault for property {number} was not seen; seen: {found}")


def test_a_critical_change_that_the_cto_may_refuse_is_seen() -> None:
    """Safety property 10, for a flaw in the frozen contract: its change request is refused."""
    fault = Fault(
        change=lambda rule: None if rule.id.endswith(".to_human.critical") else rule,
        prefer=(EventKind.CHANGE, EventKind.REJECT),
    )
    assert any(violation.number == 10 for violation in _seen(fault))


def _seen(fault: Fault) -> Iterator[Violation]:
    """What the judges say about runs under the wrong rules; a run that breaks down says nothing."""
    rules = mutated(fault.change)
    yield from unreached(whole_team({}), Router(whole_team({}), rules))
    for seed in range(1_500):
        # to bind the rules to a manifest takes as long as twenty walks do
        manifest = _little_room(seed // 4, fault.human)
        try:
            trace = walk(manifest, random.Random(seed), rules, most=400, prefer=fault.prefer)
        except RuntimeError:
            continue
        yield from violations(manifest, trace)


def _little_room(seed: int, human: int) -> Manifest:
    """A whole team with small limits and every authority in place."""
    rng = random.Random(seed)
    limits: dict[Limit, int] = {limit: rng.choice([0, 1, 2]) for limit in LOOPS}
    at = rng.choice([AtLimit.WAIVE, AtLimit.ESCALATE])
    return whole_team(limits, release=rng.choice([0, human]), at=at, changes={"human": human})
