"""BE-AUTH-1..4, judged on the contract, on the code's rows and on the tables."""

import re
from collections.abc import Iterator, Mapping

from remit.agents.standards.ddl import Column, Table
from remit.agents.standards.json_values import mapping
from remit.agents.standards.openapi import Operation
from remit.agents.standards.rows import by_contract, by_rows, in_build, in_contract, unseen
from remit.agents.standards.verdict import Fault, Verdict, decided, not_applicable, unknown
from remit.agents.standards.work import BackendWork
from remit.state.backend_output import OperationRow

TENANT = "tenant_id"
NOT_SCOPED = "not tenant-scoped"
_FROM_CLIENT = re.compile(r"\b(body|payload|query|header|param\w*|request|client|input)\b", re.I)
_FILTERS = {
    "shared_schema": re.compile(r"tenant_id"),
    "schema_per_tenant": re.compile(r"schema|search_path", re.I),
    "database_per_tenant": re.compile(r"database|connection", re.I),
}
_SEQUENTIAL = re.compile(r"INT|SERIAL|IDENTITY|AUTOINCREMENT")
_RANDOM = re.compile(r"UUID|ULID|CHAR\((26|36)\)|BINARY\(16\)|BYTEA|UNIQUEIDENTIFIER")


def guarded(work: BackendWork) -> Verdict:
    """BE-AUTH-1: who is not let in by decision needs a sign-in and a permission."""
    faults = [fault for op in work.operations for fault in _unguarded(work, op)]
    faults += [fault for row in work.rows for fault in _unchecked(work, row)]
    if not faults and work.operations and (reason := unseen(work)):
        return unknown("BE-AUTH-1", reason, "build")
    return by_contract(
        work, "BE-AUTH-1", faults, "each is public by decision or names a permission"
    )


def _unguarded(work: BackendWork, op: Operation) -> Iterator[Fault]:
    if op.security is None:
        yield in_contract(op, "declares no security: anybody may call it")
    elif not op.protected:
        yield from _open_by_decision(work, op)
    else:
        schemes = mapping(mapping(op.document.root.get("components")).get("securitySchemes"))
        unknown_schemes = {n for one in op.security for n in one if n not in schemes}
        if unknown_schemes:
            yield in_contract(op, f"needs an undefined scheme: {', '.join(unknown_schemes)}")
        if not op.permission:
            yield in_contract(op, "names no permission")


def _open_by_decision(work: BackendWork, op: Operation) -> Iterator[Fault]:
    if op.node.get("x-public") is not True and op.kind != "health":
        yield in_contract(op, "needs no sign-in and is not marked public")
    row = work.row_of.get(op.id)
    entity = work.entity(row.entity) if row else None
    if entity and any(field.sensitive for field in entity.fields):
        yield in_contract(op, f"is public and touches {entity.name}, which is sensitive")


def _unchecked(work: BackendWork, row: OperationRow) -> Iterator[Fault]:
    op = work.operation_of.get(row.operation_id)
    open_in_contract = op is not None and op.security is not None and not op.protected
    if row.public and op is not None and op.protected:
        yield in_build(row.operation_id, "the code is public, the contract is not")
    elif not row.public and not open_in_contract and not row.permission:
        wanted = f" {op.permission}" if op and op.permission else " any permission"
        yield in_build(row.operation_id, f"does not check{wanted}")
    elif op and op.permission and row.permission and row.permission != op.permission:
        yield in_build(row.operation_id, f"checks {row.permission}, not {op.permission}")


def shared(work: BackendWork) -> Verdict:
    """BE-AUTH-2: one schema with `tenant_id`, unless the CTO chose otherwise."""
    brief = work.brief
    if not brief.multi_tenant:
        return not_applicable("BE-AUTH-2", "the product has one tenant")
    if brief.tenancy not in (None, "shared_schema"):
        return not_applicable("BE-AUTH-2", f"{brief.tenancy} was chosen")
    if brief.tenancy is None and brief.delivery_mode == "scale":
        return unknown("BE-AUTH-2", "scale, and nobody decided the tenancy model", "brief")
    faults = [*_other_tenancy(work), *_without_tenant(work)]
    if not faults and (reason := no_tables(work)):
        return unknown("BE-AUTH-2", reason, "data_model")
    return decided(
        "BE-AUTH-2", faults, f"tenant_id on {', '.join(_scoped_tables(work))}", "data_model"
    )


