"""The ten safety properties hold on random legal runs, and a planted fault breaks each."""

import random
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remit.analysis.safety import PROPERTIES, rows, violations
from remit.graph.advance import Router
from remit.graph.bound import bound
from remit.graph.event import seats
from remit.graph.manifest import Manifest, start
from remit.graph.rules import PATH, RULES, Field, Guard, Rule, Set
from remit.state.vocabulary import ENDS, AtLimit, EventKind, Limit, MatterKind, Seat, Stage
from tests.walks import Mutation, manifests, mutated, walk


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(manifest=manifests(), seed=st.integers(0, 2**32))
def test_every_random_run_keeps_the_ten_properties(manifest: Manifest, seed: int) -> None:
    for offset in range(4):
        trace = walk(manifest, random.Random(seed + offset))
        assert violations(manifest, trace) == ()
        assert trace[-1].step.position.stage in ENDS
        assert rows(manifest, trace) <= bound(manifest)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(manifest=manifests())
def test_shipping_and_every_stage_kept_can_be_reached(manifest: Manifest) -> None:
    """Safety property 9."""
    assert _smooth_stages(manifest) == _kept(manifest)


def _kept(manifest: Manifest) -> set[Stage]:
    kept = {stage for stage in PATH if manifest.group(stage)} | {Stage.SHIPPED}
    return kept | ({Stage.RELEASE} if manifest.release else set())


def _smooth_stages(manifest: Manifest, rules: tuple[Rule, ...] = RULES) -> set[Stage]:
    from remit.graph.event import Event

    table, at = Router(manifest, rules), start(manifest)
    seen = {at.stage}
    for _ in range(40):
        if at.stage in ENDS:
            break
        seat = seats(at.owed)[0]
        good = (EventKind.DELIVER, EventKind.ACCEPT, EventKind.APPROVE)
        kind = next(kind for kind in table.offered(at, seat) if kind in good)
        at = table.advance(at, Event(kind), seat).position
        seen.add(at.stage)
    return seen


def _without(rule_id: str) -> Mutation:
    return lambda rule: None if rule.id == rule_id else rule


def _edit(prefix: str, **changes: object) -> Mutation:
    return lambda rule: replace(rule, **changes) if rule.id.startswith(prefix) else rule  # type: ignore[arg-type]


def _unguard(prefix: str, field: str) -> Mutation:
    def change(rule: Rule) -> Rule:
        if not rule.id.startswith(prefix):
            return rule
        kept = tuple(guard for guard in rule.guard if getattr(guard.left, "name", "") != field)
        return replace(rule, guard=kept)

    return change


def _overspend(rule: Rule) -> Rule:
    """Rework goes on although nothing is left."""
    if rule.id != "rework.backend":
        return rule
    return replace(
        rule,
        guard=tuple(g for g in rule.guard if getattr(g.left, "name", "") != "left_rework_backend"),
        sets=(*rule.sets, Set("left_rework_backend", "=", 3)),
    )


def _forget_owed(rule: Rule) -> Rule:
    if rule.id != "requirements.next":
        return rule
    return replace(rule, sets=(Set("stage", "=", Stage.ARBITRATION), Set("owed", "=", 0)))


FAULTS: dict[int, Mutation] = {
    1: _edit("rework.", spend=()),
    2: _overspend,
    3: lambda rule: (
        replace(rule, sets=(*rule.sets, Set("reopen", "=", 1)))
        if rule.id == "human.reject" or rule.id == "change_control.reject"
        else rule
    ),
    4: lambda rule: (
        replace(rule, sets=tuple(s for s in rule.sets if s.field not in ("matter", "about")))
        if ".question." in rule.id and rule.event is not None
        else rule
    ),
    5: _edit("rework.backend.waive", waives=0),
    6: _without("acceptance.release"),
    8: _without("arbitration.to_human.own_acceptance"),
    9: _without("experience.next"),
    10: _unguard("arbitration.limit.waive", "backend"),
}


@pytest.mark.parametrize("number", sorted(set(PROPERTIES) - {7, 9}))
def test_a_planted_fault_breaks_the_property(number: int) -> None:
    rules = mutated(FAULTS[number])
    assert rules != RULES
    found = set[int]()
    for seed in range(400):
        manifest = _rich(seed)
        try:
            prefer = (EventKind.REWORK, EventKind.WAIVE) if number in (1, 2, 5, 10) else ()
            trace = walk(manifest, random.Random(seed), rules, most=400, prefer=prefer)
        except RuntimeError:
            continue
        found |= {violation.number for violation in violations(manifest, trace)}
        if number in found:
            return
    pytest.fail(f"the fault for property {number} was not seen; seen: {found}")


def test_a_planted_fault_leaves_a_state_without_an_owner() -> None:
    """Safety property 7: a row that goes to a stage and assigns nobody."""
    rules = tuple(
        replace(rule, sets=(*rule.sets, Set("owed", "=", 0)), guard=())
        if rule.id == "arbitration.cto"
        else rule
        for rule in RULES
    )
    seen = set[str]()
    for seed in range(200):
        try:
            walk(_rich(seed), random.Random(seed), rules)
        except RuntimeError as error:
            seen.add(str(error).split(" at ")[0])
    assert seen, "the interpreter stops at a state that nobody owns"


def test_a_planted_fault_makes_shipping_unreachable() -> None:
    """Safety property 9."""
    rules = mutated(FAULTS[9])
    manifest = _rich(1)
    with pytest.raises(RuntimeError, match="no rule applies"):
        _smooth_stages(manifest, rules)


def _rich(seed: int) -> Manifest:
    """A whole team with little room and every authority in place."""
    rng = random.Random(seed)
    from tests.walks import whole_team

    return whole_team(
        {limit: rng.choice([0, 1, 2]) for limit in (*_LOOPS,)},
        release=rng.choice([0, 1]),
        at=rng.choice([AtLimit.WAIVE, AtLimit.ESCALATE]),
    )


_LOOPS = (
    Limit.REQUIREMENT_REWORK, Limit.CONTRACT_REVIEW, Limit.CHANGE_REQUESTS, Limit.REWORK_BACKEND,
    Limit.REWORK_FRONTEND, Limit.NO_PROGRESS, Limit.ESCALATIONS, Limit.HUMAN_QUESTIONS, Limit.GRANTS,
)  # fmt: skip
