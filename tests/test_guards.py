"""What a row asks is said in words, with the value that it read."""

import pytest

from remit.analysis.guards import asked
from remit.graph.event import Item, mask
from remit.graph.manifest import Manifest, compile_manifest, start
from remit.graph.position import Position
from remit.graph.rules import RULES, Field, Heard
from remit.state.vocabulary import MatterKind, Seat, Stage
from tests.desks import BRIEF
from tests.runs import BALANCED, policy

MANIFEST = compile_manifest(BALANCED, BRIEF)
AT = start(MANIFEST)
ROWS = {rule.id: rule for rule in RULES}


def said(row: str, at: Position, manifest: Manifest = MANIFEST) -> str:
    return "; ".join(asked(ROWS[row], at, manifest))


@pytest.mark.parametrize(
    ("row", "at", "words"),
    [
        ("rework.backend", AT._replace(backend=1), "findings that wait for backend: ordinary"),
        ("rework.backend", AT._replace(backend=3), "for backend: critical security"),
        ("rework.backend", AT._replace(backend=1), "rework_backend: 2 left before this step"),
        ("rework.backend", AT._replace(left_rework_backend=-1), "rework_backend: unlimited"),
        ("rework.backend.waive", AT._replace(left_rework_backend=0),
         "rework_backend: nothing left"),
        ("rework.backend.waive", AT, "at_limit.rework_backend is waive"),
        ("docket.again", AT._replace(again=mask(Seat.PM, Seat.QA)), "waiting to go on: pm, qa"),
        ("rework.build", AT._replace(todo=mask(Seat.BACKEND)), "not delivered: backend"),
        ("no_progress.backend.spend", AT._replace(stuck=Item.BACKEND), "dealt with: backend"),
        ("arbitration.to_human.own_plan", AT._replace(home=Stage.PLAN), "comes from: plan"),
        ("arbitration.to_human.question", AT._replace(matter=MatterKind.QUESTION, question=2),
         "the open matter: question"),
        ("arbitration.to_human.no_cto", AT, "the CTO's seat is taken: yes"),
        ("reopen.contract", AT._replace(reopen=1), "an approved change on its way"),
        ("build.change", AT._replace(stage=Stage.BUILD), "no longer taken: no"),
    ],
)  # fmt: skip
def test_a_guard_is_said_with_what_it_read(row: str, at: Position, words: str) -> None:
    assert words in said(row, at)


def test_the_authority_that_the_policy_names_is_said() -> None:
    human = compile_manifest(policy(authority={"limit": "human"}), BRIEF)
    assert "authority.limit is human" in said("arbitration.to_human.limit", AT, human)
    assert "authority.limit is cto" in said("arbitration.to_human.limit", AT)


def test_no_row_is_told_in_the_names_of_the_code() -> None:
    """Fields that nobody has words for would be printed as they are called in the position."""
    hidden = {"left_", "_asked", "_change:", "group_", "grantable_", "_to_human"}
    for rule in RULES:
        told = "; ".join(asked(rule, AT, MANIFEST))
        if not any(isinstance(side, Heard) for guard in rule.guard for side in guard):
            assert [name for name in hidden if name in told] == [], (rule.id, told)
        named = [one.left.name for one in rule.guard if isinstance(one.left, Field)]
        assert bool(named) <= bool(told)
