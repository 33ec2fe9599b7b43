"""What a seat has to say beside its artifacts, and the parts of an output that follow from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from remit.state.backend_output import Done, Escalation, Verdict
from remit.state.outputs import NotApplicable
from remit.state.report import ChangeRequest, Finding, Question
from remit.state.vocabulary import Severity

Judging = Literal["review", "audit"]
UNTOUCHED = NotApplicable(not_applicable="a review or an audit changes nothing")
LATER = NotApplicable(not_applicable="the verdict is given at verification")
PENALTY = {Severity.LOW: 2, Severity.MEDIUM: 10, Severity.HIGH: 25, Severity.CRITICAL: 50}
"""Points off a score of 100 for each finding."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What a seat reports, beside its artifacts."""

    findings: tuple[Finding, ...] = ()
    requests: tuple[ChangeRequest, ...] = ()
    questions: tuple[Question, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """A question escalates, a finding or request asks for rework, silence accepts."""
        if self.questions:
            return "escalate"
        return "rework" if self.findings or self.requests else "accept"

    @property
    def score(self) -> int:
        """100 less a penalty for each finding, at least 0."""
        return max(0, 100 - sum(PENALTY[finding.severity] for finding in self.findings))


def escalations(questions: tuple[Question, ...]) -> tuple[Escalation, ...]:
    """The questions as an output carries them."""
    addressees: Mapping[str, Literal["cto", "product", "frontend", "security", "human"]] = {
        "product": "product",
        "frontend": "frontend",
        "security": "security",
        "human": "human",
    }
    return tuple(
        Escalation(to=addressees.get(one.to, "cto"), question=one.text, trigger=one.trigger)
        for one in questions
    )


def done(what: str, said: Said) -> tuple[Done, ...]:
    """One line for each finding and request, or one that all is well."""
    failed = tuple(
        Done(criterion=one.rule, result="fail", evidence=f"{one.place}: {one.evidence}"[:2_000])
        for one in said.findings
    ) + tuple(
        Done(criterion=f"{one.target} as frozen", result="fail", evidence=one.change)
        for one in said.requests
    )
    return failed or (Done(criterion=what, result="pass", evidence="nothing found against it"),)


def summary(what: str, said: Said) -> str:
    """One paragraph: who speaks, and how much was found."""
    return f"{what}: {len(said.findings)} findings, {len(said.requests)} change requests."
