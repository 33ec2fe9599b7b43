"""An example of each family of rows: what a report leads to, and which limit it spends."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from remit.graph.event import BIT, Item, mask
from remit.graph.rules import PATH
from remit.state.errors import EventRefused
from remit.state.vocabulary import ENDS, AtLimit, EventKind, Limit, MatterKind, Mode, Seat, Stage
from tests.games import Game
from tests.walks import alone, whole_team

CTO, PM, UIUX, BACKEND, FRONTEND, SECURITY, QA, HUMAN = Seat
D, A, R, Q = EventKind.DELIVER, EventKind.ACCEPT, EventKind.REWORK, EventKind.QUESTION


def game(release: int = 0, at: AtLimit = AtLimit.WAIVE, changes: Mapping[str, object] | None = None,
         **limits: int) -> Game:  # fmt: skip
    """A whole team with limits given by name."""
    given = {Limit(name): value for name, value in limits.items()}
    return Game(manifest=whole_team(given, release=release, at=at, changes=changes))


# --- the straight way and the groups --------------------------------------------------------------


def test_the_straight_way_goes_through_every_stage_to_shipped() -> None:
    run, visited = game(), list[Stage]()
    for stage in PATH:
        visited.append(run.until(stage).at.stage)
    assert visited == list(PATH)
    assert run.say(CTO, A) == ["acceptance.accept", "acceptance.ship"]


def test_the_contract_is_sealed_when_the_build_starts_and_not_before() -> None:
    run = game().until(Stage.CONTRACT_REVIEW)
    assert not run.at.sealed
    assert EventKind.CHANGE not in run.offers(FRONTEND)
    run.until(Stage.BUILD)
    assert run.at.sealed
    assert EventKind.CHANGE in run.offers(FRONTEND)


def test_a_requirement_gap_goes_back_to_the_pm_and_spends_its_limit() -> None:
    run = game(requirement_rework=1).until(Stage.EXPERIENCE)
    assert run.rework(UIUX, requirements=1) == ["experience.rework", "rework.requirements"]
    assert (run.owed, run.left(Limit.REQUIREMENT_REWORK)) == ((PM,), 0)


def test_a_requirement_gap_past_its_limit_is_waived() -> None:
    """N permits N; the next triggers the action."""
    run = game(requirement_rework=0).until(Stage.EXPERIENCE)
    fired = run.rework(UIUX, requirements=1)
    assert fired == ["experience.rework", "rework.requirements.waive", "experience.next"]
    assert run.step.waived is Item.REQUIREMENTS


def test_one_round_of_review_is_one_spent_however_many_object() -> None:
    run = game(contract_review=2).until(Stage.CONTRACT_REVIEW)
    for seat in (FRONTEND, SECURITY, QA):
        run.rework(seat, contract=1)
    assert run.fired[-1] == "rework.contract"
    assert (run.owed, run.left(Limit.CONTRACT_REVIEW)) == ((BACKEND,), 1)


def test_review_rounds_used_up_are_waived_but_a_security_finding_escalates() -> None:
    for grade, fired in ((1, "rework.contract.waive"), (2, "rework.contract.open")):
        run = game(contract_review=0).until(Stage.CONTRACT_REVIEW)
        run.say(FRONTEND, A)
        run.rework(SECURITY, contract=grade)
        assert fired in run.say(QA, A)


def test_each_builder_reworks_what_is_its_own_and_both_judges_look_again() -> None:
    run = game().until(Stage.VERIFICATION)
    run.rework(SECURITY, backend=2)
    run.say(QA, A)
    assert run.owed == (BACKEND,)
    assert (run.left(Limit.REWORK_BACKEND), run.left(Limit.REWORK_FRONTEND)) == (1, 2)
    run.say(BACKEND, D)
    assert run.at.stage is Stage.VERIFICATION
    assert set(run.owed) == {SECURITY, QA}


def test_both_builders_rework_in_one_build() -> None:
    run = game().until(Stage.VERIFICATION)
    run.rework(SECURITY, backend=1)
    assert run.rework(QA, frontend=1)[1:] == ["rework.backend", "rework.frontend", "rework.build"]
    assert run.owed == (BACKEND, FRONTEND)


def test_acceptance_can_send_back_to_the_build() -> None:
    run = game().until(Stage.ACCEPTANCE)
    assert run.rework(CTO, frontend=1)[-1] == "rework.build"
    assert run.owed == (FRONTEND,)


@pytest.mark.parametrize(("grade", "row"), [(1, "waive"), (2, "open"), (3, "open")])
def test_rework_used_up_is_waived_but_a_security_finding_escalates(grade: int, row: str) -> None:
    run = game(rework_backend=0).until(Stage.VERIFICATION)
    run.rework(SECURITY, backend=grade)
    assert f"rework.backend.{row}" in run.say(QA, A)


def test_a_waiver_drops_only_the_item_over_its_limit() -> None:
    run = game(rework_backend=0, rework_frontend=1).until(Stage.VERIFICATION)
    run.say(SECURITY, A)
    fired = run.rework(QA, backend=1, frontend=1)
    assert fired[1:] == ["rework.backend.waive", "rework.frontend", "rework.build"]
    assert run.step.waived is Item.BACKEND


def test_a_limit_may_stop_the_run() -> None:
    run = game(at=AtLimit.STOP, rework_frontend=0).until(Stage.VERIFICATION)
    run.say(SECURITY, A)
    assert run.rework(QA, frontend=1)[-1] == "rework.frontend.stop"
    assert run.at.stage is Stage.STOPPED_BY_POLICY


# --- questions ------------------------------------------------------------------------------------


def test_a_question_goes_to_the_cto_and_the_asker_goes_on() -> None:
    run = game(escalations=3).until(Stage.REQUIREMENTS)
    assert run.ask(PM) == ["requirements.question", "question.open", "arbitration.cto"]
    assert (run.owed, run.left(Limit.ESCALATIONS)) == ((CTO,), 2)
    assert run.offers(CTO) == {EventKind.ANSWER, EventKind.APPROVE, EventKind.REJECT,
                               EventKind.STOP, EventKind.REFER}  # fmt: skip
    run.say(CTO, EventKind.ANSWER)
    assert (run.at.stage, run.owed) == (Stage.REQUIREMENTS, (PM,))


@pytest.mark.parametrize("stage", [Stage.PLAN, Stage.ACCEPTANCE])
def test_the_ctos_own_question_goes_to_the_human(stage: Stage) -> None:
    """Safety property 8: nobody rules on a matter of their own."""
    run = game(human_questions=2).until(stage)
    assert run.ask(CTO)[-1] == "human.ask"
    assert (run.owed, run.left(Limit.HUMAN_QUESTIONS)) == ((HUMAN,), 1)
    assert run.left(Limit.ESCALATIONS) == 2, "it did not start at the CTO"


def test_the_policy_may_name_the_human_for_a_question() -> None:
    run = game().until(Stage.CONTRACT)
    assert run.ask(BACKEND, question=2)[-2:] == ["arbitration.to_human.question", "human.ask"]


def test_when_a_reviewer_asks_the_whole_group_reports_again() -> None:
    """A verdict given before the ruling may be stale."""
    run = game().until(Stage.CONTRACT_REVIEW)
    run.rework(FRONTEND, contract=1)
    run.ask(SECURITY)
    assert "question.regroup.contract_review" in run.say(QA, A)
    run.say(CTO, EventKind.ANSWER)
    assert run.owed == (FRONTEND, SECURITY, QA)
    assert run.at.contract == 0


def test_a_question_of_the_whole_group_drops_what_was_said_beside_it() -> None:
    run = game().until(Stage.VERIFICATION)
    run.ask(SECURITY, backend=2)
    run.ask(QA, frontend=1, contract_asked=mask(QA))
    assert (run.at.backend, run.at.frontend, run.at.contract_asked) == (0, 0, 0)
    run.say(CTO, EventKind.REJECT)
    assert run.owed == (SECURITY, QA)


def test_a_build_keeps_what_is_delivered_and_the_asker_goes_on() -> None:
    run = game().until(Stage.BUILD)
    run.say(BACKEND, D)
    run.ask(FRONTEND)
    run.say(CTO, EventKind.ANSWER)
    assert (run.at.stage, run.owed) == (Stage.BUILD, (FRONTEND,))


def test_all_questions_of_a_group_are_one_matter() -> None:
    run = game(escalations=2).until(Stage.BUILD)
    run.ask(BACKEND)
    run.ask(FRONTEND)
    assert (run.owed, run.left(Limit.ESCALATIONS)) == ((CTO,), 1)
    run.say(CTO, EventKind.ANSWER)
    assert run.owed == (BACKEND, FRONTEND)


def test_what_has_lower_precedence_waits_on_the_docket() -> None:
    """Question > change > rework > accept; nothing reported is dropped."""
    run = game().until(Stage.BUILD)
    run.ask(BACKEND)
    run.change(FRONTEND)
    assert run.at.matter is MatterKind.QUESTION
    run.say(CTO, EventKind.ANSWER)
    assert (run.at.matter, run.at.stage) == (MatterKind.RULING, Stage.CHANGE_CONTROL)
    run.say(CTO, EventKind.REJECT)
    assert run.owed == (BACKEND, FRONTEND)


def test_a_referred_question_spends_the_ctos_and_the_humans_limit() -> None:
    run = game().until(Stage.CONTRACT)
    run.ask(BACKEND)
    assert run.say(CTO, EventKind.REFER) == ["arbitration.refer", "human.ask"]
    assert (run.left(Limit.ESCALATIONS), run.left(Limit.HUMAN_QUESTIONS)) == (1, 1)


def test_escalations_used_up_go_to_the_human_and_then_the_run_stops() -> None:
    run = game(escalations=0, human_questions=1).until(Stage.REQUIREMENTS)
    assert run.ask(PM)[-2:] == ["arbitration.to_human.limit_escalations", "human.ask"]
    run.say(HUMAN, EventKind.ANSWER)
    assert run.ask(PM)[-1] == "human.stop"
    assert (run.at.stage, run.step.fired[-1].at_limit) == (
        Stage.STOPPED_BY_POLICY,
        Limit.HUMAN_QUESTIONS,
    )


def test_escalations_used_up_may_stop_the_run() -> None:
    run = game(escalations=0, changes={"escalations_at": AtLimit.STOP}).until(Stage.REQUIREMENTS)
    assert run.ask(PM)[-1] == "arbitration.stop"


def test_the_cto_may_stop_the_run() -> None:
    run = game().until(Stage.REQUIREMENTS)
    run.ask(PM)
    assert run.say(CTO, EventKind.STOP) == ["arbitration.stop_by_decision"]
    assert run.at.stage is Stage.STOPPED


# --- change control -------------------------------------------------------------------------------


def test_an_approved_contract_change_goes_back_to_the_contract_and_forward_through_review() -> None:
    """Build is then whoever is affected, asked or is unfinished, and the contract's owner."""
    run = game().until(Stage.VERIFICATION)
    run.say(SECURITY, A)
    assert run.change(QA, affected=(FRONTEND,))[-2:] == [
        "change.open.contract_change", "change_control.cto",
    ]  # fmt: skip
    assert run.left(Limit.CHANGE_REQUESTS) == 1
    run.say(CTO, EventKind.APPROVE, approved=1)
    assert (run.at.stage, run.owed) == (Stage.CONTRACT, (BACKEND,))
    run.say(BACKEND, D)
    assert run.owed == (FRONTEND, SECURITY, QA)
    assert set(run.until(Stage.BUILD).owed) == {BACKEND, FRONTEND}


