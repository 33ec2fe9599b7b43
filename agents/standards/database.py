"""BE-DB-1..4, judged on the tables that the DDL really makes."""

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from remit.agents.standards.auth import TENANT, no_tables
from remit.agents.standards.ddl import Table
from remit.agents.standards.json_values import mapping, sequence, text
from remit.agents.standards.openapi import Operation
from remit.agents.standards.rows import in_build, no_contract
from remit.agents.standards.verdict import Fault, Verdict, decided, not_applicable, unknown
from remit.agents.standards.work import LISTS, BackendWork, plurals
from remit.state.backend_output import Migration, Traffic

SOFT = frozenset({"deleted_at", "is_deleted", "deleted", "archived_at", "removed_at"})
SEARCH_TERM = "q"
"""The words searched for; a column of that name is not what they filter by."""
NO_TABLES: Mapping[str, Table] = MappingProxyType({})
_BACKWARD = re.compile(r"\b(down|rollback|revert|undo)\b", re.I)


def linked(work: BackendWork) -> Verdict:
    """BE-DB-1: references are foreign keys, and indexes lead the way that rows are read."""
    reason = no_tables(work)
    if work.schema is None or (reason and (work.schema.unread or not work.tables)):
        return unknown("BE-DB-1", reason, "data_model")
    faults = [
        Fault(place=f"data_model: {table.name}", what=problem)
        for name, table in work.tables.items()
        for problem in (
            *_unlinked(work, name, table),
            *_unindexed(table),
            *_unindexed_reads(work, name, table),
        )
    ]
    keys = sum(len(table.foreign_keys) for table in work.schema.tables.values())
    if not faults and reason:
        return unknown("BE-DB-1", reason, "data_model")
    return decided("BE-DB-1", faults, f"{keys} foreign keys, all indexed", "data_model")


def _unlinked(work: BackendWork, name: str, table: Table) -> Iterator[str]:
    known: Mapping[str, Table] = work.schema.tables if work.schema else NO_TABLES
    entity = work.entity(name)
    held = {column for key in table.foreign_keys for column in key.columns}
    own = {field.name for field in entity.fields} if entity else set[str]()
    for column in table.columns:
        target = _target(column, known) if column.endswith("_id") and column not in own else None
        if target and column not in held:
            yield f"{column} is no foreign key to {target}"
    for key in table.foreign_keys:
        if key.table not in known:
            yield f"{', '.join(key.columns)} refers to {key.table}, which is not there"
    for parent in entity.belongs_to if entity else ():
        there = work.tables.get(parent)
        if there and there.name not in {key.table for key in table.foreign_keys}:
            yield f"no foreign key leads to {parent}"


def _target(column: str, known: Mapping[str, Table]) -> str | None:
    return next((name for name in plurals(column.removesuffix("_id")) if name in known), None)


def _unindexed(table: Table) -> Iterator[str]:
    for key in table.foreign_keys:
        if not led(table, key.columns):
            yield f"no index leads with {', '.join(key.columns)}"
    if TENANT in table.columns and not led(table, (TENANT,)):
        yield "no index leads with tenant_id"


def _unindexed_reads(work: BackendWork, name: str, table: Table) -> Iterator[str]:
    """Columns by which a list of the contract can be filtered."""
    asked = {
        parameter
        for row in work.rows
        if row.entity == name and row.kind in LISTS
        for op in _operation(work, row.operation_id)
        for parameter in op.inputs("query")
        if parameter in table.columns and (row.kind, parameter) != ("search", SEARCH_TERM)
    }
    for column in sorted(asked):
        if not led(table, (column,)):
            yield f"lists are filtered by {column}, which no index leads with"


def _operation(work: BackendWork, operation: str) -> tuple[Operation, ...]:
    found = work.operation_of.get(operation)
    return (found,) if found else ()


def led(table: Table, columns: Sequence[str]) -> bool:
    """Whether some index starts with these columns; `tenant_id` may stand before them."""
    wanted = set(columns)
    for index in table.indexes:
        rest = index[1:] if index[:1] == (TENANT,) and TENANT not in wanted else index
        if set(rest[: len(columns)]) == wanted or set(index[: len(columns)]) == wanted:
            return True
    return False


