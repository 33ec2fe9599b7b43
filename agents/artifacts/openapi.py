"""The API contract: a valid OpenAPI 3.1 document, with the flaws that are in it.

Every answer wears the envelope `success, data, meta, error`; every list is paginated; every
operation but the health check needs the bearer token; every id is a UUID. The document is shared
between all runs of a brief: it must not be altered.
"""

from functools import lru_cache
from typing import Any

from remit.agents.artifacts.operations import Operation, operations, plurals
from remit.agents.artifacts.product import Product, chosen_parents
from remit.agents.artifacts.schemas import (
    INSTANT,
    STRING_MAX,
    UUID,
    Json,
    alteration,
    answer,
    creation,
    names,
)
from remit.agents.artifacts.sites import Site, hit, of
from remit.state.brief import Entity
from remit.state.vocabulary import FlawKind, Stage

PAGE_DEFAULT, PAGE_MAX = 20, 100
CURSOR_MAX, KEY_MAX, TERM_MAX = 200, 64, 100
REASONS = {
    200: "Done.",
    201: "Created.",
    202: "Accepted; the result follows.",
    400: "A parameter is not valid.",
    401: "No valid token.",
    403: "The token lacks the permission.",
    404: "Not there, or not yours.",
    409: "In conflict with what is stored.",
    422: "The payload is not valid.",
    429: "Too many requests.",
    500: "A fault of the service.",
    503: "The service is not ready.",
}
CODES = {
    400: "invalid_parameter",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    409: "conflict",
    422: "invalid_payload",
    429: "rate_limited",
    500: "internal",
    503: "unavailable",
}
_RECORD = {"id": UUID, "deleted_at": INSTANT}


@lru_cache(maxsize=512)
def contract(product: Product, flaws: tuple[Site, ...], version: str) -> Json:
    """The content of the artifact `contract`."""
    document = openapi(product, contract_flaws(flaws))
    return {
        "version": version,
        "openapi": {**document, "info": {**document["info"], "version": version}},
    }


def contract_flaws(flaws: tuple[Site, ...]) -> tuple[Site, ...]:
    """Those that show in the contract."""
    mine = of(flaws, FlawKind.CONTRACT_GAP, FlawKind.SECURITY_FLAW)
    return tuple(site for site in mine if site.made_at is Stage.CONTRACT)


@lru_cache(maxsize=512)
def openapi(product: Product, flaws: tuple[Site, ...]) -> Json:
    """The document, at version 0.0.0."""
    paths: dict[str, Json] = {}
    for op in operations(product):
        bare = hit(flaws, "security", op.id)
        paths.setdefault(op.path, _shared(op))[op.method] = _operation(product, op, bare)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": product.title,
            "version": "0.0.0",
            "description": f"The API of {product.title}. {_tenancy_line(product)}",
        },
        "servers": [{"url": "/", "description": "Where the service runs."}],
        "tags": [{"name": name} for name in (*plurals(product).values(), "health")],
        "paths": paths,
        "components": {
            "schemas": _schemas(product, flaws),
            "responses": {f"Api_{status}": _failure(status) for status in CODES},
            "parameters": _parameters(),
            "headers": {"X-Request-Id": {"schema": UUID, "description": "Same as in `meta`."}},
            "securitySchemes": {"bearer": _bearer(product)},
        },
    }


def _tenancy_line(product: Product) -> str:
    if product.tenancy == "single_tenant":
        return "One tenant."
    return "The tenant comes from the token, never from the request."


def _bearer(product: Product) -> Json:
    auth = next((part.name for part in product.stack if part.kind == "auth"), "the sign-in service")
    return {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": f"A token issued by {auth}.",
    }


def _shared(op: Operation) -> Json:
    """What all methods of a path have: its parameters."""
    inside = [part[1:-1] for part in op.path.split("/") if part.startswith("{")]
    if not inside:
        return {}
    return {
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": UUID} for name in inside
        ]
    }


