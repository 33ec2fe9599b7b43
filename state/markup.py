"""A sheet as HTML for a notebook: it borrows the notebook's colours, and no text becomes markup."""

import html
import re
from collections.abc import Iterable, Sequence

from remit.state.inert import inert
from remit.state.sheet import Sheet

_CELL = (
    "text-align:left;vertical-align:top;padding:.2em .7em .2em 0;white-space:normal;"
    "border-bottom:1px solid rgba(128,128,128,.3);overflow-wrap:break-word;max-width:44em"
)
_TABLE = "border-collapse:collapse;margin:.3em 0 .9em;color:inherit;background:none;font-size:.95em"
_CAPTION = "text-align:left;font-weight:600;padding:.4em 0 .1em;color:inherit;caption-side:top"
"""Inline, because a notebook's own style sheet is not ours to change."""


class Svg(str):
    """An SVG document: text that shows itself as a picture in a notebook."""

    __slots__ = ()

    def _repr_svg_(self) -> str:
        return str(self)

    def __repr__(self) -> str:
        """One line for readers that show no pictures; the document itself is `str(…)`."""
        titled = re.search(r"<title[^>]*>([^<]*)</title>", self)
        return f"<picture: {inert(html.unescape(titled[1]))}>" if titled else "<picture>"


def escaped(text: str) -> str:
    """Text as HTML: on one line, inert, fit for element text and for a quoted attribute."""
    return html.escape(inert(text), quote=True)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "") -> str:
    """Rows of text as an HTML table, with or without heads."""
    said = f'<caption style="{_CAPTION}">{escaped(caption)}</caption>' if caption else ""
    head = "".join(f'<th scope="col" style="{_CELL}">{escaped(one)}</th>' for one in heads)
    head = f"<thead><tr>{head}</tr></thead>" if heads else ""
    body = "".join(
        "<tr>" + "".join(f'<td style="{_CELL}">{escaped(cell)}</td>' for cell in row) + "</tr>"
        for row in rows
    )
    return f'<table style="{_TABLE}">{said}{head}<tbody>{body}</tbody></table>'


def heading(title: str, about: str = "") -> str:
    """What a value is, and a line about it."""
    said = f'<p style="margin:.1em 0 .5em">{escaped(about)}</p>' if about else ""
    return f'<p style="margin:.2em 0;font-weight:600;font-size:1.15em">{escaped(title)}</p>{said}'


def fragment(sheet: Sheet) -> str:
    """The sheet as an HTML fragment; empty tables say so."""
    parts = [heading(sheet.title, sheet.about)]
    for one in sheet.tables:
        rows = one.rows or (("none", *[""] * (len(one.heads) - 1)),)
        parts.append(table(one.heads, rows, one.title))
    return f"<div>{''.join(parts)}</div>"
