"""An artifact as files for the bundle: what a person opens and what a program reads."""

import json
from collections.abc import Mapping
from typing import Any

_READABLE = ("plan", "criteria", "screens", "threat_model", "test_plan", "review", "verdict")
CELL_MAX = 120


def documents(name: str, content: Mapping[str, Any]) -> dict[str, str]:
    """File name → text. The contract is `openapi.json`, the data model `schema.sql`.

    Every other artifact is `<name>.json`, and those that people read also `<name>.md`.
    """
    if name == "contract" and isinstance(content.get("openapi"), Mapping):
        return {"openapi.json": pretty(content["openapi"])}
    if name == "data_model" and isinstance(content.get("ddl"), str):
        rest = {key: value for key, value in content.items() if key != "ddl"}
        return {"schema.sql": content["ddl"], "data_model.json": pretty(rest)}
    files = {f"{name}.json": pretty(content)}
    return {**files, f"{name}.md": markdown(name, content)} if name in _READABLE else files


def pretty(value: object) -> str:
    """JSON for people, keys in their own order."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def markdown(name: str, content: Mapping[str, Any]) -> str:
    """A heading, the plain values, then one section for each list."""
    whole: dict[str, Any] = {**content, **_inner(content.get("output"))}
    parts = [f"# {name.replace('_', ' ').capitalize()}", str(whole.get("summary", ""))]
    for key, value in whole.items():
        if isinstance(value, list | tuple) and value:
            parts += [f"## {key.replace('_', ' ').capitalize()}", _section(list(value))]  # pyright: ignore[reportUnknownArgumentType]
        elif isinstance(value, str | int) and key not in ("summary", "mode"):
            parts.append(f"{key.replace('_', ' ').capitalize()}: {_cell(value)}")
    return "\n\n".join(part for part in parts if part) + "\n"


def _inner(value: object) -> Mapping[str, Any]:
    """A reviewer's own output inside its assessment."""
    return value if isinstance(value, Mapping) else {}  # pyright: ignore[reportUnknownVariableType]


def _section(items: list[Any]) -> str:
    if not all(isinstance(item, Mapping) for item in items):
        return "\n".join(f"- {_cell(item)}" for item in items)
    keys = list(dict.fromkeys(key for item in items for key in item))
    lines = [f"| {' | '.join(keys)} |", f"| {' | '.join('---' for _ in keys)} |"]
    lines += [f"| {' | '.join(_cell(item.get(key)) for key in keys)} |" for item in items]
    return "\n".join(lines)


def _cell(value: object) -> str:
    """One line without table bars, cut to a readable width."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = " ".join(text.replace("|", "/").split())
    return text if len(text) <= CELL_MAX else f"{text[: CELL_MAX - 1]}…"
