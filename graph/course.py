"""What the fold of a run knows so far."""

from dataclasses import dataclass, field

from remit.graph.ledger import Ledger
from remit.graph.manifest import Manifest
from remit.graph.position import Position
from remit.graph.rules import Rule
from remit.state.assignment import Assignment, Matter
from remit.state.handoff import Handoff
from remit.state.record import Entry, MatterState
from remit.state.report import Flaw
from remit.state.vocabulary import (
    ENDS,
    FlawKind,
    Limit,
    Seat,
)


@dataclass(kw_only=True, slots=True)
class Course:
    """The course of one run so far."""

    manifest: Manifest
    position: Position
    ledger: Ledger = field(default_factory=Ledger)
    step: int = 1
    open: dict[Seat, Assignment] = field(default_factory=dict[Seat, Assignment])
    """Assignments that wait for a report, in seat order."""
    matter: Matter | None = None
    """The matter that is put to an authority now."""
    handoffs: list[Handoff] = field(default_factory=list[Handoff])
    matters: dict[str, MatterState] = field(default_factory=dict[str, MatterState])
    answered: str | None = None
    """The matter that the last step answered."""
    ended_by: Limit | None = None
    """The limit that ended a run which is `stopped_by_policy`."""
    early: dict[Seat, Entry] = field(default_factory=dict[Seat, Entry])
    group: list[tuple[Seat, int]] = field(default_factory=list[tuple[Seat, int]])
    """(seat, seconds) of the reports folded in this step."""
    fired: list[Rule] = field(default_factory=list[Rule])
    spent: list[Limit] = field(default_factory=list[Limit])
    flaws_before: dict[FlawKind, Flaw] = field(default_factory=dict[FlawKind, Flaw])

    @property
    def ended(self) -> bool:
        """Whether the run is over."""
        return self.position.stage in ENDS

    def pending(self) -> tuple[Entry, ...]:
        """Reports of the open group that came before those ahead of them in seat order."""
        return tuple(self.early.values())

    def waiting(self) -> tuple[Assignment, ...]:
        """Open assignments whose report is not in, in seat order."""
        return tuple(one for seat, one in self.open.items() if seat not in self.early)
