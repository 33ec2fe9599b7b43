"""A laid-out swimlane as SVG: self-contained, escaped, for light, dark and paper."""

from collections.abc import Iterable
from xml.etree import ElementTree as ET

from remit.analysis.swimlane.drawing import Arrow, Band, Box, Gauge, Picture, Rule, Shape, Words
from remit.analysis.swimlane.style import CSS
from remit.state.canonical import digest
from remit.state.handoff import Move

SLANT = 7
"""How far slanted and pointed sides lean, and how much is cut off corners."""
Points = Iterable[tuple[float, float]]


def svg(picture: Picture, *, link: str = "") -> str:
    """The picture as an SVG document without a prolog, fit to stand in a page too.

    Args:
        picture: the laid-out swimlane.
        link: what a handoff's number is put behind to make the address that its box leads to, such
            as `#h`; boxes lead nowhere without it.
    """
    key = f"sw{digest(picture.title)[:8]}"
    root = ET.Element("svg", {
        "xmlns": "http://www.w3.org/2000/svg", "class": "remit-swimlane", "role": "img",
        "viewBox": f"0 0 {_n(picture.width)} {_n(picture.height)}",
        "width": _n(picture.width), "height": _n(picture.height),
        "aria-labelledby": f"{key}-title {key}-about",
    })  # fmt: skip
    if link:
        root.set("role", "group")
    _text(root, "title", picture.title, id=f"{key}-title")
    _text(root, "desc", picture.about, id=f"{key}-about")
    _text(root, "style", CSS)
    _markers(root, key)
    _add(root, "rect", {"class": "paper"}, 0, 0, picture.width, picture.height)
    for rule in picture.rules:
        _rule(root, rule)
    for band in picture.bands:
        _band(root, band)
    for gauge in picture.gauges:
        _gauge(root, gauge)
    for arrow in (*picture.arrows, *picture.legend):
        _arrow(root, arrow, key)
    for box in picture.boxes:
        _box(root, box, link)
    for words in picture.words:
        _words(root, words)
    return ET.tostring(root, encoding="unicode")


def _n(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _points(points: Points) -> str:
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in points)


def _text(parent: ET.Element, tag: str, text: str, **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, tag, attributes)
    element.text = text
    return element


def _add(
    parent: ET.Element, tag: str, attributes: dict[str, str], x: float, y: float, w: float, h: float
) -> ET.Element:
    place = {"x": _n(x), "y": _n(y), "width": _n(w), "height": _n(h)}
    return ET.SubElement(parent, tag, {**attributes, **place})


_HEADS: dict[Move, str] = {
    Move.NORMAL: "M0,1 L9,5 L0,9 Z",
    Move.REWORK: "M1,1 L8,5 L1,9",
    Move.CHANGE: "M0,5 L4.5,1 L9,5 L4.5,9 Z",
    Move.QUESTION: "M1,5 a4,4 0 1 1 8,0 a4,4 0 1 1 -8,0 Z",
    Move.ANSWER: "M1,1 L9,5 L1,9 Z",
}
"""Arrow heads; moves that are not named here have that of a normal one."""


def _drawn_as(move: Move) -> Move:
    return move if move in _HEADS else Move.NORMAL


def _markers(root: ET.Element, key: str) -> None:
    defs = ET.SubElement(root, "defs")
    for move, head in _HEADS.items():
        marker = ET.SubElement(defs, "marker", {
            "id": f"{key}-{move}", "viewBox": "0 0 10 10", "refX": "9", "refY": "5",
            "markerWidth": "7", "markerHeight": "7", "orient": "auto",
            "markerUnits": "userSpaceOnUse",
        })  # fmt: skip
        ET.SubElement(marker, "path", {"d": head, "class": f"head {move}"})


def _rule(root: ET.Element, rule: Rule) -> None:
    ET.SubElement(root, "line", {
        "class": "rule strong" if rule.strong else "rule",
        "x1": _n(rule.x1), "y1": _n(rule.y1), "x2": _n(rule.x2), "y2": _n(rule.y2),
    })  # fmt: skip


