"""The swimlane: nothing overlaps, leaves the frame or ends on nothing, whatever the run."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import remit
from remit.analysis.swimlane import Picture, lay_out, svg
from remit.analysis.swimlane.drawing import Box, Shape
from remit.recorded import Run
from remit.runs import Record
from remit.state.store import open_store
from remit.state.vocabulary import Limit
from tests.golden_runs import GOLDEN, asking, golden
from tests.pictures import faults, untold
from tests.runs import policy

LOOSE = policy(
    limits=dict.fromkeys(
        ("requirement_rework", "contract_review", "change_requests", "rework_backend",
         "rework_frontend", "no_progress", "escalations", "human_questions"), 12,
    ) | {"handoffs": 400, "hours": 900, "tokens": 20_000_000, "dollars": 100},
)  # fmt: skip
"""Room for long runs."""


def ran(**terms: Any) -> Run:
    return remit.run(db=Record(open_store(":memory:")), name="shown", engine="loop", **terms)


@pytest.mark.parametrize("name", GOLDEN)
@pytest.mark.parametrize("width", [1000, 700, 1600])
def test_a_golden_run_is_drawn_without_a_fault(name: str, width: int) -> None:
    run = golden(name)
    picture = lay_out(run.story(), width)
    assert faults(picture) == []
    assert untold(run, picture) == []
    assert picture.width == width


@settings(max_examples=settings().max_examples // 8)
@given(
    shipped=st.sampled_from(["balanced", "strict", "unattended"]) | st.just(LOOSE),
    behaviour=st.sampled_from(["typical", "weak", "worst"]),
    seed=st.integers(0, 2**31),
)
def test_any_run_is_drawn_without_a_fault(shipped: object, behaviour: str, seed: int) -> None:
    run = ran(policy=shipped, behaviour=behaviour, seed=seed)
    picture = lay_out(run.story())
    assert faults(picture) == []
    assert untold(run, picture) == []


@pytest.mark.parametrize(
    "terms",
    [
        {"roles": "pm,uiux,backend,frontend"},
        {"roles": "backend", "mode": "audit"},
        {"roles": "cto,backend"},
        {"brief": "clinic", "behaviour": "perfect"},
        {"brief": "clinic", "human": "wait"},
        {"human": "wait", "roles": "pm,backend,qa"},
    ],
    ids=str,
)
def test_any_team_is_drawn_without_a_fault(terms: dict[str, str]) -> None:
    """Stand-ins share the human's lane; what is awaited is drawn as open."""
    run = ran(**terms)
    picture = lay_out(run.story())
    assert faults(picture) == []
    assert untold(run, picture) == []
    waits = [box.seq for box in picture.boxes if box.open]
    assert (
        waits
        == [row.seq for row in run.handoffs if row.step == run.course.step and row.to][: len(waits)]
    )
    assert bool(waits) == (run.outcome == "waiting")


def _moved(picture: Picture, name: str, **places: Any) -> Picture:
    boxes = tuple(replace(box, **places) if box.name == name else box for box in picture.boxes)
    return replace(picture, boxes=boxes)


def _longer(box: Box) -> Box:
    return replace(box, words=tuple(replace(one, text=one.text * 4) for one in box.words))


def _first(picture: Picture) -> Box:
    return next(box for box in picture.boxes if box.name == "work 1")


PLANTED: dict[str, Callable[[Picture], Picture]] = {
    "lies on": lambda picture: _moved(
        picture, "work 2", x=picture.boxes[1].x, y=picture.boxes[1].y
    ),
    "outside": lambda picture: replace(picture, height=picture.height / 2),
    "starts beside": lambda picture: _moved(picture, "work 3", w=40),
    "ends beside": lambda picture: _moved(picture, "work 4", x=10),
    "no arrow leads to": lambda picture: replace(picture, arrows=picture.arrows[:-1]),
    "runs over": lambda picture: _moved(picture, "end", y=_first(picture).bottom, h=60),
    "does not fit": lambda picture: replace(picture, boxes=tuple(map(_longer, picture.boxes))),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_seen(fault: str) -> None:
    found = faults(PLANTED[fault](lay_out(golden("questions").story())))
    assert [one for one in found if fault in one]


def test_kinds_of_work_differ_in_shape_and_not_only_in_colour() -> None:
    shapes = {box.shape for name in GOLDEN for box in lay_out(golden(name).story()).boxes}
    assert {Shape.PLAIN, Shape.SLANTED, Shape.POINTED, Shape.ROUND, Shape.DOUBLE} <= shapes


def test_the_band_names_every_frozen_version_in_order() -> None:
    run = golden("loop")
    bands = lay_out(run.story()).bands
    named = [band.words.text.split()[1].strip(",:") for band in bands if band.frozen]
    assert list(dict.fromkeys(named)) == [one.version for one in run.contracts]


def test_the_gauges_fill_as_the_limit_is_used() -> None:
    run = golden("loop")
    requests = [
        (gauge.used, gauge.cells, gauge.words.text)
        for gauge in lay_out(run.story()).gauges
        if gauge.cells == 3
    ]
    assert requests[:3] == [(1, 3, "1 of 3"), (2, 3, "2 of 3"), (3, 3, "3 of 3")]
    assert run.course.ledger.used[Limit.CHANGE_REQUESTS] == 3


def test_the_end_and_its_reason_are_in_the_picture() -> None:
    text = "".join(ET.fromstring(golden("questions").swimlane()).itertext())
    assert "STOPPED" in text
    assert "the brief is not ready" in text


HOSTILE = "</title><script>alert(1)</script> \x1b[31m \u202etxet ]]> & <b onclick='x()'>"


def test_hostile_text_stays_text() -> None:
    """Titles, questions and answers can say anything and become no element or attribute."""
    run = asking(HOSTILE)
    document = svg(lay_out(run.story()), link="#h")
    known = {"svg", "title", "desc", "style", "defs", "marker", "path", "rect", "line", "polyline",
             "polygon", "g", "text", "a"}  # fmt: skip
    elements = list(ET.fromstring(document).iter())
    assert {element.tag.partition("}")[2] for element in elements} <= known
    assert not [name for element in elements for name in element.attrib if name.startswith("on")]
    assert "\x1b" not in document
    assert "\u202e" not in document
    assert "alert(1)" in "".join(ET.fromstring(document).itertext())


def test_boxes_lead_to_their_handoffs_where_a_page_asks_for_it() -> None:
    run = golden("clean")
    root = ET.fromstring(svg(lay_out(run.story()), link="#h"))
    hrefs = [element.get("href") for element in root.iter("{http://www.w3.org/2000/svg}a")]
    assert hrefs == [f"#h{row.seq}" for row in run.handoffs]


def test_the_same_run_gives_the_same_picture() -> None:
    assert golden("loop").swimlane() == golden("loop").swimlane()
