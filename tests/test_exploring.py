"""Sliders: what they show while they move is a sample, what they show at rest is a forecast."""

import builtins
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

import pytest

import remit
from remit.analysis.forecast.drawing import drawing
from remit.analysis.forecast.glance import glance
from remit.analysis.forecast.grid import PLAYED, play, runs_of_each
from remit.analysis.forecast.outlook import outlook
from remit.exploring import Cancel, Rest, Sliders
from remit.ordering import order
from remit.state.errors import InputError
from remit.state.policy import Policy, load
from remit.state.vocabulary import Limit

LIMITS = ("contract_review", "rework_backend")


@dataclass
class Clock:
    """Has done what is due when the test says so."""

    due: dict[int, Callable[[], None]] = field(default_factory=dict[int, Callable[[], None]])
    asked: list[float] = field(default_factory=list[float])

    def later(self, seconds: float, what: Callable[[], None]) -> Cancel:
        number = len(self.asked)
        self.asked.append(seconds)
        self.due[number] = what
        return lambda: void(self.due.pop(number, None))

    def ring(self) -> None:
        for number in list(self.due):
            self.due.pop(number)()


def void(_: object) -> None:
    """Nothing comes of it."""


def with_limits(policy: Policy, **limits: int) -> Policy:
    return policy.model_copy(update={"limits": policy.limits.model_copy(update=limits)})


def texts(svg: str) -> list[str]:
    return ["".join(one.itertext()) for one in ElementTree.fromstring(svg).iter() if one.text]


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def made(clock: Clock) -> Sliders:
    """Sliders of a team that is quickly played and solved."""
    rest = Rest(runs=1_000, later=clock.later)
    return remit.sliders(
        "strict", behaviour="perfect", limits=LIMITS, most=2, seed=3, runs=100, rest=rest
    )


@pytest.fixture
def sliders(made: Sliders, clock: Clock) -> Iterator[Sliders]:
    made.move(contract_review=1, rework_backend=1)
    clock.due.clear()
    yield made
    clock.due.clear()


def test_a_combination_reads_as_a_sample_of_that_policy() -> None:
    wanted = order(policy="strict", behaviour="typical")
    grid = play(wanted, {Limit(name): 2 for name in LIMITS}, runs=60, seed=5)
    assert grid.combinations == 9
    for values in ((0, 0), (2, 1)):
        policy = with_limits(wanted.policy, **dict(zip(LIMITS, values, strict=True)))
        other = order(policy=policy, behaviour="typical")
        sample = next(iter(drawing(other.brief, other.manifest())([other.behaviour], 60, 5)))
        assert grid.at(dict(zip(grid.tops, values, strict=True))) == outlook(sample)


def test_a_move_redraws_and_says_from_how_much(sliders: Sliders) -> None:
    before = sliders.picture()
    sliders.move(rework_backend=0)
    assert sliders.picture() != before
    assert sliders.box.children[-1].value == sliders.picture()
    said = texts(sliders.picture())
    assert "Policy strict, behaviour perfect: rework backend 0" in said
    assert any("the same 100 runs (seed 3)" in one for one in said)
    assert sliders.forecast is None


def test_a_hand_on_the_slider_is_a_move(sliders: Sliders) -> None:
    sliders.box.children[0].value = 2
    assert sliders.values == {"contract_review": 2, "rework_backend": 1}
    assert sliders.policy.limits.contract_review == 2


def test_at_rest_it_is_the_forecast_of_that_policy(sliders: Sliders, clock: Clock) -> None:
    sliders.move(contract_review=2)
    clock.ring()
    plain = remit.forecast(sliders.policy, behaviour="perfect", seed=3, runs=1_000, ranges=False)
    assert sliders.forecast is not None
    assert sliders.forecast.outlook == plain.outlook
    assert any(one.startswith("At rest: exact, from ") for one in texts(sliders.picture()))


def test_moves_in_a_row_come_to_rest_once(sliders: Sliders, clock: Clock) -> None:
    for value in (0, 1, 2):
        sliders.move(rework_backend=value)
    assert len(clock.due) == 1
    assert set(clock.asked) == {0.4}


