"""Where a latent flaw can be: every concrete place that a brief offers to each kind.

A site is what rendering leaves out of, or spoils in, one artifact, and what a finding says about
it. All sites of a kind differ in (rule, place), so their findings have different fingerprints.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from remit.agents.artifacts.criteria import Planned, planned
from remit.agents.artifacts.operations import Operation, needs, operations
from remit.agents.artifacts.product import Product, product
from remit.agents.flaws import PLACES
from remit.state.brief import Brief
from remit.state.outputs import STATES
from remit.state.report import Finding, Flaw
from remit.state.vocabulary import FlawKind, FlawState, Seat, Severity, Stage

CRITERION_RULE = "PM-CRITERION"
"""Every entity and every business rule has an acceptance criterion (roles.md, PM)."""
ORACLE_RULE = "PM-ORACLE"
"""Every criterion has a test oracle (roles.md, PM)."""
SOURCE_RULE = "BE-COL-2"
"""Every field on a screen has a source in the contract."""
STATES_RULE = "FE-STATES"
"""Every screen has its five states (roles.md, Frontend)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """One place where a flaw can be."""

    kind: FlawKind
    rule: str
    place: str
    evidence: str
    owner: Seat
    fix: str
    severity: Severity
    made_at: Stage
    """The stage whose artifact shows the flaw."""
    target: tuple[str, ...]
    """What rendering spoils: a verb, then the names that lead there."""


def sites(kind: FlawKind, brief: Brief) -> tuple[Site, ...]:
    """The places where this kind of flaw can be in this brief; never empty."""
    return _sites(kind, product(brief))


def flaw_site(brief: Brief, kind: FlawKind, flaw: Flaw) -> Site:
    """The place of this flaw: its `site`, counted round among those of the stage that made it.

    A security flaw made at `contract` is in the contract, any other in the build. After the first
    of its kind in a run each says its number, so that it is not taken for an earlier one there.
    """
    site = _site(product(brief), kind, flaw.made_at, flaw.site)
    earlier = flaw.site // PLACES
    return site if not earlier else _numbered(site, earlier + 1)


@lru_cache(maxsize=4096)
def _numbered(site: Site, number: int) -> Site:
    return replace(site, place=f"{site.place} ({number})", fix=f"{site.fix} ({number})")


def finding_for(brief: Brief, kind: FlawKind, flaw: Flaw) -> Finding:
    """What a reviewer says who finds this flaw."""
    site = flaw_site(brief, kind, flaw)
    return Finding(
        rule=site.rule,
        severity=site.severity,
        place=site.place,
        evidence=site.evidence,
        owner=site.owner,
        fix=site.fix,
    )


def present(product: Product, flaws: Mapping[FlawKind, Flaw]) -> tuple[Site, ...]:
    """The sites of the flaws that are really there: hidden, reported or waived."""
    return tuple(
        _site(product, kind, flaws[kind].made_at, flaws[kind].site)
        for kind in FlawKind
        if kind in flaws and flaws[kind].state is not FlawState.ABSENT
    )


def of(sites: tuple[Site, ...], *kinds: FlawKind) -> tuple[Site, ...]:
    """Those of the given kinds."""
    return tuple(site for site in sites if site.kind in kinds)


def hit(sites: tuple[Site, ...], *target: str) -> bool:
    """Whether one of the sites spoils exactly this."""
    return any(site.target == target for site in sites)


@lru_cache(maxsize=4096)
def _site(product: Product, kind: FlawKind, made_at: Stage, index: int) -> Site:
    places = _sites(kind, product)
    if kind is FlawKind.SECURITY_FLAW:
        stage = Stage.CONTRACT if made_at is Stage.CONTRACT else Stage.BUILD
        places = tuple(site for site in places if site.made_at is stage)
    return places[index % PLACES % len(places)]


@lru_cache(maxsize=1024)
def _sites(kind: FlawKind, product: Product) -> tuple[Site, ...]:
    found = {
        FlawKind.REQUIREMENT_GAP: _requirement_gaps,
        FlawKind.CONTRACT_GAP: _contract_gaps,
        FlawKind.SECURITY_FLAW: _security_flaws,
        FlawKind.BACKEND_BUG: _backend_bugs,
        FlawKind.FRONTEND_BUG: _frontend_bugs,
    }[kind](product)
    return tuple({(site.rule, site.place): site for site in found}.values())


def _requirement_gaps(product: Product) -> Iterator[Site]:
    criteria = planned(product)
    for rule in product.brief.rules:
        yield _uncovered("rule", rule.id, rule.text)
    for entity in product.entities:
        if not any(item.given_by_brief and item.entity == entity.name for item in criteria):
            yield _uncovered("entity", entity.name, f"the entity {entity.name}")
    for item in criteria:
        yield _without_oracle(item)


def _uncovered(what: str, name: str, text: str) -> Site:
    return Site(
        kind=FlawKind.REQUIREMENT_GAP,
        rule=CRITERION_RULE,
        place=f"criteria: {what} {name}",
        evidence=f"no acceptance criterion cites {what} {name} ({text})"[:2_000],
        owner=Seat.PM,
        fix=f"write a criterion for {what} {name}, with given, when, then and an oracle",
        severity=Severity.MEDIUM,
        made_at=Stage.REQUIREMENTS,
        target=("criterion", what, name),
    )


def _without_oracle(item: Planned) -> Site:
    return Site(
        kind=FlawKind.REQUIREMENT_GAP,
        rule=ORACLE_RULE,
        place=f"criteria: {item.id}",
        evidence=f"{item.id} has no oracle: nothing decides pass or fail of {item.then!r}"[:2_000],
        owner=Seat.PM,
        fix=f"state what decides {item.id}",
        severity=Severity.MEDIUM,
        made_at=Stage.REQUIREMENTS,
        target=("oracle", item.id),
    )


