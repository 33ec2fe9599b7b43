"""What brief, policy and team settle before a run: who sits where, and what can never ship."""

import json

import pytest

from remit.graph.event import mask, seats
from remit.graph.manifest import Manifest, compile_manifest, start, straight_handoffs
from remit.state.brief import ExternalAction
from remit.state.errors import InputError
from remit.state.policy import Policy, load
from remit.state.vocabulary import (
    LOOPS,
    ROLES,
    AtLimit,
    EventKind,
    Limit,
    MatterKind,
    Mode,
    Seat,
    Stage,
)
from tests.desks import BRIEF
from tests.runs import policy

BALANCED, UNATTENDED = load("balanced"), load("unattended")
EVERYBODY = frozenset(ROLES)
DEPLOYS = BRIEF.model_copy(
    update={"external_actions": (ExternalAction(kind="deploy", target="x"),)}
)


def made(terms: Policy = BALANCED, without: tuple[Seat, ...] = ()) -> Manifest:
    return compile_manifest(terms, BRIEF, EVERYBODY - set(without))


def test_a_whole_team_sits_where_it_works() -> None:
    manifest = made()
    assert seats(manifest.group(Stage.CONTRACT_REVIEW)) == (Seat.FRONTEND, Seat.SECURITY, Seat.QA)
    assert seats(manifest.group(Stage.VERIFICATION)) == (Seat.SECURITY, Seat.QA)
    assert seats(manifest.builders) == (Seat.BACKEND, Seat.FRONTEND)
    assert (manifest.standins, manifest.waived, manifest.cto, manifest.human) == (0, (), 1, 1)
    assert straight_handoffs(manifest) == 12


def test_limits_and_actions_are_the_policys() -> None:
    manifest = made()
    for limit in LOOPS:
        assert manifest.limit(limit) == BALANCED.limits.value(limit)
    assert manifest.rework_backend_at is AtLimit.WAIVE
    assert manifest.budgets == (120, 25_000_000, 2_000_000, 72 * 3600)
    assert manifest.grant_step == (30, 10_000_000, 500_000, 24 * 3600)
    assert dict(manifest.silence)[MatterKind.RELEASE] is EventKind.DENY


def test_unlimited_is_minus_one() -> None:
    assert made(policy(limits={"rework_backend": "unlimited"})).rework_backend == -1


def test_without_a_cto_the_human_plans_and_accepts() -> None:
    manifest = made(without=(Seat.CTO,))
    assert manifest.occupant(Seat.CTO) is Seat.HUMAN
    assert (manifest.cto, seats(start(manifest).owed)) == (0, (Seat.CTO,))


@pytest.mark.parametrize("role", [Seat.QA, Seat.SECURITY])
def test_without_a_judge_the_human_judges_or_the_debt_is_recorded(role: Seat) -> None:
    asked = made(without=(role,))
    assert asked.occupant(role) is Seat.HUMAN
    assert asked.group(Stage.VERIFICATION) == mask(Seat.SECURITY, Seat.QA)
    waived = made(policy(missing={str(role): "waive"}), without=(role,))
    assert waived.waived == (f"no_{role}",)
    assert not waived.group(Stage.VERIFICATION) & mask(role)


@pytest.mark.parametrize(
    ("absent", "limit", "stage"),
    [
        (Seat.PM, Limit.REQUIREMENT_REWORK, Stage.REQUIREMENTS),
        (Seat.BACKEND, Limit.REWORK_BACKEND, Stage.CONTRACT),
        (Seat.FRONTEND, Limit.REWORK_FRONTEND, None),
    ],
)
def test_a_missing_producer_is_skipped_and_its_rework_goes_to_the_cto(
    absent: Seat, limit: Limit, stage: Stage | None
) -> None:
    """PUB-4."""
    manifest = made(without=(absent,))
    assert manifest.limit(limit) == 0
    assert getattr(manifest, f"{limit}_at") is AtLimit.ESCALATE
    assert not manifest.builders & mask(absent)
    assert stage is None or manifest.group(stage) == 0
    assert manifest.occupant(absent) is absent, "nobody stands in for a producer"


def test_without_backend_there_is_no_contract_to_review() -> None:
    assert made(without=(Seat.BACKEND,)).group(Stage.CONTRACT_REVIEW) == 0


@pytest.mark.parametrize("mode", [Mode.DESIGN, Mode.BUILD, Mode.REVIEW, Mode.AUDIT])
@pytest.mark.parametrize("role", ROLES)
def test_one_role_alone_has_one_work_item_and_the_human_behind_it(role: Seat, mode: Mode) -> None:
    """PUB-3, BE-MODE-0."""
    manifest = compile_manifest(UNATTENDED, DEPLOYS, frozenset({role}), mode)
    at = start(manifest)
    assert (at.stage, seats(at.owed), manifest.solo_mode) == (Stage.SOLO, (role,), mode)
    assert (manifest.cto, manifest.release, manifest.waived) == (0, 0, ())
    assert straight_handoffs(manifest) == 1


@pytest.mark.parametrize(
    ("terms", "roles", "mode", "words"),
    [
        (BALANCED, frozenset[Seat](), None, "nobody is on the team"),
        (BALANCED, frozenset({Seat.HUMAN, Seat.PM}), None, "'human' is not a role"),
        (BALANCED, frozenset({Seat.PM, Seat.QA}), Mode.BUILD, "one role works alone"),
        (UNATTENDED, EVERYBODY, None, "nothing can be approved"),
        (UNATTENDED, EVERYBODY - {Seat.CTO}, None, "without a CTO a person must plan"),
    ],
)
def test_what_can_never_ship_is_refused(
    terms: Policy, roles: frozenset[Seat], mode: Mode | None, words: str
) -> None:
    with pytest.raises(InputError) as refused:
        compile_manifest(terms, DEPLOYS, roles, mode)
    assert any(words in problem for problem in refused.value.problems)


def test_all_problems_are_said_at_once() -> None:
    with pytest.raises(InputError) as refused:
        compile_manifest(UNATTENDED, DEPLOYS, EVERYBODY - {Seat.CTO})
    assert len(refused.value.problems) == 2


def test_too_few_handoffs_for_this_team_are_refused() -> None:
    """A policy asks for twelve; external actions need one more."""
    tight = policy(limits={"handoffs": 12})
    assert compile_manifest(tight, BRIEF).budgets[0] == 12
    with pytest.raises(InputError, match="12 are too few: this team needs 13"):
        compile_manifest(tight, DEPLOYS)


def test_the_cto_confirms_the_manifest_as_plain_json() -> None:
    """BE-IN-3: the routing manifest is computed from brief, policy and team."""
    plain = json.loads(json.dumps(made(without=(Seat.CTO,)).to_json()))
    assert plain["group_plan"] == ["cto"]
    assert plain["standins"] == ["cto"]
    assert plain["rework_backend"] == 2
    assert plain["silence"]["release"] == "deny"


def test_manifests_are_values() -> None:
    assert made() == made()
    assert hash(made()) == hash(made())
    assert made() != made(without=(Seat.QA,))
