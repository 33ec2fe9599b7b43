"""One row of the record: one assignment issued, or the end of the run."""

from dataclasses import dataclass, fields
from enum import StrEnum
from operator import attrgetter
from typing import Any

from remit.state.assignment import Input
from remit.state.canonical import canonical, digest
from remit.state.vocabulary import Limit, Mode, Seat, Stage


class Move(StrEnum):
    """What kind of handoff it is; pictures tell them apart."""

    START = "start"
    NORMAL = "normal"
    REWORK = "rework"
    CHANGE = "change"
    """Work that an approved change request caused, or a ruling asked for."""
    QUESTION = "question"
    """A matter on its way to an authority."""
    ANSWER = "answer"
    """Back from an authority."""
    RELEASE = "release"
    END = "end"


@dataclass(frozen=True, kw_only=True, slots=True)
class Spent:
    """One unit taken under one limit."""

    limit: Limit
    used: int
    """After this step."""
    allowed: int | None
    """Limit plus grants so far; `None` is unlimited."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Handoff:
    """Who handed what to whom, why, and who owns it now."""

    seq: int
    """1..n in the run, without gaps."""
    step: int
    sender: Seat
    """The deciding role: whose report made this move."""
    to: Seat | None
    """Who does the work (`human` when standing in); `None` at the end."""
    seat: Seat | None
    """Whose seat it is."""
    stage: Stage
    mode: Mode | None
    kind: Move
    rule: str
    """Id of the row of the rules that decided."""
    fired: tuple[str, ...]
    """All rows that fired in this step, in order."""
    clause: str
    """The policy clause behind the rule, e.g. `limits.rework_backend`; empty when none is."""
    why: str
    """One line for a person."""
    spent: tuple[Spent, ...]
    reached: tuple[Spent, ...]
    """Loop limits whose end this step answered."""
    inputs: tuple[Input, ...]
    matter: str | None
    """Id of the matter put or answered."""
    contract_version: str
    cost_micros: int
    """Spent by the run before this handoff, millionths of a dollar."""
    tokens: int
    elapsed_s: int
    """Working time before this handoff, seconds; parallel work counts once."""
    owner_now: str
    """Who has to act next, and `nobody` at the end."""
    awaits: str
    """What is awaited from the owner."""

    def body(self) -> dict[str, Any]:
        """The row as JSON values: what the chain hashes."""
        body = dict(zip(_FIELDS, _values(self), strict=True))
        for name, units in (("spent", self.spent), ("reached", self.reached)):
            body[name] = [dict(zip(_SPENT, _spent(one), strict=True)) for one in units]
        body["inputs"] = [dict(zip(_INPUT, _input(one), strict=True)) for one in self.inputs]
        return body

    def chained(self, previous: str) -> str:
        """Hash of this row behind the row whose hash is `previous`."""
        return digest(previous + canonical(self.body()))


_FIELDS = tuple(field.name for field in fields(Handoff))
_SPENT = tuple(field.name for field in fields(Spent))
_INPUT = tuple(field.name for field in fields(Input))
_values, _spent, _input = attrgetter(*_FIELDS), attrgetter(*_SPENT), attrgetter(*_INPUT)
