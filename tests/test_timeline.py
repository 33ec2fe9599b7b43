"""The timeline in a terminal: 80 columns, no colour needed, nothing from outside steers it."""

import pytest
from rich.cells import cell_len

import remit
from remit.analysis.folding import Fold, folded
from remit.analysis.story import Kind
from remit.analysis.timeline import LEFT, MARKS, timeline
from remit.recorded import Run
from remit.state.vocabulary import Seat
from tests.golden_runs import GOLDEN, asking, golden

HOSTILE = "\x1b[2J\u202e evil <b>"


def lines(run: Run, width: int = 80) -> list[str]:
    return [line.text for line in timeline(run.story(), width)]


@pytest.mark.parametrize("name", GOLDEN)
@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_line_is_wider_than_the_screen(name: str, width: int) -> None:
    assert max(map(cell_len, lines(golden(name), width))) <= width


@pytest.mark.parametrize("name", GOLDEN)
def test_every_handoff_has_its_mark_in_the_lane_of_who_works(name: str) -> None:
    run = golden(name)
    shown = {line[8:LEFT].strip(): line[LEFT:] for line in lines(run) if line[8:9] == "#"}
    for step in folded(run.story().steps):
        if isinstance(step, Fold):
            continue
        first, last = step.works[0].seq, step.works[-1].seq
        lanes = shown[f"#{first}" if first == last else f"#{first}-{last}"]
        for work in step.works:
            place = 3 * list(Seat).index(work.who) + 1
            assert lanes[place] == MARKS[work.kind], lanes


def test_kinds_are_told_apart_without_colour() -> None:
    assert len(set(MARKS.values())) == len(Kind)


def test_limits_versions_and_the_end_are_told() -> None:
    said = " ".join(" ".join(line.split()) for line in lines(golden("loop"), 120))
    for words in (
        "[change requests 3/3]",
        "contract 1.3.0 is frozen",
        "no more changes m19",
        "● SHIPPED",
    ):
        assert words in said


def test_wide_letters_take_their_two_cells() -> None:
    said = lines(asking("請求書はどの通貨ですかそれは誰が決めますか" * 3), 60)
    assert "請求書" in "".join(said)
    assert max(map(cell_len, said)) <= 60


def test_one_role_alone_is_done_and_has_shipped_nothing() -> None:
    with remit.open(":memory:") as record:
        run = remit.run(roles="backend", mode="design", db=record, engine="loop")
        said = " ".join(lines(run))
    assert "● DONE" in " ".join(said.split())
    assert "SHIPPED" not in said


def test_what_the_policy_does_at_a_limit_is_told() -> None:
    said = " ".join(" ".join(lines(golden("loop"), 120)).split())
    assert "change requests are used up (BE-ESC-6); an authority decides" in said


def test_what_comes_from_outside_cannot_steer_the_terminal() -> None:
    said = lines(asking(HOSTILE))
    assert "evil" in " ".join(said)
    assert not [line for line in said if not line.isprintable()]
