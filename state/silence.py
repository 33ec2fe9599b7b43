"""What stands where a brief is silent, and the words that say so."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from remit.state.brief_checks import circle, reserved

TITLE_MAX = 80
"""Characters of a title that is taken from prose."""
_MARKS = re.compile(r"^\s*(?:[#>*+-]+|[0-9]+[.)])\s+|[*_`~]{1,3}(?=\S)|(?<=\S)[*_`~]{1,3}")
_LINK = re.compile(r"!?\[([^\]]{0,200})\]\([^)]{0,500}\)")
_WEAK = frozenset(
    "a an and app application build create develop for i make me my need of our platform please "
    "program simple site software system that the tool us want we web website with write".split()
)
"""Words of a title that do not say what is kept."""
_LATENCY_MS = 300
_NAMES_SHOWN = 8


def title_of(prose: str, heading: bool = False) -> str:
    """The first line of a text that says something, without its Markdown marks; `""` for none.

    Args:
        prose: Markdown.
        heading: take the line only where it is a heading.
    """
    for line in prose.splitlines():
        if heading and line.strip() and not line.startswith("#"):
            return ""
        words = " ".join(_MARKS.sub("", _LINK.sub(r"\1", line)).split()).strip("#-=*_ ")
        if words:
            return words if len(words) <= TITLE_MAX else f"{words[: TITLE_MAX - 1].rstrip()}…"
    return ""


def identifier(title: str) -> str:
    """A name for what a title speaks of: `Build a clinic booking app` → `clinic_booking`."""
    ascii_only = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z][a-z0-9]*", ascii_only)
    strong = [word for word in words if word not in _WEAK] or ["item"]
    name = "_".join(strong[:3])[:40].strip("_")
    return f"{name}_item" if reserved(name) or name == "tenant" else name


def completed(data: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The data with its silences filled, and a line for each of them."""
    filled, assumed = dict(data), list[str]()
    if "delivery_mode" not in data:
        filled["delivery_mode"] = "mvp"
        assumed.append("delivery mode: mvp, because the brief names none")
    if data.get("multi_tenant") and "tenancy" not in data and filled["delivery_mode"] == "mvp":
        filled["tenancy"] = "shared_schema"
        assumed.append(
            "tenancy: shared schema with tenant_id, the default of an mvp with tenants (BE-AUTH-2)"
        )
    if not data.get("stack"):
        assumed.append("stack: none is approved in the brief, so the CTO picks one")
    if not data.get("entities") and not data.get("screens"):
        _stand_in(filled, assumed)
        return filled, assumed
    if not data.get("screens"):
        assumed.append("screens: none are described; the team draws one for each entity")
    bare = [
        one["name"] for one in data.get("entities", ()) if one.get("name") and not one.get("fields")
    ]
    if bare:
        filled["entities"] = [_with_name(entity) for entity in data["entities"]]
        assumed.append(f"fields: only a name for {_some(bare, ', ')}")
    ring = circle(data)
    if ring:
        names = _some(ring, " → ")
        assumed.append(
            f"entities: {names} is a circle, so one of these references is left optional"
        )
    return filled, assumed


def _some(names: Sequence[str], between: str) -> str:
    """The first names of many: what is assumed is one line of a summary."""
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return between.join(names[:_NAMES_SHOWN]) + more


def _with_name(entity: dict[str, Any]) -> dict[str, Any]:
    return entity if entity.get("fields") else {**entity, "fields": [{"name": "name"}]}


def _stand_in(filled: dict[str, Any], assumed: list[str]) -> None:
    """One entity named after the title, a screen and a criterion: the least a team can build."""
    name = identifier(str(filled.get("title", "")))
    fields = [{"name": "name"}, {"name": "notes", "type": "text", "required": False}]
    filled["entities"] = [{"name": name, "fields": fields}]
    assumed.append(f"entities: only {name} (name, notes), called after the title")
    screen = f"{name}_desk"
    filled["screens"] = [
        {
            "name": screen,
            "entity": name,
            "shows": ["name", "notes"],
            "interactions": ["list", "read", "create", "update"],
            "latency_ms": _LATENCY_MS,
        }
    ]
    assumed.append(
        f"screens: only {screen}, which lists, reads, creates and updates within {_LATENCY_MS} ms"
    )
    if not filled.get("criteria"):
        text = f"A new {name.replace('_', ' ')} is in the list and can be changed."
        filled["criteria"] = [{"id": "AC-1", "text": text, "entity": name}]
        assumed.append(f"criteria: only AC-1: {text}")
