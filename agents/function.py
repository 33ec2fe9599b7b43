"""A Python function as an agent."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from remit.agents.agent import Desk
from remit.state.assignment import Assignment
from remit.state.errors import AgentFailed
from remit.state.outputs import SHAPES
from remit.state.report import Artifact, Report
from remit.state.suggest import advice, quoted
from remit.state.vocabulary import EventKind

Answer = Report | Mapping[str, Any] | EventKind | str
"""A whole report, its fields (`mode` and `summary` may be left out), or just the event."""


class FunctionAgent:
    """Asks a function; what it answers is validated like any other input."""

    def __init__(self, function: Callable[[Assignment, Desk], Answer]) -> None:
        self._function = function
        self._name = getattr(function, "__name__", type(function).__name__)

    def perform(self, assignment: Assignment, desk: Desk) -> Report:
        """The function's report.

        Raises:
            AgentFailed: the function raised, or answered what is no report.
        """
        where = f"{assignment.seat}: function {self._name!r}"
        try:
            answer: object = self._function(assignment, desk)
        except AgentFailed:
            raise
        except Exception as error:
            raise AgentFailed(f"{where} raised {_one_line(error)}; mend it and resume") from error
        report = _report(answer, assignment, where)
        for artifact in report.artifacts:
            _in_shape(artifact, where)
        return report


def _report(answer: object, assignment: Assignment, where: str) -> Report:
    if isinstance(answer, Report):
        return answer
    if isinstance(answer, str):
        return _plain({"event": _event(answer, where)}, assignment, where)
    if isinstance(answer, Mapping):
        return _plain(dict(answer), assignment, where)  # pyright: ignore[reportUnknownArgumentType]
    if inspect.iscoroutine(answer):
        answer.close()
        raise AgentFailed(f"{where} is asynchronous; give a plain function")
    raise AgentFailed(
        f"{where} returned {type(answer).__name__}; return a Report, its fields, or an event"
    )


def _in_shape(artifact: Artifact, where: str) -> None:
    """Every output is schema-checked before the next role sees it (BE-FIN-3)."""
    shape = SHAPES.get(artifact.name)
    try:
        if shape is not None:
            shape.model_validate(artifact.content)
    except ValidationError as error:
        raise AgentFailed(
            f"{where}: artifact {artifact.name!r}: {_problems(error)}"[:2_000]
        ) from None


def _problems(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(str(part) for part in one['loc']) or 'it'}: {one['msg']}"
        for one in error.errors()[:8]
    )


def _event(word: str, where: str) -> str:
    known = [str(kind) for kind in EventKind]
    if word in known:
        return word
    raise AgentFailed(f"{where}: there is no event {quoted(word)}; {advice(word, known)}")


def _plain(fields: dict[str, Any], assignment: Assignment, where: str) -> Report:
    defaults = {"mode": assignment.mode, "summary": f"{assignment.seat}: {fields.get('event', '')}"}
    try:
        return Report.model_validate({**defaults, **fields})
    except ValidationError as error:
        raise AgentFailed(f"{where}: not a report: {_problems(error)}"[:2_000]) from None


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split())[:300]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
