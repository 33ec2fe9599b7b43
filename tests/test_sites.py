"""Every kind of flaw has places, all different, and a finding names the place that it is in."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.agents.artifacts import finding_for, flaw_site, request_for, sites
from remit.agents.artifacts.openapi import contract
from remit.agents.artifacts.product import product
from remit.agents.artifacts.sites import present
from remit.state.brief import Brief, Entity, EntityField
from remit.state.vocabulary import FlawKind, FlawState, Seat, Severity, Stage, Target
from tests.strategies import CLINIC, GAPPED, PROSE, briefs, flaw, shipped

OWNERS = {
    FlawKind.REQUIREMENT_GAP: Seat.PM,
    FlawKind.CONTRACT_GAP: Seat.BACKEND,
    FlawKind.SECURITY_FLAW: Seat.BACKEND,
    FlawKind.BACKEND_BUG: Seat.BACKEND,
    FlawKind.FRONTEND_BUG: Seat.FRONTEND,
}


@settings(max_examples=40)
@given(brief=briefs(), kind=st.sampled_from(FlawKind))
def test_every_kind_has_different_places_in_any_brief(brief: Brief, kind: FlawKind) -> None:
    found = sites(kind, brief)
    assert found
    assert len({(site.rule, site.place) for site in found}) == len(found)
    assert {site.owner for site in found} == {OWNERS[kind]}


@pytest.mark.parametrize("brief", shipped(), ids=lambda brief: brief.title[:12])
@pytest.mark.parametrize("kind", FlawKind)
def test_findings_of_different_sites_have_different_fingerprints(
    brief: Brief, kind: FlawKind
) -> None:
    stages = (Stage.CONTRACT, Stage.BUILD) if kind is FlawKind.SECURITY_FLAW else (None,)
    number = len(sites(kind, brief))
    prints = {
        finding_for(brief, kind, flaw(kind, n, made_at)).fingerprint
        for made_at in stages
        for n in range(number)
    }
    assert len(prints) == number


def test_a_site_is_counted_round() -> None:
    number = len(sites(FlawKind.FRONTEND_BUG, CLINIC))
    first = flaw_site(CLINIC, FlawKind.FRONTEND_BUG, flaw(FlawKind.FRONTEND_BUG, 0))
    again = flaw_site(CLINIC, FlawKind.FRONTEND_BUG, flaw(FlawKind.FRONTEND_BUG, number))
    assert first == again


def test_a_security_flaw_is_where_it_was_made() -> None:
    for made_at in (Stage.CONTRACT, Stage.BUILD):
        for n in range(40):
            site = flaw_site(
                CLINIC, FlawKind.SECURITY_FLAW, flaw(FlawKind.SECURITY_FLAW, n, made_at)
            )
            assert site.made_at is made_at


def test_tenant_rows_and_sensitive_fields_make_a_security_flaw_critical() -> None:
    """BE-FIN-5: what reaches other tenants' rows is as bad as it gets."""
    grave = finding_for(CLINIC, FlawKind.SECURITY_FLAW, flaw(FlawKind.SECURITY_FLAW))
    plain = finding_for(PROSE, FlawKind.SECURITY_FLAW, flaw(FlawKind.SECURITY_FLAW))
    secret = Brief(
        title="x",
        entities=(Entity(name="a", fields=(EntityField(name="b", sensitive=True),)),),
    )
    leak = finding_for(secret, FlawKind.SECURITY_FLAW, flaw(FlawKind.SECURITY_FLAW))
    assert (grave.severity, plain.severity, leak.severity) == (
        Severity.CRITICAL,
        Severity.HIGH,
        Severity.CRITICAL,
    )


def test_both_a_permission_and_a_tenant_filter_can_be_missing() -> None:
    """BE-AUTH-1, BE-AUTH-3."""
    rules = {site.rule for site in sites(FlawKind.SECURITY_FLAW, CLINIC)}
    assert rules == {"BE-AUTH-1", "BE-AUTH-3"}
    assert {site.rule for site in sites(FlawKind.SECURITY_FLAW, PROSE)} == {"BE-AUTH-1"}


