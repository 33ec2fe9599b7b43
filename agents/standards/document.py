"""An OpenAPI document read as it stands: references followed, nothing believed."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from remit.agents.standards.json_values import mapping, sequence

Found = TypeVar("Found")
Node = Mapping[str, Any]
HOPS_MAX = 32
"""References followed before a chain counts as broken."""
PARTS_MAX = 300
"""Parts of one composed schema that are looked at."""
_TELLING = ("enum", "const", "properties", "items", "additionalProperties", "patternProperties")


class Document:
    """A document and what was read of its schemas: one that many answers share is read once."""

    def __init__(self, root: object) -> None:
        self.root: Node = mapping(root)
        self._read: dict[tuple[str, int], tuple[Node, Any]] = {}

    def resolve(self, node: object) -> Node:
        """The node behind a chain of local references; empty where it is broken or circular."""
        found = mapping(node)
        for _ in range(HOPS_MAX):
            reference = found.get("$ref")
            if not isinstance(reference, str):
                return found
            found = self._pointed(reference)
        return {}

    def parts(self, schema: object) -> tuple[Node, ...]:
        """A schema and all that it is composed of (`allOf`, `anyOf`, `oneOf`), resolved."""
        return self.once("parts", schema, self._parts)

    def properties(self, schema: object) -> Mapping[str, Node]:
        """Property name → schema, over all parts; references of the property itself followed."""
        return self.once("properties", schema, self._properties)

    def required(self, schema: object) -> set[str]:
        """Names of the properties that must be there."""
        return {
            name
            for part in self.parts(schema)
            for name in sequence(part.get("required"))
            if isinstance(name, str)
        }

    def types(self, schema: object) -> set[str]:
        """The JSON types that a schema admits; empty where it names none."""
        found: set[str] = set()
        for part in self.parts(schema):
            stated = part.get("type")
            found.update({stated} if isinstance(stated, str) else map(str, sequence(stated)))
        return found

    def described(self, schema: object) -> bool:
        """Whether a schema says anything: an object names its properties, an array its items."""
        return self.once("described", schema, self._described)

    def once(self, what: str, schema: object, read: Callable[[Node], Found]) -> Found:
        """What is read of a schema, by the name of what: looked for the first time only."""
        node = self.resolve(schema)
        key = what, id(node)
        # the node is kept beside what was read, so that no other can take its address
        if key not in self._read:
            self._read[key] = node, read(node)
        found: Found = self._read[key][1]
        return found

    def _pointed(self, reference: str) -> Node:
        if not reference.startswith("#/"):
            return {}
        node: object = self.root
        for part in reference[2:].split("/")[:HOPS_MAX]:
            node = mapping(node).get(part.replace("~1", "/").replace("~0", "~"))
        return mapping(node)

    def _parts(self, schema: Node) -> tuple[Node, ...]:
        found, waiting = list[Node](), list[object]([schema])
        while waiting and len(found) < PARTS_MAX:
            part = self.resolve(waiting.pop(0))
            found.append(part)
            for word in ("allOf", "anyOf", "oneOf"):
                waiting.extend(sequence(part.get(word))[:PARTS_MAX])
        return tuple(found)

    def _properties(self, schema: Node) -> Mapping[str, Node]:
        return {
            str(name): self.resolve(value)
            for part in self.parts(schema)
            for name, value in mapping(part.get("properties")).items()
        }

    def _described(self, schema: Node) -> bool:
        every = self.parts(schema)
        if any(part.get(word) not in (None, {}, []) for part in every for word in _TELLING):
            return True
        return bool(self.types(schema) - {"object", "array"})
