"""What Backend returns: exactly the ten keys of its card (requirements.md §7), typed.

The same model serves the four modes. `api_contract`, `data_model`, `implementation`, `tests`,
`observability` and `security` hold their content, or `{"not_applicable": reason}` where the mode
has none; a key is never missing.

Where the checks look:

- BE-API, BE-ERR, BE-PERF-4: the `contract` artifact (OpenAPI); the build says per operation what
  the code does with it (`implementation.operations`).
- BE-VAL, BE-AUTH-1/3, BE-PERF, BE-SEC-2: `implementation.operations`, one row per operation.
- BE-DB, BE-AUTH-2/4: the `data_model` artifact (DDL) and the key `data_model`.
- BE-ESC-1: `implementation.components`; BE-ESC-2: `implementation.contract_hash`;
  BE-ESC-3: `data_model.tenancy` is null; BE-ESC-4: `implementation.conflicts` with `open`;
  BE-ESC-5: `implementation.estimate_usd_month`.
"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from remit.state.brief import StackKind
from remit.state.report import Finding, Line, Value

Result = Literal["pass", "fail", "unknown", "not_applicable"]
Verdict = Literal["accept", "rework", "escalate"]
Tenancy = Literal["shared_schema", "schema_per_tenant", "database_per_tenant", "single_tenant"]
Paragraph = Annotated[str, StringConstraints(min_length=1, max_length=2_000, pattern=r"^[^\r\n]+$")]
"""One paragraph: no line break, so no blank line either (BE-OUT-2)."""
Count = Annotated[int, Field(ge=0, le=10**9)]


class NotApplicable(Value):
    """Stands where a conditional key has no content (BE-OUT †)."""

    not_applicable: Line
    """The reason."""


class Done(Value):
    """One line of the pass/fail checklist (BE-OUT-10)."""

    criterion: Line
    """What is judged: a standard (`BE-API-5`), a criterion (`AC-3`) or a sentence."""
    result: Result
    evidence: Line


class Escalation(Value):
    """A question that the output carries."""

    to: Literal["cto", "product", "frontend", "security", "human"]
    question: Line
    trigger: Line = "role"
    """A member of `Trigger`."""


class Endpoint(Value):
    """One operation of the contract, in short."""

    operation_id: Line
    method: Literal["get", "post", "put", "patch", "delete"]
    path: Line
    permission: Line | None
    """`invoice:read`; null where the contract names none."""
    request: Line | None
    """Name of the request schema."""
    response: Line | None
    """Name of the response schema."""
    statuses: tuple[int, ...]


class ErrorCode(Value):
    """One machine-readable error code."""

    code: Line
    status: int
    message: Line


class ApiContract(Value):
    """The contract in short; the document itself is the artifact `contract`."""

    version: Line
    hash: Line
    """`contract_hash` of the OpenAPI document: everything but `info.version`."""
    endpoints: tuple[Endpoint, ...]
    errors: tuple[ErrorCode, ...]


class Table(Value):
    """One table of the data model; the DDL itself is the artifact `data_model`."""

    name: Line
    id_type: Literal["uuid", "ulid", "integer"]
    columns: tuple[Line, ...]
    indexes: tuple[Line, ...]
    tenant_scoped: bool
    soft_delete: bool


class Migration(Value):
    """One forward-only step of the schema."""

    file: Line
    """Ordered by name: `0001_create.sql`."""
    change: Line
    edits: Line | None = None
    """An older migration that this one rewrites; anything but null breaks BE-DB-2."""


class Traffic(Value):
    """How a table is used (BE-DB-4)."""

    table: Line
    reads_per_write: Count
    slow_query_risk: Line


class DataModel(Value):
    """Tables, tenancy, migrations, traffic."""

    tenancy: Tenancy | None
    """Null where the model is not decided (BE-ESC-3)."""
    tables: tuple[Table, ...]
    migrations: tuple[Migration, ...]
    traffic: tuple[Traffic, ...]
    tenant_rules: tuple[Line, ...]


class Validation(Value):
    """What an operation checks at the boundary: one `field: bounds` per input."""

    payload: tuple[Line, ...] = ()
    query: tuple[Line, ...] = ()
    headers: tuple[Line, ...] = ()
    path: tuple[Line, ...] = ()
    errors: Literal["all", "first"] = "all"
    """Whether all practical errors come back at once (BE-VAL-2)."""


class RateLimit(Value):
    """At most `requests` in `window_s` seconds for one caller."""

    requests: Annotated[int, Field(ge=1)]
    window_s: Annotated[int, Field(ge=1)]


class OperationRow(Value):
    """What the code of one operation does; in design mode, what it will do."""

    operation_id: Line
    kind: Literal[
        "list", "read", "create", "update", "delete", "search", "report", "result", "health"
    ]
    entity: Line | None
    file: Line
    public: bool
    """No sign-in needed."""
    permission: Line | None
    """The permission that the code checks; null when it checks none (BE-AUTH-1)."""
    tenant_filter: Line | None
    """How rows of other tenants are kept out: `tenant_id = token.tenant_id`, `schema of the token's
    tenant`, `database of the token's tenant`, or `not tenant-scoped`; null when nothing keeps them
    out (BE-AUTH-3)."""
    identity_from: Literal["token", "client", "none"]
    """Where user, roles and tenant come from (BE-VAL-3); `none` on public operations."""
    validation: Validation
    statuses: tuple[int, ...]
    """Every status that the code answers with, success first (BE-API-3)."""
    page_size_max: int | None
    """Lists only; null on a list means unbounded (BE-API-5)."""
    tests: tuple[Line, ...]
    query_style: Literal["orm", "parameterized", "concatenated", "none"]
    loading: Literal["single", "joined", "batched", "per_row", "none"]
    """How related rows are read; `per_row` is N+1 (BE-PERF-1)."""
    aggregation: Literal["database", "application", "none"]
    """Where reports are summed (BE-PERF-2)."""
    expected_ms: Count
    """Time the work itself takes, milliseconds."""
    needs_result: bool
    """Whether the user waits for the result (BE-PERF-3)."""
    runs_async: bool
    rate_limit: RateLimit | None
    idempotent: bool
    """Whether a replay has no second effect."""
    removal: Literal["soft", "hard", "none"]


class Component(Value):
    """A part of the running system."""

    kind: StackKind
    name: Line
    reason: Line


class Conflict(Value):
    """A security requirement that a deadline or latency requirement excludes (BE-ESC-4)."""

    requirement: Line
    """Id of the security requirement."""
    incompatible_with: Line
    """`deadline` or `latency:<screen>`."""
    evidence: Line
    open: bool
    """False once it was ruled on."""


class Implementation(Value):
    """Files, and what stands in them."""

    files: tuple[Line, ...] = ()
    """Planned in design mode, changed in build mode, empty in review and audit."""
    operations: tuple[OperationRow, ...] = ()
    components: tuple[Component, ...] = ()
    """Everything that runs, whether new or approved."""
    estimate_usd_month: Count | None = None
    """Running cost, US dollars a month."""
    contract_hash: Line | None = None
    """The contract that this work implements, as `contract_hash` gives it."""
    drift: tuple[Line, ...] = ()
    """Where the code departs from the frozen contract, one line per element."""
    conflicts: tuple[Conflict, ...] = ()
    lifecycle: tuple[Line, ...] = ()
    """Data lifecycle: creation, retention, deletion (BE-MODE-1)."""
    boundaries: tuple[Line, ...] = ()
    """Service boundaries (BE-MODE-1)."""
    findings: tuple[Finding, ...] = ()
    """Review and audit modes (BE-MODE-3)."""
    score: Annotated[int, Field(ge=0, le=100)] | None = None
    """Audit mode (BE-MODE-4)."""
    verdict: Verdict | None = None
    """Audit mode (BE-MODE-4)."""


class Tests(Value):
    """The five groups (BE-OUT-6); each line cites an operation or a criterion."""

    happy_path: tuple[Line, ...]
    edge_cases: tuple[Line, ...]
    auth: tuple[Line, ...]
    tenancy: tuple[Line, ...] | NotApplicable
    performance: tuple[Line, ...]


class Observability(Value):
    """Logs, metrics, traces, health checks (BE-OUT-7)."""

    logs: tuple[Line, ...]
    """One `event: fields` per important flow; errors carry `request_id`."""
    metrics: tuple[Line, ...]
    """`request_count`, `latency`, `error_rate`, `auth_failures`, and `queue_depth` with jobs."""
    traces: tuple[Line, ...]
    health_checks: tuple[Line, ...]
    """Paths."""


class Auth(Value):
    """How callers are known."""

    scheme: Line
    library: Line
    custom: bool
    """Home-made authentication (BE-SEC-4)."""


class Cors(Value):
    """Cross-origin rules."""

    production_origins: tuple[Line, ...]
    """`*` breaks BE-SEC-3."""
    credentials: bool


class SecurityNotes(Value):
    """Auth, permissions, injection, secrets, rate limits (BE-OUT-8), and CORS."""

    auth: Auth
    permissions: tuple[Line, ...]
    injection: Line
    secrets: Line
    error_exposure: Line
    """What leaves the service with an error, and what stays inside (BE-ERR-2)."""
    rate_limits: tuple[Line, ...]
    cors: Cors


class BackendOutput(Value):
    """The ten keys, exactly."""

    mode: Literal["design", "build", "review", "audit"]
    summary: Paragraph
    api_contract: ApiContract | NotApplicable
    data_model: DataModel | NotApplicable
    implementation: Implementation | NotApplicable
    tests: Tests | NotApplicable
    observability: Observability | NotApplicable
    security: SecurityNotes | NotApplicable
    escalations: tuple[Escalation, ...]
    done_criteria: tuple[Done, ...]

    @model_validator(mode="after")
    def _follows_its_mode(self) -> "BackendOutput":
        """BE-MODE-1..4: what each mode must and must not hold."""
        made = self.implementation if isinstance(self.implementation, Implementation) else None
        if self.mode == "design" and isinstance(self.data_model, NotApplicable):
            raise ValueError("design: data_model must hold the schema, not not_applicable")
        if self.mode == "design" and isinstance(self.api_contract, NotApplicable):
            raise ValueError("design: api_contract must hold the contract, not not_applicable")
        if self.mode == "build" and not (made and made.files):
            raise ValueError("build: implementation.files must list the files changed")
        if self.mode in ("review", "audit") and made and made.files:
            raise ValueError(f"{self.mode}: implementation.files must be empty")
        if self.mode == "audit" and not (made and made.verdict and made.score is not None):
            raise ValueError("audit: implementation needs a score and one verdict")
        return self
