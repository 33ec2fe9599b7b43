"""What CTO, PM, UI/UX and Frontend make: plan, criteria, screens, client."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from remit.agents.artifacts.criteria import Planned, planned
from remit.agents.artifacts.operations import Operation, needs, operations, reads
from remit.agents.artifacts.product import Product, split
from remit.agents.artifacts.sites import Site, hit, of
from remit.agents.artifacts.threats import BASELINE_CONSTRAINTS
from remit.state.backend_output import Done
from remit.state.brief import Screen
from remit.state.outputs import (
    STATES,
    AcceptanceCriterion,
    BusinessRule,
    CtoConstraints,
    CtoOutput,
    DataNeed,
    Decision,
    FrontendOutput,
    NotApplicable,
    PmOutput,
    RequestedChange,
    ScreenDesign,
    ScreenRow,
    ScreenState,
    StateName,
    UiuxOutput,
    Usage,
)
from remit.state.report import ChangeRequest
from remit.state.vocabulary import FlawKind, Target

ACCESSIBILITY = (
    "WCAG 2.2 AA: every control has a name and can be reached by keyboard",
    "errors are told in text beside the field, never by colour alone",
)
_SHOWN: dict[StateName, str] = {
    "empty": "what {name} is for, and how to make the first {entity}",
    "loading": "the outline of {name}, nothing that can be pressed twice",
    "error": "the message and code of the error, and a way to try again",
    "partial": "what has arrived of {entity}, with the rest marked as missing",
    "success": "every field that {name} needs",
}


def plan(product: Product, manifest: Mapping[str, Any], undecided: bool = False) -> dict[str, Any]:
    """The content of `plan`; `undecided` leaves the tenancy open (BE-ESC-3)."""
    found = _plan(product, undecided)
    return {**found, "routing_manifest": {**manifest}} if manifest else found


@lru_cache(maxsize=256)
def _plan(product: Product, undecided: bool) -> dict[str, Any]:
    brief = product.brief
    output = CtoOutput(
        mode="plan",
        summary=f"{product.title}: {brief.delivery_mode}, {len(product.stack)} components, "
        f"{'tenancy undecided' if undecided else product.tenancy}, "
        f"at most {product.ceiling} US dollars a month."[:2_000],
        decisions=tuple(_decisions(product, undecided)),
        routing_manifest=NotApplicable(not_applicable="none was computed for this run"),
        constraints=CtoConstraints(
            delivery_mode=brief.delivery_mode,
            stack=product.stack,
            boundaries=("one service, one database, one client", "no external action by an agent"),
            architecture=brief.constraints.architecture or ("one deployable service",),
            security=brief.constraints.security or BASELINE_CONSTRAINTS,
            cost_usd_month=product.ceiling,
            deadline=brief.constraints.deadline,
            tenancy=None if undecided else product.tenancy,
        ),
        done_criteria=(
            Done(
                criterion="BE-IN-1 to BE-IN-5 are stated",
                result="pass",
                evidence=f"{len(product.stack)} components, ceiling {product.ceiling}",
            ),
        ),
    )
    return output.model_dump(mode="json")


def _decisions(product: Product, undecided: bool) -> list[Decision]:
    brief = product.brief
    stack_from = (
        "the brief approves them" if brief.stack is not None else "the brief leaves it open"
    )
    cost_from = "stated" if brief.constraints.cost_usd_month is not None else "not stated"
    named = ", ".join(part.name for part in product.stack) or "nothing"
    tenancy = (f"tenancy: {product.tenancy}", "BE-AUTH-2 unless the brief says otherwise")
    baseline = ("security: the baseline for every product", "the brief states no requirement")
    texts = (
        (f"build with {named}"[:2_000], stack_from),
        (f"deliver as {brief.delivery_mode}", "as the brief says"),
        *(() if undecided else (tenancy,)),
        *(() if brief.constraints.security else (baseline,)),
        (f"at most {product.ceiling} US dollars a month", f"the brief's ceiling is {cost_from}"),
    )
    return [
        Decision(id=f"D-{n}", decision=text, reason=reason)
        for n, (text, reason) in enumerate(texts, start=1)
    ]


def requirements(product: Product, flaws: tuple[Site, ...]) -> dict[str, Any]:
    """The content of `criteria`."""
    return _requirements(product, of(flaws, FlawKind.REQUIREMENT_GAP))


def criteria(product: Product, flaws: tuple[Site, ...]) -> tuple[Planned, ...]:
    """The criteria that PM really wrote: those of a gap are not there."""
    return tuple(
        item
        for item in planned(product)
        if not hit(flaws, "criterion", "rule", item.rule or "")
        and not hit(flaws, "criterion", "entity", item.entity or "")
    )


@lru_cache(maxsize=256)
def _requirements(product: Product, flaws: tuple[Site, ...]) -> dict[str, Any]:
    brief, written = product.brief, criteria(product, flaws)
    output = PmOutput(
        mode="design",
        summary=f"{len(brief.rules)} business rules and {len(written)} acceptance criteria.",
        brief=" ".join(brief.prose.split())[:500] or product.title,
        rules=tuple(
            BusinessRule(id=rule.id, text=rule.text, entity=rule.entity) for rule in brief.rules
        ),
        acceptance_criteria=tuple(_criterion(item, flaws) for item in written),
        out_of_scope=("anything that no screen, rule or criterion names",),
        open_questions=brief.assumed,
        done_criteria=(
            Done(
                criterion="every criterion has an id and a priority",
                result="pass",
                evidence=f"{len(written)} criteria",
            ),
        ),
    )
    return output.model_dump(mode="json")


def _criterion(item: Planned, flaws: tuple[Site, ...]) -> AcceptanceCriterion:
    return AcceptanceCriterion(
        id=item.id,
        given=item.given,
        when=item.when,
        then=item.then,
        priority=item.priority,
        entity=item.entity,
        rule=item.rule,
        oracle=None if hit(flaws, "oracle", item.id) else item.oracle,
    )


@lru_cache(maxsize=256)
def experience(product: Product) -> dict[str, Any]:
    """The content of `screens`."""
    output = UiuxOutput(
        mode="design",
        summary=f"{len(product.screens)} screens with five states each.",
        flows=tuple(
            f"{screen.name}: {' → '.join(screen.interactions)}" for screen in product.screens
        ),
        screens=tuple(_design(product, screen) for screen in product.screens),
        components=("table", "form", "notice", "confirmation"),
        accessibility=ACCESSIBILITY,
        copy_text=tuple(f"{screen.name}: No {screen.entity} yet." for screen in product.screens),
        done_criteria=(
            Done(
                criterion="every screen names its five states",
                result="pass",
                evidence=f"{len(product.screens)} screens",
            ),
        ),
    )
    return output.model_dump(mode="json", by_alias=True)


def _design(product: Product, screen: Screen) -> ScreenDesign:
    return ScreenDesign(
        name=screen.name,
        entity=screen.entity,
        interactions=screen.interactions,
        states=tuple(
            ScreenState(state=state, shows=text.format(name=screen.name, entity=screen.entity))
            for state, text in _SHOWN.items()
        ),
        data_needs=tuple(
            DataNeed(field=shown, format=_format(product, screen, shown)) for shown in screen.shows
        ),
        latency_ms=screen.latency_ms,
    )


def _format(product: Product, screen: Screen, shown: str) -> str:
    entity, name = split(screen, shown)
    types = {field.name: field.type for field in product.entity(entity).fields}
    return types.get(name, "datetime" if name.endswith("_at") else "uuid")


def client(
    product: Product, flaws: tuple[Site, ...], version: str, requests: tuple[ChangeRequest, ...]
) -> dict[str, Any]:
    """The content of `frontend_build`."""
    return _client(
        product, of(flaws, FlawKind.CONTRACT_GAP, FlawKind.FRONTEND_BUG), version, requests
    )


@lru_cache(maxsize=512)
def _client(
    product: Product, flaws: tuple[Site, ...], version: str, requests: tuple[ChangeRequest, ...]
) -> dict[str, Any]:
    rows = tuple(_row(screen, state, flaws) for screen in product.screens for state in STATES)
    built = [row for row in rows if row.covered]
    output = FrontendOutput(
        mode="build",
        summary=f"{len(product.screens)} screens in {len(built)} states on contract {version}.",
        implementation=rows,
        contract_usage=usage(product, flaws),
        contract_change_requests=asked(requests, version),
        states_covered=tuple(
            f"{screen.name}: {', '.join(row.state for row in built if row.screen == screen.name)}"
            for screen in product.screens
        ),
        tests=tuple(f"{row.screen}: {row.state}" for row in built),
        accessibility=ACCESSIBILITY,
        done_criteria=(
            Done(
                criterion="only the frozen contract is used",
                result="fail" if requests else "pass",
                evidence=f"contract {version}, {len(requests)} change requests",
            ),
        ),
    )
    return output.model_dump(mode="json")


def _row(screen: Screen, state: StateName, flaws: tuple[Site, ...]) -> ScreenRow:
    return ScreenRow(
        screen=screen.name,
        state=state,
        file=f"client/{screen.name}/{state}.tsx",
        covered=not hit(flaws, "state", screen.name, state),
    )


@lru_cache(maxsize=512)
def usage(product: Product, flaws: tuple[Site, ...]) -> tuple[Usage, ...]:
    """What each screen takes from the contract; a field that the contract lacks is not taken."""
    return tuple(
        Usage(
            screen=screen.name, operation_id=op.id, fields=_taken(product, screen.name, op, flaws)
        )
        for screen in product.screens
        for op in reads(screen, product)
    )


def _taken(
    product: Product, screen: str, op: Operation, flaws: tuple[Site, ...]
) -> tuple[str, ...]:
    return tuple(
        ".".join(need.property[1:])
        for need in needs(product)
        if (need.screen, need.operation) == (screen, op.id)
        and not hit(flaws, "property", *need.property)
    )


def asked(requests: tuple[ChangeRequest, ...], version: str) -> tuple[RequestedChange, ...]:
    """Contract change requests as Frontend words them."""
    return tuple(
        RequestedChange(
            contract="contract",
            version=version,
            change=one.change,
            reason=one.reason,
            breaking=one.breaking,
        )
        for one in requests
        if one.target is Target.CONTRACT
    )


def used_operations(product: Product) -> frozenset[str]:
    """Ids of the operations that the client calls."""
    ids = {op.id for screen in product.screens for op in reads(screen, product)}
    return frozenset(ids & {op.id for op in operations(product)})
