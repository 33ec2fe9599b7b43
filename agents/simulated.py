"""A simulated role: it makes and finds flaws by a behaviour's probabilities, and never invents any.

What it decides depends only on the assignment's place, the events on offer, the flaws as they stand
and draws keyed by (seed, step, seat): the same assignment always gets the same report.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from remit.agents import authority
from remit.agents.agent import Desk
from remit.agents.artifacts import draft, finding_for, request_for
from remit.agents.behaviour import Behaviour
from remit.agents.draws import Probability, draw, happens, spread
from remit.agents.flaws import (
    FINDING,
    MAKING,
    asked_as,
    introduced,
    mended,
    present,
    reported,
    to_mend,
)
from remit.agents.quantities import CONDITIONS, STAGES, WORK, Quantity
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


class Maker(NamedTuple):
    """The chances of one kind of flaw where it is made."""

    kind: FlawKind
    first: Probability
    again: Probability
    mend: Probability
    make_draw: str
    site_draw: str
    mend_draw: str


class Finder(NamedTuple):
    """The chance of one kind of flaw where it is looked for."""

    kind: FlawKind
    chance: Probability
    draw: str


class Cost(NamedTuple):
    """What one assignment costs."""

    tokens_in: Quantity
    tokens_out: Quantity
    dollars: Quantity
    seconds: Quantity


class Simulated:
    """All seats of a simulated team: a behaviour, ready to be drawn from."""

    def __init__(self, behaviour: Behaviour, artifacts: bool = True) -> None:
        """Ready to work.

        Without `artifacts` there is nothing for the guards to read, so Backend itself asks about
        the conditions that it runs into; with them it leaves that to the guards.
        """
        self.behaviour = behaviour
        self.artifacts = artifacts
        self._makers = _makers(behaviour)
        self._finders = _finders(behaviour)
        self._again = behaviour.chance("find.again")
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
        self._costs = _costs(behaviour)
        self._answers = authority.table(behaviour)

    def perform(self, assignment: Assignment, desk: Desk) -> Report:
        """The report on an assignment; equal for equal assignments, desks and seeds."""
        return self.write(assignment, desk, self.decide(assignment, desk))

    def decide(self, task: Assignment, desk: Desk) -> Answer:
        """What the seat has to say."""
        if task.matter is not None:
            deadline = desk.manifest.get("deadline_s", 0)
            event, ruling, waited = authority.rule(
                self._answers, self.behaviour, desk.seed, task, task.matter, deadline
            )
            return Answer(event=event, ruling=ruling, waited_s=waited)
        stage = place(task)
        conditions = self._conditions(task, desk, stage)
        open_ = tuple(one for one in map(condition_question, conditions) if not _ruled(one, task))
        questions = self._questions(task, desk, stage)
        if not self.artifacts:
            questions = (*questions, *open_)
        findings, requests, flaws = self._look(task, desk, stage)
        event = _event(task.events, bool(questions), bool(requests), bool(findings))
        if event is EventKind.DELIVER and not open_:
            flaws = {**flaws, **self._make(task, desk, stage)}
        waited = 0
        if task.occupant is Seat.HUMAN:
            waited = authority.delay(self.behaviour, desk.seed, task)
        return Answer(
            event=event,
            findings=findings,
            requests=requests,
            questions=questions,
            conditions=conditions,
            flaws=flaws,
            waited_s=waited,
        )

    def write(self, task: Assignment, desk: Desk, answer: Answer) -> Report:
        """The answer as a report, with its artifacts and what it cost."""
        artifacts: tuple[Artifact, ...] = ()
        if self.artifacts:
            artifacts = draft(
                task,
                desk.brief,
                {**desk.flaws, **answer.flaws},
                read=desk.read,
                manifest=desk.manifest,
                findings=answer.findings,
                requests=answer.requests,
                questions=answer.questions,
                conditions=answer.conditions,
            )
        tokens_in, tokens_out, micros, seconds = self._spend(task, desk)
        return Report.model_construct(
            event=answer.event,
            mode=task.mode,
            summary=_summary(task, answer),
            artifacts=artifacts,
            findings=answer.findings,
            requests=answer.requests,
            questions=answer.questions,
            ruling=answer.ruling,
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            cost_micros=micros,
            duration_s=seconds + answer.waited_s,
            flaws=dict(answer.flaws),
        )

    def _questions(self, task: Assignment, desk: Desk, stage: Stage) -> tuple[Question, ...]:
        """A role's own question, or the end of an assignment without valid output."""
        if EventKind.QUESTION not in task.events or task.occupant is Seat.HUMAN:
            return ()
        seed, step, seat = desk.seed, task.step, task.seat
        if happens(self._failed, seed, step, seat, "agent_failed"):
            text = f"{seat} gave no valid output at {stage} in step {step}"
            return (Question.model_construct(trigger=Trigger.AGENT_FAILED, text=text, to="cto",
                                             options=()),)  # fmt: skip
        if happens(self._asks[stage], seed, step, seat, "question"):
            again = happens(
                self.behaviour.chance("repeat_question"), seed, step, seat, "repeat_question"
            )
            text = f"{seat} needs a decision at {stage}" + ("" if again else f" in step {step}")
            return (Question.model_construct(trigger=Trigger.ROLE, text=text, to="cto",
                                             options=()),)  # fmt: skip
        return ()

    def _conditions(self, task: Assignment, desk: Desk, stage: Stage) -> tuple[Trigger, ...]:
        if task.seat is not Seat.BACKEND or EventKind.DELIVER not in task.events:
            return ()
        return tuple(
            trigger
            for trigger, chance in self._meets[stage]
            if happens(chance, desk.seed, task.step, task.seat, trigger)
        )

    def _look(
        self, task: Assignment, desk: Desk, stage: Stage
    ) -> tuple[tuple[Finding, ...], tuple[ChangeRequest, ...], dict[FlawKind, Flaw]]:
        """What the seat finds of what is there: findings, requests, and the flaws now reported."""
        findings: list[Finding] = []
        requests: list[ChangeRequest] = []
        flaws: dict[FlawKind, Flaw] = {}
        may_ask = EventKind.CHANGE in task.events
        for kind, chance, purpose in self._finders.get((stage, task.seat), ()):
            flaw = desk.flaws.get(kind)
            if flaw is None or not present(flaw):
                continue
            now = reported(flaw)
            known = flaw.state is now.state
            if not happens(
                self._again if known else chance, desk.seed, task.step, task.seat, purpose
            ):
                continue
            flaws[kind] = now
            target = asked_as(kind, flaw, task.stage)
            # nobody but the human may let a security flaw pass, so it is never a mere note
            if target is None or (kind is FlawKind.SECURITY_FLAW and not may_ask):
                findings.append(finding_for(desk.brief, kind, now))
            else:
                requests.append(request_for(desk.brief, kind, now))
        return tuple(findings), tuple(requests), flaws

    def _make(self, task: Assignment, desk: Desk, stage: Stage) -> dict[FlawKind, Flaw]:
        """What delivering the work does to the flaws that it can contain."""
        makers = self._makers.get((stage, task.seat), ())
        seed, step, seat = desk.seed, task.step, task.seat
        again = any(to_mend(desk.flaws.get(maker.kind), stage) for maker in makers)
        changed: dict[FlawKind, Flaw] = {}
        for maker in makers:
            flaw = desk.flaws.get(maker.kind)
            if flaw is None or flaw.state is FlawState.ABSENT:
                chance = maker.again if again else maker.first
                if happens(chance, seed, step, seat, maker.make_draw):
                    site = draw(seed, step, seat, maker.site_draw)
                    changed[maker.kind] = introduced(flaw, stage, site)
            elif to_mend(flaw, stage) and happens(maker.mend, seed, step, seat, maker.mend_draw):
                changed[maker.kind] = mended(flaw)
        return changed

    def _spend(self, task: Assignment, desk: Desk) -> tuple[int, int, int, int]:
        """Tokens in and out, micro-dollars, seconds. People cost nothing but time.

        One draw serves tokens and dollars, because they rise and fall together.
        """
        cost = self._costs.get((task.seat, task.mode))
        if cost is None:
            return 0, 0, 0, 0
        seconds = _around(cost.seconds, draw(desk.seed, task.step, task.seat, "seconds"))
        if task.occupant is Seat.HUMAN:
            return 0, 0, 0, seconds
        number = draw(desk.seed, task.step, task.seat, "cost")
        return (
            _around(cost.tokens_in, number),
            _around(cost.tokens_out, number),
            _around(cost.dollars, number),
            seconds,
        )


