"""The artifacts that travel between roles: who owns each, and who may see it (roles.md §2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from remit.state.vocabulary import ROLES, Seat

_ALL = frozenset(ROLES)
_CTO, _PM, _UIUX, _BACKEND, _FRONTEND, _SECURITY, _QA = ROLES


@dataclass(frozen=True, kw_only=True, slots=True)
class ArtifactKind:
    """One kind of artifact."""

    owners: frozenset[Seat]
    seen_by: frozenset[Seat]


KINDS: Mapping[str, ArtifactKind] = MappingProxyType(
    {
        name: ArtifactKind(owners=frozenset(owners), seen_by=frozenset(seen_by))
        for name, owners, seen_by in (
            ("plan", {_CTO}, _ALL),
            ("criteria", {_PM}, _ALL),
            ("screens", {_UIUX}, {_CTO, _PM, _FRONTEND, _BACKEND, _QA}),
            ("contract", {_BACKEND}, {_CTO, _FRONTEND, _QA, _SECURITY, _BACKEND}),
            ("data_model", {_BACKEND}, {_CTO, _SECURITY, _QA, _BACKEND}),
            ("security_package", {_BACKEND}, {_CTO, _SECURITY}),
            ("qa_package", {_BACKEND}, {_CTO, _QA}),
            ("backend_design", {_BACKEND}, {_CTO, _BACKEND, _QA, _SECURITY}),
            ("backend_build", {_BACKEND}, {_CTO, _QA, _SECURITY, _BACKEND}),
            ("frontend_build", {_FRONTEND}, {_CTO, _QA, _SECURITY, _FRONTEND}),
            ("code", {_BACKEND, _FRONTEND}, {_CTO, _QA, _SECURITY}),
            ("threat_model", {_SECURITY}, {_CTO, _BACKEND, _FRONTEND, _QA, _SECURITY}),
            ("test_plan", {_QA}, {_CTO, _PM, _QA}),
            ("review", {_SECURITY, _FRONTEND, _QA, _UIUX}, {_CTO, _PM, _BACKEND}),
            ("verdict", {_SECURITY, _QA, _CTO}, {_CTO, _PM, _BACKEND, _FRONTEND}),
            ("ruling", {_CTO, Seat.HUMAN}, _ALL),
            ("work", _ALL, _ALL),
        )
    }
)
"""Name → owners and readers. `work` is the output of a solo run or of an agent that names none."""

PARTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "security_package": (
            "auth_model", "permission_matrix", "data_classification", "audit_requirements",
        ),
        "qa_package": ("testable_spec", "edge_cases", "state_transitions", "integration_mocks"),
    }
)  # fmt: skip
"""What a package must hold, or say why it does not apply (BE-COL-4, BE-COL-5)."""
