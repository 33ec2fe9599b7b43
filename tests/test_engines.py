"""LangGraph and the plain loop write the same rows by seed, on every machine."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from remit.graph.bound import bound
from remit.state.policy import load, shipped
from remit.state.vocabulary import ROLES, Mode, Seat
from tests.golden import heads
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


# --- golden heads: the same on every machine and every supported Python ---------------------------

ROOT = Path(__file__).parent.parent
GOLDEN = json.loads((ROOT / "tests" / "golden.json").read_text("utf-8"))


def test_the_chain_heads_are_those_that_were_written_down() -> None:
    """After a change that was meant: `python -m tests.golden > tests/golden.json`."""
    assert heads() == GOLDEN


def test_the_chain_heads_do_not_depend_on_the_process() -> None:
    """Sets and dictionaries that are ordered by chance would show under another hash seed."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.golden"],
        cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": "4711"}, capture_output=True, text=True,
        check=True, timeout=120,
    )  # fmt: skip
    assert json.loads(done.stdout) == heads()


def test_the_seed_decides() -> None:
    """Luck differs between seeds, even for a team that makes no flaw."""
    assert len(set(GOLDEN.values())) == len(GOLDEN)
