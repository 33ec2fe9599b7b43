"""A value as a few tables for people, and how they look as plain text; `markup` has the HTML."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from remit.state.inert import cut, inert

WIDTH = 88
"""Columns of the text."""
CELL = 30
"""The most that a column takes, the last one aside: it wraps in what is left."""
GAP = "  "


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Rows of text under their heads."""

    title: str
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
        lines += ["", inert(table.title), *_lines(table)]
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
    cells = [[cut(cell, CELL) for cell in row[:-1]] for row in (table.heads, *table.rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    indent = GAP * (len(widths) + 1) + " " * sum(widths)
    room = max(24, WIDTH - len(indent))
    for row, last in zip(cells, (table.heads[-1], *(row[-1] for row in table.rows)), strict=True):
        front = GAP + "".join(
            f"{cell:<{width}}{GAP}" for cell, width in zip(row, widths, strict=True)
        )
        parts = textwrap.wrap(inert(last), room, break_on_hyphens=False) or [""]
        yield (front + parts[0]).rstrip()
        yield from (indent + part for part in parts[1:])