def _band(root: ET.Element, band: Band) -> None:
    name = "band frozen" if band.frozen else "band"
    _add(root, "rect", {"class": name}, band.x, band.y, band.w, band.h)
    _words(root, band.words)


def _gauge(root: ET.Element, gauge: Gauge) -> None:
    cell = gauge.w / gauge.cells
    for number in range(gauge.cells):
        name = "cell full" if number < gauge.used else "cell"
        _add(root, "rect", {"class": name}, gauge.x + number * cell, gauge.y, cell - 2, gauge.h)
    _words(root, gauge.words)


def _arrow(root: ET.Element, arrow: Arrow, key: str) -> None:
    move = _drawn_as(arrow.move)
    line = {"class": f"arrow {move}", "points": _points(arrow.points)}
    if arrow.head:
        line["marker-end"] = f"url(#{key}-{move})"
    ET.SubElement(root, "polyline", line)


def _box(root: ET.Element, box: Box, link: str) -> None:
    parent = root
    leads = box.leads if box.leads is not None else box.seq
    if link and leads is not None:
        parent = ET.SubElement(root, "a", {"href": f"{link}{leads}"})
    state = " open" if box.open else ""
    group = ET.SubElement(parent, "g", {"class": f"box {box.tone} {box.shape}{state}"})
    _text(group, "title", box.hint)
    _outline(group, box)
    for words in box.words:
        _words(group, words)


def _outline(group: ET.Element, box: Box) -> None:
    if box.shape in _POLYGONS:
        ET.SubElement(group, "polygon", {"points": _points(_POLYGONS[box.shape](box))})
        return
    corner = {Shape.ROUND: box.h / 3, Shape.CHIP: box.h / 2, Shape.PLAIN: 3.0}.get(box.shape, 0.0)
    _add(group, "rect", {"rx": _n(corner)}, box.x, box.y, box.w, box.h)
    if box.shape in (Shape.ROUND, Shape.DOUBLE) and box.h > 20:
        inner = {"rx": _n(max(0.0, corner - 3)), "class": "inner"}
        _add(group, "rect", inner, box.x + 3, box.y + 3, box.w - 6, box.h - 6)


def _cut(box: Box) -> Points:
    lean = min(SLANT, box.h / 3)
    left, right, top, bottom = box.x, box.right, box.y, box.bottom
    return (
        (left + lean, top), (right - lean, top), (right, top + lean), (right, bottom - lean),
        (right - lean, bottom), (left + lean, bottom), (left, bottom - lean), (left, top + lean),
    )  # fmt: skip


def _slanted(box: Box) -> Points:
    lean = min(SLANT, box.h / 3) / 2
    left, right = box.x, box.right
    return (
        (left + lean, box.y), (right + lean, box.y),
        (right - lean, box.bottom), (left - lean, box.bottom),
    )  # fmt: skip


def _pointed(box: Box) -> Points:
    lean = min(SLANT, box.h / 3)
    left, right = box.x, box.right
    return (
        (left + lean, box.y), (right - lean, box.y), (right, box.middle),
        (right - lean, box.bottom), (left + lean, box.bottom), (left, box.middle),
    )  # fmt: skip


def _torn(box: Box) -> Points:
    teeth = max(2, int(box.h // 14))
    ys = [box.y + box.h * number / (2 * teeth) for number in range(2 * teeth + 1)]
    right = [(box.right - (4 if number % 2 else 0), y) for number, y in enumerate(ys)]
    left = [(box.x + (4 if number % 2 else 0), y) for number, y in enumerate(ys)]
    return (*right, *reversed(left))


_POLYGONS = {
    Shape.CUT: _cut,
    Shape.SLANTED: _slanted,
    Shape.POINTED: _pointed,
    Shape.FOLDED: _torn,
}


def _words(parent: ET.Element, words: Words) -> None:
    names = [name for name, on in (("bold", words.bold), ("quiet", words.quiet)) if on]
    attributes = {"x": _n(words.x), "y": _n(words.y), "font-size": _n(words.size)}
    if names:
        attributes["class"] = " ".join(names)
    if words.anchor != "start":
        attributes["text-anchor"] = words.anchor
    _text(parent, "text", words.text, **attributes)
