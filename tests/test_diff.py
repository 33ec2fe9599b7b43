"""Two runs side by side: the first step that differs, and the planted difference behind it."""

from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.agents.behaviour import load as load_behaviour
from remit.agents.draws import BILLION
from remit.analysis.cause import Side
from remit.analysis.diff import Diff, diff
from remit.analysis.handover import Parting
from remit.analysis.terms import TermKind, taken, terms
from remit.graph.clerk import MemoryClerk
from remit.graph.fold import begin
from remit.graph.loop import run_loop
from remit.graph.order import HumanMode, Order
from remit.graph.runner import team_for
from remit.graph.session import Session
from remit.state.brief import ExternalAction
from remit.state.policy import shipped
from remit.state.vocabulary import Mode, Seat
from tests.desks import BRIEF
from tests.runs import head, policy

PERFECT = load_behaviour("perfect")
BUG, COST = "make.first.backend_bug", "work.cto.plan.dollars"
BUGGY = PERFECT.varied(BUG, BILLION)
PLAIN = Order(brief=BRIEF, policy=policy(), behaviour=PERFECT)
SENT_BACK = """
- qa: auto
- qa: {stage: verification, event: rework, findings: [{owner: backend, place: one}]}
- qa: {stage: verification, event: rework, findings: [{owner: backend, place: two}]}
"""
SCRIPTED = replace(PLAIN, script=SENT_BACK)
DEPLOYS = BRIEF.model_copy(
    update={"external_actions": (ExternalAction(kind="deploy", target="the clinic"),)}
)
UNDECIDED = BRIEF.model_copy(update={"delivery_mode": "scale", "tenancy": None})
NOT_UNDECIDED = BRIEF.model_copy(update={"delivery_mode": "scale"})


@cache
def _worked(seed: int, behaviour: str, base: str) -> Side:
    return side(replace(PLAIN, seed=seed, behaviour=load_behaviour(behaviour), policy=policy(base)))


def side(order: Order, name: str = "one") -> Side:
    """A run of an order, made in memory."""
    manifest, clerk = order.manifest(), MemoryClerk()
    session = Session(
        course=begin(manifest, order.subject), team=team_for(order), brief=order.brief,
        seed=order.seed, clerk=clerk, manifest_json=manifest.to_json(),
    )  # fmt: skip
    run_loop(session)
    return Side(id=name, order=order, journal=tuple(clerk.entries), version="1",
                head=head(session.course), read=clerk.content)  # fmt: skip


def compared(first: Order, second: Order) -> Diff:
    return diff(side(first), side(second, "two"))


def limited(**tables: Any) -> Order:
    return replace(SCRIPTED, policy=policy(**tables))


PLANTED: dict[str, tuple[Order, Order, TermKind, tuple[str, ...], bool]] = {
    "policy": (SCRIPTED, limited(limits={"rework_backend": 1}),
               TermKind.POLICY, ("limits.rework_backend",), True),
    "policy_and_more": (SCRIPTED, limited(limits={"rework_backend": 1, "contract_review": 7}),
                        TermKind.POLICY, ("limits.rework_backend",), True),
    "policy_together": (
        SCRIPTED, limited(limits={"rework_backend": 1}, at_limit={"rework_backend": "stop"}),
        TermKind.POLICY, (), True),
    "either_policy_key": (
        SCRIPTED, limited(limits={"rework_backend": 0, "handoffs": 12}, at_limit={"budget": "stop",
                          "rework_backend": "stop"}), TermKind.POLICY, (), True),
    "behaviour": (PLAIN, replace(PLAIN, behaviour=BUGGY), TermKind.BEHAVIOUR, (BUG,), False),
    "behaviour_and_more": (PLAIN, replace(PLAIN, behaviour=BUGGY.varied(COST, 7)),
                           TermKind.BEHAVIOUR, (BUG,), False),
    "brief": (PLAIN, replace(PLAIN, brief=DEPLOYS), TermKind.BRIEF, (), True),
    "brief_for_the_team": (replace(PLAIN, brief=NOT_UNDECIDED), replace(PLAIN, brief=UNDECIDED),
                           TermKind.BRIEF, (), False),
    "team": (PLAIN, replace(PLAIN, roles=tuple(one for one in PLAIN.roles if one != "uiux")),
             TermKind.TEAM, (), True),
    "script": (PLAIN, SCRIPTED, TermKind.SCRIPT, (), False),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTED)
