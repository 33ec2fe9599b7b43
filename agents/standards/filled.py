"""Backend's done criteria, decided by the standards and not by Backend."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from remit.agents.standards.json_values import mapping, sequence
from remit.agents.standards.score import done_criteria, judge
from remit.agents.standards.work import work_from
from remit.state.brief import Brief
from remit.state.canonical import canonical
from remit.state.report import Artifact, Report

OUTPUTS = ("backend_design", "backend_build", "work")
"""Artifacts that are Backend's ten-field output."""


def filled(brief: Brief, report: Report, earlier: Mapping[str, Mapping[str, Any]]) -> Report:
    """The report with one done criterion for each standard in its output (BE-OUT-10).

    What Backend states beyond the standards stays. A report without an output is returned as it is.

    Args:
        brief: what was asked for.
        report: Backend's report from design or build.
        earlier: Backend's earlier artifacts by name: the contract that a build follows.
    """
    output = next((one for one in report.artifacts if one.name in OUTPUTS), None)
    if output is None:
        return report
    known = {**earlier, **{one.name: one.content for one in report.artifacts}}
    parts = {name: known[name] for name in ("contract", "data_model") if name in known}
    decided = json.loads(_decided(brief.model_dump_json(), output.name, canonical(output.content),
                                  canonical(parts)))  # fmt: skip
    standards = {row["criterion"] for row in decided}
    own = [row for row in _rows(output.content) if row.get("criterion") not in standards]
    content = {**output.content, "done_criteria": [*decided, *own]}
    judged = Artifact.model_construct(name=output.name, content=content)
    artifacts = tuple(judged if one is output else one for one in report.artifacts)
    return report.model_copy(update={"artifacts": artifacts})


def _rows(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [dict(mapping(row)) for row in sequence(content.get("done_criteria")) if mapping(row)]


@lru_cache(maxsize=256)
def _decided(brief: str, name: str, output: str, parts: str) -> str:
    """The verdicts as JSON; equal work is judged once in a process."""
    artifacts = {**json.loads(parts), name: json.loads(output)}
    verdicts = judge(work_from(_brief(brief), artifacts))
    return json.dumps([row.model_dump(mode="json") for row in done_criteria(verdicts)])


_brief = lru_cache(maxsize=8)(Brief.model_validate_json)
