"""The shortest runs, held against a search that knows nothing of open positions."""

from collections.abc import Iterator
from functools import cache

import pytest

from remit.analysis.ground import NoRun, Run
from remit.analysis.shortest import AIMS, Aim, shortest
from remit.graph.advance import Router
from remit.graph.event import Event, seats
from remit.graph.manifest import Manifest, compile_manifest, start
from remit.graph.position import Position
from remit.graph.rules import RULES
from remit.state.errors import EventRefused, InputError
from remit.state.policy import load
from remit.state.vocabulary import ENDS, EventKind, Limit, Seat, Stage
from tests.desks import BRIEF
from tests.test_counting import SMALL, said
from tests.test_properties import replayed

UNATTENDED = compile_manifest(load("unattended"), BRIEF)


@cache
def nearest(name: str) -> dict[tuple[type, Aim], int]:
    """Reports to each aim, one position after another; nothing is said again."""
    manifest = SMALL[name]
    table, found, front = Router(manifest), dict[tuple[type, Aim], int](), {start(manifest)}
    seen, depth = set[Position](), 0
    while front:
        seen, depth, after = seen | front, depth + 1, set[Position]()
        for at in front:
            for seat, event in heard(manifest, table, at):
                try:
                    step = table.advance(at, event, seat)
                except EventRefused:
                    continue
                limits = {rule.at_limit for rule in step.fired if rule.at_limit}
                moved = step.issued or step.position.stage in ENDS
                entered: list[Aim] = [step.position.stage] if moved else []
                for aim in (*limits, *entered):
                    found.setdefault((type(aim), aim), depth)
                after.add(step.position)
        front = {one for one in after - seen if one.stage not in ENDS}
    return found


def heard(manifest: Manifest, table: Router, at: Position) -> Iterator[tuple[Seat, Event]]:
    seat = seats(at.owed)[0]
    for event in said(at, seat, table.offered(at, seat), manifest.builders):
        if not event.repeat:
            yield seat, event


COMPARED: tuple[Aim, ...] = (
    Stage.BUILD, *sorted(ENDS), Limit.REWORK_BACKEND, Limit.CONTRACT_REVIEW, Limit.ESCALATIONS,
    Limit.HUMAN_QUESTIONS,
)  # fmt: skip


@pytest.mark.parametrize("name", ["straight", "reviewers"])
@pytest.mark.prove
def test_no_run_is_shorter(name: str) -> None:
    wanted = nearest(name)
    for aim in COMPARED:
        found = shortest(SMALL[name], aim)
        if (type(aim), aim) in wanted:
            assert isinstance(found, Run)
            assert len(found.trace) == wanted[type(aim), aim], aim
        else:
            assert isinstance(found, NoRun), aim


def test_every_aim_of_a_policy_is_reached_by_a_run_or_by_none() -> None:
    for aim in AIMS:
        found = shortest(UNATTENDED, aim)
        assert isinstance(found, Run | NoRun), aim
        if isinstance(found, Run):
            assert found.exact
            assert replayed(found.trace, UNATTENDED, RULES)


def test_the_shortest_way_to_shipping_is_the_straight_one() -> None:
    found = shortest(UNATTENDED, Stage.SHIPPED)
    assert isinstance(found, Run)
    smooth = {EventKind.DELIVER, EventKind.ACCEPT}
    assert {turn.event.kind for turn in found.trace} == smooth
    assert len(found.trace) == 12


def test_where_a_run_begins_is_reached_by_saying_nothing() -> None:
    assert shortest(UNATTENDED, Stage.PLAN) == Run((), frozenset())


def test_a_limit_that_no_row_answers_cannot_be_aimed_at() -> None:
    with pytest.raises(InputError, match="no row answers its end"):
        shortest(UNATTENDED, Limit.INVALID_OUTPUTS)
