"""Dead clauses: what never applies is named with what is in its way, and nothing else is."""

import pytest

from remit.analysis.dead import Because, Dead, dead_clauses
from remit.graph.manifest import compile_manifest
from remit.state.policy import Policy, load
from remit.state.vocabulary import ROLES, Mode, Seat
from tests.desks import BRIEF
from tests.runs import policy


def dead(terms: Policy, roles: frozenset[Seat] = frozenset(ROLES)) -> dict[str, Dead]:
    found = dead_clauses(compile_manifest(terms, BRIEF, roles), terms)
    assert len({one.key for one in found}) == len(found)
    return {one.key: one for one in found}


def test_in_a_policy_that_asks_nobody_only_what_is_a_persons_is_dead() -> None:
    found = dead(load("unattended"))
    human = {key for key in found if key.startswith("human.")}
    assert len(human) == 7
    rest = set(found) - human
    assert rest == {
        "authority.budget", "grant_step", "missing.qa", "missing.security", "stages.human",
        "stages.release",
    }  # fmt: skip
    assert found["human.deadline_hours"].because is Because.HUMAN


def test_a_step_of_which_none_may_be_granted_is_shadowed_by_the_limit_on_grants() -> None:
    terms = policy("balanced", limits={"grants": 0})
    alone = compile_manifest(terms, BRIEF, frozenset({Seat.QA}), Mode.AUDIT)
    found = {one.key: one for one in dead_clauses(alone, terms)}["grant_step"]
    assert (found.because, found.shadows) == (Because.LIMIT, ("limits.grants",))
    assert found.why == "limits.grants is 0: no authority may grant anything"


@pytest.mark.prove
def test_grants_that_nobody_is_left_to_give_are_shadowed_by_who_may_be_asked() -> None:
    found = dead(policy("unattended", limits={"grants": 5, "escalations": 0}))
    assert found["limits.grants"].because is Because.LIMIT
    assert found["limits.grants"].shadows == ("limits.escalations",)
    assert found["authority.role"].shadows == ("limits.escalations",)
    assert "limits.escalations" not in found


@pytest.mark.prove
def test_work_that_nobody_does_again_and_limits_that_are_none_answer_nothing() -> None:
    terms = policy("unattended", limits={"no_progress": "unlimited", "handoffs": 5_000})
    found = dead(terms, frozenset(ROLES) - {Seat.FRONTEND})
    assert found["limits.rework_frontend"].because is Because.TEAM
    assert found["at_limit.rework_frontend"].because is Because.TEAM
    assert found["at_limit.no_progress"].because is Because.UNLIMITED
    assert found["limits.handoffs"].because is Because.LIMIT


def test_a_waiver_is_dead_where_only_security_reviews() -> None:
    """What Security finds is never waived by a clause."""
    found = dead(load("unattended"), frozenset(ROLES) - {Seat.FRONTEND, Seat.QA})
    assert "at_limit.contract_review" in found
    assert "limits.contract_review" not in found
