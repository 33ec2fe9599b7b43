"""The certificate: exact worst cases, each with a run that `advance` makes."""

from collections import Counter

import pytest

from remit.analysis.certificate import Certificate, Measure, certify
from remit.analysis.safety import rows, violations
from remit.graph.advance import advance
from remit.graph.bound import bound
from remit.graph.manifest import Manifest, start
from remit.state.vocabulary import ENDS, AtLimit, Limit, Seat, Stage
from tests.test_counting import team

BACKEND = team(Seat.CTO, Seat.BACKEND, at=AtLimit.WAIVE, limits={Limit.REWORK_BACKEND: 1})


@pytest.fixture(scope="module")
def certificate() -> Certificate:
    return certify(BACKEND)


def test_the_worst_case_of_two_roles_is_the_one_derived_by_hand(certificate: Certificate) -> None:
    """No question, no change and no grant is allowed, so only rework makes a run longer.

    Plan, contract, build, acceptance; a rework of Backend's: build and acceptance once more; the
    end. A matter cannot be put to anybody: the first one ends the run.
    """
    assert certificate.worst[Measure.HANDOFFS] == 4 + 2 + 1
    assert certificate.worst[Measure.REWORK] == 1
    assert certificate.worst[Measure.CTO] == certificate.worst[Measure.HUMAN] == 0
    assert certificate.bound == bound(BACKEND) >= 7


def test_every_way_is_a_run_of_the_rules(certificate: Certificate) -> None:
    for trace in (*certificate.ways.values(), *certificate.shortest.values()):
        position = start(BACKEND)
        for turn in trace:
            assert turn.before == position
            step = advance(position, turn.event, BACKEND, turn.seat)
            assert step == turn.step
            position = step.position
        assert violations(BACKEND, trace) == ()


def test_the_way_to_the_worst_case_counts_what_the_certificate_says(
    certificate: Certificate,
) -> None:
    trace = certificate.ways[Measure.HANDOFFS]
    assert rows(BACKEND, trace) == certificate.worst[Measure.HANDOFFS]
    spent = Counter(limit for turn in certificate.ways[Measure.REWORK] for limit in turn.step.spent)
    assert spent[Limit.REWORK_BACKEND] == certificate.worst[Measure.REWORK]


def test_each_end_has_the_shortest_way_there(certificate: Certificate) -> None:
    """Nobody may be asked anything, so nobody can decide to stop."""
    shortest = certificate.shortest
    assert set(shortest) == {Stage.SHIPPED, Stage.STOPPED_BY_POLICY}
    assert [len(shortest[end]) for end in sorted(shortest)] == [4, 1]
    for end, trace in shortest.items():
        assert trace[-1].step.position.stage is end
        assert end in ENDS


ESCALATING: Manifest = team(
    Seat.CTO, Seat.BACKEND, at=AtLimit.ESCALATE,
    limits={Limit.CHANGE_REQUESTS: 1, Limit.ESCALATIONS: 1, Limit.HUMAN_QUESTIONS: 1},
)  # fmt: skip


@pytest.mark.prove
def test_the_worst_case_of_changes_and_matters_is_reached_by_a_run() -> None:
    found = certify(ESCALATING)
    print(f"{found.positions:,} positions, worst {found.worst[Measure.HANDOFFS]}")
    assert rows(ESCALATING, found.ways[Measure.HANDOFFS]) == found.worst[Measure.HANDOFFS]
    assert found.worst[Measure.HANDOFFS] <= found.bound
    assert found.worst[Measure.CHANGES] == 1
