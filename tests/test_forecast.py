"""Forecasts: what is drawn and solved agrees, what is shown can be read and steers nothing."""

import json
import re
from dataclasses import fields, replace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

import remit
from remit.agents.behaviour import load as load_behaviour
from remit.analysis.chain.moves import Moves
from remit.analysis.chain.sampled import Sample
from remit.analysis.chain.sampling import sample
from remit.analysis.chain.several import sample_several
from remit.analysis.chain.world import world_of
from remit.analysis.forecast import making
from remit.analysis.forecast.drawn import Figure, Measure, Unit
from remit.analysis.forecast.estimate import Estimate
from remit.analysis.forecast.factors import ends, factors
from remit.analysis.forecast.findings import Method
from remit.analysis.forecast.forecast import Forecast
from remit.analysis.forecast.making import Wanted
from remit.analysis.forecast.making import forecast as made
from remit.analysis.forecast.numbers import between, difference, interval, said, with_error
from remit.analysis.forecast.ranges import Effort
from remit.analysis.forecast.tables import parts
from remit.ordering import order
from remit.state.errors import InputError
from remit.state.policy import load as load_policy
from remit.state.sheet import Table
from remit.state.vocabulary import Limit

QUICK = Effort(screen=10, refine=20, leaders=1, points=8, each=20)
HOSTILE = "<b>$x$\x1b[1m\u202e&漢字"


def html_of(shown: Any) -> str:
    """What a notebook shows of it."""
    page: str = shown._repr_html_()
    return page


@pytest.fixture(scope="module")
def found() -> Forecast:
    """A forecast of a team that ends in few ways, with its ranges."""
    wanted = Wanted(method=Method.SAMPLE, runs=1_000, effort=QUICK)
    return made(order(policy="strict", behaviour="strong"), None, wanted)


@pytest.fixture(scope="module")
def compared() -> Forecast:
    wanted = Wanted(runs=1_000, effort=QUICK)
    return made(order(policy="strict", behaviour="strong"), load_policy("unattended"), wanted)


@pytest.mark.prove
def test_several_behaviours_side_by_side_are_those_behaviours() -> None:
    wanted = order(policy="strict", behaviour="weak")
    manifest = wanted.manifest()
    world, moves = world_of(wanted.brief, manifest), Moves(manifest)
    some = [*ends(wanted.behaviour, factors(wanted.behaviour)[::20])]
    together = sample_several(manifest, some, world, runs=30, seed=5, moves=moves)
    for behaviour, one in zip(some, together, strict=True):
        alone = sample(manifest, behaviour, world, runs=30, seed=5, moves=moves)
        for field in fields(Sample):
            assert np.array_equal(getattr(one, field.name), getattr(alone, field.name)), field.name


def test_what_is_solved_lies_in_the_intervals_of_what_is_drawn() -> None:
    """A perfect team, of which costs and times alone are luck."""
    drawn, exact = (
        remit.forecast("balanced", behaviour="perfect", method=method, ranges=False, runs=20_000)
        for method in ("sample", "auto")
    )
    assert (drawn.basis.states, exact.basis.states) == (None, 12)
    for measure in (Measure.COST, Measure.TIME, Measure.TOKENS):
        one, other = (each.outlook.amount(measure) for each in (drawn, exact))
        assert other.mean.exact
        assert one.mean.low < other.mean.value < one.mean.high
        assert one.deviation.value == pytest.approx(other.deviation.value, rel=0.03)
        assert other.deviation.low <= other.deviation.value <= other.deviation.high
        assert one.quantiles == other.quantiles
    assert exact.chance("flawless").value == pytest.approx(1, abs=1e-9)


def test_auto_samples_what_is_too_large_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "QUICK_STATES", 10)
    found = remit.forecast("strict", behaviour="perfect", runs=1_000, ranges=False)
    assert found.basis.method is Method.SAMPLE
    (note,) = found.basis.notes
    assert note.startswith("Not solved exactly: ")


