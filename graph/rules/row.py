"""What a row of the rules is: a guarded update of a position, as data."""

from dataclasses import dataclass
from typing import NamedTuple

from remit.graph.event import Item
from remit.state.handoff import Move
from remit.state.vocabulary import AtLimit, EventKind, Limit, MatterKind, Mode, Seat, Stage


class Field(NamedTuple):
    """A field of the position."""

    name: str


class Heard(NamedTuple):
    """A field of the event; `seat` is the bit of whoever reports."""

    name: str


class Term(NamedTuple):
    """A field of the routing manifest: constant during a run."""

    name: str


Constant = int | Stage | MatterKind | AtLimit | Mode
Operand = Field | Heard | Term | Constant


class Guard(NamedTuple):
    """`left op right`; op is one of == != < > has lacks (the last two on bit sets)."""

    left: Field | Heard | Term
    op: str
    right: Operand


class Set(NamedTuple):
    """An update of one field; op is one of = | - & + max (`|` adds bits, `-` takes bits away)."""

    field: str
    op: str
    value: Operand


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One row of the table."""

    id: str
    stages: tuple[Stage, ...]
    event: EventKind | None = None
    """`None` for a silent row."""
    seat: Seat | None = None
    """Who must be reporting; `None` for whoever owes."""
    guard: tuple[Guard, ...] = ()
    spend: tuple[Limit, ...] = ()
    sets: tuple[Set, ...] = ()
    goto: Stage | None = None
    """The stage that the row enters, where it is a fixed one (already among `sets`)."""
    at_limit: Limit | None = None
    """The limit whose end this row answers."""
    kind: Move = Move.NORMAL
    item: Item = Item.NONE
    """The docket item that the row serves."""
    waives: Item = Item.NONE
    """What becomes named debt."""
    grants: Limit | None = None
    """The limit that gets one more step (`handoffs` stands for all budgets)."""
    clause: str = ""
    """The key of the policy behind the row."""
    text: str = ""
    """What happens, in words."""
