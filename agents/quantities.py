"""The values that make up a behaviour: their names, units, bounds and labels."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from remit.agents.draws import BILLION, Probability
from remit.agents.flaws import FINDING, MAKING
from remit.state.report import Line, Value
from remit.state.vocabulary import FlawKind, Mode, Seat, Stage, Trigger

Label = Literal["measured", "published", "assumed"]
Unit = Literal["probability", "weight", "tokens", "dollars", "seconds", "hours"]


class Scale(NamedTuple):
    """How a unit is written and kept."""

    factor: int
    """Kept value = written value times this."""
    most: int
    """Largest written value."""
    what: str


SCALES: Mapping[Unit, Scale] = {
    "probability": Scale(BILLION, 1, "a number from 0 to 1"),
    "weight": Scale(1, 1_000_000, "a whole number from 0 to 1000000"),
    "tokens": Scale(1, 100_000_000, "a whole number from 0 to 100000000"),
    "dollars": Scale(1_000_000, 100_000, "a number from 0 to 100000"),
    "seconds": Scale(1, 100_000_000, "a whole number from 0 to 100000000"),
    "hours": Scale(3600, 10_000, "a number from 0 to 10000"),
}
VARYING: frozenset[Unit] = frozenset({"tokens", "dollars", "seconds", "hours"})
"""Units whose values have a spread."""

STAGES: tuple[Stage, ...] = (
    Stage.PLAN,
    Stage.REQUIREMENTS,
    Stage.EXPERIENCE,
    Stage.CONTRACT,
    Stage.CONTRACT_REVIEW,
    Stage.BUILD,
    Stage.VERIFICATION,
    Stage.ACCEPTANCE,
)
CONDITIONS: Mapping[Trigger, tuple[Stage, ...]] = {
    Trigger.NEW_COMPONENT: (Stage.CONTRACT, Stage.BUILD),
    Trigger.OVER_BUDGET: (Stage.CONTRACT,),
    Trigger.SECURITY_CONFLICT: (Stage.CONTRACT,),
    Trigger.CONTRACT_DRIFT: (Stage.BUILD,),
}
"""Conditions that Backend can run into, and where."""
RULINGS: Mapping[Seat, Mapping[str, tuple[str, ...]]] = {
    Seat.CTO: {
        "question": ("approve", "amend", "reject", "refer", "stop"),
        "ruling": ("approve", "reject", "refer"),
        "limit": ("grant", "waive", "freeze", "refer", "stop"),
        "no_progress": ("grant", "waive", "freeze", "refer", "stop"),
        "budget": ("grant", "refer", "stop"),
    },
    Seat.HUMAN: {
        "question": ("approve", "amend", "reject", "stop"),
        "ruling": ("approve", "reject", "stop"),
        "limit": ("grant", "waive", "freeze", "stop"),
        "no_progress": ("grant", "waive", "freeze", "stop"),
        "budget": ("grant", "stop"),
        "release": ("approve", "deny"),
    },
}
"""How an authority can answer each kind of matter: the weights of a behaviour."""
WORK: Mapping[Seat, tuple[Mode, ...]] = {
    Seat.CTO: (Mode.PLAN, Mode.AUDIT, Mode.ARBITRATE, Mode.CHANGE_CONTROL),
    Seat.PM: (Mode.DESIGN,),
    Seat.UIUX: (Mode.DESIGN,),
    Seat.BACKEND: (Mode.DESIGN, Mode.BUILD),
    Seat.FRONTEND: (Mode.REVIEW, Mode.BUILD),
    Seat.SECURITY: (Mode.REVIEW, Mode.AUDIT),
    Seat.QA: (Mode.REVIEW, Mode.AUDIT),
}
"""The modes in which each role works in a team; alone, another mode costs what the first does."""


def _paths() -> Iterator[tuple[str, Unit]]:
    for path in (*_about_flaws(), *_about_questions()):
        yield path, "probability"
    for authority, matters in RULINGS.items():
        for matter, answers in matters.items():
            for answer in answers:
                yield f"{authority}.{matter}.{answer}", "weight"
    yield "human.silence", "probability"
    yield "human.delay", "hours"
    for seat, modes in WORK.items():
        for mode in modes:
            for what, unit in _COSTS.items():
                yield f"work.{seat}.{mode}.{what}", unit


_COSTS: Mapping[str, Unit] = {
    "tokens_in": "tokens",
    "tokens_out": "tokens",
    "dollars": "dollars",
    "seconds": "seconds",
}


def _about_flaws() -> Iterator[str]:
    for making in MAKING:
        yield f"make.first.{making.key}"
        yield f"make.again.{making.key}"
    for kind in FlawKind:
        yield f"mend.{kind}"
    for stage, seat, kind in FINDING:
        yield f"find.{stage}.{seat}.{kind}"
    yield "find.again"


def _about_questions() -> Iterator[str]:
    for trigger in CONDITIONS:
        yield f"conditions.{trigger}"
    for stage in STAGES:
        yield f"question.{stage}"
    yield "repeat_question"
    yield "agent_failed"


PATHS: Mapping[str, Unit] = dict(_paths())
"""Every value of a behaviour, by its dotted name, with its unit."""


class Quantity(Value):
    """One value, in integers: parts in a billion, weights, tokens, micro-dollars or seconds."""

    value: Annotated[int, Field(ge=0)]
    spread: Annotated[int, Field(ge=0, le=BILLION)] = 0
    """How far a draw can lie from the value, parts in a billion of it."""
    label: Label
    source: Line
    """In words."""
    low: Annotated[int, Field(ge=0)]
    high: Annotated[int, Field(ge=0)]

    @property
    def share(self) -> Probability:
        """The spread, as `draws.spread` takes it."""
        return Probability(self.spread)
