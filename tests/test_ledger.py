"""From a report to a bounded event: what the agent says, and what only the ledger knows."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.agents.team import Team
from remit.graph.clerk import MemoryClerk
from remit.graph.event import Item, mask
from remit.graph.fold import begin
from remit.graph.ledger import Ledger, check, classify
from remit.graph.manifest import Manifest, compile_manifest
from remit.graph.session import Session
from remit.state.artifact import KINDS, PARTS
from remit.state.assignment import Assignment, Matter
from remit.state.errors import EventRefused
from remit.state.policy import load
from remit.state.report import Artifact, ChangeRequest, Finding, Question, Report, Ruling
from remit.state.vocabulary import (
    ROLES,
    EventKind,
    Limit,
    MatterKind,
    Mode,
    Seat,
    Severity,
    Stage,
    Target,
    Trigger,
)
from tests.desks import BRIEF, task
from tests.runs import Entries, Setting, policy, scripted
from tests.walks import whole_team

TEAM = whole_team({})
DELIVER, ACCEPT, REWORK, CHANGE, QUESTION = (
    EventKind.DELIVER, EventKind.ACCEPT, EventKind.REWORK, EventKind.CHANGE, EventKind.QUESTION,
)  # fmt: skip
AUDIT = task(Stage.VERIFICATION, Seat.QA)
SECURE = task(Stage.VERIFICATION, Seat.SECURITY)
BUILD = task(Stage.BUILD, Seat.FRONTEND)


def finding(place: str = "GET /v1/x", severity: Severity = Severity.MEDIUM,
            owner: Seat = Seat.BACKEND) -> Finding:  # fmt: skip
    return Finding(rule="BE-API-5", place=place, evidence="no page", owner=owner, severity=severity)


def request(target: Target = Target.CONTRACT, change: str = "add colour") -> ChangeRequest:
    return ChangeRequest(target=target, change=change, reason="screen", affected=(Seat.FRONTEND,))


def report(event: EventKind, **fields: object) -> Report:
    return Report.model_validate({"event": event, "mode": Mode.AUDIT, "summary": "s", **fields})


def heard(said: Report, to: Assignment = AUDIT, ledger: Ledger | None = None,
          manifest: Manifest = TEAM) -> dict[str, object]:  # fmt: skip
    """The fields of the event that are not at rest."""
    event = classify(ledger or Ledger(), manifest, to, said)
    return {name: value for name, value in event._asdict().items() if value}


def test_a_finding_is_graded_by_who_reports_it_and_how_bad_it_is() -> None:
    said = report(REWORK, findings=[finding(severity=Severity.CRITICAL)])
    assert heard(said) == {"kind": REWORK, "backend": 1}
    assert heard(said, SECURE) == {"kind": REWORK, "backend": 3}
    mild = report(REWORK, findings=[finding(severity=Severity.HIGH)])
    assert heard(mild, SECURE) == {"kind": REWORK, "backend": 2}


def test_a_finding_goes_to_its_owner_or_to_backend() -> None:
    owners = [(Seat.FRONTEND, "frontend"), (Seat.BACKEND, "backend"), (Seat.PM, "backend")]
    for owner, field in owners:
        assert field in heard(report(REWORK, findings=[finding(owner=owner)]))
    at_review = task(Stage.CONTRACT_REVIEW, Seat.FRONTEND)
    assert heard(report(REWORK, findings=[finding(owner=Seat.FRONTEND)]), at_review) == {
        "kind": REWORK, "contract": 1,
    }  # fmt: skip


def test_question_goes_before_change_before_rework_before_accept() -> None:
    everything = {
        "findings": [finding()],
        "requests": [request()],
        "questions": [Question(text="which?")],
    }
    for event in (ACCEPT, REWORK, CHANGE, QUESTION):
        assert heard(report(event, **everything))["kind"] is QUESTION
    del everything["questions"]
    assert heard(report(ACCEPT, **everything))["kind"] is CHANGE
    del everything["requests"]
    assert heard(report(ACCEPT, **everything))["kind"] is REWORK


def test_nothing_that_is_said_beside_the_first_is_dropped() -> None:
    said = report(QUESTION, questions=[Question(text="?")], requests=[request()],
                  findings=[finding()])  # fmt: skip
    assert heard(said) == {
        "kind": QUESTION, "question": 1, "contract_asked": mask(Seat.QA), "backend": 1,
        "affected": mask(Seat.FRONTEND),
    }  # fmt: skip


def test_nobody_accepts_with_an_open_finding() -> None:
    assert heard(report(ACCEPT, findings=[finding()]))["kind"] is REWORK
    assert heard(report(ACCEPT, findings=[finding(severity=Severity.LOW)])) == {"kind": ACCEPT}


def test_only_the_ledger_says_that_something_comes_back() -> None:
    ledger = Ledger()
    again, other = finding(), finding("elsewhere")
    ledger.ruled.add(again.fingerprint)
    assert heard(report(REWORK, findings=[again]), ledger=ledger)["repeat"] == Item.BACKEND
    assert "repeat" not in heard(report(REWORK, findings=[other]), ledger=ledger)
    assert "repeat" not in heard(report(REWORK, findings=[again]))


@pytest.mark.parametrize("target", list(Target))
def test_a_request_or_question_that_was_ruled_on_comes_back(target: Target) -> None:
    """BE-ESC-7."""
    ledger = Ledger()
    asked, question = request(target), Question(text="May it be BLUE?")
    ledger.ruled |= {asked.fingerprint, question.fingerprint}
    item = Item.CONTRACT_CHANGE if target is Target.CONTRACT else Item.SCOPE_CHANGE
    assert heard(report(CHANGE, requests=[asked]), ledger=ledger)["repeat"] == item
    reworded = Question(text="may it  be blue?")
    said = report(QUESTION, questions=[reworded])
    assert heard(said, ledger=ledger)["repeat"] == Item.QUESTION


@pytest.mark.parametrize(
    ("field", "used"),
    [("cost_micros", 25_000_001), ("tokens", 2_000_001), ("elapsed_s", 72 * 3600 + 1)],
)
def test_only_the_ledger_says_that_a_budget_is_used_up(field: str, used: int) -> None:
    manifest = replace(TEAM, budgets=(120, 25_000_000, 2_000_000, 72 * 3600))
    ledger = Ledger()
    setattr(ledger, field, used - 1)
    assert "budget" not in heard(report(ACCEPT), ledger=ledger, manifest=manifest)
    setattr(ledger, field, used)
    assert heard(report(ACCEPT), ledger=ledger, manifest=manifest) == {"kind": ACCEPT, "budget": 1}
    ledger.granted[Limit.HANDOFFS] = 1
    granted = replace(manifest, grant_step=(1, 1, 1, 1))
    assert "budget" not in heard(report(ACCEPT), ledger=ledger, manifest=granted)


def test_unlimited_budgets_are_never_used_up() -> None:
    ledger = Ledger(cost_micros=10**15, tokens=10**12, elapsed_s=10**9)
    assert ledger.exceeded(replace(TEAM, budgets=(None, None, None, None))) == ()


def test_a_waived_finding_said_again_changes_nothing() -> None:
    ledger = Ledger()
    ledger.waived[finding().fingerprint] = 1
    assert heard(report(REWORK, findings=[finding()]), ledger=ledger) == {"kind": ACCEPT}


def test_a_waiver_of_an_ordinary_finding_does_not_cover_a_critical_one() -> None:
    """Safety property 10: the same words from Security, critical, are not yet waived."""
    ledger = Ledger()
    critical = finding(severity=Severity.CRITICAL)
    ledger.waived[critical.fingerprint] = 1
    assert heard(report(REWORK, findings=[critical]), SECURE, ledger)["backend"] == 3
    ledger.waived[critical.fingerprint] = 3
    assert heard(report(REWORK, findings=[critical]), SECURE, ledger) == {"kind": ACCEPT}


def test_requests_are_not_taken_where_they_are_not_on_offer_and_become_debt() -> None:
    """Frozen: the gap ships by name."""
    entries: Entries = [
        {"frontend": "auto"},
        {"frontend": {"event": "change", "requests": [{"target": "contract", "change": "one"}]}},
        {"qa": "auto"},
        {"qa": {"event": "accept", "requests": [{"target": "contract", "change": "two"}]}},
    ]
    terms = policy(limits={"change_requests": 0}, at_limit={"change_requests": "freeze"})
    course = scripted(entries, Setting(policy=terms))
    assert course.position.stage is Stage.SHIPPED
    assert [debt.text.split(" (")[0] for debt in course.ledger.debts] == ["one", "two"]
    assert {debt.clause for debt in course.ledger.debts} == {"at_limit.change_requests"}


def test_a_person_who_stands_in_decides_and_does_not_ask() -> None:
    stands_in = replace(AUDIT, occupant=Seat.HUMAN, events=(ACCEPT, REWORK, CHANGE))
    said = report(REWORK, findings=[finding()], questions=[Question(text="?")])
    assert heard(said, stands_in) == {"kind": REWORK, "backend": 1}


def test_the_policy_may_name_the_human_for_a_trigger() -> None:
    named = replace(TEAM, questions_to_human=frozenset({Trigger.OVER_BUDGET}))
    dear = report(QUESTION, questions=[Question(trigger=Trigger.OVER_BUDGET, text="dear")])
    assert heard(dear, manifest=named)["question"] == 2
    assert heard(dear)["question"] == 1
    assert heard(report(QUESTION, questions=[Question(text="?", to="human")]))["question"] == 2


def test_absent_builders_are_not_affected() -> None:
    alone = replace(TEAM, builders=mask(Seat.BACKEND))
    assert "affected" not in heard(report(CHANGE, requests=[request()]), BUILD, manifest=alone)


@given(
    event=st.sampled_from([DELIVER, ACCEPT, REWORK, CHANGE, QUESTION]),
    place=st.sampled_from(["a", "b"]),
    asks=st.booleans(), finds=st.booleans(), wants=st.booleans(),
)  # fmt: skip
def test_an_event_is_bounded_whatever_is_said(
    event: EventKind, place: str, asks: bool, finds: bool, wants: bool
) -> None:
    """What a report cannot set by itself: `repeat`, `budget`, `approved`."""
    said = report(
        event,
        findings=[finding(place)] * 3 * finds,
        requests=[request()] * wants,
        questions=[Question(text=f"{n}") for n in range(8 * asks)],
    )
    for to in (AUDIT, SECURE, BUILD):
        found = classify(Ledger(), TEAM, to, said)
        assert (found.repeat, found.budget, found.approved) == (0, 0, 0)
        assert found.kind in to.events
        assert max(found.backend, found.frontend) <= 3


# --- decisions ------------------------------------------------------------------------------------


def put(kind: MatterKind, *options: EventKind, targets: tuple[Target, ...] = (),
        seat: Seat = Seat.HUMAN) -> Assignment:  # fmt: skip
    """A matter on somebody's desk."""
    matter = Matter(
        id="m3", kind=kind, home=Stage.BUILD, raised_by=(Seat.FRONTEND,), limit=None,
        options=options, default=options[-1], contract_version="1.0.0", targets=targets,
    )  # fmt: skip
    stage = Stage.HUMAN if seat is Seat.HUMAN else Stage.CHANGE_CONTROL
    return Assignment(
        step=3, seat=seat, occupant=seat, stage=stage, mode=Mode.ARBITRATE, events=options,
        matter=matter,
    )  # fmt: skip


