"""The report of a study stands alone, says what it rests on, and every number is in its rows."""

import csv
import re
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text

from remit.analysis.study.found import Found
from remit.analysis.study.labels import put
from remit.analysis.study.pictures import drawings, rendered
from remit.analysis.study.report import page
from remit.analysis.study.responses import Response
from remit.analysis.study.results import Results
from remit.analysis.study.tables import sentences
from remit.state.errors import InputError
from tests.studies import results, shares, solved

CLEAN, COST = Response.SHIPS_CLEAN, Response.COST
LEVELS = {"limits.change_requests": ["0", "2"], "at_limit.change_requests": ["freeze", "stop"]}


def costs() -> list[list[float]]:
    rng = np.random.default_rng(2)
    return [rng.normal(middle, 0.3, 200).round(6).tolist() for middle in (2.0, 2.1, 2.6, 2.9)]


@pytest.fixture(scope="module")
def found() -> Results:
    return results({CLEAN: shares(0.3, 0.35, 0.6, 0.8), COST: costs()}, LEVELS)


def test_the_page_needs_nothing_from_elsewhere(found: Results) -> None:
    text = page(found)
    assert re.findall(r"<(script|link|img|iframe|object)\b", text) == []
    links = re.findall(r'(?:src|href)="([^"]*)"', text)
    assert [one for one in links if not one.startswith("#")] == []
    assert re.findall(r"url\((?!#)", text) == []
    assert "@import" not in text


def test_the_ids_of_the_pictures_are_their_own(found: Results) -> None:
    ids = re.findall(r'\bid="([^"]*)"', page(found))
    assert len(ids) == len(set(ids)) > 20
    used = set(re.findall(r'(?:url\(|href=")#([^")]*)', page(found)))
    assert used <= set(ids)


def test_colours_stay_colours(found: Results) -> None:
    fills = re.findall(r'fill="#([^"]*)"', page(found))
    assert fills
    assert [one for one in fills if not re.fullmatch("[0-9a-f]{6}", one)] == []


def test_numbers_cover_neither_points_nor_one_another() -> None:
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes: Any = figure.add_subplot()
    axes.set_ylabel("two\nlines that take room")
    # three circumstances share the first spot, and one point is near the corner
    spots = {str(at): (0.5 + at / 60, 0.5 + at % 3 / 20) for at in range(12)}
    spots |= {"12": spots["0"], "13": spots["0"], "14": (0.99, 0.01)}
    put(axes, spots)
    figure.draw_without_rendering()
    texts = [one for one in axes.texts if isinstance(one, Annotation)]
    assert texts[0].get_text() == "0, 12, 13"
    assert sorted(int(one) for text in texts for one in text.get_text().split(", ")) == [*range(15)]
    # of the text alone: with its line, an annotation reaches to its point
    boxes = [Text.get_window_extent(text) for text in texts]
    markers = [axes.transData.transform(spot) for spot in spots.values()]
    for at, box in enumerate(boxes):
        assert axes.get_window_extent().containsx(box.x0)
        assert axes.get_window_extent().containsx(box.x1)
        assert box.y0 > axes.get_window_extent().y0
        assert not any(box.overlaps(other) for other in boxes[at + 1 :])
        assert not any(box.contains(*marker) for marker in markers)


def test_a_point_shows_around_that_of_another_circumstance_on_its_spot() -> None:
    two = {CLEAN: shares(0.3, 0.6, 0.3, 0.6), COST: [[1.0] * 200, [2.0] * 200] * 2}
    levels = {"behaviour": ["strong", "weak"], "limits.grants": ["0", "1"]}
    axes: Any = Figure().add_subplot()
    Found(results(two, levels, circumstances=(0,))).plot_pareto(axes)
    sizes = {
        (line.get_marker(), line.get_xdata()[0]): line.get_markersize()
        for line in axes.lines
        if line.get_marker() in ("o", "s") and len(line.get_xdata()) == 1
    }
    assert len(sizes) == 4
    # the corner of a square lies farther out than its side
    assert all(sizes["o", at] > 1.41 * sizes["s", at] for at in (1.0, 2.0))


def test_the_page_says_the_answer_the_method_and_what_it_rests_on(found: Results) -> None:
    text = re.sub(r"<[^>]*>", "", page(found))
    for words in (
        "Recommended: point 3 (2 / stop)", "Nothing beats these", "Holm", "bootstrap",
        "1 are measured, 2 published and 3 assumed", "the same random streams",
        "professional advice", "study_responses",
    ):  # fmt: skip
        assert words in text


def test_what_comes_from_outside_never_becomes_markup() -> None:
    evil = '<script>alert("1")</script>\u202e $x^2$'
    hostile = results(
        {CLEAN: shares(0.3, 0.8), COST: costs()[:2]}, {evil: [evil, "$\\frac$"]}, title=evil
    )
    text = page(hostile)
    assert "<script" not in text
    assert "\u202e" not in text
    assert "&lt;script&gt;" in text


def test_the_same_rows_draw_the_same_bytes(found: Results) -> None:
    made = drawings(found)
    for height, draw in made.values():
        assert rendered(draw, height, "svg") == rendered(draw, height, "svg")
    height, draw = made["pareto"]
    assert rendered(draw, height, "png") == rendered(draw, height, "png")


