"""The documents that a role writes at each stage, and the shape of each."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from pydantic import Field

from remit.state.backend_output import (
    BackendOutput,
    Migration,
    NotApplicable,
    Tenancy,
    Traffic,
)
from remit.state.outputs import CtoOutput, FrontendOutput, PmOutput, QaOutput, SecurityOutput
from remit.state.outputs import UiuxOutput as Ux
from remit.state.report import Line, Value
from remit.state.vocabulary import Seat, Stage


class ContractDocument(Value):
    """The API contract. Its version is set by Remit."""

    version: Line = ""
    openapi: dict[str, Any]
    """An OpenAPI 3.1 document."""


class EntityRow(Value):
    """How one entity is kept."""

    name: Line
    table: Line
    tenant_scoped: bool
    sensitive: tuple[Line, ...] = ()
    states: tuple[Line, ...] = ()


class DataModelDocument(Value):
    """The data model; `ddl` is SQL."""

    ddl: str
    tenancy: Tenancy | None
    entities: tuple[EntityRow, ...]
    migrations: tuple[Migration, ...]
    traffic: tuple[Traffic, ...]


class Permissions(Value):
    """What one role of the product may do."""

    role: Line
    permissions: tuple[Line, ...]


class Classified(Value):
    """How sensitive one field is."""

    table: Line
    field: Line
    class_: Line = Field(alias="class")


class SecurityPackage(Value):
    """What Backend hands to Security (BE-COL-4)."""

    auth_model: dict[str, Any]
    permission_matrix: tuple[Permissions, ...] | NotApplicable
    data_classification: tuple[Classified, ...] | NotApplicable
    audit_requirements: tuple[Line, ...] | NotApplicable


class SpecRow(Value):
    """One testable statement about an operation."""

    operation_id: Line
    given: Line
    when: Line
    then: Line


class Transition(Value):
    """One change of state."""

    entity: Line
    from_: Line = Field(alias="from")
    to: Line


class Mock(Value):
    """What stands in for a component in tests."""

    component: Line
    mock: Line


class QaPackage(Value):
    """What Backend hands to QA (BE-COL-5)."""

    testable_spec: tuple[SpecRow, ...] | NotApplicable
    edge_cases: tuple[Line, ...] | NotApplicable
    state_transitions: tuple[Transition, ...] | NotApplicable
    integration_mocks: tuple[Mock, ...] | NotApplicable


OUTPUT: Mapping[Seat, type[Value]] = MappingProxyType(
    {
        Seat.CTO: CtoOutput,
        Seat.PM: PmOutput,
        Seat.UIUX: Ux,
        Seat.BACKEND: BackendOutput,
        Seat.FRONTEND: FrontendOutput,
        Seat.SECURITY: SecurityOutput,
        Seat.QA: QaOutput,
    }
)
"""Each role's own typed output."""
JUDGED = "output"
"""The document of whoever reviews or audits; code makes `review` or `verdict` of it."""
_MADE: Mapping[Stage, Mapping[str, type[Value]]] = MappingProxyType(
    {
        Stage.PLAN: {"plan": CtoOutput},
        Stage.REQUIREMENTS: {"criteria": PmOutput},
        Stage.EXPERIENCE: {"screens": Ux},
        Stage.CONTRACT: {
            "contract": ContractDocument,
            "data_model": DataModelDocument,
            "security_package": SecurityPackage,
            "qa_package": QaPackage,
            "backend_design": BackendOutput,
        },
    }
)
Kind = Literal["make", "judge", "rule"]


def kind_of(stage: Stage, has_matter: bool) -> Kind:
    """Whether work is made, judged, or ruled on."""
    if has_matter:
        return "rule"
    judging = (Stage.CONTRACT_REVIEW, Stage.VERIFICATION, Stage.ACCEPTANCE)
    return "judge" if stage in judging else "make"


def documents(seat: Seat, stage: Stage, has_matter: bool) -> Mapping[str, type[Value]]:
    """Name → shape of what a seat writes at a stage; nothing on a matter, where it only rules."""
    kind = kind_of(stage, has_matter)
    if kind == "rule":
        return {}
    if kind == "judge":
        return {JUDGED: OUTPUT[seat]}
    if stage is Stage.BUILD and seat in (Seat.BACKEND, Seat.FRONTEND):
        return {f"{seat}_build": OUTPUT[seat]}
    made = _MADE.get(stage, {})
    owner = {Stage.PLAN: Seat.CTO, Stage.REQUIREMENTS: Seat.PM, Stage.EXPERIENCE: Seat.UIUX,
             Stage.CONTRACT: Seat.BACKEND}.get(stage)  # fmt: skip
    return made if owner is seat else {"work": OUTPUT[seat]}
