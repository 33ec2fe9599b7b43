"""What a model would answer: the work of the perfect simulated role, in the form of an answer."""

import json
from typing import Any

from remit.agents.agent import Desk
from remit.agents.behaviour import load
from remit.agents.model.schema import envelope
from remit.agents.simulated import Simulated
from remit.state.assignment import Assignment, Input
from remit.state.brief import Brief
from remit.state.vocabulary import EventKind, Mode, Seat, Stage
from tests.messages_server import Asked, Says

PERFECT = Simulated(load("perfect"))


def _nothing(one: Input) -> dict[str, Any]:
    raise AssertionError(f"{one.artifact} was not given")


def assignment(told: dict[str, Any]) -> Assignment:
    """The assignment that a prompt tells, without inputs."""
    return Assignment(
        step=told["step"],
        seat=Seat(told["role"]),
        occupant=Seat(told["role"]),
        stage=Stage(told["stage"]),
        mode=Mode(told["mode"]),
        events=tuple(EventKind(one) for one in told["events"]),
        contract_version=told["contract_version"],
        frozen=not told["change_requests_taken"],
    )


def wire(task: Assignment, brief: Brief) -> dict[str, Any]:
    """The answer of a perfect role to an assignment that is no matter, as JSON."""
    desk = Desk(brief=brief, seed=0, read=_nothing, flaws={})
    report = PERFECT.perform(task, desk)
    made = {one.name: one.content for one in report.artifacts}
    keys = envelope(task)["properties"]
    answer: dict[str, Any] = {key: [] for key in keys}
    answer |= {"event": str(report.event), "summary": report.summary}
    names = keys.get("documents", {}).get("properties", {})
    if names:
        own = {"output": (made.get("verdict") or made.get("review") or {}).get("output")}
        answer["documents"] = {name: json.dumps((made | own)[name]) for name in names}
    if "files" in keys:
        answer["files"] = [{"path": f"{task.seat}/main.py", "text": "print('hello')\n"}]
    return answer


def perfect(brief: Brief) -> Any:
    """An answerer for the server: each role does its work as it should."""

    def answer(asked: Asked) -> Says:
        if asked.path.endswith("/count_tokens"):
            return Says()
        return Says(text=json.dumps(wire(assignment(asked.task), brief)))

    return answer
