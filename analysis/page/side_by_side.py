"""Two texts side by side: the lines that differ, each with a few around it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import chain, zip_longest

CONTEXT = 3
"""Equal lines that are shown before and after a change."""
MOST = 600
"""Rows that are shown of one comparison; the artifacts below it are whole."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A line of the old text beside one of the new; 0 and empty where there is none."""

    old: int
    before: str
    new: int
    after: str
    kind: str
    """`same`, `changed`, `added` or `removed`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Two texts side by side."""

    hunks: tuple[tuple[Line, ...], ...]
    left_out: int
    """Rows over `MOST`."""


def compare(before: str, after: str) -> Comparison:
    """The hunks in which two texts differ."""
    old, new = before.splitlines(), after.splitlines()
    groups = SequenceMatcher(None, old, new).get_grouped_opcodes(CONTEXT)
    hunks = [
        _outdented([*chain.from_iterable(_rows(old, new, *code) for code in group)])
        for group in groups
    ]
    kept: list[tuple[Line, ...]] = []
    room = MOST
    for hunk in hunks:
        kept += [hunk[:room]] if room else []
        room -= min(room, len(hunk))
    return Comparison(hunks=tuple(kept), left_out=sum(map(len, hunks)) - sum(map(len, kept)))


def _outdented(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines without the indentation that all of them have: half a page is narrow."""
    texts = [text for line in lines for text in (line.before, line.after) if text.strip()]
    deep = min((len(text) - len(text.lstrip(" ")) for text in texts), default=0)
    return tuple(
        replace(line, before=line.before[deep:], after=line.after[deep:]) for line in lines
    )


def _rows(
    old: Sequence[str], new: Sequence[str], tag: str, i1: int, i2: int, j1: int, j2: int
) -> Iterator[Line]:
    for i, j in zip_longest(range(i1, i2), range(j1, j2)):
        yield Line(
            old=0 if i is None else i + 1,
            before="" if i is None else old[i],
            new=0 if j is None else j + 1,
            after="" if j is None else new[j],
            kind="same" if tag == "equal" else _kind(i, j),
        )


def _kind(i: int | None, j: int | None) -> str:
    if i is None:
        return "added"
    return "removed" if j is None else "changed"
