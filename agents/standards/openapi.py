"""An OpenAPI document read as it stands, references followed, nothing believed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from remit.agents.standards.json_values import mapping, sequence, text

METHODS = ("get", "post", "put", "patch", "delete")
KINDS = frozenset(
    {"list", "read", "create", "update", "delete", "search", "report", "result", "health"}
)
OPERATIONS_MAX = 2_000
HOPS_MAX = 32
"""References followed before a chain counts as broken."""
PARTS_MAX = 300
"""Parts of one composed schema that are looked at."""
HEALTH_PATHS = ("/health", "/healthz", "/livez", "/readyz", "/ready", "/live")
_BY_METHOD = {"post": "create", "put": "update", "patch": "update", "delete": "delete"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameter:
    """One input outside the body."""

    name: str
    place: str
    """`path`, `query`, `header` or `cookie`."""
    schema: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Response:
    """One documented answer."""

    status: str
    """`200`, `4XX` or `default`."""
    node: Mapping[str, Any]
    schema: Mapping[str, Any] | None
    """Schema of its JSON body; `None` when none is documented."""

    @property
    def success(self) -> bool:
        """Whether it is a 2xx."""
        return self.status.startswith("2")

    @property
    def error(self) -> bool:
        """Whether it is a 4xx, a 5xx or the default."""
        return self.status[:1] in ("4", "5") or self.status == "default"


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """One method of one path."""

    id: str
    """`operationId`, or the place where there is none."""
    method: str
    path: str
    """With the base path of the first server in front."""
    kind: str
    """What it does; an answer that is a list of records makes a list of it, whatever its name."""
    node: Mapping[str, Any]
    document: Mapping[str, Any] = field(repr=False)
    parameters: tuple[Parameter, ...]
    responses: tuple[Response, ...]
    body: Mapping[str, Any] | None
    """Schema of the JSON request body; `None` without a body."""

    @property
    def place(self) -> str:
        """`GET /v1/invoices`."""
        return f"{self.method.upper()} {self.path}"

    @property
    def statuses(self) -> tuple[str, ...]:
        """Documented statuses."""
        return tuple(response.status for response in self.responses)

    @property
    def security(self) -> tuple[Mapping[str, Any], ...] | None:
        """Security requirements; `None` where neither operation nor document states any."""
        stated = self.node.get("security", self.document.get("security"))
        if not isinstance(stated, list | tuple):
            return None
        return tuple(mapping(one) for one in sequence(stated))  # pyright: ignore[reportUnknownArgumentType]

    @property
    def protected(self) -> bool:
        """Whether every way in needs a sign-in."""
        return bool(self.security) and all(self.security or ())

    @property
    def permission(self) -> str:
        """The permission named by the contract, empty where it names none."""
        return text(self.node.get("x-permission"))

    def inputs(self, place: str) -> tuple[str, ...]:
        """Names of the inputs at one place: `path`, `query`, `header` or `payload`."""
        if place == "payload":
            return tuple(properties(self.document, self.body)) if self.body is not None else ()
        return tuple(one.name for one in self.parameters if one.place == place)


def operations(document: object) -> tuple[Operation, ...]:
    """The operations of a document, at most `OPERATIONS_MAX`, in its own order."""
    return tuple(_operations(mapping(document)))


def _operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    base, found = _base(document), 0
    for path, raw in mapping(document.get("paths")).items():
        item = resolve(document, raw)
        for method in METHODS:
            if method in item and found < OPERATIONS_MAX:
                found += 1
                yield _operation(document, f"{base}{path}", method, item)


def _base(document: Mapping[str, Any]) -> str:
    servers = sequence(document.get("servers"))
    url = text(mapping(servers[0]).get("url")) if servers else ""
    path = "/" + url.split("://", 1)[1].partition("/")[2] if "://" in url else url
    return path.rstrip("/")


def _operation(
    document: Mapping[str, Any], path: str, method: str, item: Mapping[str, Any]
) -> Operation:
    node = mapping(item[method])
    responses = tuple(
        _response(document, str(status), answer)
        for status, answer in mapping(node.get("responses")).items()
    )
    raw = (*sequence(item.get("parameters")), *sequence(node.get("parameters")))
    body = resolve(document, node.get("requestBody")) if "requestBody" in node else None
    return Operation(
        id=text(node.get("operationId")) or f"{method.upper()} {path}",
        method=method,
        path=path,
        kind=_kind(document, method, path, node, responses),
        node=node,
        document=document,
        parameters=tuple(_parameter(document, one) for one in raw),
        responses=responses,
        body=None if body is None else (_json_schema(document, body) or {}),
    )


def _kind(
    document: Mapping[str, Any],
    method: str,
    path: str,
    node: Mapping[str, Any],
    responses: tuple[Response, ...],
) -> str:
    stated = text(node.get("x-kind"))
    if method == "get" and stated != "search":
        items = next(filter(None, (_items(document, one) for one in responses)), None)
        if items and ("id" in properties(document, items) or stated not in KINDS):
            return "list"
    if stated in KINDS:
        return stated
    if path.rstrip("/").endswith(HEALTH_PATHS):
        return "health"
    return _BY_METHOD.get(method, "read")


def _items(document: Mapping[str, Any], response: Response) -> Mapping[str, Any] | None:
    """Schema of the items where a successful answer, or its `data`, is an array."""
    if not response.success or response.schema is None:
        return None
    data = properties(document, response.schema).get("data", response.schema)
    for part in parts(document, data):
        if "array" in types(document, part):
            return resolve(document, part.get("items")) or {"type": "object"}
    return None


def _parameter(document: Mapping[str, Any], raw: object) -> Parameter:
    node = resolve(document, raw)
    return Parameter(
        name=text(node.get("name")),
        place=text(node.get("in")),
        schema=resolve(document, node.get("schema")),
    )


def _response(document: Mapping[str, Any], status: str, raw: object) -> Response:
    node = resolve(document, raw)
    return Response(status=status, node=node, schema=_json_schema(document, node))


def _json_schema(
    document: Mapping[str, Any], holder: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    for name, media in mapping(holder.get("content")).items():
        if "json" in str(name):
            return resolve(document, mapping(media).get("schema"))
    return None


def resolve(document: Mapping[str, Any], node: object) -> Mapping[str, Any]:
    """The node behind a chain of local references; empty where the chain is broken or circular."""
    found = mapping(node)
    for _ in range(HOPS_MAX):
        reference = found.get("$ref")
        if not isinstance(reference, str):
            return found
        found = _pointed(document, reference)
    return {}


def _pointed(document: Mapping[str, Any], reference: str) -> Mapping[str, Any]:
    if not reference.startswith("#/"):
        return {}
    node: object = document
    for part in reference[2:].split("/")[:HOPS_MAX]:
        node = mapping(node).get(part.replace("~1", "/").replace("~0", "~"))
    return mapping(node)


def parts(document: Mapping[str, Any], schema: object) -> Iterator[Mapping[str, Any]]:
    """A schema and all that it is composed of (`allOf`, `anyOf`, `oneOf`), references followed."""
    waiting: list[object] = [schema]
    for _ in range(PARTS_MAX):
        if not waiting:
            return
        part = resolve(document, waiting.pop(0))
        yield part
        for word in ("allOf", "anyOf", "oneOf"):
            waiting.extend(sequence(part.get(word))[:PARTS_MAX])


def properties(document: Mapping[str, Any], schema: object) -> dict[str, Mapping[str, Any]]:
    """Property name → schema, over all parts; references of the property itself followed."""
    return {
        str(name): resolve(document, value)
        for part in parts(document, schema)
        for name, value in mapping(part.get("properties")).items()
    }


def required(document: Mapping[str, Any], schema: object) -> set[str]:
    """Names of the properties that must be there."""
    return {
        name
        for part in parts(document, schema)
        for name in sequence(part.get("required"))
        if isinstance(name, str)
    }


def types(document: Mapping[str, Any], schema: object) -> set[str]:
    """The JSON types that a schema admits; empty where it names none."""
    found: set[str] = set()
    for part in parts(document, schema):
        stated = part.get("type")
        found.update({stated} if isinstance(stated, str) else map(str, sequence(stated)))
    return found


def is_array(document: Mapping[str, Any], schema: object) -> bool:
    """Whether the schema admits an array."""
    return "array" in types(document, schema)


def described(document: Mapping[str, Any], schema: object) -> bool:
    """Whether a schema says anything: an object names its properties, an array its items."""
    words = ("enum", "const", "properties", "items", "additionalProperties", "patternProperties")
    every = tuple(parts(document, schema))
    if any(part.get(word) not in (None, {}, []) for part in every for word in words):
        return True
    return bool(types(document, schema) - {"object", "array"})
