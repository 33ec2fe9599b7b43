"""What a run took, in a line: handoffs, money, time, rounds of rework, and the debt it leaves."""

from dataclasses import dataclass

from remit.analysis.wording import counted, dollars, duration
from remit.graph.course import Course
from remit.state.vocabulary import Limit

REWORK = (
    Limit.REQUIREMENT_REWORK, Limit.CONTRACT_REVIEW, Limit.REWORK_BACKEND, Limit.REWORK_FRONTEND
)  # fmt: skip
"""Loops in which work is done over."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Took:
    """What a run took as far as it is recorded."""

    handoffs: int
    """As the budget counts them: assignments, without the row of the end."""
    cost_micros: int
    tokens: int
    elapsed_s: int
    rework: int
    """Times that work was sent back under the limit of a loop."""
    debts: int
    """Known debts, whether or not the run ships."""

    def __str__(self) -> str:
        return ", ".join(
            (
                counted(self.handoffs, "handoff"),
                dollars(self.cost_micros),
                duration(self.elapsed_s),
                counted(self.rework, "rework"),
                counted(self.debts, "known debt") if self.debts else "no known debt",
            )
        )


def took(course: Course) -> Took:
    """What a course has taken so far."""
    ledger = course.ledger
    return Took(
        handoffs=ledger.handoffs,
        cost_micros=ledger.cost_micros,
        tokens=ledger.tokens,
        elapsed_s=ledger.elapsed_s,
        rework=sum(ledger.used.get(limit, 0) for limit in REWORK),
        debts=len(ledger.debts),
    )