CONDITION_TEXTS: Mapping[Trigger, str] = {
    Trigger.NEW_COMPONENT: "a component outside the approved stack is needed",
    Trigger.OVER_BUDGET: "the estimate is over the cost constraint",
    Trigger.SECURITY_CONFLICT: "a security requirement excludes a deadline or latency requirement",
    Trigger.CONTRACT_DRIFT: "the build departs from the frozen contract",
}


def condition_question(trigger: Trigger) -> Question:
    """What a condition amounts to where no artifact is drafted for the guards to read."""
    return Question.model_construct(
        trigger=trigger, text=CONDITION_TEXTS[trigger], to="cto", options=()
    )


def _ruled(question: Question, task: Assignment) -> bool:
    return any(question.text in ruling for ruling in task.rulings)


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


def _makers(behaviour: Behaviour) -> dict[tuple[Stage, Seat], tuple[Maker, ...]]:
    found: dict[tuple[Stage, Seat], tuple[Maker, ...]] = {}
    for row in MAKING:
        maker = Maker(
            kind=row.kind,
            first=behaviour.chance(f"make.first.{row.key}"),
            again=behaviour.chance(f"make.again.{row.key}"),
            mend=behaviour.chance(f"mend.{row.kind}"),
            make_draw=f"make.{row.key}",
            site_draw=f"site.{row.key}",
            mend_draw=f"mend.{row.key}",
        )
        found[row.stage, row.seat] = (*found.get((row.stage, row.seat), ()), maker)
    return found


