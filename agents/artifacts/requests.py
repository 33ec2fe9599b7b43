"""The change request that a flaw in something frozen leads to, with its real difference."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from remit.agents.artifacts.change import ContractDiff, diff
from remit.agents.artifacts.criteria import planned
from remit.agents.artifacts.openapi import openapi
from remit.agents.artifacts.product import Product, product
from remit.agents.artifacts.roles import used_operations
from remit.agents.artifacts.schemas import names
from remit.agents.artifacts.sites import Site, flaw_site
from remit.state.brief import Brief
from remit.state.report import ChangeRequest, Flaw
from remit.state.vocabulary import BUILDERS, FlawKind, Seat, Stage, Target

LINES_MAX = 50


def request_for(
    brief: Brief, kind: FlawKind, flaw: Flaw, content: Mapping[str, Any] | None = None
) -> ChangeRequest:
    """The request to mend a requirement gap, or a flaw in the frozen contract.

    With the contract's content the difference is taken from it; what is mended already is then not
    asked for again, and the difference is empty.

    Raises:
        ValueError: a flaw of this kind, made at this stage, is in nothing frozen.
    """
    whole, site = product(brief), flaw_site(brief, kind, flaw)
    if kind is FlawKind.REQUIREMENT_GAP:
        return _scope(whole, site)
    if site.made_at is not Stage.CONTRACT:
        raise ValueError(f"{kind} made at {flaw.made_at} needs no change request")
    document = None if content is None else content.get("openapi")
    change = _change(whole, site)
    if isinstance(document, Mapping):
        change = diff(document, mended(document, whole, site))  # pyright: ignore[reportUnknownArgumentType]
    return _contract(whole, site, change)


@lru_cache(maxsize=1024)
def _change(product: Product, site: Site) -> ContractDiff:
    return diff(openapi(product, (site,)), openapi(product, ()))


def _contract(product: Product, site: Site, change: ContractDiff) -> ChangeRequest:
    met = used_operations(product).intersection(change.operations)
    return ChangeRequest(
        target=Target.CONTRACT,
        change=site.fix,
        reason=site.evidence,
        diff=change.lines[:LINES_MAX],
        breaking=change.breaking,
        severity=site.severity,
        affected=BUILDERS if met else (Seat.BACKEND,),
    )


def _scope(product: Product, site: Site) -> ChangeRequest:
    """A gap in the requirements: the criteria that are to be added or completed."""
    what = site.target
    wanted = [
        item
        for item in planned(product)
        if what == ("oracle", item.id)
        or what == ("criterion", "rule", item.rule)
        or what == ("criterion", "entity", item.entity)
    ]
    return ChangeRequest(
        target=Target.SCOPE,
        change=site.fix,
        reason=site.evidence,
        diff=tuple(f"+ {item.id}: {item.then} ({item.oracle})"[:2_000] for item in wanted)[
            :LINES_MAX
        ],
        breaking=False,
        affected=BUILDERS,
    )


def mended(document: Mapping[str, Any], product: Product, site: Site) -> dict[str, Any]:
    """The document with this one flaw mended, everything else as it was.

    A document that another author wrote, without the place, comes back as it is.
    """
    right = openapi(product, ())
    if site.target[0] == "security":
        return _guarded(document, right, site.target[1])
    return _completed(document, right, product, site)


def _guarded(document: Mapping[str, Any], right: dict[str, Any], name: str) -> dict[str, Any]:
    path, method = next(
        (path, method)
        for path, item in right["paths"].items()
        for method, op in item.items()
        if method != "parameters" and op["operationId"] == name
    )
    item = document.get("paths", {}).get(path, {})
    if method not in item:
        return {**document}
    wanted = right["paths"][path][method]
    old = item[method]
    added = {key: wanted["responses"][key] for key in ("401", "403")}
    new = {
        **old,
        "security": wanted["security"],
        "x-permission": wanted["x-permission"],
        "responses": {**old.get("responses", {}), **added},
    }
    return {**document, "paths": {**document["paths"], path: {**item, method: new}}}


def _completed(
    document: Mapping[str, Any], right: dict[str, Any], product: Product, site: Site
) -> dict[str, Any]:
    entity, path = site.target[1], site.target[2:]
    name = names(product)[entity]
    schemas = document.get("components", {}).get("schemas", {})
    if name not in schemas:
        return {**document}
    shape = _with(schemas[name], right["components"]["schemas"][name], path)
    components = {**document["components"], "schemas": {**schemas, name: shape}}
    return {**document, "components": components}


def _with(shape: Mapping[str, Any], right: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """The schema with the property at the path as the right one has it."""
    head, *rest = path
    properties = shape.get("properties", {})
    if rest and head in properties:
        inner = _with(properties[head], right["properties"][head], tuple(rest))
        return {**shape, "properties": {**properties, head: inner}}
    needed = [*shape.get("required", ())]
    return {
        **shape,
        "required": needed if head in needed else [*needed, head],
        "properties": {**properties, head: right["properties"][head]},
    }
