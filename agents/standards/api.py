"""BE-API-1..5, judged on the OpenAPI document and on what the code does with it."""

import re
from collections.abc import Iterator, Mapping
from itertools import chain

from remit.agents.standards.openapi import Operation, Response
from remit.agents.standards.rows import by_contract, in_build, in_contract, statuses_differ
from remit.agents.standards.verdict import Fault, Verdict, decided, unknown
from remit.agents.standards.work import LISTS, BackendWork

ENVELOPE = ("success", "data", "meta", "error")
SIZES = frozenset({"limit", "page_size", "per_page", "pagesize", "size", "first", "max_results"})
CURSORS = frozenset(
    {"cursor", "page", "offset", "after", "page_token", "starting_after", "start", "next_token"}
)
BODILESS = frozenset({"204", "304"})
_VERSIONED = re.compile(r"/v[1-9][0-9]*(/|$)")
_SUCCESS: Mapping[str, frozenset[str]] = {
    "create": frozenset({"200", "201", "202"}),
    "list": frozenset({"200"}),
    "search": frozenset({"200"}),
    "read": frozenset({"200"}),
    "update": frozenset({"200", "202", "204"}),
    "delete": frozenset({"200", "202", "204"}),
    "report": frozenset({"200", "202"}),
    "result": frozenset({"200", "202", "303"}),
    "health": frozenset({"200", "204"}),
}


def versioned(work: BackendWork) -> Verdict:
    """BE-API-1: every path carries its version."""
    faults = [
        in_contract(op, "the path has no version such as /v1/")
        for op in work.operations
        if not _VERSIONED.match(op.path)
    ]
    return by_contract(work, "BE-API-1", faults, "every path starts with its version")


def enveloped(work: BackendWork) -> Verdict:
    """BE-API-2: every body has `success`, `data`, `meta` and `error`."""
    faults = [
        in_contract(op, f"{response.status} lacks {', '.join(lacking)} in its envelope")
        for op in work.operations
        for response in op.responses
        if (lacking := _outside_envelope(op, response))
    ]
    return by_contract(work, "BE-API-2", faults, "every answer wears success, data, meta, error")


def _outside_envelope(op: Operation, response: Response) -> tuple[str, ...]:
    if response.status in BODILESS or response.status.startswith("3"):
        return ()
    known = op.document.properties(response.schema or {})
    return tuple(name for name in ENVELOPE if name not in known)


def statuses(work: BackendWork) -> Verdict:
    """BE-API-3: statuses fit what the operation does, and the code answers the documented ones."""
    wrong = [
        in_contract(op, problem)
        for op in work.operations
        for problem in (_success_problem(op), _error_problem(op))
        if problem
    ]
    faults = [*wrong, *statuses_differ(work)]
    if not faults and (not work.rows or work.unrowed):
        return unknown(
            "BE-API-3", "what the code answers is not stated for every operation", "build"
        )
    return by_contract(
        work,
        "BE-API-3",
        faults,
        "statuses fit each operation; the code answers the documented ones",
    )


def _success_problem(op: Operation) -> str:
    good = [status for status in op.statuses if status.startswith("2")]
    fitting = {*_SUCCESS[op.kind], "2XX", *(("201",) if op.method == "post" else ())}
    wrong = [status for status in good if status not in fitting]
    return f"{wrong[0]} does not fit a {op.kind}" if wrong else ""


def _error_problem(op: Operation) -> str:
    has = set(op.statuses)
    if has & {"default", "4XX"}:
        return ""
    wanted: list[frozenset[str]] = []
    if op.protected:
        wanted += [frozenset({"401"}), frozenset({"403"})]
    if op.body is not None or op.inputs("query"):
        wanted.append(frozenset({"400", "422"}))
    if op.inputs("path"):
        wanted.append(frozenset({"404"}))
    if isinstance(op.node.get("x-rate-limit"), Mapping):
        wanted.append(frozenset({"429"}))
    lacking = ["/".join(sorted(group)) for group in wanted if not group & has]
    return f"no {', '.join(lacking)} is documented" if lacking else ""


def documented(work: BackendWork) -> Verdict:
    """BE-API-4: every request and every answer has a schema that says something."""
    faults = [in_contract(op, problem) for op in work.operations for problem in _undescribed(op)]
    seen: set[str] = set()
    for op in work.operations:
        if op.id in seen:
            faults.append(in_contract(op, f"operationId {op.id!r} is used twice"))
        seen.add(op.id)
    if work.operations:
        faults += [
            in_build(row.operation_id, "the contract has no such operation")
            for row in work.rows
            if row.operation_id not in seen
        ]
    return by_contract(work, "BE-API-4", faults, "every request and answer has a schema")


def _undescribed(op: Operation) -> Iterator[str]:
    if op.body is not None and not op.document.described(op.body):
        yield "the request body has no schema"
    if op.body is None and op.method in ("put", "patch"):
        yield "no request body is documented"
    for parameter in op.parameters:
        if not parameter.name or not op.document.described(parameter.schema):
            yield f"parameter {parameter.name!r} has no schema"
    if not op.responses:
        yield "no answer is documented"
    for response in op.responses:
        if response.status not in BODILESS and not response.status.startswith("3"):
            yield from _undescribed_answer(op, response)


def _undescribed_answer(op: Operation, response: Response) -> Iterator[str]:
    if response.schema is None or not op.document.described(response.schema):
        yield f"{response.status} has no schema"
        return
    known = op.document.properties(response.schema)
    if response.success and "data" in known and not op.document.described(known["data"]):
        yield f"{response.status} does not say what `data` is"


def paginated(work: BackendWork) -> Verdict:
    """BE-API-5: every list has a bounded page, in the contract and in the code."""
    lists = [op for op in work.operations if op.kind in LISTS]
    ids = {op.id for op in lists}
    faults = list(chain.from_iterable(map(_unpaged, lists)))
    faults += [
        in_build(row.operation_id, "the page has no upper bound")
        for row in work.rows
        if (row.kind in LISTS or row.operation_id in ids) and row.page_size_max is None
    ]
    if not lists and work.operations and not faults:
        return decided("BE-API-5", (), "no operation answers with a list", "contract")
    return by_contract(work, "BE-API-5", faults, f"{len(lists)} lists, each with a bounded page")


def _unpaged(op: Operation) -> Iterator[Fault]:
    query = {one.name.lower(): one for one in op.parameters if one.place == "query"}
    size = next((query[name] for name in SIZES if name in query), None)
    if size is None:
        yield in_contract(op, "the list has no parameter for the page size")
    elif "maximum" not in size.schema and "enum" not in size.schema:
        yield in_contract(op, f"{size.name} has no maximum")
    elif not op.document.types(size.schema) & {"integer", "string"}:
        yield in_contract(op, f"{size.name} is not an integer")
    if not CURSORS & set(query):
        yield in_contract(op, "the list has no parameter for the next page")
