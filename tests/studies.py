"""Studies for tests: small files, and results whose numbers are known by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from remit.analysis.study.exact import PARTS
from remit.analysis.study.plan import Constraint, Goal
from remit.analysis.study.responses import NATURES, Response
from remit.analysis.study.results import Asked, Labels, Results
from remit.state.studies import StudyRow

SMALL = """
title = "Small"
replicates = 30
responses = ["ships_clean", "cost"]

[factors]
limits.change_requests = [0, 2]
"""
"""Two points, and two batches of each with the plain loop."""
CLOSED = """
title = "Closed"
replicates = 60
responses = ["ships_clean", "ships", "cost", "hours", "human_questions", "escaped_flaws", "debts",
  "rework", "contract_changes", "handoffs", "tokens"]

[factors]
at_limit.change_requests = ["escalate", "freeze"]

[factors.rest.levels.closed]
limits.change_requests = 0
limits.contract_review = 0
limits.rework_backend = 0
limits.rework_frontend = 0
limits.grants = 0
limits.human_questions = 0
limits.escalations = 0
limits.no_progress = 0
limits.requirement_rework = 0
"""
"""Two points with so few ways through that they are solved in a second."""
Column = Sequence[float]


def results(
    table: Mapping[Response, Sequence[Column]],
    levels: Mapping[str, Sequence[str]] | None = None,
    *,
    constraints: Sequence[Constraint] = (),
    goal: Goal | None = None,
    worlds: Mapping[int, Mapping[int, Mapping[Response, float]]] | None = None,
    circumstances: tuple[int, ...] = (),
    title: str = "A question?",
    answers: Mapping[str, Mapping[str, str]] | None = None,
) -> Results:
    """Results with these responses: by response, by point, a value for each run in its unit.

    The points are all combinations of the levels, in order; without levels, of one factor.
    """
    names = [*table]
    count = len(table[names[0]])
    given = levels or {"factor": [str(number) for number in range(count)]}
    asked = Asked(
        title=title, about="", factors=tuple(given),
        levels=tuple(tuple(one) for one in given.values()),
        points=tuple(product(*given.values())), responses=tuple(names),
        front=(names[0], names[-1]), constraints=tuple(constraints),
        goal=goal or Goal(response=names[0], more=NATURES[names[0]].more_is_better),
        circumstances=circumstances, worlds=len(worlds or {}),
        replicates=len(table[names[0]][0]), seed=1, design="grid", policy="balanced",
        behaviour="typical", brief="A brief",
        answers=answers or {},
        labels=(Labels(measured=1, published=2, assumed=3),) * count,
    )  # fmt: skip
    row = StudyRow(
        id="known", created_at="", title=title, engine="plain", remit_version="0",
        hash="0" * 64, plan={},
    )  # fmt: skip
    runs = {
        point: {
            name: np.rint(np.array(table[name][point]) * NATURES[name].scale).astype(np.int64)
            for name in names
        }
        for point in range(count)
    }
    return Results(row=row, asked=asked, runs=runs, worlds=worlds or {})


def solved(drawn: Results, error: float = 1e-6) -> Results:
    """The means of some results, as if they had been solved with that error."""
    runs = {
        point: {
            name: np.array([round(drawn.mean(name, point).value * PARTS), round(error * PARTS)])
            for name in drawn.asked.responses
        }
        for point in drawn.there
    }
    return replace(drawn, row=replace(drawn.row, engine="exact"), runs=runs)


def shares(*parts: float, runs: int = 200) -> list[list[float]]:
    """By point, a column with that part of ones: the same runs first, so that luck is shared."""
    return [[float(number < part * runs) for number in range(runs)] for part in parts]
