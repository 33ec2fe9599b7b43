"""LangGraph and the plain loop write the same rows by seed."""

import pytest

from remit.graph.bound import bound
from remit.state.policy import load, shipped
from remit.state.vocabulary import ROLES, Mode, Seat
from tests.runs import Setting, head, played

TEAMS = (
    ROLES,
    tuple(role for role in ROLES if role is not Seat.CTO),
    (Seat.CTO, Seat.BACKEND, Seat.QA),
    (Seat.FRONTEND, Seat.SECURITY),
)


@pytest.mark.parametrize("name", shipped())
@pytest.mark.parametrize("behaviour", ["perfect", "strong", "typical", "weak", "worst"])
def test_both_engines_write_the_same_rows(name: str, behaviour: str) -> None:
    for seed in range(2):
        plain = played(behaviour, Setting(policy=load(name), seed=seed))
        drawn = played(behaviour, Setting(policy=load(name), seed=seed, engine="graph"))
        assert head(plain) == head(drawn)
        assert plain.handoffs == drawn.handoffs
        assert plain.ended
        assert len(plain.handoffs) <= bound(plain.manifest)


@pytest.mark.parametrize("roles", TEAMS, ids="+".join)
def test_both_engines_agree_whoever_is_on_the_team(roles: tuple[Seat, ...]) -> None:
    """PUB-4: any subset of the seven runs."""
    for behaviour in ("typical", "worst"):
        plain = played(behaviour, Setting(roles=roles, seed=5))
        drawn = played(behaviour, Setting(roles=roles, seed=5, engine="graph"))
        assert head(plain) == head(drawn)
        assert plain.ended


@pytest.mark.parametrize("mode", [Mode.DESIGN, Mode.BUILD, Mode.REVIEW, Mode.AUDIT])
def test_both_engines_agree_on_one_role_alone(mode: Mode) -> None:
    """PUB-3, BE-MODE-0: one agent, one mode, one work item."""
    plain = played("typical", Setting(roles=(Seat.BACKEND,), mode=mode, seed=2))
    drawn = played("typical", Setting(roles=(Seat.BACKEND,), mode=mode, seed=2, engine="graph"))
    assert head(plain) == head(drawn)
    assert plain.ended
