"""Blanks in a card that its user fills: `<your product>`, `{{PRODUCT}}`, `[INSERT NAME]`.

Code is never looked at, because it shows things as they are; nor are the notes for the person who
uses the card. `<secret-env-var>` and its like are what a sanitiser left in place of a secret, and
`[paste only …]` asks for context, which every assignment brings along.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from remit.agents.cards.parts import Origin, Part, Section
from remit.agents.cards.verbatim import in_code, page, spans

LONGEST = 60
"""Characters of a placeholder's name."""
_BLANK = re.compile(
    rf"<(?P<angle>[^<>\n]{{1,{LONGEST}}})>"
    rf"|\{{\{{(?P<brace>[^{{}}\n]{{1,{LONGEST}}})\}}\}}"
    rf"|\[(?P<bracket>(?:your|insert)[ _-][^\[\]\n]{{1,{LONGEST}}})\](?![(\[:])",
    re.IGNORECASE,
)
_CLOSING = re.compile(rf"</([^<>\s]{{1,{LONGEST}}})")
_KNOWN = frozenset(
    {
        "recipient", "company", "product", "project", "client", "customer", "team", "company name",
        "product name", "project name", "team name", "private context", "your name",
    }
)  # fmt: skip
"""Names in angles that are asked for wherever they stand."""
_NEVER = ("secret", "redacted", "removed", "masked")
"""First words of what a sanitiser puts in place of a secret."""
_WORDS = re.compile(r"[^\W\d_]+(?:[ '\u2019-][^\W_]+)*")
_ELEMENTS = frozenset(
    "a abbr audio b br button code dd details div dl dt em form h1 h2 h3 h4 h5 h6 hr html i iframe "
    "img input kbd label li link meta ol option p picture pre script section select small source "
    "span strong style sub summary sup svg table tbody td textarea tfoot th thead tr u ul "
    "video".split()
)
_SEPARATORS = re.compile(r"[-_\s]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Placeholder:
    """A blank that is still to be filled."""

    name: str
    """In lower case, its words apart."""
    line: int
    """Where it stands first, counted from 1."""


def normal(name: str) -> str:
    """A placeholder's name, however it is written: `YOUR_PRODUCT` is `your product`."""
    words = _SEPARATORS.sub(" ", name.strip()).casefold().strip()
    return words.removeprefix("insert ")


def asked(section: Section) -> Iterator[Placeholder]:
    """The blanks of a section that somebody has to fill, as often as they stand there."""
    if section.part is Part.NOTES or section.origin is Origin.DEFAULT:
        return
    strict = section.part is Part.OUTPUT
    closed = frozenset(_CLOSING.findall(section.text))
    for line, text in (*_numbered(section.heading, section.line),
                       *_numbered(section.text, section.text_line)):  # fmt: skip
        for found in _outside_code(text):
            if _is_asked(found, closed, strict):
                yield Placeholder(name=normal(_inner(found)), line=line)


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with every blank outside code filled for which there is a value.

    Args:
        text: Markdown.
        values: by normal name.
    """
    if not values:
        return text
    lines = text.split("\n")
    fenced = page(lines).fenced
    return "\n".join(
        line if code else _filled(line, values) for line, code in zip(lines, fenced, strict=True)
    )


def _filled(line: str, values: Mapping[str, str]) -> str:
    parts: list[str] = []
    at = 0
    for found in _outside_code(line):
        value = values.get(normal(_inner(found)))
        if value is not None:
            parts += [line[at : found.start()], value]
            at = found.end()
    return "".join([*parts, line[at:]])


def _numbered(text: str, first: int) -> Iterator[tuple[int, str]]:
    lines = text.split("\n")
    fenced = page(lines).fenced
    return (
        (number, line)
        for number, (line, code) in enumerate(zip(lines, fenced, strict=True), first)
        if not code
    )


def _outside_code(line: str) -> Iterator[re.Match[str]]:
    if "<" not in line and "{{" not in line and "[" not in line:
        return
    code = spans(line)
    for found in _BLANK.finditer(line):
        if not in_code(found.start(), code):
            yield found


def _inner(found: re.Match[str]) -> str:
    return found["angle"] or found["brace"] or found["bracket"]


def _is_asked(found: re.Match[str], closed: frozenset[str], strict: bool) -> bool:
    """Whether a blank is one for the card's user.

    Args:
        found: the blank.
        closed: the tags that have an end in the same section.
        strict: the text is a form that the agent itself fills.
    """
    name = normal(_inner(found))
    if found["angle"] is None or not name:
        return bool(name)
    words = found["angle"].split()
    if name.split(" ")[0] in _NEVER or words[0] in closed:
        return False
    if name.startswith("your ") or name in _KNOWN:
        return True
    several = len(words) > 1 and words[0].casefold() not in _ELEMENTS
    return several and not strict and _WORDS.fullmatch(found["angle"].strip()) is not None