def _operation(product: Product, op: Operation, bare: bool) -> Json:
    refused = (401, 403) if bare or op.public else ()
    document: Json = {
        "operationId": op.id,
        "summary": summary(op),
        "tags": [plurals(product)[op.entity] if op.entity else "health"],
        "x-kind": op.kind,
        "x-rate-limit": op.rate_limit.model_dump(),
        "parameters": _query(product, op),
        "responses": {
            str(op.success): _success(product, op),
            **{
                str(status): {"$ref": f"#/components/responses/Api_{status}"}
                for status in op.statuses[1:]
                if status not in refused
            },
        },
    }
    if body := _body(product, op):
        document["requestBody"] = body
    if op.public:
        document |= {"security": [], "x-public": True}
    elif not bare:
        document |= {"security": [{"bearer": []}], "x-permission": op.permission}
    return document


def summary(op: Operation) -> str:
    """One line for a person."""
    thing = (op.entity or "").replace("_", " ")
    return {
        "list": f"A page of {thing} rows.",
        "search": f"A page of {thing} rows that match a term.",
        "read": f"One {thing}.",
        "create": f"Make one {thing}.",
        "update": f"Change one {thing}.",
        "delete": f"Remove one {thing}; it can be restored.",
        "report": f"Totals over {thing}.",
        "result": f"Whether the totals over {thing} are ready, and the totals.",
        "health": "Whether the service is ready.",
    }[op.kind]


def _query(product: Product, op: Operation) -> list[Json]:
    found: list[Json] = []
    if op.kind in ("list", "search"):
        found += [_parameter("Limit"), _parameter("Cursor")]
        parents = chosen_parents(product, product.entity(str(op.entity)))
        found += [_optional(f"{parent}_id", UUID) for parent in parents]
    if op.kind == "search":
        term: Json = {"type": "string", "minLength": 1, "maxLength": TERM_MAX}
        found.append({"name": "q", "in": "query", "required": True, "schema": term})
    if op.kind == "report":
        day: Json = {"type": "string", "format": "date"}
        found += [_optional("from", day), _optional("to", day)]
    if op.method == "post":
        found.append(_parameter("IdempotencyKey"))
    return found


def _parameter(name: str) -> Json:
    return {"$ref": f"#/components/parameters/{name}"}


def _optional(name: str, schema: Json) -> Json:
    return {"name": name, "in": "query", "required": False, "schema": schema}


def _parameters() -> Json:
    limit: Json = {"type": "integer", "minimum": 1, "maximum": PAGE_MAX, "default": PAGE_DEFAULT}
    cursor: Json = {"type": "string", "maxLength": CURSOR_MAX}
    key: Json = {"type": "string", "minLength": 8, "maxLength": KEY_MAX}
    return {
        "Limit": {**_optional("limit", limit), "description": "Rows on a page."},
        "Cursor": {**_optional("cursor", cursor), "description": "`meta.next_cursor` of a page."},
        "IdempotencyKey": {
            "name": "Idempotency-Key",
            "in": "header",
            "required": True,
            "schema": key,
            "description": "The same key again has no second effect.",
        },
    }


def request_schema(product: Product, op: Operation) -> str | None:
    """Name of the schema of the payload."""
    part = {"create": "Create", "update": "Update"}.get(op.kind)
    return f"{names(product)[str(op.entity)]}_{part}" if part else None


def response_schema(product: Product, op: Operation) -> str:
    """Name of the schema of the answer, envelope included."""
    if op.kind == "health":
        return "Api_Health"
    part = {"list": "Page", "search": "Page", "delete": "Removed", "report": "Report"}
    part |= {"result": "Job"} | ({"report": "Job"} if op.runs_async else {})
    return f"{names(product)[str(op.entity)]}_{part.get(op.kind, 'One')}"


def _body(product: Product, op: Operation) -> Json | None:
    name = request_schema(product, op)
    return {"required": True, "content": _json(name)} if name else None