def test_the_cause_is_the_planted_difference(name: str) -> None:
    first, second, kind, keys, by_rules = PLANTED[name]
    found = compared(first, second)
    assert [(one.kind, one.keys, one.by_rules) for one in found.causes] == [(kind, keys, by_rules)]
    assert str(kind) in found.text()
    assert max(map(len, found.text().splitlines())) <= 80


@pytest.mark.parametrize("name", PLANTED)
def test_the_other_way_round_it_is_the_same_cause(name: str) -> None:
    first, second, kind, _, _ = PLANTED[name]
    there, back = compared(first, second), compared(second, first)
    assert (there.common, there.parting) == (back.common, back.parting)
    assert there.first.handover == back.second.handover
    assert there.words == back.words
    assert [one.kind for one in back.causes] == [kind]


def test_luck_is_named_where_only_the_seed_differs() -> None:
    by_luck = [diff(_worked(0, "typical", "balanced"), _worked(seed, "typical", "balanced"))
               for seed in range(1, 6)]  # fmt: skip
    parted = [one for one in by_luck if one.parted]
    assert parted
    for one in parted:
        assert [cause.kind for cause in one.causes] == [TermKind.SEED]
        assert not one.causes[0].by_rules
        assert "luck (the seed)" in one.text()


def test_of_a_policy_and_luck_the_one_that_matters_is_named() -> None:
    """The scripted answers are the same whatever the seed is."""
    second = replace(limited(limits={"rework_backend": 1}), seed=9)
    found = compared(SCRIPTED, second)
    assert [cause.kind for cause in found.causes] == [TermKind.POLICY]
    assert {term.kind for term in found.terms} == {TermKind.POLICY, TermKind.SEED}
    assert (found.seq, found.parting) == (15, Parting.ROUTE)


POLICY_AND_BUG = (PLAIN, replace(
    PLAIN, behaviour=BUGGY.varied(COST, 7), seed=9,
    policy=policy(limits={"rework_backend": 0, "contract_review": 7},
                  at_limit={"rework_backend": "stop"})))  # fmt: skip
"""The bug that the one team makes must be met by the limit of the other's policy."""


def test_of_several_kinds_the_terms_that_only_act_together_are_named() -> None:
    found = compared(*POLICY_AND_BUG)
    assert (found.causes, found.unexplained) == ((), "")
    assert found.together
    assert set(found.together.terms) == {
        (TermKind.POLICY, "limits.rework_backend"),
        (TermKind.POLICY, "at_limit.rework_backend"),
        (TermKind.BEHAVIOUR, BUG),
    }
    assert (found.together.bare, found.together.by_rules) == (True, False)
    assert "only all 3 together" in " ".join(found.text().split())
    told = found.to_json()["together"]
    assert {"kind": "behaviour", "key": BUG} in told["terms"]
    assert "the team, simulated again" in told["text"]


def test_of_keys_that_only_act_together_no_more_are_named_than_it_takes() -> None:
    more = {"rework_backend": 1, "contract_review": 7, "escalations": 8}
    found = compared(SCRIPTED, limited(limits=more, at_limit={"rework_backend": "stop"}))
    (cause,) = found.causes
    assert cause.keys == ()
    assert cause.together == ("limits.rework_backend", "at_limit.rework_backend")
    assert cause.bare
    assert "at_limit.rework_backend (only both together)" in " ".join(found.text().split())


def test_where_the_search_is_cut_short_it_says_that_fewer_may_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("remit.analysis.cause.STEPS", 20)
    more = {"rework_backend": 1, "contract_review": 7, "escalations": 8}
    found = compared(SCRIPTED, limited(limits=more, at_limit={"rework_backend": "stop"}))
    (cause,) = found.causes
    assert not cause.bare
    assert {"limits.rework_backend", "at_limit.rework_backend"} <= set(cause.together)
    assert "together, perhaps fewer of them" in cause.text


def test_traits_of_a_team_that_only_act_together_are_named() -> None:
    """A bug that the tests cannot find and the CTO does."""
    both = BUGGY.varied("find.verification.qa.backend_bug", 0).varied(COST, 7)
    found = compared(PLAIN, replace(PLAIN, behaviour=both))
    (cause,) = found.causes
    assert (cause.keys, cause.by_rules) == ((), False)
    assert set(cause.together) == {BUG, "find.verification.qa.backend_bug"}


