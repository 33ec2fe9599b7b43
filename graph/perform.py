"""One assignment, performed once: invalid answers are taken a limited number of times."""

from dataclasses import dataclass, replace

from remit.agents.agent import Agent, AnswerInvalid, CallTooDear, Desk, Refusal
from remit.agents.scripted import Scripted
from remit.agents.simulated import Simulated
from remit.graph.ledger import check
from remit.graph.manifest import Manifest
from remit.state import log
from remit.state.assignment import Assignment
from remit.state.errors import AgentFailed, EventRefused
from remit.state.report import (
    MAX_MICROS,
    MAX_SECONDS,
    MAX_TOKENS,
    Call,
    Question,
    Report,
    Ruling,
)
from remit.state.secrets import cleaned
from remit.state.vocabulary import EventKind, Seat, Stage, Trigger


def perform(agent: Agent, assignment: Assignment, desk: Desk, manifest: Manifest) -> Report:
    """The agent's report, which answers its assignment.

    An agent may answer wrongly `manifest.invalid_outputs` times, and is told why; after that the
    machine asks the question `agent_failed` in its place, or refers the matter where the CTO fails
    to decide. Where a call does not fit in a budget, the machine says so in the agent's place.

    Raises:
        AgentFailed: there is nobody to put the failure to; the run can be resumed.
    """
    spent, refused = _Spent(), ""
    spent.calls(desk.paid, 0)
    for _ in range(manifest.invalid_outputs + 1):
        try:
            report = agent.perform(assignment, desk)
        except AnswerInvalid as error:
            spent.calls(error.calls, error.duration_s)
            refused, desk = str(error), replace(desk, refused=error.refusal)
            _log_refusal(assignment, refused)
            continue
        except CallTooDear as error:
            spent.calls(error.calls[:-1], error.duration_s)
            return spent.with_(_too_dear(assignment, error))
        try:
            check(assignment, report)
            if not isinstance(agent, Simulated | Scripted):
                handed_over(assignment, report)
                report = cleaned(report)
        except EventRefused as error:
            spent.report(report)
            _note_cost(report, desk)
            refused = str(error)
            desk = replace(desk, refused=Refusal(problem=refused))
            _log_refusal(assignment, refused)
            continue
        return spent.with_(report) if refused or desk.paid else report
    event = _failure(assignment, refused)
    question = Question(trigger=Trigger.AGENT_FAILED, text=refused[:1900])
    failed = Report(
        event=event,
        mode=assignment.mode,
        summary=f"no valid answer after {manifest.invalid_outputs + 1} attempts",
        questions=(question,) if event is EventKind.QUESTION else (),
        ruling=Ruling(text=refused[:1900]) if event is EventKind.REFER else None,
    )
    return spent.with_(cleaned(failed))


def _log_refusal(task: Assignment, why: str) -> None:
    log.event("refused", step=task.step, seat=str(task.seat), why=why)


def _note_cost(report: Report, desk: Desk) -> None:
    """Keep what a report has cost that is not taken, where its calls were not noted by their agent.

    Only a program or a function tells its cost so.
    """
    tokens = report.tokens_in + report.tokens_out
    if not report.calls and (tokens or report.cost_micros):
        call = Call(
            model="its own word", most_tokens=min(10**9, tokens), most_micros=report.cost_micros,
            tokens_in=report.tokens_in, tokens_out=report.tokens_out,
            cost_micros=report.cost_micros, ended="not taken",
        )  # fmt: skip
        desk.note(call, True)


@dataclass(slots=True)
class _Spent:
    """What the answers that were not taken have cost."""

    tokens_in: int = 0
    tokens_out: int = 0
    cost_micros: int = 0
    duration_s: int = 0
    made: tuple[Call, ...] = ()

    def report(self, report: Report) -> None:
        """Count a report that is not taken."""
        self.tokens_in += report.tokens_in
        self.tokens_out += report.tokens_out
        self.cost_micros += report.cost_micros
        self.duration_s += report.duration_s
        self.made += report.calls

    def calls(self, calls: tuple[Call, ...], duration_s: int) -> None:
        """Count calls that led to no report."""
        self.tokens_in += sum(call.tokens_in for call in calls)
        self.tokens_out += sum(call.tokens_out for call in calls)
        self.cost_micros += sum(call.cost_micros for call in calls)
        self.duration_s += duration_s
        self.made += calls

    def with_(self, report: Report) -> Report:
        """The report with all that it took, as far as a record can say it.

        A program may claim more than that, and its run must still be able to go on.
        """
        return report.model_copy(
            update={
                "tokens_in": min(MAX_TOKENS, report.tokens_in + self.tokens_in),
                "tokens_out": min(MAX_TOKENS, report.tokens_out + self.tokens_out),
                "cost_micros": min(MAX_MICROS, report.cost_micros + self.cost_micros),
                "duration_s": min(MAX_SECONDS, report.duration_s + self.duration_s),
                "calls": (*self.made, *report.calls)[-64:],
            }
        )


def _too_dear(assignment: Assignment, error: CallTooDear) -> Report:
    """What the machine reports for a call that was not made (the event `budget`)."""
    event = _failure(assignment, str(error))
    question = Question(trigger=Trigger.BUDGET, text=str(error))
    return Report(
        event=event,
        mode=assignment.mode,
        summary=str(error)[:2_000],
        questions=(question,) if event is EventKind.QUESTION else (),
        ruling=Ruling(text=str(error)) if event is EventKind.REFER else None,
        calls=error.calls[-1:],
    )


_MAKES: dict[Stage, str] = {
    Stage.PLAN: "plan",
    Stage.REQUIREMENTS: "criteria",
    Stage.EXPERIENCE: "screens",
    Stage.CONTRACT: "contract",
}
"""What a delivery from a stage has to bring; a build brings the builder's own."""


def handed_over(assignment: Assignment, report: Report) -> None:
    """No hand-off without a versioned artifact (BE-FIN-2); only a simulation may leave them out.

    What is the machine's to say, nobody else says.
    """
    if any(call.short for call in report.calls) or any(
        one.trigger in _MACHINE for one in report.questions
    ):
        raise EventRefused(
            f"{assignment.seat}: asks in the machine's name; a question's trigger is one of: "
            f"{', '.join(one for one in Trigger if one not in _MACHINE)}"
        )
    own = f"{assignment.seat}_build" if assignment.stage is Stage.BUILD else ""
    wanted = _MAKES.get(assignment.stage, own)
    if report.event is not EventKind.DELIVER or not wanted or assignment.occupant is Seat.HUMAN:
        return
    if wanted not in {artifact.name for artifact in report.artifacts}:
        raise EventRefused(
            f"{assignment.seat}: 'deliver' at stage {str(assignment.stage)!r} comes without its "
            f"artifact {wanted!r}; hand it over (its shape: state/outputs.py)"
        )


_MACHINE = frozenset({Trigger.LIMIT, Trigger.BUDGET, Trigger.NO_PROGRESS})
"""Triggers that only the rules and this module use."""


def _failure(assignment: Assignment, refused: str) -> EventKind:
    for event in (EventKind.QUESTION, EventKind.REFER):
        if event in assignment.events:
            return event
    raise AgentFailed(f"{assignment.key}: {refused}; nobody is left to put this to")
