"""The operations of an OpenAPI document: what goes in, what comes out, who may call."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from remit.agents.standards.document import Document
from remit.agents.standards.json_values import mapping, sequence, text

METHODS = ("get", "post", "put", "patch", "delete")
KINDS = frozenset(
    {"list", "read", "create", "update", "delete", "search", "report", "result", "health"}
)
OPERATIONS_MAX = 2_000
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
    document: Document = field(repr=False)
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
        stated = self.node.get("security", self.document.root.get("security"))
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
            return tuple(self.document.properties(self.body)) if self.body is not None else ()
        return tuple(one.name for one in self.parameters if one.place == place)


def operations(document: object) -> tuple[Operation, ...]:
    """The operations of a document, at most `OPERATIONS_MAX`, in its own order."""
    return tuple(_operations(Document(document)))


def _operations(document: Document) -> Iterator[Operation]:
    base, found = _base(document), 0
    for path, raw in mapping(document.root.get("paths")).items():
        item = document.resolve(raw)
        for method in METHODS:
            if method in item and found < OPERATIONS_MAX:
                found += 1
                yield _operation(document, f"{base}{path}", method, item)


def _base(document: Document) -> str:
    servers = sequence(document.root.get("servers"))
    url = text(mapping(servers[0]).get("url")) if servers else ""
    path = "/" + url.split("://", 1)[1].partition("/")[2] if "://" in url else url
    return path.rstrip("/")


def _operation(document: Document, path: str, method: str, item: Mapping[str, Any]) -> Operation:
    node = mapping(item[method])
    responses = tuple(
        _response(document, str(status), answer)
        for status, answer in mapping(node.get("responses")).items()
    )
    raw = (*sequence(item.get("parameters")), *sequence(node.get("parameters")))
    body = document.resolve(node.get("requestBody")) if "requestBody" in node else None
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
    document: Document,
    method: str,
    path: str,
    node: Mapping[str, Any],
    responses: tuple[Response, ...],
) -> str:
    stated = text(node.get("x-kind"))
    if method == "get" and stated != "search":
        items = next(filter(None, (_items(document, one) for one in responses)), None)
        if items and ("id" in document.properties(items) or stated not in KINDS):
            return "list"
    if stated in KINDS:
        return stated
    if path.rstrip("/").endswith(HEALTH_PATHS):
        return "health"
    return _BY_METHOD.get(method, "read")


def _items(document: Document, response: Response) -> Mapping[str, Any] | None:
    """Schema of the items where a successful answer, or its `data`, is an array."""
    if not response.success or response.schema is None:
        return None
    data = document.properties(response.schema).get("data", response.schema)
    for part in document.parts(data):
        if "array" in document.types(part):
            return document.resolve(part.get("items")) or {"type": "object"}
    return None


def _parameter(document: Document, raw: object) -> Parameter:
    node = document.resolve(raw)
    return Parameter(
        name=text(node.get("name")),
        place=text(node.get("in")),
        schema=document.resolve(node.get("schema")),
    )


def _response(document: Document, status: str, raw: object) -> Response:
    node = document.resolve(raw)
    return Response(status=status, node=node, schema=_json_schema(document, node))


def _json_schema(document: Document, holder: Mapping[str, Any]) -> Mapping[str, Any] | None:
    for name, media in mapping(holder.get("content")).items():
        if "json" in str(name):
            return document.resolve(mapping(media).get("schema"))
    return None