def test_a_rest_that_comes_too_late_shows_nothing(sliders: Sliders, clock: Clock) -> None:
    sliders.move(rework_backend=2)
    late = next(iter(clock.due.values()))
    sliders.move(rework_backend=0)
    shown = sliders.picture()
    late()
    assert sliders.picture() == shown
    assert sliders.forecast is None


def test_the_policy_they_stand_for_is_a_file(sliders: Sliders) -> None:
    sliders.move(contract_review=0)
    text = sliders.policy.to_toml()
    assert 'name = "strict, moved"' in text
    assert "contract_review = 0" in text


def test_a_policy_that_cannot_be_forecast_is_said_and_not_raised(clock: Clock) -> None:
    closed = with_limits(load("strict"), human_questions=0)
    sliders = remit.sliders(
        closed, behaviour="perfect", limits=["escalations"], most=1, runs=60,
        rest=Rest(runs=1_000, later=clock.later),
    )  # fmt: skip
    sliders.move(escalations=0)
    clock.ring()
    assert "nobody may answer a matter" in sliders.box.children[-1].value


@pytest.mark.parametrize("value", ["text", None, 1.5, True, -1, 3])
def test_a_slider_goes_to_no_place_that_it_does_not_have(sliders: Sliders, value: Any) -> None:
    before = sliders.values
    with pytest.raises(InputError, match=r"sliders: rework_backend: .* whole number from 0 to 2"):
        sliders.move(contract_review=0, rework_backend=value)
    assert sliders.values == before


def test_a_place_where_they_rested_is_not_forecast_again(
    sliders: Sliders, monkeypatch: pytest.MonkeyPatch
) -> None:
    sliders.move(contract_review=0)
    found = sliders.settle()
    monkeypatch.setattr("remit.exploring.made", void)
    sliders.move(contract_review=2)
    sliders.move(contract_review=0)
    assert sliders.settle() is found


def test_what_is_roomier_than_what_was_too_large_to_be_solved_is_not_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("remit.analysis.forecast.making.QUICK_STATES", 10)
    rest = Rest(runs=1_000, later=Clock().later)
    sliders = remit.sliders(
        "strict", behaviour="perfect", limits=LIMITS[:1], most=2, runs=60, rest=rest
    )
    assert "Not solved exactly" in sliders.settle().basis.notes[0]
    sliders.move(contract_review=2)
    assert sliders.settle().basis.notes == ()
    sliders.move(contract_review=0)
    assert "Not solved exactly" in sliders.settle().basis.notes[0]


def test_readers_without_widgets_get_a_picture_and_a_line(sliders: Sliders) -> None:
    shown: Any = sliders
    bundle = shown._repr_mimebundle_()
    assert bundle["text/plain"] == "<sliders over strict: contract_review 1, rework_backend 1>"
    assert bundle["image/svg+xml"] == sliders.picture()
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_a_picture_takes_no_name_for_markup(sliders: Sliders) -> None:
    found = sliders.settle().outlook
    name = "<script>alert(1)</script>\x1b[2J"
    svg = glance(name, name, [(name, found)])
    tags = {one.tag.rpartition("}")[2] for one in ElementTree.fromstring(svg).iter()}
    assert tags == {"svg", "title", "pattern", "path", "rect", "text"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"limits": ["contract_reviews"]}, "did you mean 'contract_review'?"),
        ({"limits": ["human.deadline_hours"]}, "is no limit of a loop.*a study varies all else"),
        ({"limits": []}, "name at least one limit"),
        ({"limits": ["grants", *LIMITS, "change_requests", "escalations"]}, "are more than the"),
        ({"roles": "cto,backend,qa", "limits": ["rework_frontend"]}, "nobody on this team"),
        ({"policy": "unattended", "limits": ["human_questions"]}, "asks no person"),
    ],
)
def test_refuses_what_cannot_have_a_slider(given: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        remit.sliders(**given)


def test_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **named: Any) -> Any:
        if name == "ipywidgets":
            raise ImportError(name)
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError, match=r"^sliders need ipywidgets; .*remit\[notebook\]'$"):
        remit.sliders()


def test_more_combinations_have_fewer_runs_each() -> None:
    few, many = {Limit.GRANTS: 4}, dict.fromkeys(list(Limit)[:4], 4)
    assert runs_of_each(few) == 1_000
    assert runs_of_each(many) == PLAYED // 5**4
