"""Reading JSON from outside: a value of the wrong type reads as an empty one of the right type."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

NODES_MAX = 200_000
"""Values visited in one walk; what lies beyond is not looked at, and the walk says so."""


def mapping(value: object) -> Mapping[str, Any]:
    """The value if it is an object, else an empty one."""
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def sequence(value: object) -> Sequence[Any]:
    """The value if it is an array, else an empty one."""
    return cast("Sequence[Any]", value) if isinstance(value, list | tuple) else ()


def text(value: object) -> str:
    """The value if it is a string, else an empty one."""
    return value if isinstance(value, str) else ""


class Walk:
    """Every string of a value with the place where it stands, without recursion."""

    def __init__(self, value: object, root: str) -> None:
        self._stack: list[tuple[str, object]] = [(root, value)]
        self.cut = False
        """Whether the value was too large to be seen in full."""

    def __iter__(self) -> Iterator[tuple[str, str]]:
        visited = 0
        while self._stack:
            place, value = self._stack.pop()
            visited += 1
            if visited > NODES_MAX:
                self.cut = True
                return
            if isinstance(value, str):
                yield place, value
            self._push(place, value)

    def _push(self, place: str, value: object) -> None:
        parts = mapping(value)
        for key, part in parts.items():
            where = f"{place}/{str(key)[:60]}"[-300:]
            self._stack.append((where, str(key)))
            self._stack.append((where, part))
        for index, part in enumerate(sequence(value)):
            self._stack.append((f"{place}/{index}"[-300:], part))
