"""A card's front matter: what it says about itself for some tool. Kept, and never acted on.

Many a card has front matter that only its own tool can read, above all `description: Use when: …`.
What is no YAML is read line by line then, as far as its names are known.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from remit.state.errors import InputError
from remit.state.front_matter import Items, Node, NotYaml, Problems, Scalar, Table, compose
from remit.state.suggest import quoted

Pairs = tuple[tuple[str, str], ...]
"""Names in lower case, and their values as one line each."""
KNOWN = frozenset(
    "name title description role tools allowed-tools disallowedtools disallowed-tools model color "
    "colour mode version author tags id type category license permissionmode skills hooks "
    "mcpservers mcp-servers handoffs argument-hint target infer temperature globs alwaysapply "
    "applyto icon emoji memory background maxturns effort isolation agents tagline when_to_use "
    "whentouse input output inputs outputs metadata".split()
)
"""Names that tools give a meaning; anything else may be the middle of a sentence."""
_NAMED = re.compile(r"([A-Za-z_][\w.-]{0,60}):(?:[ \t]+(.*))?$")
_HEADING = re.compile(r"#{2,6}[ \t]")
_COMMENT = re.compile(r"[ \t]*<!--.*-->[ \t]*$")
_QUOTES = ("'", '"')


class Cut(NamedTuple):
    """A text, cut in two."""

    front: list[str]
    """Empty where there is none."""
    line: int
    """Where the front matter begins, counted from 1."""
    body: list[str]
    """Every line of the text, those of the front matter blank."""


class Front(NamedTuple):
    """What front matter says."""

    pairs: Pairs
    warnings: tuple[str, ...]


def cut(lines: list[str], where: str) -> Cut:
    """The front matter, at the head or right behind the first title, and the body.

    A rule `---` further down is a rule, and so is one at the head that no field follows.

    Raises:
        InputError: front matter begins and has no end.
    """
    start = _opening(lines)
    if start is None:
        return Cut([], 0, lines)
    at_head = not any(line.startswith("# ") for line in lines[:start])
    rest = enumerate(lines[start + 1 :], start + 1)
    end = next((number for number, line in rest if line.rstrip() in ("---", "...")), None)
    inner = lines[start + 1 : end]
    if any(_HEADING.match(line) for line in inner) or (end is None and not at_head):
        return Cut([], 0, lines)
    if end is None:
        raise InputError(
            f"{where}:{start + 1}: the front matter has no end; close it with a line ---"
        )
    blank = [""] * (end + 1 - start)
    return Cut(inner, start + 2, [*lines[:start], *blank, *lines[end + 1 :]])


def _opening(lines: list[str]) -> int | None:
    """The place of the fence that opens the front matter."""
    filled = (n for n, line in enumerate(lines) if line.strip() and not _COMMENT.match(line))
    first = next(filled, None)
    if first is not None and lines[first].startswith("# "):
        first = next(filled, None)
    if first is None or lines[first].rstrip() != "---":
        return None
    inner = (line for line in lines[first + 1 :] if line.strip() and not line.startswith("#"))
    return first if _NAMED.match(next(inner, "")) else None


def read(found: Cut, where: str) -> Front:
    """The fields of the front matter.

    Raises:
        InputError: it has aliases, anchors or tags, or is nested too deep.
    """
    problems = Problems(where)
    try:
        table = compose("\n".join(found.front), problems, found.line)
    except NotYaml as error:
        pairs, twice = _by_line(found, where)
        told = f"{error.problems[0].partition(';')[0]}; its known fields are read line by line"
        return Front(pairs, (told, *twice))
    warnings: tuple[str, ...] = ()
    try:
        problems.stop()
    except InputError as error:
        warnings = error.problems
    said = ((name.text.casefold(), _line(_text(value))) for name, value in table.entries)
    return Front(tuple((name, text) for name, text in said if text), warnings)


def _text(node: Node) -> str:
    """A value in words: `Read, Write`, or `write: false, edit: {…}`."""
    if isinstance(node, Scalar):
        return "" if node.null else node.text
    if isinstance(node, Items):
        return ", ".join(map(_inner, node.items))
    return ", ".join(f"{name.text}: {_inner(value)}" for name, value in node.entries)


def _inner(node: Node) -> str:
    said = _text(node)
    return f"{{{said}}}" if isinstance(node, Table) else said


def _line(text: str) -> str:
    return " ".join(text.split())


def _by_line(found: Cut, where: str) -> tuple[Pairs, tuple[str, ...]]:
    """Each known name with all that stands behind it, up to the next; the first of two counts."""
    pairs: dict[str, str] = {}
    twice: list[str] = []
    for line, name, text in _fields(found):
        if name in pairs:
            twice.append(f"{where}:{line}: {quoted(name)} is written twice; the first is kept")
        elif text:
            pairs[name] = text
    return tuple(pairs.items()), tuple(twice)


def _fields(found: Cut) -> Iterator[tuple[int, str, str]]:
    """Line, name and value of each known field."""
    begun, name, parts = 0, "", list[str]()
    for number, line in enumerate(found.front, found.line):
        named = _NAMED.match(line)
        if named and named[1].casefold() in KNOWN:
            if name:
                yield begun, name, _bare(parts)
            begun, name, parts = number, named[1].casefold(), [named[2] or ""]
        else:
            parts.append(line)
    if name:
        yield begun, name, _bare(parts)


def _bare(parts: list[str]) -> str:
    """A value without the marks of a block and the quotes around it."""
    if parts[0].strip() in ("|", ">", "|-", ">-", "|+", ">+"):
        parts = parts[1:]
    listed = [part.strip().removeprefix("- ") for part in parts if part.strip()]
    is_list = len(listed) > 1 and all(part.strip().startswith("- ") for part in parts[1:] if part)
    said = _line(", ".join(one for one in listed if one) if is_list else " ".join(listed))
    quoted_whole = len(said) > 1 and said[0] in _QUOTES and said[0] == said[-1]
    return said[1:-1] if quoted_whole else said
