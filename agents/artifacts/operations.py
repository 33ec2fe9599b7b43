"""The operations that the screens need: one list that contract, code and client share."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from remit.agents.artifacts.product import Product, columns, free, split
from remit.state.backend_output import RateLimit
from remit.state.brief import Entity, Screen

Kind = Literal["list", "search", "read", "create", "update", "delete", "report", "result", "health"]
KINDS: tuple[Kind, ...] = (
    "list", "search", "read", "create", "update", "delete", "report", "result", "health",
)  # fmt: skip
_TELLING: tuple[Kind, ...] = ("list", "search", "read", "create", "update")
"""Kinds whose answer holds the entity itself, best source first."""
ASYNC_OVER_MS = 500
"""BE-PERF-3: longer work is a job when nobody waits for it."""
ERRORS: dict[Kind, tuple[int, ...]] = {
    "list": (400, 401, 403, 429, 500),
    "search": (400, 401, 403, 429, 500),
    "read": (400, 401, 403, 404, 429, 500),
    "create": (400, 401, 403, 409, 422, 429, 500),
    "update": (400, 401, 403, 404, 409, 422, 429, 500),
    "delete": (400, 401, 403, 404, 429, 500),
    "report": (400, 401, 403, 429, 500),
    "result": (400, 401, 403, 404, 429, 500),
    "health": (429, 500, 503),
}
"""Error statuses by kind of operation."""
_VERBS: dict[Kind, str] = {
    "list": "read", "search": "read", "read": "read", "create": "write", "update": "write",
    "delete": "delete", "report": "report", "result": "report",
}  # fmt: skip
_METHODS: dict[Kind, Literal["get", "post", "patch", "delete"]] = {
    "create": "post", "update": "patch", "delete": "delete",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """One operation of the API."""

    id: str
    kind: Kind
    entity: str | None
    method: Literal["get", "post", "patch", "delete"]
    path: str
    permission: str | None
    success: int
    expected_ms: int
    needs_result: bool
    runs_async: bool
    rate_limit: RateLimit

    @property
    def statuses(self) -> tuple[int, ...]:
        """Success first."""
        return (self.success, *ERRORS[self.kind])

    @property
    def public(self) -> bool:
        """No sign-in needed."""
        return self.permission is None


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """A field on a screen, and where the contract holds it."""

    screen: str
    entity: str
    field: str
    operation: str
    """Id of the operation whose answer holds it."""
    property: tuple[str, ...]
    """Entity whose schema holds it, then the property names down to it."""


@lru_cache(maxsize=256)
def plurals(product: Product) -> dict[str, str]:
    """Entity → its collection's name in paths; all different."""
    names: dict[str, str] = {}
    for entity in product.entities:
        names[entity.name] = free(_plural(entity.name), ("health", *names.values()))
    return names


def _plural(name: str) -> str:
    if name.endswith("y") and not name.endswith(("ay", "ey", "oy", "uy")):
        return f"{name[:-1]}ies"
    if name.endswith("s") and not name.endswith(("ss", "us", "is")):
        return name
    if name.endswith(("s", "x", "z", "ch", "sh")):
        return f"{name}es"
    return f"{name}s"


@lru_cache(maxsize=256)
def operations(product: Product) -> tuple[Operation, ...]:
    """Every operation, entity by entity, the health check last."""
    found = [
        _operation(product, entity, kind)
        for entity in product.entities
        for kind in _kinds(product, entity)
    ]
    return (*found, HEALTH)


def _kinds(product: Product, entity: Entity) -> tuple[Kind, ...]:
    """What the screens ask of an entity; without a screen, what keeps it alive."""
    asked: set[Kind] = set()
    for screen in product.screens:
        if screen.entity == entity.name:
            asked.update(screen.interactions)
        elif any(split(screen, shown)[0] == entity.name for shown in screen.shows):
            asked.add("list")
    asked = asked or {"list", "read", "create"}
    if not asked.intersection(_TELLING):
        asked.add("list")
    if "report" in asked and _report_ms(product, entity) > ASYNC_OVER_MS:
        asked.add("result")
    return tuple(kind for kind in KINDS if kind in asked)


