"""The ten properties over all runs: what holds is proved, what fails is shown by a shortest run."""

from dataclasses import replace
from functools import cache

import pytest

from remit.analysis import properties
from remit.analysis.properties import Verdict, judge
from remit.analysis.safety import PROPERTIES, Trace, violations
from remit.graph.advance import Router
from remit.graph.manifest import Manifest, compile_manifest, start
from remit.graph.rules import RULES, Rule
from remit.state.policy import load
from remit.state.vocabulary import LOOPS, ROLES, AtLimit, EventKind, Limit, MatterKind, Mode, Seat
from tests.desks import BRIEF
from tests.test_counting import team
from tests.test_safety import FAULTS
from tests.walks import mutated

ONES = dict.fromkeys(LOOPS, 1) | {Limit.REQUIREMENT_REWORK: 0, Limit.REWORK_FRONTEND: 0}
SMALL = replace(
    team(Seat.CTO, Seat.UIUX, Seat.BACKEND, Seat.SECURITY, at=AtLimit.WAIVE, limits=ONES),
    human=0,
    scope_to_human=0,
    requirement_rework_at=AtLimit.ESCALATE,
    rework_frontend_at=AtLimit.ESCALATE,
)
"""Small enough to be proved in a second, and nobody is asked."""
RELEASING = replace(
    team(Seat.CTO, Seat.BACKEND, at=AtLimit.WAIVE, limits={Limit.HUMAN_QUESTIONS: 1}), release=1
)


def replayed(trace: Trace, manifest: Manifest, rules: tuple[Rule, ...]) -> bool:
    """Whether `advance` under these rules makes the run."""
    table, at = Router(manifest, rules), start(manifest)
    for turn in trace:
        if turn.before != at or table.advance(at, turn.event, turn.seat) != turn.step:
            return False
        at = turn.step.position
    return True


@cache
def faulty(number: int) -> tuple[Manifest, tuple[Rule, ...], Verdict]:
    manifest = RELEASING if number == 6 else SMALL
    rules = mutated(FAULTS[number].change)
    return manifest, rules, judge(manifest, rules)[number - 1]


@pytest.mark.parametrize("policy", ["unattended", *[
    pytest.param(name, marks=[pytest.mark.prove]) for name in ("strict", "balanced")
]])  # fmt: skip
def test_all_ten_properties_hold_of_a_shipped_policy(policy: str) -> None:
    found = judge(compile_manifest(load(policy), BRIEF))
    assert [one.number for one in found] == sorted(PROPERTIES)
    assert [one.shown for one in found if not one.holds] == []
    assert all(one.shown and one.witness is None for one in found)


GAPS = (
    frozenset({Seat.PM, Seat.BACKEND}),
    frozenset({Seat.CTO, Seat.FRONTEND, Seat.QA}),
    frozenset({Seat.CTO, Seat.SECURITY, Seat.QA}),
)


@pytest.mark.parametrize("roles", GAPS[2:], ids=lambda roles: "+".join(sorted(roles)))
@pytest.mark.prove
def test_all_ten_properties_hold_of_teams_with_gaps(roles: frozenset[Seat]) -> None:
    """Also where an approved change is of what nobody on the team owns."""
    found = judge(compile_manifest(load("balanced"), BRIEF, roles))
    assert [one.shown for one in found if not one.holds] == []


@pytest.mark.parametrize("mode", [Mode.BUILD, Mode.AUDIT])
def test_all_ten_properties_hold_of_one_role_alone(mode: Mode) -> None:
    manifest = compile_manifest(load("balanced"), BRIEF, frozenset({Seat.BACKEND}), solo_mode=mode)
    assert [one.shown for one in judge(manifest) if not one.holds] == []


@pytest.mark.prove
@pytest.mark.parametrize("roles", GAPS[:2], ids=lambda roles: "+".join(sorted(roles)))
def test_so_they_do_of_larger_teams_with_gaps(roles: frozenset[Seat]) -> None:
    found = judge(compile_manifest(load("balanced"), BRIEF, roles))
    assert [one.shown for one in found if not one.holds] == []


