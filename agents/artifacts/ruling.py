"""What an authority writes about a matter."""

from typing import Any

from remit.agents.artifacts.said import UNTOUCHED
from remit.state.assignment import Assignment, Matter
from remit.state.backend_output import Done
from remit.state.outputs import CtoOutput, Decision, RulingOutput, Waiver
from remit.state.report import Ruling
from remit.state.vocabulary import EventKind, Stage


def ruling(
    task: Assignment, matter: Matter, event: EventKind | None, said: Ruling | None
) -> dict[str, Any]:
    """The content of `ruling`; without an event, what the ruling itself says."""
    given = said or Ruling()
    decision = str(event or given.decision or "answer")
    text = given.text or matter.text or decision
    waived = matter.findings if event is EventKind.WAIVE else ()
    output = CtoOutput(
        mode="change_control" if task.stage is Stage.CHANGE_CONTROL else "arbitrate",
        summary=" ".join(f"{decision}: {text}".split())[:2_000],
        decisions=(Decision(id=f"D-{matter.id}", decision=decision, reason=text),),
        routing_manifest=UNTOUCHED,
        constraints=UNTOUCHED,
        approvals=tuple(str(target) for target in given.approved),
        waivers=tuple(
            Waiver(rule=one.rule, scope=one.place, until="the next release") for one in waived
        ),
        notifications=tuple(
            dict.fromkeys(seat for one in matter.requests for seat in one.affected)
        ),
        done_criteria=(
            Done(criterion=f"matter {matter.id} is answered", result="pass", evidence=decision),
        ),
    )
    return RulingOutput(
        by=task.occupant, matter=matter.id, decision=decision, text=text, output=output
    ).model_dump(mode="json")
