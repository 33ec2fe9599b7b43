"""What every role returns, typed (roles.md §1), and the shape of each artifact's content.

Every output has `mode`, `summary`, `escalations` and `done_criteria`, and its role's own keys.
A review or an audit changes nothing; an audit ends in exactly one verdict.

Artifact name → content:

- `plan` CtoOutput; `criteria` PmOutput; `screens` UiuxOutput.
- `contract` `{"version": "1.0.0", "openapi": {OpenAPI 3.1 document}}`. Operations carry the
  extensions `x-kind` (list read create update delete search report result health), `x-permission`
  (absent on public ones), `x-public` and `x-rate-limit` `{"requests", "window_s"}`; an operation
  that needs no sign-in has `security: []`, one that needs it `security: [{"bearer": []}]`, and
  one that has no `security` at all is unprotected by mistake: there is no document-wide default.
- `data_model` `{"ddl": SQL text, "tenancy": "shared_schema" | … | null, "entities": [{"name",
  "table", "tenant_scoped", "sensitive": [fields], "states": [values]}], "migrations": [Migration],
  "traffic": [Traffic]}`.
- `security_package` (BE-COL-4) `{"auth_model", "permission_matrix": [{"role", "permissions"}],
  "data_classification": [{"table", "field", "class"}], "audit_requirements": [lines]}`.
- `qa_package` (BE-COL-5) `{"testable_spec": [{"operation_id", "given", "when", "then"}],
  "edge_cases": [lines], "state_transitions": [{"entity", "from", "to"}] or not applicable,
  "integration_mocks": [{"component", "mock"}]}`.
- `backend_design` BackendOutput in design mode; `backend_build` BackendOutput in build mode.
- `frontend_build` FrontendOutput in build mode. `code` Code: the files of a builder.
- `threat_model` SecurityOutput; `test_plan` QaOutput.
- `review`, `verdict` Assessment. `ruling` RulingOutput. `work` the output of the role itself.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field

from remit.state.backend_output import (
    BackendOutput,
    Component,
    Done,
    Escalation,
    NotApplicable,
    Paragraph,
    Tenancy,
    Verdict,
)
from remit.state.brief import SecurityRequirement
from remit.state.code_files import Code
from remit.state.report import ChangeRequest, Finding, Line, Question, Value

StateName = Literal["empty", "loading", "error", "partial", "success"]
STATES: tuple[StateName, ...] = ("empty", "loading", "error", "partial", "success")
"""The five states that every screen has."""
Mode4 = Literal["design", "build", "review", "audit"]


class Output(Value):
    """The common keys."""

    summary: Paragraph
    escalations: tuple[Escalation, ...] = ()
    done_criteria: tuple[Done, ...] = ()


class Decision(Value):
    """One decision of the CTO: one per escalation, with its reason."""

    id: Line
    decision: Line
    reason: Line
    reversible: bool = True


class CtoConstraints(Value):
    """What the CTO accepts as bounds (BE-IN-1, 2, 4, 5). Null or empty is missing, not free."""

    delivery_mode: Literal["mvp", "scale"] | None
    stack: tuple[Component, ...] | None
    """The approved components; `implementation.components` must stay inside (BE-ESC-1)."""
    boundaries: tuple[Line, ...]
    architecture: tuple[Line, ...]
    security: tuple[SecurityRequirement, ...]
    cost_usd_month: Annotated[int, Field(ge=0)] | None
    deadline: Line | None
    tenancy: Tenancy | None
    """Null where the product has tenants and nobody decided (BE-ESC-3)."""


class Waiver(Value):
    """A rule not followed, by decision."""

    rule: Line
    scope: Line
    until: Line
    """When it ends."""


class CtoOutput(Output):
    """The CTO: decisions, the confirmed manifest, constraints, approvals."""

    mode: Literal["plan", "arbitrate", "change_control", "audit"]
    decisions: tuple[Decision, ...]
    routing_manifest: dict[str, Any] | NotApplicable
    """JSON, computed before the run and confirmed here (BE-IN-3)."""
    constraints: CtoConstraints | NotApplicable
    approvals: tuple[Line, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    notifications: tuple[Line, ...] = ()
    """Who is to be told of a change to what is frozen."""


class BusinessRule(Value):
    """One business rule."""

    id: Line
    text: Line
    entity: Line | None = None


class AcceptanceCriterion(Value):
    """One acceptance criterion; without an oracle nobody can test it."""

    id: Line
    given: Line
    when: Line
    then: Line
    priority: Literal["must", "should", "could"]
    entity: Line | None
    rule: Line | None
    """The business rule that it tests."""
    oracle: Line | None
    """What decides pass or fail; null is a gap."""


class PmOutput(Output):
    """PM: the brief in short, rules, criteria, what is out."""

    mode: Mode4
    brief: Paragraph
    rules: tuple[BusinessRule, ...]
    acceptance_criteria: tuple[AcceptanceCriterion, ...]
    out_of_scope: tuple[Line, ...]
    open_questions: tuple[Line, ...]


class DataNeed(Value):
    """One field on a screen and where it comes from."""

    field: Line
    """`entity.field`."""
    format: Line


class ScreenState(Value):
    """What a screen shows in one of its five states."""

    state: StateName
    shows: Line


class ScreenDesign(Value):
    """One screen."""

    name: Line
    entity: Line
    interactions: tuple[Line, ...]
    states: tuple[ScreenState, ...]
    data_needs: tuple[DataNeed, ...]
    latency_ms: int


class UiuxOutput(Output):
    """UI/UX: flows, screens, accessibility, copy."""

    mode: Mode4
    flows: tuple[Line, ...]
    screens: tuple[ScreenDesign, ...]
    components: tuple[Line, ...]
    accessibility: tuple[Line, ...]
    # a field called `copy`, as JSON has it, would hide a method of the base class
    copy_text: tuple[Line, ...] = Field(
        default=(),
        validation_alias=AliasChoices("copy", "copy_text"),
        serialization_alias="copy",
    )


class ScreenRow(Value):
    """The code of one screen in one state."""

    screen: Line
    state: StateName
    file: Line
    covered: bool
    """False: the state is not built."""


class Usage(Value):
    """What one screen takes from the contract."""

    screen: Line
    operation_id: Line
    fields: tuple[Line, ...]
    """Properties of the operation's schema that the screen reads."""