def test_a_builder_that_a_change_does_not_meet_does_not_build_again() -> None:
    run = game().until(Stage.VERIFICATION)
    run.change(SECURITY)
    run.say(QA, A)
    run.say(CTO, EventKind.APPROVE, approved=1)
    run.until(Stage.BUILD)
    assert run.owed == (BACKEND,)


def test_a_change_of_scope_goes_to_the_human_and_back_to_the_requirements() -> None:
    run = game().until(Stage.VERIFICATION)
    run.say(SECURITY, A)
    run.change(QA, contract=False, scope=True)
    assert (run.at.stage, run.owed) == (Stage.HUMAN, (HUMAN,))
    assert run.say(HUMAN, EventKind.APPROVE, approved=2)[0] == "human.approve.scope"
    assert (run.at.stage, run.owed) == (Stage.REQUIREMENTS, (PM,))
    run.until(Stage.BUILD)
    assert run.owed == (BACKEND, FRONTEND)


@pytest.mark.parametrize(
    ("approved", "row", "stage", "waived"),
    [
        (3, "both", Stage.REQUIREMENTS, Item.NONE),
        (2, "scope_only", Stage.REQUIREMENTS, Item.CONTRACT_CHANGE),
        (1, "contract_only", Stage.CONTRACT, Item.SCOPE_CHANGE),
    ],
)
def test_the_earliest_stage_approved_wins_and_the_rest_is_waived(
    approved: int, row: str, stage: Stage, waived: Item
) -> None:
    run = game().until(Stage.VERIFICATION)
    run.change(SECURITY)
    run.change(QA, contract=False, scope=True)
    assert run.left(Limit.CHANGE_REQUESTS) == 0, "each request spends one"
    assert run.say(HUMAN, EventKind.APPROVE, approved=approved)[0] == f"human.approve.{row}"
    assert (run.at.stage, run.step.waived) == (stage, waived)


