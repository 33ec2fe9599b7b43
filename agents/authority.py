"""How a simulated CTO or human rules on the matter put to them."""

from collections.abc import Mapping
from typing import NamedTuple

from remit.agents.behaviour import Behaviour
from remit.agents.draws import Stream, choose, spread
from remit.agents.quantities import RULINGS
from remit.state.assignment import Assignment, Matter
from remit.state.report import Ruling
from remit.state.vocabulary import EventKind, MatterKind, Seat


class Decision(NamedTuple):
    """What an authority says, and how long a person took to say it."""

    event: EventKind
    ruling: Ruling
    waited_s: int
    """0 for the CTO, whose time is work."""


class Answer(NamedTuple):
    """One way to answer: its event, and the word that a question's ruling carries."""

    event: EventKind
    weight: int
    decision: str


EVENTS: Mapping[str, EventKind] = {
    "approve": EventKind.APPROVE,
    "amend": EventKind.ANSWER,
    "reject": EventKind.REJECT,
    "refer": EventKind.REFER,
    "stop": EventKind.STOP,
    "grant": EventKind.GRANT,
    "waive": EventKind.WAIVE,
    "freeze": EventKind.FREEZE,
    "deny": EventKind.DENY,
}
"""The event behind each word of a behaviour's weights."""

LAST_RESORT: tuple[EventKind, ...] = (
    EventKind.ANSWER,
    EventKind.WAIVE,
    EventKind.GRANT,
    EventKind.REFER,
    EventKind.REJECT,
    EventKind.DENY,
    EventKind.STOP,
)
"""What is said when nothing on offer has a weight: first what lets the work go on."""

TEXTS: Mapping[EventKind, str] = {
    EventKind.APPROVE: "approved as asked",
    EventKind.ANSWER: "go on with the smallest change that stays inside what is approved",
    EventKind.REJECT: "rejected: stay inside what is approved",
    EventKind.REFER: "this is for the human to decide",
    EventKind.STOP: "not worth going on",
    EventKind.GRANT: "one more try",
    EventKind.WAIVE: "accepted as known debt",
    EventKind.FREEZE: "no more changes; go on with what is there",
    EventKind.DENY: "not now",
    EventKind.SILENCE: "",
}

Table = Mapping[tuple[Seat, str], tuple[Answer, ...]]


def table(behaviour: Behaviour) -> Table:
    """The weighted answers of each authority to each kind of matter."""
    return {
        (authority, matter): tuple(
            Answer(
                EVENTS[word],
                behaviour.amount(f"{authority}.{matter}.{word}"),
                word if matter == "question" and word in ("approve", "amend", "reject") else "",
            )
            for word in words
        )
        for authority, matters in RULINGS.items()
        for matter, words in matters.items()
    }


def rule(
    answers: Table,
    behaviour: Behaviour,
    luck: Stream,
    task: Assignment,
    matter: Matter,
    deadline_s: int,
) -> Decision:
    """The answer to a matter, among the events on offer; `deadline_s` 0 is none.

    A person who takes longer than the deadline has not answered.
    """
    if task.occupant is not Seat.HUMAN:
        return _answer(answers, luck, task, matter, 0)
    waited = delay(behaviour, luck)
    silent = luck.happens(behaviour.chance("human.silence"), "silence")
    if silent or 0 < deadline_s < waited:
        return Decision(EventKind.SILENCE, SILENT, deadline_s or waited)
    return _answer(answers, luck, task, matter, waited)


def delay(behaviour: Behaviour, luck: Stream) -> int:
    """Seconds until a person turns to an assignment."""
    usual = behaviour.values["human.delay"]
    return spread(usual.value, usual.share, luck.draw("delay"))


SILENT = Ruling()


def _answer(
    answers: Table, luck: Stream, task: Assignment, matter: Matter, waited: int
) -> Decision:
    authority = Seat.HUMAN if task.occupant is Seat.HUMAN else Seat.CTO
    ways = [
        way
        for way in answers.get((authority, str(matter.kind)), ())
        if way.event in task.events and way.weight
    ]
    if ways:
        way = ways[choose(tuple(one.weight for one in ways), luck.draw("ruling"))]
    else:
        way = Answer(
            next((one for one in LAST_RESORT if one in task.events), task.events[0]), 0, ""
        )
    return Decision(way.event, _ruling(way, matter), waited)


def _ruling(way: Answer, matter: Matter) -> Ruling:
    approves = way.event is EventKind.APPROVE and matter.kind is MatterKind.RULING
    decision = way.decision or ("answer" if way.event is EventKind.ANSWER else "")
    return Ruling.model_construct(
        text=TEXTS[way.event],
        decision=decision,
        approved=matter.targets if approves else (),
        note="",
    )
