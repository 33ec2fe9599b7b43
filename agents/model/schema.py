"""The form of an answer as JSON Schema: only what this role may say at this stage.

The envelope is strict and small, because providers compile it into a grammar and refuse large ones
(Anthropic: 24 optional and 16 union-typed parameters). A document stands in it as JSON text, whose
own shape the prompt tells and `answer.py` holds it to.
"""

from typing import Any

from remit.agents.model.shapes import documents
from remit.agents.simulated import place
from remit.state.assignment import Assignment
from remit.state.vocabulary import (
    BUILDERS,
    EventKind,
    MatterKind,
    Mode,
    Seat,
    Severity,
    Stage,
    Trigger,
)

Schema = dict[str, Any]
_TEXT: Schema = {"type": "string"}
_FLAG: Schema = {"type": "boolean"}
_BACKENDS = (
    Trigger.NEW_COMPONENT,
    Trigger.CONTRACT_DRIFT,
    Trigger.TENANCY_UNCLEAR,
    Trigger.SECURITY_CONFLICT,
    Trigger.OVER_BUDGET,
)


def envelope(task: Assignment) -> Schema:
    """The JSON Schema of an answer to an assignment. Every key is there in every answer."""
    keys: dict[str, Schema] = {"event": one_of(task.events), "summary": _TEXT}
    names = documents(task.seat, place(task), task.matter is not None)
    if names:
        keys["documents"] = _object(dict.fromkeys(names, _TEXT))
    if EventKind.REWORK in task.events:
        keys["findings"] = _list(_finding())
    if EventKind.CHANGE in task.events:
        keys["requests"] = _list(_request())
    if EventKind.QUESTION in task.events:
        keys["questions"] = _list(_question(task.seat))
    if task.matter is not None:
        keys["ruling"] = _ruling(task.matter.kind, [str(one) for one in task.matter.targets])
    if writes_code(task):
        keys["files"] = _list(_object({"path": _TEXT, "text": _TEXT}))
    return _object(keys)


def writes_code(task: Assignment) -> bool:
    """Whether files come with the work."""
    return place(task) is Stage.BUILD and task.seat in BUILDERS and task.mode is Mode.BUILD


def one_of(words: tuple[Any, ...]) -> Schema:
    """One of a closed set of words."""
    return {"type": "string", "enum": [str(word) for word in words]}


def _object(keys: dict[str, Schema]) -> Schema:
    return {
        "type": "object",
        "properties": keys,
        "required": list(keys),
        "additionalProperties": False,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _finding() -> Schema:
    owners = (Seat.PM, Seat.BACKEND, Seat.FRONTEND)
    return _object(
        {
            "rule": _TEXT, "severity": one_of(tuple(Severity)), "place": _TEXT,
            "evidence": _TEXT, "owner": one_of(owners), "fix": _TEXT,
        }
    )  # fmt: skip


def _request() -> Schema:
    return _object(
        {
            "target": one_of(("contract", "scope")), "change": _TEXT, "reason": _TEXT,
            "diff": _list(_TEXT), "breaking": _FLAG, "severity": one_of(tuple(Severity)),
            "affected": _list(one_of(BUILDERS)),
        }
    )  # fmt: skip


def _question(seat: Seat) -> Schema:
    own = _BACKENDS if seat is Seat.BACKEND else ()
    triggers = (*own, Trigger.MISSING_INPUT, Trigger.ROLE)
    to = one_of(("cto", "product", "frontend", "security", "human"))
    return _object({"trigger": one_of(triggers), "text": _TEXT, "to": to, "options": _list(_TEXT)})


def _ruling(kind: MatterKind, targets: list[str]) -> Schema:
    decisions = ("approve", "amend", "reject", "answer") if kind is MatterKind.QUESTION else ("",)
    keys: dict[str, Schema] = {"text": _TEXT, "decision": one_of(decisions), "note": _TEXT}
    if kind is MatterKind.RULING and targets:
        keys["approved"] = _list(one_of(tuple(targets)))
    return _object(keys)
