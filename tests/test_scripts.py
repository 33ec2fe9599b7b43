"""A script for every end, limit and trigger: how the run ends, and which rows decided."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from remit.agents.agent import Desk
from remit.agents.function import FunctionAgent
from remit.agents.script import load
from remit.agents.script import script as told
from remit.agents.scripted import Scripted
from remit.agents.team import Team
from remit.graph.course import Course
from remit.graph.event import seats
from remit.graph.rules import RULES
from remit.state.assignment import Assignment
from remit.state.brief import Brief, ExternalAction
from remit.state.vocabulary import Limit, Seat, Stage, Trigger
from tests.desks import BRIEF
from tests.runs import Entries, Setting, policy, ran, scripted

SCRIPTS = Path(__file__).parent / "scripts"
SHIPPED, STOPPED, BY_POLICY = Stage.SHIPPED, Stage.STOPPED, Stage.STOPPED_BY_POLICY
DEPLOYS = BRIEF.model_copy(
    update={"external_actions": (ExternalAction(kind="deploy", target="the clinic"),)}
)
UNDECIDED = BRIEF.model_copy(update={"delivery_mode": "scale", "tenancy": None})


@dataclass(frozen=True, kw_only=True)
class Story:
    """How a script is run and what has to come of it."""

    end: Stage
    rules: tuple[str, ...]
    """Rows that fired, in this order; others may stand between them."""
    limit: Limit | None = None
    """The limit that some fired row reached."""
    trigger: Trigger | None = None
    """Why the question was asked."""
    brief: Brief = BRIEF
    changes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    """Keys of the balanced policy that are different."""


def at(**limits: object) -> dict[str, Mapping[str, Any]]:
    return {"at_limit": limits}


def few(**limits: object) -> dict[str, Mapping[str, Any]]:
    return {"limits": limits}


STORIES: dict[str, Story] = {
    "shipped": Story(end=SHIPPED, rules=("contract_review.next", "acceptance.ship")),
    "stopped": Story(
        end=STOPPED, rules=("question.open", "arbitration.cto", "arbitration.stop_by_decision"),
        trigger=Trigger.ROLE,
    ),
    "released": Story(
        end=SHIPPED, rules=("acceptance.release", "release.approve"), brief=DEPLOYS
    ),
    "denied": Story(end=STOPPED, rules=("acceptance.release", "release.deny"), brief=DEPLOYS),
    "release_unanswered": Story(
        end=STOPPED, rules=("acceptance.release", "release.deny"), brief=DEPLOYS
    ),
    "requirement_rework": Story(
        end=SHIPPED, rules=("rework.requirements", "rework.requirements.waive"),
        limit=Limit.REQUIREMENT_REWORK,
    ),
    "contract_review": Story(
        end=SHIPPED, rules=("rework.contract", "rework.contract", "rework.contract.waive"),
        limit=Limit.CONTRACT_REVIEW,
    ),
    "contract_review_security": Story(
        end=SHIPPED, rules=("rework.contract.open", "arbitration.limit.waive.contract"),
        limit=Limit.CONTRACT_REVIEW,
    ),
    "rework_backend": Story(
        end=SHIPPED, rules=("rework.backend", "rework.backend", "rework.backend.waive"),
        limit=Limit.REWORK_BACKEND,
    ),
    "rework_frontend": Story(
        end=SHIPPED, limit=Limit.REWORK_FRONTEND, changes=at(rework_frontend="escalate"),
        rules=("rework.frontend.open", "arbitration.limit.grant.frontend", "rework.frontend"),
    ),
    "grants": Story(
        end=SHIPPED, limit=Limit.REWORK_BACKEND,
        changes={**at(rework_backend="escalate"), **few(rework_backend=0)},
        rules=("arbitration.limit.grant.backend", "rework.backend.open",
               "arbitration.limit.waive.backend"),
    ),
    "critical_finding": Story(
        end=SHIPPED, limit=Limit.REWORK_BACKEND, changes=few(rework_backend=0),
        rules=("rework.backend.open", "arbitration.refer", "human.limit.waive.backend"),
    ),
    "critical_finding_unanswered": Story(
        end=STOPPED, limit=Limit.REWORK_BACKEND, changes=few(rework_backend=0),
        rules=("arbitration.refer", "human.ask", "human.stop_by_decision"),
    ),
    "change_requests_escalate": Story(
        end=SHIPPED, limit=Limit.CHANGE_REQUESTS, changes=few(change_requests=1),
        rules=("change_control.reject", "change.limit.contract_change.open", "arbitration.cto",
               "arbitration.limit.freeze.contract_change"),
    ),
    "change_requests_freeze": Story(
        end=SHIPPED, limit=Limit.CHANGE_REQUESTS, rules=("change.limit.contract_change.freeze",),
        changes={**at(change_requests="freeze"), **few(change_requests=0)},
    ),
    "change_approved": Story(
        end=SHIPPED, rules=("change.admit.contract_change.qa", "change.open.contract_change",
                            "change_control.approve.contract", "reopen.contract",
                            "contract_review.next", "acceptance.ship"),
    ),
    "scope_change": Story(
        end=SHIPPED, rules=("change_control.to_human.scope", "human.ask", "human.approve.scope",
                            "reopen.requirements", "acceptance.ship"),
    ),
    "no_progress": Story(
        end=SHIPPED, limit=Limit.NO_PROGRESS, trigger=Trigger.NO_PROGRESS,
        rules=("no_progress.backend.spend", "no_progress.backend.open",
               "arbitration.no_progress.waive.backend"),
    ),
    "no_progress_question": Story(
        end=SHIPPED, limit=Limit.NO_PROGRESS, trigger=Trigger.NO_PROGRESS,
        changes=few(no_progress=0),
        rules=("arbitration.question.reject", "no_progress.question.open",
               "arbitration.no_progress.waive.question"),
    ),
    "escalations": Story(
        end=SHIPPED, limit=Limit.ESCALATIONS,
        rules=("arbitration.to_human.limit_escalations", "human.question.answer"),
    ),
    "human_questions": Story(
        end=BY_POLICY, limit=Limit.HUMAN_QUESTIONS,
        rules=("arbitration.to_human.own_plan", "human.stop"),
    ),
    "question_unanswered": Story(end=SHIPPED, rules=("human.ask", "human.question.reject")),
    "tokens": Story(
        end=SHIPPED, limit=Limit.HANDOFFS, trigger=Trigger.BUDGET,
        rules=("budget.open", "arbitration.to_human.own_plan", "human.budget.grant"),
    ),
    "dollars": Story(
        end=SHIPPED, limit=Limit.HANDOFFS, trigger=Trigger.BUDGET,
        rules=("budget.open", "arbitration.cto", "arbitration.budget.grant", "requirements.next"),
    ),
    "hours": Story(
        end=BY_POLICY, limit=Limit.HANDOFFS, rules=("budget.stop",), changes=at(budget="stop")
    ),
    "new_component": Story(
        end=SHIPPED, rules=("question.open", "arbitration.question.approve"),
        trigger=Trigger.NEW_COMPONENT,
    ),
    "contract_drift": Story(
        end=SHIPPED, rules=("question.open", "arbitration.question.reject"),
        trigger=Trigger.CONTRACT_DRIFT,
    ),
    "security_conflict": Story(
        end=SHIPPED, rules=("question.open", "arbitration.question.answer"),
        trigger=Trigger.SECURITY_CONFLICT,
    ),
    "over_budget": Story(
        end=SHIPPED, rules=("question.open", "arbitration.question.answer"),
        trigger=Trigger.OVER_BUDGET,
    ),
    "tenancy_unclear": Story(
        end=SHIPPED, rules=("question.open", "arbitration.question.answer"), brief=UNDECIDED,
        trigger=Trigger.TENANCY_UNCLEAR,
    ),
    "missing_input": Story(
        end=SHIPPED, rules=("question.open", "arbitration.question.answer"),
        trigger=Trigger.MISSING_INPUT,
    ),
    "role_question": Story(
        end=SHIPPED, rules=("question.open", "arbitration.question.answer"), trigger=Trigger.ROLE
    ),
    "agent_failed": Story(
        end=SHIPPED, rules=("question.regroup.contract_review", "arbitration.question.answer"),
        trigger=Trigger.AGENT_FAILED,
    ),
}  # fmt: skip


def fired(course: Course) -> list[str]:
    """Ids of all rows that fired, in order; the rows of a group's handoffs are the same ones."""
    by_step = {row.step: row.fired for row in course.handoffs}
    return [rule for rules in by_step.values() for rule in rules]


