"""BE-VAL-1..3, judged on what the code of each operation checks at the boundary."""

from collections.abc import Iterator

from remit.agents.standards.openapi import Operation
from remit.agents.standards.rows import by_rows, in_build, in_contract
from remit.agents.standards.verdict import Fault, Verdict
from remit.agents.standards.work import BackendWork
from remit.state.backend_output import OperationRow

PLACES = ("payload", "query", "headers", "path")
NO_BOUND = frozenset({"", "any", "anything", "none", "unbounded", "unchecked", "no bound", "*"})
IDENTITY = frozenset({"tenant_id", "tenantid", "x-tenant-id", "x-user-id"})
"""Inputs with which a client could say who it is."""
_AUTHORIZATION = "authorization"


def validated(work: BackendWork) -> Verdict:
    """BE-VAL-1: payload, query, headers and path are checked against bounds."""
    faults = [
        fault
        for row in work.rows
        if (op := work.operation_of.get(row.operation_id))
        for fault in _unchecked(op, row)
    ]
    return by_rows(work, "BE-VAL-1", faults, "every input is checked at the boundary")


def _unchecked(op: Operation, row: OperationRow) -> Iterator[Fault]:
    for place in PLACES:
        lines: tuple[str, ...] = getattr(row.validation, place)
        bounded = {name.lower() for name, bound in map(_split, lines) if bound not in NO_BOUND}
        inputs = op.inputs("header" if place == "headers" else place)
        missing = [n for n in inputs if n.lower() not in bounded and n.lower() != _AUTHORIZATION]
        if missing:
            yield in_build(row.operation_id, f"{place} is not checked: {', '.join(missing[:5])}")


def _split(line: str) -> tuple[str, str]:
    name, _, bound = line.partition(":")
    return name.strip().strip("`"), bound.strip().lower()


def all_at_once(work: BackendWork) -> Verdict:
    """BE-VAL-2: all practical errors come back together."""
    faults = [
        in_build(row.operation_id, "answers with the first validation error only")
        for row in work.rows
        if row.validation.errors == "first"
    ]
    return by_rows(work, "BE-VAL-2", faults, "validation errors come back together")


def untrusting(work: BackendWork) -> Verdict:
    """BE-VAL-3: who calls, and for which tenant, never comes from the client's input."""
    faults = [fault for row in work.rows for fault in _trusting(work, row)]
    for op in work.operations:
        named = {
            name.lower()
            for place in ("payload", "query", "header", "path")
            for name in op.inputs(place)
        } & IDENTITY
        if named and work.brief.multi_tenant:
            faults.append(in_contract(op, f"the client names {', '.join(sorted(named))}"))
    return by_rows(work, "BE-VAL-3", faults, "identity comes from the token")


def _trusting(work: BackendWork, row: OperationRow) -> Iterator[Fault]:
    op = work.operation_of.get(row.operation_id)
    if row.identity_from == "client":
        yield in_build(row.operation_id, "takes identity from client input")
    elif row.identity_from == "none" and op is not None and op.protected:
        yield in_build(row.operation_id, "is protected and takes identity from nowhere")
