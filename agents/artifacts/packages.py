"""What Backend hands to Security (BE-COL-4) and to QA (BE-COL-5)."""

from functools import lru_cache
from itertools import pairwise
from typing import Any

from remit.agents.artifacts import ddl
from remit.agents.artifacts.openapi import contract_flaws
from remit.agents.artifacts.operations import Operation, operations
from remit.agents.artifacts.product import Product
from remit.agents.artifacts.sites import Site, hit

ROLES: dict[str, tuple[str, ...]] = {
    "viewer": ("read",),
    "member": ("read", "write", "report"),
    "admin": ("read", "write", "delete", "report"),
}
"""What the product's own roles may do with every entity."""


@lru_cache(maxsize=256)
def security_package(product: Product, flaws: tuple[Site, ...]) -> dict[str, Any]:
    """The content of `security_package`."""
    asked = tuple(
        dict.fromkeys(
            op.permission
            for op in operations(product)
            if op.permission and not hit(contract_flaws(flaws), "security", op.id)
        )
    )
    return {
        "auth_model": {
            "scheme": "bearer token, checked on every operation that needs one",
            "tenant": "claim of the token" if product.tenancy != "single_tenant" else "one tenant",
            "unprotected": [
                op.id for op in operations(product) if _unprotected(op, contract_flaws(flaws))
            ],
        },
        "permission_matrix": [
            {
                "role": role,
                "permissions": [name for name in asked if name.partition(":")[2] in verbs],
            }
            for role, verbs in ROLES.items()
        ],
        "data_classification": [
            {
                "table": entity.name,
                "field": field.name,
                "class": "sensitive" if field.sensitive else "internal",
            }
            for entity in product.entities
            for field in entity.fields
        ],
        "audit_requirements": [
            f"{op.id}: who, when, which row, before and after"
            for op in operations(product)
            if op.method != "get"
        ],
    }


def _unprotected(op: Operation, flaws: tuple[Site, ...]) -> bool:
    return op.public or hit(flaws, "security", op.id)


@lru_cache(maxsize=256)
def qa_package(product: Product) -> dict[str, Any]:
    """The content of `qa_package`."""
    return {
        "testable_spec": [
            {
                "operation_id": op.id,
                "given": "a token with the permission" if op.permission else "nobody signed in",
                "when": f"{op.method.upper()} {op.path}",
                "then": f"{op.success} with the envelope",
            }
            for op in operations(product)
        ],
        "edge_cases": [
            f"{op.id}: {status}" for op in operations(product) for status in op.statuses[1:]
        ],
        "state_transitions": _transitions(product),
        "integration_mocks": [
            {"component": part.name, "mock": f"in-process stand-in for the {part.kind}"}
            for part in product.stack
            if part.kind in ("database", "auth", "queue", "cache")
        ],
    }


def _transitions(product: Product) -> list[dict[str, str]] | dict[str, str]:
    """From each state to the next one that the brief lists."""
    found = [
        {"entity": entity.name, "from": before, "to": after}
        for entity in product.entities
        for before, after in pairwise(ddl.states(entity))
    ]
    return found or {"not_applicable": "no entity has states"}
