"""Backend's thirty mandatory standards (BE-*), decided by code on the documents themselves."""

from remit.agents.standards.filled import filled
from remit.agents.standards.output import output_problems
from remit.agents.standards.score import done, done_criteria, findings, judge, recommend, score
from remit.agents.standards.table import STANDARD, STANDARDS
from remit.agents.standards.verdict import Standard, Verdict
from remit.agents.standards.work import BackendWork, work_from

__all__ = [
    "STANDARD",
    "STANDARDS",
    "BackendWork",
    "Standard",
    "Verdict",
    "done",
    "done_criteria",
    "filled",
    "findings",
    "judge",
    "output_problems",
    "recommend",
    "score",
    "work_from",
]
