"""What can be said is all that is ever said, and nothing that could not be."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.agents.behaviour import load as load_behaviour
from remit.analysis.arrays.sayings import Open, said, sayings
from remit.graph import fold
from remit.graph.advance import Step, advance, offered
from remit.graph.batch import simulation
from remit.graph.event import Event, seats
from remit.graph.ledger import Ledger, classify
from remit.graph.manifest import Manifest
from remit.graph.order import Order
from remit.graph.position import Position
from remit.graph.rules import WORK
from remit.state.assignment import Assignment
from remit.state.brief_text import load as load_brief
from remit.state.policy import load as load_policy
from remit.state.report import ChangeRequest, Finding, Question, Report
from remit.state.vocabulary import (
    BUILDERS,
    EventKind,
    Mode,
    Seat,
    Severity,
    Stage,
    Target,
    Trigger,
)
from tests.walks import explored, whole_team

Heard = tuple[Stage, Seat, Event]


def is_among(stage: Stage, seat: Seat, event: Event) -> bool:
    return any(event in set(one.events()) for one in sayings(stage, seat, event.kind))


def run_and_listen(policy: str, behaviour: str, patch: pytest.MonkeyPatch) -> set[Heard]:
    """The events of some simulated runs, as `classify` put them."""
    heard = set[Heard]()

    def listening(at: Position, event: Event, manifest: Manifest, seat: Seat) -> Step:
        heard.add((at.stage, seat, event))
        return advance(at, event, manifest, seat)

    patch.setattr(fold, "advance", listening)
    order = Order(
        brief=load_brief("invoicing"), policy=load_policy(policy),
        behaviour=load_behaviour(behaviour),
    )  # fmt: skip
    many = simulation(order, version="0", engine="loop", artifacts=False)
    for seed in range(25):
        many.run(seed)
    return heard


@pytest.mark.parametrize("policy", ["balanced", "strict", "unattended"])
def test_what_simulated_teams_say_is_among_what_can_be_said(
    policy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for behaviour in ("perfect", "typical", "worst"):
        with monkeypatch.context() as patch:
            heard = run_and_listen(policy, behaviour, patch)
        assert len(heard) >= 12
        assert [one for one in heard if not is_among(*one)] == []


def test_security_weighs_two_or_three_and_everybody_else_one() -> None:
    by = {
        seat: {event.backend for event in every(Stage.VERIFICATION, seat, EventKind.REWORK)}
        for seat in (Seat.SECURITY, Seat.QA)
    }
    assert by == {Seat.SECURITY: {0, 2, 3}, Seat.QA: {0, 1}}


def every(stage: Stage, seat: Seat, kind: EventKind) -> list[Event]:
    return [event for one in sayings(stage, seat, kind) for event in one.events()]


@pytest.mark.parametrize("seat", [Seat.SECURITY, Seat.QA])
def test_no_event_is_said_twice_and_rework_always_finds_something(seat: Seat) -> None:
    events = every(Stage.VERIFICATION, seat, EventKind.REWORK)
    assert len(events) == len(set(events))
    assert all(event.backend or event.frontend for event in events)


def test_only_what_is_said_can_repeat() -> None:
    for kind in (EventKind.REWORK, EventKind.CHANGE, EventKind.QUESTION):
        for event in every(Stage.ACCEPTANCE, Seat.CTO, kind):
            assert not event.repeat & ~said(event)


def test_whatever_is_offered_anywhere_can_be_said() -> None:
    manifest = whole_team({}, release=1)
    for turn in explored(manifest, random.Random(2), 3_000):
        at = turn.step.position
        for seat in seats(at.owed)[:1]:
            kinds = offered(at, seat, manifest)
            assert all(isinstance(sayings(at.stage, seat, kind)[0], Open) for kind in kinds)


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Any report of a role: what it finds, asks to change and asks, under any event."""
    owners = st.sampled_from([Seat.PM, *BUILDERS])
    findings = st.builds(
        Finding, rule=st.just("R"), place=st.sampled_from("ab"), evidence=st.just("e"),
        owner=owners, severity=st.sampled_from(Severity),
    )  # fmt: skip
    requests = st.builds(
        ChangeRequest, target=st.sampled_from(Target), change=st.sampled_from("ab"),
        reason=st.just("r"), severity=st.sampled_from(Severity),
        affected=st.lists(st.sampled_from(BUILDERS), max_size=2).map(tuple),
    )  # fmt: skip
    questions = st.builds(
        Question, text=st.sampled_from("ab"), trigger=st.sampled_from(Trigger),
        to=st.sampled_from(["cto", "human", "product"]),
    )  # fmt: skip
    return Report(
        event=EventKind.DELIVER, mode=Mode.BUILD, summary="",
        findings=tuple(draw(st.lists(findings, max_size=3))),
        requests=tuple(draw(st.lists(requests, max_size=2, unique_by=lambda one: one.target))),
        questions=tuple(draw(st.lists(questions, max_size=2))),
    )  # fmt: skip


AT_WORK = [turn.before for turn in explored(whole_team({}), random.Random(4), 400)]


@given(
    report=reports(),
    known=st.lists(reports(), max_size=2),
    at=st.sampled_from([one for one in AT_WORK if one.stage in WORK]),
    spent=st.sampled_from([0, 300]),
    human=st.booleans(),
)
def test_whatever_a_report_says_classify_makes_of_it_what_can_be_said(
    report: Report, known: list[Report], at: Position, spent: int, human: bool
) -> None:
    """Whoever says it, whatever was said before, and whoever answers questions."""
    triggers = frozenset(Trigger) if human else frozenset[Trigger]()
    manifest = whole_team({}, changes={"questions_to_human": triggers})
    ruled = {one.fingerprint for each in known for one in each.findings}
    ruled |= {one.fingerprint for each in known for one in each.requests}
    ruled |= {one.fingerprint for each in known for one in each.questions}
    ledger = Ledger(handoffs=spent, ruled=ruled)
    seat = seats(at.owed)[0]
    kinds = offered(at, seat, manifest)
    task = Assignment(step=1, seat=seat, occupant=seat, stage=at.stage, mode=Mode.BUILD,
                      events=kinds)  # fmt: skip
    event = classify(ledger, manifest, task, report)
    assert event.kind in kinds
    assert is_among(at.stage, seat, event)
