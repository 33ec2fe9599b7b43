"""The array reader of the rules agrees with the scalar one, row by row."""

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.analysis.arrays.columns import decode, decode_events, encode, encode_events
from remit.analysis.arrays.interpreter import Interpreter, Steps, Trouble, granted
from remit.analysis.arrays.rows import bind
from remit.graph.advance import Router, Step
from remit.graph.event import BIT, Event, Item, seats
from remit.graph.manifest import Manifest, start
from remit.graph.position import UNLIMITED, Position
from remit.graph.rules import RULES, Field, Guard, Heard, Rule, Term
from remit.state.errors import EventRefused
from remit.state.vocabulary import LOOPS, EventKind, Limit, MatterKind, Seat, Stage
from tests.walks import explored, manifests, walk, whole_team

Case = tuple[Position, Event, Seat]
BUILDER = BIT[Seat.BACKEND] | BIT[Seat.FRONTEND]


def wild(rng: random.Random, manifest: Manifest) -> Case:
    """A position, an event and a seat that need not be reachable together."""
    stage = rng.choice([*Stage][:13])
    home = rng.choice([*Stage][:9])

    def some(most: int) -> int:
        return rng.choice([0, 0, rng.randint(0, most)])

    counters: dict[str, Any] = {f"left_{limit}": rng.choice([0, 0, 1, 2, -1]) for limit in LOOPS}
    at = Position(
        stage, home, owed=rng.choice([0, 255, 1 << rng.randint(0, 7)]), again=some(127),
        todo=some(BUILDER) & BUILDER, settled=some(127), question=some(2),
        contract_asked=some(127), scope_asked=some(127), contract_change=some(127),
        scope_change=some(127), critical=some(1), affected=some(BUILDER) & BUILDER,
        reopen=some(2), requirements=some(1), contract=some(3), backend=some(3),
        frontend=some(3), stuck=some(127), budget=some(1), matter=rng.choice([*MatterKind]),
        about=rng.choice([int(item) for item in Item]), frozen=some(1), sealed=some(1),
        **counters,
    )  # fmt: skip
    event = Event(
        rng.choice([*EventKind]), requirements=some(1), contract=some(3), backend=some(3),
        frontend=some(3), contract_asked=some(127), scope_asked=some(127), critical=some(1),
        affected=some(BUILDER) & BUILDER, question=some(2), repeat=some(127), budget=some(1),
        approved=some(3),
    )  # fmt: skip
    return at, event, rng.choice([*Seat])


def by_scalar(table: Router, case: Case) -> Step | Trouble:
    try:
        return table.advance(*case)
    except EventRefused:
        return Trouble.REFUSED
    except RuntimeError as error:
        return next(
            kind
            for kind, words in (
                (Trouble.OVERSPENT, "spends what is not there"),
                (Trouble.STUCK, "no rule applies"),
                (Trouble.CIRCLES, "go in circles"),
            )
            if words in str(error)
        )


def compare(manifest: Manifest, cases: Sequence[Case], rules: tuple[Rule, ...] = RULES) -> int:
    """Assert that both readers say the same of each case; returns how many steps were made."""
    table = Router(manifest, rules)
    found = Interpreter(manifest, rules).step(
        encode([at for at, _, _ in cases]),
        encode_events([event for _, event, _ in cases]),
        np.array([BIT[seat] for _, _, seat in cases], np.int16),
        trace=True,
    )
    positions, made = decode(found.positions), 0
    for place, case in enumerate(cases):
        wanted = by_scalar(table, case)
        if isinstance(wanted, Trouble):
            assert found.trouble[place] == wanted, case
            continue
        made += 1
        assert found.trouble[place] == 0, case
        assert positions[place] == wanted.position, case
        assert told(found, place, rules) == told_by(wanted), case
    return made


def told(found: Steps, place: int, rules: tuple[Rule, ...]) -> tuple[object, ...]:
    fired = [int(column[place]) for column in found.fired]
    return (
        tuple(rules[number].id for number in fired if number >= 0),
        tuple(int(units) for units in found.spent[:, place]),
        int(found.waived[place]),
        granted(int(found.granted[place])),
        seats(int(found.issued[place])),
    )


def told_by(step: Step) -> tuple[object, ...]:
    return (
        tuple(rule.id for rule in step.fired),
        tuple(step.spent.count(limit) for limit in LOOPS),
        int(step.waived),
        step.granted,
        step.issued,
    )


def walked(manifest: Manifest, seed: int) -> list[Case]:
    trace = walk(manifest, random.Random(seed))
    return [(turn.before, turn.event, turn.seat) for turn in trace]


