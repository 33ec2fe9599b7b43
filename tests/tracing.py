"""Runs and roles for the tests that close the trace of docs/requirements.md."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from itertools import combinations

import remit
from remit import Record, Run
from remit.agents.agent import Desk
from remit.agents.behaviour import load as behaviour
from remit.agents.function import FunctionAgent
from remit.agents.simulated import Simulated
from remit.agents.team import simulated
from remit.graph.course import Course
from remit.state.assignment import Assignment
from remit.state.handoff import Handoff
from remit.state.policy import load as policy
from remit.state.report import Report
from remit.state.vocabulary import (
    ROLES,
    Seat,
)
from tests.runs import Setting, ran
from tests.strategies import CLINIC

CTO, PM, UIUX, BACKEND, FRONTEND, SECURITY, QA, HUMAN = Seat
BALANCED = policy("balanced")
SUBSETS = [frozenset(team) for n in range(1, 8) for team in combinations(ROLES, n)]
"""Every team that there can be: 127."""
Rows = Sequence[Handoff]


def working(look: Callable[[Assignment, Desk], Report | None]) -> FunctionAgent:
    """A role that does perfect work, beside what `look` does or answers."""
    inner = Simulated(behaviour("perfect"))
    return FunctionAgent(lambda task, desk: look(task, desk) or inner.perform(task, desk))


def without(row: Handoff, artifact: str) -> Handoff:
    """The row as if an artifact had not been handed over."""
    return replace(row, inputs=tuple(one for one in row.inputs if one.artifact != artifact))


@cache
def course_of(team: frozenset[Seat], how: str) -> Course:
    """A simulated run of a team; without artifacts, which is quicker."""
    roles = tuple(seat for seat in ROLES if seat in team)
    who = simulated(behaviour(how), roles, artifacts=False)
    return ran(who, Setting(brief=CLINIC, roles=roles, seed=len(team)))


def traced(record: Record) -> Run:
    """A run with rework, an approved change of the contract, and questions."""
    run = remit.run("invoicing", seed=3, db=record, name="whole", engine="loop")
    assert {"1.0.0", "1.1.0"} <= {row.contract_version for row in run.handoffs}
    return run