def test_a_gap_that_the_brief_allows_comes_first() -> None:
    places = [site.place for site in sites(FlawKind.CONTRACT_GAP, GAPPED)]
    assert places[:2] == ["contract: booking.patient.nickname", "contract: booking.hue"]


def test_a_flaw_is_present_until_it_is_absent() -> None:
    kind = FlawKind.BACKEND_BUG
    for state in FlawState:
        there = present(product(CLINIC), {kind: flaw(kind, 3, state=state)})
        assert bool(there) is (state is not FlawState.ABSENT)


def test_a_contract_gap_asks_for_the_missing_field() -> None:
    whole, kind = product(CLINIC), FlawKind.CONTRACT_GAP
    content = contract(whole, present(whole, {kind: flaw(kind, 0)}), "1.0.0")
    request = request_for(CLINIC, kind, flaw(kind, 0), content)
    assert request.diff == ("+ Booking.starts_at",)
    assert not request.breaking
    assert request.affected == (Seat.BACKEND, Seat.FRONTEND)
    assert request.target is Target.CONTRACT


def test_a_security_flaw_in_the_contract_asks_for_a_breaking_change() -> None:
    whole, kind = product(CLINIC), FlawKind.SECURITY_FLAW
    made = flaw(kind, 0, Stage.CONTRACT)
    content = contract(whole, present(whole, {kind: made}), "1.0.0")
    request = request_for(CLINIC, kind, made, content)
    assert request.breaking
    assert "+ GET /v1/patients security" in request.diff
    assert "+ GET /v1/patients response 403" in request.diff


def test_a_request_leaves_other_flaws_out_of_its_difference() -> None:
    whole = product(CLINIC)
    made = {
        FlawKind.CONTRACT_GAP: flaw(FlawKind.CONTRACT_GAP, 0),
        FlawKind.SECURITY_FLAW: flaw(FlawKind.SECURITY_FLAW, 0, Stage.CONTRACT),
    }
    content = contract(whole, present(whole, made), "1.0.0")
    for kind, one in made.items():
        assert request_for(CLINIC, kind, one, content) == request_for(CLINIC, kind, one)


def test_what_is_mended_is_not_asked_for_again() -> None:
    content = contract(product(CLINIC), (), "1.1.0")
    request = request_for(CLINIC, FlawKind.CONTRACT_GAP, flaw(FlawKind.CONTRACT_GAP), content)
    assert request.diff == ()


def test_a_requirement_gap_asks_for_scope() -> None:
    request = request_for(CLINIC, FlawKind.REQUIREMENT_GAP, flaw(FlawKind.REQUIREMENT_GAP, 0))
    assert request.target is Target.SCOPE
    assert request.diff
    assert "A room has one booking at a time." in request.diff[0]


@pytest.mark.parametrize("kind", [FlawKind.BACKEND_BUG, FlawKind.SECURITY_FLAW])
def test_a_flaw_in_the_build_needs_no_change_request(kind: FlawKind) -> None:
    with pytest.raises(ValueError, match="needs no change request"):
        request_for(CLINIC, kind, flaw(kind))


@settings(max_examples=15)
@given(brief=briefs(), site=st.integers(0, 2**31 - 1))
def test_every_request_has_a_real_difference(brief: Brief, site: int) -> None:
    whole = product(brief)
    for kind, made_at in (
        (FlawKind.CONTRACT_GAP, Stage.CONTRACT),
        (FlawKind.SECURITY_FLAW, Stage.CONTRACT),
        (FlawKind.REQUIREMENT_GAP, Stage.REQUIREMENTS),
    ):
        made = flaw(kind, site, made_at)
        content = contract(whole, present(whole, {kind: made}), "1.0.0")
        request = request_for(brief, kind, made, content)
        assert request.diff
        assert request.breaking is (kind is FlawKind.SECURITY_FLAW)