def test_a_rejected_change_is_waived_and_the_requester_must_deliver() -> None:
    run = game().until(Stage.BUILD)
    run.say(BACKEND, D)
    run.change(FRONTEND)
    run.say(CTO, EventKind.REJECT)
    assert (run.owed, run.step.waived) == ((FRONTEND,), Item.CONTRACT_CHANGE)
    assert run.offers(FRONTEND) == {D, Q}, "no second request during this visit"


def test_a_rejected_change_does_not_keep_a_judge_from_its_verdict() -> None:
    run = game().until(Stage.VERIFICATION)
    run.rework(SECURITY, backend=3)
    run.change(QA)
    run.say(CTO, EventKind.REJECT)
    assert run.owed == (QA,)
    assert "rework.backend" in run.say(QA, A), "what Security found has waited"


def test_findings_that_waited_join_the_next_build() -> None:
    run = game().until(Stage.VERIFICATION)
    run.rework(SECURITY, frontend=1)
    run.change(QA)
    assert "reopen.join.frontend" in run.say(CTO, EventKind.APPROVE, approved=1)
    assert run.left(Limit.REWORK_FRONTEND) == 2
    run.until(Stage.BUILD)
    assert run.owed == (BACKEND, FRONTEND)


def test_change_requests_over_the_limit_escalate() -> None:
    """BE-ESC-6: the contract loop is at its limit."""
    run = game(change_requests=0).until(Stage.BUILD)
    run.say(BACKEND, D)
    assert run.change(FRONTEND)[1:] == ["change.limit.contract_change.open", "arbitration.cto"]
    assert run.at.matter is MatterKind.LIMIT
    assert run.offers(CTO) == {EventKind.GRANT, EventKind.WAIVE, EventKind.FREEZE, EventKind.STOP,
                               EventKind.REFER}  # fmt: skip
    assert run.say(CTO, EventKind.FREEZE)[0] == "arbitration.limit.freeze.contract_change"
    assert (run.at.frozen, run.step.waived, run.owed) == (1, Item.CONTRACT_CHANGE, (FRONTEND,))
    run.until(Stage.VERIFICATION)
    assert EventKind.CHANGE not in run.offers(QA), "withdrawn from every later assignment"


