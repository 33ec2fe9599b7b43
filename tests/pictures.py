"""What can be wrong with a laid-out picture, found on its structure."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, pairwise

from remit.analysis.folding import Fold
from remit.analysis.swimlane.columns import columns_of
from remit.analysis.swimlane.drawing import Arrow, Box, Picture, Shape, Words
from remit.analysis.swimlane.lettering import width
from remit.recorded import Run

SLACK = 0.75
"""Pixels by which places may differ."""
Frame = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def faults(picture: Picture) -> list[str]:
    """Everything that is wrong: empty where nothing is."""
    return [
        *_overlaps(picture),
        *_outside(picture),
        *_loose_arrows(picture),
        *_crossed_boxes(picture),
        *_spilt_words(picture),
        *_covered_words(picture),
    ]


def map_faults(picture: Picture) -> list[str]:
    """The same of a process map, on whose lines stages hang by rings."""
    rings = tuple(box for box in picture.boxes if box.name.startswith("joint"))
    plain = replace(picture, boxes=tuple(box for box in picture.boxes if box not in rings))
    return [
        *_overlaps(picture),
        *_outside(picture),
        *_loose_lines(plain),
        *_crossed_boxes(plain),
        *_spilt_words(picture),
        *_covered_words(picture),
        *_crossed_words(plain),
    ]


def untold(run: Run, picture: Picture) -> list[str]:
    """Handoffs that have no box of their own and are in no fold, or have two."""
    seqs = [box.seq for box in picture.boxes if box.seq is not None]
    for column in columns_of(run.story()):
        if isinstance(column, Fold):
            seqs += [work.seq for step in column.steps for work in step.works]
    drawn = {seq: seqs.count(seq) for seq in seqs}
    return [f"handoff {row.seq}" for row in run.handoffs if drawn.get(row.seq) != 1]


def _overlaps(picture: Picture) -> Iterator[str]:
    for one, other in combinations(picture.boxes, 2):
        if _meet(_frame(one), _frame(other)):
            yield f"{one.name} lies on {other.name}"


def _outside(picture: Picture) -> Iterator[str]:
    frames = {box.name: _frame(box) for box in picture.boxes}
    frames |= {f"words {words.text!r}": _room(words) for words in _all_words(picture)}
    frames |= {f"band {one.words.text!r}": (one.x, one.y, one.x + one.w, one.y + one.h)
               for one in picture.bands}  # fmt: skip
    frames |= {f"gauge {one.x} {one.y}": (one.x, one.y, one.x + one.w, one.y + one.h)
               for one in picture.gauges}  # fmt: skip
    for name, (left, top, right, bottom) in frames.items():
        if left < 0 or top < 0 or right > picture.width or bottom > picture.height:
            yield f"{name} is outside the frame"
    for arrow in picture.arrows:
        for x, y in arrow.points:
            if not (0 <= x <= picture.width and 0 <= y <= picture.height):
                yield f"an arrow to {arrow.target} leaves the frame"


def _loose_arrows(picture: Picture) -> Iterator[str]:
    boxes = {box.name: box for box in picture.boxes}
    for arrow in picture.arrows:
        source, target = boxes.get(arrow.source), boxes.get(arrow.target)
        others = [one for one in picture.arrows if one is not arrow]
        branches = any(
            one.source == arrow.source and _on_line(arrow.points[0], one) for one in others
        )
        if source is None or not (branches or _on_side(arrow.points[0], source, source.right)):
            yield f"an arrow starts beside {arrow.source}"
        if arrow.head and (target is None or not _on_side(arrow.points[-1], target, target.x)):
            yield f"an arrow ends beside {arrow.target}"
        if not arrow.head and not any(_on_line(arrow.points[-1], one) for one in others):
            yield f"the line of {arrow.source} joins nothing"
    reached = {arrow.target for arrow in picture.arrows if arrow.head}
    for box in picture.boxes:
        drawn = not box.name.startswith(("legend", "in "))
        if drawn and box.name not in reached:
            yield f"no arrow leads to {box.name}"


def _loose_lines(picture: Picture) -> Iterator[str]:
    """Arrows that begin or end on nothing; those of one line may branch off one another."""
    boxes = {box.name: box for box in picture.boxes}
    for arrow in picture.arrows:
        others = [one for one in picture.arrows if one is not arrow and one.move is arrow.move]
        start, end = arrow.points[0], arrow.points[-1]
        beside = [one for one in others if one.source == arrow.source]
        if not (_on_edge(start, boxes[arrow.source]) or any(_on_line(start, x) for x in beside)):
            yield f"an arrow starts beside {arrow.source}"
        joined = [one for one in others if one.target == arrow.target]
        if arrow.head and not _on_edge(end, boxes[arrow.target]):
            yield f"an arrow ends beside {arrow.target}"
        if not arrow.head and not any(_on_line(end, one) for one in joined):
            yield f"the line of {arrow.source} joins nothing"


def _crossed_words(picture: Picture) -> Iterator[str]:
    for words in picture.words:
        left, top, right, bottom = _room(words)
        for arrow in picture.arrows:
            for (x1, y1), (x2, y2) in pairwise(arrow.points):
                line = (min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
                if line[0] < right and line[2] > left and line[1] < bottom and line[3] > top:
                    yield f"a line to {arrow.target} runs through {words.text!r}"


def _on_edge(point: tuple[float, float], box: Box) -> bool:
    x, y = point
    level = abs(y - box.y) < SLACK or abs(y - box.bottom) < SLACK
    upright = abs(x - box.x) < SLACK or abs(x - box.right) < SLACK
    return (level and box.x < x < box.right) or (upright and box.y < y < box.bottom)


def _on_line(point: tuple[float, float], arrow: Arrow) -> bool:
    x, y = point
    return any(
        min(x1, x2) - SLACK <= x <= max(x1, x2) + SLACK
        and min(y1, y2) - SLACK <= y <= max(y1, y2) + SLACK
        for (x1, y1), (x2, y2) in pairwise(arrow.points)
    )


def _crossed_boxes(picture: Picture) -> Iterator[str]:
    for arrow in picture.arrows:
        for box in picture.boxes:
            if box.name not in (arrow.source, arrow.target) and _crosses(arrow, box):
                yield f"the arrow from {arrow.source} to {arrow.target} runs over {box.name}"


def _spilt_words(picture: Picture) -> Iterator[str]:
    for box in picture.boxes:
        left, top, right, bottom = _frame(box)
        inset = 2 if box.shape is Shape.CHIP else 4
        for words in box.words:
            room = _room(words)
            if room[0] < left + inset or room[2] > right - inset or room[1] < top:
                yield f"{words.text!r} does not fit {box.name}"
            if room[3] > bottom:
                yield f"{words.text!r} hangs out of {box.name}"


def _covered_words(picture: Picture) -> Iterator[str]:
    for one, other in combinations(_all_words(picture), 2):
        if _meet(_room(one), _room(other)):
            yield f"{one.text!r} lies on {other.text!r}"
    for words in picture.words:
        for box in picture.boxes:
            if _meet(_room(words), _frame(box)):
                yield f"{words.text!r} lies on {box.name}"


def _all_words(picture: Picture) -> list[Words]:
    inside = [words for box in picture.boxes for words in box.words]
    labels = [one.words for one in picture.bands] + [one.words for one in picture.gauges]
    return [words for words in (*picture.words, *inside, *labels) if words.text]


def _frame(box: Box) -> Frame:
    return box.x, box.y, box.right, box.bottom


def _room(words: Words) -> Frame:
    """What a line of text covers: capitals reach 0.72 ems up, nothing much goes below."""
    w = width(words.text, words.size, bold=words.bold)
    left = words.x - {"start": 0.0, "middle": w / 2, "end": w}[words.anchor]
    return left, words.y - 0.72 * words.size, left + w, words.y + 0.1 * words.size


def _meet(one: Frame, other: Frame) -> bool:
    return (
        one[0] + SLACK < other[2]
        and other[0] + SLACK < one[2]
        and one[1] + SLACK < other[3]
        and other[1] + SLACK < one[3]
    )


def _on_side(point: tuple[float, float], box: Box, x: float) -> bool:
    return abs(point[0] - x) < SLACK and box.y <= point[1] <= box.bottom


def _crosses(arrow: Arrow, box: Box) -> bool:
    for (x1, y1), (x2, y2) in pairwise(arrow.points):
        segment = (min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
        left, top, right, bottom = _frame(box)
        if segment[0] < right - SLACK and segment[2] > left + SLACK and (
            segment[1] < bottom - SLACK and segment[3] > top + SLACK
        ):  # fmt: skip
            return True
    return False