def _other_tenancy(work: BackendWork) -> Iterator[Fault]:
    if work.tenancy not in (None, "shared_schema"):
        yield Fault(place="data_model: tenancy", what=f"{work.tenancy} instead of shared_schema")


def _without_tenant(work: BackendWork) -> Iterator[Fault]:
    for name, table in _scoped_tables(work).items():
        column = table.columns.get(TENANT)
        if column is None:
            yield Fault(place=f"data_model: {table.name}", what=f"{name} has no tenant_id")
        elif not column.not_null:
            yield Fault(place=f"data_model: {table.name}", what="tenant_id may be null")


def _scoped_tables(work: BackendWork) -> Mapping[str, Table]:
    return {name: table for name, table in work.tables.items() if work.scoped(name)}


def no_tables(work: BackendWork) -> str:
    """Why the tables cannot be judged; empty when every entity has one that was read."""
    if work.schema is None:
        return "there is no DDL"
    missing = [one.name for one in work.brief.entities if one.name not in work.tables]
    if work.schema.unread:
        return f"the DDL cannot be read in full: {work.schema.unread[0]}"
    if missing or not work.tables:
        return f"no table was found for {', '.join(missing) or 'any entity'}"
    return ""


def isolated(work: BackendWork) -> Verdict:
    """BE-AUTH-3: whatever reaches rows of tenants keeps other tenants out. Never waived."""
    if not work.brief.multi_tenant:
        return not_applicable("BE-AUTH-3", "the product has one tenant")
    faults = [
        in_build(row.operation_id, problem)
        for row in work.rows
        if row.kind != "health" and work.scoped(row.entity)
        if (problem := _leak(work, row))
    ]
    return by_rows(work, "BE-AUTH-3", faults, "each keeps other tenants out")


def _leak(work: BackendWork, row: OperationRow) -> str:
    stated = row.tenant_filter
    reached = f"reaches {row.entity or 'rows'} of every tenant"
    if not stated or stated.strip().lower() == NOT_SCOPED:
        return reached
    if _FROM_CLIENT.search(stated):
        return f"takes the tenant from the client: {stated}"
    model = work.tenancy or work.brief.tenancy or "shared_schema"
    fitting = _FILTERS.get(model)
    return (
        f"{stated!r} does not isolate by {model}" if fitting and not fitting.search(stated) else ""
    )


def unguessable(work: BackendWork) -> Verdict:
    """BE-AUTH-4: keys cannot be counted up."""
    if not work.brief.multi_tenant:
        return not_applicable("BE-AUTH-4", "the product has one tenant")
    if work.schema is None or not work.tables:
        return unknown("BE-AUTH-4", no_tables(work), "data_model")
    faults = [fault for table in work.tables.values() for fault in _countable(table)]
    vague = [table.name for table in work.tables.values() if _vague(work, table)]
    if not faults and (vague or no_tables(work)):
        reason = f"the type of the key does not tell: {', '.join(vague)}" if vague else ""
        return unknown("BE-AUTH-4", reason or no_tables(work), "data_model")
    return decided("BE-AUTH-4", faults, "keys are UUIDs or ULIDs", "data_model")


def _own_keys(table: Table) -> tuple[Column, ...]:
    """Columns of the key that do not come from another table."""
    foreign = {name for key in table.foreign_keys for name in key.columns}
    return tuple(c for c in table.primary_key if c.name not in foreign and c.name != TENANT)


def _countable(table: Table) -> Iterator[Fault]:
    for column in _own_keys(table):
        if _SEQUENTIAL.search(column.type) or table.autoincrement:
            what = f"{column.name} {column.type} can be counted up"
            yield Fault(place=f"data_model: {table.name}", what=what)


def _vague(work: BackendWork, table: Table) -> bool:
    """A text key is a UUID only where the output says so and every path id is one."""
    keys = _own_keys(table)
    if all(_RANDOM.search(column.type) for column in keys):
        return not table.primary_key
    claims = {row.name: row.id_type for row in work.model.tables} if work.model else {}
    return claims.get(table.name) not in ("uuid", "ulid")
