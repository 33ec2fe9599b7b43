"""The thirty mandatory standards, in the order of the requirements (requirements.md §6)."""

from collections.abc import Mapping
from types import MappingProxyType

from remit.agents.standards import (
    api,
    auth,
    database,
    errors,
    observability,
    performance,
    security,
    validation,
)
from remit.agents.standards.verdict import Standard
from remit.state.vocabulary import Severity

_LOW, _HIGH = Severity.LOW, Severity.HIGH

STANDARDS: tuple[Standard, ...] = (
    Standard(id="BE-API-1", grade="hard", check=api.versioned, rule="APIs carry a version"),
    Standard(id="BE-API-2", grade="hard", check=api.enveloped, rule="one response envelope"),
    Standard(id="BE-API-3", grade="soft", check=api.statuses, rule="correct HTTP statuses"),
    Standard(id="BE-API-4", grade="hard", check=api.documented, rule="schemas are documented"),
    Standard(id="BE-API-5", grade="hard", check=api.paginated, rule="every list is paginated"),
    Standard(
        id="BE-VAL-1", grade="soft", check=validation.validated, rule="validation at the boundary"
    ),
    Standard(
        id="BE-VAL-2", grade="soft", check=validation.all_at_once, rule="all errors at once",
        severity=_LOW,
    ),
    Standard(
        id="BE-VAL-3", grade="soft", check=validation.untrusting, severity=_HIGH,
        rule="client input never authorizes",
    ),
    Standard(id="BE-ERR-1", grade="hard", check=errors.coded, rule="error code and message"),
    Standard(
        id="BE-ERR-2", grade="soft", check=errors.discreet, severity=_HIGH,
        rule="errors show nothing of the inside",
    ),
    Standard(
        id="BE-ERR-3", grade="soft", check=errors.logged, severity=_LOW,
        rule="errors are logged with the request's id",
    ),
    Standard(
        id="BE-AUTH-1", grade="hard", check=auth.guarded, severity=_HIGH, grave=True,
        rule="sign-in and permission checks",
    ),
    Standard(
        id="BE-AUTH-2", grade="hard", check=auth.shared, severity=_HIGH, waivable=True,
        rule="shared schema with tenant_id",
    ),
    Standard(
        id="BE-AUTH-3", grade="soft", check=auth.isolated, severity=_HIGH, grave=True,
        rule="queries isolate tenants",
    ),
    Standard(
        id="BE-AUTH-4", grade="hard", check=auth.unguessable, severity=_LOW,
        rule="UUID or ULID keys",
    ),
    Standard(id="BE-DB-1", grade="hard", check=database.linked, rule="foreign keys and indexes"),
    Standard(
        id="BE-DB-2", grade="hard", check=database.forward_only, rule="forward-only migrations"
    ),
    Standard(
        id="BE-DB-3", grade="hard", check=database.softly, waivable=True,
        rule="soft delete by default",
    ),
    Standard(
        id="BE-DB-4", grade="hard", check=database.estimated, severity=_LOW,
        rule="read/write ratio and slow-query risks",
    ),
    Standard(id="BE-PERF-1", grade="soft", check=performance.batched, rule="no N+1 queries"),
    Standard(
        id="BE-PERF-2", grade="soft", check=performance.aggregated, rule="sums in the database"
    ),
    Standard(id="BE-PERF-3", grade="hard", check=performance.deferred, rule="long work is a job"),
    Standard(id="BE-PERF-4", grade="hard", check=performance.limited, rule="rate limits"),
    Standard(
        id="BE-OBS-1", grade="hard", check=observability.structured, severity=_LOW,
        rule="structured logs",
    ),
    Standard(
        id="BE-OBS-2", grade="hard", check=observability.measured, severity=_LOW,
        rule="the five metrics",
    ),
    Standard(
        id="BE-OBS-3", grade="hard", check=observability.healthy, severity=_LOW,
        rule="health checks",
    ),
    Standard(
        id="BE-SEC-1", grade="hard", check=security.no_secrets, severity=_HIGH, grave=True,
        rule="no secrets",
    ),
    Standard(
        id="BE-SEC-2", grade="soft", check=security.parameterized, severity=_HIGH,
        rule="parameterized queries",
    ),
    Standard(
        id="BE-SEC-3", grade="hard", check=security.origins, severity=_HIGH,
        rule="deliberate CORS",
    ),
    Standard(
        id="BE-SEC-4", grade="soft", check=security.mature_sign_in, severity=_HIGH,
        rule="no home-made sign-in",
    ),
)  # fmt: skip

STANDARD: Mapping[str, Standard] = MappingProxyType({one.id: one for one in STANDARDS})
"""Id → standard."""
