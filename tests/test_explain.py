"""Explanations: what led here, the row that fired, its limit, and one more or one less."""

from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

import pytest

from remit.agents.script import load
from remit.analysis.counterfactual import Counterfactual, Effect
from remit.analysis.explain import Explanation, explain, explanations
from remit.graph.course import Course
from remit.graph.fold import take
from remit.state.errors import InputError
from remit.state.record import Entry
from remit.state.report import Finding
from remit.state.vocabulary import Limit, Mode, Seat, Severity
from tests.runs import Entries, Setting, Told, policy, told
from tests.test_replay import BEHAVIOURS, SENT_BACK, play
from tests.test_scripts import SCRIPTS, STORIES

HERE, EARLIER, LATER, SAME = Effect.HERE, Effect.EARLIER, Effect.LATER, Effect.SAME


def scripted(name: str) -> Told:
    story = STORIES[name]
    setting = Setting(policy=policy(**story.changes), brief=story.brief)
    return told(load(SCRIPTS / f"{name}.yaml"), setting)


def at(run: Told, seq: int) -> Explanation:
    return explain(run.order, run.journal, seq)


def moved(one: Explanation, limit: Limit, *, more: bool) -> Counterfactual:
    (found,) = [c for c in one.counterfactuals if c.limit is limit and c.more is more]
    return found


@dataclass(frozen=True, kw_only=True)
class Case:
    """A handoff of a script, a limit moved by one, and what is known by hand to follow."""

    script: str
    seq: int
    limit: Limit
    more: bool
    effect: Effect
    seen_at: int | None = None
    says: str = ""


CASES = [
    Case(script="rework_backend", seq=18, limit=Limit.REWORK_BACKEND, more=True, effect=HERE,
         seen_at=18, says="qa → backend: build, mode build"),
    Case(script="rework_backend", seq=18, limit=Limit.REWORK_BACKEND, more=False, effect=EARLIER,
         seen_at=15, says="qa → cto: acceptance"),
    Case(script="rework_backend", seq=12, limit=Limit.REWORK_BACKEND, more=False, effect=LATER,
         seen_at=15, says="clause at_limit.rework_backend"),
    Case(script="rework_frontend", seq=18, limit=Limit.REWORK_FRONTEND, more=True, effect=HERE,
         seen_at=18, says="qa → frontend: build"),
    Case(script="contract_review", seq=16, limit=Limit.CONTRACT_REVIEW, more=True, effect=HERE,
         seen_at=16, says="→ backend: contract"),
    Case(script="contract_review", seq=12, limit=Limit.CONTRACT_REVIEW, more=False, effect=HERE,
         seen_at=12, says="→ backend and frontend: build"),
    Case(script="requirement_rework", seq=4, limit=Limit.REQUIREMENT_REWORK, more=False,
         effect=HERE, seen_at=4, says="→ backend: contract"),
    Case(script="change_requests_escalate", seq=14, limit=Limit.CHANGE_REQUESTS, more=True,
         effect=HERE, seen_at=14, says="(ruling on contract) is put to cto"),
    Case(script="change_requests_freeze", seq=10, limit=Limit.CHANGE_REQUESTS, more=True,
         effect=HERE, seen_at=10, says="(ruling on contract) is put to cto"),
    Case(script="change_requests_freeze", seq=10, limit=Limit.CHANGE_REQUESTS, more=False,
         effect=Effect.NONE, says="less is not possible"),
    Case(script="no_progress", seq=18, limit=Limit.NO_PROGRESS, more=True, effect=HERE,
         seen_at=18, says="qa → cto: acceptance"),
    Case(script="no_progress", seq=18, limit=Limit.NO_PROGRESS, more=False, effect=EARLIER,
         seen_at=15, says="(no_progress) is put to cto"),
    Case(script="escalations", seq=9, limit=Limit.ESCALATIONS, more=True, effect=HERE, seen_at=9,
         says="is put to cto"),
    Case(script="escalations", seq=9, limit=Limit.ESCALATIONS, more=False, effect=EARLIER,
         seen_at=7, says="is put to human"),
    Case(script="escalations", seq=9, limit=Limit.HUMAN_QUESTIONS, more=False, effect=SAME),
    Case(script="human_questions", seq=6, limit=Limit.HUMAN_QUESTIONS, more=True, effect=HERE,
         seen_at=6, says="is put to human"),
    Case(script="human_questions", seq=4, limit=Limit.HUMAN_QUESTIONS, more=False, effect=HERE,
         seen_at=4, says="the run ends: stopped_by_policy"),
    Case(script="grants", seq=13, limit=Limit.GRANTS, more=False, effect=EARLIER, seen_at=12,
         says="cto could not answer grant"),
    Case(script="grants", seq=13, limit=Limit.GRANTS, more=True, effect=LATER, seen_at=16,
         says="cto could also answer grant"),
    Case(script="hours", seq=4, limit=Limit.HOURS, more=True, effect=SAME),
    Case(script="dollars", seq=3, limit=Limit.DOLLARS, more=True, effect=SAME),
    Case(script="tokens", seq=2, limit=Limit.TOKENS, more=False, effect=SAME),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.script}-{c.seq}-{c.limit}-{c.more}")
