"""The work that is judged, and the views of it that the standards share.

Everything is read from the documents themselves: the OpenAPI document, the DDL, and the output's
own rows. A part that does not have its shape is `None` here, and the reason stands in `problem`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from remit.agents.standards.ddl import Schema, Table, read_ddl
from remit.agents.standards.json_values import mapping, sequence, text
from remit.agents.standards.openapi import Operation, operations
from remit.state.backend_output import (
    DataModel,
    Implementation,
    Observability,
    OperationRow,
    SecurityNotes,
)
from remit.state.brief import Brief, Entity

Section = TypeVar("Section", bound=BaseModel)
TENANT = "tenant"
"""The entity whose rows are the tenants themselves."""
LISTS = frozenset({"list", "search"})


@dataclass(frozen=True, kw_only=True)
class BackendWork:
    """One Backend delivery beside the brief it answers. The parts may be hostile."""

    brief: Brief
    contract: Mapping[str, Any] | None
    """The OpenAPI document (the artifact `contract`'s `openapi`)."""
    data_model: Mapping[str, Any] | None
    """Content of the artifact `data_model`."""
    output: Mapping[str, Any]
    """The ten keys."""

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """The contract's operations; empty without a readable contract."""
        return operations(self.contract)

    @cached_property
    def schema(self) -> Schema | None:
        """The tables of the DDL; `None` without DDL."""
        ddl = text(mapping(self.data_model).get("ddl"))
        return read_ddl(ddl) if ddl.strip() else None

    @cached_property
    def made(self) -> Implementation | None:
        """The key `implementation`."""
        return self._section("implementation", Implementation)

    @cached_property
    def model(self) -> DataModel | None:
        """The key `data_model` of the output."""
        return self._section("data_model", DataModel)

    @cached_property
    def observed(self) -> Observability | None:
        """The key `observability`."""
        return self._section("observability", Observability)

    @cached_property
    def security(self) -> SecurityNotes | None:
        """The key `security`."""
        return self._section("security", SecurityNotes)

    @cached_property
    def rows(self) -> tuple[OperationRow, ...]:
        """What the code of each operation does."""
        return self.made.operations if self.made else ()

    @cached_property
    def row_of(self) -> Mapping[str, OperationRow]:
        """Operation id → its row."""
        return {row.operation_id: row for row in self.rows}

    @cached_property
    def operation_of(self) -> Mapping[str, Operation]:
        """Operation id → the contract's operation."""
        return {operation.id: operation for operation in self.operations}

    @cached_property
    def unrowed(self) -> tuple[str, ...]:
        """Operations of the contract about whose code the output says nothing."""
        return tuple(op.id for op in self.operations if op.id not in self.row_of)

    @cached_property
    def tenancy(self) -> str | None:
        """Tenancy as the data model states it; `None` when it does not."""
        stated = self.model.tenancy if self.model else None
        return stated or text(mapping(self.data_model).get("tenancy")) or None

    @cached_property
    def tables(self) -> Mapping[str, Table]:
        """Entity → its table in the DDL; an entity without one is left out.

        Entities of the brief, and those that the data model adds.
        """
        names = dict.fromkeys((*(one.name for one in self.brief.entities), *self._added_entities))
        found = {name: self._table(name) for name in names}
        return {name: table for name, table in found.items() if table}

    @cached_property
    def _added_entities(self) -> Mapping[str, bool]:
        """Entities that only the data model names → whether it calls them tenant-scoped."""
        known = {entity.name for entity in self.brief.entities}
        return {
            text(row.get("name")): row.get("tenant_scoped") is not False
            for row in entity_rows(self.data_model)
            if text(row.get("name")) and text(row.get("name")) not in known
        }

    @cached_property
    def sensitive(self) -> bool:
        """Whether a leak would reach across tenants or touch sensitive data."""
        return self.brief.multi_tenant or any(
            field.sensitive for entity in self.brief.entities for field in entity.fields
        )

    def entity(self, name: str | None) -> Entity | None:
        """The brief's entity of that name."""
        return next((entity for entity in self.brief.entities if entity.name == name), None)

    def scoped(self, name: str | None) -> bool:
        """Whether rows of this entity belong to one tenant.

        The brief decides; the work is only believed about entities that it adds.
        """
        if not self.brief.multi_tenant or name == TENANT:
            return False
        entity = self.entity(name)
        return entity.tenant_scoped if entity else self._added_entities.get(name or "", True)

    def problem(self, key: str) -> str:
        """Why a key of the output cannot be read, in one line."""
        value = mapping(self.output).get(key)
        if value is None:
            return f"{key} is missing"
        reason = mapping(value).get("not_applicable")
        if reason is not None:
            return f"{key} is stated as not applicable: {text(reason) or 'no reason'}"
        return f"{key} does not have its shape"

    def _section(self, key: str, shape: type[Section]) -> Section | None:
        return parsed(mapping(self.output).get(key), shape)

    def _table(self, entity: str) -> Table | None:
        if self.schema is None:
            return None
        tables = self.schema.tables
        for row in entity_rows(self.data_model):
            if text(row.get("name")) == entity and text(row.get("table")) in tables:
                return tables[text(row.get("table"))]
        return next((tables[name] for name in plurals(entity) if name in tables), None)


def parsed(value: object, shape: type[Section]) -> Section | None:
    """The value in its shape, or `None`."""
    if not isinstance(value, Mapping):
        return None
    try:
        return shape.model_validate(value)
    except (ValidationError, RecursionError):
        return None


def entity_rows(data_model: object) -> tuple[Mapping[str, Any], ...]:
    """The rows under `entities` of the artifact `data_model`; what is no row is left out."""
    listed = mapping(data_model).get("entities")
    return tuple(mapping(row) for row in sequence(listed))


def plurals(name: str) -> tuple[str, ...]:
    """The names that a table of this entity may have."""
    ending = (f"{name[:-1]}ies",) if name.endswith("y") else ()
    return (name, f"{name}s", f"{name}es", *ending)


def work_from(brief: Brief, artifacts: Mapping[str, Mapping[str, Any]]) -> BackendWork:
    """The work held by a set of artifacts, by name: the build if there is one, else the design."""
    contract = artifacts.get("contract")
    document = mapping(contract).get("openapi")
    output = artifacts.get("backend_build") or artifacts.get("backend_design")
    return BackendWork(
        brief=brief,
        contract=mapping(document) or None,
        data_model=artifacts.get("data_model"),
        output=output or artifacts.get("work") or {},
    )