def test_both_runs_say_what_they_took_and_owe() -> None:
    found = compared(SCRIPTED, limited(limits={"rework_backend": 1}))
    first, second = found.first.took, found.second.took
    assert (first.rework, first.debts) == (2, 0)
    assert (second.rework, second.debts) == (1, 1)
    assert second.handoffs < first.handoffs
    lines = [said for label, said in found.lines() if label == "  took"]
    assert lines == [str(first), str(second)]
    assert lines[1].endswith("1 rework, 1 known debt")
    assert found.to_json()["second"]["took"]["debts"] == 1


def test_two_runs_that_go_one_way_still_say_what_each_took() -> None:
    found = compared(PLAIN, replace(PLAIN, behaviour=PERFECT.varied(COST, 7)))
    assert [label for label, _ in found.lines() if "took" in label] == ["one took", "two took"]
    assert "they took" in compared(PLAIN, PLAIN).text()


def test_what_only_the_reports_differ_in_is_said_to_send_nobody_elsewhere() -> None:
    second = replace(limited(limits={"rework_backend": 1}), behaviour=PERFECT.varied(COST, 7))
    told = dict(compared(SCRIPTED, second).lines())
    assert told["same way"] == "the first 14 handoffs"
    assert told["reports differ"].startswith("first at handoff 1, cto: ")
    assert told["reports differ"].endswith("; that sent nobody elsewhere")
    assert "in common" not in told


def test_a_report_that_did_send_somebody_elsewhere_is_told_once() -> None:
    found = compared(PLAIN, SCRIPTED)
    assert found.words
    assert found.contents
    assert found.words.at == found.contents.at
    assert [label for label, _ in found.lines() if "differ" in label] == ["answers differ"]


def test_a_budget_that_one_report_broke_is_not_said_to_send_nobody_elsewhere() -> None:
    """What the CTO's plan costs is no word that routing hears, and it ends the run."""
    dear, little = PERFECT.varied(COST, 10**9), policy(at_limit={"budget": "stop"})
    found = compared(*(replace(PLAIN, behaviour=one, policy=little) for one in (PERFECT, dear)))
    assert found.parted
    assert "what it cost" in dict(found.lines())["reports differ"]
    assert "sent nobody elsewhere" not in " ".join(found.text().split())


@pytest.mark.parametrize("width", [40, 60, 80])
def test_two_long_names_leave_room_for_where_the_runs_part(width: int) -> None:
    first, second = (replace(side(one), id=letter * 64)
                     for one, letter in ((PLAIN, "a"), (SCRIPTED, "b")))  # fmt: skip
    found = diff(first, second)
    assert f"part at handoff {found.seq}" in " ".join(found.text(width).split())


def test_of_several_kinds_the_rules_alone_settle_what_they_can() -> None:
    """Who stands in for a role matters only where the role is absent, and it is absent here."""
    without = tuple(seat for seat in PLAIN.roles if seat is not Seat.QA)
    standing_in = policy(missing={"qa": "waive"})
    found = compared(PLAIN, replace(PLAIN, roles=without, policy=standing_in))
    assert found.together
    assert found.together.by_rules
    assert {key for _, key in found.together.terms} == {"missing.qa", ""}
    assert "who is on the team" in found.text()


def test_where_the_reports_first_differ_comes_before_where_the_ways_part() -> None:
    places = (SENT_BACK, SENT_BACK.replace("place: one", "place: other"))
    found = compared(*(replace(PLAIN, script=one) for one in places))
    assert not found.parted
    assert not found.same
    assert found.words
    assert (found.words.seat, found.words.what) == (Seat.QA, "its findings")


def test_the_same_run_twice_is_said_to_be_the_same() -> None:
    found = compared(PLAIN, PLAIN)
    assert found.same
    assert found.terms == ()
    assert (found.words, found.contents) == (None, None)
    assert "chain heads         the same" in found.text()


def test_the_same_way_with_other_costs_is_not_the_same_record() -> None:
    found = compared(PLAIN, replace(PLAIN, behaviour=PERFECT.varied(COST, 7)))
    assert not found.parted
    assert not found.same
    assert found.words is None
    assert found.contents
    assert "what it cost" in str(found.contents)


