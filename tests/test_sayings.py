"""What can be said is all that is ever said, and nothing that could not be."""

import random

import pytest

from remit.agents.behaviour import load as load_behaviour
from remit.analysis.arrays.sayings import Open, said, sayings
from remit.graph import fold
from remit.graph.advance import Step, advance, offered
from remit.graph.batch import simulation
from remit.graph.event import Event, seats
from remit.graph.manifest import Manifest
from remit.graph.order import Order
from remit.graph.position import Position
from remit.state.brief_text import load as load_brief
from remit.state.policy import load as load_policy
from remit.state.vocabulary import EventKind, Seat, Stage
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