def test_the_policy_may_freeze_by_itself() -> None:
    run = game(change_requests=0, changes={"change_requests_at": AtLimit.FREEZE})
    run.until(Stage.BUILD).say(BACKEND, D)
    fired = run.change(FRONTEND)
    assert fired[1:] == ["change.limit.contract_change.freeze", "docket.again"]
    assert (run.at.frozen, run.step.waived, run.owed) == (1, Item.CONTRACT_CHANGE, (FRONTEND,))


def test_the_ctos_own_change_request_goes_to_the_human() -> None:
    """Safety property 8."""
    run = game().until(Stage.ACCEPTANCE)
    assert run.change(CTO)[-2:] == ["change_control.to_human.own_acceptance", "human.ask"]


# --- limits, grants, no progress, budgets ---------------------------------------------------------


def test_a_grant_is_one_more_step_and_is_itself_limited() -> None:
    run = game(rework_backend=0, grants=1).until(Stage.VERIFICATION)
    run.rework(SECURITY, backend=2)
    run.say(QA, A)
    assert "rework.backend" in run.say(CTO, EventKind.GRANT)
    assert (run.step.granted, run.left(Limit.GRANTS)) == (Limit.REWORK_BACKEND, 0)
    run.say(BACKEND, D)
    run.rework(SECURITY, backend=2)
    run.say(QA, A)
    assert EventKind.GRANT not in run.offers(CTO), "not on offer when grants are spent"


def test_no_cto_waives_a_critical_security_finding() -> None:
    """Safety property 10."""
    run = game(rework_backend=0, grants=0).until(Stage.VERIFICATION)
    run.rework(SECURITY, backend=3)
    run.say(QA, A)
    assert run.offers(CTO) == {EventKind.STOP, EventKind.REFER}
    run.say(CTO, EventKind.REFER)
    assert EventKind.WAIVE in run.offers(HUMAN)
    run.say(HUMAN, EventKind.WAIVE)
    assert (run.step.waived, run.at.stage) == (Item.BACKEND, Stage.ACCEPTANCE)


