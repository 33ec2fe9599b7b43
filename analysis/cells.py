"""Text in the cells of a terminal: wide characters take two, combining ones none."""

import textwrap
from collections.abc import Iterator

from rich.cells import cell_len, chop_cells


def lines_of(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` cells, broken at spaces; a longer word is chopped."""
    if text.isascii():
        return textwrap.wrap(text, width, break_on_hyphens=False)
    lines: list[str] = []
    for word in _words(text, width):
        if lines and cell_len(lines[-1]) + 1 + cell_len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _words(text: str, width: int) -> Iterator[str]:
    for word in text.split():
        yield from chop_cells(word, width) if cell_len(word) > width else (word,)


def padded(text: str, width: int) -> str:
    """The text with blanks behind it, up to `width` cells."""
    return text + " " * max(0, width - cell_len(text))
