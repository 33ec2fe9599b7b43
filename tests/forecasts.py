"""Runs for forecasts: drawn by the plain loop, and from laws that are known by hand."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from remit.analysis.forecast.drawn import Drawn
from remit.analysis.took import REWORK
from remit.graph.batch import Simulation
from remit.graph.course import Course
from remit.graph.loop import run_loop
from remit.state.vocabulary import (
    ENDED,
    LOOPS,
    FlawKind,
    FlawState,
    Outcome,
    Stage,
)

AUTHORITIES = {"cto_matters": "cto", "human_matters": "human"}


def drawn_by_loop(many: Simulation, seeds: Iterable[int]) -> Drawn:
    """The runs of these seeds, made one by one."""
    rows = [_row(_course(many, seed)) for seed in seeds]
    names = rows[0].keys()
    return Drawn(**{name: np.array([row[name] for row in rows]).T for name in names})


def _course(many: Simulation, seed: int) -> Course:
    session = many.session(seed)
    run_loop(session)
    return session.course


def _row(course: Course) -> dict[str, Any]:
    ledger, manifest = course.ledger, course.manifest
    outcome = Outcome(str(course.position.stage))
    shipped = outcome is Outcome.SHIPPED
    states = [ledger.flaws[kind].state if kind in ledger.flaws else None for kind in FlawKind]
    used = (ledger.handoffs, ledger.cost_micros, ledger.tokens, ledger.elapsed_s)
    entered = {row.step: row.stage for row in course.handoffs if row.to is not None}
    visited = [*entered.values(), course.position.stage]
    reached = {str(limit) for row in course.handoffs for limit in _reached(row.rule)}
    asked = [str(state.authority) for state in course.matters.values()]
    return {
        "ends": ENDED.index(outcome),
        "escaped": [shipped and state is FlawState.HIDDEN for state in states],
        "debts": len(ledger.debts),
        "reached": [str(limit) in reached for limit in LOOPS],
        "over": [
            most is not None and amount > most
            for amount, most in zip(used, manifest.budgets, strict=True)
        ],
        "handoffs": ledger.handoffs,
        "tokens": ledger.tokens,
        "cost_micros": ledger.cost_micros,
        "elapsed_s": ledger.elapsed_s,
        **{name: asked.count(who) for name, who in AUTHORITIES.items()},
        "rework": sum(ledger.used.get(limit, 0) for limit in REWORK),
        "versions": len(course.contracts)
        if hasattr(course, "contracts")
        else len(ledger.contracts),
        "visits": [visited.count(stage) for stage in Stage],
    }


def _reached(rule: str) -> tuple[str, ...]:
    return ()