def test_what_is_too_large_to_be_solved_is_refused_with_what_would_help(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(making, "MOST_STATES", 10)
    monkeypatch.setattr(making, "_draw", None)  # nothing is drawn for a refusal
    with pytest.raises(InputError) as refused:
        remit.forecast("strict", behaviour="perfect", method="exact", ranges=False)
    limits = load_policy("strict").limits
    words = str(refused.value)
    needed = "method: an exact solution would need more than 10 states; use 'sample', "
    assert words.startswith(needed)
    named = re.findall(r"(\w+) \((\d+)\)", words.partition("lower limits: ")[2])
    assert named
    assert all(limits.value(Limit(name)) == int(value) > 1 for name, value in named)
    assert [int(value) for _, value in named] == sorted(
        (int(one) for _, one in named), reverse=True
    )


@pytest.mark.parametrize(
    ("terms", "problem"),
    [
        ({"runs": 10}, "runs: 10: give 1,000 to 2,000,000"),
        ({"runs": True}, "runs: 'True' is not a whole number"),
        ({"tolerance": 0.0}, "tolerance: 0: give a number from 1e-10 to 1"),
        ({"method": "exakt"}, "method: there is no 'exakt'; did you mean 'exact'?"),
        ({"method": "exact", "against": "strict"}, "method: two policies are compared on drawn"),
        ({"policy": "unattended", "roles": "pm,backend"}, "roles: without a CTO a person must"),
        ({"behaviour": "nice"}, "behaviour: there is no 'nice'"),
    ],
)
def test_refuses_what_cannot_be_forecast(terms: dict[str, object], problem: str) -> None:
    with pytest.raises(InputError, match=re.escape(problem)):
        remit.forecast(**terms)  # type: ignore[arg-type]


def test_the_same_policy_is_not_told_apart_from_itself() -> None:
    wanted = Wanted(runs=1_000, effort=None)
    twin = replace(order(behaviour="perfect"), policy=load_policy("balanced"))
    found = made(twin, load_policy("balanced"), wanted)
    assert found.against
    assert [one for one in found.against.differences if one.told_apart or one.by.value] == []


def test_a_second_policy_is_what_a_forecast_of_it_alone_says(compared: Forecast) -> None:
    alone = made(
        order(policy="unattended", behaviour="strong"), None,
        Wanted(method=Method.SAMPLE, runs=1_000, effort=None),
    )  # fmt: skip
    assert compared.against
    assert compared.against.outlook == alone.outlook
    shipped = next(one for one in compared.against.differences if one.name == "shipped")
    assert shipped.by.value == pytest.approx(shipped.second.value - shipped.first.value)
    assert all(one.more + one.less <= one.of == 8 for one in compared.against.over_ranges)


def test_the_bars_of_the_ends_add_up(found: Forecast) -> None:
    ends_ = [one.estimate.value for one in found.outlook.chances if one.group == "end"]
    assert sum(ends_) == pytest.approx(1)
    assert found.chance("flawless").value <= found.chance("shipped").value
    for one in found.outlook.distributions:
        assert sum(one.runs) == 1_000
        assert len(one.edges) == len(one.runs) + 1


def test_text_fits_80_columns_and_says_what_it_rests_on(
    found: Forecast, compared: Forecast
) -> None:
    for one in (found, compared):
        lines = repr(one).splitlines()
        assert max(map(len, lines)) <= 80
        assert lines[0].startswith("Forecast: policy strict")
        assert "1,000 runs (seed 1)" in lines[1]
        assert "of which 143 are assumed" in " ".join(lines)
    assert "Latin hypercube" in repr(found)
    assert "What cannot be told apart" in repr(compared)


def test_a_hostile_name_steers_nothing(found: Forecast) -> None:
    hostile = replace(found, terms=replace(found.terms, policy=HOSTILE, behaviour=HOSTILE))
    text, page = repr(hostile), html_of(hostile)
    assert "\x1b" not in text + page
    assert "\u202e" not in text + page
    assert "<b>" not in page
    ElementTree.fromstring(hostile.picture())
    assert "漢字" in hostile.picture()


def test_the_picture_is_one_svg_with_its_words_the_same_each_time(found: Forecast) -> None:
    drawn = found.picture()
    assert drawn == found.picture()
    root = ElementTree.fromstring(drawn)
    words = " ".join("".join(one.itertext()) for one in root.iter() if one.tag.endswith("text"))
    assert "shipped without a flaw" in words
    assert "What moves it most: cost" in words
    assert not re.search(r"20\d\d-\d\d-\d\d", drawn)
    assert len(drawn) < 150_000


def test_a_frame_has_a_row_for_each_number(found: Forecast, compared: Forecast) -> None:
    frame = found.to_frame()
    assert isinstance(frame, pd.DataFrame)
    shipped = frame[(frame.name == "shipped") & (frame.statistic == "chance")].iloc[0]
    assert shipped.value == found.chance("shipped").value
    wide = found.ranges.of(Figure.SHIPPED) if found.ranges else None
    assert wide
    assert (shipped.over_ranges_low, shipped.over_ranges_high) == (wide.low, wide.high)
    assert {"mean", "deviation", "p10", "p50", "p90", "p99"} <= set(frame.statistic)
    both = compared.to_frame()
    assert both[both.statistic == "mean"].dropna(subset=["difference"]).shape[0] == len(Measure)


def test_everything_is_json(found: Forecast, compared: Forecast) -> None:
    for one in (found, compared):
        plain = json.loads(json.dumps(one.to_json(), allow_nan=False))
        assert plain["basis"]["runs"] == 1_000
    assert {"terms", "basis", "outlook", "ranges", "against"} == set(found.to_json())


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.7412, Unit.SHARE, "74.1 %"), (1e-5, Unit.SHARE, "< 0.1 %"), (1.0, Unit.SHARE, "100.0 %"),
        (0.99999, Unit.SHARE, "> 99.9 %"), (0, Unit.SHARE, "0.0 %"), (2.514, Unit.DOLLARS, "$2.51"),
        (7.44, Unit.HOURS, "7.4 h"), (347_817.3, Unit.COUNT, "347,817"), (12, Unit.COUNT, "12"),
        (0.4, Unit.COUNT, "0.40"),
    ],
)  # fmt: skip
def test_a_number_has_its_unit_and_the_digits_it_bears(
    value: float, unit: Unit, words: str
) -> None:
    assert said(value, unit) == words


