"""A value as a few tables for people, and how they look as plain text; `markup` has the HTML."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from remit.state.inert import cut, inert

WIDTH = 80
"""Columns of the text."""
LAST = 24
"""The least that the last column has: it wraps, the others are cut."""
GAP = "  "


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Rows of text under their heads."""

    title: str
    """Empty where the sheet's says enough."""
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """Each as long as the heads."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """What a person sees of a value."""

    title: str
    about: str = ""
    tables: tuple[Table, ...] = ()


def plain(sheet: Sheet) -> str:
    """The sheet as plain text; whatever came from outside is made inert."""
    lines = [cut(sheet.title, WIDTH), *textwrap.wrap(inert(sheet.about), WIDTH)]
    for table in sheet.tables:
        lines += ["", *([inert(table.title)] if table.title else []), *_lines(table)]
    return "\n".join(lines)


def first_and_last(rows: Sequence[tuple[str, ...]], most: int) -> tuple[tuple[str, ...], ...]:
    """The rows, or of more than `most` the first and the last with a row that says so."""
    left_out = len(rows) - most
    if left_out <= 0:
        return tuple(rows)
    half = most // 2
    blank = ("",) * (len(rows[0]) - 2)
    return (*rows[:half], ("…", *blank, f"{left_out} more"), *rows[half + left_out :])


def _lines(table: Table) -> Iterator[str]:
    if not table.rows:
        yield f"{GAP}none"
        return
    rows = (table.heads, *table.rows)
    widths = _widths([[len(inert(cell)) for cell in row[:-1]] for row in rows])
    indent = GAP * (len(widths) + 1) + " " * sum(widths)
    for row in rows:
        front = GAP + "".join(
            f"{cut(cell, width):<{width}}{GAP}"
            for cell, width in zip(row[:-1], widths, strict=True)
        )
        said = inert(row[-1])
        parts = textwrap.wrap(said, WIDTH - len(indent), break_on_hyphens=False) or [""]
        yield (front + parts[0]).rstrip()
        yield from (indent + part for part in parts[1:])


def _widths(lengths: Sequence[Sequence[int]]) -> list[int]:
    """Of all columns but the last; the widest give way until that has room."""
    widths = [max(column) for column in zip(*lengths, strict=True)]
    room = WIDTH - LAST - len(GAP) * (len(widths) + 1)
    while sum(widths) > room:
        widths[widths.index(max(widths))] -= 1
    return widths
