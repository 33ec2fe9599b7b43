"""Replay: a record under other terms, up to the first step that goes another way."""

from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.agents.behaviour import load as load_behaviour
from remit.agents.script import load
from remit.agents.team import simulated
from remit.analysis.handover import Parting, walk
from remit.analysis.replay import Replay, replay
from remit.graph.manifest import compile_manifest
from remit.state.errors import InputError, RemitError
from remit.state.policy import Limits, Policy, shipped
from remit.state.policy import load as load_policy
from remit.state.vocabulary import LOOPS, Limit, Seat, Stage
from tests.runs import Entries, Setting, Told, ordered, policy, told, worked
from tests.test_scripts import SCRIPTS, STORIES

BEHAVIOURS = ("typical", "strong", "weak", "perfect", "worst")
SENT_BACK: Entries = [
    {"qa": "auto"},
    *({"qa": {"stage": "verification", "event": "rework",
              "findings": [{"owner": "backend", "place": place}]}} for place in ("one", "two")),
]  # fmt: skip
"""QA sends Backend's build back twice."""


@cache
def play(behaviour: str, seed: int, base: str = "balanced") -> Told:
    """A simulated run, worked out once."""
    setting = Setting(policy=load_policy(base), seed=seed)
    team = simulated(load_behaviour(behaviour), artifacts=False)
    return Told(ordered(setting, behaviour), *worked(team, setting))


def under(run: Told, base: str = "balanced", /, **tables: Any) -> Replay:
    return replay(run.order, run.journal, policy(base, **tables))


@pytest.mark.parametrize("base", shipped())
@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_a_run_never_parts_from_itself(behaviour: str, base: str) -> None:
    for seed in range(4):
        run = play(behaviour, seed, base)
        found = replay(run.order, run.journal, run.order.policy)
        assert found.same
        assert found.common == len(run.course.handoffs)


@settings(max_examples=25)
@given(
    behaviour=st.sampled_from(BEHAVIOURS),
    seed=st.integers(0, 11),
    more=st.dictionaries(st.sampled_from([one for one in LOOPS if one is not Limit.GRANTS]),
                         st.integers(1, 3), max_size=4),
)  # fmt: skip
def test_larger_limits_part_nothing_before_one_was_reached(
    behaviour: str, seed: int, more: dict[Limit, int]
) -> None:
    run = play(behaviour, seed)
    limits = run.order.policy.limits
    found = under(run, limits={str(one): limits.value(one) + by for one, by in more.items()})  # type: ignore[operator]
    if not found.same:
        at_their_end = [
            row.step for row in run.course.handoffs
            if {one.limit for one in row.reached} & set(more)
            or any(one.used == one.allowed and one.limit in more for one in row.spent)
        ]  # fmt: skip
        assert found.step is not None
        assert found.step >= min(at_their_end)


@settings(max_examples=25)
@given(behaviour=st.sampled_from(BEHAVIOURS), seed=st.integers(0, 11),
       base=st.sampled_from(shipped()), other=st.sampled_from(shipped()))  # fmt: skip
def test_what_is_common_is_what_both_policies_hand_over(
    behaviour: str, seed: int, base: str, other: str
) -> None:
    run = play(behaviour, seed, base)
    found = replay(run.order, run.journal, load_policy(other))
    step = found.step or len(run.course.handoffs) + 1
    before = [one for one in run.journal if one.step < step - 1]
    manifest = compile_manifest(load_policy(other), run.order.brief)
    ways = list(walk(manifest, (), before))
    mine = list(walk(run.order.manifest(), (), before))
    assert all(one.same_way(two) for one, two in zip(ways, mine, strict=True))


def test_one_round_less_parts_where_the_second_was_sent_back() -> None:
    run = told(SENT_BACK, Setting())
    found = under(run, limits={"rework_backend": 1})
    assert (found.seq, found.parting) == (15, Parting.ROUTE)
    assert found.recorded
    assert found.instead
    assert found.recorded.rows[0].rule == "rework.backend"
    assert [(row.stage, row.seat) for row in found.instead.rows] == [(Stage.ACCEPTANCE, Seat.CTO)]
    assert found.instead.rows[0].clause == "at_limit.rework_backend"


def test_another_end_is_another_way() -> None:
    run = told(SENT_BACK, Setting())
    found = under(run, limits={"rework_backend": 1}, at_limit={"rework_backend": "stop"})
    assert found.instead
    assert found.instead.ends
    assert found.instead.ended_by is Limit.REWORK_BACKEND
    assert "the run ends: stopped_by_policy" in found.text()


