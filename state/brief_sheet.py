"""A brief as tables: what is kept, what is seen, what is asked and what bounds the work."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from remit.state.inert import cut
from remit.state.sheet import Sheet, Table

ABOUT = 300
"""Characters of the prose that are shown."""


def brief_sheet(brief: Mapping[str, Any]) -> Sheet:
    """The tables of a brief, given as its JSON values; those that would be empty are left out."""
    tables = (
        _table("Entities", ("entity", "belongs to", "fields"), map(_entity, brief["entities"])),
        _table("Screens", ("screen", "entity", "within", "does: shows"),
               map(_screen, brief["screens"])),
        _table("Acceptance criteria", ("id", "priority", "text"),
               ((one["id"], one["priority"], one["text"]) for one in brief["criteria"])),
        _table("Rules", ("id", "text"), ((one["id"], one["text"]) for one in brief["rules"])),
        _table("Bounds", ("what", "value"), _bounds(brief)),
        _table("External actions", ("kind", "target", "payload"),
               ((one["kind"], one["target"], one["payload"]) for one in brief["external_actions"])),
        _table("Assumed, because the brief is silent", ("what",),
               ((text,) for text in brief["assumed"])),
    )  # fmt: skip
    return Sheet(
        title=f"Brief: {brief['title']}",
        about=cut(_opening(brief["prose"]), ABOUT),
        tables=tuple(one for one in tables if one.rows),
    )


def _opening(prose: str) -> str:
    """The first paragraph that is no heading."""
    paragraphs = (part.strip() for part in prose.split("\n\n"))
    return next((part for part in paragraphs if part and not part.startswith("#")), "")


def _table(title: str, heads: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Table:
    return Table(title=title, heads=heads, rows=tuple(rows))


def _entity(one: Mapping[str, Any]) -> tuple[str, ...]:
    links = [*one["belongs_to"], *(f"{name} (many)" for name in one["many_to_many"])]
    return one["name"], _list(links), _list(map(_field, one["fields"]))


def _field(one: Mapping[str, Any]) -> str:
    marks = "" if one["required"] else "?"
    return f"{one['name']}{marks} {one['type']}" + (" (sensitive)" if one["sensitive"] else "")


def _screen(one: Mapping[str, Any]) -> tuple[str, ...]:
    shows, does = _list(one["shows"]), _list(one["interactions"])
    return one["name"], one["entity"], f"{one['latency_ms']} ms", f"{does}: {shows or 'nothing'}"


def _bounds(brief: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    bounds = brief["constraints"]
    yield "delivery", brief["delivery_mode"]
    if brief["multi_tenant"]:
        yield "tenants", f"several; {brief['tenancy'] or 'how they are kept apart is open'}"
    stack: Mapping[str, Sequence[str]] = brief["stack"] or {}
    for kind, parts in stack.items():
        yield f"stack: {kind}", _list(parts)
    if bounds["cost_usd_month"] is not None:
        yield "running cost", f"at most ${bounds['cost_usd_month']:,} a month"
    if bounds["deadline"]:
        yield "deadline", bounds["deadline"]
    for text in bounds["architecture"]:
        yield "architecture", text
    for one in bounds["security"]:
        yield f"security {one['id']}", one["text"]


def _list(parts: Iterable[str]) -> str:
    return ", ".join(parts)
