"""What the code of each operation does: one row per operation, with the bugs that are in it."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from remit.agents.artifacts.openapi import CURSOR_MAX, KEY_MAX, PAGE_MAX, TERM_MAX
from remit.agents.artifacts.operations import Operation, embedded, operations
from remit.agents.artifacts.product import Product, chosen_parents
from remit.agents.artifacts.schemas import LINKS_MAX, members, schema
from remit.agents.artifacts.sites import Site, expected_and_wrong, hit
from remit.state.backend_output import OperationRow, Validation
from remit.state.brief import EntityField

_EXTENSIONS = {
    "python": "py", "typescript": "ts", "javascript": "js", "go": "go", "java": "java",
    "kotlin": "kt", "rust": "rs", "ruby": "rb", "c#": "cs", "php": "php", "elixir": "ex",
}  # fmt: skip


@lru_cache(maxsize=512)
def rows(product: Product, flaws: tuple[Site, ...]) -> tuple[OperationRow, ...]:
    """One row per operation of the contract, in its order."""
    return tuple(_row(product, op, flaws) for op in operations(product))


def source(product: Product, path: str) -> str:
    """The path of a source file, with the ending of the approved language."""
    named = next((part.name for part in product.stack if part.kind == "language"), "python")
    return f"{path}.{_EXTENSIONS.get(named.split()[0].casefold(), 'py')}"


def _row(product: Product, op: Operation, flaws: tuple[Site, ...]) -> OperationRow:
    unchecked = hit(flaws, "permission", op.id) or hit(flaws, "security", op.id)
    return OperationRow(
        operation_id=op.id,
        kind=op.kind,
        entity=op.entity,
        file=source(product, f"service/{op.entity or 'service'}/{op.id}"),
        public=op.public,
        permission=None if unchecked else op.permission,
        tenant_filter=None if hit(flaws, "tenant_filter", op.id) else tenant_filter(product, op),
        identity_from="none" if op.public else "token",
        validation=_validation(product, op, flaws),
        statuses=_statuses(op, flaws),
        page_size_max=_page_size(op, flaws),
        tests=() if hit(flaws, "untested", op.id) else tuple(tests(product, op)),
        query_style="none" if op.public else "orm",
        loading="per_row" if hit(flaws, "per_row", op.id) else _loading(product, op),
        aggregation=_aggregation(op, flaws),
        expected_ms=op.expected_ms,
        needs_result=op.needs_result,
        runs_async=op.runs_async,
        rate_limit=op.rate_limit,
        idempotent=True,
        removal=_removal(op, flaws),
    )


def tenant_filter(product: Product, op: Operation) -> str:
    """How rows of other tenants are kept out."""
    if op.entity is None or not product.scoped(product.entity(op.entity)):
        return "not tenant-scoped"
    return {
        "shared_schema": "tenant_id = token.tenant_id",
        "schema_per_tenant": "schema of the token's tenant",
        "database_per_tenant": "database of the token's tenant",
        "single_tenant": "not tenant-scoped",
    }[product.tenancy]


def _statuses(op: Operation, flaws: tuple[Site, ...]) -> tuple[int, ...]:
    if hit(flaws, "security", op.id):
        return tuple(status for status in op.statuses if status not in (401, 403))
    if not hit(flaws, "status", op.id):
        return op.statuses
    right, wrong = expected_and_wrong(op)
    return tuple(dict.fromkeys(wrong if status == right else status for status in op.statuses))


def _page_size(op: Operation, flaws: tuple[Site, ...]) -> int | None:
    paged = op.kind in ("list", "search") and not hit(flaws, "page_size", op.id)
    return PAGE_MAX if paged else None


def _loading(product: Product, op: Operation) -> Literal["single", "joined", "none"]:
    if op.entity is None:
        return "none"
    entity = product.entity(op.entity)
    related = bool(entity.many_to_many or embedded(product, entity))
    return "joined" if related and op.kind in ("list", "search", "read") else "single"


def _aggregation(
    op: Operation, flaws: tuple[Site, ...]
) -> Literal["database", "application", "none"]:
    if op.kind != "report":
        return "none"
    return "application" if hit(flaws, "application_sum", op.id) else "database"


def _removal(op: Operation, flaws: tuple[Site, ...]) -> Literal["soft", "hard", "none"]:
    if op.kind != "delete":
        return "none"
    return "hard" if hit(flaws, "hard_delete", op.id) else "soft"


def _validation(product: Product, op: Operation, flaws: tuple[Site, ...]) -> Validation:
    unbound = hit(flaws, "bound", op.id)
    key = f"Idempotency-Key: 8 to {KEY_MAX} characters"
    inside = [part[1:-1] for part in op.path.split("/") if part.startswith("{")]
    return Validation(
        payload=() if unbound else _payload(product, op),
        query=() if unbound else _query(product, op),
        headers=(
            *(() if op.public else ("Authorization: bearer token, signature and expiry",)),
            *((key,) if op.method == "post" else ()),
        ),
        path=tuple(f"{name}: UUID" for name in inside),
        errors="first" if hit(flaws, "first_error", op.id) else "all",
    )


def _payload(product: Product, op: Operation) -> tuple[str, ...]:
    if op.kind not in ("create", "update") or op.entity is None:
        return ()
    entity = product.entity(op.entity)
    parents = chosen_parents(product, entity)
    return (
        *(f"{field.name}: {bounds(field)}" for field in entity.fields),
        *(f"{parent}_id: UUID of a row that the caller may read" for parent in parents),
        *(f"{other}_ids: at most {LINKS_MAX} UUIDs" for other in entity.many_to_many),
    )


def bounds(field: EntityField) -> str:
    """What a field may be, in words taken from its schema."""
    shape = schema(field)
    if values := members(field):
        words = f"one of {', '.join(values)}"
    elif "maximum" in shape:
        words = f"{shape['minimum']} to {shape['maximum']}"
    elif "maxLength" in shape:
        words = f"{field.type}, {shape.get('minLength', 0)} to {shape['maxLength']} characters"
    else:
        words = field.type
    return words if field.required else f"{words}, or null"


def _query(product: Product, op: Operation) -> tuple[str, ...]:
    page = (f"limit: 1 to {PAGE_MAX}", f"cursor: at most {CURSOR_MAX} characters")
    filters: tuple[str, ...] = ()
    if op.entity and op.kind in ("list", "search"):
        parents = chosen_parents(product, product.entity(op.entity))
        filters = tuple(f"{parent}_id: UUID" for parent in parents)
    return {
        "list": (*page, *filters),
        "search": (*page, *filters, f"q: 1 to {TERM_MAX} characters"),
        "report": ("from: date", "to: date, not before from"),
    }.get(op.kind, ())


def tests(product: Product, op: Operation) -> Iterator[str]:
    """The tests of one operation: happy path, edges, auth, tenancy, performance."""
    yield f"{op.id}: answers {op.success}"
    for status in op.statuses[1:]:
        if status not in (401, 403, 500):
            yield f"{op.id}: edge, answers {status}"
    if not op.public:
        yield f"{op.id}: auth, 401 without a token, 403 without {op.permission}"
    if tenant_filter(product, op) != "not tenant-scoped":
        yield f"{op.id}: tenancy, a row of another tenant is never reached"
    yield f"{op.id}: performance, under {op.expected_ms} ms at 10,000 rows"
