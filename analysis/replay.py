"""A recorded run under other terms: where it would have gone another way, by the rules alone.

The journal is folded twice, under the terms that were and under those that might have been, with
nothing but `begin` and `take`. What was reported is taken as it was: up to the first step that
hands over something else that is what would have happened, and beyond it nothing can be said.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from remit.analysis.handover import (
    Handover,
    Parting,
    behind,
    handover,
    offered,
    parting,
    told,
)
from remit.analysis.lines import WIDTH, Line, as_html, as_text
from remit.graph.fold import begin, take
from remit.graph.order import Order
from remit.state.policy import Policy
from remit.state.record import Entry


@dataclass(frozen=True, kw_only=True, slots=True)
class Replay:
    """How far a run goes the same way under other terms, and where it parts."""

    terms: str
    """What was different, in a few words."""
    common: int
    """Handoffs up to the parting, or all of them."""
    parting: Parting | None
    """`None` where the whole record would have been the same."""
    recorded: Handover | None = None
    """What was handed over at the parting."""
    instead: Handover | None = None
    """What would have been handed over there."""
    end: Handover | None = None
    """The last thing on record, where nothing parts."""

    @property
    def same(self) -> bool:
        """Whether the whole run, as far as it is recorded, would have gone the same way."""
        return self.parting is None

    @property
    def seq(self) -> int | None:
        """The number of the first handoff that would have been another."""
        return None if self.same else self.common + 1

    @property
    def step(self) -> int | None:
        """The step of that handoff."""
        return self.recorded.step if self.recorded else None

    def lines(self) -> tuple[Line, ...]:
        """The result in labelled lines."""
        return tuple(_lines(self))

    def text(self, width: int = WIDTH) -> str:
        """The result in words, `width` columns wide."""
        return as_text(self.title, self.lines(), width)

    def to_json(self) -> dict[str, Any]:
        """The result as JSON values."""
        return {
            "terms": self.terms,
            "same": self.same,
            "common_handoffs": self.common,
            "parting": self.parting,
            "seq": self.seq,
            "step": self.step,
            "recorded": [row.body() for row in self.recorded.rows] if self.recorded else [],
            "instead": [row.body() for row in self.instead.rows] if self.instead else [],
            "offers": _by_seat(self.recorded),
            "offers_instead": _by_seat(self.instead),
            "text": self.text(),
        }

    @property
    def title(self) -> str:
        """The result in a line."""
        where = "it goes the same way" if self.same else f"it parts at handoff {self.seq}"
        return f"replay under {self.terms}: {where}"

    def __str__(self) -> str:
        return self.text()

    def html(self) -> str:
        """The same as a table for a notebook."""
        return as_html(self.title, self.lines())

    _repr_html_ = html


def _by_seat(one: Handover | None) -> dict[str, list[str]]:
    return {str(seat): [str(kind) for kind in open_] for seat, open_ in one.offers} if one else {}


def replay(order: Order, journal: Sequence[Entry], policy: Policy) -> Replay:
    """How a recorded run goes under another policy.

    Raises:
        InputError: under that policy the run could never ship.
    """
    other = replace(order, policy=policy)
    return retake(follow(order, journal), other, journal, f"policy {policy.name}")


Followed = tuple[Handover | None, ...]
"""What was handed over at the start, and then on each entry of a journal: `None` where the entry
left its group incomplete."""


def follow(order: Order, journal: Sequence[Entry]) -> Followed:
    """What a recorded run handed over.

    Raises:
        RemitError: the journal is not one of this order.
    """
    return tuple(_followed(order, journal))


def _followed(order: Order, journal: Sequence[Entry]) -> Iterator[Handover | None]:
    course = begin(order.manifest(), order.subject)
    yield handover(course)
    for entry in journal:
        since = len(course.handoffs)
        take(course, entry)
        yield handover(course, since) if len(course.handoffs) > since else None


def retake(recorded: Followed, other: Order, journal: Sequence[Entry], terms: str) -> Replay:
    """How a journal goes under the routing terms of another order: policy, brief, team.

    Where the same was handed over, with the same answers on offer, what was answered is on offer
    too, and a group is complete with the same report: so nothing is refused before the ways part.

    Args:
        recorded: what `follow` says of the journal under its own order.
        other: the terms that might have been.
        journal: the reports on record.
        terms: what is different, in a few words.

    Raises:
        InputError: the other order could never ship.
    """
    there, since = begin(other.manifest(), other.subject), 0
    end = None
    for entry, was in zip((None, *journal), recorded, strict=True):
        if entry is not None:
            take(there, entry)
        if was is None:
            continue
        end, instead = was, handover(there, since)
        kind = parting(was, instead)
        if kind:
            return Replay(terms=terms, common=since, parting=kind, recorded=was, instead=instead)
        since += len(was.rows)
    return Replay(terms=terms, common=since, parting=None, end=end)


def would(one: Replay) -> str:
    """What would have been handed over at the parting, in a line; empty where nothing parts."""
    if one.instead is None or one.recorded is None:
        return ""
    if one.parting is Parting.OFFERS:
        return offered(one.recorded, one.instead)
    return f"{told(one.instead)}; {behind(one.instead)}"


def _lines(one: Replay) -> list[Line]:
    if one.same:
        ended = one.end and told(one.end)
        return [
            ("the same", f"all {one.common} rows of the record"),
            ("where it stands", ended or "nowhere"),
            ("because", "what was reported is taken as it was, and the rules lead it the same way"),
        ]
    lines = [("the same", f"the first {one.common} handoffs" if one.common else "nothing")]
    if one.recorded:
        lines.append(("recorded", f"{told(one.recorded)}; {behind(one.recorded)}"))
        lines.append(("why", one.recorded.rows[0].why))
    lines.append(("instead", would(one)))
    return [*lines, ("after that", "nothing can be said: the team was never asked what follows")]
