"""The certificate: exact worst cases, each with a run that `advance` makes."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remit.agents.behaviour import load as load_behaviour
from remit.analysis.arrays import pricing, searching
from remit.analysis.arrays.control import control
from remit.analysis.arrays.counting import Endless, sweep
from remit.analysis.certificate import Certificate, certify
from remit.analysis.measures import Cap, Measure, caps_of, weighed
from remit.analysis.safety import Trace, rows, violations
from remit.analysis.tally import tally
from remit.graph.advance import advance
from remit.graph.bound import bound
from remit.graph.manifest import Manifest, compile_manifest, start
from remit.state.errors import InputError
from remit.state.policy import load as load_policy
from remit.state.vocabulary import LOOPS, AtLimit, Limit, Mode, Seat
from tests.desks import BRIEF
from tests.test_counting import SMALL, team
from tests.walks import limited

BACKEND = team(Seat.CTO, Seat.BACKEND, at=AtLimit.WAIVE, limits={Limit.REWORK_BACKEND: 1})
CAPS = caps_of(load_behaviour("typical"))
LONG = ("reviewers", "rework", "changes", "grants")


@pytest.fixture(scope="module")
def certificate() -> Certificate:
    return certify(BACKEND, CAPS)


def by_sweep(manifest: Manifest) -> dict[Measure, int]:
    """The worst cases as the plain sweep over every counter finds them."""
    graph = control(manifest)
    measured = weighed(graph, manifest, CAPS)
    best = sweep(graph, manifest, measured.edges.astype(np.int32)).best.max(1)
    return dict(zip(measured.measures, (best + measured.start).tolist(), strict=True))


def replayed(manifest: Manifest, trace: Trace) -> None:
    """Assert that a trace is a run of the rules, from the start, and safe."""
    position = start(manifest)
    for turn in trace:
        assert turn.before == position
        assert advance(position, turn.event, manifest, turn.seat) == turn.step
        position = turn.step.position
    assert violations(manifest, trace) == ()


def test_the_worst_case_of_two_roles_is_the_one_derived_by_hand(certificate: Certificate) -> None:
    """No question, no change and no grant is allowed, so only rework makes a run longer.

    Plan, contract, build, acceptance; a rework of Backend's: build and acceptance once more; the
    end. A matter cannot be put to anybody: the first one ends the run.
    """
    worst = certificate.worst
    assert worst[Measure.HANDOFFS] == 4 + 2 + 1
    assert (worst[Measure.CTO_CALLS], worst[Measure.BACKEND_CALLS]) == (3, 3)
    assert worst[Measure.REWORK] == worst[Measure.CONTRACTS] == 1
    assert worst[Measure.CTO] == worst[Measure.HUMAN] == worst[Measure.CHANGES] == 0
    assert not {Measure.PM_CALLS, Measure.FRONTEND_CALLS} & set(worst)
    assert certificate.spent[Limit.REWORK_BACKEND] == 1
    assert certificate.bound == bound(BACKEND) >= 7


def test_every_way_is_a_run_of_the_rules(certificate: Certificate) -> None:
    for trace in certificate.ways.values():
        replayed(BACKEND, trace)


@pytest.mark.parametrize(
    "name",
    ["straight", "grants", "changes", *(pytest.param("reviewers", marks=pytest.mark.prove),)],
)
def test_the_way_to_each_worst_case_counts_what_the_certificate_says(name: str) -> None:
    """Counted on the trace, and not on the steps of the open positions."""
    found = certify(SMALL[name], CAPS)
    counted = {one: tally(SMALL[name], way, CAPS)[one] for one, way in found.ways.items()}
    assert counted == found.worst


def test_the_prices_pay_for_the_worst_case(certificate: Certificate) -> None:
    """The straight way, the end, and two assignments for the one rework."""
    prices = certificate.prices[Measure.HANDOFFS]
    assert prices[Limit.REWORK_BACKEND] == 2
    assert all(price >= 0 for price in prices.values())


@pytest.mark.parametrize(
    "name", ["straight", *(pytest.param(name, marks=pytest.mark.prove) for name in LONG)]
)
def test_the_worst_cases_are_those_of_the_plain_sweep(name: str) -> None:
    found = certify(SMALL[name], CAPS)
    assert found.worst == by_sweep(SMALL[name])
    for trace in found.ways.values():
        replayed(SMALL[name], trace)


TEAMS = (
    (Seat.CTO, Seat.BACKEND), (Seat.CTO, Seat.PM, Seat.UIUX), (Seat.CTO, Seat.FRONTEND),
    (Seat.BACKEND, Seat.CTO, Seat.QA),
)  # fmt: skip


@settings(max_examples=2, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    roles=st.sampled_from(TEAMS),
    at=st.sampled_from([AtLimit.WAIVE, AtLimit.ESCALATE]),
    limits=st.fixed_dictionaries(
        {limit: st.sampled_from([0, 0, 1, 2]) for limit in LOOPS if limit is not Limit.NO_PROGRESS}
        | {Limit.NO_PROGRESS: st.sampled_from([0, 1, -1])}
    ),
)
@pytest.mark.prove
def test_any_small_team_has_the_worst_cases_of_the_plain_sweep(
    roles: tuple[Seat, ...], at: AtLimit, limits: dict[Limit, int]
) -> None:
    owned = {Limit.REQUIREMENT_REWORK: Seat.PM, Limit.CONTRACT_REVIEW: Seat.BACKEND,
             Limit.REWORK_BACKEND: Seat.BACKEND, Limit.REWORK_FRONTEND: Seat.FRONTEND}  # fmt: skip
    limits |= {limit: 0 for limit, owner in owned.items() if owner not in roles}
    limits[Limit.GRANTS] = min(limits[Limit.GRANTS], 1)
    manifest = team(*roles, at=at, limits=limits)
    found = certify(manifest, CAPS)
    assert found.worst == by_sweep(manifest)
    for trace in found.ways.values():
        replayed(manifest, trace)


def test_a_limit_without_end_that_does_no_harm_leaves_every_number_finite() -> None:
    """What comes back without end spends the loop's own limit each time."""
    found = certify(replace(BACKEND, no_progress=-1))
    assert found.worst[Measure.HANDOFFS] == 7
    assert Limit.NO_PROGRESS not in found.spent


