"""The swimlane: nothing overlaps, leaves the frame or ends on nothing, whatever the run."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import remit
from remit.analysis.folding import Fold
from remit.analysis.swimlane import Picture, lay_out, lettering, svg
from remit.analysis.swimlane.columns import Placed, columns_of
from remit.analysis.swimlane.drawing import Box, Shape
from remit.analysis.swimlane.layout import gauge
from remit.recorded import Run
from remit.runs import Record
from remit.state.errors import InputError
from remit.state.handoff import Spent
from remit.state.store import open_store
from remit.state.vocabulary import EventKind, Limit, Seat, Stage
from tests.golden_runs import GOLDEN, LOOSE, asking, golden
from tests.pictures import faults, untold
from tests.runs import policy


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


def test_the_picture_depends_on_the_record_alone() -> None:
    record = Record(open_store(":memory:"))
    again = remit.run(db=record, name="loop", engine="graph", **GOLDEN["loop"])
    assert again.swimlane() == golden("loop").swimlane()


@pytest.mark.parametrize("width", [0, -5, 479, 20_001, float("nan")])
def test_a_picture_too_narrow_for_a_step_is_refused(width: float) -> None:
    with pytest.raises(InputError, match="give 480 to"):
        lay_out(golden("clean").story(), width)


def test_folds_say_how_many_rounds_they_stand_for_and_lead_to_the_first() -> None:
    run = golden("long")
    folds = [one for one in columns_of(run.story()) if isinstance(one, Fold)]
    assert len(folds) >= 2
    text = run.swimlane()
    linked = svg(lay_out(run.story()), link="#h")
    for fold in folds:
        assert f">{fold.rounds} more rounds<" in text
        assert f'href="#h{fold.first}"' in linked


@pytest.mark.parametrize(
    ("used", "allowed", "cells", "full"),
    [(1, 3, 3, 1), (3, 3, 3, 3), (19, 20, 12, 11), (99, 100, 12, 11), (1, 100, 12, 1),
     (100, 100, 12, 12), (3, None, 4, 3), (40, None, 12, 11), (0, 0, 1, 0)],
)  # fmt: skip
def test_a_gauge_is_full_when_its_limit_is(
    used: int, allowed: int | None, cells: int, full: int
) -> None:
    column = columns_of(golden("clean").story())[0]
    one = Spent(limit=Limit.NO_PROGRESS, used=used, allowed=allowed)
    drawn = gauge(Placed(column=column, x=0, w=105), 0, one, False)
    assert (drawn.cells, drawn.used) == (cells, full)


def test_a_limit_of_nothing_shows_where_its_end_was_reached() -> None:
    """The policy freezes at the first request: nothing is spent, and the picture says so."""
    frozen = policy(limits={"change_requests": 0}, at_limit={"change_requests": "freeze"})
    run = ran(seed=3, policy=frozen)
    picture = lay_out(run.story())
    assert faults(picture) == []
    assert "0 of 0, end" in [one.words.text for one in picture.gauges]
    text = "".join(ET.fromstring(svg(picture)).itertext())
    assert "limits.change_requests (#10)" in text
    assert "the policy freezes what is frozen for good" in text


def test_a_budget_that_ended_the_run_is_named_by_its_key() -> None:
    run = ran(seed=3, policy=policy(limits={"dollars": "1"}, at_limit={"budget": "stop"}))
    assert run.outcome == "stopped_by_policy"
    assert [limit for limit, _ in run.summary().reached] == [Limit.DOLLARS]
    assert "limits.dollars" in run.swimlane()


def test_a_change_that_waited_for_an_answer_comes_from_whoever_asked_it() -> None:
    script = (
        "- backend: auto\n- backend: {stage: build, event: question, questions: ['which?']}\n"
        "- frontend: auto\n"
        "- frontend: {stage: build, event: change,"
        " requests: [{target: contract, change: add colour}]}\n"
    )
    run = ran(behaviour="perfect", script=script)
    ruling = next(one for one in run.story().works if one.stage is Stage.CHANGE_CONTROL)
    source = next(one for one in run.story().works if one.seq == ruling.source)
    assert (source.seat, source.answer) == (Seat.FRONTEND, EventKind.CHANGE)
    assert faults(lay_out(run.story())) == []


@pytest.mark.parametrize(
    ("text", "ems"),
    [("contract review", 7.80), ("ЩЖШЮФЫ", 6.063), ("щшюмжд", 5.045), ("Åéßñ ø", 3.174),
     ("WMm@%", 4.77), ("#0123456789", 7.2)],
)  # fmt: skip
def test_no_text_is_taken_for_narrower_than_a_wide_font_makes_it(text: str, ems: float) -> None:
    """The advance widths are those in the font file of DejaVu Sans."""
    assert ems <= lettering.width(text, 1) <= 1.6 * ems
