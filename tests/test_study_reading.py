"""A study file is read whole, and everything that is wrong with it is said before it starts."""

from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.agents.behaviour import load as load_behaviour
from remit.analysis.study import reading
from remit.analysis.study.factors import applied, keys
from remit.analysis.study.reading import NAMES, StudyFile, load, parse
from remit.analysis.study.terms import meaning, with_key
from remit.state.errors import InputError
from remit.state.policy import load as load_policy
from tests.studies import SMALL

HEAD = 'title = "T"\n'
ONE = "[factors]\nlimits.change_requests = [0, 2]\n"
LIST = HEAD + 'design = "list"\n[factors]\nlimits.grants = { low = 0, high = 5 }\n'
GAP = "behaviour.find.contract_review.qa.contract_gap"

WRONG = {
    "unknown factor": (
        HEAD + "[factors]\nlimits.change_request = [1]\n",
        "s.toml:3: factors.limits.change_request: there is no such factor; "
        "did you mean 'limits.change_requests'?",
    ),
    "the last part of a name": (
        HEAD + "[factors]\nchange_requests = [1]\n",
        "s.toml:3: factors.change_requests: there is no such factor; "
        "did you mean 'limits.change_requests'?",
    ),
    "a table that is misspelt": (
        HEAD + "[factors]\nlimit.contract_review = [1]\n",
        "s.toml:3: factors.limit.contract_review: there is no such factor; "
        "did you mean 'limits.contract_review'?",
    ),
    "a misspelt table below the behaviour": (
        HEAD + "[factors]\nbehaviour.fnd.again = [0.5]\n",
        "s.toml:3: factors.behaviour.fnd.again: there is no such factor; "
        "did you mean 'behaviour.find.again'?",
    ),
    "no values": (
        HEAD + "[factors]\nlimits.grants = []\n",
        "s.toml:3: factors.limits.grants: write a list of at least one value, "
        "or { low = …, high = … }",
    ),
    "nothing varied": (
        HEAD,
        "s.toml: factors: nothing is varied, so there is nothing to compare; name a factor",
    ),
    "a value twice": (
        HEAD + "[factors]\nlimits.grants = [1, 1]\n",
        "s.toml:3: factors.limits.grants: names a value twice; leave one out",
    ),
    "a value that is not allowed": (
        HEAD + "[factors]\nlimits.handoffs = [1, 50]\n",
        "s.toml: point 0 (limits.handoffs = 1): limits.handoffs: write a whole number from 12 "
        "to 1000000, not 1",
    ),
    "a probability over one": (
        HEAD + f"[factors]\n{GAP} = [0.1, 2]\n",
        f"s.toml: point 1 ({GAP} = 2): {GAP}: '2': write a number from 0 to 1",
    ),
    "a range in a grid": (
        HEAD + "[factors]\nlimits.grants = { low = 0, high = 3 }\n",
        "s.toml:3: factors.limits.grants: a grid needs values; list some, or choose another design",
    ),
    "a range upside down": (
        HEAD + 'design = "sobol"\npoints = 4\n[factors]\nlimits.grants = { low = 3, high = 0 }\n',
        "s.toml:5: factors.limits.grants: low 3 is not below high 0; exchange or change them",
    ),
    "too many points": (
        HEAD
        + "[factors]\n"
        + "".join(
            f"limits.{name} = {[*range(10)]}\n"
            for name in ("grants", "escalations", "no_progress", "change_requests")
        ),
        "s.toml:2: factors: make 10,000 points, which is over 2,000; leave out values, or take "
        'design = "sobol" with some points',
    ),
    "too much to keep": (
        HEAD + "replicates = 1000000\n[factors]\n" + f"limits.grants = {[*range(50)]}\n",
        "s.toml:2: replicates: 50 points of 1,000,000 runs keep 250,000,000 numbers, "
        "which take about 11 GB of memory; at most 50,000,000 are allowed: take fewer points, runs "
        "or responses",
    ),
    "an answer of no level": (
        HEAD + ONE + '[answers."limits.change_requests"]\n3 = "three"\n',
        "s.toml: answers.limits.change_requests.3: is no level; known: 0, 2",
    ),
    "no number of points": (
        HEAD + 'design = "sobol"\n' + ONE,
        "s.toml: points: design sobol takes a number of points",
    ),
    "a share over one": (
        HEAD + ONE + "[constraints]\nships_clean = { at_least = 60 }\n",
        "s.toml:5: constraints.ships_clean: 60 is no share; write 0 to 1",
    ),
    "two objectives": (
        HEAD + ONE + '[objective]\nminimise = "cost"\nmaximise = "ships"\n',
        "s.toml:4: objective: wants two things; give minimise or maximise, and bound the other",
    ),
    "an unknown level": (
        HEAD + 'design = "list"\n' + ONE + "[[point]]\nlimits.change_requests = 1\n",
        "s.toml:6: point.0.limits.change_requests: '1' is no level; known: 0, 2",
    ),
    "a point outside its range": (
        LIST + "[[point]]\nlimits.grants = 1\n[[point]]\nlimits.grants = 7\n",
        "s.toml:8: point.1.limits.grants: '7' is outside the range of the factor; write a whole "
        "number from 0 to 5",
    ),
    "a point that is no number": (
        LIST + "[[point]]\nlimits.grants = nan\n",
        "s.toml:6: point.0.limits.grants: 'NaN' is outside the range of the factor; write a whole "
        "number from 0 to 5",
    ),
    "the same point twice": (
        LIST + "[[point]]\nlimits.grants = 1\n" * 2,
        "s.toml:7: point.1: is the same as point 0; leave one out",
    ),
    "a front of one response": (
        HEAD + 'front = ["cost"]\n' + ONE,
        "s.toml:2: front: weighs responses against each other; name two or more that differ",
    ),
    "a policy that does not exist": (
        HEAD + 'policy = "ballanced"\n' + ONE,
        "s.toml:2: policy: policy 'ballanced': no such policy or file; did you mean 'balanced'?",
    ),
    "an unknown response": (
        HEAD + 'responses = ["costs"]\n' + ONE,
        "s.toml:2: responses.0: there is no 'costs'; did you mean 'cost'?",
    ),
    "no response": (
        HEAD + "responses = []\n" + ONE,
        "s.toml:2: responses: name at least one, or leave the key out",
    ),
    "an unknown key": (
        HEAD + "replicate = 5\n" + ONE,
        "s.toml:2: replicate: unknown key; did you mean 'replicates'?",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_says_what_is_wrong_and_where(name: str) -> None:
    text, said = WRONG[name]
    with pytest.raises(InputError) as caught:
        parse(text, "s.toml")
    assert caught.value.problems == (said,)


def test_every_problem_is_named_at_once() -> None:
    text = HEAD + "[factors]\nlimits.grant = [1]\nlimits.handoffs = []\n"
    text += "[constraints]\nships = { at_least = 2 }\n"
    with pytest.raises(InputError) as caught:
        parse(text, "s.toml")
    assert [one.split(":")[1] for one in caught.value.problems] == ["6", "3", "4"]


def test_every_problem_of_every_kind_is_named_at_once_and_none_that_follows_from_another() -> None:
    text = """policy = "ballanced"
brief = "invoicin"
responses = ["cots", "ships_clean"]
front = ["cost", "shps"]
replicates = "many"
most = 10
[factors]
limits.grant = [1]
limits.handoffs = [20, 50]
[constraints]
ships_clean = { at_least = 90 }
ships = { at_most = "low" }
hors = { at_most = 1 }
[objective]
minimise = "cost"
maximise = "ships"
"""
    with pytest.raises(InputError) as caught:
        parse(text, "s.toml")
    lines = {one.split(":")[1] for one in caught.value.problems}
    assert lines == {" title", *map(str, (1, 2, 3, 4, 5, 8, 11, 12, 13, 14))}
    assert len(caught.value.problems) == len(lines)


def test_points_are_checked_beside_an_unknown_response() -> None:
    text = HEAD + 'responses = ["cots"]\n[factors]\nlimits.grants = { low = 0, high = 3 }\n'
    text += '[answers.limits]\nx = "y"\n'
    with pytest.raises(InputError) as caught:
        parse(text, "s.toml")
    assert [one.split(":")[1] for one in caught.value.problems] == ["2", "5", "4"]


ANYTHING = st.one_of(
    st.integers(-1, 3), st.sampled_from(["cost", "x", "list", "", None]),
    st.lists(st.sampled_from(["cost", "ships", "x", 3, {"limits": {"grants": 1}}]), max_size=3),
    st.dictionaries(
        st.sampled_from(["cost", "ships", "minimise", "x"]),
        st.sampled_from(["cost", 3, {"at_most": 1}, {"at_most": "x"}, ["x"]]),
        max_size=3,
    ),
)  # fmt: skip
GOOD = st.just({"limits": {"grants": [0, 1]}})


@given(
    st.fixed_dictionaries(
        {"factors": GOOD | ANYTHING},
        optional={name: ANYTHING for name in {*StudyFile.model_fields, "unknown"} - {"factors"}},
    )
)
@settings(max_examples=150, deadline=None)
def test_whatever_is_wrong_is_said_and_never_breaks_the_reading(table: Mapping[str, Any]) -> None:
    with patch.object(reading, "parse_toml", return_value=dict(table)), suppress(InputError):
        parse("", "s.toml")


def test_a_policy_that_could_never_ship_is_refused_before_anything_runs() -> None:
    text = HEAD + 'roles = "cto,pm,uiux,frontend,security,qa"\n[factors]\nhuman.present = [false]\n'
    with pytest.raises(InputError, match="human"):
        parse(text, "s.toml")


def test_a_grid_is_every_combination_in_the_order_of_the_file() -> None:
    text = SMALL + 'at_limit.change_requests = ["escalate", "freeze"]\n'
    points = parse(text, "s.toml").points
    assert [one.name for one in points] == [
        "0 / escalate", "0 / freeze", "2 / escalate", "2 / freeze",
    ]  # fmt: skip
    assert [one.policy.limits.change_requests for one in points] == [0, 0, 2, 2]


@pytest.mark.parametrize("design", ["latin_hypercube", "sobol"])
def test_a_design_that_fills_space_is_the_same_for_the_same_seed(design: str) -> None:
    text = HEAD + f'design = "{design}"\npoints = 8\nseed = 7\n[factors]\n'
    text += "limits.change_requests = { low = 0, high = 3 }\n"
    text += "behaviour.find.again = { low = 0.25, high = 0.75 }\n"
    once, again = (parse(text, "s.toml").points for _ in range(2))
    assert once == again
    limits = sorted(one.policy.limits.change_requests or 0 for one in once)
    assert limits == [0, 0, 1, 1, 2, 2, 3, 3]
    assert all(25 * 10**7 <= one.behaviour.chance("find.again") <= 75 * 10**7 for one in once)


def test_a_level_can_set_several_things_under_a_name() -> None:
    text = HEAD + "[factors.review.levels.none]\nlimits.contract_review = 0\n"
    text += f"{GAP} = 0\n[factors.review.levels]\nusual = {{}}\n"
    none, usual = parse(text, "s.toml").points
    path = GAP.removeprefix("behaviour.")
    assert (none.policy.limits.contract_review, none.behaviour.chance(path)) == (0, 0)
    assert usual.policy == load_policy("balanced")
    assert usual.behaviour == load_behaviour("typical")


def test_whole_policies_and_behaviours_can_be_compared() -> None:
    text = HEAD + '[factors]\npolicy = ["balanced", "strict"]\nbehaviour = ["weak"]\n'
    points = parse(text, "s.toml").points
    assert [one.policy.name for one in points] == ["balanced", "strict"]
    assert {one.behaviour.name for one in points} == {"weak"}


def test_a_value_is_kept_in_the_unit_of_its_behaviour() -> None:
    policy, behaviour = load_policy("balanced"), load_behaviour("typical")
    sets = {"behaviour.human.delay": Decimal("1.5"), "limits.dollars": Decimal("3.25")}
    policy, behaviour = applied(policy, behaviour, sets, "here")
    assert behaviour.amount("human.delay") == 5_400
    assert policy.limits.dollars_micros == 3_250_000


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_study_is_good_and_its_title_is_a_question(name: str) -> None:
    study = load(name)
    assert study.title.endswith("?")
    assert study.about
    assert study.name == name
    assert 2 <= len(study.points) <= 16


def test_every_key_that_can_vary_has_a_meaning_of_its_own() -> None:
    known = [key for key in keys(load_policy("balanced")) if "." in key]
    meanings = [*map(meaning, known)]
    assert [one for one in meanings if "." in one or "_" in one or "{" in one] == []
    assert len(set(meanings)) == len(known)
    assert meaning("behaviour.human.silence") == "chance that a person stays silent"
    assert (meaning("my_factor"), with_key("review")) == ("my factor", "review")
