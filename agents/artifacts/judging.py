"""What reviewers and verifiers write.

They only say what the caller hands them as found: nobody here looks at flaws to invent a finding.
"""

from functools import lru_cache
from typing import Any

from pydantic import BaseModel

from remit.agents.artifacts.product import Product
from remit.agents.artifacts.roles import ACCESSIBILITY, asked, usage
from remit.agents.artifacts.said import UNTOUCHED, Judging, Said, done, escalations, summary
from remit.agents.artifacts.sites import Site, of
from remit.agents.artifacts.testing import qa
from remit.agents.artifacts.threats import security
from remit.state.assignment import Assignment
from remit.state.backend_output import BackendOutput, Implementation
from remit.state.outputs import (
    Assessment,
    CtoOutput,
    Decision,
    FrontendOutput,
    PmOutput,
    Seen,
    UiuxOutput,
)
from remit.state.vocabulary import FlawKind, Mode, Seat


def assessment(
    task: Assignment, product: Product, flaws: tuple[Site, ...], said: Said
) -> dict[str, Any]:
    """The content of `review` and `verdict`."""
    mode: Judging = "audit" if task.mode is Mode.AUDIT else "review"
    content = Assessment(
        by=task.seat,
        verdict=said.verdict,
        seen=tuple(
            Seen(owner=one.owner, artifact=one.artifact, revision=one.revision, hash=one.hash)
            for one in task.inputs
        ),
        findings=said.findings,
        requests=said.requests,
        questions=said.questions,
        output={},
    )
    output = judged(task.seat, mode, product, flaws, said, task.contract_version)
    return {**content.model_dump(mode="json"), "output": output}


@lru_cache(maxsize=512)
def judged(
    seat: Seat,
    mode: Judging,
    product: Product,
    flaws: tuple[Site, ...],
    said: Said,
    version: str,
) -> dict[str, Any]:
    """A reviewer's or verifier's own output."""
    output = _output(seat, mode, product, flaws, said, version)
    return output.model_dump(mode="json", by_alias=True)


def _output(
    seat: Seat,
    mode: Judging,
    product: Product,
    flaws: tuple[Site, ...],
    said: Said,
    version: str,
) -> BaseModel:
    match seat:
        case Seat.SECURITY:
            return security(mode, product, said)
        case Seat.QA:
            return qa(mode, product, flaws, said)
        case Seat.FRONTEND:
            return _frontend(mode, product, flaws, said, version)
        case Seat.UIUX:
            return _uiux(mode, said)
        case Seat.PM:
            return _pm(mode, product, said)
        case Seat.BACKEND:
            return _backend(mode, said)
        case _:
            return _cto(said)


def _frontend(
    mode: Judging, product: Product, flaws: tuple[Site, ...], said: Said, version: str
) -> FrontendOutput:
    return FrontendOutput(
        mode=mode,
        summary=summary(f"Frontend on contract {version}", said),
        implementation=UNTOUCHED,
        contract_usage=usage(product, of(flaws, FlawKind.CONTRACT_GAP)),
        contract_change_requests=asked(said.requests, version),
        states_covered=(),
        tests=(),
        accessibility=ACCESSIBILITY,
        escalations=escalations(said.questions),
        done_criteria=done("the contract has what every screen needs", said),
    )


def _uiux(mode: Judging, said: Said) -> UiuxOutput:
    return UiuxOutput(
        mode=mode,
        summary=summary("UI/UX", said),
        flows=(),
        screens=(),
        components=(),
        accessibility=ACCESSIBILITY,
        escalations=escalations(said.questions),
        done_criteria=done("the criteria can be designed for", said),
    )


def _pm(mode: Judging, product: Product, said: Said) -> PmOutput:
    return PmOutput(
        mode=mode,
        summary=summary("PM", said),
        brief=product.title,
        rules=(),
        acceptance_criteria=(),
        out_of_scope=(),
        open_questions=(),
        escalations=escalations(said.questions),
        done_criteria=done("the outcome meets the criteria", said),
    )


def _backend(mode: Judging, said: Said) -> BackendOutput:
    scored = mode == "audit"
    return BackendOutput(
        mode=mode,
        summary=summary("Backend", said),
        api_contract=UNTOUCHED,
        data_model=UNTOUCHED,
        implementation=Implementation(
            findings=said.findings,
            score=said.score if scored else None,
            verdict=said.verdict if scored else None,
        ),
        tests=UNTOUCHED,
        observability=UNTOUCHED,
        security=UNTOUCHED,
        escalations=escalations(said.questions),
        done_criteria=done("the backend meets its standards", said),
    )


def _cto(said: Said) -> CtoOutput:
    reason = "; ".join(one.evidence for one in said.findings) or "nothing speaks against it"
    return CtoOutput(
        mode="audit",
        summary=summary("CTO", said),
        decisions=(Decision(id="D-audit", decision=said.verdict, reason=reason[:2_000]),),
        routing_manifest=UNTOUCHED,
        constraints=UNTOUCHED,
        escalations=escalations(said.questions),
        done_criteria=done("the delivery can be accepted", said),
    )