def _contract_gaps(product: Product) -> Iterator[Site]:
    """Fields that no entity of the brief has come first: they are gaps before anybody errs."""
    real = {gap: None for gap in product.gaps}
    ordered = sorted(needs(product), key=lambda need: (need.entity, need.field) not in real)
    for need in ordered:
        dotted = ".".join(need.property)
        yield Site(
            kind=FlawKind.CONTRACT_GAP,
            rule=SOURCE_RULE,
            place=f"contract: {dotted}",
            evidence=f"screen {need.screen} shows {need.entity}.{need.field}; "
            f"the answer of {need.operation} has no {dotted}",
            owner=Seat.BACKEND,
            fix=f"add {dotted} to the answer of {need.operation}",
            severity=Severity.MEDIUM,
            made_at=Stage.CONTRACT,
            target=("property", *need.property),
        )


def _security_flaws(product: Product) -> Iterator[Site]:
    guarded = [op for op in operations(product) if not op.public]
    for op in guarded:
        yield _security(
            product, op, "BE-AUTH-1", Stage.CONTRACT, "security",
            f"contract: {op.method.upper()} {op.path}",
            f"{op.id} declares no security: anybody may call {op.method.upper()} {op.path}",
            f"require the bearer token and {op.permission} on {op.id}, with 401 and 403",
        )  # fmt: skip
    for op in guarded:
        yield _security(
            product, op, "BE-AUTH-1", Stage.BUILD, "permission", f"build: {op.id}",
            f"{op.id} does not check {op.permission}",
            f"check {op.permission} before the work of {op.id}",
        )  # fmt: skip
        if op.entity and product.scoped(product.entity(op.entity)):
            yield _security(
                product, op, "BE-AUTH-3", Stage.BUILD, "tenant_filter", f"build: {op.id}",
                f"{op.id} reaches {op.entity} rows of every tenant",
                f"isolate {op.id} by the tenant of the token",
            )  # fmt: skip


def _security(
    product: Product,
    op: Operation,
    rule: str,
    made_at: Stage,
    verb: str,
    place: str,
    evidence: str,
    fix: str,
) -> Site:
    return Site(
        kind=FlawKind.SECURITY_FLAW,
        rule=rule,
        place=place,
        evidence=evidence,
        owner=Seat.BACKEND,
        fix=fix,
        severity=_security_severity(product, op),
        made_at=made_at,
        target=(verb, op.id),
    )


def _security_severity(product: Product, op: Operation) -> Severity:
    entity = product.entity(op.entity or product.entities[0].name)
    grave = product.scoped(entity) or any(field.sensitive for field in entity.fields)
    return Severity.CRITICAL if grave else Severity.HIGH


_BUGS: Mapping[str, tuple[str, str, str, tuple[str, ...]]] = {
    "bound": ("BE-VAL-1", "{id} takes any length and range", "enforce the bounds of {id}'s schema",
              ("create", "update", "search")),
    "first_error": ("BE-VAL-2", "{id} answers with the first validation error only",
                    "collect all validation errors in {id}", ("create", "update")),
    "page_size": ("BE-API-5", "{id} returns every row when limit is absent",
                  "cap the page of {id} at the contract's maximum", ("list", "search")),
    "per_row": ("BE-PERF-1", "{id} reads related rows one query at a time",
                "read the related rows of {id} in one query", ("list", "search")),
    "hard_delete": ("BE-DB-3", "{id} removes the row", "set deleted_at in {id}", ("delete",)),
    "application_sum": ("BE-PERF-2", "{id} sums rows in the application",
                        "aggregate in the database in {id}", ("report",)),
    "untested": ("BE-OUT-6", "{id} has no test", "test {id}: happy path, edge, auth, tenancy",
                 ("list", "read", "create", "update", "delete", "search", "report", "result")),
}  # fmt: skip
"""Verb → standard, evidence, fix, kinds of operation that can have it."""


def _backend_bugs(product: Product) -> Iterator[Site]:
    for op in operations(product):
        if op.public:
            continue
        right, wrong = expected_and_wrong(op)
        yield _bug(
            op, "status", "BE-API-3", f"{op.id} answers {wrong} where the contract says {right}",
            f"answer {right} in {op.id}",
        )  # fmt: skip
        for verb, (rule, evidence, fix, kinds) in _BUGS.items():
            if op.kind in kinds:
                yield _bug(op, verb, rule, evidence.format(id=op.id), fix.format(id=op.id))


def expected_and_wrong(op: Operation) -> tuple[int, int]:
    """The status that a careless build of the operation gets wrong, and what it answers instead."""
    if op.success != 200:
        return op.success, 200
    return (404, 500) if 404 in op.statuses else (400, 500)


def _bug(op: Operation, verb: str, rule: str, evidence: str, fix: str) -> Site:
    return Site(
        kind=FlawKind.BACKEND_BUG,
        rule=rule,
        place=f"build: {op.id}",
        evidence=evidence,
        owner=Seat.BACKEND,
        fix=fix,
        severity=Severity.MEDIUM,
        made_at=Stage.BUILD,
        target=(verb, op.id),
    )


def _frontend_bugs(product: Product) -> Iterator[Site]:
    for screen in product.screens:
        for state in STATES:
            yield Site(
                kind=FlawKind.FRONTEND_BUG,
                rule=STATES_RULE,
                place=f"screen {screen.name}: {state}",
                evidence=f"screen {screen.name} has no {state} state",
                owner=Seat.FRONTEND,
                fix=f"build the {state} state of {screen.name}",
                severity=Severity.MEDIUM,
                made_at=Stage.BUILD,
                target=("state", screen.name, state),
            )
