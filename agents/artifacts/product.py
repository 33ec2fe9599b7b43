"""The brief, completed: every question that the artifacts ask of it, answered once.

A brief may be silent on entities, screens and fields; the product fills them in by fixed rules,
so that every artifact and every flaw has a place to be. Equal briefs make equal products, and a
product is a cheap cache key: it hashes and compares by the digest of its brief.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from remit.state.backend_output import Component, Tenancy
from remit.state.brief import Brief, Entity, EntityField, Screen
from remit.state.canonical import canonical, digest

OWN_COLUMNS = ("id", "tenant_id", "created_at", "updated_at", "deleted_at")
"""Columns that every table has by itself; a field of the same name adds nothing."""
TENANT = "tenant"
_SHOWABLE = re.compile(r"(?!tenant_id$|deleted_at$)[a-z][a-z0-9_]{0,62}")
"""A field that a screen may show: not the columns that never leave the service."""
SQL_NAME_MAX = 63
"""PostgreSQL cuts longer names."""

DEFAULT_STACK = (
    Component(kind="language", name="Python 3.12", reason="the team knows it"),
    Component(kind="framework", name="FastAPI", reason="typed requests from one schema"),
    Component(kind="database", name="PostgreSQL 16", reason="foreign keys, partial indexes"),
    Component(kind="auth", name="OpenID Connect provider", reason="no home-made sign-in"),
    Component(kind="infra", name="container service", reason="one process and one database"),
    Component(kind="client", name="React", reason="the team knows it"),
)
"""What the CTO approves when the brief leaves the stack open."""
DEFAULT_CEILING_USD_MONTH = {"mvp": 200, "scale": 2_000}
"""What the CTO sets when the brief names no ceiling, US dollars a month."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Product:
    """A brief without holes."""

    key: str
    """SHA-256 of the brief."""
    brief: Brief
    title: str
    """The brief's title on one line."""
    entities: tuple[Entity, ...]
    """At least one, each with at least one field; references to unknown entities are gone."""
    screens: tuple[Screen, ...]
    """At least one, each showing at least one field."""
    gaps: tuple[tuple[str, str], ...]
    """(entity, field) that a screen shows and the brief's entity lacks (`allow_gaps`)."""
    tenancy: Tenancy
    stack: tuple[Component, ...]
    """The approved components."""
    ceiling: int
    """Running cost allowed, US dollars a month."""

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Product) and self.key == other.key

    def entity(self, name: str) -> Entity:
        """The entity of that name; `KeyError` when there is none."""
        return {entity.name: entity for entity in self.entities}[name]

    def scoped(self, entity: Entity) -> bool:
        """Whether its rows belong to one tenant."""
        return self.tenancy != "single_tenant" and entity.tenant_scoped and entity.name != TENANT

    @property
    def shared(self) -> bool:
        """Whether tenants share tables, told apart by `tenant_id`."""
        return self.tenancy == "shared_schema"

    @property
    def undecided(self) -> bool:
        """Whether nobody decided how tenants are kept apart, and no default may (BE-ESC-3)."""
        brief = self.brief
        return brief.multi_tenant and brief.tenancy is None and brief.delivery_mode == "scale"


class _Same:
    """A brief by identity: hashing a large one by value on every call would cost too much."""

    __slots__ = ("brief",)

    def __init__(self, brief: Brief) -> None:
        self.brief = brief

    def __hash__(self) -> int:
        return id(self.brief)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.brief is other.brief


def product(brief: Brief) -> Product:
    """The completed brief; computed once per `Brief` object."""
    return _completed(_Same(brief))


@lru_cache(maxsize=256)
def _completed(same: _Same) -> Product:
    brief = same.brief
    entities = _entities(brief)
    screens = _screens(brief, entities)
    gaps = tuple(dict.fromkeys(_gaps(screens, entities)))
    return Product(
        key=digest(canonical(brief.model_dump(mode="json"))),
        brief=brief,
        title=" ".join(brief.title.split()) or "untitled",
        entities=tuple(_with_gaps(entity, gaps) for entity in entities.values()),
        screens=screens,
        gaps=gaps,
        tenancy=_tenancy(brief),
        stack=_stack(brief),
        ceiling=_ceiling(brief),
    )


def _tenancy(brief: Brief) -> Tenancy:
    """BE-AUTH-2: shared schema unless somebody chose otherwise."""
    return (brief.tenancy or "shared_schema") if brief.multi_tenant else "single_tenant"


def _stack(brief: Brief) -> tuple[Component, ...]:
    if brief.stack is None:
        return DEFAULT_STACK
    return tuple(
        Component(kind=kind, name=name, reason="approved in the brief")
        for kind in sorted(brief.stack)
        for name in brief.stack[kind]
    )


def plain(name: str) -> str:
    """A component's name without case and version: `PostgreSQL 16` is `postgresql`."""
    return " ".join(_VERSION.sub("", name[:200].strip()).casefold().split())


_VERSION = re.compile(r"[\s/:@=v-]+\d[\w.+-]*$", re.I)


def _ceiling(brief: Brief) -> int:
    stated = brief.constraints.cost_usd_month
    return DEFAULT_CEILING_USD_MONTH[brief.delivery_mode] if stated is None else stated