def test_the_cto_may_waive_an_ordinary_security_finding() -> None:
    run = game(rework_backend=0).until(Stage.VERIFICATION)
    run.rework(SECURITY, backend=2)
    run.say(QA, A)
    assert EventKind.WAIVE in run.offers(CTO)


def test_what_comes_back_spends_its_own_limit_and_the_loops() -> None:
    run = game(no_progress=1, rework_backend=2).until(Stage.VERIFICATION)
    run.say(SECURITY, A)
    fired = run.rework(QA, backend=1, repeat=int(Item.BACKEND))
    assert fired[1:3] == ["no_progress.backend.spend", "rework.backend"]
    assert (run.left(Limit.NO_PROGRESS), run.left(Limit.REWORK_BACKEND)) == (0, 1)


def test_no_progress_is_tested_before_the_loops_own_limit() -> None:
    run = game(no_progress=0, rework_backend=1).until(Stage.VERIFICATION)
    run.say(SECURITY, A)
    run.rework(QA, backend=1, repeat=int(Item.BACKEND))
    assert "no_progress.backend.open" in run.fired
    assert "rework.backend" not in run.fired
    run.say(CTO, EventKind.GRANT)
    assert run.fired[1:3] == ["no_progress.backend.spend", "rework.backend"]


def test_no_grant_is_on_offer_that_the_loops_own_limit_would_eat() -> None:
    run = game(no_progress=0, rework_backend=0).until(Stage.VERIFICATION)
    run.say(SECURITY, A)
    run.rework(QA, backend=1, repeat=int(Item.BACKEND))
    assert run.offers(CTO) == {EventKind.WAIVE, EventKind.REFER, EventKind.STOP}


@pytest.mark.parametrize("change_requests", [0, 1])
def test_only_the_human_refuses_a_change_that_mends_a_critical_flaw(change_requests: int) -> None:
    """Safety property 10: a refused request ships the flaw that it would have mended."""
    run = game(change_requests=change_requests).until(Stage.VERIFICATION)
    bit = BIT[SECURITY]
    run.say(SECURITY, EventKind.CHANGE, contract_asked=bit, critical=1)
    fired = run.say(QA, A)
    assert any(".to_human.critical" in rule for rule in fired)
    assert run.at.stage is Stage.HUMAN


def test_a_freeze_settles_what_is_asked_and_what_is_in_hand() -> None:
    run = game(change_requests=1, changes={"change_requests_at": AtLimit.FREEZE}).until(Stage.BUILD)
    run.say(BACKEND, EventKind.CHANGE, contract_asked=BIT[BACKEND])
    fired = run.say(FRONTEND, EventKind.CHANGE, contract_asked=BIT[FRONTEND])
    assert "change.limit.contract_change.freeze" in fired
    assert run.at.contract_change == run.at.contract_asked == 0
    assert run.at.stage is Stage.BUILD
    assert set(run.owed) == {BACKEND, FRONTEND}


def test_a_question_asked_again_unchanged_is_no_progress() -> None:
    """BE-ESC-7: a reject must not be raised again unchanged."""
    run = game(no_progress=0).until(Stage.CONTRACT)
    run.ask(BACKEND)
    run.say(CTO, EventKind.REJECT)
    assert "no_progress.question.open" in run.ask(BACKEND, repeat=int(Item.QUESTION))


def test_a_budget_comes_first_and_its_grant_goes_on_where_the_run_was() -> None:
    run = game().until(Stage.BUILD)
    run.say(BACKEND, D)
    assert run.say(FRONTEND, D, budget=1)[1:] == ["budget.open", "arbitration.cto"]
    assert run.offers(CTO) == {EventKind.GRANT, EventKind.STOP, EventKind.REFER}
    assert run.say(CTO, EventKind.GRANT) == ["arbitration.budget.grant", "build.next"]


def test_a_grant_that_is_not_enough_asks_again() -> None:
    run = game(grants=1).until(Stage.CONTRACT)
    run.say(BACKEND, D, budget=1)
    assert run.say(CTO, EventKind.GRANT, budget=1)[1:] == ["budget.open", "arbitration.cto"]
    assert EventKind.GRANT not in run.offers(CTO)