def _json(name: str) -> Json:
    return {"application/json": {"schema": _ref(name)}}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _success(product: Product, op: Operation) -> Json:
    headers: Json = {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}}
    if op.success == 201:
        headers["Location"] = {"schema": {"type": "string", "maxLength": STRING_MAX}}
    return {
        "description": REASONS[op.success],
        "headers": headers,
        "content": _json(response_schema(product, op)),
    }


def _failure(status: int) -> Json:
    headers: Json = {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}}
    if status == 429:
        headers["Retry-After"] = {"schema": {"type": "integer", "minimum": 1}}
    return {
        "description": REASONS[status],
        "headers": headers,
        "content": _json("Api_Failure"),
    }


def _schemas(product: Product, flaws: tuple[Site, ...]) -> Json:
    found: Json = {}
    for entity in product.entities:
        found |= _entity_schemas(product, entity, flaws)
    return {**found, **_common()}


def _entity_schemas(product: Product, entity: Entity, flaws: tuple[Site, ...]) -> Json:
    name = names(product)[entity.name]
    mine = [op for op in operations(product) if op.entity == entity.name]
    shape = answer(product, entity)
    for site in of(flaws, FlawKind.CONTRACT_GAP):
        if site.target[1] == entity.name:
            shape = without(shape, site.target[2:])
    bodies: Json = {
        f"{name}_Create": creation(product, entity),
        f"{name}_Update": alteration(product, entity),
        f"{name}_One": _envelope(_ref(name)),
        f"{name}_Page": _envelope({"type": "array", "items": _ref(name)}, "Api_PageMeta"),
        f"{name}_Removed": _envelope(_closed(_RECORD)),
        f"{name}_Report": _envelope({"type": "array", "items": _ref("Api_Total")}),
        f"{name}_Job": _envelope(_ref("Api_Job")),
    }
    used = {response_schema(product, op) for op in mine}
    used |= {request_schema(product, op) or "" for op in mine}
    return {name: shape, **{key: body for key, body in bodies.items() if key in used}}


def without(shape: Json, path: tuple[str, ...]) -> Json:
    """The object schema without the property at the path."""
    head, *rest = path
    properties: Json = shape["properties"]
    if rest:
        inner = without(properties[head], tuple(rest))
        return {**shape, "properties": {**properties, head: inner}}
    return {
        **shape,
        "required": [name for name in shape["required"] if name != head],
        "properties": {name: value for name, value in properties.items() if name != head},
    }


def _closed(properties: dict[str, Any]) -> Json:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [*properties],
        "properties": properties,
    }


def _envelope(data: Json, meta: str = "Api_Meta") -> Json:
    return _closed(
        {
            "success": {"type": "boolean", "const": True},
            "data": data,
            "meta": _ref(meta),
            "error": {"type": "null"},
        }
    )


def _common() -> Json:
    text: Json = {"type": "string", "minLength": 1, "maxLength": STRING_MAX}
    count: Json = {"type": "integer", "minimum": 0}
    status: Json = {"type": "string", "enum": ["queued", "running", "done", "failed"]}
    totals: Json = {"type": "array", "items": _ref("Api_Total")}
    cursor: Json = {"type": ["string", "null"], "maxLength": CURSOR_MAX}
    place: Json = {"field": text, "code": text, "message": text}
    return {
        "Api_Meta": _closed({"request_id": UUID}),
        "Api_PageMeta": _closed(
            {"request_id": UUID, "limit": {**count, "maximum": PAGE_MAX}, "next_cursor": cursor}
        ),
        "Api_Error": _closed(
            {
                "code": {"type": "string", "enum": sorted(CODES.values())},
                "message": text,
                "details": {"type": "array", "maxItems": 100, "items": _closed(place)},
            }
        ),
        "Api_Failure": _closed(
            {
                "success": {"type": "boolean", "const": False},
                "data": {"type": "null"},
                "meta": _ref("Api_Meta"),
                "error": _ref("Api_Error"),
            }
        ),
        "Api_Total": _closed({"group": text, "count": count}),
        "Api_Job": _closed({"id": UUID, "status": status, "totals": totals}),
        "Api_Health": _envelope(_closed({"status": {"type": "string", "enum": ["ready"]}})),
    }
