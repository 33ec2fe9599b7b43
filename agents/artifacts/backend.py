"""Backend's ten keys for design and build, and what it may run into."""

from collections.abc import Collection
from functools import lru_cache
from typing import Any

from remit.agents.artifacts import ddl
from remit.agents.artifacts.change import contract_hash
from remit.agents.artifacts.openapi import (
    CODES,
    REASONS,
    contract_flaws,
    openapi,
    request_schema,
    response_schema,
)
from remit.agents.artifacts.operations import Operation, operations
from remit.agents.artifacts.product import Product, plain
from remit.agents.artifacts.rows import rows, source
from remit.agents.artifacts.sites import Site, hit
from remit.state.backend_output import (
    ApiContract,
    Auth,
    BackendOutput,
    Component,
    Conflict,
    Cors,
    DataModel,
    Done,
    Endpoint,
    ErrorCode,
    Implementation,
    NotApplicable,
    Observability,
    OperationRow,
    SecurityNotes,
    Tests,
)
from remit.state.vocabulary import Trigger

Conditions = tuple[Trigger, ...]
_QUEUES = ("RabbitMQ", "NATS", "Apache Pulsar", "an own message broker")
LIBRARIES = "the OpenID Connect library of the framework"


def ordered(conditions: Collection[Trigger | str]) -> Conditions:
    """The conditions in the order of their enumeration, so that equal sets are equal keys."""
    return tuple(trigger for trigger in Trigger if trigger in conditions)


@lru_cache(maxsize=512)
def hash_of(product: Product, flaws: tuple[Site, ...]) -> str:
    """`contract_hash` of the contract with these flaws."""
    return contract_hash(openapi(product, contract_flaws(flaws)))


@lru_cache(maxsize=512)
def design(
    product: Product, flaws: tuple[Site, ...], version: str, met: Conditions
) -> dict[str, Any]:
    """The content of `backend_design`."""
    mine = contract_flaws(flaws)
    output = BackendOutput(
        mode="design",
        summary=f"Contract {version} of {product.title} with {len(operations(product))} "
        f"operations over {len(ddl.tables(product))} tables, {product.tenancy}."[:2_000],
        api_contract=_contract(product, mine, version),
        data_model=_model(product, met),
        implementation=_implementation(product, mine, met, hash_of(product, mine)),
        tests=_tests(rows(product, mine)),
        observability=_observability(product),
        security=_security(product),
        escalations=(),
        done_criteria=_design_done(product, mine),
    )
    return output.model_dump(mode="json")


@lru_cache(maxsize=512)
def build(
    product: Product, flaws: tuple[Site, ...], version: str, met: Conditions, frozen: str
) -> dict[str, Any]:
    """The content of `backend_build`; `frozen` is the hash of the contract that it implements."""
    made = _implementation(product, flaws, met, frozen)
    if Trigger.CONTRACT_DRIFT in met:
        made = made.model_copy(update=_drift(product, contract_flaws(flaws)))
    output = BackendOutput(
        mode="build",
        summary=f"{len(made.operations)} operations of contract {version} in "
        f"{len(made.files)} files.",
        api_contract=_contract(product, contract_flaws(flaws), version),
        data_model=_model(product, met),
        implementation=made,
        tests=_tests(made.operations),
        observability=_observability(product),
        security=_security(product),
        escalations=(),
        done_criteria=_build_done(made),
    )
    return output.model_dump(mode="json")


def _drift(product: Product, flaws: tuple[Site, ...]) -> dict[str, Any]:
    """Code that takes one parameter more than the contract names (BE-ESC-2)."""
    op = operations(product)[0]
    document = openapi(product, flaws)
    item = document["paths"][op.path]
    extra = {"name": "sort", "in": "query", "schema": {"type": "string", "maxLength": 64}}
    grown = {**item[op.method], "parameters": [*item[op.method]["parameters"], extra]}
    paths = {**document["paths"], op.path: {**item, op.method: grown}}
    return {
        "contract_hash": contract_hash({**document, "paths": paths}),
        "drift": (f"+ {op.method.upper()} {op.path} parameter query sort",),
    }


def _contract(product: Product, flaws: tuple[Site, ...], version: str) -> ApiContract:
    return ApiContract(
        version=version,
        hash=hash_of(product, flaws),
        endpoints=tuple(_endpoint(product, op, flaws) for op in operations(product)),
        errors=tuple(
            ErrorCode(code=code, status=status, message=REASONS[status])
            for status, code in CODES.items()
        ),
    )


def _endpoint(product: Product, op: Operation, flaws: tuple[Site, ...]) -> Endpoint:
    bare = hit(flaws, "security", op.id)
    return Endpoint(
        operation_id=op.id,
        method=op.method,
        path=op.path,
        permission=None if bare else op.permission,
        request=request_schema(product, op),
        response=response_schema(product, op),
        statuses=tuple(s for s in op.statuses if not (bare and s in (401, 403))),
    )


def _model(product: Product, met: Conditions) -> DataModel:
    unclear = Trigger.TENANCY_UNCLEAR in met
    scoped = [plan.name for plan in ddl.tables(product) if plan.scoped]
    return DataModel(
        tenancy=None if unclear else product.tenancy,
        tables=ddl.described(product),
        migrations=ddl.migrations(product),
        traffic=ddl.traffic(product),
        tenant_rules=tuple(f"{name}: every query has tenant_id of the token" for name in scoped),
    )


