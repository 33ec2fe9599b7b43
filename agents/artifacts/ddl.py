"""The data model: tables, and their DDL in the part of SQL that SQLite and PostgreSQL share.

Every table has a UUID key, times, and `deleted_at`; a table of tenants' rows has `tenant_id` where
tenants share a schema. A reference that would close a circle is a nullable column added after both
tables exist, which both databases accept.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from remit.agents.artifacts.operations import ASYNC_OVER_MS, operations
from remit.agents.artifacts.product import (
    TENANT,
    Product,
    free,
    optional_parents,
    ordered,
    short,
)
from remit.agents.artifacts.schemas import EMAIL_MAX, STRING_MAX, URL_MAX, members
from remit.state.backend_output import Migration, Table, Traffic
from remit.state.brief import Entity, EntityField
from remit.state.canonical import digest

_TYPES = {
    "text": "TEXT",
    "integer": "INTEGER",
    "decimal": "NUMERIC(18, 6)",
    "money": "BIGINT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "datetime": "TIMESTAMPTZ",
    "uuid": "UUID",
    "email": f"VARCHAR({EMAIL_MAX})",
    "url": f"VARCHAR({URL_MAX})",
    "json": "JSONB",
}
FIRST_MIGRATION = "migrations/0001_create.sql"


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One column."""

    name: str
    type: str
    null: bool = False
    default: str = ""
    references: str = ""
    """Name of the table referred to."""
    values: tuple[str, ...] = ()
    late: bool = False
    """Added by ALTER TABLE, because the table referred to comes later."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Index:
    """One index over rows that are not deleted."""

    name: str
    columns: tuple[str, ...]
    unique: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """One table."""

    name: str
    entity: str | None
    """`None` for tables that no entity of the brief stands for."""
    columns: tuple[Column, ...]
    indexes: tuple[Index, ...]
    scoped: bool


@lru_cache(maxsize=256)
def data_model(product: Product, undecided: bool = False) -> dict[str, Any]:
    """The content of the artifact `data_model`; `undecided` leaves the tenancy open (BE-ESC-3)."""
    return {
        "ddl": ddl(product),
        "tenancy": None if undecided else product.tenancy,
        "entities": [_entity(product, entity) for entity in product.entities],
        "migrations": [step.model_dump(mode="json") for step in migrations(product)],
        "traffic": [row.model_dump(mode="json") for row in traffic(product)],
    }


def _entity(product: Product, entity: Entity) -> dict[str, Any]:
    return {
        "name": entity.name,
        "table": entity.name,
        "tenant_scoped": product.scoped(entity),
        "sensitive": [field.name for field in entity.fields if field.sensitive],
        "states": list(states(entity)),
    }


def states(entity: Entity) -> tuple[str, ...]:
    """The values of the first enum called state or status, else of the first enum."""
    enums = [field for field in entity.fields if members(field)]
    named = [field for field in enums if field.name in ("state", "status")]
    return members((named or enums)[0]) if enums else ()


@lru_cache(maxsize=256)
def tables(product: Product) -> tuple[Plan, ...]:
    """Every table, those referred to first."""
    order = ordered(product)
    extra = () if not product.shared or TENANT in order else (_tenants(),)
    kept = [_table(product, product.entity(name)) for name in order]
    links = tuple(_links(product))
    jobs = (_jobs(product),) if any(op.runs_async for op in operations(product)) else ()
    return (*extra, *kept, *links, *jobs)


def _table(product: Product, entity: Entity) -> Plan:
    scoped = product.shared and product.scoped(entity)
    parents = tuple(_parent(product, entity, parent) for parent in entity.belongs_to)
    own = tuple(_column(field) for field in entity.fields)
    return Plan(
        name=entity.name,
        entity=entity.name,
        columns=_framed((*own, *parents), scoped),
        indexes=tuple(_indexes(entity, scoped)),
        scoped=scoped,
    )


def _column(field: EntityField) -> Column:
    values = members(field)
    plain = f"VARCHAR({STRING_MAX})"
    return Column(
        name=field.name,
        type=_TYPES.get(field.type, plain),
        null=not field.required,
        values=values,
    )


def _parent(product: Product, entity: Entity, parent: str) -> Column:
    null = parent in optional_parents(product, entity)
    late = null and parent != entity.name
    return Column(name=short(f"{parent}_id"), type="UUID", null=null, references=parent, late=late)


def _framed(columns: tuple[Column, ...], scoped: bool) -> tuple[Column, ...]:
    tenant = (Column(name="tenant_id", type="UUID", references=TENANT),) if scoped else ()
    now = "CURRENT_TIMESTAMP"
    return (
        Column(name="id", type="UUID"),
        *tenant,
        *columns,
        Column(name="created_at", type="TIMESTAMPTZ", default=now),
        Column(name="updated_at", type="TIMESTAMPTZ", default=now),
        Column(name="deleted_at", type="TIMESTAMPTZ", null=True),
    )


def _indexes(entity: Entity, scoped: bool) -> Iterator[Index]:
    """One for the list, one for each reference, one for each unique field."""
    lead = ("tenant_id",) if scoped else ()
    yield _index(entity.name, (*lead, "created_at", "id"))
    for parent in entity.belongs_to:
        yield _index(entity.name, (short(f"{parent}_id"), "created_at"))
    for field in entity.fields:
        if field.unique:
            yield _index(entity.name, (*lead, field.name), unique=True)


def _index(table: str, columns: tuple[str, ...], unique: bool = False) -> Index:
    text = f"{'ux' if unique else 'ix'}_{table}__{'__'.join(columns)}"
    # with `__` in a table's name two different indexes could spell alike
    name = short(f"{text}__{digest(table)[:8]}" if "__" in table else text)
    return Index(name=name, columns=columns, unique=unique)


def _tenants() -> Plan:
    return Plan(
        name=TENANT,
        entity=None,
        columns=_framed((Column(name="name", type=f"VARCHAR({STRING_MAX})"),), scoped=False),
        indexes=(),
        scoped=False,
    )


def _links(product: Product) -> Iterator[Plan]:
    """One table for each pair of entities that are many to many."""
    taken = [TENANT, *(entity.name for entity in product.entities)]
    done: set[frozenset[str]] = set()
    for entity in product.entities:
        for other in entity.many_to_many:
            pair = frozenset((entity.name, other))
            if pair not in done:
                done.add(pair)
                name = free(f"{entity.name}_{other}", taken)
                taken.append(name)
                yield _link(product, name, entity.name, other)


def _link(product: Product, name: str, left: str, right: str) -> Plan:
    other = f"related_{right}_id" if left == right else f"{right}_id"
    ends = (short(f"{left}_id"), short(other))
    # a tenant that is one end of the link is in the row already
    both = TENANT not in (left, right) and any(
        product.scoped(product.entity(end)) for end in (left, right)
    )
    scoped = product.shared and both
    refer = tuple(
        Column(name=end, type="UUID", references=table)
        for end, table in zip(ends, (left, right), strict=True)
    )
    return Plan(
        name=name,
        entity=None,
        columns=_framed(refer, scoped),
        indexes=(_index(name, ends, unique=True), _index(name, (ends[1],)))
        + ((_index(name, ("tenant_id",)),) if scoped else ()),
        scoped=scoped,
    )


def _jobs(product: Product) -> Plan:
    taken = [TENANT, *(entity.name for entity in product.entities)]
    name = free("report_job", taken)
    columns = (
        Column(name="report", type=f"VARCHAR({STRING_MAX})"),
        Column(
            name="status",
            type=f"VARCHAR({STRING_MAX})",
            values=("queued", "running", "done", "failed"),
        ),
        Column(name="totals", type="JSONB", null=True),
    )
    lead = ("tenant_id",) if product.shared else ()
    return Plan(
        name=name,
        entity=None,
        columns=_framed(columns, product.shared),
        indexes=(_index(name, (*lead, "status", "created_at")),),
        scoped=product.shared,
    )


@lru_cache(maxsize=256)
def ddl(product: Product) -> str:
    """The DDL, one statement after the other, each ended by a semicolon."""
    plans = tables(product)
    late = [(plan, column) for plan in plans for column in plan.columns if column.late]
    statements = [
        *(_create(plan) for plan in plans),
        *(_add(plan, column) for plan, column in late),
        *(_index_sql(plan, index) for plan in plans for index in plan.indexes),
    ]
    return "\n\n".join(statements) + "\n"


def _create(plan: Plan) -> str:
    lines = [f"  {_column_sql(column)}" for column in plan.columns if not column.late]
    lines.append('  PRIMARY KEY ("id")')
    lines += [f"  {check}" for column in plan.columns for check in _checks(column)]
    lines += [
        f'  FOREIGN KEY ("{column.name}") REFERENCES "{column.references}" ("id")'
        for column in plan.columns
        if column.references and not column.late
    ]
    return f'CREATE TABLE "{plan.name}" (\n' + ",\n".join(lines) + "\n);"


def _column_sql(column: Column) -> str:
    words = [f'"{column.name}"', column.type]
    words += [] if column.null else ["NOT NULL"]
    words += [f"DEFAULT {column.default}"] if column.default else []
    return " ".join(words)


def _checks(column: Column) -> Iterator[str]:
    if column.values:
        members = ", ".join(f"'{value}'" for value in column.values)
        yield f'CHECK ("{column.name}" IN ({members}))'


def _add(plan: Plan, column: Column) -> str:
    return (
        f'ALTER TABLE "{plan.name}" ADD COLUMN "{column.name}" {column.type}'
        f' REFERENCES "{column.references}" ("id");'
    )


def _index_sql(plan: Plan, index: Index) -> str:
    unique = "UNIQUE " if index.unique else ""
    columns = ", ".join(f'"{name}"' for name in index.columns)
    return (
        f'CREATE {unique}INDEX "{index.name}" ON "{plan.name}" ({columns})'
        ' WHERE "deleted_at" IS NULL;'
    )


def migrations(product: Product) -> tuple[Migration, ...]:
    """Forward only: the first one makes everything."""
    return (Migration(file=FIRST_MIGRATION, change=f"create {len(tables(product))} tables"),)


def traffic(product: Product) -> tuple[Traffic, ...]:
    """Reads for one write, estimated from the operations, and what may get slow (BE-DB-4)."""
    return tuple(_traffic(product, plan) for plan in tables(product))


def _traffic(product: Product, plan: Plan) -> Traffic:
    mine = [op for op in operations(product) if op.entity == plan.entity]
    reads = sum(op.method == "get" for op in mine)
    writes = sum(op.method != "get" for op in mine)
    slow = [op.id for op in mine if op.kind in ("search", "report") or _slow(op.expected_ms)]
    risk = f"{', '.join(slow)}: scans of many rows" if slow else "none: every read uses an index"
    return Traffic(
        table=plan.name,
        reads_per_write=max(1, 10 * reads // max(1, writes)),
        slow_query_risk=risk,
    )


def _slow(expected_ms: int) -> bool:
    return expected_ms > ASYNC_OVER_MS


def described(product: Product) -> tuple[Table, ...]:
    """The tables in short, for Backend's ten keys."""
    return tuple(
        Table(
            name=plan.name,
            id_type="uuid",
            columns=tuple(f"{column.name} {column.type}" for column in plan.columns),
            indexes=tuple(f"{index.name} ({', '.join(index.columns)})" for index in plan.indexes),
            tenant_scoped=plan.scoped,
            soft_delete=True,
        )
        for plan in tables(product)
    )