def test_one_more_and_one_less_are_what_is_known_by_hand(case: Case) -> None:
    found = moved(at(scripted(case.script), case.seq), case.limit, more=case.more)
    assert (found.effect, found.seq) == (case.effect, case.seen_at)
    assert case.says in found.text


@dataclass(frozen=True, kw_only=True)
class Short:
    """A budget that is passed by less than one, so that one more lets the run go on."""

    limit: Limit
    entries: Entries
    limits: dict[str, Any] = field(default_factory=dict[str, Any])


SHORT = [
    Short(limit=Limit.HOURS, entries=[{"uiux": {"event": "deliver", "duration_s": 72 * 3600}}]),
    Short(limit=Limit.DOLLARS, entries=[{"pm": {"event": "deliver", "cost_micros": 25_000_000}}]),
    Short(limit=Limit.TOKENS, limits={"tokens": 100_000},
          entries=[{"cto": {"event": "deliver", "tokens_in": 100_001, "tokens_out": 0}}]),
    Short(limit=Limit.HANDOFFS, limits={"handoffs": 13}, entries=SENT_BACK[:2]),
]  # fmt: skip


@pytest.mark.parametrize("short", SHORT, ids=lambda one: str(one.limit))
def test_one_more_of_a_budget_that_was_just_passed_lets_the_run_go_on(short: Short) -> None:
    terms = policy(limits=short.limits, at_limit={"budget": "stop"})
    run = told(short.entries, Setting(policy=terms))
    last = at(run, len(run.course.handoffs))
    assert last.rule.id == "budget.stop"
    assert [one.limit for one in last.limits] == [short.limit]
    found = moved(last, short.limit, more=True)
    assert (found.effect, found.seq) == (HERE, last.seq)
    assert "one " in found.text


def test_fewer_handoffs_than_the_straight_way_could_not_begin() -> None:
    terms = policy(limits={"handoffs": 12}, at_limit={"budget": "stop"})
    run = told(SENT_BACK[:2], Setting(policy=terms))
    found = moved(at(run, len(run.course.handoffs)), Limit.HANDOFFS, more=False)
    assert found.effect is Effect.REFUSED
    assert "11 are too few" in found.text


def test_an_unlimited_loop_has_no_end_to_move() -> None:
    run = told(SENT_BACK, Setting(policy=policy(limits={"rework_backend": "unlimited"})))
    one = at(run, 12)
    assert "rework_backend: 1 used, unlimited" in str(one)
    assert {found.effect for found in one.counterfactuals} == {Effect.NONE}


def test_a_limit_of_an_absent_role_cannot_be_moved() -> None:
    back: Entries = [{"qa": "auto"}, {"qa": {"event": "rework", "stage": "verification",
                     "findings": [{"owner": "frontend", "place": "list"}]}}]  # fmt: skip
    absent = tuple(seat for seat in Setting().roles if seat is not Seat.FRONTEND)
    run = told(back, Setting(roles=absent))
    row = next(row for row in run.course.handoffs if row.rule == "rework.frontend.open")
    found = moved(at(run, row.seq), Limit.REWORK_FRONTEND, more=True)
    assert "its owner is not on the team" in found.text


def test_the_row_says_what_it_read_and_the_clause_what_the_policy_writes() -> None:
    one = at(told(SENT_BACK, Setting()), 15)
    assert one.rule.id == "rework.backend"
    assert "rework_backend: 1 left before this step" in one.rule.asked
    assert "findings that wait for backend: ordinary" in one.rule.asked
    assert str(one.clause) == "limits.rework_backend = 2"
    assert [row.id for row in one.others] == [
        "verification.accept", "verification.rework", "rework.build"
    ]  # fmt: skip