@pytest.mark.prove
@pytest.mark.parametrize("missing", ROLES)
def test_all_ten_properties_hold_without_any_one_role(missing: Seat) -> None:
    manifest = compile_manifest(load("balanced"), BRIEF, frozenset(ROLES) - {missing})
    assert [one.shown for one in judge(manifest) if not one.holds] == []


@pytest.mark.parametrize("number", sorted(set(FAULTS) - {7, 9}))
def test_a_planted_fault_is_found_with_a_run_that_shows_it(number: int) -> None:
    manifest, rules, verdict = faulty(number)
    assert verdict.holds is False, verdict.shown
    assert verdict.witness
    assert replayed(verdict.witness, manifest, rules)
    told = {one.number for one in violations(manifest, verdict.witness)}
    assert number in told or (number == 1 and verdict.circle)


@pytest.mark.prove
def test_an_absent_person_who_is_waited_for_is_found() -> None:
    """Property 7: the planted fault needs a policy that asks nobody."""
    manifest, rules, verdict = faulty(7)
    assert verdict.holds is False
    assert verdict.witness is not None
    assert replayed(verdict.witness, manifest, rules)
    assert {7} == {one.number for one in violations(manifest, verdict.witness)}


def test_a_stage_without_a_way_on_names_what_is_never_reached_and_where_the_run_breaks() -> None:
    """Properties 9 and 7."""
    manifest, rules, verdict = faulty(9)
    assert verdict.holds is False
    assert "shipped" in verdict.shown
    broken = judge(manifest, rules)[6]
    assert broken.cut is not None
    assert broken.witness is not None
    seat, event = broken.cut
    assert (seat, event.kind) == (Seat.UIUX, EventKind.DELIVER)
    at = broken.witness[-1].step.position
    with pytest.raises(RuntimeError, match="no rule applies"):
        Router(manifest, rules).advance(at, event, seat)


def test_an_unlimited_loop_is_a_circle_that_is_gone_round_twice() -> None:
    manifest = replace(SMALL, rework_backend=-1)
    verdict = judge(manifest)[0]
    assert verdict.holds is False
    assert "limits.rework_backend" in verdict.shown
    assert verdict.witness is not None
    assert replayed(verdict.witness, manifest, RULES)
    rounds = verdict.witness[-verdict.circle :]
    half = verdict.circle // 2
    said = [(turn.before.stage, turn.seat, turn.event.kind) for turn in rounds]
    assert said[:half] == said[half:]


@pytest.mark.parametrize(
    ("roles", "said"),
    [
        ("security", "QA: absent, a waiver from the start says so; on every way to shipping "
                     "Security spoke last and nothing open was dropped"),
        ("", "Security and QA: absent, a waiver from the start says so; nothing open was dropped "
             "on any way to shipping"),
    ],
)  # fmt: skip
def test_property_five_says_who_judges_and_who_is_waived(roles: str, said: str) -> None:
    team_ = frozenset({Seat.CTO, Seat.BACKEND, *map(Seat, roles.split())})
    policy = load("unattended")
    none = policy.model_copy(update={"limits": policy.limits.model_copy(update={"escalations": 1})})
    assert judge(compile_manifest(none, BRIEF, team_))[4].shown == said


def test_silence_that_would_waive_what_is_critical_is_no_proof(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Silence reaches routing as the human's own answer, so what it stands for is looked at."""

    def waives(*_: object) -> EventKind:
        return EventKind.WAIVE

    told = replace(RELEASING, silence=((MatterKind.LIMIT, EventKind.WAIVE),))
    assert judge(told)[9].shown.endswith("silence stops the run instead")
    monkeypatch.setattr(properties, "default", waives)
    verdict = judge(told)[9]
    assert (verdict.holds, verdict.shown) == (
        False, "silence would waive what is critical: requirements",
    )  # fmt: skip


def test_a_fault_that_no_run_of_the_policy_meets_is_no_failure() -> None:
    """The debt is forgotten where the policy waives; here it never does."""
    stopping = replace(SMALL, rework_backend_at=AtLimit.STOP)
    assert judge(stopping, mutated(FAULTS[5].change))[4].holds
