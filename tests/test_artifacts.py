"""What each seat delivers, and that every latent flaw and every condition is really in it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from pydantic import BaseModel, ValidationError

from remit.agents.artifacts import contract_hash, diff, documents, draft, finding_for, next_version
from remit.agents.artifacts.sites import flaw_site
from remit.state.artifact import KINDS
from remit.state.assignment import Assignment, Input, Matter
from remit.state.brief import Brief
from remit.state.canonical import canonical, digest
from remit.state.outputs import (
    SHAPES,
    BackendOutput,
    CtoOutput,
    FrontendOutput,
    PmOutput,
    QaOutput,
    RulingOutput,
    SecurityOutput,
    UiuxOutput,
)
from remit.state.report import Artifact, Flaw, Question, Ruling
from remit.state.vocabulary import (
    EventKind,
    FlawKind,
    FlawState,
    MatterKind,
    Mode,
    Seat,
    Stage,
    Trigger,
)
from tests.strategies import CLINIC, GAPPED, briefs, flaw, shipped

WORK: tuple[tuple[Seat, Stage, Mode, tuple[str, ...]], ...] = (
    (Seat.CTO, Stage.PLAN, Mode.PLAN, ("plan",)),
    (Seat.PM, Stage.REQUIREMENTS, Mode.DESIGN, ("criteria",)),
    (Seat.UIUX, Stage.EXPERIENCE, Mode.DESIGN, ("screens",)),
    (
        Seat.BACKEND,
        Stage.CONTRACT,
        Mode.DESIGN,
        ("contract", "data_model", "security_package", "qa_package", "backend_design"),
    ),
    (Seat.SECURITY, Stage.CONTRACT_REVIEW, Mode.REVIEW, ("threat_model", "review")),
    (Seat.FRONTEND, Stage.CONTRACT_REVIEW, Mode.REVIEW, ("review",)),
    (Seat.QA, Stage.CONTRACT_REVIEW, Mode.REVIEW, ("test_plan", "review")),
    (Seat.BACKEND, Stage.BUILD, Mode.BUILD, ("backend_build",)),
    (Seat.FRONTEND, Stage.BUILD, Mode.BUILD, ("frontend_build",)),
    (Seat.QA, Stage.VERIFICATION, Mode.AUDIT, ("test_plan", "verdict")),
    (Seat.SECURITY, Stage.VERIFICATION, Mode.AUDIT, ("verdict",)),
    (Seat.CTO, Stage.ACCEPTANCE, Mode.AUDIT, ("verdict",)),
)
OUTPUTS: Mapping[Seat, type[BaseModel]] = {
    Seat.CTO: CtoOutput,
    Seat.PM: PmOutput,
    Seat.UIUX: UiuxOutput,
    Seat.BACKEND: BackendOutput,
    Seat.FRONTEND: FrontendOutput,
    Seat.SECURITY: SecurityOutput,
    Seat.QA: QaOutput,
}


def task(seat: Seat, stage: Stage, mode: Mode, **more: Any) -> Assignment:
    return Assignment(
        step=1,
        seat=seat,
        occupant=seat,
        stage=stage,
        mode=mode,
        events=(EventKind.DELIVER,),
        contract_version="1.0.0",
        **more,
    )


def refuse(one: Input) -> dict[str, Any]:
    raise AssertionError(f"{one} was not an input")


def made(
    seat: Seat,
    stage: Stage,
    mode: Mode,
    flaws: Mapping[FlawKind, Flaw] | None = None,
    *,
    brief: Brief = CLINIC,
    assignment: Assignment | None = None,
    read: Callable[[Input], dict[str, Any]] = refuse,
    **said: Any,
) -> dict[str, dict[str, Any]]:
    work = assignment or task(seat, stage, mode)
    found = draft(work, brief, flaws or {}, read=read, manifest={"version": 1}, **said)
    return {one.name: one.content for one in found}


def spoilt(kind: FlawKind, site: int = 0, made_at: Stage | None = None) -> dict[FlawKind, Flaw]:
    return {kind: flaw(kind, site, made_at)}


def site_of(kind: FlawKind, target: str, brief: Brief = CLINIC) -> int:
    """Index of the first site of the kind that spoils by this verb."""
    wanted = (n for n in range(500) if flaw_site(brief, kind, flaw(kind, n)).target[0] == target)
    return next(wanted)


@pytest.mark.parametrize("brief", shipped(), ids=lambda brief: brief.title[:12])
@pytest.mark.parametrize(("seat", "stage", "mode", "names"), WORK)
def test_every_seat_delivers_what_it_owns_in_its_type(
    brief: Brief, seat: Seat, stage: Stage, mode: Mode, names: tuple[str, ...]
) -> None:
    """BE-OUT-1..10, BE-FIN-2, BE-FIN-3."""
    found = made(seat, stage, mode, brief=brief)
    assert tuple(found) == names
    for name, content in found.items():
        assert seat in KINDS[name].owners
        Artifact(name=name, content=content)
        if name in SHAPES:
            SHAPES[name].model_validate(content)
            assert content.get("mode", mode) == mode
        if "output" in content:
            OUTPUTS[seat].model_validate(content["output"])


@settings(max_examples=15)
@given(brief=briefs())
def test_any_brief_can_be_delivered_with_every_flaw(brief: Brief) -> None:
    flaws = {kind: flaw(kind, 7) for kind in FlawKind}
    for seat, stage, mode, _ in WORK:
        found = tuple(finding_for(brief, kind, one) for kind, one in flaws.items())
        said = found if mode in (Mode.REVIEW, Mode.AUDIT) else ()
        for content in made(seat, stage, mode, flaws, brief=brief, findings=said).values():
            assert "Infinity" not in canonical(content)


def test_equal_work_is_rendered_once() -> None:
    again = Brief.model_validate(CLINIC.model_dump())
    flaws = spoilt(FlawKind.CONTRACT_GAP)
    first = made(Seat.BACKEND, Stage.CONTRACT, Mode.DESIGN, flaws)
    second = made(Seat.BACKEND, Stage.CONTRACT, Mode.DESIGN, flaws, brief=again)
    assert first["contract"] is second["contract"]
    assert first["backend_design"] is second["backend_design"]


def test_content_has_no_floats() -> None:
    def walk(value: Any) -> None:
        assert not isinstance(value, float)
        if isinstance(value, dict | list):
            for one in value.values() if isinstance(value, dict) else value:  # pyright: ignore[reportUnknownVariableType]
                walk(one)

    for seat, stage, mode, _ in WORK:
        walk(made(seat, stage, mode))


def test_a_backend_output_has_exactly_ten_keys() -> None:
    """BE-OUT-1..10, BE-MODE-1..4."""
    content = made(Seat.BACKEND, Stage.CONTRACT, Mode.DESIGN)["backend_design"]
    assert (
        list(content)
        == (
            "mode summary api_contract data_model implementation tests observability security"
            " escalations done_criteria"
        ).split()
    )
    for key in content:
        with pytest.raises(ValidationError):
            BackendOutput.model_validate({k: v for k, v in content.items() if k != key})
    with pytest.raises(ValidationError):
        BackendOutput.model_validate({**content, "extra": 1})
    with pytest.raises(ValidationError, match="must be empty"):
        BackendOutput.model_validate({**content, "mode": "review"})
    with pytest.raises(ValidationError):
        BackendOutput.model_validate({**content, "summary": "two\n\nparagraphs"})


def test_the_packages_are_complete() -> None:
    """BE-COL-4, BE-COL-5."""
    found = made(Seat.BACKEND, Stage.CONTRACT, Mode.DESIGN)
    assert set(found["security_package"]) == {
        "auth_model", "permission_matrix", "data_classification", "audit_requirements",
    }  # fmt: skip
    assert set(found["qa_package"]) == {
        "testable_spec", "edge_cases", "state_transitions", "integration_mocks",
    }  # fmt: skip
    assert all(found["security_package"].values())
    assert all(found["qa_package"].values())
    assert {"entity": "booking", "from": "asked", "to": "booked"} in found["qa_package"][
        "state_transitions"
    ]
    classes = found["security_package"]["data_classification"]
    assert {"table": "patient", "field": "notes", "class": "sensitive"} in classes


def test_the_plan_carries_manifest_and_constraints() -> None:
    """BE-IN-1..5."""
    plan = made(Seat.CTO, Stage.PLAN, Mode.PLAN)["plan"]
    assert plan["routing_manifest"] == {"version": 1}
    assert plan["constraints"]["cost_usd_month"] == 150
    assert plan["constraints"]["tenancy"] == "shared_schema"
    assert {part["kind"] for part in plan["constraints"]["stack"]} >= {"database", "auth"}


def test_every_rule_and_entity_has_a_criterion_until_there_is_a_gap() -> None:
    criteria = made(Seat.PM, Stage.REQUIREMENTS, Mode.DESIGN)["criteria"]["acceptance_criteria"]
    assert "BR-1" in {one["rule"] for one in criteria}
    assert {"patient", "booking", "room"} <= {one["entity"] for one in criteria}
    assert all(one["oracle"] for one in criteria)
    assert len({one["id"] for one in criteria}) == len(criteria)
    site = site_of(FlawKind.REQUIREMENT_GAP, "criterion")
    gap = made(Seat.PM, Stage.REQUIREMENTS, Mode.DESIGN, spoilt(FlawKind.REQUIREMENT_GAP, site))
    assert "BR-1" not in {one["rule"] for one in gap["criteria"]["acceptance_criteria"]}


def test_a_criterion_can_lack_its_oracle() -> None:
    flaws = spoilt(FlawKind.REQUIREMENT_GAP, site_of(FlawKind.REQUIREMENT_GAP, "oracle"))
    content = made(Seat.PM, Stage.REQUIREMENTS, Mode.DESIGN, flaws)["criteria"]
    without = [one["id"] for one in content["acceptance_criteria"] if one["oracle"] is None]
    finding = finding_for(CLINIC, FlawKind.REQUIREMENT_GAP, flaws[FlawKind.REQUIREMENT_GAP])
    assert finding.place == f"criteria: {without[0]}"
    assert len(without) == 1


def rows(flaws: Mapping[FlawKind, Flaw] | None = None) -> dict[str, dict[str, Any]]:
    content = made(Seat.BACKEND, Stage.BUILD, Mode.BUILD, flaws)["backend_build"]
    return {row["operation_id"]: row for row in content["implementation"]["operations"]}


@pytest.mark.parametrize(
    ("kind", "verb", "key", "wrong"),
    [
        (FlawKind.SECURITY_FLAW, "permission", "permission", None),
        (FlawKind.SECURITY_FLAW, "tenant_filter", "tenant_filter", None),
        (FlawKind.BACKEND_BUG, "page_size", "page_size_max", None),
        (FlawKind.BACKEND_BUG, "per_row", "loading", "per_row"),
        (FlawKind.BACKEND_BUG, "hard_delete", "removal", "hard"),
        (FlawKind.BACKEND_BUG, "application_sum", "aggregation", "application"),
        (FlawKind.BACKEND_BUG, "untested", "tests", []),
    ],
)
def test_a_flaw_of_the_build_is_in_its_row_and_nowhere_else(
    kind: FlawKind, verb: str, key: str, wrong: object
) -> None:
    """BE-AUTH-1, BE-AUTH-3, BE-API-5, BE-PERF-1, BE-DB-3, BE-PERF-2, BE-OUT-6."""
    flaws = spoilt(kind, site_of(kind, verb))
    clean, found = rows(), rows(flaws)
    name = flaw_site(CLINIC, kind, flaws[kind]).target[1]
    assert found[name][key] == wrong
    assert clean[name][key] != wrong
    assert [op for op in clean if clean[op] != found[op]] == [name]


@pytest.mark.parametrize("verb", ["bound", "first_error"])
def test_a_validation_bug_is_in_its_row(verb: str) -> None:
    """BE-VAL-1, BE-VAL-2."""
    flaws = spoilt(FlawKind.BACKEND_BUG, site_of(FlawKind.BACKEND_BUG, verb))
    name = flaw_site(CLINIC, FlawKind.BACKEND_BUG, flaws[FlawKind.BACKEND_BUG]).target[1]
    clean, found = rows()[name]["validation"], rows(flaws)[name]["validation"]
    assert (clean["errors"], found["errors"] == "first") == ("all", verb == "first_error")
    assert clean != found
    assert found["payload"] == [] or verb == "first_error"


def test_every_bug_of_every_site_differs_from_the_clean_build() -> None:
    clean = rows()
    for kind in (FlawKind.BACKEND_BUG, FlawKind.SECURITY_FLAW):
        for site in range(120):
            flaws = spoilt(kind, site)
            name = flaw_site(CLINIC, kind, flaws[kind]).target[1]
            assert [op for op, row in rows(flaws).items() if row != clean[op]] == [name]


def test_the_statuses_of_a_clean_build_are_those_of_the_contract() -> None:
    """BE-API-3."""
    document = made(Seat.BACKEND, Stage.CONTRACT, Mode.DESIGN)["contract"]["openapi"]
    for item in document["paths"].values():
        for method, operation in item.items():
            if method != "parameters":
                stated = {int(status) for status in operation["responses"]}
                assert set(rows()[operation["operationId"]]["statuses"]) == stated


def test_a_flaw_in_the_contract_goes_into_the_code() -> None:
    flaws = spoilt(FlawKind.SECURITY_FLAW, 0, Stage.CONTRACT)
    name = flaw_site(CLINIC, FlawKind.SECURITY_FLAW, flaws[FlawKind.SECURITY_FLAW]).target[1]
    assert rows(flaws)[name]["permission"] is None
    packages = made(Seat.BACKEND, Stage.CONTRACT, Mode.DESIGN, flaws)["security_package"]
    assert name in packages["auth_model"]["unprotected"]


@pytest.mark.parametrize("site", range(15))
def test_a_frontend_bug_is_a_state_that_is_not_there(site: int) -> None:
    flaws = spoilt(FlawKind.FRONTEND_BUG, site)
    found = made(Seat.FRONTEND, Stage.BUILD, Mode.BUILD, flaws)["frontend_build"]
    missing = [row for row in found["implementation"] if not row["covered"]]
    place = flaw_site(CLINIC, FlawKind.FRONTEND_BUG, flaws[FlawKind.FRONTEND_BUG]).target
    assert [("state", row["screen"], row["state"]) for row in missing] == [place]
    assert len(found["implementation"]) == 5 * len(CLINIC.screens)


def test_the_client_uses_only_what_the_contract_has() -> None:
    flaws = spoilt(FlawKind.CONTRACT_GAP, 2)
    for given_flaws, there in (({}, True), (flaws, False)):
        found = made(Seat.FRONTEND, Stage.BUILD, Mode.BUILD, given_flaws)["frontend_build"]
        diary = next(
            use for use in found["contract_usage"]
            if (use["screen"], use["operation_id"]) == ("diary", "list_bookings")
        )  # fmt: skip
        assert ("patient.name" in diary["fields"]) is there
    ids = set(rows())
    assert {use["operation_id"] for use in found["contract_usage"]} <= ids


def test_a_gap_that_the_brief_allows_is_there_until_it_is_mended() -> None:
    def properties(flaws: dict[FlawKind, Flaw]) -> set[str]:
        found = made(Seat.BACKEND, Stage.CONTRACT, Mode.DESIGN, flaws, brief=GAPPED)
        return set(found["contract"]["openapi"]["components"]["schemas"]["Booking"]["properties"])

    assert "hue" not in properties(spoilt(FlawKind.CONTRACT_GAP, 1))
    assert "hue" in properties({})


@pytest.mark.parametrize("state", [FlawState.HIDDEN, FlawState.REPORTED, FlawState.WAIVED])
def test_a_flaw_stays_in_the_artifact_until_it_is_absent(state: FlawState) -> None:
    kind = FlawKind.FRONTEND_BUG
    found = made(Seat.FRONTEND, Stage.BUILD, Mode.BUILD, {kind: flaw(kind, 1, state=state)})
    gone = made(
        Seat.FRONTEND, Stage.BUILD, Mode.BUILD, {kind: flaw(kind, 1, state=FlawState.ABSENT)}
    )
    assert found != gone == made(Seat.FRONTEND, Stage.BUILD, Mode.BUILD)


def test_a_new_component_is_outside_the_approved_stack() -> None:
    """BE-ESC-1."""
    stack = {"database": ("PostgreSQL",), "queue": ("RabbitMQ",)}
    brief = CLINIC.model_copy(update={"stack": stack})
    plan = made(Seat.CTO, Stage.PLAN, Mode.PLAN, brief=brief)["plan"]
    approved = {(one["kind"], one["name"]) for one in plan["constraints"]["stack"]}
    for met, outside in (((), 0), ((Trigger.NEW_COMPONENT,), 1)):
        for stage, mode, name in (
            (Stage.CONTRACT, Mode.DESIGN, "backend_design"),
            (Stage.BUILD, Mode.BUILD, "backend_build"),
        ):
            found = made(Seat.BACKEND, stage, mode, brief=brief, conditions=met)[name]
            parts = {(one["kind"], one["name"]) for one in found["implementation"]["components"]}
            assert len(parts - approved) == outside


@pytest.mark.parametrize("ceiling", [0, 1, 150, None])
def test_an_estimate_is_over_the_ceiling_only_by_condition(ceiling: int | None) -> None:
    """BE-ESC-5."""
    limits = CLINIC.constraints.model_copy(update={"cost_usd_month": ceiling})
    brief = CLINIC.model_copy(update={"constraints": limits})
    plan = made(Seat.CTO, Stage.PLAN, Mode.PLAN, brief=brief)["plan"]
    allowed = plan["constraints"]["cost_usd_month"]
    for met in ((), (Trigger.OVER_BUDGET,)):
        found = made(Seat.BACKEND, Stage.CONTRACT, Mode.DESIGN, brief=brief, conditions=met)
        estimate = found["backend_design"]["implementation"]["estimate_usd_month"]
        assert (estimate > allowed) is bool(met)


def test_the_build_carries_the_hash_of_the_contract_that_it_was_given() -> None:
    """BE-ESC-2."""
    contract = made(Seat.BACKEND, Stage.CONTRACT, Mode.DESIGN)["contract"]
    given_one = Input(
        owner=Seat.BACKEND, artifact="contract", revision=1, hash=digest(canonical(contract))
    )
    assignment = task(Seat.BACKEND, Stage.BUILD, Mode.BUILD, inputs=(given_one,))
    frozen = contract_hash(contract["openapi"])
    for met, same in (((), True), ((Trigger.CONTRACT_DRIFT,), False)):
        found = made(
            Seat.BACKEND, Stage.BUILD, Mode.BUILD, assignment=assignment,
            read={given_one: contract}.__getitem__, conditions=met,
        )["backend_build"]["implementation"]  # fmt: skip
        assert (found["contract_hash"] == frozen) is same
        assert bool(found["drift"]) is not same


def test_a_security_conflict_is_open_only_by_condition() -> None:
    """BE-ESC-4."""
    for met in ((), (Trigger.SECURITY_CONFLICT,)):
        found = made(Seat.BACKEND, Stage.CONTRACT, Mode.DESIGN, conditions=met)
        conflict = found["backend_design"]["implementation"]["conflicts"][0]
        assert (conflict["requirement"], conflict["incompatible_with"]) == (
            "SEC-1",
            "latency:diary",
        )
        assert conflict["open"] is bool(met)


def test_an_undecided_tenancy_is_null_where_the_guards_look() -> None:
    """BE-ESC-3."""
    met = (Trigger.TENANCY_UNCLEAR,)
    found = made(Seat.BACKEND, Stage.CONTRACT, Mode.DESIGN, conditions=met)
    assert found["data_model"]["tenancy"] is None
    assert found["backend_design"]["data_model"]["tenancy"] is None


def test_a_verdict_says_what_was_found_and_what_was_seen() -> None:
    kind = FlawKind.BACKEND_BUG
    finding = finding_for(CLINIC, kind, flaw(kind))
    seen = Input(owner=Seat.BACKEND, artifact="backend_build", revision=2, hash="0" * 64)
    assignment = task(Seat.QA, Stage.VERIFICATION, Mode.AUDIT, inputs=(seen,))
    found = made(
        Seat.QA, Stage.VERIFICATION, Mode.AUDIT, assignment=assignment, findings=(finding,)
    )
    verdict = found["verdict"]
    assert verdict["verdict"] == "rework"
    assert verdict["seen"][0]["revision"] == 2
    assert verdict["output"]["defects"][0]["place"] == finding.place
    assert "fail" in {one["result"] for one in found["test_plan"]["results"]}
    clean = made(Seat.QA, Stage.VERIFICATION, Mode.AUDIT)
    assert clean["verdict"]["verdict"] == "accept"
    assert {one["result"] for one in clean["test_plan"]["results"]} == {"pass"}


def test_every_criterion_that_is_written_has_a_test() -> None:
    written = made(Seat.PM, Stage.REQUIREMENTS, Mode.DESIGN)["criteria"]["acceptance_criteria"]
    covered = made(Seat.QA, Stage.VERIFICATION, Mode.AUDIT)["test_plan"]["criteria_coverage"]
    assert [one["id"] for one in written] == [one["criterion"] for one in covered]


def test_a_question_delivers_nothing_but_escalates_a_review() -> None:
    question = Question(text="may we?")
    assert made(Seat.PM, Stage.REQUIREMENTS, Mode.DESIGN, questions=(question,)) == {}
    found = made(Seat.SECURITY, Stage.VERIFICATION, Mode.AUDIT, questions=(question,))
    assert found["verdict"]["verdict"] == "escalate"
    assert found["verdict"]["output"]["escalations"][0]["question"] == "may we?"


def test_a_designer_who_finds_a_gap_writes_a_review() -> None:
    finding = finding_for(CLINIC, FlawKind.REQUIREMENT_GAP, flaw(FlawKind.REQUIREMENT_GAP))
    found = made(Seat.UIUX, Stage.EXPERIENCE, Mode.DESIGN, findings=(finding,))
    assert found["review"]["findings"][0]["rule"] == finding.rule


def test_an_authority_writes_a_ruling() -> None:
    matter = Matter(
        id="9-question",
        kind=MatterKind.QUESTION,
        home=Stage.BUILD,
        raised_by=(Seat.BACKEND,),
        limit=None,
        options=(EventKind.ANSWER,),
        default=EventKind.STOP,
        contract_version="1.0.0",
    )
    assignment = replace(task(Seat.CTO, Stage.ARBITRATION, Mode.ARBITRATE), matter=matter)
    found = made(
        Seat.CTO, Stage.ARBITRATION, Mode.ARBITRATE, assignment=assignment,
        event=EventKind.ANSWER, ruling=Ruling(text="no queue", decision="reject"),
    )["ruling"]  # fmt: skip
    RulingOutput.model_validate(found)
    assert (found["matter"], found["decision"], found["text"]) == (
        "9-question",
        "answer",
        "no queue",
    )


@pytest.mark.parametrize("seat", OUTPUTS)
@pytest.mark.parametrize("mode", [Mode.DESIGN, Mode.BUILD, Mode.REVIEW, Mode.AUDIT])
def test_every_role_works_alone_in_every_mode(seat: Seat, mode: Mode) -> None:
    """BE-MODE-0..4, PUB-3."""
    found = made(seat, Stage.SOLO, mode)
    assert found
    for name, content in found.items():
        assert seat in KINDS[name].owners
        model = OUTPUTS[seat] if name == "work" else SHAPES.get(name)
        if model is not None:
            model.model_validate(content)
    if seat is Seat.BACKEND and mode is Mode.AUDIT:
        assert found["work"]["implementation"]["score"] == 100
        assert found["work"]["implementation"]["verdict"] == "accept"


def test_a_score_falls_with_what_was_found() -> None:
    """BE-MODE-4."""
    finding = finding_for(CLINIC, FlawKind.SECURITY_FLAW, flaw(FlawKind.SECURITY_FLAW))
    work = made(Seat.BACKEND, Stage.SOLO, Mode.AUDIT, findings=(finding,))["work"]
    assert work["implementation"]["score"] == 50
    assert work["implementation"]["verdict"] == "rework"


def test_the_files_of_a_bundle() -> None:
    found = made(Seat.BACKEND, Stage.CONTRACT, Mode.DESIGN)
    assert set(documents("contract", found["contract"])) == {"openapi.json"}
    files = documents("data_model", found["data_model"])
    assert files["schema.sql"] == found["data_model"]["ddl"]
    criteria = made(Seat.PM, Stage.REQUIREMENTS, Mode.DESIGN)["criteria"]
    text = documents("criteria", criteria)["criteria.md"]
    assert text.startswith("# Criteria\n")
    assert "| AC-1 |" in text


def test_versions_follow_from_the_difference() -> None:
    assert next_version("0.0.0", True) == "1.0.0"
    assert next_version("1.0.0", False) == "1.1.0"
    assert next_version("1.1.0", True) == "2.0.0"


def test_the_hash_leaves_the_version_out_and_nothing_else() -> None:
    document = made(Seat.BACKEND, Stage.CONTRACT, Mode.DESIGN)["contract"]["openapi"]
    other = {**document, "info": {**document["info"], "version": "9.9.9"}}
    assert contract_hash(other) == contract_hash(document)
    renamed = {**document, "info": {**document["info"], "title": "x"}}
    assert contract_hash(renamed) != contract_hash(document)


BASE: dict[str, Any] = {
    "paths": {
        "/v1/a": {
            "post": {
                "operationId": "make",
                "security": [{"t": []}],
                "requestBody": {"s": {"$ref": "#/components/schemas/In"}},
                "responses": {"201": {"s": {"$ref": "#/components/schemas/Out"}}},
            }
        }
    },
    "components": {
        "schemas": {
            "In": {"properties": {"n": {"type": "string"}}, "required": []},
            "Out": {"properties": {"n": {"type": "string"}}, "required": ["n"]},
        }
    },
}


def changed(*path: str, to: object) -> dict[str, Any]:
    def put(value: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
        head, *rest = keys
        inner = put(value.get(head, {}), tuple(rest)) if rest else to
        return {**value, head: inner}

    return put(BASE, path)


MAKE = ("paths", "/v1/a", "post")


@pytest.mark.parametrize(
    ("new", "line", "breaking"),
    [
        (changed("components", "schemas", "Out", "properties", "m", to={}), "+ Out.m", False),
        (changed("components", "schemas", "Out", "properties", to={}), "- Out.n", True),
        (changed("components", "schemas", "In", "required", to=["n"]), "~ In.n required", True),
        (changed("components", "schemas", "Out", "required", to=[]), "~ Out.n required", True),
        (
            changed("components", "schemas", "In", "properties", "n", "type", to="integer"),
            "~ In.n",
            True,
        ),
        (changed("paths", "/v1/a", to={}), "- POST /v1/a", True),
        (changed("paths", "/v1/b", "get", to={"operationId": "b"}), "+ GET /v1/b", False),
        (changed(*MAKE, "security", to=[]), "- POST /v1/a security", False),
        (
            changed(*MAKE, "parameters", to=[{"name": "q", "in": "query", "required": True}]),
            "+ POST /v1/a parameter query q",
            True,
        ),
        (
            changed(*MAKE, "parameters", to=[{"name": "q", "in": "query"}]),
            "+ POST /v1/a parameter query q",
            False,
        ),
        (changed(*MAKE, "responses", "409", to={}), "+ POST /v1/a response 409", False),
        (changed(*MAKE, "responses", "201", to={}), "~ POST /v1/a response 201", True),
    ],
)
def test_a_difference_is_named_and_classed(new: dict[str, Any], line: str, breaking: bool) -> None:
    found = diff(BASE, new)
    assert line in found.lines
    assert found.breaking is breaking
    assert found.operations


def test_equal_contracts_do_not_differ() -> None:
    assert diff(BASE, BASE).changes == ()
    assert not diff(BASE, BASE).breaking
