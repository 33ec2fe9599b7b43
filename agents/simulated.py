"""A simulated role: it makes and finds flaws by a behaviour's probabilities, and never invents any.

What it decides depends only on the assignment's place, the events on offer, the flaws as they stand
and draws keyed by (seed, step, seat): the same assignment always gets the same report.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from remit.agents import authority, standards
from remit.agents.agent import Desk
from remit.agents.artifacts import draft, finding_for, request_for
from remit.agents.behaviour import Behaviour
from remit.agents.chances import costs, finders, makers
from remit.agents.conditions import CONDITION_WORDS
from remit.agents.draws import Stream, spread
from remit.agents.flaws import (
    asked_as,
    introduced,
    mended,
    present,
    reported,
    reworking,
    to_mend,
)
from remit.agents.quantities import CONDITIONS, STAGES
from remit.agents.simplicity import unneeded
from remit.state.assignment import Assignment
from remit.state.report import Artifact, ChangeRequest, Finding, Flaw, Question, Report, Ruling
from remit.state.vocabulary import EventKind, FlawKind, FlawState, Mode, Seat, Stage, Trigger


class Answer(NamedTuple):
    """What a seat has to say, before it is written up as a report."""

    event: EventKind
    findings: tuple[Finding, ...] = ()
    requests: tuple[ChangeRequest, ...] = ()
    questions: tuple[Question, ...] = ()
    ruling: Ruling | None = None
    conditions: tuple[Trigger, ...] = ()
    """What Backend ran into; it stands in the artifacts."""
    flaws: Mapping[FlawKind, Flaw] = MappingProxyType({})
    """The flaws that changed."""
    waited_s: int = 0
    """Time before a person turned to it, seconds."""


class Found(NamedTuple):
    """What a reviewer names, and the flaws that are reported by it."""

    findings: tuple[Finding, ...]
    requests: tuple[ChangeRequest, ...]
    flaws: dict[FlawKind, Flaw]


class Simulated:
    """All seats of a simulated team: a behaviour, ready to be drawn from."""

    def __init__(self, behaviour: Behaviour, artifacts: bool = True) -> None:
        """Ready to work.

        Without `artifacts` there is nothing for the guards to read, so Backend itself asks about
        the conditions that it runs into; with them it leaves that to the guards.
        """
        self.behaviour = behaviour
        self.artifacts = artifacts
        self._makers = makers(behaviour)
        self._finders = finders(behaviour)
        self._again = behaviour.chance("find.again")
        self._repeats = behaviour.chance("repeat_question")
        self._failed = behaviour.chance("agent_failed")
        self._asks = {stage: behaviour.chance(f"question.{stage}") for stage in STAGES}
        self._meets = {
            stage: tuple(
                (trigger, behaviour.chance(f"conditions.{trigger}"))
                for trigger, stages in CONDITIONS.items()
                if stage in stages
            )
            for stage in STAGES
        }
        self._costs = costs(behaviour)
        self._answers = authority.table(behaviour)

    def perform(self, assignment: Assignment, desk: Desk) -> Report:
        """The report on an assignment; equal for equal assignments, desks and seeds."""
        luck = Stream(desk.seed, assignment.step, assignment.seat)
        return self.write(assignment, desk, luck, self.decide(assignment, desk, luck))

    def decide(self, task: Assignment, desk: Desk, luck: Stream) -> Answer:
        """What the seat has to say."""
        if task.matter is not None:
            deadline = desk.manifest.get("deadline_s", 0)
            event, ruling, waited = authority.rule(
                self._answers, self.behaviour, luck, task, task.matter, deadline
            )
            return Answer(event=event, ruling=ruling, waited_s=waited)
        stage = place(task)
        conditions = self._conditions(task, desk, stage, luck)
        questions = self._questions(task, desk, stage, luck)
        if task.stage is Stage.SOLO:
            questions = (*questions, *_without_subject(task))
        if not self.artifacts:
            asked = (_question(trigger, CONDITION_WORDS[trigger]) for trigger in conditions)
            questions = (*questions, *asked)
        findings, requests, flaws = self._look(task, desk, stage, luck)
        event = _event(task.events, bool(questions), bool(requests), bool(findings))
        if event is EventKind.DELIVER and not conditions:
            flaws |= self._make(task.seat, stage, desk.flaws, luck)
        return Answer(
            event=event,
            findings=findings,
            requests=requests,
            questions=questions,
            conditions=conditions,
            flaws=flaws,
            waited_s=authority.delay(self.behaviour, luck) if task.occupant is Seat.HUMAN else 0,
        )

    def write(self, task: Assignment, desk: Desk, luck: Stream, answer: Answer) -> Report:
        """The answer as a report, with its artifacts and what it cost."""
        tokens_in, tokens_out, micros, seconds = self._spend(task, luck)
        # every field is given and already valid, so a copy is as good as a construction
        return _BLANK.model_copy(
            update={
                "event": answer.event,
                "mode": task.mode,
                "summary": _summary(task, answer),
                "artifacts": _drafted(task, desk, answer) if self.artifacts else (),
                "findings": answer.findings,
                "requests": answer.requests,
                "questions": answer.questions,
                "ruling": answer.ruling,
                "tokens_in": tokens_in,
                "tokens_out": tokens_out,
                "cost_micros": micros,
                "duration_s": seconds + answer.waited_s,
                "flaws": dict(answer.flaws),
            }
        )

    def _questions(
        self, task: Assignment, desk: Desk, stage: Stage, luck: Stream
    ) -> tuple[Question, ...]:
        """A role's own question, or the end of an assignment without valid output.

        Only what was answered just now can be asked once more: the answer did not help.
        """
        if task.occupant is Seat.HUMAN or EventKind.QUESTION not in task.events:
            return ()
        if luck.happens(self._failed, "agent_failed"):
            text = f"{task.seat} gave no valid output at {stage} in step {task.step}"
            return (_question(Trigger.AGENT_FAILED, text),)
        if luck.happens(self._asks[stage], "question"):
            text = f"{task.seat} needs a decision at {stage}"
            own = [
                one
                for one in desk.answered
                if one.trigger is Trigger.ROLE and one.text.startswith(text)
            ]
            if own and luck.happens(self._repeats, "repeat_question"):
                return (own[0],)
            return (_question(Trigger.ROLE, f"{text} in step {task.step}"),)
        return ()

    def _conditions(
        self, task: Assignment, desk: Desk, stage: Stage, luck: Stream
    ) -> tuple[Trigger, ...]:
        """What Backend runs into; what was ruled on is settled for the whole run."""
        if task.seat is not Seat.BACKEND:
            return ()
        return tuple(
            trigger
            for trigger, chance in self._meets[stage]
            if trigger not in desk.ruled_on and luck.happens(chance, trigger)
        )

    def _look(self, task: Assignment, desk: Desk, stage: Stage, luck: Stream) -> Found:
        """What the seat finds of what is there."""
        findings: list[Finding] = []
        requests: list[ChangeRequest] = []
        flaws: dict[FlawKind, Flaw] = {}
        may_ask = EventKind.CHANGE in task.events
        for kind, chance, purpose in self._finders.get((stage, task.seat), ()):
            flaw = desk.flaws.get(kind)
            if flaw is None or not present(flaw):
                continue
            known = flaw.state is FlawState.REPORTED
            if not luck.happens(self._again if known else chance, purpose):
                continue
            flaws[kind] = now = flaw if known else reported(flaw)
            target = asked_as(kind, flaw, task.stage)
            # nobody but the human may let a security flaw pass, so it is never a mere note
            if target is None or (kind is FlawKind.SECURITY_FLAW and not may_ask):
                findings.append(finding_for(desk.brief, kind, now))
            else:
                requests.append(request_for(desk.brief, kind, now))
        if task.stage is Stage.SOLO:
            findings.extend(_judged(task, desk))
        return Found(tuple(findings), tuple(requests), flaws)

    def _make(
        self, seat: Seat, stage: Stage, flaws: Mapping[FlawKind, Flaw], luck: Stream
    ) -> dict[FlawKind, Flaw]:
        """What delivering the work does to the flaws that it can contain."""
        makers = self._makers.get((stage, seat), ())
        again = reworking(stage, seat, flaws)
        changed: dict[FlawKind, Flaw] = {}
        for maker in makers:
            flaw = flaws.get(maker.kind)
            if flaw is None or flaw.state is FlawState.ABSENT:
                if luck.happens(maker.again if again else maker.first, maker.make_draw):
                    changed[maker.kind] = introduced(flaw, stage, luck.draw(maker.site_draw))
            elif to_mend(flaw, stage) and luck.happens(maker.mend, maker.mend_draw):
                changed[maker.kind] = mended(flaw)
        return changed

    def _spend(self, task: Assignment, luck: Stream) -> tuple[int, int, int, int]:
        """Tokens in and out, micro-dollars, seconds. People cost nothing but time.

        One draw serves tokens and dollars, because they rise and fall together.
        """
        cost = self._costs.get((task.seat, task.mode))
        if cost is None:
            return 0, 0, 0, 0
        seconds = spread(*cost.seconds, luck.draw("seconds"))
        if task.occupant is Seat.HUMAN:
            return 0, 0, 0, seconds
        number = luck.draw("cost")
        return (
            spread(*cost.tokens_in, number),
            spread(*cost.tokens_out, number),
            spread(*cost.dollars, number),
            seconds,
        )


_BLANK = Report(event=EventKind.DELIVER, mode=Mode.PLAN, summary="")


def _question(trigger: Trigger, text: str) -> Question:
    return Question.model_construct(trigger=trigger, text=text, to="cto", options=())


def _without_subject(task: Assignment) -> tuple[Question, ...]:
    """One role alone that is to judge, and has nothing to judge."""
    text = f"{task.seat} is asked to {task.mode} and was given nothing to look at"
    if not _alone_judging(task) or task.inputs or any(text in words for words in task.rulings):
        return ()
    return (_question(Trigger.MISSING_INPUT, text),)


def _judged(task: Assignment, desk: Desk) -> tuple[Finding, ...]:
    """What is wrong with the work that Backend alone is given to judge, and needed by nothing."""
    if task.seat is not Seat.BACKEND or not _alone_judging(task) or not task.inputs:
        return ()
    contents = {one.artifact: desk.read(one) for one in task.inputs}
    work = standards.work_from(desk.brief, contents)
    return (*standards.findings(standards.judge(work)), *unneeded(work))


def _alone_judging(task: Assignment) -> bool:
    return task.stage is Stage.SOLO and task.mode in (Mode.REVIEW, Mode.AUDIT)


def place(task: Assignment) -> Stage:
    """The stage whose work this is: one role alone works as it would in a team."""
    if task.stage is not Stage.SOLO:
        return task.stage
    if task.mode is Mode.DESIGN:
        return _DESIGNS.get(task.seat, Stage.CONTRACT_REVIEW)
    if task.mode is Mode.AUDIT:
        return Stage.ACCEPTANCE if task.seat is Seat.CTO else Stage.VERIFICATION
    return Stage.BUILD if task.mode is Mode.BUILD else Stage.CONTRACT_REVIEW


_DESIGNS: Mapping[Seat, Stage] = {
    Seat.CTO: Stage.PLAN,
    Seat.PM: Stage.REQUIREMENTS,
    Seat.UIUX: Stage.EXPERIENCE,
    Seat.BACKEND: Stage.CONTRACT,
}


def _event(events: tuple[EventKind, ...], asks: bool, changes: bool, finds: bool) -> EventKind:
    """Question > change > rework > accept or deliver, among what is on offer."""
    if not (asks or changes or finds) and EventKind.DELIVER in events:
        return EventKind.ACCEPT if EventKind.ACCEPT in events else EventKind.DELIVER
    held = (
        (EventKind.QUESTION, asks),
        (EventKind.CHANGE, changes),
        (EventKind.REWORK, finds),
        (EventKind.ACCEPT, True),
        (EventKind.DELIVER, True),
    )
    for kind, true in held:
        if true and kind in events:
            return kind
    return events[0]


def _drafted(task: Assignment, desk: Desk, answer: Answer) -> tuple[Artifact, ...]:
    # a request that nobody takes is in the report; beside it the verdict stays `accept`
    taken = answer.event is not EventKind.ACCEPT
    return draft(
        task,
        desk.brief,
        {**desk.flaws, **answer.flaws},
        read=desk.read,
        manifest=desk.manifest,
        findings=answer.findings,
        requests=answer.requests if taken else (),
        questions=answer.questions,
        conditions=answer.conditions,
        event=answer.event,
        ruling=answer.ruling,
    )


_SAYS: Mapping[EventKind, str] = {
    EventKind.DELIVER: "delivers",
    EventKind.ACCEPT: "accepts",
    EventKind.REWORK: "asks for rework",
    EventKind.CHANGE: "asks for a change of what is frozen",
    EventKind.QUESTION: "asks for a decision",
    EventKind.SILENCE: "does not answer",
}


def _summary(task: Assignment, answer: Answer) -> str:
    says = _SAYS.get(answer.event) or f"says {answer.event}"
    if not (answer.findings or answer.requests or answer.questions or answer.ruling):
        return f"{task.seat} {says}"
    said = [one.place for one in answer.findings] + [one.change for one in answer.requests]
    said += [one.text for one in answer.questions]
    if task.matter is not None and answer.ruling is not None:
        said = [answer.ruling.text] if answer.ruling.text else []
    return f"{task.seat} {says}: {'; '.join(said)}"[:2_000] if said else f"{task.seat} {says}"