def test_a_limit_without_end_that_does_harm_is_named_as_a_circle() -> None:
    with pytest.raises(Endless) as found:
        certify(replace(SMALL["straight"], rework_backend=-1))
    assert found.value.nodes


def test_merging_what_nobody_can_read_any_more_changes_no_certificate(
    certificate: Certificate,
) -> None:
    merged, apart = certificate, certify(BACKEND, CAPS, merge=False)
    assert merged.positions < apart.positions
    assert (merged.worst, merged.spent, merged.prices) == (apart.worst, apart.spent, apart.prices)


def test_a_limit_of_fifty_is_no_harder_and_costs_need_caps() -> None:
    """Prices do not grow with the limits; only the run that reaches the worst case does."""
    found = certify(limited(BACKEND, {Limit.REWORK_BACKEND: 50}))
    assert found.worst[Measure.REWORK] == 50
    assert not {Measure.TOKENS, Measure.MICROS} & set(found.worst)


@pytest.mark.prove
def test_a_check_without_room_for_one_visit_says_what_to_lower() -> None:
    with pytest.raises(InputError, match="more than 182 ways"):
        certify(SMALL["reviewers"], room=100)


@pytest.mark.parametrize(("most", "settled"), [(3, True), (50, False)])
@pytest.mark.prove
def test_with_little_room_the_prices_still_say_what_no_run_passes(most: int, settled: bool) -> None:
    """Room for the ways through a visit, and next to none for a search."""
    manifest = limited(
        SMALL["straight"], dict.fromkeys((Limit.REWORK_BACKEND, Limit.NO_PROGRESS), most)
    )
    graph = control(manifest)
    whole = certify(manifest, graph=graph)
    little = certify(manifest, graph=graph, room=300)
    assert not whole.at_most
    assert (Measure.HANDOFFS in little.worst) is settled
    assert little.ways.keys() == little.worst.keys()
    assert little.worst.keys() | little.at_most.keys() == whole.worst.keys()
    assert all(whole.worst[one] <= bound for one, bound in little.at_most.items())
    assert all(whole.worst[one] == exact for one, exact in little.worst.items())
    assert little.spent.keys() | little.spent_at_most.keys() == whole.spent.keys()
    assert all(whole.spent[one] <= bound for one, bound in little.spent_at_most.items())


@pytest.mark.prove
@pytest.mark.parametrize("policy", ["strict", "unattended"])
def test_the_worst_cases_of_a_shipped_policy_are_those_of_the_plain_sweep(policy: str) -> None:
    manifest = compile_manifest(load_policy(policy), BRIEF)
    found = certify(manifest, CAPS)
    assert found.worst == by_sweep(manifest)
    for trace in found.ways.values():
        replayed(manifest, trace)


@pytest.mark.prove
def test_fifty_of_everything_is_refused_in_one_line_before_memory_runs_out() -> None:
    fifty = limited(compile_manifest(load_policy("balanced"), BRIEF), dict.fromkeys(LOOPS, 50))
    with pytest.raises(InputError, match=r"lower limits\.grants") as found:
        certify(fifty, room=300_000)
    assert "\n" not in str(found.value)


@pytest.mark.prove
def test_the_worst_cases_of_the_default_policy_stand() -> None:
    """The plain sweep said 92, in 280 s."""
    manifest = compile_manifest(load_policy("balanced"), BRIEF)
    found = certify(manifest, CAPS)
    assert found.worst[Measure.HANDOFFS] == 92
    assert rows(manifest, found.ways[Measure.HANDOFFS]) == 92


@pytest.mark.parametrize("dearest", [10**14, 10**18, 4 * 10**18])
def test_costs_that_cannot_be_counted_are_refused_in_a_line(dearest: int) -> None:
    caps = {(Seat.CTO, Mode.PLAN): Cap(tokens=1, micros=dearest)}
    with pytest.raises(InputError, match="a check counts up to 1,000,000,000,000,000; lower") as no:
        certify(BACKEND, caps)
    assert "\n" not in str(no.value)


def test_prices_in_parts_too_fine_to_be_counted_are_refused_in_a_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No policy is known whose prices are; a smaller word stands for finer parts."""
    monkeypatch.setattr(pricing, "_NO_WAY", -1)
    with pytest.raises(InputError, match="cannot be counted exactly in 64 bits; lower the costs"):
        certify(BACKEND)


def _nothing(_sizes: list[int]) -> None:
    """No number."""


def test_places_that_no_number_can_tell_apart_are_told_apart_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = certify(SMALL["rework"], CAPS)
    monkeypatch.setattr(searching, "_digits", _nothing)
    again = certify(SMALL["rework"], CAPS)
    assert (again.worst, again.ways, again.spent) == (found.worst, found.ways, found.spent)
