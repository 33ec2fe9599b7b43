"""How the parts of a brief fit together: names, references, limits, and what contradicts itself.

Checks work on the data that `brief_syntax` reads, so that they can speak beside problems of values;
a value that is missing or of no use is left alone here.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from graphlib import CycleError, TopologicalSorter
from typing import Any

from remit.state.brief_syntax import Draft, Path
from remit.state.suggest import advice, quoted

Data = dict[str, Any]
ROOM = {"entities": 60, "screens": 120, "criteria": 200, "rules": 200, "external_actions": 20}
"""How many a brief may have of each."""
LISTED_MAX = 60
"""Fields of one entity, members of one enum, fields on one screen, lines of one constraint."""
GENERATED = ("id", "tenant_id", "created_at", "updated_at", "deleted_at")
"""Columns that every table gets by itself."""
SHOWN = ("id", "created_at", "updated_at")
"""Those of them that a screen may show."""
RESERVED = frozenset(
    # reserved in PostgreSQL, then what SQLite adds
    """
    all analyse analyze and any array as asc asymmetric authorization binary both case cast check
    collate collation column concurrently constraint create cross current_catalog current_date
    current_role current_schema current_time current_timestamp current_user default deferrable desc
    distinct do else end except false fetch for foreign freeze from full grant group having ilike in
    initially inner intersect into is isnull join lateral leading left like limit localtime
    localtimestamp natural not notnull null offset on only or order outer overlaps placing primary
    references returning right select session_user similar some symmetric system_user table
    tablesample then to trailing true union unique user using variadic verbose when where window
    with add alter autoincrement between commit delete drop escape exists if index indexed insert
    nothing set transaction update values
    """.split()
)
"""Words that SQL keeps for itself, in either database."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


Columns = Mapping[str, frozenset[str]]
"""What a screen may show of each entity."""


def check(data: Data, draft: Draft) -> None:
    """Note every problem of a brief's parts with one another."""
    _room(data, draft)
    entities = _columns(data)
    _names(data, draft)
    _fields(data, draft)
    _relations(data, entities, draft)
    _screens(data, entities, draft)
    _mentions(data, entities, draft)
    _tenancy(data, draft)
    _security(data, draft)
    _date(data.get("constraints", {}).get("deadline"), draft)
    _stack(data, draft)


