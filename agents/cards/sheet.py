"""A card as tables: what each part begins with and where it is from, and what was warned of."""

from collections.abc import Iterable

from remit.agents.cards.parts import Origin, Section
from remit.state.inert import cut
from remit.state.sheet import Sheet, Table

BEGINNING = 100
"""Characters of a section that are shown."""


def card_sheet(
    title: str, about: str, sections: Iterable[Section], warnings: Iterable[str]
) -> Sheet:
    """The tables of a card; warnings only where there are some."""
    rows = tuple(
        (str(one.part), str(one.origin), str(one.line) if one.origin is Origin.CARD else "",
         cut(one.text, BEGINNING))
        for one in sections
        if one.text
    )  # fmt: skip
    parts = Table(title="", heads=("part", "from", "line", "begins"), rows=rows, right=("line",))
    told = Table(title="Warnings", heads=("what",), rows=tuple((line,) for line in warnings))
    return Sheet(title=title, about=about, tables=(parts, *([told] if told.rows else [])))
