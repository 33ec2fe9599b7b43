"""What Markdown shows as it is written, fences and spans between backticks; and its comments.

Every scan is linear in the text and keeps its lines, so that what is found can be named by line.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from operator import itemgetter
from typing import NamedTuple

_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})(.*)")
_TICKS = re.compile("`+")
_WRAPPER = re.compile(r"(`{3,}|~{3,})(?:markdown|md|chatagent|chatmode|prompt|instructions)[ \t]*")


class Page(NamedTuple):
    """Lines without their comments."""

    lines: list[str]
    fenced: list[bool]
    """Whether a line stands in a fence, or is one."""
    comments: int


class _Fence(NamedTuple):
    mark: str
    """What it is made of."""
    size: int


def page(lines: list[str]) -> Page:
    """The lines with comments taken out, and which of them are code. A comment needs its end."""
    last = max((n for n, line in enumerate(lines) if "-->" in line), default=-1)
    shown: list[str] = []
    fenced: list[bool] = []
    fence: _Fence | None = None
    inside, comments = False, 0
    for number, line in enumerate(lines):
        if fence is None:
            line, inside, begun = _commented(line, inside, number < last)
            comments += begun
        before = fence
        fence = _after(fence, line)
        shown.append(line)
        fenced.append(before is not None or fence is not None)
    return Page(shown, fenced, comments)


def _after(fence: _Fence | None, line: str) -> _Fence | None:
    """The fence that is open behind a line."""
    found = _FENCE.match(line)
    if not found:
        return fence
    mark, size, info = found[1][0], len(found[1]), found[2]
    if fence is None:
        return None if mark == "`" and "`" in info else _Fence(mark, size)
    closes = mark == fence.mark and size >= fence.size and not info.strip()
    return None if closes else fence


def _commented(line: str, inside: bool, more: bool) -> tuple[str, bool, int]:
    """The line without comments, whether one stays open, and how many begin.

    Args:
        line: one line.
        inside: a comment is open before it.
        more: some later line ends a comment.
    """
    if not inside and "<!--" not in line:
        return line, False, 0
    kept: list[str] = []
    at, begun = 0, 0
    code = spans(line)
    while True:
        if inside:
            end = line.find("-->", at)
            if end < 0:
                return "".join(kept), True, begun
            at, inside = end + 3, False
        start = _outside(line, "<!--", at, code)
        closed = start >= 0 and line.find("-->", start + 4) >= 0
        if start < 0 or not (closed or more):
            return "".join([*kept, line[at:]]), False, begun
        kept.append(line[at:start])
        at, inside, begun = start + 4, True, begun + 1


def _outside(line: str, word: str, at: int, code: list[tuple[int, int]]) -> int:
    """Where a word stands next outside code; -1 where it does not."""
    found = line.find(word, at)
    while found >= 0 and in_code(found, code):
        found = line.find(word, found + 1)
    return found


def spans(line: str) -> list[tuple[int, int]]:
    """The spans of a line between runs of backticks of one length, in order."""
    runs = [(run.start(), run.end()) for run in _TICKS.finditer(line)]
    if len(runs) < 2:
        return []
    later: dict[int, int] = {}
    partner: list[int | None] = [None] * len(runs)
    for number in range(len(runs) - 1, -1, -1):
        size = runs[number][1] - runs[number][0]
        partner[number] = later.get(size)
        later[size] = number
    return list(_paired(runs, partner))


def _paired(runs: list[tuple[int, int]], partner: list[int | None]) -> Iterator[tuple[int, int]]:
    number = 0
    while number < len(runs):
        end = partner[number]
        if end is not None:
            yield runs[number][0], runs[end][1]
            number = end
        number += 1


def in_code(place: int, code: list[tuple[int, int]]) -> bool:
    """Whether a place of a line lies in one of its spans."""
    at = bisect_right(code, place, key=itemgetter(0)) - 1
    return at >= 0 and place < code[at][1]


def unwrapped(lines: list[str]) -> list[str]:
    """The lines without a fence around the whole text, as a chat window saves it."""
    filled = [number for number, line in enumerate(lines) if line.strip()]
    first, last = filled[0], filled[-1]
    opening = _WRAPPER.fullmatch(lines[first])
    if not opening or last == first or lines[last].rstrip() != opening[1]:
        return lines
    inner = lines[first + 1 : last]
    if not _balanced(inner):
        return lines
    return [*lines[:first], "", *inner, "", *lines[last + 1 :]]


def _balanced(lines: list[str]) -> bool:
    """Whether no fence is left open behind the lines."""
    fence: _Fence | None = None
    for line in lines:
        fence = _after(fence, line)
    return fence is None
