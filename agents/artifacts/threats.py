"""What Security writes: threats, requirements, findings, the gate's verdict."""

from functools import lru_cache
from typing import Any, Literal

from remit.agents.artifacts.operations import operations
from remit.agents.artifacts.product import Product
from remit.agents.artifacts.said import LATER, Judging, Said, done, escalations, summary
from remit.state.brief import SecurityRequirement
from remit.state.outputs import BusinessRule, SecurityOutput, Threat

BASELINE = ("every protected operation checks a permission", "no secret in code, logs or answers")
"""Security requirements of every product."""
BASELINE_CONSTRAINTS = tuple(
    SecurityRequirement(id=f"SEC-{n}", text=text) for n, text in enumerate(BASELINE, start=1)
)
"""The baseline as the CTO states it where the brief names no security constraint (BE-IN-5)."""


def security(mode: Judging, product: Product, said: Said) -> SecurityOutput:
    """Security's output; an audit has a verdict."""
    model = _threats(product)
    return SecurityOutput(
        mode=mode,
        summary=summary("Security", said),
        threat_model=model,
        requirements=_requirements(product),
        findings=said.findings,
        verdict=said.verdict if mode == "audit" else LATER,
        residual_risk=("a static look at contract and rows; nothing live was tried",),
        escalations=escalations(said.questions),
        done_criteria=done("no open security finding", said),
    )


@lru_cache(maxsize=256)
def threat_model(product: Product, said: Said, mode: Literal["design", "review"]) -> dict[str, Any]:
    """The content of `threat_model`."""
    output = security("review", product, said)
    return output.model_copy(update={"mode": mode}).model_dump(mode="json")


@lru_cache(maxsize=256)
def _threats(product: Product) -> tuple[Threat, ...]:
    entities = tuple(
        Threat(
            asset=entity.name,
            category="disclosure",
            threat=f"somebody reads {entity.name} rows "
            + ("of another tenant" if product.scoped(entity) else "without the permission"),
            mitigation="permission check"
            + (" and tenant filter" if product.scoped(entity) else "")
            + " on every operation"
            + ("; sensitive fields are never logged" if _sensitive(product, entity.name) else ""),
        )
        for entity in product.entities
    )
    writes = tuple(
        Threat(
            asset=op.id,
            category="repudiation",
            threat=f"somebody denies having called {op.id}",
            mitigation="an audit row with who, when and which",
        )
        for op in operations(product)
        if op.kind in ("update", "delete")
    )
    return (
        Threat(
            asset="tokens",
            category="spoofing",
            threat="a token is forged or used after its end",
            mitigation="signature, issuer, audience and expiry are checked on every request",
        ),
        *entities,
        *writes,
        Threat(
            asset="the service",
            category="denial_of_service",
            threat="one caller asks too often",
            mitigation="a rate limit on every operation, 429 with Retry-After",
        ),
    )


def _sensitive(product: Product, entity: str) -> bool:
    return any(field.sensitive for field in product.entity(entity).fields)


def _requirements(product: Product) -> tuple[BusinessRule, ...]:
    stated = tuple(
        BusinessRule(id=item.id, text=item.text) for item in product.brief.constraints.security
    )
    own = tuple(BusinessRule(id=f"SR-{n}", text=text) for n, text in enumerate(BASELINE, start=1))
    return stated + own
