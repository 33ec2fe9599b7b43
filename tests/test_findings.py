"""What is kept beside the worst cases is believed only as far as its runs show it."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from remit.analysis.findings import Findings, findings_on_file
from remit.analysis.kept import Kept, KeptVerdict, keep
from remit.analysis.proof import PARTS, prove
from remit.analysis.shortest import GOALS
from remit.graph.manifest import compile_manifest
from remit.state.brief import Brief
from remit.state.policy import load
from remit.state.vocabulary import Limit, Mode, Seat, Stage
from tests.certificates import shipped_terms
from tests.desks import BRIEF

ALONE = frozenset({Seat.QA})
POLICY = load("balanced")


@cache
def kept() -> Kept:
    return prove(POLICY, BRIEF, ALONE, Mode.AUDIT).kept()


def again(one: Kept, folder: Path) -> Findings | None:
    proof = prove(POLICY, BRIEF, ALONE, Mode.AUDIT)
    keep(one, folder)
    return findings_on_file(proof.manifest, POLICY, folder)


def test_what_was_found_is_found_again(tmp_path: Path) -> None:
    found = again(kept(), tmp_path)
    assert found is not None
    assert found.on_file
    proof = prove(POLICY, BRIEF, ALONE, Mode.AUDIT)
    assert (found.shortest, found.verdicts, found.dead, found.passages) == (
        proof.shortest, proof.verdicts, proof.dead, proof.map.passages,
    )  # fmt: skip


def _verdict(number: int, **changes: object) -> Callable[[Kept], Kept]:
    def spoil(one: Kept) -> Kept:
        verdicts = list(one.verdicts)
        verdicts[number - 1] = KeptVerdict.model_validate(
            {**verdicts[number - 1].model_dump(), **changes}
        )
        fails = tuple(n for n, verdict in enumerate(verdicts, 1) if verdict.holds is False)
        return one.model_copy(update={"verdicts": tuple(verdicts), "fails": fails})

    return spoil


def _shortest(aim: Stage | Limit, way: tuple[str, ...]) -> Callable[[Kept], Kept]:
    def spoil(one: Kept) -> Kept:
        ways = list(one.shortest)
        place = [known is aim for known in GOALS].index(True)
        ways[place] = ways[place].model_copy(update={"way": way})
        return one.model_copy(update={"shortest": tuple(ways)})

    return spoil


ACCEPTS = ("qa accept",)
SPOILT: dict[str, Callable[[Kept], Kept]] = {
    "a property that fails without a run": _verdict(5, holds=False),
    "a run that breaks nothing": _verdict(5, holds=False, witness=ACCEPTS),
    "a run that does not go round": _verdict(1, holds=False, witness=ACCEPTS, circle=2),
    "a report after which a row applies": _verdict(7, holds=False, witness=(), cut="qa accept"),
    "a run that is refused": _verdict(5, holds=False, witness=("qa deliver",)),
    "a run of a property that holds": _verdict(5, witness=ACCEPTS),
    "failures that are not named": lambda one: one.model_copy(update={"fails": (3,)}),
    "a verdict left out": lambda one: one.model_copy(update={"verdicts": one.verdicts[1:]}),
    "a way that leads elsewhere": _shortest(Stage.STOPPED, ACCEPTS),
    "a way that uses up nothing": _shortest(Limit.ESCALATIONS, ACCEPTS),
    "an aim left out": lambda one: one.model_copy(update={"shortest": one.shortest[1:]}),
    "a stage that is none": lambda one: one.model_copy(
        update={"map": (one.map[0].model_copy(update={"here": "moon"}),)}
    ),
    "a reason that is none": lambda one: one.model_copy(
        update={"dead": (one.dead[0].model_copy(update={"because": "fate"}),)}
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILT)
def test_what_its_runs_do_not_show_is_nothing(name: str, tmp_path: Path) -> None:
    assert again(SPOILT[name](kept()), tmp_path) is None


def test_a_run_that_goes_round_is_found_again_and_needs_no_worst_case(tmp_path: Path) -> None:
    policy = load("unattended")
    limits = policy.limits.model_copy(
        update={"rework_backend": None, "change_requests": 0, "escalations": 1}
    )
    endless, few = policy.model_copy(update={"limits": limits}), frozenset({Seat.CTO, Seat.BACKEND})
    first = prove(endless, BRIEF, few)
    assert first.fails == (1,)
    keep(first.kept(), tmp_path)
    second = prove(endless, BRIEF, few, folder=tmp_path)
    assert second == replace(first, on_file=True)
    assert second.kept_parts == PARTS


@pytest.mark.parametrize(("name", "policy", "brief"), shipped_terms())
def test_the_shipped_policies_bring_all_that_a_check_finds(
    name: str, policy: str, brief: Brief
) -> None:
    """`python -m tests.certificates` writes them anew."""
    terms = load(policy)
    found = findings_on_file(compile_manifest(terms, brief), terms, None)
    assert found is not None, name
    assert all(one.holds for one in found.verdicts)
    assert found.shortest[0].trace
