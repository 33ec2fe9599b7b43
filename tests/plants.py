"""A clean Backend delivery, and one violation of each standard to plant in it."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import cache
from typing import Any

from remit.agents.artifacts import draft
from remit.agents.standards import (
    Verdict,
    judge,
    work_from,
)
from remit.agents.standards.ddl import statements
from remit.state.assignment import Assignment, Input
from remit.state.brief import Brief, Constraints, Entity, EntityField, Screen
from remit.state.report import Flaw
from remit.state.vocabulary import EventKind, FlawKind, Mode, Seat, Stage

Json = dict[str, Any]
Artifacts = dict[str, Json]
Plant = Callable[[Artifacts], None]

BRIEF = Brief(
    title="Invoicing",
    multi_tenant=True,
    tenancy="shared_schema",
    constraints=Constraints(cost_usd_month=400),
    entities=(
        Entity(
            name="customer",
            fields=(
                EntityField(name="name"),
                EntityField(name="email", type="email", sensitive=True, unique=True),
            ),
        ),
        Entity(
            name="invoice",
            belongs_to=("customer",),
            fields=(
                EntityField(name="number", unique=True),
                EntityField(name="total", type="money"),
                EntityField(name="status", type="enum", values=("draft", "sent", "paid")),
            ),
        ),
        Entity(name="line", belongs_to=("invoice",), fields=(EntityField(name="amount"),)),
        Entity(name="tag", tenant_scoped=False, many_to_many=("invoice",)),
    ),
    screens=(
        Screen(
            name="invoices",
            entity="invoice",
            shows=("number", "total", "customer.name"),
            interactions=("list", "read", "create", "update", "delete", "search", "report"),
            latency_ms=800,
        ),
        Screen(name="customers", entity="customer", shows=("name", "email")),
    ),
)
ALONE = BRIEF.model_copy(update={"multi_tenant": False, "tenancy": None})
APART = BRIEF.model_copy(update={"tenancy": "schema_per_tenant", "delivery_mode": "scale"})
PROSE = Brief(title="Hello", multi_tenant=True)


def made(brief: Brief, flaws: Mapping[FlawKind, Flaw]) -> Artifacts:
    """What Backend delivers in design and build."""
    kept: Artifacts = {}

    def read(_: Input) -> Json:
        return kept["contract"]

    for stage, mode in ((Stage.CONTRACT, Mode.DESIGN), (Stage.BUILD, Mode.BUILD)):
        given_ = (Input(owner=Seat.BACKEND, artifact="contract", revision=1, hash="0" * 64),)
        task = Assignment(
            step=1,
            seat=Seat.BACKEND,
            occupant=Seat.BACKEND,
            stage=stage,
            mode=mode,
            events=(EventKind.DELIVER, EventKind.QUESTION),
            inputs=given_ if kept else (),
            contract_version="1.0.0",
        )
        drafted = draft(task, brief, flaws, read=read, manifest={})
        kept |= {one.name: one.content for one in drafted}
    return kept


@cache
def clean(brief_: str) -> Artifacts:
    return made(Brief.model_validate_json(brief_), {})


def fresh(brief: Brief = BRIEF) -> Artifacts:
    """A clean delivery that a test may spoil."""
    return deepcopy(clean(brief.model_dump_json()))


def verdicts(artifacts: Artifacts, brief: Brief = BRIEF) -> dict[str, Verdict]:
    return {one.standard: one for one in judge(work_from(brief, artifacts))}


def failed(artifacts: Artifacts, brief: Brief = BRIEF) -> set[str]:
    return {name for name, one in verdicts(artifacts, brief).items() if one.result == "fail"}


def document(artifacts: Artifacts) -> Json:
    found: Json = artifacts["contract"]["openapi"]
    return found


def schema(artifacts: Artifacts, name: str) -> Json:
    found: Json = document(artifacts)["components"]["schemas"][name]
    return found


def operation(artifacts: Artifacts, wanted: str) -> Json:
    items: list[Json] = list(document(artifacts)["paths"].values())
    return next(
        one
        for item in items
        for key, one in item.items()
        if key != "parameters" and one["operationId"] == wanted
    )


def row(artifacts: Artifacts, wanted: str) -> Json:
    rows = artifacts["backend_build"]["implementation"]["operations"]
    return next(one for one in rows if one["operation_id"] == wanted)


def sql(old: str, new: str) -> Plant:
    """Replace a part of the DDL that is really there."""

    def plant(artifacts: Artifacts) -> None:
        model = artifacts["data_model"]
        assert old in model["ddl"]
        model["ddl"] = model["ddl"].replace(old, new)

    return plant


def in_table(name: str, old: str, new: str) -> Plant:
    """Replace a part of one CREATE TABLE."""

    def plant(artifacts: Artifacts) -> None:
        whole = artifacts["data_model"]["ddl"]
        start = whole.index(f'CREATE TABLE "{name}"')
        end = whole.index(";", start)
        assert old in whole[start:end]
        changed = whole[start:end].replace(old, new)
        artifacts["data_model"]["ddl"] = whole[:start] + changed + whole[end:]

    return plant


def in_row(name: str, **values: Any) -> Plant:
    return lambda artifacts: row(artifacts, name).update(values)


def validating(name: str, **values: Any) -> Plant:
    return lambda artifacts: row(artifacts, name)["validation"].update(values)


def in_output(key: str, **values: Any) -> Plant:
    return lambda artifacts: artifacts["backend_build"][key].update(values)


def moved_path(artifacts: Artifacts) -> None:
    paths = document(artifacts)["paths"]
    paths["/tags"] = paths.pop("/v1/tags")


def without_meta(artifacts: Artifacts) -> None:
    del schema(artifacts, "Invoice_One")["properties"]["meta"]


def without_parameter_schema(artifacts: Artifacts) -> None:
    document(artifacts)["components"]["parameters"]["Cursor"]["schema"] = {}


def without_maximum(artifacts: Artifacts) -> None:
    del document(artifacts)["components"]["parameters"]["Limit"]["schema"]["maximum"]


def without_cursor(artifacts: Artifacts) -> None:
    kept = operation(artifacts, "list_invoices")["parameters"]
    kept.remove({"$ref": "#/components/parameters/Cursor"})


def list_called_report(artifacts: Artifacts) -> None:
    """A list of records stays a list, whatever `x-kind` says."""
    one = operation(artifacts, "list_tags")
    one["x-kind"] = "read"
    one["parameters"] = []


def without_code(artifacts: Artifacts) -> None:
    del schema(artifacts, "Api_Error")["properties"]["code"]


def with_stack(artifacts: Artifacts) -> None:
    schema(artifacts, "Api_Error")["properties"]["stack_trace"] = {"type": "string"}


def with_stack_in_details(artifacts: Artifacts) -> None:
    details = schema(artifacts, "Api_Error")["properties"]["details"]
    details["items"]["properties"]["sql"] = {"type": "string"}


def anonymous_errors(artifacts: Artifacts) -> None:
    notes = artifacts["backend_build"]["observability"]
    notes["logs"] = ["request: operation_id, status", "error: operation_id, code"]


def without_security(artifacts: Artifacts) -> None:
    one = operation(artifacts, "read_invoice")
    del one["security"], one["x-permission"]


def open_without_decision(artifacts: Artifacts) -> None:
    operation(artifacts, "read_invoice")["security"] = []


def optional_sign_in(artifacts: Artifacts) -> None:
    operation(artifacts, "read_invoice")["security"] = [{"bearer": []}, {}]


def undefined_scheme(artifacts: Artifacts) -> None:
    operation(artifacts, "read_invoice")["security"] = [{"cookie": []}]


def tenant_from_body(artifacts: Artifacts) -> None:
    schema(artifacts, "Tag_Create")["properties"]["tenant_id"] = {"type": "string"}
    row(artifacts, "create_tag")["validation"]["payload"].append("tenant_id: UUID")


def without_line_index(artifacts: Artifacts) -> None:
    model = artifacts["data_model"]
    kept = [s for s in statements(model["ddl"]) if '"line" ("invoice_id"' not in s]
    assert len(kept) == len(list(statements(model["ddl"]))) - 1
    model["ddl"] = ";".join(kept) + ";"


def without_tenant_index(artifacts: Artifacts) -> None:
    model = artifacts["data_model"]
    kept = [s for s in statements(model["ddl"]) if '"line" ("tenant_id"' not in s]
    assert len(kept) == len(list(statements(model["ddl"]))) - 1
    model["ddl"] = ";".join(kept) + ";"


def rewritten_migration(artifacts: Artifacts) -> None:
    file = artifacts["data_model"]["migrations"][0]["file"]
    step = {"file": "migrations/0002_mend.sql", "change": "mend 0001", "edits": file}
    artifacts["data_model"]["migrations"].append(step)


def backward_migration(artifacts: Artifacts) -> None:
    step = {"file": "migrations/0002_down.sql", "change": "undo", "edits": None}
    artifacts["data_model"]["migrations"].append(step)


def without_traffic(artifacts: Artifacts) -> None:
    for model in (artifacts["data_model"], artifacts["backend_build"]["data_model"]):
        model["traffic"] = [one for one in model["traffic"] if one["table"] != "invoice"]


def unlimited_search(artifacts: Artifacts) -> None:
    del operation(artifacts, "search_invoices")["x-rate-limit"]


def job_without_202(artifacts: Artifacts) -> None:
    """The contract says 200, and so does the code: only BE-PERF-3 is broken."""
    answers = operation(artifacts, "report_invoice")["responses"]
    answers["200"] = answers.pop("202")
    statuses = row(artifacts, "report_invoice")["statuses"]
    statuses[statuses.index(202)] = 200


def prose_log(artifacts: Artifacts) -> None:
    artifacts["backend_build"]["observability"]["logs"].append("Something has happened")


def without_latency(artifacts: Artifacts) -> None:
    artifacts["backend_build"]["observability"]["metrics"].remove("latency")


def password_in_address(artifacts: Artifacts) -> None:
    part = artifacts["backend_build"]["implementation"]["components"][0]
    part["reason"] = "reached at postgres://app:hunter2@db/main"


def committed_env(artifacts: Artifacts) -> None:
    artifacts["backend_build"]["implementation"]["files"].append("service/.env")


def answered_secret(artifacts: Artifacts) -> None:
    schema(artifacts, "Customer")["properties"]["password_hash"] = {"type": "string"}


def every_origin(artifacts: Artifacts) -> None:
    artifacts["backend_build"]["security"]["cors"]["production_origins"] = ["*"]


def every_origin_in_contract(artifacts: Artifacts) -> None:
    answers = operation(artifacts, "list_invoices")["responses"]["200"]
    answers["headers"]["Access-Control-Allow-Origin"] = {"schema": {"const": "*"}}


def home_made(artifacts: Artifacts) -> None:
    artifacts["backend_build"]["security"]["auth"]["custom"] = True


PLANTS: tuple[tuple[str, str, Plant], ...] = (
    ("BE-API-1", "path without version", moved_path),
    ("BE-API-2", "envelope without meta", without_meta),
    ("BE-API-3", "created with 200", in_row("create_invoice", statuses=[200, 400, 401])),
    ("BE-API-4", "parameter without schema", without_parameter_schema),
    ("BE-API-5", "page without maximum", without_maximum),
    ("BE-API-5", "no next page", without_cursor),
    ("BE-API-5", "list under another name", list_called_report),
    ("BE-API-5", "unbounded in the code", in_row("list_tags", page_size_max=None)),
    ("BE-VAL-1", "payload unchecked", validating("create_tag", payload=[])),
    ("BE-VAL-1", "path unchecked", validating("read_invoice", path=[])),
    ("BE-VAL-1", "query without bounds", validating("list_tags", query=["limit: any"])),
    ("BE-VAL-2", "first error only", validating("create_tag", errors="first")),
    ("BE-VAL-3", "identity from the client", in_row("read_invoice", identity_from="client")),
    ("BE-VAL-3", "tenant in the body", tenant_from_body),
    ("BE-ERR-1", "error without code", without_code),
    ("BE-ERR-2", "stack in the error", with_stack),
    ("BE-ERR-2", "SQL in the details", with_stack_in_details),
    ("BE-ERR-2", "internals said to leave", in_output("security", error_exposure="stack, SQL")),
    ("BE-ERR-3", "errors without request id", anonymous_errors),
    ("BE-AUTH-1", "contract without security", without_security),
    ("BE-AUTH-1", "open without decision", open_without_decision),
    ("BE-AUTH-1", "sign-in optional", optional_sign_in),
    ("BE-AUTH-1", "scheme not defined", undefined_scheme),
    ("BE-AUTH-1", "code without permission", in_row("read_invoice", permission=None)),
    ("BE-AUTH-1", "another permission", in_row("read_invoice", permission="tag:read")),
    ("BE-AUTH-2", "tenant may be null",
     in_table("invoice", '"tenant_id" UUID NOT NULL', '"tenant_id" UUID')),
    ("BE-AUTH-3", "no tenant filter", in_row("read_invoice", tenant_filter=None)),
    ("BE-AUTH-3", "said not scoped", in_row("read_invoice", tenant_filter="not tenant-scoped")),
    ("BE-AUTH-3", "tenant from the body", in_row("read_invoice", tenant_filter="body.tenant_id")),
    ("BE-AUTH-3", "no such filter", in_row("read_invoice", tenant_filter="by convention")),
    ("BE-AUTH-4", "counted keys", in_table("line", '"id" UUID NOT NULL', '"id" BIGINT NOT NULL')),
    ("BE-DB-1", "reference without index", without_line_index),
    ("BE-DB-1", "reference without foreign key",
     in_table("line", ',\n  FOREIGN KEY ("invoice_id") REFERENCES "invoice" ("id")', "")),
    ("BE-DB-2", "old migration rewritten", rewritten_migration),
    ("BE-DB-2", "migration backward", backward_migration),
    ("BE-DB-3", "hard delete", in_row("delete_invoice", removal="hard")),
    ("BE-DB-4", "traffic not stated", without_traffic),
    ("BE-PERF-1", "N+1", in_row("list_invoices", loading="per_row")),
    ("BE-PERF-2", "sums in the application", in_row("report_invoice", aggregation="application")),
    ("BE-PERF-3", "slow and synchronous", in_row("list_tags", expected_ms=501, needs_result=False)),
    ("BE-PERF-3", "slower than its screen", in_row("read_invoice", expected_ms=900)),
    ("BE-PERF-3", "job without 202", job_without_202),
    ("BE-PERF-4", "search without limit", unlimited_search),
    ("BE-PERF-4", "limit not enforced", in_row("search_invoices", rate_limit=None)),
    ("BE-OBS-1", "log without fields", prose_log),
    ("BE-DB-1", "tenant without index", without_tenant_index),
    ("BE-OBS-2", "latency not tracked", without_latency),
    ("BE-OBS-3", "no health check", in_output("observability", health_checks=[])),
    ("BE-OBS-3", "health check not served", in_output("observability", health_checks=["/up"])),
    ("BE-SEC-1", "password in an address", password_in_address),
    ("BE-SEC-1", "environment file committed", committed_env),
    ("BE-SEC-1", "hash in the answer", answered_secret),
    ("BE-SEC-2", "joined query", in_row("search_invoices", query_style="concatenated")),
    ("BE-SEC-3", "any origin", every_origin),
    ("BE-SEC-3", "any origin in the contract", every_origin_in_contract),
    ("BE-SEC-4", "home-made sign-in", home_made),
)  # fmt: skip


def planted(standard: str) -> Artifacts:
    """A delivery with the first violation of a standard in it."""
    spoilt = fresh()
    next(plant for name, _, plant in PLANTS if name == standard)(spoilt)
    return spoilt