def test_intervals_are_told_with_the_digits_that_tell_their_ends_apart() -> None:
    assert between(0.7394, 0.7441, Unit.SHARE) == "73.9-74.4 %"
    assert between(0.0001, 0.0004, Unit.SHARE) == "0.01-0.04 %"
    assert between(2.5, float("inf"), Unit.DOLLARS) == "$2.50-?"
    assert (
        interval(Estimate(value=0.5, low=0.5, high=0.500001, exact=True), Unit.SHARE) == "± 1e-04"
    )
    slight = Estimate(value=0.001, low=0.0004, high=0.0016)
    assert difference(slight, Unit.COUNT) == ("+0.0010", "+0.0004 to +0.0016")
    by = Estimate(value=-0.0004, low=-0.0006, high=-0.0002)
    assert difference(by, Unit.SHARE) == ("-0.04 pt", "-0.06 pt to -0.02 pt")


@pytest.mark.parametrize(
    ("value", "low", "high", "exact", "words"),
    [
        (6.472, 6.431, 6.513, False, "6.47 ±0.041"),
        (6.472, 6.44, 6.6, False, "6.47 ±0.13"),  # the farther end counts
        (21.34, 19.1, 23.58, False, "21.3 ±2.2"),
        (347_817.3, 345_986.9, 349_647.7, False, "347,817 ±1,830"),
        (6.472, 6.4, float("inf"), False, "6.47 ±?"),
        (6.472, 6.472, 6.472 + 1.3e-6, True, "6.47 ± 2e-06"),  # a bound is never rounded down
        (6.472, 6.472, 6.472 + 9.7e-5, True, "6.47 ± 1e-04"),
        (6.472, 6.472, 6.472, True, "6.47 ± 0"),
        (6.472, 6.472, float("inf"), True, "6.47 no bound"),
    ],
)  # fmt: skip
def test_a_number_with_its_error_says_how_far_off_the_truth_can_be(
    value: float, low: float, high: float, exact: bool, words: str
) -> None:
    assert with_error(Estimate(value=value, low=low, high=high, exact=exact), Unit.COUNT) == words


def test_the_deviation_of_each_amount_is_told_with_its_error(found: Forecast) -> None:
    """The interval of a deviation is the one that the amount bears, not that of its mean."""
    table = next(one for one in parts(found) if isinstance(one, Table) and "mean" in one.heads)
    assert len(table.rows) == len(found.outlook.amounts)
    for row, amount in zip(table.rows, found.outlook.amounts, strict=True):
        of = amount.deviation
        told = re.fullmatch(r"\$?([\d.,]+)(?: h)? ±([\d.,]+)", row[table.heads.index("deviation")])
        assert told, row
        value, off = (float(one.replace(",", "")) for one in told.groups())
        assert value == pytest.approx(of.value, rel=0.02, abs=0.05)
        assert off == pytest.approx(max(of.high - of.value, of.value - of.low), rel=0.07)


def test_a_behaviour_is_varied_only_within_bounds() -> None:
    with pytest.raises(InputError, match="out of bounds"):
        load_behaviour("typical").varied_all({"mend.backend_bug": 2_000_000_000})
    with pytest.raises(InputError, match="there is no"):
        load_behaviour("typical").varied_all({"mend.nothing": 1})