def in_order(wanted: tuple[str, ...], found: list[str]) -> bool:
    rest = iter(found)
    return all(one in rest for one in wanted)


def test_every_script_is_told() -> None:
    assert {path.stem for path in SCRIPTS.glob("*.yaml")} == set(STORIES)


@pytest.mark.parametrize("name", sorted(STORIES))
def test_a_script_ends_as_told(name: str) -> None:
    story, script = STORIES[name], load(SCRIPTS / f"{name}.yaml")
    setting = Setting(policy=policy(**story.changes), brief=story.brief)
    course = scripted(script, setting)
    assert course.position.stage is story.end
    assert in_order(story.rules, fired(course)), fired(course)
    assert script.leftover(course.ledger.turns) == ()
    if story.limit:
        assert story.limit in reached(course)
    if story.trigger:
        assert story.trigger in triggers(course)


def reached(course: Course) -> set[Limit | None]:
    """The limits whose end was answered by a row."""
    names = set(fired(course))
    return {rule.at_limit for rule in RULES if rule.id in names}


def triggers(course: Course) -> set[Trigger]:
    """Why matters were put: what questions name, and what the machine asks by itself."""
    matters = [state.matter for state in course.matters.values()]
    asked = {question.trigger for matter in matters for question in matter.questions}
    kinds = {str(matter.kind) for matter in matters}
    return asked | {trigger for trigger in Trigger if str(trigger) in kinds}


