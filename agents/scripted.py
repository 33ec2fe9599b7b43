"""An agent that follows a script; where the script is silent it answers like a perfect role."""

from remit.agents.agent import CallTooDear, Desk
from remit.agents.behaviour import load as load_behaviour
from remit.agents.draws import Stream
from remit.agents.script import AUTO, FAIL, TOO_DEAR, Entry, Said, Script
from remit.agents.simulated import Answer, Simulated
from remit.state.assignment import Assignment
from remit.state.errors import AgentFailed, InputError
from remit.state.report import Call, Report, Ruling
from remit.state.vocabulary import EventKind, MatterKind, Seat


class Scripted:
    """All seats of a scripted team. It keeps no place of its own: the desk's `turn` says where."""

    def __init__(self, script: Script, artifacts: bool = True) -> None:
        self.script = script
        self._perfect = Simulated(load_behaviour("perfect"), artifacts)

    def perform(self, assignment: Assignment, desk: Desk) -> Report:
        """What the script says to this assignment.

        Raises:
            InputError: the script answers what the assignment does not offer, or means another one.
            AgentFailed: the script says so.
            CallTooDear: the script says that a call does not fit what is left.
        """
        entry = self.script.entry(assignment.seat, desk.turn)
        if entry is None or entry.said.event == AUTO:
            if entry is not None:
                _in_place(entry, assignment)
            return self._perfect.perform(assignment, desk)
        _in_place(entry, assignment)
        if entry.said.event == FAIL:
            text = entry.said.text or "the script fails here"
            raise AgentFailed(f"{assignment.seat}: {text} ({entry.where})")
        if entry.said.event == TOO_DEAR:
            raise _too_dear(entry, assignment, desk)
        luck = Stream(desk.seed, assignment.step, assignment.seat)
        usual = self._perfect.decide(assignment, desk, luck)
        answer = _answer(entry, usual, assignment)
        return _edited(self._perfect.write(assignment, desk, luck, answer), entry.said)


_MOST_MICROS, _MOST_TOKENS = 10**12, 10**9
"""The most that a call can be said to take."""


def _too_dear(entry: Entry, task: Assignment, desk: Desk) -> CallTooDear:
    """A call that fits no budget there is.

    Raises:
        InputError: every call fits, because nothing that a call takes is limited.
    """
    short = desk.purse.reserve(task.key, _MOST_MICROS, _MOST_TOKENS)
    if not short:
        desk.purse.free(task.key)
        raise InputError(
            f"{entry.where}: {task.seat}: no call is too dear, since neither dollars nor tokens "
            "are limited; limit one of them in the policy"
        )
    call = Call(
        model="script", most_tokens=_MOST_TOKENS, most_micros=_MOST_MICROS, ended="not made",
        short=short,
    )  # fmt: skip
    text = f"{task.seat}: the next call does not fit the budget for {' and '.join(short)}"
    return CallTooDear(text, (call,))


def _in_place(entry: Entry, task: Assignment) -> None:
    """Refuse an entry that does not fit its assignment."""
    said, where = entry.said, f"{entry.where}: {task.seat}"
    if said.stage not in (None, task.stage) or said.step not in (None, task.step):
        raise InputError(
            f"{where}: meant for {said.stage or 'any stage'}, step {said.step or 'any'}, but the "
            f"assignment is {task.stage}, step {task.step}; add `auto` entries before it"
        )
    silence = said.event == EventKind.SILENCE and task.occupant is Seat.HUMAN and task.matter
    if said.event not in (*task.events, AUTO, FAIL, TOO_DEAR) and not silence:
        raise InputError(
            f"{where}: {said.event!r} is not offered at {task.stage} in step {task.step}; "
            f"write one of: {', '.join(task.events)}"
        )


def _answer(entry: Entry, usual: Answer, task: Assignment) -> Answer:
    said, event = entry.said, EventKind(entry.said.event)
    flaws = {**usual.flaws, **said.flaws} if event is usual.event else said.flaws
    return usual._replace(
        event=event,
        findings=said.findings,
        requests=said.requests,
        questions=said.questions,
        conditions=said.conditions,
        ruling=_ruling(said, event, task),
        flaws=flaws,
    )


_DECISIONS = {
    EventKind.APPROVE: "approve",
    EventKind.REJECT: "reject",
    EventKind.ANSWER: "answer",
}


def _ruling(said: Said, event: EventKind, task: Assignment) -> Ruling | None:
    if task.matter is None:
        return None
    asked = task.matter.kind is MatterKind.QUESTION
    approves = event is EventKind.APPROVE and task.matter.kind is MatterKind.RULING
    return Ruling(
        text=said.text,
        decision=said.decision or (_DECISIONS.get(event, "") if asked else ""),
        approved=said.approved or (task.matter.targets if approves else ()),
        note=said.note,
    )


_SPENT = ("tokens_in", "tokens_out", "cost_micros", "duration_s")


def _edited(report: Report, said: Said) -> Report:
    """The report with what the script gives literally."""
    names = {artifact.name for artifact in said.artifacts}
    changed: dict[str, object] = dict.fromkeys(_SPENT, 0) if said.free else {}
    changed |= {
        name: getattr(said, name)
        for name in ("summary", *_SPENT)
        if getattr(said, name) is not None
    }
    if names:
        kept = tuple(one for one in report.artifacts if one.name not in names)
        changed["artifacts"] = (*kept, *said.artifacts)
    return Report.model_validate({**dict(report), **changed}) if changed else report
