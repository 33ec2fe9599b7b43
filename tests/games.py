"""Runs on positions, told report by report: for examples of the rules."""

from dataclasses import dataclass, field

from remit.graph.advance import Step, advance, offered
from remit.graph.event import BIT, Event, seats
from remit.graph.manifest import Manifest, start
from remit.graph.position import Position
from remit.state.vocabulary import ENDS, EventKind, Limit, Seat, Stage

GOOD = (EventKind.DELIVER, EventKind.ACCEPT, EventKind.ANSWER, EventKind.APPROVE)


@dataclass(kw_only=True)
class Game:
    """One run on positions."""

    manifest: Manifest
    at: Position = field(init=False)
    fired: list[str] = field(default_factory=list[str])
    """Ids of the rows that the last report fired."""
    step: Step = field(init=False)

    def __post_init__(self) -> None:
        self.at = start(self.manifest)

    def say(self, seat: Seat, kind: EventKind, **heard: int) -> list[str]:
        """One report; the ids of the rows that fired."""
        self.step = advance(self.at, Event(kind, **heard), self.manifest, seat)
        self.at = self.step.position
        self.fired = [rule.id for rule in self.step.fired]
        return self.fired

    def until(self, stage: Stage) -> "Game":
        """Everybody says what lets the work go on, until the stage is reached."""
        while self.at.stage is not stage and self.at.stage not in ENDS:
            seat = seats(self.at.owed)[0]
            kinds = offered(self.at, seat, self.manifest)
            kind = next(kind for kind in GOOD if kind in kinds)
            self.say(seat, kind, approved=_asked(self.at) if kind is EventKind.APPROVE else 0)
        return self

    def offers(self, seat: Seat) -> set[EventKind]:
        """What a seat may answer now."""
        return set(offered(self.at, seat, self.manifest))

    @property
    def owed(self) -> tuple[Seat, ...]:
        """Who owes a report."""
        return seats(self.at.owed)

    def left(self, limit: Limit) -> int:
        """What remains under a limit."""
        return self.at.left(limit)

    def rework(self, seat: Seat, **grades: int) -> list[str]:
        """Findings by grade."""
        return self.say(seat, EventKind.REWORK, **grades)

    def ask(self, seat: Seat, **heard: int) -> list[str]:
        """A question to the CTO, unless `question=2`."""
        return self.say(seat, EventKind.QUESTION, **{"question": 1, **heard})

    def change(self, seat: Seat, contract: bool = True, scope: bool = False,
               affected: tuple[Seat, ...] = (), **heard: int) -> list[str]:  # fmt: skip
        """A change request."""
        bit = BIT[seat]
        return self.say(
            seat, EventKind.CHANGE, contract_asked=bit * contract, scope_asked=bit * scope,
            affected=sum(BIT[one] for one in affected), **heard,
        )  # fmt: skip


def _asked(at: Position) -> int:
    return (1 if at.contract_change else 0) | (2 if at.scope_change else 0)
