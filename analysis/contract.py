"""The API contract as it is handed to a user: the OpenAPI document, which can show itself."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from remit.state.markup import fragment
from remit.state.record import ContractVersion
from remit.state.sheet import Sheet, Table, plain

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class Contract(dict[str, Any]):
    """The OpenAPI document: a dict that shows its version, its operations and how it came about.

    Args:
        document: the OpenAPI document.
        versions: the frozen versions of the run, oldest first.
        frozen: whether the document is the last of them, unchanged.
    """

    def __init__(
        self, document: Mapping[str, Any], versions: Sequence[ContractVersion], frozen: bool
    ) -> None:
        super().__init__(document)
        self.versions, self.frozen = tuple(versions), frozen

    def sheet(self) -> Sheet:
        """The contract as tables."""
        info = _inside(self, "info")
        operations = tuple(_operations(self))
        return Sheet(
            title=f"API contract {info.get('version', '')}, {'frozen' if self.frozen else 'draft'}",
            about=f"{info.get('title', '')}: {len(operations)} operations",
            tables=(
                Table(title="Operations", heads=("method", "path", "who may", "summary"),
                      rows=operations),
                Table(title="Frozen versions", heads=("version", "at step", "what changed"),
                      rows=tuple(map(_version, self.versions))),
            ),
        )  # fmt: skip

    def __repr__(self) -> str:
        return plain(self.sheet())

    __str__ = __repr__

    def _repr_html_(self) -> str:
        return fragment(self.sheet())


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for path, item in _inside(document, "paths").items():
        for method in METHODS:
            found = _inside({"item": item}, "item").get(method)
            if isinstance(found, Mapping):
                operation: Mapping[str, Any] = found  # pyright: ignore[reportUnknownVariableType]
                said = str(operation.get("summary", ""))
                yield method.upper(), str(path), _who_may(operation, document), said


def _who_may(operation: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    """The permission, or at least whether one has to be known."""
    if operation.get("x-permission"):
        return str(operation["x-permission"])
    wanted = operation.get("security", document.get("security"))
    return "who is signed in" if wanted else "anybody"


def _version(one: ContractVersion) -> tuple[str, str, str]:
    changed = "; ".join(one.diff) or ("the first freeze" if one.n == 1 else "nothing recorded")
    return one.version, str(one.frozen_step), changed


def _inside(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """A part that should be an object; an agent may have written anything there."""
    inner = table.get(key)
    return inner if isinstance(inner, Mapping) else {}  # pyright: ignore[reportUnknownVariableType]