def _finders(behaviour: Behaviour) -> dict[tuple[Stage, Seat], tuple[Finder, ...]]:
    found: dict[tuple[Stage, Seat], tuple[Finder, ...]] = {}
    for stage, seat, kind in FINDING:
        chance = behaviour.chance(f"find.{stage}.{seat}.{kind}")
        finder = Finder(kind=kind, chance=chance, draw=f"find.{kind}")
        found[stage, seat] = (*found.get((stage, seat), ()), finder)
    return found


def _costs(behaviour: Behaviour) -> dict[tuple[Seat, Mode], Cost]:
    """By seat and mode; a mode that a role has only when alone costs what its first does."""
    found: dict[tuple[Seat, Mode], Cost] = {}
    for seat, modes in WORK.items():
        for mode in (*_ALONE, *modes):
            path = f"work.{seat}.{mode if mode in modes else modes[0]}"
            found[seat, mode] = Cost(*(behaviour.values[f"{path}.{name}"] for name in Cost._fields))
    return found


_ALONE = (Mode.DESIGN, Mode.BUILD, Mode.REVIEW, Mode.AUDIT)


def _around(quantity: Quantity, number: int) -> int:
    return spread(quantity.value, quantity.share, number)


_SAYS: Mapping[EventKind, str] = {
    EventKind.DELIVER: "delivers",
    EventKind.ACCEPT: "accepts",
    EventKind.REWORK: "asks for rework",
    EventKind.CHANGE: "asks for a change of what is frozen",
    EventKind.QUESTION: "asks for a decision",
    EventKind.SILENCE: "does not answer",
}


def _summary(task: Assignment, answer: Answer) -> str:
    says = _SAYS.get(answer.event, f"says {answer.event}")
    said = [one.place for one in answer.findings] + [one.change for one in answer.requests]
    said += [one.text for one in answer.questions]
    if task.matter is not None and answer.ruling is not None:
        said = [answer.ruling.text] if answer.ruling.text else []
    return f"{task.seat} {says}: {'; '.join(said)}"[:2_000] if said else f"{task.seat} {says}"
