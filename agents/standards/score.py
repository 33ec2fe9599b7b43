"""All thirty verdicts on one work, and what follows: checklist, findings, score, advice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from remit.agents.standards.table import STANDARD, STANDARDS
from remit.agents.standards.verdict import Grade, Standard, Verdict
from remit.agents.standards.work import BackendWork
from remit.state import backend_output
from remit.state.backend_output import Done
from remit.state.report import Finding
from remit.state.vocabulary import Seat, Severity

WEIGHT: Mapping[Grade, int] = {"hard": 2, "soft": 1}
"""What a standard counts in the score: what a program decides counts twice."""
DECIDED_MIN = Fraction(1, 2)
"""Share of the applicable weight that must be decided before a score may mean accept."""


def judge(work: BackendWork, waivers: frozenset[str] = frozenset()) -> tuple[Verdict, ...]:
    """The verdict of every standard, in the table's order.

    `waivers` holds ids of standards that the CTO waived; they count only where the card lets the
    CTO choose (BE-AUTH-2, BE-DB-3), never for BE-AUTH-3 (BE-FIN-5).
    """
    return tuple(_verdict(standard, work, waivers) for standard in STANDARDS)


def _verdict(standard: Standard, work: BackendWork, waivers: frozenset[str]) -> Verdict:
    verdict = standard.check(work)
    if verdict.result == "fail" and standard.waivable and standard.id in waivers:
        return replace(verdict, result="not_applicable", evidence=f"waived: {verdict.evidence}")
    grave = standard.grave and work.sensitive
    return replace(verdict, severity=Severity.CRITICAL if grave else standard.severity)


def done_criteria(verdicts: Iterable[Verdict]) -> tuple[Done, ...]:
    """The checklist that fills `done_criteria` (BE-OUT-10)."""
    return tuple(
        Done(criterion=one.standard, result=one.result, evidence=one.evidence) for one in verdicts
    )


def done(verdicts: Iterable[Verdict]) -> bool:
    """Whether nothing failed; what is unknown is reported, not counted."""
    return all(one.result != "fail" for one in verdicts)


def findings(verdicts: Iterable[Verdict]) -> tuple[Finding, ...]:
    """One finding for Backend for every failed standard, at the first place at fault."""
    return tuple(
        Finding(
            rule=one.standard,
            severity=one.severity,
            place=one.place,
            evidence=one.evidence,
            owner=Seat.BACKEND,
            fix=f"{STANDARD[one.standard].rule}: mend {one.place}",
        )
        for one in verdicts
        if one.result == "fail"
    )


def score(verdicts: Iterable[Verdict]) -> int:
    """0..100: passed weight over decided weight, rounded down; 0 when nothing is decided.

    `unknown` and `not_applicable` count neither way.
    """
    weights = _weights(verdicts)
    total = weights["pass"] + weights["fail"]
    return 100 * weights["pass"] // total if total else 0


def _weights(verdicts: Iterable[Verdict]) -> dict[backend_output.Result, int]:
    sums: dict[backend_output.Result, int] = {
        "pass": 0, "fail": 0, "unknown": 0, "not_applicable": 0,
    }  # fmt: skip
    for one in verdicts:
        sums[one.result] += WEIGHT[STANDARD[one.standard].grade]
    return sums


def recommend(
    score: int, verdicts: Sequence[Verdict], accept_at: int, rework_at: int
) -> backend_output.Verdict:
    """BE-MODE-4: accept from `accept_at` on, rework from `rework_at` on, below that escalate.

    A failed critical standard is never accepted, and nothing is accepted of which less than half
    could be decided: then somebody has to look.
    """
    weights = _weights(verdicts)
    total = weights["pass"] + weights["fail"] + weights["unknown"]
    seen = Fraction(weights["pass"] + weights["fail"], total) if total else Fraction(0)
    critical = any(v.result == "fail" and v.severity is Severity.CRITICAL for v in verdicts)
    if score < rework_at:
        return "escalate"
    if score < accept_at or critical:
        return "rework"
    return "accept" if seen >= DECIDED_MIN else "escalate"
