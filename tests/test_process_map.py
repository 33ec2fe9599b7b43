"""The process map: its moves are those that runs make, and any of them draw without a fault."""

import random
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.analysis.process_map import Passage, ProcessMap, process_map
from remit.analysis.process_map.layout import lay_out
from remit.analysis.process_map.lines import Region, lines_of, straight
from remit.graph.manifest import Manifest, compile_manifest
from remit.graph.moves import stage_moves
from remit.graph.rules import PATH
from remit.state.brief_text import load as load_brief
from remit.state.handoff import Move
from remit.state.policy import load
from remit.state.vocabulary import ENDS, LOOPS, Limit, Mode, Seat, Stage
from tests.desks import BRIEF
from tests.pictures import map_faults
from tests.test_counting import SMALL
from tests.walks import explored, limited

CLINIC = compile_manifest(load("balanced"), load_brief("clinic"))
"""The whole team, with a release."""
SOLO = compile_manifest(load("balanced"), BRIEF, frozenset({Seat.QA}), Mode.AUDIT)


def moves_of_runs(manifest: Manifest) -> set[tuple[Stage, Stage]]:
    """From the stage of each report to the stage where somebody is assigned next, or the end."""
    return {
        (turn.before.stage, turn.step.position.stage)
        for turn in explored(manifest, random.Random(0), 3_000)
        if turn.step.issued or turn.step.position.stage in ENDS
    }


@pytest.mark.parametrize("name", ["grants", "reviewers"])
def test_every_move_of_a_run_is_on_the_map_and_none_that_the_rules_exclude(name: str) -> None:
    manifest = SMALL[name]
    drawn = {(one.here, one.there) for one in process_map(name, manifest).passages}
    assert moves_of_runs(manifest) <= drawn <= stage_moves(manifest)


def test_a_limit_of_nothing_leaves_no_move_that_would_spend_it() -> None:
    """Rework of Backend's is allowed twice, nothing else is: nobody can be asked anything."""
    found = process_map("straight", SMALL["straight"]).passages
    spent = {limit for one in found for limit in one.spends}
    assert spent == {Limit.REWORK_BACKEND}
    assert {one.there for one in found} & {Stage.ARBITRATION, Stage.HUMAN} == set()
    back = [one for one in found if one.kind is Move.REWORK]
    assert [(one.here, one.there) for one in back] == [(Stage.ACCEPTANCE, Stage.BUILD)]


@pytest.fixture(scope="module")
def solo() -> ProcessMap:
    return process_map("QA alone", SOLO)


def test_one_role_alone_is_drawn_without_a_path(solo: ProcessMap) -> None:
    assert map_faults(solo.picture) == []
    assert {box.name for box in solo.picture.boxes} >= {"solo", "shipped", "human"}


def kind(here: Stage, there: Stage) -> Move:
    if there in ENDS:
        return Move.END
    if there in (Stage.ARBITRATION, Stage.HUMAN, Stage.CHANGE_CONTROL):
        return Move.QUESTION
    if here in PATH and there in PATH and here is not there:
        return Move.REWORK if PATH.index(there) < PATH.index(here) else Move.NORMAL
    return Move.ANSWER


MOVES = sorted(stage_moves(CLINIC))
BACK = frozenset({Limit.REWORK_BACKEND, Limit.CONTRACT_REVIEW})


@settings(max_examples=settings().max_examples // 3)
@given(st.sets(st.sampled_from(MOVES), min_size=1), st.sampled_from([0, 3, 99, -1]))
def test_any_moves_are_drawn_without_a_fault(chosen: set[tuple[Stage, Stage]], most: int) -> None:
    manifest = limited(CLINIC, dict.fromkeys(LOOPS, most))
    onward = {(here, there) for here, there in MOVES if kind(here, there) is Move.NORMAL}
    found = [
        Passage(here=here, there=there, kind=kind(here, there), spends=tuple(BACK))
        for here, there in sorted(chosen | onward)
    ]
    assert map_faults(lay_out("any", manifest, found)) == []


def test_each_move_is_on_one_line_or_leads_straight_on() -> None:
    found = [Passage(here=here, there=there, kind=kind(here, there)) for here, there in MOVES]
    path = [*PATH, Stage.RELEASE, Stage.SHIPPED]
    hung = sum(len(line.others) for line in lines_of(found, path, CLINIC))
    straight_on = [one for one in found if straight(one, path)]
    assert len(straight_on) == len(path) - 1
    assert hung + len(straight_on) == len(found)
    assert {line.region for line in lines_of(found, path, CLINIC)} == set(Region)


def test_the_svg_is_one_document_that_says_what_it_shows(solo: ProcessMap) -> None:
    root = ET.fromstring(solo.svg())
    said = " ".join(root.itertext())
    assert root.attrib["role"] == "img"
    assert "QA alone" in said
    assert "human questions 2" in said


def test_the_text_fits_eighty_columns_and_tells_each_limit(solo: ProcessMap) -> None:
    text = str(solo)
    assert max(map(len, text.splitlines())) <= 80
    assert "human (human questions 2)" in text
    assert "shipped" in text


def test_a_title_from_outside_stays_text() -> None:
    shown = ProcessMap(title="<script>alert(1)</script>\x1b[2J", manifest=SOLO, passages=(
        Passage(here=Stage.SOLO, there=Stage.SHIPPED, kind=Move.END),
    ))  # fmt: skip
    assert "<script>" not in shown._repr_html_()  # pyright: ignore[reportPrivateUsage]
    assert "\x1b" not in str(shown)
