"""A value as a few tables for people, and how they look as plain text; `markup` has the HTML."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from remit.state.columns import fit
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
    right: tuple[str, ...] = ()
    """Heads of the columns that are set right: figures, which are never cut."""
    whole: tuple[str, ...] = ()
    """Heads of columns of text that is never cut."""
    drop: tuple[str, ...] = ()
    """Heads of columns that can be left out for want of room, the least important first."""


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
        yield GAP + "none"
        return
    room = WIDTH - len(GAP)
    columns = fit(
        table.heads, table.rows, room, last=LAST, whole=(*table.right, *table.whole),
        drop=table.drop,
    )  # fmt: skip
    *before, last = columns.widths
    last = max(last, room - sum(before) - len(GAP) * len(before))
    indent = GAP * len(columns.widths) + " " * sum(before)
    numbers = [table.heads[number] in table.right for number in columns.kept]
    for row in (table.heads, *table.rows):
        *front, said = map(inert, columns.of(row))
        cells = [
            f"{cut(cell, width):{'>' if number else '<'}{width}}{GAP}"
            for cell, width, number in zip(front, before, numbers[:-1], strict=True)
        ]
        parts = textwrap.wrap(said, last, break_on_hyphens=False) or [""]
        yield (GAP + "".join(cells) + parts[0]).rstrip()
        yield from (indent + part for part in parts[1:])
    if columns.left_out:
        yield f"{GAP}no room for: {', '.join(columns.left_out)}"
