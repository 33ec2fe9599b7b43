"""What is counted along a run, by the ways that reach the most of it."""

from dataclasses import replace

import pytest

from remit.agents.behaviour import load as load_behaviour
from remit.analysis.certificate import certify
from remit.analysis.measures import CALLS, Cap, Measure, caps_of
from remit.analysis.safety import Trace
from remit.graph.event import seats
from remit.graph.manifest import Manifest, start
from remit.state.vocabulary import AtLimit, Limit, Mode, Seat, Stage
from tests.test_counting import team

TWO = team(Seat.CTO, Seat.BACKEND, at=AtLimit.WAIVE, limits={Limit.REWORK_BACKEND: 1})


def issued(manifest: Manifest, trace: Trace) -> list[tuple[Stage, Seat]]:
    """Every assignment of a run."""
    first = start(manifest)
    later = [(turn.step.position.stage, seat) for turn in trace for seat in turn.step.issued]
    return [(first.stage, seat) for seat in seats(first.owed)] + later


def test_calls_are_the_assignments_of_the_run_that_has_most_of_them() -> None:
    found = certify(TWO)
    for seat in (Seat.CTO, Seat.BACKEND):
        calls = [who for _, who in issued(TWO, found.ways[CALLS[seat]])]
        assert calls.count(seat) == found.worst[CALLS[seat]]


def test_the_calls_of_a_stand_in_are_answers_of_the_human() -> None:
    manifest = replace(TWO, standins=1, cto=0)
    found = certify(manifest)
    assert Measure.CTO_CALLS not in found.worst
    assert found.worst[Measure.HUMAN_CALLS] == 3


def test_costs_are_what_the_assignments_of_a_run_can_take_at_most() -> None:
    caps = {
        (Seat.BACKEND, Mode.BUILD): Cap(tokens=1000, micros=7),
        (Seat.CTO, Mode.PLAN): Cap(tokens=10, micros=1),
    }
    worst = certify(TWO, caps).worst
    assert worst[Measure.TOKENS] == 2 * 1000 + 10
    assert worst[Measure.MICROS] == 2 * 7 + 1


@pytest.mark.parametrize("name", ["perfect", "typical", "worst"])
def test_no_simulated_assignment_takes_more_than_its_cap(name: str) -> None:
    behaviour = load_behaviour(name)
    for (seat, mode), cap in caps_of(behaviour).items():
        value = behaviour.values.get(f"work.{seat}.{mode}.dollars")
        if value is not None:
            assert value.value <= cap.micros <= value.value * (1 + value.spread / 1e9)
