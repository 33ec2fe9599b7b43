"""The way of a run in a line: the stages it enters, rounds that repeat told once."""

from collections.abc import Sequence

from remit.analysis.safety import Trace
from remit.analysis.witness import visited
from remit.analysis.wording import spaced
from remit.graph.manifest import Manifest
from remit.state.vocabulary import Stage

ARROW = " → "
ROUND = 6
"""Stages of the longest round that is looked for."""


def way_of(trace: Trace, manifest: Manifest) -> str:
    """The way in words: `plan → requirements → (build → verification) x 3 → shipped`."""
    return ARROW.join(_told(part, times) for part, times in folded(visited(trace, manifest)))


def shortened(trace: Trace, manifest: Manifest, width: int) -> str:
    """The way in words; what is longer than `width` says how many stages of how many are left out.

    The beginning and the last part always stand.
    """
    whole = way_of(trace, manifest)
    if len(whole) <= width:
        return whole
    stages = visited(trace, manifest)
    parts = folded(stages)
    last, kept = _told(*parts[-1]), list[str]()
    for number, (part, times) in enumerate(parts[:-1]):
        gone = sum(len(one) * often for one, often in parts[number:-1])
        gap = f"… {gone} of {len(stages)} stages left out …"
        told = _told(part, times)
        if len(ARROW.join([*kept, told, gap, last])) > width:
            return ARROW.join([*kept, gap, last])
        kept.append(told)
    return whole


def folded(stages: Sequence[Stage]) -> list[tuple[tuple[Stage, ...], int]]:
    """The stages in parts, each with how often it comes in a row; the shortest rounds first."""
    found: list[tuple[tuple[Stage, ...], int]] = []
    at = 0
    while at < len(stages):
        size, times = max(
            ((size, _times(stages, at, size)) for size in range(1, ROUND + 1)),
            key=lambda one: ((one[1] - 1) * one[0], -one[0]),
        )
        if times == 1:
            size = 1
        found.append((tuple(stages[at : at + size]), times))
        at += size * times
    return found


def _times(stages: Sequence[Stage], at: int, size: int) -> int:
    """How often the `size` stages from `at` on come in a row."""
    part, times = stages[at : at + size], 1
    while len(part) == size and stages[at + times * size : at + (times + 1) * size] == part:
        times += 1
    return times


def _told(part: Sequence[Stage], times: int) -> str:
    said = ARROW.join(map(spaced, part))
    if times == 1:
        return said
    return f"({said}) x {times}" if len(part) > 1 else f"{said} x {times}"
