"""What changes between two contracts, how the version follows, and whom it meets."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from remit.state.canonical import canonical, digest

Json = Mapping[str, Any]
FIRST_VERSION = "1.0.0"
_METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
_EMPTY: dict[str, Any] = {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One element added (`+`), removed (`-`) or altered (`~`)."""

    sign: str
    place: str
    breaking: bool
    """Whether a client that was right before can be wrong now."""
    operations: tuple[str, ...]
    """Ids of the operations that it meets."""

    @property
    def line(self) -> str:
        """For a person."""
        return f"{self.sign} {self.place}"


@dataclass(frozen=True, kw_only=True, slots=True)
class ContractDiff:
    """The difference of two contracts; empty when they say the same."""

    changes: tuple[Difference, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """One line per element."""
        return tuple(change.line for change in self.changes)

    @property
    def breaking(self) -> bool:
        """Whether any element breaks a client."""
        return any(change.breaking for change in self.changes)

    @property
    def operations(self) -> tuple[str, ...]:
        """Ids of all operations met, in order."""
        return tuple(dict.fromkeys(op for change in self.changes for op in change.operations))


def contract_hash(openapi: Json) -> str:
    """SHA-256 of everything but `info.version`: equal hashes, equal contracts."""
    info = {key: value for key, value in _map(openapi.get("info")).items() if key != "version"}
    return digest(canonical({**openapi, "info": info}))


def next_version(version: str, breaking: bool) -> str:
    """`0.0.0` → `1.0.0` (the first freeze); then breaking → major, compatible → minor.

    Raises:
        ValueError: `version` is not three numbers.
    """
    major, minor, _ = (int(part) for part in version.split("."))
    if major == 0:
        return FIRST_VERSION
    return f"{major + 1}.0.0" if breaking else f"{major}.{minor + 1}.0"


def diff(old: Json, new: Json) -> ContractDiff:
    """What is different in the new document, element by element."""
    changes = [*_paths(old, new), *_schemas(old, new)]
    return ContractDiff(changes=tuple(dict.fromkeys(changes)))


def _paths(old: Json, new: Json) -> Iterator[Difference]:
    before, after = _operations(old), _operations(new)
    for key in _both(before, after):
        place = f"{key[1].upper()} {key[0]}"
        if key not in after:
            yield _difference("-", place, True, before[key])
        elif key not in before:
            yield _difference("+", place, False, after[key])
        else:
            yield from _operation(place, before[key], after[key])


def _operations(document: Json) -> dict[tuple[str, str], Json]:
    """(path, method) → the operation, with the parameters of its path and their references."""
    found: dict[tuple[str, str], Json] = {}
    for path, item in _map(document.get("paths")).items():
        shared = _list(_map(item).get("parameters"))
        for method in _METHODS:
            if method in _map(item):
                operation = _map(_map(item)[method])
                given = [*shared, *_list(operation.get("parameters"))]
                found[path, method] = {
                    "security": document.get("security", ()),
                    **operation,
                    "parameters": [_resolved(document, one) for one in given],
                }
    return found


def _operation(place: str, old: Json, new: Json) -> Iterator[Difference]:
    before, after = _needs_token(old), _needs_token(new)
    if before != after:
        sign = "~" if before and after else "+" if after else "-"
        yield _difference(sign, f"{place} security", bool(after), new)
    yield from _named(place, "parameter", _parameters(old), _parameters(new), new)
    yield from _named(place, "response", _responses(old), _responses(new), new)
    for key in _both(old, new):
        if key in ("security", "parameters", "responses"):
            continue
        if old.get(key) != new.get(key):
            sign = "+" if key not in old else "-" if key not in new else "~"
            yield _difference(sign, f"{place} {key}", key in ("requestBody", "operationId"), new)


def _needs_token(operation: Json) -> str:
    """Empty where somebody without a token may call."""
    choices = _list(operation.get("security"))
    return "" if not choices or {} in choices else canonical(choices)


def _named(
    place: str, what: str, old: Mapping[str, Json], new: Mapping[str, Json], op: Json
) -> Iterator[Difference]:
    for name in _both(old, new):
        where = f"{place} {what} {name}"
        if name not in new:
            failure = what == "response" and name[:1] in ("4", "5")
            yield _difference("-", where, not failure, op)
        elif name not in old:
            yield _difference("+", where, bool(new[name].get("required")), op)
        elif old[name] != new[name]:
            yield _difference("~", where, True, op)


def _parameters(operation: Json) -> dict[str, Json]:
    found = (_map(one) for one in _list(operation.get("parameters")))
    return {f"{one.get('in')} {one.get('name')}": one for one in found}


def _responses(operation: Json) -> dict[str, Json]:
    return {str(key): _map(one) for key, one in _map(operation.get("responses")).items()}


def _schemas(old: Json, new: Json) -> Iterator[Difference]:
    before, after = (_map(_map(doc.get("components")).get("schemas")) for doc in (old, new))
    for name in _both(before, after):
        if name in before and name in after and before[name] == after[name]:
            continue  # who uses it is slow to find, and nobody asks
        requests, users = _users(new, name) if name in after else _users(old, name)
        if name not in after:
            change = Difference(sign="-", place=name, breaking=bool(users), operations=users)
            yield change
        elif name not in before:
            yield Difference(sign="+", place=name, breaking=False, operations=users)
        else:
            yield from _schema(name, _map(before[name]), _map(after[name]), requests, users)


def _schema(
    place: str, old: Json, new: Json, request: bool, users: tuple[str, ...]
) -> Iterator[Difference]:
    """Properties one by one; anything else about a schema is one alteration, and breaking."""
    before, after = _map(old.get("properties")), _map(new.get("properties"))
    needed, now_needed = _list(old.get("required")), _list(new.get("required"))
    for name in _both(before, after):
        where = f"{place}.{name}"
        if name not in after:
            yield Difference(sign="-", place=where, breaking=True, operations=users)
        elif name not in before:
            must = request and name in now_needed
            yield Difference(sign="+", place=where, breaking=must, operations=users)
        else:
            yield from _schema(where, _map(before[name]), _map(after[name]), request, users)
            if (name in needed) != (name in now_needed):
                worse = (name in now_needed) == request
                yield Difference(
                    sign="~", place=f"{where} required", breaking=worse, operations=users
                )
    own = ("properties", "required")
    rest = [{k: v for k, v in shape.items() if k not in own} for shape in (old, new)]
    if rest[0] != rest[1]:
        yield Difference(sign="~", place=place, breaking=True, operations=users)


def _users(document: Json, schema: str) -> tuple[bool, tuple[str, ...]]:
    """Whether a request holds the schema, and the ids of the operations that reach it."""
    schemas = _map(_map(document.get("components")).get("schemas"))
    wanted = {schema}
    while grown := {
        name for name, one in schemas.items() if name not in wanted and wanted & _refs(one)
    }:
        wanted |= grown
    users: list[str] = []
    in_request = False
    for operation in _operations(document).values():
        sent = wanted & _refs(operation.get("requestBody"))
        if sent or wanted & _refs(operation.get("responses")):
            users.append(str(operation.get("operationId", "")))
            in_request = in_request or bool(sent)
    return in_request, tuple(users)


def _refs(value: object) -> set[str]:
    """Names of the schemas that a part of the document points at."""
    found: set[str] = set()
    open_: list[object] = [value]
    while open_:
        one = open_.pop()
        if isinstance(one, Mapping):
            inner: Mapping[str, object] = one  # pyright: ignore[reportUnknownVariableType]
            found.update(
                str(text).removeprefix("#/components/schemas/")
                for key, text in inner.items()
                if key == "$ref"
            )
            open_.extend(inner.values())
        elif isinstance(one, list):
            open_.extend(one)  # pyright: ignore[reportUnknownArgumentType]
    return found


def _difference(sign: str, place: str, breaking: bool, operation: Json) -> Difference:
    name = str(operation.get("operationId", ""))
    return Difference(sign=sign, place=place, breaking=breaking, operations=(name,))


def _resolved(document: Json, value: object) -> Json:
    """A parameter behind a `$ref` of this document, else the parameter itself."""
    one = _map(value)
    name = str(one.get("$ref", "")).removeprefix("#/components/parameters/")
    return _map(_map(_map(document.get("components")).get("parameters")).get(name, one))


def _both(old: Mapping[Any, Any], new: Mapping[Any, Any]) -> list[Any]:
    """The keys of both, the old order first."""
    return list(dict.fromkeys((*old, *new)))


def _map(value: object) -> Json:
    return value if isinstance(value, Mapping) else _EMPTY  # pyright: ignore[reportUnknownVariableType]


def _list(value: object) -> list[Any]:
    return [*value] if isinstance(value, list | tuple) else []  # pyright: ignore[reportUnknownVariableType]
