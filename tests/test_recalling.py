"""What comes back on a worst way was ruled on before; the number is then one that a run reaches."""

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
from remit.state.vocabulary import Seat
from tests.desks import BRIEF
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
