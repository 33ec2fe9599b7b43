"""The flaw model: the table of the design, and transitions that invent nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.agents.artifacts import finding_for, request_for
from remit.agents.flaws import (
    FINDING,
    MAKING,
    asked_as,
    finds,
    introduced,
    makes,
    mended,
    present,
    reported,
    reworking,
    to_mend,
)
from remit.state.brief import Brief
from remit.state.report import Flaw
from remit.state.vocabulary import FlawKind, FlawState, Seat, Stage, Target

K, S = FlawKind, Stage
FLAWS = st.builds(
    Flaw,
    state=st.sampled_from(FlawState),
    made_at=st.sampled_from((S.REQUIREMENTS, S.CONTRACT, S.BUILD)),
    site=st.integers(0, 2**31 - 1),
)
LUCK = st.integers(0, 2**64 - 1)

TABLE = {
    K.REQUIREMENT_GAP: (
        {(S.REQUIREMENTS, Seat.PM)},
        {(S.EXPERIENCE, Seat.UIUX), (S.VERIFICATION, Seat.QA), (S.ACCEPTANCE, Seat.CTO)},
    ),
    K.CONTRACT_GAP: (
        {(S.CONTRACT, Seat.BACKEND)},
        {
            (S.CONTRACT_REVIEW, Seat.FRONTEND),
            (S.CONTRACT_REVIEW, Seat.QA),
            (S.BUILD, Seat.FRONTEND),
            (S.VERIFICATION, Seat.QA),
        },
    ),
    K.SECURITY_FLAW: (
        {(S.CONTRACT, Seat.BACKEND), (S.BUILD, Seat.BACKEND)},
        {(S.CONTRACT_REVIEW, Seat.SECURITY), (S.VERIFICATION, Seat.SECURITY)},
    ),
    K.BACKEND_BUG: (
        {(S.BUILD, Seat.BACKEND)},
        {(S.VERIFICATION, Seat.QA), (S.ACCEPTANCE, Seat.CTO)},
    ),
    K.FRONTEND_BUG: (
        {(S.BUILD, Seat.FRONTEND)},
        {(S.VERIFICATION, Seat.QA), (S.ACCEPTANCE, Seat.CTO)},
    ),
}
"""Where each kind is made and found: design.md §4, written out a second time."""


@pytest.mark.parametrize("kind", FlawKind)
def test_the_table_is_the_designs(kind: FlawKind) -> None:
    made, found = TABLE[kind]
    assert {(row.stage, row.seat) for row in MAKING if row.kind is kind} == made
    assert {(row.stage, row.seat) for row in FINDING if row.kind is kind} == found
    assert all(kind in makes(*place) for place in made)
    assert all(kind in finds(*place) for place in found)


def test_nobody_judges_their_own_work() -> None:
    """A maker may come upon what another role froze, never upon what it made itself."""
    makers = {kind: {row.seat for row in MAKING if row.kind is kind} for kind in FlawKind}
    assert all(row.seat not in makers[row.kind] for row in FINDING)


@given(FLAWS, LUCK)
def test_a_new_flaw_is_hidden_and_elsewhere(before: Flaw, luck: int) -> None:
    new = introduced(before, S.BUILD, luck)
    assert new.state is FlawState.HIDDEN
    assert new.made_at is S.BUILD
    assert new.site != before.site
    Flaw.model_validate(dict(new))


@given(LUCK)
def test_the_first_flaw_has_a_valid_site(luck: int) -> None:
    Flaw.model_validate(dict(introduced(None, S.CONTRACT, luck)))


@given(st.lists(LUCK, min_size=2, max_size=9))
def test_no_flaw_of_a_run_is_taken_for_an_earlier_one(luck: list[int]) -> None:
    """Otherwise a new flaw would look like the old one coming back: no progress."""
    brief, seen = Brief(title="x"), set[str]()
    flaw: Flaw | None = None
    for number in luck:
        flaw = introduced(flaw, S.CONTRACT, number)
        seen.add(finding_for(brief, K.CONTRACT_GAP, flaw).fingerprint)
        seen.add(request_for(brief, K.CONTRACT_GAP, flaw).fingerprint)
    assert len(seen) == 2 * len(luck)


@given(FLAWS)
def test_mending_and_reporting_keep_the_place(flaw: Flaw) -> None:
    for moved, state in ((mended(flaw), FlawState.ABSENT), (reported(flaw), FlawState.REPORTED)):
        assert moved.state is state
        assert (moved.made_at, moved.site) == (flaw.made_at, flaw.site)


@given(FLAWS)
def test_only_what_is_there_and_not_accepted_can_be_found(flaw: Flaw) -> None:
    assert present(flaw) == (flaw.state in (FlawState.HIDDEN, FlawState.REPORTED))
    assert not present(None)


@given(FLAWS, st.sampled_from((S.REQUIREMENTS, S.CONTRACT, S.BUILD)))
def test_only_what_was_reported_is_mended_and_only_where_it_was_made(
    flaw: Flaw, stage: Stage
) -> None:
    expected = flaw.state is FlawState.REPORTED and flaw.made_at is stage
    assert to_mend(flaw, stage) == expected
    assert reworking(stage, Seat.BACKEND, {K.SECURITY_FLAW: flaw}) == (
        expected and stage is not S.REQUIREMENTS
    )


@pytest.mark.parametrize(
    ("kind", "made_at", "stage", "target"),
    [
        (K.REQUIREMENT_GAP, S.REQUIREMENTS, S.EXPERIENCE, None),
        (K.REQUIREMENT_GAP, S.REQUIREMENTS, S.VERIFICATION, Target.SCOPE),
        (K.REQUIREMENT_GAP, S.REQUIREMENTS, S.ACCEPTANCE, Target.SCOPE),
        (K.CONTRACT_GAP, S.CONTRACT, S.CONTRACT_REVIEW, None),
        (K.CONTRACT_GAP, S.CONTRACT, S.BUILD, Target.CONTRACT),
        (K.CONTRACT_GAP, S.CONTRACT, S.VERIFICATION, Target.CONTRACT),
        (K.SECURITY_FLAW, S.CONTRACT, S.CONTRACT_REVIEW, None),
        (K.SECURITY_FLAW, S.CONTRACT, S.VERIFICATION, Target.CONTRACT),
        (K.SECURITY_FLAW, S.BUILD, S.VERIFICATION, None),
        (K.BACKEND_BUG, S.BUILD, S.VERIFICATION, None),
        (K.FRONTEND_BUG, S.BUILD, S.ACCEPTANCE, None),
    ],
)
def test_what_is_frozen_is_asked_for_and_the_rest_is_found(
    kind: FlawKind, made_at: Stage, stage: Stage, target: Target | None
) -> None:
    flaw = Flaw(state=FlawState.HIDDEN, made_at=made_at)
    assert asked_as(kind, flaw, stage) is target
