"""One assignment, performed once: invalid answers are taken a limited number of times."""

from remit.agents.agent import Agent, Desk
from remit.agents.scripted import Scripted
from remit.agents.simulated import Simulated
from remit.graph.ledger import check
from remit.graph.manifest import Manifest
from remit.state.assignment import Assignment
from remit.state.errors import AgentFailed, EventRefused
from remit.state.report import Question, Report, Ruling
from remit.state.secrets import cleaned
from remit.state.vocabulary import EventKind, Seat, Stage, Trigger


def perform(agent: Agent, assignment: Assignment, desk: Desk, manifest: Manifest) -> Report:
    """The agent's report, which answers its assignment.

    An agent may answer wrongly `manifest.invalid_outputs` times; after that the machine asks the
    question `agent_failed` in its place, or refers the matter where the CTO fails to decide.

    Raises:
        AgentFailed: there is nobody to put the failure to; the run can be resumed.
    """
    spent_in = spent_out = cost = seconds = 0
    refused = ""
    for _ in range(manifest.invalid_outputs + 1):
        report = agent.perform(assignment, desk)
        try:
            check(assignment, report)
            if not isinstance(agent, Simulated | Scripted):
                _handed_over(assignment, report)
                report = cleaned(report)
        except EventRefused as error:
            refused = str(error)
            spent_in, spent_out = spent_in + report.tokens_in, spent_out + report.tokens_out
            cost, seconds = cost + report.cost_micros, seconds + report.duration_s
            continue
        if not refused:
            return report
        return report.model_copy(
            update={
                "tokens_in": report.tokens_in + spent_in,
                "tokens_out": report.tokens_out + spent_out,
                "cost_micros": report.cost_micros + cost,
                "duration_s": report.duration_s + seconds,
            }
        )
    event = _failure(assignment, refused)
    question = Question(trigger=Trigger.AGENT_FAILED, text=refused[:1900])
    return Report(
        event=event,
        mode=assignment.mode,
        summary=f"no valid answer after {manifest.invalid_outputs + 1} attempts",
        questions=(question,) if event is EventKind.QUESTION else (),
        ruling=Ruling(text=refused[:1900]) if event is EventKind.REFER else None,
        tokens_in=spent_in,
        tokens_out=spent_out,
        cost_micros=cost,
        duration_s=seconds,
    )


_MAKES: dict[Stage, str] = {
    Stage.PLAN: "plan",
    Stage.REQUIREMENTS: "criteria",
    Stage.EXPERIENCE: "screens",
    Stage.CONTRACT: "contract",
}
"""What a delivery from a stage has to bring; a build brings the builder's own."""


def _handed_over(assignment: Assignment, report: Report) -> None:
    """No hand-off without a versioned artifact (BE-FIN-2); only a simulation may leave them out."""
    own = f"{assignment.seat}_build" if assignment.stage is Stage.BUILD else ""
    wanted = _MAKES.get(assignment.stage, own)
    if report.event is not EventKind.DELIVER or not wanted or assignment.occupant is Seat.HUMAN:
        return
    if wanted not in {artifact.name for artifact in report.artifacts}:
        raise EventRefused(
            f"{assignment.seat}: 'deliver' at stage {str(assignment.stage)!r} comes without its "
            f"artifact {wanted!r}; hand it over (its shape: state/outputs.py)"
        )


def _failure(assignment: Assignment, refused: str) -> EventKind:
    for event in (EventKind.QUESTION, EventKind.REFER):
        if event in assignment.events:
            return event
    raise AgentFailed(f"{assignment.key}: {refused}; nobody is left to put this to")