def test_every_trigger_has_a_script() -> None:
    """BE-ESC-1..6, what the CTO must supply, the roles' own questions and the machine's."""
    asked = set[Trigger]()
    for name, story in STORIES.items():
        setting = Setting(policy=policy(**story.changes), brief=story.brief)
        asked |= triggers(scripted(load(SCRIPTS / f"{name}.yaml"), setting))
    routed = {Trigger.CONTRACT_LOOP}
    assert asked == set(Trigger) - routed
    assert "change.limit.contract_change.open" in STORIES["change_requests_escalate"].rules


def test_the_limit_trigger_is_a_matter_of_its_own() -> None:
    course = scripted(load(SCRIPTS / "contract_review_security.yaml"), Setting())
    assert Trigger.LIMIT in triggers(course)


def test_the_end_names_the_limit_that_stopped_the_run() -> None:
    for name, limit in (("human_questions", Limit.HUMAN_QUESTIONS), ("hours", Limit.HOURS)):
        story = STORIES[name]
        course = scripted(load(SCRIPTS / f"{name}.yaml"), Setting(policy=policy(**story.changes)))
        assert course.ended_by is limit


def test_a_matter_that_nobody_answered_says_so() -> None:
    """Silence is recorded as a decision of the policy's."""
    course = scripted(load(SCRIPTS / "question_unanswered.yaml"), Setting())
    (state,) = course.matters.values()
    assert state.answered_by == "policy (silence)"
    assert state.answer is not None
    assert state.answer["event"] == "reject"