class RequestedChange(Value):
    """A contract change request as Frontend words it."""

    contract: Line
    version: Line
    change: Line
    reason: Line
    breaking: bool


class FrontendOutput(Output):
    """Frontend: one row per screen and state, and its use of the contract."""

    mode: Mode4
    implementation: tuple[ScreenRow, ...] | NotApplicable
    contract_usage: tuple[Usage, ...]
    contract_change_requests: tuple[RequestedChange, ...]
    states_covered: tuple[Line, ...]
    """`screen: state, state, …`, one line per screen."""
    tests: tuple[Line, ...]
    accessibility: tuple[Line, ...]


class Threat(Value):
    """One threat and what stands against it."""

    asset: Line
    category: Literal[
        "spoofing", "tampering", "repudiation", "disclosure", "denial_of_service", "elevation"
    ]
    threat: Line
    mitigation: Line


class SecurityOutput(Output):
    """Security: threats, requirements, findings, the gate's verdict."""

    mode: Mode4
    threat_model: tuple[Threat, ...]
    requirements: tuple[BusinessRule, ...]
    findings: tuple[Finding, ...]
    verdict: Verdict | NotApplicable
    residual_risk: tuple[Line, ...]


class PlannedTest(Value):
    """One test, traced to its criterion."""

    id: Line
    criterion: Line | None
    """Id of the criterion; null for a test of a role's own rule."""
    target: Line
    """The operation or screen tested."""
    steps: Line


class TestResult(Value):
    """What one test said."""

    __test__ = False  # pytest would collect the class by its name

    test: Line
    result: Literal["pass", "fail", "not_run"]
    evidence: Line


class Coverage(Value):
    """The tests that cite a criterion."""

    criterion: Line
    tests: tuple[Line, ...]


class QaOutput(Output):
    """QA: plan, results, defects, coverage, the release verdict."""

    mode: Mode4
    test_plan: tuple[PlannedTest, ...]
    results: tuple[TestResult, ...]
    defects: tuple[Finding, ...]
    criteria_coverage: tuple[Coverage, ...]
    verdict: Verdict | NotApplicable


class Seen(Value):
    """An artifact that was judged, at its revision."""

    owner: Line
    artifact: Line
    revision: int
    hash: Line


class Assessment(Value):
    """The content of `review` and `verdict`: who judged what, and what came of it."""

    by: Line
    verdict: Verdict
    seen: tuple[Seen, ...]
    findings: tuple[Finding, ...]
    requests: tuple[ChangeRequest, ...]
    questions: tuple[Question, ...]
    output: dict[str, Any]
    """The reviewer's own output (SecurityOutput, QaOutput, …) as JSON."""


class RulingOutput(Value):
    """The content of `ruling`: an authority's answer to a matter."""

    by: Line
    """`cto` or `human`."""
    matter: Line
    decision: Line
    """The event: answer, approve, reject, grant, waive, freeze, stop, deny, refer, silence."""
    text: Line
    output: CtoOutput


__all__ = [
    "STATES",
    "Assessment",
    "BackendOutput",
    "CtoOutput",
    "FrontendOutput",
    "NotApplicable",
    "PmOutput",
    "QaOutput",
    "RulingOutput",
    "SecurityOutput",
    "UiuxOutput",
]

SHAPES: Mapping[str, type[Value]] = MappingProxyType(
    {
        "plan": CtoOutput,
        "criteria": PmOutput,
        "screens": UiuxOutput,
        "backend_design": BackendOutput,
        "backend_build": BackendOutput,
        "frontend_build": FrontendOutput,
        "code": Code,
        "threat_model": SecurityOutput,
        "test_plan": QaOutput,
        "review": Assessment,
        "verdict": Assessment,
        "ruling": RulingOutput,
    }
)
"""The shape of an artifact's content by name, where it is one role's typed output."""
