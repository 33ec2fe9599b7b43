"""The routing table: hygiene, totality, and an example of each family of rows."""

import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.graph.advance import advance, offered
from remit.graph.event import Event, mask, seats
from remit.graph.manifest import Manifest, start
from remit.graph.position import LEFT, Position
from remit.graph.rules import RULES, Field, Heard, Rule, Term
from remit.state.errors import EventRefused
from remit.state.vocabulary import (
    ENDS,
    LOOPS,
    AtLimit,
    EventKind,
    Limit,
    Mode,
    Seat,
    Stage,
)
from tests.games import Game
from tests.walks import alone, explored, manifests, random_event, whole_team

SILENT = [rule for rule in RULES if rule.event is None]


# --- the table as data ---------------------------------------------------------------------------


def test_ids_are_unique() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)


SERVED_WHOLE = (Stage.ACCEPTANCE, Stage.SOLO)
"""Stages that end when nothing waits, and serve whatever can wait there."""


@pytest.mark.parametrize("stage", sorted(set(Stage) - ENDS - {Stage.RELEASE, *SERVED_WHOLE}))
def test_the_silent_rows_of_a_stage_end_in_one_that_always_fires(stage: Stage) -> None:
    last = [rule for rule in SILENT if stage in rule.stages][-1]
    assert [guard.left for guard in last.guard] == [Field("owed")], last.id


@pytest.mark.parametrize("stage", SERVED_WHOLE)
def test_what_can_wait_before_the_end_is_always_served(stage: Stage) -> None:
    """Whether something or nothing is left under the limit of its loop, a row takes it."""
    rows = [rule for rule in SILENT if stage in rule.stages]
    waiting = {"question", "again", "backend", "frontend"}
    waiting |= {"contract_asked", "scope_asked"} if stage is Stage.ACCEPTANCE else set[str]()
    for field in waiting:
        rest = [
            {(one.left.name, one.op) for one in rule.guard if one.left.name not in ("owed", field)}
            for rule in rows
            if any(one.left == Field(field) and one.op in ("!=", ">", "has") for one in rule.guard)
        ]
        limits = {name for one in rest for name, _ in one if name in LEFT.values()}
        always = set[tuple[str, str]]() in rest
        assert always or any({(one, "!=")} in rest and {(one, "==")} in rest for one in limits), (
            field
        )


def test_only_the_humans_answer_leaves_the_release() -> None:
    assert not [rule for rule in SILENT if Stage.RELEASE in rule.stages]


def test_rows_read_and_write_what_is_there() -> None:
    known: dict[type, set[str]] = {
        Field: set(Position._fields),
        Heard: {*Event._fields, "seat"},
        Term: set(Manifest.__dataclass_fields__),
    }
    for rule in RULES:
        operands = [one for guard in rule.guard for one in (guard.left, guard.right)]
        for operand in [*operands, *(update.value for update in rule.sets)]:
            if isinstance(operand, Field | Heard | Term):
                assert operand.name in known[type(operand)], (rule.id, operand)
        assert {update.field for update in rule.sets} <= set(Position._fields), rule.id
        assert {guard.op for guard in rule.guard} <= {"==", "!=", "<", ">", "has", "lacks"}
        assert {update.op for update in rule.sets} <= {"=", "|", "-", "&", "+", "max"}


def test_a_row_goes_where_it_says() -> None:
    for rule in RULES:
        stages = [update.value for update in rule.sets if update.field == "stage"]
        going = [stage for stage in stages if isinstance(stage, Stage)]
        assert going == ([rule.goto] if rule.goto else []), rule.id


def test_a_row_that_spends_asks_first_whether_anything_is_left() -> None:
    """Safety property 2: nothing is spent that is not there."""
    for rule in RULES:
        for limit in rule.spend:
            assert any(
                guard.left == Field(LEFT[limit]) and (guard.op, guard.right) == ("!=", 0)
                for guard in rule.guard
            ), rule.id
            assert rule.clause == f"limits.{limit}", rule.id


def test_a_row_at_a_limit_names_the_limit_and_the_clause() -> None:
    for rule in RULES:
        if rule.at_limit:
            name = "budget" if rule.at_limit is Limit.HANDOFFS else str(rule.at_limit)
            asked = ("human.present",) if rule.at_limit is Limit.HUMAN_QUESTIONS else ()
            assert rule.clause in (f"at_limit.{name}", f"limits.{name}", *asked), rule.id
        elif rule.event is None:
            assert not rule.clause.startswith("at_limit"), rule.id


def test_only_a_grant_gives_room_and_it_spends_a_grant() -> None:
    """Safety property 2."""
    for rule in RULES:
        raised = [one.field for one in rule.sets if one.field in LEFT.values()]
        assert not raised or rule.grants, rule.id
        assert (Limit.GRANTS in rule.spend) == bool(rule.grants), rule.id
        assert rule.grants not in (Limit.ESCALATIONS, Limit.HUMAN_QUESTIONS, Limit.GRANTS)


def test_every_row_says_why() -> None:
    assert all(rule.text and not rule.text.endswith(".") for rule in RULES)