def test_other_answers_on_offer_are_told_as_such() -> None:
    terms_ = {"limits": {"rework_backend": 0}, "at_limit": {"rework_backend": "escalate"}}
    less = {**terms_, "limits": {"rework_backend": 0, "grants": 0}}
    found = compared(limited(**terms_), limited(**less))
    assert found.parting is Parting.OFFERS
    assert found.causes[0].keys == ("limits.grants",)
    assert "cto could not answer grant" in found.text()


def test_different_teams_part_before_the_first_report() -> None:
    found = compared(PLAIN, replace(PLAIN, roles=(Seat.BACKEND,), mode=Mode.DESIGN))
    assert found.common == 0
    assert found.title == "one and two part before the first report"
    assert [one.kind for one in found.causes] == [TermKind.TEAM]


def test_a_run_that_goes_no_further_has_not_parted_for_a_reason() -> None:
    whole = side(PLAIN)
    found = diff(whole, replace(whole, id="two", journal=whole.journal[:4]))
    assert (found.causes, found.parted, found.same) == ((), False, False)
    assert found.title == "one and two go the same way as far as two is recorded"
    assert "two                 is recorded no further" in found.text()


def test_what_a_function_answered_cannot_be_computed() -> None:
    first, second = side(PLAIN), side(SCRIPTED, "two")
    sides = [replace(one, order=replace(PLAIN, functions=(Seat.QA,))) for one in (first, second)]
    found = diff(*sides)
    assert found.unexplained == "what qa answered came from outside and cannot be computed"


def test_what_a_person_answered_cannot_be_computed() -> None:
    asks = "- pm: {event: question, questions: [{text: how long is a day, to: human}]}\n"
    told = [replace(PLAIN, script=f"{asks}- human: {event}\n") for event in ("answer", "stop")]
    sides = [
        replace(side(one), order=replace(one, script=asks, human=HumanMode.WAIT)) for one in told
    ]
    assert diff(*sides).unexplained.startswith("what human answered came from outside")


def test_a_record_that_does_not_come_out_again_is_not_explained() -> None:
    """Neither script is in the orders any more: somebody else made these answers."""
    first, second = side(PLAIN), side(SCRIPTED, "two")
    found = diff(replace(second, order=PLAIN), replace(first, order=PLAIN))
    assert found.unexplained == "two does not come out the same when it is simulated again"


@settings(max_examples=settings().max_examples // 10)
@given(
    runs=st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from(("typical", "worst")),
                  st.sampled_from(shipped())), min_size=2, max_size=2)
)  # fmt: skip
def test_any_two_runs_part_at_the_same_place_from_both_sides(
    runs: list[tuple[int, str, str]],
) -> None:
    one, two = (_worked(*run) for run in runs)
    there, back = diff(one, two), diff(two, one)
    assert (there.common, there.parting, there.same) == (back.common, back.parting, back.same)
    assert [(term.first, term.second) for term in there.terms] == [
        (term.second, term.first) for term in back.terms
    ]
    said = (bool(there.causes), bool(there.together), bool(there.unexplained))
    assert sum(said) == int(there.parted)


@pytest.mark.parametrize("base", shipped())
def test_all_terms_taken_over_leave_no_difference(base: str) -> None:
    first = replace(PLAIN, roles=(Seat.CTO, Seat.PM), mode=None, seed=3)
    second = replace(PLAIN, policy=policy(base), behaviour=load_behaviour("weak"), brief=DEPLOYS)
    for kind in (TermKind.POLICY, TermKind.BRIEF, TermKind.TEAM, TermKind.BEHAVIOUR, TermKind.SEED):
        first = taken(first, second, kind)
    assert terms(first, second, ("1", "1")) == ()


@pytest.mark.parametrize("kind", [TermKind.POLICY, TermKind.BEHAVIOUR])
def test_every_key_taken_over_is_the_whole(kind: TermKind) -> None:
    first, second = PLAIN, replace(PLAIN, policy=policy("strict"), behaviour=load_behaviour("weak"))
    for term in terms(first, second, ("1", "1")):
        first = taken(first, second, term.kind, term.key) if term.kind is kind else first
    assert [term.kind for term in terms(first, second, ("1", "1")) if term.kind is kind] == []


def test_what_a_brief_says_steers_neither_terminal_nor_page() -> None:
    bad = BRIEF.model_copy(update={"title": "\x1b[31m<script>alert(1)</script>"})
    found = compared(PLAIN, replace(PLAIN, brief=bad))
    assert "\x1b" not in found.text()
    assert "&lt;script&gt;" in found.html()
    assert "<script>" not in found.html()