def test_the_reports_that_led_here_say_who_said_what() -> None:
    one = at(told(SENT_BACK, Setting()), 12)
    assert [report.seat for report in one.before] == [Seat.SECURITY, Seat.QA]
    assert "rework: finds" in str(one.before[1])
    assert "for backend" in str(one.before[1])
    assert one.decided == "the rules, when the reports of security, qa were all in"


def test_an_answer_names_the_authority_and_silence_the_policy() -> None:
    assert at(scripted("grants"), 13).decided == "cto, who answered m8: grant"
    run = scripted("question_unanswered")
    answered = next(row for row in run.course.handoffs if "human.question.reject" in row.fired)
    assert at(run, answered.seq).decided.startswith("policy (silence), who answered")


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_every_handoff_of_a_run_is_explained_within_eighty_columns(behaviour: str) -> None:
    run = play(behaviour, 1)
    for row in run.course.handoffs:
        one = at(run, row.seq)
        assert one.handoff == row
        assert max(map(len, str(one).splitlines())) <= 80


def test_all_explanations_are_those_of_each_alone() -> None:
    run = play("worst", 3)
    alone = tuple(at(run, row.seq) for row in run.course.handoffs)
    assert explanations(run.order, run.journal) == alone


def test_a_run_is_folded_once_for_all_its_explanations_and_once_for_each_limit_moved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The course, which grows with the run, is never copied: that took most of the time."""
    run, folded = play("worst", 3), list[Entry]()

    def counted(course: Course, entry: Entry, *witness: Any) -> None:
        folded.append(entry)
        take(course, entry, *witness)

    def never(course: Course, memo: dict[int, Any]) -> Course:
        raise AssertionError("a copy of the whole course")

    monkeypatch.setattr(Course, "__deepcopy__", never, raising=False)
    for module in ("explain", "replay"):
        monkeypatch.setattr(f"remit.analysis.{module}.take", counted)
    told_ = explanations(run.order, run.journal)
    moved_ = {(c.limit, c.more) for one in told_ for c in one.counterfactuals}
    assert len(told_) == len(run.course.handoffs)
    assert len(folded) <= (2 + len(moved_)) * len(run.journal)


def test_the_order_in_which_a_group_was_journalled_explains_nothing() -> None:
    run = play("typical", 3)
    backwards = [
        entry
        for _, group in groupby(run.journal, key=lambda one: one.step)
        for entry in reversed(list(group))
    ]
    assert backwards != list(run.journal)
    assert explanations(run.order, backwards) == explanations(run.order, run.journal)


def test_the_same_limits_are_explained_as_are_recorded() -> None:
    run = play("worst", 1)
    for row in run.course.handoffs:
        explained = {one.limit for one in at(run, row.seq).limits}
        assert explained >= {one.limit for one in (*row.spent, *row.reached)}


def test_one_role_alone_is_explained() -> None:
    run = told([], Setting(roles=(Seat.BACKEND,), mode=Mode.DESIGN))
    assert "none spent, none reached" in str(at(run, 1))
    assert "the run starts with the brief" in at(run, 1).decided


@pytest.mark.parametrize("seq", [0, -1, 99])
def test_there_is_no_such_handoff(seq: int) -> None:
    with pytest.raises(InputError, match="there is none; the run has 1 to"):
        at(told(SENT_BACK, Setting()), seq)


def test_what_a_report_says_steers_neither_terminal_nor_page() -> None:
    bad = "\x1b[31m<script>alert(1)</script>"
    run = told(SENT_BACK, Setting())
    finding = Finding(rule=bad, place=bad, evidence=bad, owner=Seat.BACKEND, severity=Severity.LOW)
    journal = tuple(
        replace(one, report=one.report.model_copy(update={"findings": (finding,)}))
        if one.report.event == "rework" else one
        for one in run.journal
    )  # fmt: skip
    one = explain(run.order, journal, 12)
    assert "\x1b" not in str(one)
    assert "<script>" not in one.html()
    assert "&lt;script&gt;" in one.html()


def test_the_values_are_json() -> None:
    told_ = at(told(SENT_BACK, Setting()), 15).to_json()
    assert told_["clause"] == {"key": "limits.rework_backend", "value": "2"}
    assert {one["effect"] for one in told_["counterfactuals"]} == {"here", "same"}
    assert all(one["text"] for one in told_["counterfactuals"])
