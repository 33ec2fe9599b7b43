"""No run writes more rows than the bound that is printed before it."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.analysis.safety import rows
from remit.graph.bound import bound
from remit.graph.manifest import Manifest, straight_handoffs
from remit.state.errors import InputError
from remit.state.policy import load, shipped
from remit.state.vocabulary import LOOPS, EventKind, Limit
from tests.runs import Entries, Setting, played, policy, scripted
from tests.walks import limited, manifests, walk, whole_team

STUBBORN = (
    (EventKind.CHANGE, EventKind.APPROVE, EventKind.GRANT),
    (EventKind.QUESTION, EventKind.REFER, EventKind.ANSWER),
    (EventKind.REWORK, EventKind.GRANT, EventKind.WAIVE),
    (EventKind.CHANGE, EventKind.REFER, EventKind.REJECT, EventKind.QUESTION),
)


@given(manifest=manifests(), seed=st.integers(0, 2**32), prefer=st.sampled_from(STUBBORN))
def test_no_run_is_longer_than_the_bound(
    manifest: Manifest, seed: int, prefer: tuple[EventKind, ...]
) -> None:
    """Safety property 1, with teams that do their best to go on for ever."""
    finite = limited(manifest, {limit: max(0, manifest.limit(limit)) for limit in LOOPS})
    rng = random.Random(seed)
    assert rows(finite, walk(finite, rng, prefer=prefer)) <= bound(finite)
    assert rows(finite, walk(finite, rng)) <= bound(finite)


@pytest.mark.parametrize("name", shipped())
@pytest.mark.parametrize("behaviour", ["typical", "worst"])
def test_simulated_runs_stay_within_the_bound(name: str, behaviour: str) -> None:
    for seed in range(6):
        course = played(behaviour, Setting(policy=load(name), seed=seed))
        assert len(course.handoffs) <= bound(course.manifest)


def test_the_bound_of_no_loops_at_all_is_the_straight_way_and_its_end() -> None:
    none = whole_team(dict.fromkeys(LOOPS, 0), release=1)
    course = walk(none, random.Random(0), prefer=(EventKind.DELIVER, EventKind.ACCEPT,
                                                  EventKind.APPROVE))  # fmt: skip
    assert rows(none, course) == straight_handoffs(none) + 1 <= bound(none)


@pytest.mark.parametrize("limit", [limit for limit in LOOPS if limit is not Limit.NO_PROGRESS])
def test_more_room_never_lowers_the_bound(limit: Limit) -> None:
    ones = dict.fromkeys(LOOPS, 1)
    wide = replace(whole_team(ones), budgets=(10**6, None, None, None))
    assert bound(limited(wide, {limit: 2})) > bound(wide)


def test_unlimited_loops_are_bounded_by_the_handoffs() -> None:
    """Handoffs can never be unlimited."""
    manifest = whole_team({limit: 1 if limit is Limit.GRANTS else -1 for limit in LOOPS})
    most = bound(manifest)
    assert 200 + 10 < most < 230
    assert bound(replace(manifest, budgets=(201, None, None, None))) == most + 1


def test_a_team_that_never_agrees_is_stopped_by_the_handoffs() -> None:
    loops = {name: "unlimited" for name in ("rework_backend", "no_progress", "human_questions")}
    terms = policy(limits={**loops, "handoffs": 40, "grants": 2, "escalations": 9},
                   grant_step={"handoffs": 3})  # fmt: skip
    grant = {"cto": {"stage": "arbitration", "event": "grant"}}
    entries: Entries = [{"qa": "auto"}, *[{"qa": "rework"}] * 60, {"cto": "auto"}, grant, grant,
               {"cto": {"stage": "arbitration", "event": "stop"}}]  # fmt: skip
    course = scripted(entries, Setting(policy=terms))
    work = [row for row in course.handoffs if row.to and row.stage != "arbitration"]
    assert len(work) <= 40 + 2 * 3
    assert len(course.ledger.grants) == 2
    assert len(course.handoffs) <= bound(course.manifest)


def test_where_nothing_is_finite_there_is_no_bound() -> None:
    endless = replace(whole_team(dict.fromkeys(LOOPS, -1)), grants=-1)
    with pytest.raises(InputError, match=r"limits\.grants"):
        bound(endless)
    unbounded = replace(whole_team(dict.fromkeys(LOOPS, -1)), budgets=(None,) * 4, grants=1)
    with pytest.raises(InputError):
        bound(unbounded)