def _entities(brief: Brief) -> dict[str, Entity]:
    given = {entity.name: entity for entity in brief.entities}
    if not given:
        name = slug(brief.title)
        given = {name: Entity(name=name)}
    shared = _tenancy(brief) == "shared_schema"
    return {name: _completed_entity(entity, given, shared) for name, entity in given.items()}


def _completed_entity(entity: Entity, known: Mapping[str, Entity], shared: bool) -> Entity:
    # a row of a shared schema refers to its tenant already
    has_tenant = shared and entity.tenant_scoped and entity.name != TENANT
    parents = tuple(
        name
        for name in dict.fromkeys(entity.belongs_to)
        if name in known and not (has_tenant and name == TENANT)
    )
    links = tuple(name for name in dict.fromkeys(entity.many_to_many) if name in known)
    taken = {*OWN_COLUMNS, *(f"{name}_id" for name in parents), *(f"{n}_ids" for n in links)}
    fields = tuple(
        {field.name: field for field in entity.fields if field.name not in taken}.values()
    )
    return entity.model_copy(
        update={
            "fields": fields or (EntityField(name="name"),),
            "belongs_to": parents,
            "many_to_many": links,
        }
    )


def _screens(brief: Brief, entities: Mapping[str, Entity]) -> tuple[Screen, ...]:
    known = {screen.name: screen for screen in brief.screens if screen.entity in entities}
    screens = tuple(known.values()) or tuple(
        Screen(
            name=short(f"{name}_desk"),
            entity=name,
            interactions=("list", "read", "create", "update", "delete"),
        )
        for name in entities
    )
    return tuple(_completed_screen(screen, entities) for screen in screens)


def _completed_screen(screen: Screen, entities: Mapping[str, Entity]) -> Screen:
    shows = tuple(
        dict.fromkeys(
            f"{entity}.{field}"
            for entity, field in (split(screen, shown) for shown in screen.shows)
            if entity in entities and _SHOWABLE.fullmatch(field)
        )
    ) or tuple(f"{screen.entity}.{field.name}" for field in entities[screen.entity].fields)
    interactions = tuple(dict.fromkeys(screen.interactions)) or ("list", "read")
    return screen.model_copy(update={"shows": shows, "interactions": interactions})


def split(screen: Screen, shown: str) -> tuple[str, str]:
    """`(entity, field)` of a shown field."""
    entity, dot, field = shown.partition(".")
    return (entity, field) if dot else (screen.entity, entity)


def _gaps(screens: Iterable[Screen], entities: Mapping[str, Entity]) -> Iterable[tuple[str, str]]:
    for screen in screens:
        for shown in screen.shows:
            name, field = split(screen, shown)
            if field not in columns(entities[name]):
                yield name, field


def columns(entity: Entity) -> tuple[str, ...]:
    """Names of everything that a reader of the entity gets, in order."""
    return (
        "id",
        *(field.name for field in entity.fields),
        *(f"{parent}_id" for parent in entity.belongs_to),
        *(f"{other}_ids" for other in entity.many_to_many),
        "created_at",
        "updated_at",
    )


def _with_gaps(entity: Entity, gaps: Iterable[tuple[str, str]]) -> Entity:
    missing = tuple(
        EntityField(name=field, required=False)
        for name, field in gaps
        if name == entity.name and field not in OWN_COLUMNS
    )
    return entity.model_copy(update={"fields": entity.fields + missing}) if missing else entity


@lru_cache(maxsize=256)
def ordered(product: Product) -> tuple[str, ...]:
    """Entities with what they refer to before them, as far as circles allow."""
    placed: dict[str, None] = {}
    begun: set[str] = set()
    names = sorted((entity.name for entity in product.entities), key=lambda name: name != TENANT)
    stack = [(name, False) for name in reversed(names)]
    while stack:
        name, parents_done = stack.pop()
        if parents_done:
            placed[name] = None
        elif name not in begun:
            begun.add(name)
            parents = product.entity(name).belongs_to
            stack += [(name, True), *((parent, False) for parent in reversed(parents))]
    return tuple(placed)


def chosen_parents(product: Product, entity: Entity) -> tuple[str, ...]:
    """References that a client may name: never the tenant, which comes from the token."""
    alone = product.tenancy == "single_tenant"
    return tuple(name for name in entity.belongs_to if alone or name != TENANT)


def optional_parents(product: Product, entity: Entity) -> tuple[str, ...]:
    """References that may be null: to its own kind, and those that close a circle."""
    place = {name: n for n, name in enumerate(ordered(product))}
    return tuple(name for name in entity.belongs_to if place[name] >= place[entity.name])


def slug(title: str) -> str:
    """An identifier from a title: `Clinic Bookings!` → `clinic_bookings`."""
    words = "_".join(re.findall(r"[a-z0-9]+", title.casefold()))[:40].strip("_")
    return words if re.match(r"[a-z]", words) else f"item_{words}".strip("_")


def short(name: str) -> str:
    """The name, cut to what PostgreSQL keeps; cut names stay distinct."""
    return name if len(name) <= SQL_NAME_MAX else f"{name[:54]}_{digest(name)[:8]}"


def free(name: str, taken: Iterable[str]) -> str:
    """The name, or the first of `name_2`, `name_3`, … that is not taken."""
    names, candidate, n = set(taken), short(name), 1
    while candidate in names:
        n += 1
        candidate = short(f"{name}_{n}")
    return candidate