def _implementation(
    product: Product, flaws: tuple[Site, ...], met: Conditions, frozen: str
) -> Implementation:
    done = rows(product, flaws)
    return Implementation(
        files=(
            source(product, "service/errors"),
            *dict.fromkeys(row.file for row in done),
            ddl.FIRST_MIGRATION,
        ),
        operations=done,
        components=_components(product, met),
        estimate_usd_month=_estimate(product, met),
        contract_hash=frozen,
        conflicts=_conflicts(product, met),
        lifecycle=(
            "created by an operation with a permission; times are set by the service",
            "deleted by deleted_at; a deleted row is in no list and can be restored",
            "erased by a job of the operator, on request of the person concerned",
        ),
        boundaries=(
            "one service owns every table; nobody else writes to them",
            "sign-in belongs to the auth component; the service only checks tokens",
        ),
    )


def _components(product: Product, met: Conditions) -> tuple[Component, ...]:
    mine = tuple(part for part in product.stack if part.kind != "client")
    if Trigger.NEW_COMPONENT not in met:
        return mine
    approved = {plain(part.name) for part in product.stack}
    name = next((name for name in _QUEUES if plain(name) not in approved), "a new queue")
    why = "work that outlives its request is to wait in a queue"
    return (*mine, Component(kind="queue", name=name, reason=why))


def _estimate(product: Product, met: Conditions) -> int:
    """US dollars a month: a small service, and five for every table."""
    if Trigger.OVER_BUDGET in met:
        return product.ceiling + max(1, product.ceiling // 5)
    return min(product.ceiling, 40 + 5 * len(ddl.tables(product)))


def _conflicts(product: Product, met: Conditions) -> tuple[Conflict, ...]:
    """Those that the brief marks, and one found on the way where the brief marks none."""
    open_ = Trigger.SECURITY_CONFLICT in met
    stated = tuple(
        Conflict(
            requirement=item.id,
            incompatible_with=other,
            evidence=f"the brief marks {item.id} as incompatible with {other}",
            open=open_,
        )
        for item in product.brief.constraints.security
        for other in item.incompatible_with
    )
    if stated or not open_:
        return stated
    screen = min(product.screens, key=lambda screen: screen.latency_ms)
    named = product.brief.constraints.security
    return (
        Conflict(
            requirement=named[0].id if named else "SEC-AUDIT",
            incompatible_with=f"latency:{screen.name}",
            evidence=f"an audit row before each answer does not fit in {screen.latency_ms} ms",
            open=True,
        ),
    )


def _tests(done: tuple[OperationRow, ...]) -> Tests:
    lines = [line for row in done for line in row.tests]

    def group(word: str) -> tuple[str, ...]:
        return tuple(line for line in lines if f": {word}" in line)

    alone = NotApplicable(not_applicable="no entity belongs to a tenant")
    return Tests(
        happy_path=group("answers"),
        edge_cases=group("edge"),
        auth=group("auth"),
        tenancy=group("tenancy") or alone,
        performance=group("performance"),
    )


def _observability(product: Product) -> Observability:
    jobs = any(op.runs_async for op in operations(product))
    return Observability(
        logs=(
            "request: request_id, operation_id, status, duration_ms, user_id",
            "error: request_id, operation_id, code, cause, stack; internal only",
            "auth_failure: request_id, operation_id, reason",
            *(
                f"{op.id}: request_id, {op.entity}_id, user_id"
                for op in operations(product)
                if op.kind in ("create", "update", "delete")
            ),
        ),
        metrics=(
            *("request_count", "latency", "error_rate", "auth_failures"),
            *(("queue_depth",) if jobs else ()),
        ),
        traces=("one span per request and per query, joined by request_id",),
        health_checks=("/v1/health",),
    )


def _security(product: Product) -> SecurityNotes:
    scheme = next((part.name for part in product.stack if part.kind == "auth"), "the sign-in")
    limits = (op for op in operations(product) if op.rate_limit)
    return SecurityNotes(
        auth=Auth(scheme=f"bearer token of {scheme}", library=LIBRARIES, custom=False),
        permissions=tuple(
            dict.fromkeys(op.permission for op in operations(product) if op.permission)
        ),
        injection="every query goes through the ORM with bound parameters",
        secrets="read at start from the platform's secret store; never in code, logs or answers",
        error_exposure="code, message and request_id leave; cause, stack and SQL stay in the log",
        rate_limits=tuple(
            f"{op.id}: {op.rate_limit.requests} in {op.rate_limit.window_s} s" for op in limits
        ),
        cors=Cors(production_origins=("the origin of the client",), credentials=False),
    )


def _design_done(product: Product, flaws: tuple[Site, ...]) -> tuple[Done, ...]:
    paths = openapi(product, flaws)["paths"]
    return (
        Done(
            criterion="BE-API-1",
            result="pass" if all(path.startswith("/v1/") for path in paths) else "fail",
            evidence=f"{len(paths)} paths",
        ),
        Done(
            criterion="every table has its DDL",
            result="pass",
            evidence=f"{ddl.ddl(product).count('CREATE TABLE')} CREATE TABLE statements",
        ),
    )


def _build_done(made: Implementation) -> tuple[Done, ...]:
    missing = [row.operation_id for row in made.operations if not row.tests]
    return (
        Done(
            criterion="every operation of the contract is built",
            result="pass",
            evidence=f"{len(made.operations)} rows",
        ),
        Done(
            criterion="every operation has a test",
            result="fail" if missing else "pass",
            evidence=f"without: {', '.join(missing)}" if missing else "none without",
        ),
        Done(
            criterion="the code follows the frozen contract",
            result="fail" if made.drift else "pass",
            evidence="; ".join(made.drift) or f"hash {made.contract_hash}",
        ),
    )