def test_a_picture_is_drawn_into_the_axes_that_are_given(found: Results) -> None:
    shown = Found(found)
    for plot in (
        shown.plot_pareto, shown.plot_effects, shown.plot_tornado, shown.plot_interaction,
    ):  # fmt: skip
        axes = Figure().add_subplot()
        assert plot(axes) is axes
        assert axes.get_title(loc="left") or axes.get_title()
        assert axes.has_data()


def test_bars_differ_in_hatching_and_not_in_colour_alone(found: Results) -> None:
    axes = Found(found).plot_tornado(Figure().add_subplot())
    hatches = {patch.get_hatch() for patch in axes.patches}
    assert len(hatches) == 2


def test_every_mean_can_be_worked_out_again_from_the_rows_that_are_written(
    found: Results, tmp_path: Path
) -> None:
    files = {path.name for path in Found(found).save(tmp_path / "out")}
    assert {"report.html", "points.csv", "runs.csv", "pareto.png", "pareto.svg"} <= files
    runs = [*csv.DictReader(StringIO((tmp_path / "out" / "runs.csv").read_text()))]
    points = [*csv.DictReader(StringIO((tmp_path / "out" / "points.csv").read_text()))]
    text = re.sub(r"<[^>]*>", " ", page(found))
    for point in points:
        amounts = [float(run["cost"]) for run in runs if run["point"] == point["point"]]
        mean = sum(amounts) / len(amounts)
        assert float(point["cost"]) == pytest.approx(mean)
        assert f"${mean:.2f}" in text


def test_a_folder_that_cannot_be_written_is_one_line(found: Results, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        Found(found).save(tmp_path / "file")


def test_a_part_of_a_study_can_be_read() -> None:
    part = results({CLEAN: shares(0.3, 0.8), COST: costs()[:2]})
    object.__setattr__(part, "runs", {1: part.runs[1]})
    words = "Not complete: 200 of 400 runs are in; all that is said here is of these."
    assert re.search(rf"</h1>\s*<p>{words}", page(part))
    assert next(sentences(part)).startswith(words)
    half = results({CLEAN: shares(0.3, 0.8), COST: costs()[:2]})
    assert not any("Not complete" in one for one in sentences(half))
    object.__setattr__(half, "asked", replace(half.asked, replicates=250, worlds=3))
    words = "Not complete: 400 of 500 runs and 0 of 6 points in other worlds are in;"
    assert next(sentences(half)).startswith(words)
    assert next(sentences(solved(part))).startswith("Not complete: 1 of 2 solutions are in;")
    assert Found(part).recommend().point == 1


def test_a_study_without_runs_says_so() -> None:
    empty = results({CLEAN: shares(0.3), COST: costs()[:1]})
    object.__setattr__(empty, "runs", {})
    assert "no runs yet" in repr(Found(empty))
    with pytest.raises(InputError, match="no runs yet"):
        page(empty)


def test_a_frame_has_a_row_for_each_point(found: Results) -> None:
    frame = Found(found).to_frame()
    assert list(frame["limits.change_requests"]) == ["0", "0", "2", "2"]
    assert list(frame["ships_clean"].round(2)) == [0.3, 0.35, 0.6, 0.8]
    assert (frame["cost_low"] < frame["cost"]).all()


def test_bounds_and_a_goal_can_be_given_to_a_recommendation(found: Results) -> None:
    shown = Found(found)
    one = shown.recommend(minimise="cost", at_least={"ships_clean": 0.5})
    assert (one.point, one.fits) == (2, (2, 3))
    with pytest.raises(InputError, match="did you mean 'cost'"):
        shown.recommend(minimise="costs")
    with pytest.raises(InputError, match="give minimise or maximise"):
        shown.recommend(minimise="cost", maximise="ships_clean")


@pytest.mark.parametrize(
    ("method", "given", "said"),
    [
        ("recommend", {"maximise": 3}, "response: there is no '3'"),
        ("recommend", {"at_most": {"cost": "x"}}, "recommend: cost: 'x' is no number"),
        ("recommend", {"at_most": {"cost": float("nan")}}, "'nan' is no number"),
        ("recommend", {"at_least": {"ships_clean": 60}}, "60 is no share"),
        ("recommend", {"at_most": ["cost"]}, "write bounds as a table"),
        ("effects", {"response": ["cost"]}, "response: there is no"),
        ("plot_effects", {"axes": "cost"}, "axes: 'cost' is none of Matplotlib's"),
        ("plot_pareto", {"axes": Figure()}, "is none of Matplotlib's"),
        ("within", {"circumstance": 3}, "no '3'"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_a_line(
    found: Results, method: str, given: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError, match=said) as caught:
        getattr(Found(found), method)(**given)
    assert len(str(caught.value).splitlines()) == 1


def test_it_shows_itself_in_a_notebook_and_at_80_columns(found: Results) -> None:
    shown = Found(found)
    assert "<table" in shown._repr_html_()  # pyright: ignore[reportPrivateUsage]
    assert max(map(len, repr(shown).splitlines())) <= 80