RULING = put(MatterKind.RULING, EventKind.APPROVE, EventKind.REJECT, targets=(*Target,))


def test_silence_is_the_default_of_the_matter() -> None:
    assert heard(report(EventKind.SILENCE), RULING) == {"kind": EventKind.REJECT}


def test_an_approval_names_what_it_approves_or_all_that_is_asked() -> None:
    assert heard(report(EventKind.APPROVE), RULING)["approved"] == 3
    for target, bits in ((Target.CONTRACT, 1), (Target.SCOPE, 2)):
        said = report(EventKind.APPROVE, ruling=Ruling(approved=(target,)))
        assert heard(said, RULING)["approved"] == bits


def test_a_grant_of_a_budget_is_judged_as_if_it_were_given() -> None:
    manifest = replace(TEAM, budgets=(120, 100, None, None), grant_step=(1, 50, 1, 1))
    asked = put(MatterKind.BUDGET, EventKind.GRANT, EventKind.STOP)
    for cost, flag in ((150, {}), (151, {"budget": 1})):
        found = heard(report(EventKind.GRANT), asked, Ledger(cost_micros=cost), manifest)
        assert found == {"kind": EventKind.GRANT, **flag}


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "said", "words"),
    [
        (AUDIT, report(EventKind.APPROVE), "'approve' is not offered at stage 'verification'"),
        (AUDIT, report(REWORK), "'rework' comes without a finding; add one"),
        (AUDIT, report(CHANGE), "'change' comes without a change request; add one"),
        (AUDIT, report(QUESTION), "'question' comes without a question; add one"),
        (AUDIT, report(CHANGE, requests=[request(), request(change="b")]), "merge them"),
        (AUDIT, report(EventKind.SILENCE), "'silence' is not offered"),
        (put(MatterKind.QUESTION, EventKind.ANSWER, seat=Seat.CTO), report(EventKind.SILENCE),
         "'silence' is not offered"),
        (put(MatterKind.RULING, EventKind.APPROVE, targets=(Target.CONTRACT,)),
         report(EventKind.APPROVE, ruling=Ruling(approved=(Target.SCOPE,))),
         "approves scope, which nobody asked for"),
        (AUDIT, report(ACCEPT, artifacts=[Artifact(name="contract", content={})]),
         "delivers contract, which is not its own; its own are: test_plan, review, verdict, work"),
        (AUDIT, report(ACCEPT, artifacts=[Artifact(name="poem", content={})]), "delivers poem"),
        (AUDIT, report(ACCEPT, artifacts=[Artifact(name="work", content={})] * 2), "twice"),
    ],
)  # fmt: skip
def test_a_report_that_does_not_answer_is_refused(to: Assignment, said: Report, words: str) -> None:
    with pytest.raises(EventRefused) as refused:
        check(to, said)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_everybody_may_deliver_what_is_their_own() -> None:
    """BE-COL-3: and nobody else may."""
    for seat in ROLES:
        to = replace(AUDIT, seat=seat, occupant=seat)
        for name, kind in KINDS.items():
            whole = dict.fromkeys(PARTS.get(name, ()), "said")
            said = report(ACCEPT, artifacts=[Artifact(name=name, content=whole)])
            if seat in kind.owners:
                check(to, said)
            else:
                with pytest.raises(EventRefused, match="not its own"):
                    check(to, said)


def test_a_persons_wrong_answer_is_refused_before_it_is_journalled() -> None:
    """A journal that holds it could never be folded again."""
    manifest = compile_manifest(load("balanced"), BRIEF, frozenset(ROLES) - {Seat.CTO})
    clerk = MemoryClerk()
    session = Session(course=begin(manifest), team=Team(agents={}), brief=BRIEF, seed=0,
                      clerk=clerk)  # fmt: skip
    (plan,) = session.unanswered()
    with pytest.raises(EventRefused, match="'accept' is not offered at stage 'plan'"):
        session.answer(plan, report(ACCEPT))
    assert clerk.entries == []
    session.answer(plan, report(DELIVER))
    assert len(clerk.entries) == 1