def forward_only(work: BackendWork) -> Verdict:
    """BE-DB-2: migrations follow one another and none rewrites an older one."""
    steps, broken = migrations(work)
    if broken:
        return unknown("BE-DB-2", "a migration does not have its shape", "data_model: migrations")
    if not steps:
        return unknown("BE-DB-2", "no migration is stated", "data_model: migrations")
    faults = [
        Fault(place=f"data_model: {step.file}", what=problem)
        for earlier, step in zip([None, *steps[:-1]], steps, strict=True)
        if (problem := _backward(step, earlier))
    ]
    files = ", ".join(step.file for step in steps)
    return decided("BE-DB-2", faults, f"forward only: {files}", "data_model: migrations")


def _backward(step: Migration, earlier: Migration | None) -> str:
    if step.edits:
        return f"rewrites {step.edits}"
    if _BACKWARD.search(re.sub(r"[_/.-]", " ", step.file)):
        return "goes backward"
    if earlier and step.file <= earlier.file:
        return f"does not come after {earlier.file}"
    return ""


def migrations(work: BackendWork) -> tuple[list[Migration], bool]:
    """The steps stated in artifact and output, once each; and whether one could not be read."""
    stated = _listed(work, "migrations")
    steps: dict[str, Migration] = {}
    broken = False
    for row in stated:
        step = _migration(row)
        broken = broken or step is None
        if step:
            steps[f"{step.file}|{step.edits}"] = step
    return list(steps.values()), broken


def _listed(work: BackendWork, key: str) -> list[Any]:
    output = mapping(mapping(work.output).get("data_model"))
    return [*sequence(mapping(work.data_model).get(key)), *sequence(output.get(key))][:5_000]


def _migration(row: object) -> Migration | None:
    node = mapping(row)
    file, change, edits = node.get("file"), node.get("change"), node.get("edits")
    if not isinstance(file, str) or not isinstance(change, str) or not file.strip():
        return None
    return Migration.model_construct(file=file, change=change, edits=str(edits) if edits else None)


def softly(work: BackendWork) -> Verdict:
    """BE-DB-3: what is deleted stays, marked, unless the CTO allows otherwise."""
    deleting = {op.id for op in work.operations if op.kind == "delete"}
    rows = [row for row in work.rows if row.kind == "delete" or row.operation_id in deleting]
    faults = [
        in_build(row.operation_id, "removes the row") for row in work.rows if row.removal == "hard"
    ]
    for row in rows:
        table = work.tables.get(row.entity or "")
        if table and not SOFT & set(table.columns):
            place = f"data_model: {table.name}"
            faults.append(Fault(place=place, what=f"no deleted_at, and {row.operation_id} deletes"))
    if faults:
        return decided("BE-DB-3", faults, "", "data_model")
    if not deleting and not rows:
        reason = no_contract(work) if not work.operations else ""
        if reason:
            return unknown("BE-DB-3", reason, "contract")
        return not_applicable("BE-DB-3", "no operation deletes anything")
    return _deletes(work, deleting)


def _deletes(work: BackendWork, deleting: set[str]) -> Verdict:
    for operation in sorted(deleting):
        row = work.row_of.get(operation)
        if row is None or row.removal != "soft":
            return unknown("BE-DB-3", f"how {operation} deletes is not stated", "build")
        if row.entity not in work.tables:
            return unknown("BE-DB-3", f"the table of {operation} was not found", "data_model")
    return decided("BE-DB-3", (), f"{len(deleting)} deletions only mark the row", "data_model")


def estimated(work: BackendWork) -> Verdict:
    """BE-DB-4: reads for one write and what may get slow are written down, table by table."""
    if not work.tables:
        return unknown("BE-DB-4", no_tables(work) or "no table was found", "data_model")
    spoken = {row.table for row in traffic(work) if row.slow_query_risk.strip()}
    faults = [
        Fault(place=f"data_model: {table.name}", what="no read/write ratio and slow-query risk")
        for table in work.tables.values()
        if table.name not in spoken
    ]
    return decided(
        "BE-DB-4", faults, f"ratio and risk stated for {len(spoken)} tables", "data_model: traffic"
    )


def traffic(work: BackendWork) -> Iterator[Traffic]:
    """The rows on traffic that can be read, from artifact and output."""
    for row in _listed(work, "traffic"):
        node = mapping(row)
        reads = node.get("reads_per_write")
        if isinstance(reads, int) and not isinstance(reads, bool) and reads >= 0:
            yield Traffic.model_construct(
                table=text(node.get("table")),
                reads_per_write=reads,
                slow_query_risk=text(node.get("slow_query_risk")),
            )
