"""Responses: what a run is judged by, as whole numbers, whichever engine made the run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from remit.analysis.chain.sampled import STAGES, Sample
from remit.analysis.took import REWORK
from remit.graph.course import Course
from remit.state.vocabulary import FlawState, Limit, MatterKind, Outcome, Seat, Stage

Amounts = NDArray[np.int64]
"""One whole number for each run."""


class Response(StrEnum):
    """What a run can be judged by."""

    SHIPS = "ships"
    """Whether it shipped."""
    SHIPS_CLEAN = "ships_clean"
    """Whether it shipped with no flaw inside: none that escaped, none accepted as debt."""
    COST = "cost"
    """US dollars."""
    HOURS = "hours"
    """Hours of the run's own clock, waiting for people included."""
    HUMAN_QUESTIONS = "human_questions"
    """Matters put to a person; the approval of a release is not one."""
    ESCAPED_FLAWS = "escaped_flaws"
    """Kinds of flaw inside what shipped that nobody accepted."""
    DEBTS = "debts"
    """Waivers written down."""
    REWORK = "rework"
    """Rounds of rework, of all owners."""
    CONTRACT_CHANGES = "contract_changes"
    """Change requests that were let in."""
    HANDOFFS = "handoffs"
    TOKENS = "tokens"


@dataclass(frozen=True, kw_only=True, slots=True)
class Nature:
    """How a response is read."""

    words: str
    scale: int = 1
    """Whole numbers that make one unit."""
    unit: str = ""
    """`%`, `$`, `h`, or nothing for a count."""
    more_is_better: bool = False


NATURES: Mapping[Response, Nature] = {
    Response.SHIPS: Nature(words="ships", unit="%", more_is_better=True),
    Response.SHIPS_CLEAN: Nature(words="ships clean", unit="%", more_is_better=True),
    Response.COST: Nature(words="cost", scale=1_000_000, unit="$"),
    Response.HOURS: Nature(words="hours", scale=3_600, unit="h"),
    Response.HUMAN_QUESTIONS: Nature(words="questions to a person"),
    Response.ESCAPED_FLAWS: Nature(words="escaped flaws"),
    Response.DEBTS: Nature(words="debts"),
    Response.REWORK: Nature(words="rework rounds"),
    Response.CONTRACT_CHANGES: Nature(words="contract changes"),
    Response.HANDOFFS: Nature(words="handoffs"),
    Response.TOKENS: Nature(words="tokens"),
}
USUAL: tuple[Response, ...] = (
    Response.SHIPS_CLEAN,
    Response.COST,
    Response.HOURS,
    Response.HUMAN_QUESTIONS,
    Response.ESCAPED_FLAWS,
)
"""What a study looks at unless it says otherwise."""


def said(response: Response, value: float) -> str:
    """A mean of a response as a person reads it."""
    unit = NATURES[response].unit
    if unit == "%":
        return f"{100 * value:.1f} %"
    if unit == "$":
        return f"{'-' if value < 0 else ''}${abs(value):,.2f}"
    if unit == "h":
        return f"{value:,.1f} h"
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.2f}"


def change(response: Response, value: float) -> str:
    """A difference of two means, with its sign; shares differ by points of a hundred."""
    sign = "+" if value >= 0 else "-"
    if NATURES[response].unit == "%":
        return f"{sign}{abs(100 * value):.1f} pts"
    return f"{sign}{said(response, abs(value))}"


def of_sample(told: Sample) -> dict[Response, Amounts]:
    """The responses of sampled runs."""
    shipped = told.end == STAGES.index(Stage.SHIPPED)
    clean = shipped & (told.escaped == 0) & (told.accepted == 0)
    return {
        Response.SHIPS: shipped.astype(np.int64),
        Response.SHIPS_CLEAN: clean.astype(np.int64),
        Response.COST: told.cost_micros,
        Response.HOURS: told.elapsed_s,
        Response.HUMAN_QUESTIONS: told.human,
        Response.ESCAPED_FLAWS: np.bitwise_count(told.escaped).astype(np.int64),
        Response.DEBTS: told.debts,
        Response.REWORK: told.rework,
        Response.CONTRACT_CHANGES: told.changes,
        Response.HANDOFFS: told.handoffs,
        Response.TOKENS: told.tokens,
    }


def of_courses(courses: Sequence[Course]) -> dict[Response, Amounts]:
    """The responses of runs that were made one by one."""
    rows = [_row(course) for course in courses]
    return {one: np.array([row[one] for row in rows], np.int64) for one in Response}


def _row(course: Course) -> dict[Response, int]:
    ledger = course.ledger
    shipped = str(course.position.stage) == Outcome.SHIPPED
    states = [flaw.state for flaw in ledger.flaws.values()]
    escaped = sum(state in (FlawState.HIDDEN, FlawState.REPORTED) for state in states)
    accepted = sum(state is FlawState.WAIVED for state in states)
    return {
        Response.SHIPS: int(shipped),
        Response.SHIPS_CLEAN: int(shipped and not escaped and not accepted),
        Response.COST: ledger.cost_micros,
        Response.HOURS: ledger.elapsed_s,
        Response.HUMAN_QUESTIONS: _asked(course),
        Response.ESCAPED_FLAWS: escaped if shipped else 0,
        Response.DEBTS: len(ledger.debts),
        Response.REWORK: sum(ledger.used.get(limit, 0) for limit in REWORK),
        Response.CONTRACT_CHANGES: ledger.used.get(Limit.CHANGE_REQUESTS, 0),
        Response.HANDOFFS: ledger.handoffs,
        Response.TOKENS: ledger.tokens,
    }


def _asked(course: Course) -> int:
    return sum(
        state.authority is Seat.HUMAN and state.matter.kind is not MatterKind.RELEASE
        for state in course.matters.values()
    )