def test_every_row_fires_in_some_run() -> None:
    unseen = {rule.id for rule in RULES}
    for seed in range(4):
        for manifest in _varied():
            for turn in explored(manifest, random.Random(seed), 3_000):
                unseen -= {rule.id for rule in turn.step.fired}
            if not unseen:
                return
    assert not unseen


def _varied() -> Iterator[Manifest]:
    """Manifests that between them allow every row."""
    rich: dict[Limit, int] = dict.fromkeys(LOOPS, 3)
    rich |= {Limit.ESCALATIONS: -1, Limit.HUMAN_QUESTIONS: -1}
    bare: dict[Limit, int] = {**rich, **dict.fromkeys(_LOOPS_OF_WORK, 0)}
    quick: dict[Limit, int] = {**rich, Limit.NO_PROGRESS: 0}
    little: dict[Limit, int] = {**rich, Limit.ESCALATIONS: 1, Limit.HUMAN_QUESTIONS: 1}
    escalate, stop, waive = AtLimit.ESCALATE, AtLimit.STOP, {"no_progress_at": AtLimit.WAIVE}
    stops = {f"{name}_at": stop for name in _STOPPING}
    people = {f"{name}_to_human": 1 for name in _ASKING}
    yield whole_team(rich, release=1, changes={"scope_to_human": 0})
    yield whole_team(rich, changes=people)
    for limits in (bare, quick):
        yield whole_team(limits, at=escalate, changes={"scope_to_human": 0})
        yield whole_team(limits, at=escalate, changes=people)
        yield whole_team(limits, at=stop, changes=stops)
    yield whole_team(bare, changes={"change_requests_at": AtLimit.FREEZE})
    yield whole_team(quick, changes=waive)
    yield whole_team(little, at=stop, changes=stops)
    yield whole_team(little)
    yield whole_team(quick, changes={"human": 0})
    yield whole_team(rich, changes={"cto": 0, "standins": mask(Seat.CTO)})
    for mode in (Mode.AUDIT, Mode.BUILD):
        yield whole_team(rich, changes={**alone(Seat.BACKEND, mode), "cto": 0})


_LOOPS_OF_WORK = (
    Limit.REQUIREMENT_REWORK, Limit.CONTRACT_REVIEW, Limit.CHANGE_REQUESTS, Limit.REWORK_BACKEND,
    Limit.REWORK_FRONTEND,
)  # fmt: skip
_STOPPING = ("change_requests", "no_progress", "escalations", "budget")
_ASKING = ("contract", "limit", "no_progress", "budget")


# --- advance ------------------------------------------------------------------------------------


@given(manifest=manifests(), seed=st.integers(0, 2**32))
def test_advance_takes_what_is_offered_and_refuses_the_rest(manifest: Manifest, seed: int) -> None:
    """Total: no offered event breaks down, every other is refused with a named error."""
    rng = random.Random(seed)
    for turn in explored(manifest, rng, 25):
        offers = offered(turn.before, turn.seat, manifest)
        assert offers
        for kind in EventKind:
            event = random_event(rng, turn.before, turn.seat, kind)
            if kind in offers:
                first = advance(turn.before, event, manifest, turn.seat)
                assert first == advance(turn.before, event, manifest, turn.seat)
                continue
            with pytest.raises(EventRefused) as refused:
                advance(turn.before, event, manifest, turn.seat)
            said = str(refused.value)
            assert str(turn.seat) in said
            assert f"{str(kind)!r} is not offered" in said
            assert repr(str(turn.before.stage)) in said
            assert all(str(offer) in said for offer in offers)


def test_who_owes_nothing_is_refused() -> None:
    run = Game(manifest=whole_team({}))
    with pytest.raises(EventRefused, match="qa: owes no report at stage 'plan'"):
        run.say(Seat.QA, EventKind.ACCEPT)


@given(manifest=manifests(), seed=st.integers(0, 2**32))
def test_positions_stay_small(manifest: Manifest, seed: int) -> None:
    """Masks of eight seats, grades to 3, counters that never grow past limit and grants."""
    for turn in explored(manifest, random.Random(seed), 60):
        at = turn.step.position
        for limit in LOOPS:
            allowed = manifest.limit(limit)
            assert at.left(limit) <= max(allowed, 0) + max(manifest.grants, 0)
            assert (at.left(limit) < 0) == (allowed < 0)
        assert max(at.requirements, at.contract, at.backend, at.frontend) <= 3
        assert max(at.owed, at.again, at.todo, at.settled, at.contract_asked) < 256
        assert at.stuck < 128


def test_start_gives_every_counter_its_limit() -> None:
    manifest = whole_team({Limit.GRANTS: 1, Limit.CHANGE_REQUESTS: -1})
    at = start(manifest)
    assert {limit: at.left(limit) for limit in LOOPS} == {
        limit: manifest.limit(limit) for limit in LOOPS
    }
    assert seats(at.owed) == (Seat.CTO,)


def test_rules_are_told_apart_by_event_or_silence() -> None:
    """A row that hears nothing reads nothing of the event."""
    for rule in SILENT:
        operands = [one for guard in rule.guard for one in (guard.left, guard.right)]
        assert not any(isinstance(one, Heard) for one in [*operands, *(s.value for s in rule.sets)])
        assert isinstance(rule, Rule)
