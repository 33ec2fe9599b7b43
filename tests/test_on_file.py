"""A certificate on file is one whose every way is a run that comes to its number."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from remit.analysis.certificate import Certificate, certify
from remit.analysis.kept import Kept, keep
from remit.analysis.measures import Measure
from remit.analysis.on_file import certificate_on_file, filed
from remit.analysis.retelling import realisable
from remit.analysis.track import retraced, track
from remit.state.errors import EventRefused
from remit.state.vocabulary import Limit
from tests.certificates import CAPS, shipped_manifests
from tests.test_counting import SMALL

MANIFEST = SMALL["rework"]
HANDOFFS = str(Measure.HANDOFFS)


@cache
def proved() -> Certificate:
    return certify(MANIFEST, CAPS)


def kept(**changes: Any) -> Kept:
    return filed(MANIFEST, proved(), CAPS, ()).model_copy(update=changes)


def test_what_was_proved_is_found_again_with_every_way(tmp_path: Path) -> None:
    assert keep(kept(), tmp_path)
    found = certificate_on_file(MANIFEST, CAPS, tmp_path)
    assert found is not None
    assert found.on_file
    assert (list(found.worst.items()), found.spent) == (
        list(proved().worst.items()), proved().spent,
    )  # fmt: skip
    assert found.ways == proved().ways
    assert (found.positions, found.moves) == (proved().positions, proved().moves)


def test_costs_of_another_team_are_not_those_on_file(tmp_path: Path) -> None:
    keep(kept(), tmp_path)
    dearer = {one: replace(cap, micros=cap.micros + 1) for one, cap in CAPS.items()}
    assert certificate_on_file(MANIFEST, dearer, tmp_path) is None
    assert certificate_on_file(MANIFEST, None, tmp_path) is None


def _worse(one: Kept) -> Kept:
    return one.model_copy(update={"worst": {**one.worst, HANDOFFS: one.worst[HANDOFFS] + 1}})


def _without_a_way(one: Kept) -> Kept:
    return one.model_copy(update={"ways": {k: v for k, v in one.ways.items() if k != HANDOFFS}})


def _way(*turns: str) -> Callable[[Kept], Kept]:
    return lambda one: one.model_copy(update={"ways": {**one.ways, HANDOFFS: turns}})


SPOILT: dict[str, Callable[[Kept], Kept]] = {
    "a number that its way does not come to": _worse,
    "a measure without a way": _without_a_way,
    "an unknown measure": lambda one: one.model_copy(update={"worst": {**one.worst, "luck": 1}}),
    "a turn that is none": _way("cto"),
    "a seat that is none": _way("boss deliver"),
    "a number that no report says": _way("cto deliver backend=9"),
    "a field that no report has": _way("cto deliver kind=1"),
    "a report that is not offered": _way("cto deliver", "qa accept"),
    "a report after the end": _way("cto deliver", *["backend deliver"] * 99),
    "more spent than there is": lambda one: one.model_copy(
        update={"spent": {**one.spent, str(Limit.REWORK_BACKEND): 99}}
    ),
    "a limit left out": lambda one: one.model_copy(update={"spent": {}}),
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILT)
def test_a_file_that_does_not_replay_is_nothing(name: str, tmp_path: Path) -> None:
    keep(SPOILT[name](kept()), tmp_path)
    assert certificate_on_file(MANIFEST, CAPS, tmp_path) is None


def test_a_turn_is_written_in_a_few_words_and_read_again() -> None:
    way = proved().ways[Measure.HANDOFFS]
    assert track(way)[0] == "cto deliver"
    assert retraced(track(way), MANIFEST) == way
    with pytest.raises(EventRefused):
        retraced(("cto accept",), MANIFEST)


@pytest.mark.parametrize(("name", "manifest"), shipped_manifests())
def test_the_ways_of_the_shipped_policies_come_to_their_numbers(name: str, manifest: Any) -> None:
    found = certificate_on_file(manifest, CAPS, None)
    assert found is not None, f"{name}: python -m tests.certificates"
    assert not found.at_most
    assert Measure.MICROS in found.worst


@pytest.mark.parametrize("name", [name for name, _ in shipped_manifests()])
def test_reports_amount_to_every_worst_way_that_ships(name: str) -> None:
    """So `remit check --scripts` leaves none of them out."""
    manifest = dict(shipped_manifests())[name]
    found = certificate_on_file(manifest, CAPS, None)
    assert found is not None
    assert [one for one, way in found.ways.items() if not realisable(way, manifest)] == []