@pytest.mark.parametrize(
    ("loop", "limit", "entries"),
    [
        ("requirement_rework", Limit.REQUIREMENT_REWORK, [{"uiux": "rework"}]),
        ("contract_review", Limit.CONTRACT_REVIEW, [{"qa": "rework"}]),
        ("rework_backend", Limit.REWORK_BACKEND, [{"qa": "auto"}, {"qa": "rework"}]),
        ("rework_frontend", Limit.REWORK_FRONTEND,
         [{"qa": "auto"}, {"qa": {"event": "rework", "findings": ["frontend"]}}]),
        ("change_requests", Limit.CHANGE_REQUESTS, [{"frontend": "auto"}, {"frontend": "change"}]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("action", ["stop", "escalate"])
def test_a_limit_may_stop_the_run_or_ask_the_cto(
    loop: str, limit: Limit, entries: Entries, action: str
) -> None:
    decided: Entries = [{"cto": "auto"}, {"cto": {"stage": "arbitration", "event": "waive"}}]
    course = scripted(
        told([*entries, *(decided if action == "escalate" else [])]),
        Setting(policy=policy(limits={loop: 0}, at_limit={loop: action})),
    )
    assert course.position.stage is (BY_POLICY if action == "stop" else SHIPPED)
    assert course.ended_by is (limit if action == "stop" else None)
    if action == "escalate":
        assert [debt.by for debt in course.ledger.debts] == ["cto"]


def test_no_progress_may_stop_the_run_or_be_waived() -> None:
    entries: Entries = [{"qa": "auto"}, {"qa": "rework"}, {"qa": "rework"}]
    for action, end in (("stop", BY_POLICY), ("waive", SHIPPED)):
        terms = policy(limits={"no_progress": 0}, at_limit={"no_progress": action})
        course = scripted(told(entries), Setting(policy=terms))
        assert course.position.stage is end
        assert f"no_progress.backend.{action}" in fired(course)


def test_escalations_used_up_may_stop_the_run() -> None:
    terms = policy(limits={"escalations": 0}, at_limit={"escalations": "stop"})
    course = scripted(told([{"pm": "question"}]), Setting(policy=terms))
    assert (course.position.stage, course.ended_by) == (BY_POLICY, Limit.ESCALATIONS)


def test_too_many_invalid_outputs_become_a_question() -> None:
    """BE-PROMPT-2: bounded retries, then the CTO."""
    tries: list[int] = []

    def stubborn(assignment: Assignment, desk: Desk) -> str:
        tries.append(assignment.step)
        return "accept" if assignment.rulings else "approve"

    agents = Team(agents=dict.fromkeys(Seat, Scripted(told([]))))
    course = ran(agents.seated(Seat.QA, FunctionAgent(stubborn)), Setting())
    assert tries.count(tries[0]) == 3, "two invalid answers are taken, the third is one too many"
    assert Trigger.AGENT_FAILED in triggers(course)
    assert course.position.stage is SHIPPED


@pytest.mark.parametrize("allowed", [12, 13, 14, 15, 20])
def test_handoffs_are_never_exceeded_but_for_the_sake_of_an_authority(allowed: int) -> None:
    """N permits N: work is issued within what is allowed and granted, and not one more."""
    entries: Entries = [{"qa": "auto"}, *[{"qa": "rework"}] * 4]
    terms = policy(limits={"handoffs": allowed, "no_progress": "unlimited"},
                   grant_step={"handoffs": 2})  # fmt: skip
    course = scripted(told(entries), Setting(policy=terms))
    most, issued = allowed, 0
    for row in course.handoffs:
        granted = [one for one in course.ledger.grants if one.step < row.step]
        most = allowed + 2 * len(granted)
        issued += row.to is not None
        assert issued <= most or row.stage in (Stage.ARBITRATION, Stage.HUMAN) or row.to is None
    assert not seats(course.position.owed)
