"""How wide the columns of a table are where there is little room.

Figures are never cut, for a figure that is cut is another figure. Text gives way, and what matters
least is left out and named.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from remit.state.inert import inert

GAP = 2
"""Blanks between two columns."""
LEAST = 10
"""Characters that a column of text keeps as long as there is anything to leave out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Columns:
    """The columns that are shown."""

    kept: tuple[int, ...]
    """Their places among all."""
    widths: tuple[int, ...]
    left_out: tuple[str, ...]
    """The heads of the others."""

    def of(self, row: Sequence[str]) -> Iterator[str]:
        """The cells of a row that are shown."""
        return (row[number] for number in self.kept)


def fit(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    room: int,
    *,
    last: int,
    whole: Sequence[str] = (),
    drop: Sequence[str] = (),
) -> Columns:
    """The columns that a table has in `room` characters.

    Args:
        heads: what stands above the columns.
        rows: cells, as many in each as there are heads.
        room: wider than that is only a table whose figures alone need more.
        last: the least that the last column has, which gives way first.
        whole: heads of the columns that are never cut.
        drop: heads of those that can be left out, the least important first.
    """
    cells = (heads, *rows)
    wide = {
        head: max(len(inert(row[number])) for row in cells) for number, head in enumerate(heads)
    }
    least = {
        head: width if head in whole else min(width, last if head == heads[-1] else LEAST)
        for head, width in wide.items()
    }
    for head in drop:
        if _total(least) > room:
            wide.pop(head, None)
            least.pop(head, None)
    return Columns(
        kept=tuple(number for number, head in enumerate(heads) if head in wide),
        widths=tuple(_squeezed(wide, least, room, whole, heads[-1]).values()),
        left_out=tuple(head for head in heads if head not in wide),
    )


def _total(widths: dict[str, int]) -> int:
    return sum(widths.values()) + GAP * (len(widths) - 1)


def _squeezed(
    wide: dict[str, int], least: dict[str, int], room: int, whole: Sequence[str], last: str
) -> dict[str, int]:
    """The widths: the last column gives way, then the widest text, at need beyond its least."""
    widths = dict(wide)
    if last in widths:
        widths[last] -= max(0, min(_total(widths) - room, widths[last] - least[last]))
    while _total(widths) > room:
        loose = [one for one in widths if widths[one] > least[one]]
        loose = loose or [one for one in widths if one not in whole and widths[one] > 1]
        if not loose:
            break
        widths[max(loose, key=widths.__getitem__)] -= 1
    return widths
