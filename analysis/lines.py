"""Labelled lines: what an explanation says, as text for a terminal and as a table for a notebook.

Whatever stands in them may come from a brief, a policy or a report, so both forms let it say
anything and steer nothing.
"""

from collections.abc import Iterable

from remit.analysis.cells import lines_of
from remit.analysis.summary_text import wrapped
from remit.state.inert import cut, inert
from remit.state.markup import table

Line = tuple[str, str]
"""(label, what it says); an empty label goes on with the line before."""
WIDTH = 80
LONGEST = 2_000
"""A line longer than this is cut."""


def as_text(title: str, lines: Iterable[Line], width: int = WIDTH) -> str:
    """The title, and below it each label with its text wrapped beside it."""
    return "\n".join([*heading(title, width), *body(lines, width)])


def heading(title: str, width: int = WIDTH) -> list[str]:
    """The title, wrapped: what comes last in it says most."""
    return lines_of(cut(title, LONGEST), width)


def body(lines: Iterable[Line], width: int = WIDTH) -> list[str]:
    """Each label with its text wrapped beside it."""
    return [
        line for label, said in lines for line in wrapped(inert(label), cut(said, LONGEST), width)
    ]


def as_html(title: str, lines: Iterable[Line]) -> str:
    """The same as a table."""
    return table((), ((label, cut(said, LONGEST)) for label, said in lines), title)


def listed(words: Iterable[object]) -> str:
    """`a, b and c`."""
    said = [str(word) for word in words]
    return " and ".join(filter(None, (", ".join(said[:-1]), said[-1]))) if said else "nobody"
