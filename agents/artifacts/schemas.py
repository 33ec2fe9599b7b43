"""JSON schemas of a product's entities, for requests and answers.

Names of schemas cannot collide: an entity's own is in camel case without underscores, derived ones
carry an underscore (`Invoice_Create`), shared ones start with `Api_`.
"""

from functools import lru_cache
from typing import Any

from remit.agents.artifacts.operations import embedded
from remit.agents.artifacts.product import Product, chosen_parents, optional_parents
from remit.state.brief import Entity, EntityField

Json = dict[str, Any]

UUID: Json = {"type": "string", "format": "uuid"}
INSTANT: Json = {"type": "string", "format": "date-time"}
STRING_MAX, TEXT_MAX, EMAIL_MAX, URL_MAX = 200, 10_000, 254, 2_048
INT_MAX, MONEY_MAX = 2_147_483_647, 9_007_199_254_740_991
LINKS_MAX = 100
_TYPES: dict[str, Json] = {
    "string": {"type": "string", "maxLength": STRING_MAX},
    "text": {"type": "string", "maxLength": TEXT_MAX},
    "integer": {"type": "integer", "minimum": -INT_MAX, "maximum": INT_MAX},
    "decimal": {"type": "string", "pattern": "^-?[0-9]{1,12}([.][0-9]{1,6})?$", "maxLength": 20},
    "money": {
        "type": "integer",
        "minimum": -MONEY_MAX,
        "maximum": MONEY_MAX,
        "description": "In the smallest unit of the currency.",
    },
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": INSTANT,
    "uuid": UUID,
    "email": {"type": "string", "format": "email", "maxLength": EMAIL_MAX},
    "url": {"type": "string", "format": "uri", "maxLength": URL_MAX},
    "json": {"type": "object", "maxProperties": 100},
}


def members(field: EntityField) -> tuple[str, ...]:
    """The different values of an enum; empty when it has none or is none."""
    return tuple(dict.fromkeys(field.values)) if field.type == "enum" else ()


def schema(field: EntityField) -> Json:
    """The schema of one field; an optional field may be null."""
    values = members(field)
    base = {"type": "string", "enum": [*values]} if values else _TYPES.get(field.type)
    shape: Json = {**(base or _TYPES["string"])}
    if field.required and field.type in ("string", "text"):
        shape["minLength"] = 1
    if not field.required:
        shape["type"] = [shape["type"], "null"]
        if values:
            shape["enum"] = [*values, None]
    return shape


@lru_cache(maxsize=256)
def names(product: Product) -> dict[str, str]:
    """Entity → the name of its schema; all different."""
    found: dict[str, str] = {}
    for entity in product.entities:
        camel = "".join(part.capitalize() for part in entity.name.split("_"))
        found[entity.name] = entity.name if camel in found.values() else camel
    return found


def answer(product: Product, entity: Entity) -> Json:
    """What a reader gets: every property is there, optional ones may be null."""
    properties: Json = {
        "id": UUID,
        **{field.name: schema(field) for field in entity.fields},
        **_references(product, entity),
        **{
            parent: _embedded(product, product.entity(parent), fields)
            for parent, fields in embedded(product, entity).items()
        },
        "created_at": INSTANT,
        "updated_at": INSTANT,
    }
    return _object(properties, tuple(properties))


def creation(product: Product, entity: Entity) -> Json:
    """What a client may send to make one: never id, tenant, or times (BE-VAL-3)."""
    chosen, optional = chosen_parents(product, entity), optional_parents(product, entity)
    references = _references(product, entity.model_copy(update={"belongs_to": chosen}))
    properties = {field.name: schema(field) for field in entity.fields} | references
    needed = (
        *(field.name for field in entity.fields if field.required),
        *(f"{parent}_id" for parent in chosen if parent not in optional),
    )
    return _object(properties, needed)


def alteration(product: Product, entity: Entity) -> Json:
    """What a client may send to change one: any of the same properties, at least one."""
    return {**creation(product, entity), "required": [], "minProperties": 1}


def _references(product: Product, entity: Entity) -> Json:
    optional = optional_parents(product, entity)
    maybe: Json = {"type": ["string", "null"], "format": "uuid"}
    links: Json = {"type": "array", "items": UUID, "maxItems": LINKS_MAX, "uniqueItems": True}
    return {
        **{f"{parent}_id": maybe if parent in optional else UUID for parent in entity.belongs_to},
        **{f"{other}_ids": links for other in entity.many_to_many},
    }


def _embedded(product: Product, parent: Entity, fields: tuple[str, ...]) -> Json:
    known: Json = {field.name: schema(field) for field in parent.fields}
    known |= _references(product, parent)
    known |= {"created_at": INSTANT, "updated_at": INSTANT}
    properties = {"id": UUID, **{name: known[name] for name in fields}}
    return _object(properties, tuple(properties))


def _object(properties: Json, needed: tuple[str, ...]) -> Json:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [*needed],
        "properties": properties,
    }
