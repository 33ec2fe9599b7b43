"""Long runs: repeated loops are told once, and nothing of them is lost."""

from collections.abc import Sequence
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.analysis.folding import FEWEST, LONG, Fold, folded
from remit.analysis.story import Kind, Step, Work
from remit.state.handoff import Move
from remit.state.vocabulary import EventKind, Mode, Seat, Stage

LOOP = (Stage.CONTRACT, Stage.CONTRACT_REVIEW)


def steps(stages: Sequence[Stage]) -> tuple[Step, ...]:
    return tuple(
        Step(
            number=number, start_s=60 * number, contract="", changed="", spent=(), reached=(),
            cost_micros=number,
            works=(_work(number, stage),),
        )
        for number, stage in enumerate(stages, 1)
    )  # fmt: skip


def _work(number: int, stage: Stage) -> Work:
    return Work(
        seq=number, step=number, who=Seat.BACKEND, seat=Seat.BACKEND, stage=stage,
        mode=Mode.DESIGN, kind=Kind.WORK, move=Move.NORMAL, source=number - 1 or None,
        beside=(), about="",
        start_s=60 * number, duration_s=60, answer=EventKind.DELIVER, said="delivered", why="",
        matter=f"m{number}" if stage is Stage.ARBITRATION else None, spent=(),
    )  # fmt: skip


def told(stages: Sequence[Stage]) -> list[str | tuple[int, int, int]]:
    """What is told: a stage, or (rounds, first, last) of a fold."""
    return [
        (one.rounds, one.first, one.last) if isinstance(one, Fold) else str(one.works[0].stage)
        for one in folded(steps(stages))
    ]


def test_a_loop_keeps_its_first_and_its_last_round() -> None:
    stages = [Stage.PLAN, *LOOP * 25, Stage.BUILD]
    assert told(stages) == [
        "plan", "contract", "contract_review", (23, 4, 49), "contract", "contract_review", "build",
    ]  # fmt: skip


def test_a_question_in_a_round_hides_no_loop() -> None:
    asked = [Stage.CONTRACT, Stage.ARBITRATION, Stage.CONTRACT, Stage.CONTRACT_REVIEW]
    stages = [*LOOP * 8, *asked, *LOOP * 12]
    fold = next(one for one in folded(steps(stages)) if isinstance(one, Fold))
    assert (fold.rounds, fold.matters, fold.cycle) == (19, 1, LOOP)


def test_a_short_run_is_told_in_full() -> None:
    stages = [*LOOP * (LONG // 2 - 1), Stage.BUILD]
    assert len(told(stages)) == LONG - 1


@pytest.mark.parametrize("rounds", [2, FEWEST - 1])
def test_few_rounds_are_told_in_full(rounds: int) -> None:
    between = (Stage.PLAN, Stage.REQUIREMENTS, Stage.EXPERIENCE, Stage.BUILD, Stage.VERIFICATION,
               Stage.ACCEPTANCE, Stage.SOLO, Stage.SHIPPED, Stage.STOPPED)  # fmt: skip
    stages = [stage for other in between for stage in (*LOOP * rounds, other)]
    assert len(stages) > LONG
    assert told(stages) == [str(stage) for stage in stages]


@given(st.lists(st.sampled_from([*LOOP, Stage.BUILD, Stage.ARBITRATION]), max_size=90))
def test_every_step_is_told_or_folded_once_and_in_order(stages: list[Stage]) -> None:
    given = steps(stages)
    found = chain.from_iterable(
        one.steps if isinstance(one, Fold) else (one,) for one in folded(given)
    )
    assert tuple(found) == given