@settings(max_examples=settings().max_examples // 4)
@given(manifest=manifests(), seed=st.integers(0, 2**32))
def test_reads_every_report_of_a_run_as_advance_does(manifest: Manifest, seed: int) -> None:
    cases = walked(manifest, seed)
    assert compare(manifest, cases) == len(cases)


@settings(max_examples=settings().max_examples // 4)
@given(manifest=manifests(), seed=st.integers(0, 2**32))
def test_reads_any_position_and_event_as_advance_does(manifest: Manifest, seed: int) -> None:
    """Reachable or not: where the scalar reader refuses or breaks down, so does this one."""
    rng = random.Random(seed)
    compare(manifest, [wild(rng, manifest) for _ in range(60)])


def test_reads_faulty_rules_as_advance_does() -> None:
    """No row left at a stage, and a row that goes in circles."""
    manifest = whole_team(dict.fromkeys(LOOPS, 1))
    rng = random.Random(4)
    rules = tuple(rule for rule in RULES if rule.id not in ("experience.next", "docket.again"))
    compare(manifest, [wild(rng, manifest) for _ in range(400)], rules)


def test_reads_more_rows_than_a_word_has_bits_and_a_row_that_spends_twice() -> None:
    manifest = whole_team(dict.fromkeys(LOOPS, 2))
    rng = random.Random(5)
    never = replace(
        next(rule for rule in RULES if rule.id == "docket.again"),
        stages=tuple(Stage)[:13], guard=(Guard(Field("again"), "==", 999),),
    )  # fmt: skip
    twice = (replace(rule, spend=rule.spend * 2) for rule in RULES)
    compare(manifest, [wild(rng, manifest) for _ in range(400)], (*[never] * 70, *twice))


def test_a_guard_that_asks_on_its_right_is_refused() -> None:
    asks = replace(RULES[0], guard=(Guard(Term("standins"), "lacks", Heard("seat")),))
    with pytest.raises(ValueError, match="stands on its left"):
        bind(whole_team({}), (asks,))


def test_a_silent_row_that_asks_who_reports_is_refused() -> None:
    silent = next(rule for rule in RULES if rule.event is None)
    asks = replace(silent, guard=(Guard(Heard("seat"), "has", Term("builders")),))
    for row in (asks, replace(silent, guard=(), seat=Seat.QA)):
        with pytest.raises(ValueError, match="hears nobody"):
            bind(whole_team({}), (row,))


def test_leaves_what_it_is_given_as_it_was() -> None:
    manifest = whole_team({})
    block = encode([start(manifest)] * 2)
    before = block.copy()
    events = encode_events([Event(EventKind.DELIVER)])
    Interpreter(manifest).step(block, events, np.array([1, 1], np.int16))
    assert (block == before).all()


@given(manifest=manifests(), seed=st.integers(0, 2**32))
def test_columns_give_back_what_they_were_made_of(manifest: Manifest, seed: int) -> None:
    cases = walked(manifest, seed)
    positions, events = [case[0] for case in cases], [case[1] for case in cases]
    assert decode(encode(positions)) == positions
    assert decode_events(encode_events(events)) == events


@pytest.mark.prove
def test_both_readers_agree_on_a_hundred_thousand_triples() -> None:
    """Half of them reachable, half not; limits of zero and without end among them."""
    made = asked = 0
    zero = open_ = 0
    for seed in range(400):
        manifest = manifests_by_seed(seed)
        zero += any(manifest.limit(limit) == 0 for limit in LOOPS)
        open_ += any(manifest.limit(limit) == UNLIMITED for limit in LOOPS)
        rng = random.Random(seed)
        reached = explored(manifest, rng, 300)
        cases = [(turn.before, turn.event, turn.seat) for turn in reached]
        cases += [wild(rng, manifest) for _ in range(300)]
        made, asked = made + compare(manifest, cases), asked + len(cases)
    print(f"{asked:,} triples, {made:,} of them steps; limits of zero in {zero} policies of 400, "
          f"unlimited in {open_}")  # fmt: skip
    assert made >= 100_000
    assert zero
    assert open_


def manifests_by_seed(seed: int) -> Manifest:
    """A whole team under limits drawn by a seed."""
    rng = random.Random(seed)
    limits: dict[Limit, int] = {limit: rng.choice([0, 1, 2, 3, -1]) for limit in LOOPS}
    limits[Limit.GRANTS] = rng.randint(0, 2)
    return whole_team(limits, release=rng.randint(0, 1))