def test_a_budget_may_stop_the_run() -> None:
    run = game(changes={"budget_at": AtLimit.STOP}).until(Stage.CONTRACT)
    assert run.say(BACKEND, D, budget=1)[-1] == "budget.stop"


def test_no_budget_stops_what_is_already_accepted() -> None:
    run = game().until(Stage.ACCEPTANCE)
    assert run.say(CTO, A, budget=1)[-1] == "acceptance.ship"


# --- release, missing roles, one role alone -------------------------------------------------------


def test_only_the_humans_approval_releases() -> None:
    """PUB-10, safety property 6."""
    run = game(release=1, human_questions=0).until(Stage.RELEASE)
    assert run.offers(HUMAN) == {EventKind.APPROVE, EventKind.DENY}, "spends no human question"
    denied = replace(run)
    denied.at = run.at
    assert denied.say(HUMAN, EventKind.DENY) == ["release.deny"]
    assert denied.at.stage is Stage.STOPPED
    assert run.say(HUMAN, EventKind.APPROVE) == ["release.approve"]


def test_without_a_cto_the_human_decides() -> None:
    run = game(changes={"cto": 0, "standins": mask(CTO)}).until(Stage.REQUIREMENTS)
    assert run.ask(PM)[-2:] == ["arbitration.to_human.no_cto", "human.ask"]
    assert run.left(Limit.ESCALATIONS) == 2


@pytest.mark.parametrize(
    ("absent", "groups"),
    [
        (PM, {"group_requirements": 0}),
        (BACKEND, {"group_contract": 0, "group_contract_review": 0, "group_build": mask(FRONTEND),
                   "builders": mask(FRONTEND)}),
        (FRONTEND, {"group_contract_review": mask(SECURITY, QA), "group_build": mask(BACKEND),
                    "builders": mask(BACKEND)}),
        (QA, {"group_contract_review": mask(FRONTEND, SECURITY),
              "group_verification": mask(SECURITY)}),
    ],
)  # fmt: skip
def test_a_missing_role_is_passed_by(absent: Seat, groups: dict[str, object]) -> None:
    """PUB-4: any subset of the seven runs."""
    run = game(changes=groups)
    asked = set[Seat]()
    while run.at.stage not in ENDS:
        asked |= set(run.owed)
        run.say(run.owed[0], next(kind for kind in (D, A) if kind in run.offers(run.owed[0])))
    assert run.at.stage is Stage.SHIPPED
    assert absent not in asked
    assert asked == set(Seat) - {HUMAN, absent}


def test_findings_for_an_absent_builder_do_not_join_a_build_that_never_comes() -> None:
    groups = {"group_contract_review": mask(SECURITY, QA), "group_build": mask(BACKEND),
              "builders": mask(BACKEND), "grantable_frontend": 0,
              "rework_frontend_at": AtLimit.ESCALATE}  # fmt: skip
    run = game(changes=groups, rework_frontend=0).until(Stage.VERIFICATION)
    run.rework(SECURITY, frontend=1)
    run.change(QA)
    run.say(CTO, EventKind.APPROVE, approved=1)
    assert run.until(Stage.BUILD).owed == (BACKEND,)
    run.until(Stage.VERIFICATION).say(SECURITY, A)
    assert "rework.frontend.open" in run.say(QA, A), "its rework goes to the CTO"


@pytest.mark.parametrize("mode", [Mode.DESIGN, Mode.BUILD, Mode.REVIEW, Mode.AUDIT])
def test_one_role_alone_ships_by_what_its_mode_lets_it_say(mode: Mode) -> None:
    """An audit is accepted or sent back; every other work item is delivered."""
    run = Game(manifest=whole_team({}, changes={**alone(BACKEND, mode), "cto": 0}))
    wanted = {A, R, Q} if mode is Mode.AUDIT else {D, Q}
    assert run.offers(BACKEND) == wanted
    for foreign in {D, A, R} - wanted:
        with pytest.raises(EventRefused, match="not offered"):
            run.say(BACKEND, foreign)
    done = A if mode is Mode.AUDIT else D
    assert run.say(BACKEND, done) == [f"solo.{done}", "solo.ship"]


def test_one_role_alone_asks_the_human() -> None:
    run = Game(manifest=whole_team({}, changes={**alone(CTO), "cto": 0}))
    assert run.ask(CTO)[-1] == "human.ask", "not even the CTO rules on its own question"
