"""What comes back on a worst way was ruled on before; the number is then one that a run reaches."""

from collections.abc import Mapping
from functools import cache

import pytest

from remit.analysis.arrays import visits
from remit.analysis.arrays.control import Control
from remit.analysis.certificate import Certificate, certify
from remit.analysis.ground import ground
from remit.analysis.measures import Measure
from remit.analysis.recalling import recalled
from remit.analysis.retelling import realisable
from remit.graph.manifest import Manifest, compile_manifest
from remit.state.errors import InputError
from remit.state.vocabulary import LOOPS, AtLimit, Seat
from tests.desks import BRIEF
from tests.every_run import EveryRun
from tests.test_proof import limited as policy_with


@cache
def terms() -> Manifest:
    """Two roles; for all that routing sees, a change may come back that nobody ever asked for."""
    policy = policy_with("unattended", rework_backend=1, change_requests=0, escalations=1)
    return compile_manifest(policy, BRIEF, frozenset({Seat.CTO, Seat.BACKEND}))


def graph() -> Control:
    return ground(terms()).graph


@cache
def found(told_apart: bool) -> Certificate:
    return certify(terms(), graph=recalled(graph()) if told_apart else graph())


def test_without_memory_a_worst_way_repeats_what_was_never_ruled_on() -> None:
    way = found(False).ways[Measure.HANDOFFS]
    assert not realisable(way, terms())


def test_with_it_reports_amount_to_every_worst_way_and_none_is_worse_than_before() -> None:
    for measure, most in found(True).worst.items():
        assert most <= found(False).worst[measure]
        assert realisable(found(True).ways[measure], terms())
    assert found(True).worst[Measure.HANDOFFS] < found(False).worst[Measure.HANDOFFS]


TWO = (Seat.CTO, Seat.BACKEND)
TINY: Mapping[str, tuple[tuple[Seat, ...], dict[str, int]]] = {
    "nothing": (TWO, {}),
    "rework": (TWO, {"rework_backend": 1, "no_progress": 1}),
    "questions": (TWO, {"no_progress": 1, "escalations": 1}),
    "changes": (TWO, {"change_requests": 1, "no_progress": 1, "escalations": 1}),
    "all three": (
        TWO, {"rework_backend": 1, "change_requests": 1, "no_progress": 1, "escalations": 1},
    ),
    "grants": (
        (Seat.CTO, Seat.PM, Seat.UIUX), {"requirement_rework": 1, "escalations": 1, "grants": 1},
    ),
    "requirements": (
        (Seat.CTO, Seat.PM, Seat.UIUX),
        {"requirement_rework": 1, "no_progress": 1, "escalations": 1},
    ),
}  # fmt: skip
"""By name, who is on the team, and the limits that are 1; all others are 0."""
QUICK = ("rework", "questions")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.prove][: name not in QUICK]) for name in TINY]
)
def test_the_worst_cases_are_those_of_every_run_there_is(name: str) -> None:
    """By brute force over reports, with the ledger that live runs have, and without any arrays.

    That nothing new comes back makes numbers smaller; that all comes back that can, `no_progress`
    shows: it is spent by nothing else.
    """
    roles, ones = TINY[name]
    policy = policy_with("unattended", **dict.fromkeys(LOOPS, 0) | ones)
    if "grants" in ones:  # where work is never sent back past its limit, nothing is granted
        at_limit = policy.at_limit.model_copy(update={"requirement_rework": AtLimit.ESCALATE})
        policy = policy.model_copy(update={"at_limit": at_limit})
    manifest = compile_manifest(policy, BRIEF, frozenset(roles))
    told_apart = recalled(ground(manifest).graph)
    assert told_apart is not None
    every = EveryRun(manifest)
    found = certify(manifest, graph=told_apart)
    assert {measure: every.worst[measure] for measure in found.worst} == found.worst
    assert {limit: every.worst[limit] for limit in LOOPS} == found.spent
    assert found.at_most == {}
    assert {str(limit) for limit in LOOPS if found.spent[limit]} == ones.keys()


def test_what_takes_too_many_moves_is_not_told_apart() -> None:
    assert recalled(graph(), most=10) is None


def test_of_equally_bad_runs_one_that_fits_is_told() -> None:
    """Where the graph is too large to keep in mind what was ruled on."""
    plain = certify(terms(), graph=graph(), fits=lambda way: realisable(way, terms()))
    assert plain.worst == found(False).worst
    settled = [one for one, way in plain.ways.items() if realisable(way, terms())]
    before = [one for one, way in found(False).ways.items() if realisable(way, terms())]
    assert set(settled) >= set(before)


def test_limits_that_are_too_wide_are_refused_with_an_estimate_before_any_search(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(visits, "SAMPLED", 2)
    told = list[int]()
    with pytest.raises(InputError, match=r"about [\d,]+ ways .*GB\), and there is room for 9;"):
        certify(terms(), room=9, expects=told.append)
    assert told == []


def test_how_many_ways_there_will_be_is_told_first() -> None:
    told = list[int]()
    got = certify(terms(), expects=told.append)
    assert len(told) == 1
    assert got.passages / 3 < told[0] < got.passages * 30
