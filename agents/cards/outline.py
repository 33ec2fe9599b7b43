"""A card's body as sections: by headings of any kind, and by plain lines `Name:` above a list.

The words and their order stay the card's; a section only says what a stretch of them is about.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from remit.agents.cards.names import named
from remit.agents.cards.parts import Part, Section, part_of
from remit.agents.cards.verbatim import Page

FROZEN = (Part.OUTPUT, Part.NOTES)
"""Parts that show texts with headings of their own."""
BOLD, LEAD = 7, 8
"""Levels below those of Markdown: a bold line or a tag, and a line `Name:`."""
LONGEST = 120
"""Characters of a line that can be a heading without a mark."""
_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]|$)|(#{2,6})(?=[^\s#])")
_UNDERLINE = re.compile(r" {0,3}(?:(={2,})|-{2,})[ \t]*$")
_TAG = re.compile(r"[ \t]*<([A-Za-z][\w-]{0,40})(?:[ \t][^<>]*)?>")
_TAG_END = re.compile(r"</([A-Za-z][\w-]{0,40})>")
_UNMARKED = re.compile(r"[^\s\-*+>|#<\d]")
_MARKS = "*_`#: \t"


class Outline(NamedTuple):
    """What a body says, in its order."""

    title: str
    """Its first heading, where that names the card and no part of it; else empty."""
    sections: tuple[Section, ...]


class _Mark(NamedTuple):
    """A place where something begins."""

    level: int
    title: str
    part: Part | None
    size: int = 1
    """Lines that are its heading; 0 where the line belongs to the text."""
    closing: str = ""
    """The tag that ends it."""


@dataclass(kw_only=True, slots=True)
class _Open:
    """A section that is being read."""

    part: Part
    title: str
    level: int
    line: int
    heading: list[str]
    lines: list[str] = field(default_factory=list[str])

    def closed(self) -> Section:
        filled = [n for n, line in enumerate(self.lines) if line.strip()]
        first, last = (filled[0], filled[-1]) if filled else (0, -1)
        return Section(
            part=self.part,
            title=self.title,
            heading="\n".join(self.heading),
            text="\n".join(line.rstrip() for line in self.lines[first : last + 1]),
            line=self.line if self.heading else self.line + first,
            text_line=self.line + len(self.heading) + first,
        )


class _Place(NamedTuple):
    """A heading whose reach has not ended."""

    level: int
    part: Part


def outline(page: Page) -> Outline:
    """The sections of a body.

    A heading that names no part goes on with the one above it, or is the card's own.
    """
    title = ""
    opened = [_Open(part=Part.ROLE, title="", level=0, line=1, heading=[])]
    above: list[_Place] = []
    ends = {tag: n for n, line in enumerate(page.lines) for tag in _TAG_END.findall(line)}
    closing, number = "", 0
    while number < len(page.lines):
        shown = page.fenced[number] or (closing and opened[-1].part in FROZEN)
        mark = None if shown else _mark(page, number, ends)
        if mark and not title and _names_card(mark, opened):
            title = mark.title
            opened[-1] = _titled(opened[-1], mark, page.lines, number)
            number += mark.size
            continue
        if mark:
            _begin(mark, page.lines, number, opened, above)
            closing = mark.closing or closing
        size = mark.size if mark else 0
        if not size:
            opened[-1].lines.append(page.lines[number])
            if closing and closing in page.lines[number]:
                closing = ""
                _end(number + 1, opened, above)
        number += max(1, size)
    return Outline(title, tuple(_kept(opened)))


def _names_card(mark: _Mark, opened: list[_Open]) -> bool:
    """Whether a first heading is the card's title: a level one, or any that names a role."""
    titles = mark.level == 1 or (mark.size > 0 and bool(named(mark.title)))
    return titles and len(opened) == 1 and part_of(mark.title, alone=True) is None


def _titled(intro: _Open, mark: _Mark, lines: list[str], number: int) -> _Open:
    """The opening section under its title; what stood above the title stays above the rest."""
    return _Open(
        part=Part.ROLE,
        title=mark.title,
        level=0,
        line=number + 1 - len(intro.lines) if any(map(str.strip, intro.lines)) else number + 1,
        heading=lines[number : number + mark.size],
        lines=[line for line in intro.lines if line.strip()],
    )


