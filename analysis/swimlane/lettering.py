"""How much room text takes, without a font at hand: widths that usual sans serifs stay within."""

import unicodedata
from functools import cache

from remit.state.inert import inert

_WIDTHS: tuple[tuple[float, str], ...] = (
    (0.29, "ijlIJ'"),
    (0.34, " ,.:;/\\|·"),
    (0.41, "fr!()[]t-"),
    (0.53, 'sz"*?_`'),
    (0.59, "ckvxyFL"),
    (0.64, "abdeghnopqu$0123456789{}EPSTY"),
    (0.7, "ABCKRVXZΔ"),
    (0.84, "wDGHMNOQU#&+<=>^~✓↺✗→∞"),
    (1.0, "mW%@…—"),
)
"""Advance widths in ems, rounded up: DejaVu Sans (its font file), a wide sans serif."""
_EM = {char: em for em, chars in _WIDTHS for char in chars}
_OTHER = 1.1
"""Of any other letter, wide ones of East Asian scripts too; accents are left off first."""
BOLD = 1.14
"""Bold letters are that much wider."""


def width(text: str, size: float, *, bold: bool = False) -> float:
    """The room that a line of text takes, in the unit of `size` (the height of the font)."""
    ems = sum(map(_em, text))
    return ems * size * (BOLD if bold else 1)


@cache
def _em(char: str) -> float:
    if unicodedata.combining(char):
        return 0.0
    return _EM.get(unicodedata.normalize("NFD", char)[0], _OTHER)


def fitted(text: str, room: float, size: float, *, bold: bool = False) -> str:
    """The text made inert and cut to the room, with an ellipsis where something is left out."""
    safe = inert(text)
    if width(safe, size, bold=bold) <= room:
        return safe
    while safe and width(f"{safe}…", size, bold=bold) > room:
        safe = safe[:-1]
    return f"{safe.rstrip()}…" if safe else ""


def broken(text: str, room: float, size: float, most: int, *, bold: bool = False) -> list[str]:
    """The text in at most `most` lines, broken at spaces; what is too long is cut."""
    lines: list[str] = []
    words = inert(text).split(" ")
    while words and len(lines) < most:
        taken = len(words) if len(lines) == most - 1 else 1
        while taken < len(words) and (
            width(" ".join(words[: taken + 1]), size, bold=bold) <= room
        ):  # fmt: skip
            taken += 1
        lines.append(fitted(" ".join(words[:taken]), room, size, bold=bold))
        words = words[taken:]
    return [line for line in lines if line]