def circle(data: Data) -> tuple[str, ...]:
    """The first entities found that refer to each other in a circle; empty where there are none.

    Self-references are no circle. A circle can be built: one of its references is left optional.
    """
    graph = {
        str(entity.get("name")): {p for p in entity.get("belongs_to", ()) if p != entity["name"]}
        for entity in data.get("entities", ())
        if entity.get("name")
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return tuple(reversed(error.args[1]))
    return ()


def reserved(name: str) -> bool:
    """Whether SQL would mistake a name for something of its own."""
    return name in RESERVED or name.startswith("sqlite_")


def _columns(data: Data) -> Columns:
    found: dict[str, frozenset[str]] = {}
    for entity in data.get("entities", ()):
        columns = (
            *SHOWN,
            *(str(field["name"]) for field in entity.get("fields", ()) if "name" in field),
            *(f"{name}_id" for name in entity.get("belongs_to", ())),
            *(f"{name}_ids" for name in entity.get("many_to_many", ())),
        )
        found.setdefault(str(entity.get("name")), frozenset(columns))
    return found


def _twice(rows: Iterable[Data], key: str, at: Path, draft: Draft) -> None:
    count = Counter(row.get(key) for row in rows)
    seen: set[str] = set()
    for number, row in enumerate(rows):
        name = row.get(key)
        if name and count[name] > 1 and name in seen:
            draft.wrong(
                (*at, number), f"there are {count[name]} of this {key}; rename or remove one"
            )
        seen.add(str(name))


def _again(names: Iterable[str], at: Path, draft: Draft) -> None:
    """A list that names something more than once."""
    for name, times in Counter(names).items():
        if times > 1:
            draft.wrong(at, f"names {quoted(name)} {times} times; keep one")


def _names(data: Data, draft: Draft) -> None:
    for key, name in (
        ("entities", "name"), ("screens", "name"), ("rules", "id"), ("criteria", "id"),
    ):  # fmt: skip
        _twice(data.get(key, ()), name, (key,), draft)
    for number, entity in enumerate(data.get("entities", ())):
        name = entity.get("name", "")
        if reserved(name):
            draft.wrong(
                ("entities", number), f"{name!r} is a word of SQL; call it 'app_{name}' or the like"
            )
        if name == "tenant" and data.get("multi_tenant"):
            draft.wrong(
                ("entities", number),
                "'tenant' is there by itself when multi_tenant is true; remove it, or call it "
                "'organisation'",
            )


def _fields(data: Data, draft: Draft) -> None:
    for number, entity in enumerate(data.get("entities", ())):
        at: Path = ("entities", number, "fields")
        fields = entity.get("fields", ())
        _twice(fields, "name", at, draft)
        made = {f"{name}_id": "belongs_to" for name in entity.get("belongs_to", ())}
        made |= {f"{name}_ids": "many_to_many" for name in entity.get("many_to_many", ())}
        for place, field in enumerate(fields):
            name = field.get("name", "")
            for what in _field(field, entity.get("name", "entity"), made.get(name)):
                draft.wrong((*at, place), what)


def _field(field: Data, entity: str, made_by: str | None) -> Iterator[str]:
    name, kind, values = field.get("name", ""), field.get("type", "string"), field.get("values")
    if reserved(name):
        yield f"{name!r} is a word of SQL; call it '{entity}_{name}' or the like"
    if name in GENERATED:
        yield f"{name!r} is there by itself in every entity; remove it"
    if made_by:
        yield f"{name!r} is there by itself because of {made_by}; remove it"
    if kind == "enum" and not values:
        yield "an enum has to list its values; write enum(first, second)"
    if kind != "enum" and values:
        yield f"only an enum has values, this is {kind}; write enum(…), or remove the values"
    if values and len(set(values)) < len(values):
        yield "has a value twice; keep one"


def _relations(data: Data, entities: Columns, draft: Draft) -> None:
    for number, entity in enumerate(data.get("entities", ())):
        for key in ("belongs_to", "many_to_many"):
            names = entity.get(key, ())
            _again(names, ("entities", number, key), draft)
            for place, name in enumerate(names):
                _known(name, entities, ("entities", number, key, place), draft)


def _known(name: str | None, entities: Columns, at: Path, draft: Draft) -> None:
    if name is not None and name not in entities:
        draft.wrong(at, f"there is no entity {quoted(name)}; {_near(name, entities)}")


def _tenancy(data: Data, draft: Draft) -> None:
    if data.get("tenancy") and not data.get("multi_tenant"):
        draft.wrong(
            ("tenancy",),
            "is set, but the product has no tenants; add multi_tenant: true, or remove it",
        )


def _screens(data: Data, entities: Columns, draft: Draft) -> None:
    for number, screen in enumerate(data.get("screens", ())):
        at: Path = ("screens", number)
        entity = screen.get("entity")
        _known(entity, entities, (*at, "entity"), draft)
        shows = screen.get("shows", ())
        _again(shows, (*at, "shows"), draft)
        for place, shown in enumerate(shows):
            what = _shown(shown, str(entity), entities, bool(data.get("allow_gaps")))
            if what and (entity in entities or "." in shown):
                draft.wrong((*at, "shows", place), what)
        _again(screen.get("interactions", ()), (*at, "interactions"), draft)
        if screen.get("interactions") == []:
            draft.wrong((*at, "interactions"), "is empty; write [list, read], or remove it")


def _shown(shown: str, own: str, entities: Columns, gaps: bool) -> str | None:
    """What is wrong with a shown field."""
    entity, dot, field = shown.partition(".")
    entity, field = (entity, field) if dot else (own, entity)
    if entity not in entities:
        near = _near(entity, entities)
        return f"shows {quoted(shown)}, but there is no entity {quoted(entity)}; {near}"
    if field in ("tenant_id", "deleted_at"):
        return f"shows {field!r}, which never leaves the service; remove it"
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", field):
        return f"shows {quoted(shown)}, which is no field's name; write `field` or `entity.field`"
    columns = entities[entity]
    if field in columns or gaps:
        return None
    return (
        f"shows {quoted(shown)}, but {entity} has no field {quoted(field)}; "
        f"{advice(field, sorted(columns))}; or write allow_gaps: true"
    )


def _near(entity: str, entities: Columns) -> str:
    return advice(entity, entities) if entities else "describe it under entities"


def _mentions(data: Data, entities: Columns, draft: Draft) -> None:
    for key in ("criteria", "rules"):
        for number, row in enumerate(data.get(key, ())):
            _known(row.get("entity"), entities, (key, number, "entity"), draft)


def _security(data: Data, draft: Draft) -> None:
    constraints = data.get("constraints", {})
    rows = constraints.get("security", ())
    at: Path = ("constraints", "security")
    _twice(rows, "id", at, draft)
    latencies = tuple(f"latency:{screen.get('name')}" for screen in data.get("screens", ()))
    for number, row in enumerate(rows):
        for place, other in enumerate(row.get("incompatible_with", ())):
            where = (*at, number, "incompatible_with", place)
            if other == "deadline" and not constraints.get("deadline"):
                draft.wrong(where, "names the deadline, but none is set; add constraints.deadline")
            elif other != "deadline" and other not in latencies:
                known = advice(other, ("deadline", *latencies))
                draft.wrong(where, f"{quoted(other)} is no deadline or latency; {known}")


def _date(deadline: str | None, draft: Draft) -> None:
    if deadline is not None and not _is_day(deadline):
        draft.wrong(("constraints", "deadline"), f"{quoted(deadline)} is no day; write YYYY-MM-DD")


def _is_day(text: str) -> bool:
    try:
        return bool(_DAY.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False


def _room(data: Data, draft: Draft) -> None:
    """Too much of anything ends the reading: further checks would compare all with all."""
    for key, most in ROOM.items():
        _few(data.get(key, ()), most, (key,), draft)
    constraints = data.get("constraints", {})
    for key in ("security", "architecture"):
        _few(constraints.get(key, ()), LISTED_MAX, ("constraints", key), draft)
    for number, entity in enumerate(data.get("entities", ())):
        for key in ("fields", "belongs_to", "many_to_many"):
            _few(entity.get(key, ()), LISTED_MAX, ("entities", number, key), draft)
        for place, field in enumerate(entity.get("fields", ())):
            at = ("entities", number, "fields", place)
            _few(field.get("values", ()), LISTED_MAX, at, draft)
    for number, screen in enumerate(data.get("screens", ())):
        _few(screen.get("shows", ()), LISTED_MAX, ("screens", number, "shows"), draft)
    for kind, names in data.get("stack", {}).items():
        _few(names, LISTED_MAX, ("stack", kind), draft)


def _few(rows: Sequence[object], most: int, at: Path, draft: Draft) -> None:
    if len(rows) > most:
        draft.wrong(at, f"there are {len(rows)}, at most {most} are taken; split the brief")
        draft.problems.stop()


def _stack(data: Data, draft: Draft) -> None:
    stack: Mapping[str, list[str]] | None = data.get("stack")
    wronged = any(path[:1] == ("stack",) for path in draft.wronged)
    if stack is not None and not stack and not wronged:
        draft.wrong(("stack",), "is empty; name a component, or remove it")
    for kind, names in (stack or {}).items():
        if not names:
            draft.wrong(("stack", kind), "is empty; name a component, or remove it")
