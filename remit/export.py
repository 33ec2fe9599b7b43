"""Handoffs as plain data, for whatever reads data: JSON lines and CSV with the same fields.

`docs/reference/export.md` is the contract; a test holds it, and its JSON Schema, equal to this.
"""

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Any

from pydantic import TypeAdapter

from remit.state.handoff import Handoff
from remit.state.record import StoredHandoff

Record = dict[str, Any]
"""One exported handoff, by column: JSON values."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One field of an exported handoff."""

    name: str
    unit: str = ""
    meaning: str


def _column(name: str, meaning: str, unit: str = "") -> Column:
    return Column(name=name, unit=unit, meaning=meaning)


COLUMNS = (
    _column("run", "Id of the run. With `seq` it identifies the row."),
    _column("seq", "Number of the handoff in its run, from 1 without gaps."),
    _column("step", "Number of the step that issued it; a group's handoffs share one."),
    _column("sender", "The deciding role: whose report made this move."),
    _column("to", "Who does the work: `human` when standing in; null at the end of the run."),
    _column("seat", "Whose seat it is; null at the end."),
    _column("stage", "Where in the process; the last row of an ended run says how it ended."),
    _column("mode", "How the role is to work; null at the end."),
    _column("kind", "What kind of move it is."),
    _column("rule", "Id of the row of the rules that decided."),
    _column("fired", "Ids of all rows of the rules that fired in this step, in order."),
    _column("clause", "The policy clause behind the rule; empty where none is."),
    _column("why", "The reason, one line for a person."),
    _column("spent", "Each unit taken under a limit: which, how much is used now, what is allowed "
            "(grants included; null is unlimited).", "counts"),
    _column("reached", "Each loop limit whose end this step answered, in the same form.", "counts"),
    _column("inputs", "The artifacts that may be seen: owner, name, revision from 1, SHA-256."),
    _column("matter", "Id of the matter put or answered; null where there is none."),
    _column("contract_version", "Version of the frozen contract; empty before the first freeze."),
    _column("cost_micros", "Spent by the run before this handoff.", "millionths of a US dollar"),
    _column("tokens", "Used by the run before this handoff.", "tokens"),
    _column("elapsed_s", "Working time of the run before this handoff; parallel work counts once, "
            "waits for people count.", "seconds"),
    _column("owner_now", "Who has to act next; `nobody` at the end."),
    _column("awaits", "What is awaited from the owner."),
    _column("previous", "Hash of the row before; 64 zeros before the first."),
    _column("hash", "SHA-256, in hex, of `previous` followed by the canonical JSON (sorted keys, "
            "no spaces, UTF-8) of the fields `seq` to `awaits`."),
    _column("written_at", "When the row was recorded, ISO 8601 in UTC.", "time"),
)  # fmt: skip

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'")  # noqa: RUF001
"""A cell that begins so would be taken for a formula, or for one that was made safe."""
_HASH = "^[0-9a-f]{64}$"


def record_of(run_id: str, row: StoredHandoff) -> Record:
    """A handoff with its place in the chain and its time, in the order of `COLUMNS`."""
    return {
        "run": run_id,
        **row.handoff.body(),
        "previous": row.previous,
        "hash": row.hash,
        "written_at": row.written_at.isoformat(),
    }


def json_lines(records: Iterable[Record]) -> Iterator[str]:
    """Each record as a line of JSON, in ASCII: it says everything and steers no terminal."""
    return (json.dumps(record) + "\n" for record in records)


def csv_lines(records: Iterable[Record]) -> Iterator[str]:
    """A head, then each record as a row of CSV (RFC 4180, lines end in CR LF).

    Lists stand as JSON; null is an empty cell; a cell that a spreadsheet would run as a formula
    has an apostrophe before it, and so has one that begins with an apostrophe.
    """
    names = [column.name for column in COLUMNS]
    yield _row(names)
    for record in records:
        yield _row([_cell(record[name]) for name in names])


def _row(cells: list[str]) -> str:
    made = StringIO()
    csv.writer(made).writerow(cells)
    return made.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return json.dumps(value, separators=(",", ":"))
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of one exported line."""
    body = TypeAdapter(Handoff).json_schema()
    text: dict[str, Any] = {"type": "string"}
    types: dict[str, Any] = {
        **body["properties"],
        "run": text,
        "matter": {"anyOf": [{"type": "string", "minLength": 1}, {"type": "null"}]},
        "previous": {**text, "pattern": _HASH},
        "hash": {**text, "pattern": _HASH},
        "written_at": {**text, "format": "date-time"},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Exported handoff",
        "description": "One line of `remit export RUN --jsonl FILE`.",
        "type": "object",
        "properties": {column.name: _described(column, types[column.name]) for column in COLUMNS},
        "required": [column.name for column in COLUMNS],
        "additionalProperties": False,
        "$defs": {name: _untitled(one) for name, one in body["$defs"].items()},
    }


def _described(column: Column, kind: dict[str, Any]) -> dict[str, Any]:
    unit = f" Unit: {column.unit}." if column.unit else ""
    return {"description": column.meaning + unit, **_untitled(kind)}


def _untitled(kind: dict[str, Any]) -> dict[str, Any]:
    """A schema without titles that repeat its own name."""
    return {
        name: {key: _untitled(one) for key, one in value.items()} if name == "properties" else value
        for name, value in kind.items()
        if name != "title"
    }
