"""Reading JSON from outside: a value of the wrong type reads as an empty one of the right type."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, cast

NODES_MAX = 200_000
"""Values visited in one walk; what lies beyond is not looked at, and the walk says so."""
PLACE_MAX = 200
"""Characters of a place's name."""
EMPTY: Mapping[str, Any] = MappingProxyType({})
Link = tuple["Link | None", object]
"""A key or index behind the link that leads to its holder."""


def mapping(value: object) -> Mapping[str, Any]:
    """The value if it is an object, else an empty one."""
    # a dict is by far the most frequent case, and asking an abstract class is slow
    if isinstance(value, dict) or isinstance(value, Mapping):
        return cast("Mapping[str, Any]", value)
    return EMPTY


def sequence(value: object) -> Sequence[Any]:
    """The value if it is an array, else an empty one."""
    return cast("Sequence[Any]", value) if isinstance(value, list | tuple) else ()


def text(value: object) -> str:
    """The value if it is a string, else an empty one."""
    return value if isinstance(value, str) else ""


def words(value: object) -> set[str] | None:
    """The different strings of a value, keys included; `None` where it is too large to be seen."""
    found, stack, visited = set[str](), [value], 0
    while stack:
        value = stack.pop()
        visited += 1
        if visited > NODES_MAX:
            return None
        if isinstance(value, str):
            found.add(value)
        elif isinstance(value, list | tuple):
            stack.extend(cast("Sequence[object]", value))
        elif parts := mapping(value):
            stack.extend(parts.values())
            stack.extend(parts)
    return found


class Walk:
    """Every string of a value, keys included, without recursion."""

    def __init__(self, value: object, root: str) -> None:
        self._stack: list[tuple[Link, object]] = [((None, root), value)]
        self.cut = False
        """Whether the value was too large to be seen in full."""

    def __iter__(self) -> Iterator[tuple[Link, str]]:
        visited = 0
        stack = self._stack
        while stack:
            link, value = stack.pop()
            visited += 1
            if visited > NODES_MAX:
                self.cut = True
                return
            if isinstance(value, str):
                yield link, value
            elif isinstance(value, Mapping):
                parts = cast("Mapping[object, object]", value)
                stack.extend(((link, key), part) for key, part in parts.items())
                stack.extend(((link, key), key) for key in parts)
            elif isinstance(value, list | tuple):
                items = cast("Sequence[object]", value)
                stack.extend(((link, index), item) for index, item in enumerate(items))


def place(link: Link | None) -> str:
    """The names that lead to a value, `a/b/0`; the end of them when they are many."""
    names: list[str] = []
    while link and sum(map(len, names)) < PLACE_MAX:
        names.append(str(link[1])[:60])
        link = link[0]
    return "/".join(reversed(names))[-PLACE_MAX:]