@pytest.mark.parametrize("at", ["stop", "escalate"])
def test_the_same_stage_for_another_limit_is_another_way(at: str) -> None:
    """The same finding twice: it meets the limit of progress, or that of rework."""
    twice: Entries = [SENT_BACK[0], SENT_BACK[1], SENT_BACK[1]]
    ends = {"no_progress": at, "rework_backend": at}
    stuck = policy(limits={"no_progress": 0}, at_limit=ends)
    found = under(told(twice, Setting(policy=stuck)), limits={"rework_backend": 1}, at_limit=ends)
    assert found.parting is Parting.ROUTE
    assert found.recorded
    assert found.instead
    assert [found.recorded.rows[0].rule, found.instead.rows[0].rule] == [
        f"no_progress.backend.{_AT[at]}", f"rework.backend.{_AT[at]}"
    ]  # fmt: skip
    assert found.recorded.rows[0].stage is found.instead.rows[0].stage


_AT = {"stop": "stop", "escalate": "open"}


def test_another_authority_is_another_way() -> None:
    asks: Entries = [{"pm": {"event": "question", "questions": ["what is a day?"]}}]
    found = under(told(asks, Setting()), authority={"role": "human"})
    assert found.parting is Parting.ROUTE
    assert found.instead
    assert found.instead.rows[0].to is Seat.HUMAN


def test_other_answers_on_offer_part_too() -> None:
    """Whoever could answer otherwise might have: nothing beyond can be said."""
    none: dict[str, Any] = {"rework_backend": 0}
    ask = {"rework_backend": "escalate"}
    run = told(SENT_BACK[:2], Setting(policy=policy(limits=none, at_limit=ask)))
    found = under(run, limits={**none, "grants": 0}, at_limit=ask)
    assert found.parting is Parting.OFFERS
    assert "cto could not answer grant" in found.text()


def test_a_matter_about_another_change_is_another_way() -> None:
    """A change that comes back is admitted once more, or ships as debt beside one of scope."""
    colour = {"target": "contract", "change": "add colour"}
    size = {"target": "scope", "change": "add size"}
    asks: Entries = [
        {"frontend": "auto"},
        {"frontend": {"stage": "build", "event": "change", "requests": [colour]}},
        {"cto": "auto"},
        {"cto": {"stage": "change_control", "event": "reject"}},
        {"qa": "auto"},
        {"qa": {"stage": "verification", "event": "change", "requests": [colour, size]}},
        {"human": {"stage": "human", "event": "approve", "approved": ["contract"]}},
    ]
    found = under(
        told(asks, Setting()), limits={"no_progress": 0}, at_limit={"no_progress": "waive"}
    )
    assert (found.seq, found.parting) == (14, Parting.ROUTE)
    assert "(ruling on contract and scope) is put to human" in " ".join(found.text().split())
    assert "(ruling on scope) is put to human" in " ".join(found.text().split())


@pytest.mark.parametrize("name", STORIES)
def test_what_was_answered_is_on_offer_for_as_long_as_the_ways_are_one(name: str) -> None:
    """`take` would raise where it is not; each limit is moved by one, and each policy is tried."""
    story = STORIES[name]
    terms = policy(**story.changes)
    run = told(load(SCRIPTS / f"{name}.yaml"), Setting(policy=terms, brief=story.brief))
    others = [load_policy("strict")]
    for limit in LOOPS:
        value = terms.limits.value(limit)
        for one in () if value is None else {max(0, value - 1), value + 1}:
            limits = terms.limits.model_copy(update={str(limit): one})
            others.append(terms.model_copy(update={"limits": limits}))
    found = [replay(run.order, run.journal, other) for other in others]
    assert [one.seq for one in found if not one.same and one.instead is None] == []


def test_a_handover_is_told_as_sender_and_receiver() -> None:
    found = under(told(SENT_BACK, Setting()), limits={"rework_backend": 1})
    assert "recorded            qa → backend: build, mode build; rework: Backend" in found.text()
    assert "instead             qa → cto: acceptance, mode audit; " in found.text()
    assert "→ build" not in found.text()


def test_a_run_that_waits_is_replayed_as_far_as_it_is_recorded() -> None:
    run = told(SENT_BACK, Setting())
    found = replay(run.order, run.journal[:5], run.order.policy)
    assert found.same
    assert found.end
    assert found.end.rows[0].stage is Stage.CONTRACT_REVIEW


def test_a_policy_that_could_never_ship_is_refused() -> None:
    run = told([], Setting(roles=(Seat.CTO, Seat.PM, Seat.BACKEND)))
    with pytest.raises(InputError, match=r"missing\.qa: a person must judge"):
        replay(run.order, run.journal, _nobody(policy("unattended")))


def _nobody(terms: Policy) -> Policy:
    return terms.model_copy(update={"missing": terms.missing.model_copy(update={"qa": "human"})})


def test_a_journal_of_another_run_is_no_parting() -> None:
    run = told(SENT_BACK, Setting())
    with pytest.raises(RemitError, match="out of order"):
        replay(run.order, run.journal[1:], run.order.policy)


@pytest.mark.parametrize("limit", list(Limits.model_fields))
def test_every_limit_can_be_moved_and_says_something(limit: str) -> None:
    run = play("worst", 1)
    found = under(run, limits={limit: 14})
    assert found.text().startswith("replay under policy balanced: it ")
    assert max(map(len, found.text().splitlines())) <= 80
    assert found.to_json()["same"] is found.same
