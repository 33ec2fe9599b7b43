"""The brief: what the team is asked to build."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from remit.state.brief_sheet import brief_sheet
from remit.state.markup import fragment
from remit.state.report import Line, Value
from remit.state.sheet import Sheet, plain

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
"""A lower-case name that SQL, OpenAPI and file names all accept."""

FieldType = Literal[
    "string", "text", "integer", "decimal", "money", "boolean", "date", "datetime",
    "uuid", "email", "url", "enum", "json",
]  # fmt: skip
StackKind = Literal[
    "language", "framework", "database", "queue", "cache", "auth", "infra", "client"
]
Interaction = Literal["list", "read", "create", "update", "delete", "search", "report"]


class EntityField(Value):
    """One attribute of an entity."""

    name: Identifier
    type: FieldType = "string"
    required: bool = True
    unique: bool = False
    sensitive: bool = False
    values: tuple[Identifier, ...] = ()
    """The members of an `enum`."""


class Entity(Value):
    """A thing that the product keeps."""

    name: Identifier
    fields: tuple[EntityField, ...] = ()
    belongs_to: tuple[Identifier, ...] = ()
    """Entities that this one refers to, many to one."""
    many_to_many: tuple[Identifier, ...] = ()
    tenant_scoped: bool = True
    """Whether a row belongs to one tenant (only where the product has tenants)."""


class Screen(Value):
    """A place where a person sees or changes an entity."""

    name: Identifier
    entity: Identifier
    shows: tuple[str, ...] = ()
    """Fields shown: `field` of the screen's entity, or `entity.field` of another."""
    interactions: tuple[Interaction, ...] = ("list", "read")
    latency_ms: Annotated[int, Field(ge=1, le=600_000)] = 300


class SecurityRequirement(Value):
    """A security constraint from the brief."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9-]{0,15}$")]
    text: Line
    incompatible_with: tuple[str, ...] = ()
    """`deadline`, or `latency:<screen>`: what it cannot be met together with (BE-ESC-4)."""


class Constraints(Value):
    """What bounds the work."""

    security: tuple[SecurityRequirement, ...] = ()
    cost_usd_month: Annotated[int, Field(ge=0, le=10**9)] | None = None
    """Ceiling on running cost, US dollars a month (BE-IN-5)."""
    deadline: str | None = None
    """ISO date."""
    architecture: tuple[Line, ...] = ()


class Criterion(Value):
    """One acceptance criterion."""

    id: Annotated[str, StringConstraints(pattern=r"^AC-[0-9]{1,4}$")]
    text: Line
    entity: Identifier | None = None
    priority: Literal["must", "should", "could"] = "must"


class Rule(Value):
    """One business rule."""

    id: Annotated[str, StringConstraints(pattern=r"^BR-[0-9]{1,4}$")]
    text: Line
    entity: Identifier | None = None


class ExternalAction(Value):
    """Something that leaves the run's folder; only a human approves it (PUB-10)."""

    kind: Literal["deploy", "push", "email", "payment", "api_call", "publish", "delete"]
    target: Line
    payload: Line = ""


class Brief(Value):
    """A brief, validated; `prose` is the Markdown below the front matter."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    delivery_mode: Literal["mvp", "scale"] = "mvp"
    stack: dict[StackKind, tuple[Line, ...]] | None = None
    """The approved components by kind; `None` when the brief leaves it to the CTO."""
    constraints: Constraints = Constraints()
    multi_tenant: bool = False
    tenancy: Literal["shared_schema", "schema_per_tenant", "database_per_tenant"] | None = None
    entities: tuple[Entity, ...] = ()
    screens: tuple[Screen, ...] = ()
    rules: tuple[Rule, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    external_actions: tuple[ExternalAction, ...] = ()
    allow_gaps: bool = False
    """Screens may show fields that no entity has: gaps for the team to find."""
    prose: str = ""
    assumed: tuple[Line, ...] = ()
    """What was filled in because the brief is silent, in words that the summary repeats."""

    def sheet(self) -> Sheet:
        """The brief as tables."""
        return brief_sheet(self.model_dump(mode="json"))

    def __str__(self) -> str:
        return plain(self.sheet())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return fragment(self.sheet())
