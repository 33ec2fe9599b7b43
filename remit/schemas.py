"""What a program in a seat reads and may answer, as JSON Schemas."""

from typing import Any

from remit.agents.command import SPENT, request
from remit.agents.model.schema import envelope
from remit.agents.model.shapes import documents
from remit.graph.manifest import MODE, SEATED
from remit.graph.rules import ANSWERS
from remit.state.assignment import Assignment, Matter
from remit.state.brief import Brief
from remit.state.vocabulary import EventKind, MatterKind, Mode, Seat, Stage

Schema = dict[str, Any]
_TEXT: Schema = {"type": "string"}
_ROWS: Schema = {"type": "array", "items": {"type": "object"}}
_RULINGS = (
    EventKind.ANSWER,
    EventKind.APPROVE,
    EventKind.REJECT,
    EventKind.GRANT,
    EventKind.WAIVE,
    EventKind.FREEZE,
    EventKind.STOP,
    EventKind.REFER,
)


def schemas(role: Seat) -> Schema:
    """The request on standard input, and the answer at each stage where the role works.

    An assignment may offer fewer events than its stage; the request's own `form` is what counts.
    """
    return {
        "role": str(role),
        "request": request_schema(),
        "answers": {str(one.stage): _answer(one) for one in _assignments(role)},
    }


def request_schema() -> Schema:
    """The JSON Schema of what a command reads."""
    brief: Schema = Brief.model_json_schema()
    # `$ref`s inside the brief point to definitions at the top
    defs: Schema = brief.pop("$defs", {})
    told: Schema = {
        "format": {"const": 1},
        "rules": _TEXT,
        "assignment": {"type": "object"},
        "brief": brief,
        "inputs": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "owner": _TEXT, "artifact": _TEXT, "revision": {"type": "integer"},
                    "content": {"type": "object"},
                },
                "required": ["owner", "artifact", "revision", "content"],
            },
        },
        "findings": _ROWS,
        "changes": _ROWS,
        "rulings": {"type": "array", "items": _TEXT},
        "matter": {"type": ["object", "null"]},
        "form": {"type": "object"},
        "refused": {"type": ["string", "null"]},
    }  # fmt: skip
    return {"type": "object", "properties": told, "required": list(told), "$defs": defs}


def _answer(task: Assignment) -> Schema:
    """An answer in full: each document may be an object, or its JSON as text."""
    form = envelope(task)
    defs: Schema = {}
    shapes = documents(task.seat, task.stage, task.matter is not None)
    for name, shape in shapes.items():
        schema = shape.model_json_schema(by_alias=True)
        defs |= schema.pop("$defs", {})
        form["properties"]["documents"]["properties"][name] = {"anyOf": [schema, _TEXT]}
    count: Schema = {"type": "integer", "minimum": 0, "maximum": 10**9}
    form["properties"] |= dict.fromkeys(SPENT, count)
    return {**form, "$defs": defs} if defs else form


def _assignments(role: Seat) -> list[Assignment]:
    """One assignment for each stage where a role works, with all events of the stage."""
    found = [
        Assignment(
            step=1, seat=role, occupant=role, stage=stage, mode=MODE[stage], events=ANSWERS[stage]
        )
        for stage, seats in SEATED.items()
        if role in seats
    ]
    if role is Seat.CTO:
        found.append(
            Assignment(
                step=1, seat=role, occupant=role, stage=Stage.ARBITRATION, mode=Mode.ARBITRATE,
                events=_RULINGS, matter=_matter(),
            )
        )  # fmt: skip
    return found


def _matter() -> Matter:
    return Matter(
        id="m1", kind=MatterKind.QUESTION, home=Stage.BUILD, raised_by=(Seat.BACKEND,), limit=None,
        options=_RULINGS, default=EventKind.STOP, contract_version="1.0.0",
    )  # fmt: skip


__all__ = ["request", "request_schema", "schemas"]