def _begin(
    mark: _Mark, lines: list[str], number: int, opened: list[_Open], above: list[_Place]
) -> None:
    """Open the section that a mark begins, if it begins one."""
    came_back = opened[-1].level >= mark.level
    while above and above[-1].level >= mark.level:
        above.pop()
    part = mark.part
    if any(place.part in FROZEN for place in above):
        part = None
    outer = above[-1].part if above else None
    if part is None and outer is None and mark.level == LEAD:
        outer = Part.ROLE if len(opened) == 1 or came_back else None
    if part is None and outer is not None and not came_back:
        opened[-1].lines += lines[number : number + mark.size]
        if mark.level < LEAD:
            above.append(_Place(mark.level, outer))
        return
    found = part or outer or Part.OTHER
    above.append(_Place(mark.level, found))
    opened.append(
        _Open(
            part=found,
            title=mark.title,
            level=mark.level,
            line=number + 1,
            heading=lines[number : number + mark.size],
        )
    )


def _end(line: int, opened: list[_Open], above: list[_Place]) -> None:
    """Go back to what stood around a tag."""
    while above and above[-1].level >= BOLD:
        above.pop()
    part = above[-1].part if above else Part.OTHER
    opened.append(_Open(part=part, title="", level=BOLD, line=line + 1, heading=[]))


def _kept(opened: list[_Open]) -> Iterator[Section]:
    """The sections that say something; a heading alone stands for what is below it."""
    for number, one in enumerate(opened):
        section = one.closed()
        below = opened[number + 1].level if number + 1 < len(opened) else 0
        if section.text:
            yield section
        elif section.heading and (one.level == 0 or (one.part is Part.OTHER and below > one.level)):
            yield Section(
                part=Part.OTHER, title=section.title, heading=section.heading, text="",
                line=section.line, text_line=section.text_line,
            )  # fmt: skip


def _mark(page: Page, number: int, ends: Mapping[str, int]) -> _Mark | None:
    """What begins at a line outside fences; `None` where nothing does.

    Args:
        page: the body.
        number: the line's place.
        ends: where each tag ends last.
    """
    line = page.lines[number]
    if not line or line.isspace():
        return None
    atx = _ATX.match(line)
    if atx:
        title = _plain(line[atx.end() :])
        return _Mark(len(atx[1] or atx[2]), title, part_of(title))
    tag = _TAG.match(line)
    if tag:
        return _tagged(tag[1]) if ends.get(tag[1], -1) >= number else None
    if len(line) > LONGEST and not line.startswith("**"):
        return _named_inline(line)
    return _underlined(page, number) or _bold(line) or _lead(line) or _named_inline(line)


def _tagged(name: str) -> _Mark | None:
    title = name.replace("_", " ").replace("-", " ")
    part, closing = part_of(title), f"</{name}>"
    return _Mark(BOLD, title, part, 0, closing) if part else None


def _underlined(page: Page, number: int) -> _Mark | None:
    """A line alone in its paragraph, with `===` or `---` below."""
    line = page.lines[number]
    if number + 1 >= len(page.lines) or page.fenced[number + 1]:
        return None
    under = _UNDERLINE.match(page.lines[number + 1])
    alone = number == 0 or not page.lines[number - 1].strip()
    if not (under and alone and (_UNMARKED.match(line) or line.startswith("**"))):
        return None
    title = _plain(line)
    return _Mark(1 if under[1] else 2, title, part_of(title), 2)


def _bold(line: str) -> _Mark | None:
    """`**Role**`, `**Role:**`, or `**Role:** and text`."""
    end = line.find("**", 2) if line.startswith("**") else -1
    if end < 0:
        return None
    title, rest = line[2:end], line[end + 2 :].strip()
    if rest in ("", ":"):
        return _Mark(BOLD, _plain(title), part_of(title))
    if title.rstrip().endswith(":") or rest.startswith(":"):
        part = part_of(title, lead=True)
        return _Mark(BOLD, _plain(title), part, 0) if part else None
    return None


def _lead(line: str) -> _Mark | None:
    """A plain line that ends in a colon."""
    if not line.rstrip().endswith(":") or not _UNMARKED.match(line):
        return None
    return _Mark(LEAD, _plain(line), part_of(line, lead=True))


def _named_inline(line: str) -> _Mark | None:
    """`Role: and text`, where the name is that of a part and nothing else."""
    name, colon, _ = line[:40].partition(": ")
    if not colon or not _UNMARKED.match(line):
        return None
    part = part_of(name, alone=True)
    return _Mark(LEAD, name.strip(), part, 0) if part else None


def _plain(title: str) -> str:
    return " ".join(title.strip(_MARKS).replace("**", "").replace("`", "").split())