def _report_ms(product: Product, entity: Entity) -> int:
    """Milliseconds that a report may take: what the least patient screen allows."""
    return min(
        screen.latency_ms
        for screen in product.screens
        if screen.entity == entity.name and "report" in screen.interactions
    )


def _operation(product: Product, entity: Entity, kind: Kind) -> Operation:
    asynchronous = kind == "report" and _report_ms(product, entity) > ASYNC_OVER_MS
    collection = plurals(product)[entity.name]
    return Operation(
        id=f"{kind}_{collection if kind in ('list', 'search') else entity.name}",
        kind=kind,
        entity=entity.name,
        method="post" if asynchronous else _METHODS.get(kind, "get"),
        path=_path(collection, kind, asynchronous),
        permission=f"{entity.name}:{_VERBS[kind]}",
        success=201 if kind == "create" else 202 if asynchronous else 200,
        expected_ms=_expected_ms(product, entity, kind),
        needs_result=not asynchronous,
        runs_async=asynchronous,
        rate_limit=RateLimit(requests=_requests(kind), window_s=60),
    )


def _path(collection: str, kind: Kind, asynchronous: bool) -> str:
    base = f"/v1/{collection}"
    if kind in ("read", "update", "delete"):
        return f"{base}/{{id}}"
    if kind == "report":
        return f"{base}/reports" if asynchronous else f"{base}/report"
    return {"search": f"{base}/search", "result": f"{base}/reports/{{report_id}}"}.get(kind, base)


def _expected_ms(product: Product, entity: Entity, kind: Kind) -> int:
    """Half the tightest latency that a screen asks for; a report takes all its screens allow."""
    if kind == "report":
        return _report_ms(product, entity)
    asked = [
        screen.latency_ms
        for screen in product.screens
        if entity.name in (screen.entity, *(split(screen, shown)[0] for shown in screen.shows))
    ]
    return min(min(asked, default=300) // 2, 400)


def _requests(kind: Kind) -> int:
    return {"report": 6, "search": 60, "create": 60, "update": 60, "delete": 30}.get(kind, 300)


HEALTH = Operation(
    id="check_health",
    kind="health",
    entity=None,
    method="get",
    path="/v1/health",
    permission=None,
    success=200,
    expected_ms=20,
    needs_result=True,
    runs_async=False,
    rate_limit=RateLimit(requests=60, window_s=60),
)


def embedded(product: Product, entity: Entity) -> dict[str, tuple[str, ...]]:
    """Parent entity → its fields that screens of this entity show: they travel inside it."""
    own = {*columns(entity)}
    shown: dict[str, dict[str, None]] = {}
    for screen in product.screens:
        for name, field in (split(screen, text) for text in screen.shows):
            inside = name != entity.name and name in entity.belongs_to and name not in own
            if screen.entity == entity.name and inside and field != "id":
                shown.setdefault(name, {})[field] = None
    return {name: tuple(fields) for name, fields in shown.items()}


@lru_cache(maxsize=256)
def needs(product: Product) -> tuple[Need, ...]:
    """Every field that a screen shows, screen by screen."""
    return tuple(
        _need(product, screen, *split(screen, shown))
        for screen in product.screens
        for shown in screen.shows
    )


def _need(product: Product, screen: Screen, entity: str, field: str) -> Need:
    own = product.entity(screen.entity)
    inside = field in embedded(product, own).get(entity, ())
    holder = screen.entity if inside else entity
    return Need(
        screen=screen.name,
        entity=entity,
        field=field,
        operation=_source(product, holder).id,
        property=(holder, entity, field) if inside else (holder, field),
    )


def _source(product: Product, entity: str) -> Operation:
    """The operation that best tells an entity: a list, else whatever answers with it."""
    mine = [op for op in operations(product) if op.entity == entity]
    return next(op for kind in _TELLING for op in mine if op.kind == kind)


def reads(screen: Screen, product: Product) -> tuple[Operation, ...]:
    """The operations that a screen calls, in the order of the contract."""
    wanted = {need.operation for need in needs(product) if need.screen == screen.name}
    asked: set[Kind] = {*screen.interactions}
    if "report" in asked:
        asked.add("result")
    return tuple(
        op
        for op in operations(product)
        if op.id in wanted or (op.entity == screen.entity and op.kind in asked)
    )
