"""Front matter: the YAML between two lines `---` at the head of a Markdown text, as nodes.

Only the plain part of YAML is taken: mappings, lists and scalars, whose text is kept as written, so
that the reader of a field decides what `no` or `2027-01-31` means there. Aliases, anchors and tags
are refused, depth and size are capped, and nesting is built from events without recursion.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple

import yaml

from remit.state.errors import InputError
from remit.state.problems import MAX_PROBLEMS
from remit.state.suggest import quoted
from remit.state.text_file import clean_text

MAX_BYTES = 262_144
MAX_DEPTH = 8
"""A brief needs six: entities, entity, fields, field, values, value."""
_FENCE = re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.M)
_NULLS = ("", "~", "null")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The C parser reads a brief of ten kilobytes in a millisecond, the Python one in a hundred."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scalar:
    """A single value, as written."""

    text: str
    line: int
    null: bool = False
    """Nothing is written there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Items:
    """A list."""

    items: tuple["Node", ...]
    line: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A mapping, in the order of the text; its names differ."""

    entries: tuple[tuple[Scalar, "Node"], ...]
    line: int


Node = Scalar | Items | Table


class NotYaml(InputError):
    """The front matter is no mapping in YAML; whoever knows its fields may read it otherwise."""


class Problems:
    """What is wrong with one text, line by line; after `MAX_PROBLEMS` nothing more is looked at."""

    def __init__(self, where: str) -> None:
        self.where = where
        self._found: list[tuple[int, str]] = []

    def add(self, line: int, field: str, what: str) -> None:
        """Note a problem of a field (`""` where no field can be named).

        Raises:
            InputError: there are as many problems as anybody will read.
        """
        name = f" {_shown(field)}:" if field else ""
        self._found.append((line, f"{self.where}:{line}:{name} {what}"))
        if len(self._found) >= MAX_PROBLEMS:
            self._found.append((sys.maxsize, f"{self.where}: there may be more; mend these first"))
            self.stop()

    def stop(self) -> None:
        """Raise what was found.

        Raises:
            InputError: something was.
        """
        if self._found:
            raise InputError([text for _, text in sorted(self._found, key=itemgetter(0))])


def _shown(name: str) -> str:
    """A field's name as it may stand in a line on a terminal."""
    return name if name.isprintable() and len(name) <= 120 else quoted(name)[1:-1]


class Parts(NamedTuple):
    """A Markdown text, cut in two."""

    front: str | None
    """The YAML without its fences; it starts on line 2. `None` where there is none."""
    prose: str


def split(text: str, where: str) -> Parts:
    """Front matter and prose of a text.

    Raises:
        InputError: the text is too large or is not plain text, or the front matter has no end.
    """
    text = clean_text(text, where, MAX_BYTES)
    opening = _FENCE.match(text)
    if not opening or not opening[0].startswith("---"):
        return Parts(front=None, prose=text.strip())
    closing = _FENCE.search(text, opening.end())
    if closing is None:
        raise InputError(f"{where}:1: the front matter has no end; close it with a line ---")
    return Parts(
        front=text[opening.end() + 1 : closing.start()], prose=text[closing.end() :].strip()
    )


def compose(front: str, problems: Problems, first_line: int = 2) -> Table:
    """The mapping that a YAML text holds; an empty text is an empty mapping.

    A name that is written twice, or that is no word, is left out and noted as a problem.

    Raises:
        NotYaml: not YAML, or not a mapping.
        InputError: too deep, or with aliases or tags.
    """
    where = problems.where
    try:
        nodes = _nodes(front, problems, first_line)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + mark.line if mark else first_line
        said = " ".join(str(error.problem or error.context).split())
        raise NotYaml(
            f"{where}:{line}: is not YAML ({said}); indent with spaces, and put a text that "
            "holds ': ' or ' #' or starts with a sign in quotes"
        ) from None
    except yaml.YAMLError as error:
        raise NotYaml(f"{where}: is not YAML ({' '.join(str(error).split())[:120]})") from None
    if not nodes:
        return Table(entries=(), line=first_line)
    if not isinstance(nodes[0], Table):
        raise NotYaml(f"{where}:{nodes[0].line}: must be fields, each `name: value` on its line")
    return nodes[0]


@dataclass(slots=True)
class _Open:
    """A list or mapping that is being read."""

    line: int
    mapping: bool
    children: list[Node]
    """A mapping's are its names and values in turn."""


def _nodes(front: str, problems: Problems, first_line: int) -> list[Node]:
    where = problems.where
    top: list[Node] = []
    stack: list[_Open] = []
    for event in _events(front):
        line = first_line + (event.start_mark.line if event.start_mark else 0)
        here = stack[-1].children if stack else top
        _refuse_sharing(event, f"{where}:{line}")
        if isinstance(event, yaml.ScalarEvent):
            plain = not event.style and event.value.casefold() in _NULLS
            here.append(Scalar(text=event.value, line=line, null=plain))
        elif isinstance(event, yaml.CollectionStartEvent):
            if len(stack) >= MAX_DEPTH:
                raise InputError(f"{where}:{line}: nested deeper than {MAX_DEPTH}; flatten it")
            mapping = isinstance(event, yaml.MappingStartEvent)
            stack.append(_Open(line=line, mapping=mapping, children=[]))
        elif isinstance(event, yaml.CollectionEndEvent):
            closed = stack.pop()
            (stack[-1].children if stack else top).append(_closed(closed, problems))
        elif isinstance(event, yaml.DocumentStartEvent) and top:
            raise InputError(f"{where}:{line}: a second document begins; keep one front matter")
    return top


def _events(front: str) -> Iterator[yaml.Event]:
    yield from yaml.parse(front, Loader=_LOADER)  # pyright: ignore[reportUnknownMemberType]


def _refuse_sharing(event: yaml.Event, place: str) -> None:
    if isinstance(event, yaml.AliasEvent):
        raise InputError(f"{place}: aliases (*name) are refused; write the value out")
    if getattr(event, "anchor", None) is not None:
        raise InputError(f"{place}: anchors (&name) are refused; write the value out")
    if getattr(event, "tag", None) is not None:
        raise InputError(f"{place}: tags (!name) are refused; write the value alone")


def _closed(node: _Open, problems: Problems) -> Node:
    if not node.mapping:
        return Items(items=tuple(node.children), line=node.line)
    entries: dict[str, tuple[Scalar, Node]] = {}
    for key, value in zip(node.children[::2], node.children[1::2], strict=True):
        if not isinstance(key, Scalar) or key.null:
            problems.add(key.line, "", "a name must be a word; write `name: value`")
        elif key.text in entries:
            first = entries[key.text][0].line
            problems.add(key.line, key.text, f"is written twice (first on line {first}); keep one")
        else:
            entries[key.text] = (key, value)
    return Table(entries=tuple(entries.values()), line=node.line)
