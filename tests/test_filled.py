"""Backend's done criteria are decided by code (BE-OUT-10)."""

from pathlib import Path

import pytest

import remit
from remit.agents.agent import Desk
from remit.agents.behaviour import load
from remit.agents.simulated import Simulated
from remit.agents.standards import STANDARDS
from remit.state.assignment import Assignment
from remit.state.report import Report
from remit.state.vocabulary import Stage


def test_a_build_carries_one_criterion_for_each_standard(tmp_path: Path) -> None:
    """BE-OUT-10: the thirty standards of section 6 are named checks on the output."""
    run = remit.run("invoicing", behaviour="perfect", db=tmp_path / "a.db")
    build = run.artifact("backend_build")
    assert build is not None
    results = {row["criterion"]: row["result"] for row in build["done_criteria"]}
    assert {standard.id for standard in STANDARDS} <= set(results)
    assert "fail" not in results.values()


@pytest.mark.parametrize("claimed", ["pass", "not_applicable"])
def test_what_backend_claims_of_a_standard_does_not_count(tmp_path: Path, claimed: str) -> None:
    """BE-OUT-10: a violation is planted in the build, and Backend says that it passes."""
    simulated = Simulated(load("perfect"))

    def backend(assignment: Assignment, desk: Desk) -> Report:
        report = simulated.perform(assignment, desk)
        if assignment.stage is not Stage.BUILD:
            return report
        return _spoilt(report, claimed)

    run = remit.run(
        "invoicing", behaviour="perfect", team={"backend": backend}, db=tmp_path / "a.db"
    )
    build = run.artifact("backend_build")
    assert build is not None
    results = {row["criterion"]: row["result"] for row in build["done_criteria"]}
    assert results["BE-AUTH-1"] == "fail"


def _spoilt(report: Report, claimed: str) -> Report:
    """The report with an operation whose permission check is gone."""
    build = report.artifacts[0].model_copy(deep=True)
    rows = build.content["implementation"]["operations"]
    unprotected = next(row for row in rows if row["permission"])
    unprotected["permission"] = None
    build.content["done_criteria"] = [
        {"criterion": "BE-AUTH-1", "result": claimed, "evidence": "trust me"}
    ]
    return report.model_copy(update={"artifacts": (build,)})


def test_a_summary_says_which_standard_fails_though_nobody_reported_it(tmp_path: Path) -> None:
    simulated = Simulated(load("perfect"))

    def backend(assignment: Assignment, desk: Desk) -> Report:
        report = simulated.perform(assignment, desk)
        return _spoilt(report, "pass") if assignment.stage is Stage.BUILD else report

    run = remit.run(
        "invoicing", behaviour="perfect", team={"backend": backend}, db=tmp_path / "a.db"
    )
    said = dict(run.summary().built)
    assert "1 fail" in said["standards"]
    assert "BE-AUTH-1" in said["standards"]
    assert said["API contract"].endswith("22 operations")
