"""BE-PERF-1..4, judged on the code's rows, the contract and the screens' latencies."""

from collections.abc import Iterator

from remit.agents.standards.json_values import mapping
from remit.agents.standards.openapi import Operation
from remit.agents.standards.rows import by_contract, by_rows, in_build, in_contract, unseen
from remit.agents.standards.verdict import Fault, Verdict, decided, not_applicable, unknown
from remit.agents.standards.work import BackendWork
from remit.state.backend_output import OperationRow

ASYNC_OVER_MS = 500
ABUSABLE = frozenset({"search", "report", "create"})
"""Kinds of operation that are costly or fill the store when called too often."""


def batched(work: BackendWork) -> Verdict:
    """BE-PERF-1: related rows are not read one query at a time."""
    faults = [
        in_build(row.operation_id, "reads related rows one query at a time")
        for row in work.rows
        if row.loading == "per_row"
    ]
    return by_rows(work, "BE-PERF-1", faults, "related rows are read together")


def aggregated(work: BackendWork) -> Verdict:
    """BE-PERF-2: large reports are summed in the database."""
    faults = [
        in_build(row.operation_id, "sums rows in the application")
        for row in work.rows
        if row.aggregation == "application"
    ]
    if faults:
        return decided("BE-PERF-2", faults, "", "build")
    reports = [row for row in work.rows if row.kind == "report"]
    if reason := unseen(work):
        return unknown("BE-PERF-2", reason, "build")
    if not reports and not any(op.kind == "report" for op in work.operations):
        return not_applicable("BE-PERF-2", "no operation reports over many rows")
    silent = [row.operation_id for row in reports if row.aggregation != "database"]
    if silent or not reports:
        reason = f"where the sums of {', '.join(silent[:3]) or 'the report'} are made is not stated"
        return unknown("BE-PERF-2", reason, "build")
    return decided("BE-PERF-2", (), f"{len(reports)} reports summed in the database", "build")


def deferred(work: BackendWork) -> Verdict:
    """BE-PERF-3: work over 500 ms that nobody waits for is a job; other work meets its screen."""
    faults = [fault for row in work.rows for fault in _slow(work, row)]
    return by_rows(work, "BE-PERF-3", faults, "long work is a job")


def _slow(work: BackendWork, row: OperationRow) -> Iterator[Fault]:
    op = work.operation_of.get(row.operation_id)
    if row.runs_async:
        if op is not None and "202" not in op.statuses:
            yield in_contract(op, "runs as a job and does not answer 202")
        return
    if row.expected_ms > ASYNC_OVER_MS and not row.needs_result:
        yield in_build(row.operation_id, f"{row.expected_ms} ms, nobody waits, and it is no job")
        return
    screens = {screen.name: screen for screen in work.brief.screens}
    for screen in screens.values():
        if screen.entity == row.entity and row.kind in screen.interactions:
            if row.expected_ms > screen.latency_ms:
                what = f"{row.expected_ms} ms where {screen.name} allows {screen.latency_ms} ms"
                yield in_build(row.operation_id, what)
                return


def limited(work: BackendWork) -> Verdict:
    """BE-PERF-4: what is public or easily abused has a rate limit, in contract and code."""
    exposed = [op for op in work.operations if not op.protected or op.kind in ABUSABLE]
    faults = [in_contract(op, "has no rate limit") for op in exposed if not _rate(op)]
    for op in exposed:
        row = work.row_of.get(op.id)
        if row is not None and row.rate_limit is None and _rate(op):
            faults.append(in_build(op.id, "does not enforce its rate limit"))
    ids = {op.id for op in exposed}
    if not faults and work.operations and ids & set(work.unrowed):
        return unknown("BE-PERF-4", unseen(work), "build")
    return by_contract(work, "BE-PERF-4", faults, f"{len(exposed)} exposed ones are limited")


def _rate(op: Operation) -> bool:
    stated = mapping(op.node.get("x-rate-limit"))
    numbers = (stated.get("requests"), stated.get("window_s"))
    return all(isinstance(one, int) and not isinstance(one, bool) and one > 0 for one in numbers)
