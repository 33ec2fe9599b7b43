"""Backend's triggers: a condition that holds is asked about, whether the role says so or not."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.agents.artifacts import contract_hash
from remit.agents.artifacts.product import plain
from remit.agents.triggers import (
    GUARDED_KINDS,
    GUARDS,
    QUESTIONS_MAX,
    ROUTED,
    Facts,
    guarded,
    raised,
)
from remit.state.brief import Brief, Constraints, SecurityRequirement
from remit.state.report import Artifact, ChangeRequest, Question, Report
from remit.state.vocabulary import EventKind, Mode, Target, Trigger
from tests.plants import BRIEF as PLANTED
from tests.plants import fresh

Json = dict[str, Any]
SECURITY = SecurityRequirement(id="SEC-1", text="every access leaves an audit row")
BRIEF = PLANTED.model_copy(
    update={
        "stack": {"database": ("PostgreSQL 16",), "auth": ("OpenID Connect provider",),
                  "infra": ("container service",)},
        "constraints": Constraints(
            security=(SECURITY,), cost_usd_month=400, architecture=("one service",)
        ),
    }
)  # fmt: skip
PLAN: Json = {
    "mode": "plan",
    "routing_manifest": {"version": 1, "roles_active": ["cto", "backend"]},
    "constraints": {
        "delivery_mode": "mvp",
        "stack": [
            {"kind": "database", "name": "PostgreSQL 16", "reason": "foreign keys"},
            {"kind": "auth", "name": "OpenID Connect provider", "reason": "no own sign-in"},
            {"kind": "infra", "name": "container service", "reason": "one process"},
        ],
        "boundaries": ["one service"],
        "architecture": ["one deployable service"],
        "security": [SECURITY.model_dump(mode="json")],
        "cost_usd_month": 400,
        "deadline": None,
        "tenancy": "shared_schema",
    },
}
FROZEN: Json = fresh()["contract"]
STARTED = Facts(plan=PLAN, frozen_contract=FROZEN, implementation_started=True)


def built(mode: Mode = Mode.BUILD, **implementation: Any) -> Report:
    """A clean build report, with parts of `implementation` replaced."""
    output = deepcopy(fresh()["backend_build"])
    output["implementation"].update(
        {
            "components": PLAN["constraints"]["stack"],
            "contract_hash": contract_hash(FROZEN["openapi"]),
            **implementation,
        }
    )
    return Report(
        event=EventKind.DELIVER,
        mode=mode,
        summary="built",
        artifacts=(Artifact(name="backend_build", content=output),),
    )


def with_plan(**constraints: Any) -> Facts:
    return Facts(
        plan={**PLAN, "constraints": {**PLAN["constraints"], **constraints}},
        frozen_contract=FROZEN,
        implementation_started=True,
    )


def briefed(**values: Any) -> Brief:
    return BRIEF.model_copy(update=values)


def bounded(**constraints: Any) -> Brief:
    return briefed(constraints=BRIEF.constraints.model_copy(update=constraints))


def triggers(brief: Brief, facts: Facts, report: Report) -> list[Trigger]:
    return [question.trigger for question in raised(brief, facts, report)]


QUEUE = {"kind": "queue", "name": "RabbitMQ", "reason": "work that outlives its request"}
CONFLICT = {
    "requirement": "SEC-1",
    "incompatible_with": "latency:invoices",
    "evidence": "an audit row takes 900 ms",
    "open": True,
}
CHANGE = ChangeRequest(target=Target.CONTRACT, change="add a field", reason="a screen needs it")
MARKED = SECURITY.model_copy(update={"incompatible_with": ("latency:invoices",)})
HURRIED = SECURITY.model_copy(update={"incompatible_with": ("deadline",)})
LATE = bounded(security=(HURRIED,), deadline="2027-01-01")
RULED = {**CONFLICT, "open": False}
OTHER_CONTRACT = Artifact(name="contract", content={"openapi": {"info": {"title": "another"}}})
ANOTHER = built().model_copy(update={"artifacts": (*built().artifacts, OTHER_CONTRACT)})
ASKING = built().model_copy(update={"event": EventKind.CHANGE, "requests": (CHANGE,)})
SPENT = Facts(plan=PLAN, change_requests_left=0)
UNSET = briefed(tenancy=None, delivery_mode="scale")


def opened(tenancy: str | None) -> Report:
    """A build whose data model states this tenancy."""
    report = built()
    report.artifacts[0].content["data_model"]["tenancy"] = tenancy
    return report


CONDITIONS: tuple[tuple[Trigger, Brief, Facts, Report], ...] = (
    (Trigger.NEW_COMPONENT, BRIEF, STARTED, built(components=[QUEUE])),
    (Trigger.NEW_COMPONENT, BRIEF, Facts(), built(components=[QUEUE])),
    (Trigger.NEW_COMPONENT, BRIEF, STARTED,
     built(components=[{"kind": "cache", "name": "PostgreSQL 16", "reason": "wrong kind"}])),
    (Trigger.CONTRACT_DRIFT, BRIEF, STARTED, built(contract_hash="0" * 64)),
    (Trigger.CONTRACT_DRIFT, BRIEF, STARTED, built(drift=["+ GET /v1/tags parameter query sort"])),
    (Trigger.CONTRACT_DRIFT, BRIEF, STARTED, ANOTHER),
    (Trigger.TENANCY_UNCLEAR, UNSET, with_plan(tenancy=None, delivery_mode="scale"), built()),
    (Trigger.TENANCY_UNCLEAR, UNSET, Facts(), built()),
    (Trigger.TENANCY_UNCLEAR, BRIEF, STARTED, opened(None)),
    (Trigger.TENANCY_UNCLEAR, BRIEF, STARTED, opened("database_per_tenant")),
    (Trigger.SECURITY_CONFLICT, bounded(security=(MARKED,)), STARTED, built()),
    (Trigger.SECURITY_CONFLICT, LATE, STARTED, built()),
    (Trigger.SECURITY_CONFLICT, BRIEF, STARTED, built(conflicts=[CONFLICT])),
    (Trigger.OVER_BUDGET, BRIEF, STARTED, built(estimate_usd_month=401)),
    (Trigger.OVER_BUDGET, bounded(cost_usd_month=10), Facts(), built(estimate_usd_month=11)),
    (Trigger.CONTRACT_LOOP, BRIEF, SPENT, ASKING),
    (Trigger.MISSING_INPUT, briefed(stack=None), with_plan(stack=None), built()),
    (Trigger.MISSING_INPUT, BRIEF, with_plan(boundaries=[]), built()),
    (Trigger.MISSING_INPUT, BRIEF, with_plan(delivery_mode=None), built()),
    (Trigger.MISSING_INPUT, BRIEF, Facts(plan={**PLAN, "routing_manifest": {}}), built()),
    (Trigger.MISSING_INPUT, bounded(architecture=()), with_plan(architecture=[]), built()),
    (Trigger.MISSING_INPUT, bounded(security=()), with_plan(security=[]), built()),
    (Trigger.MISSING_INPUT, bounded(cost_usd_month=None), with_plan(cost_usd_month=None), built()),
)  # fmt: skip


def test_every_trigger_that_code_decides_has_a_planted_condition() -> None:
    """BE-ESC-1 … BE-ESC-6, BE-IN-0: the table of conditions leaves none out."""
    assert {trigger for trigger, *_ in CONDITIONS} == set(GUARDS)
    assert len(GUARDS) == 7


@pytest.mark.parametrize("number", range(len(CONDITIONS)))
def test_a_planted_condition_raises_exactly_its_trigger(number: int) -> None:
    """BE-ESC-1 … BE-ESC-6, BE-IN-1 … BE-IN-5: the condition decides, not what the role says."""
    trigger, brief, facts, report = CONDITIONS[number]
    assert triggers(brief, facts, report) == [trigger]


@pytest.mark.parametrize("number", range(len(CONDITIONS)))
def test_a_question_that_was_answered_is_not_raised_again(number: int) -> None:
    """BE-ESC-7: the ruling stands."""
    _, brief, facts, report = CONDITIONS[number]
    answered = frozenset(one.fingerprint for one in raised(brief, facts, report))
    again = Facts(
        plan=facts.plan,
        frozen_contract=facts.frozen_contract,
        implementation_started=facts.implementation_started,
        change_requests_left=facts.change_requests_left,
        answered=answered,
    )
    assert raised(brief, again, report) == ()
    assert guarded(brief, again, report) is report


@pytest.mark.parametrize("number", range(len(CONDITIONS)))
def test_a_condition_that_the_role_kept_to_itself_becomes_a_question(number: int) -> None:
    """BE-ESC-1 … BE-ESC-5: added before the report is journalled; its artifacts stay.

    A contract loop (BE-ESC-6) is a limit, on which the routing table acts by itself.
    """
    trigger, brief, facts, report = CONDITIONS[number]
    after = guarded(brief, facts, report)
    if trigger in ROUTED:
        assert after is report
        return
    assert after.event is EventKind.QUESTION
    assert [question.trigger for question in after.questions] == [trigger]
    assert after.artifacts == report.artifacts
    assert Report.model_validate_json(after.model_dump_json()) == after


def test_a_perfect_report_is_unchanged() -> None:
    """No condition, no question: with a plan, with a brief alone, before and after the freeze."""
    for facts in (STARTED, Facts(plan=PLAN), Facts()):
        assert raised(BRIEF, facts, built()) == ()
        assert guarded(BRIEF, facts, built()) == built()


LEGAL: tuple[tuple[str, Brief, Facts, Report], ...] = (
    ("another version", BRIEF, STARTED,
     built(components=[{"kind": "database", "name": "postgresql 17.2", "reason": "newer"}])),
    ("a library of no guarded kind", BRIEF, STARTED,
     built(components=[{"kind": "framework", "name": "FastAPI", "reason": "typed"}])),
    ("exactly at the ceiling", BRIEF, STARTED, built(estimate_usd_month=400)),
    ("a conflict that was ruled on", BRIEF, STARTED, built(conflicts=[RULED])),
    ("a conflict with a deadline that is not set", bounded(security=(HURRIED,)), STARTED, built()),
    ("drift while the contract is redrawn", BRIEF, STARTED,
     built(Mode.DESIGN, contract_hash="0" * 64)),
    ("drift before the build", BRIEF, Facts(plan=PLAN, frozen_contract=FROZEN),
     built(contract_hash="0" * 64)),
    ("drift that is asked for as a change", BRIEF, STARTED,
     built(drift=["+ GET /v1/tags"]).model_copy(update={"requests": (CHANGE,)})),
    ("an MVP shares the schema", briefed(tenancy=None), with_plan(tenancy=None), built()),
    ("the CTO chose the tenancy", UNSET, with_plan(delivery_mode="scale"), built()),
    ("one tenant", briefed(multi_tenant=False, tenancy=None, delivery_mode="scale"),
     with_plan(tenancy=None, delivery_mode="scale"), opened(None)),
    ("the tenancy was ruled on", UNSET, Facts(tenancy_ruled=True), built()),
    ("one change is left", BRIEF, Facts(plan=PLAN, change_requests_left=1), ASKING),
    ("changes are unlimited", BRIEF, Facts(plan=PLAN), ASKING),
    ("none is left and none is asked", BRIEF, SPENT, built()),
)  # fmt: skip


@pytest.mark.parametrize("number", range(len(LEGAL)))
def test_what_is_allowed_raises_nothing(number: int) -> None:
    """BE-ESC-1 … BE-ESC-6: the edges of each condition."""
    name, brief, facts, report = LEGAL[number]
    assert raised(brief, facts, report) == (), name


@pytest.mark.parametrize(
    ("missing", "facts"),
    [
        ("BE-IN-1", with_plan(stack=[])),
        ("BE-IN-1", with_plan(boundaries=None)),
        ("BE-IN-2", with_plan(delivery_mode="later")),
        ("BE-IN-3", Facts(plan={**PLAN, "routing_manifest": {"not_applicable": "none"}})),
    ],
)
def test_a_missing_input_is_named(missing: str, facts: Facts) -> None:
    """BE-IN-0: ask, do not assume; all that is missing in one question."""
    (question,) = [one for one in raised(BRIEF, facts, built()) if "BE-IN" in one.text]
    assert question.trigger is Trigger.MISSING_INPUT
    assert missing in question.text


def test_all_missing_inputs_come_in_one_question() -> None:
    """BE-IN-1 … BE-IN-5: a prose brief without a plan."""
    report = Report(event=EventKind.DELIVER, mode=Mode.DESIGN, summary="drawn")
    (question,) = raised(Brief(title="Hello"), Facts(), report)
    for needed in ("BE-IN-1", "BE-IN-4", "BE-IN-5"):
        assert needed in question.text


def test_each_component_is_a_question_of_its_own() -> None:
    """BE-ESC-1: a ruling on the queue says nothing about the cache."""
    parts = [{"kind": kind, "name": "new", "reason": "needed"} for kind in GUARDED_KINDS]
    asked = raised(BRIEF, STARTED, built(components=parts))
    assert len({one.fingerprint for one in asked}) == len(GUARDED_KINDS)
    queue = next(one for one in asked if "queue" in one.text)
    answered = Facts(plan=PLAN, answered=frozenset({queue.fingerprint}))
    assert queue not in raised(BRIEF, answered, built(components=parts))


def test_what_the_role_raised_in_the_same_words_is_not_raised_twice() -> None:
    (own,) = raised(BRIEF, STARTED, built(components=[QUEUE]))
    report = built(components=[QUEUE]).model_copy(
        update={"event": EventKind.QUESTION, "questions": (own,)}
    )
    assert guarded(BRIEF, STARTED, report) is report


def test_an_answer_settles_the_roles_own_words_and_the_guards() -> None:
    """BE-ESC-7: one condition is not asked about again in other words."""
    own = Question(trigger=Trigger.NEW_COMPONENT, text="May we have a queue?")
    report = built(components=[QUEUE]).model_copy(
        update={"event": EventKind.QUESTION, "questions": (own,)}
    )
    asked = guarded(BRIEF, STARTED, report).questions
    assert asked[0] == own
    answered = frozenset(one.fingerprint for one in asked)
    later = Facts(plan=PLAN, frozen_contract=FROZEN, answered=answered)
    assert raised(BRIEF, later, built(components=[QUEUE])) == ()
    dear = built(components=[QUEUE], estimate_usd_month=500)
    assert triggers(BRIEF, later, dear) == [Trigger.OVER_BUDGET]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("PostgreSQL 16", "postgresql"),
        ("postgresql", "postgresql"),
        ("Redis v7.2", "redis"),
        ("nats:2.10", "nats"),
        ("S3", "s3"),
        ("PostgreSQL  proxy 1.0-rc1", "postgresql proxy"),
    ],
)
def test_a_version_does_not_make_another_component(name: str, expected: str) -> None:
    """BE-ESC-1: the approved stack names products, not releases."""
    assert plain(name) == expected


QUESTIONS = st.builds(
    Question, trigger=st.sampled_from(Trigger), text=st.text(max_size=20), to=st.just("cto")
)


def varied(
    number: int, questions: list[Question], requests: list[ChangeRequest], event: EventKind
) -> Report:
    """One of the planted reports, saying something else besides."""
    said = {"questions": tuple(questions), "requests": tuple(requests), "event": event}
    return CONDITIONS[number][3].model_copy(update=said)


REPORTS = st.builds(
    varied,
    st.integers(0, len(CONDITIONS) - 1),
    st.lists(QUESTIONS, max_size=QUESTIONS_MAX),
    st.lists(st.just(CHANGE), max_size=1),
    st.sampled_from([EventKind.DELIVER, EventKind.QUESTION, EventKind.CHANGE]),
)


@settings(max_examples=80)
@given(
    report=REPORTS,
    brief=st.sampled_from([one[1] for one in CONDITIONS]),
    facts=st.sampled_from([one[2] for one in CONDITIONS]),
)
def test_guarding_only_ever_adds_questions(report: Report, brief: Brief, facts: Facts) -> None:
    """What the role said stays, in its order; guarding twice changes nothing more."""
    after = guarded(brief, facts, report)
    said = len(report.questions)
    assert after.questions[:said] == report.questions
    assert len(after.questions) <= QUESTIONS_MAX
    kept = {"event", "questions"}
    assert after.model_dump(exclude=kept) == report.model_dump(exclude=kept)
    added = {one.trigger for one in after.questions[said:]}
    assert added <= set(triggers(brief, facts, report)) - ROUTED
    assert len({one.fingerprint for one in after.questions[said:]}) == len(after.questions) - said
    assert after.event is (EventKind.QUESTION if added else report.event)
    assert guarded(brief, facts, after) == after


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
JSON = st.recursive(
    SCALARS | st.just("\ud800"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=10,
)
KEYED = st.dictionaries(
    st.sampled_from(
        ["constraints", "stack", "routing_manifest", "implementation", "components", "conflicts",
         "estimate_usd_month", "contract_hash", "drift", "data_model", "tenancy", "openapi", "info"]
    ),
    JSON | st.dictionaries(st.sampled_from(["stack", "components", "drift", "tenancy"]), JSON),
)  # fmt: skip


@settings(max_examples=40)
@given(plan=KEYED, frozen=KEYED, output=KEYED, contract=KEYED)
def test_hostile_plans_and_outputs_raise_no_exception(
    plan: Mapping[str, Any], frozen: Mapping[str, Any], output: Json, contract: Json
) -> None:
    """BE-FIN-3: whatever stands in the documents, a question is text that can be journalled."""
    report = Report(
        event=EventKind.DELIVER,
        mode=Mode.BUILD,
        summary="built",
        artifacts=(
            Artifact.model_construct(name="backend_build", content=output),
            Artifact.model_construct(name="contract", content=contract),
        ),
    )
    facts = Facts(plan=plan, frozen_contract=frozen, implementation_started=True)
    for question in raised(BRIEF, facts, report):
        assert question.text
        assert len(question.text) <= 2_000
        assert question.text.encode("utf-8")
