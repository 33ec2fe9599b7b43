"""Code decides Backend's triggers in a whole run, whatever Backend says (BE-ESC-1..7)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import remit
from remit.agents.agent import Desk
from remit.agents.behaviour import load
from remit.agents.simulated import Simulated
from remit.state.assignment import Assignment
from remit.state.report import Report
from remit.state.vocabulary import Limit, Stage

SIMULATED = Simulated(load("perfect"))
Backend = Callable[[Assignment, Desk], Report]


def with_queue(builds: int) -> Backend:
    """A Backend that builds with a queue nobody approved, this often, and never asks."""
    built: list[int] = []

    def backend(assignment: Assignment, desk: Desk) -> Report:
        report = SIMULATED.perform(assignment, desk)
        if assignment.stage is not Stage.BUILD or len(built) == builds:
            return report
        built.append(assignment.step)
        build = report.artifacts[0].model_copy(deep=True)
        components = list(build.content["implementation"]["components"])
        build.content["implementation"]["components"] = [
            *components,
            {**components[0], "kind": "queue", "name": "RabbitMQ"},
        ]
        return report.model_copy(update={"artifacts": (build,)})

    return backend


def ruling(decision: str) -> Callable[[Assignment, Desk], Any]:
    """A CTO who answers every question so and works well otherwise."""

    def cto(assignment: Assignment, desk: Desk) -> Any:
        if assignment.matter is None:
            return SIMULATED.perform(assignment, desk)
        return {"event": decision, "ruling": {"text": f"{decision}: no queue"}}

    return cto


@pytest.mark.parametrize(("decision", "asked", "stuck"), [("approve", 1, 0), ("reject", 2, 1)])
def test_a_rejected_component_that_comes_back_is_no_progress(
    decision: str, asked: int, stuck: int, tmp_path: Path
) -> None:
    """BE-ESC-1, BE-ESC-7: an approved queue is used; a rejected one is asked about again."""
    team = {"backend": with_queue(builds=2), "cto": ruling(decision)}
    run = remit.run(
        "invoicing", behaviour="perfect", team=team, human="simulated", db=tmp_path / "a.db"
    )
    assert str(run.outcome) == "shipped"
    assert run.course.ledger.used.get(Limit.ESCALATIONS, 0) == asked
    assert run.course.ledger.used.get(Limit.NO_PROGRESS, 0) == stuck
    assert all("RabbitMQ" in one.state.matter.text for one in run.matters)
