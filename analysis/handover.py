"""What one step hands over, so that two ways through the rules can be compared step by step."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from remit.analysis.lines import listed
from remit.graph.course import Course
from remit.graph.fold import begin, take
from remit.graph.manifest import Manifest
from remit.graph.rules import RULES
from remit.state.assignment import Input, Matter
from remit.state.handoff import Handoff
from remit.state.record import Entry
from remit.state.vocabulary import EventKind, Limit, Mode, Seat, Stage

_RULES = {rule.id: rule for rule in RULES}
Route = tuple[
    tuple[tuple[Stage, Seat | None, Seat | None, Mode | None], ...],
    tuple[object, ...],
]
"""Who is assigned where and in which mode, and what an open matter is about."""
Offers = tuple[tuple[Seat, tuple[EventKind, ...]], ...]
"""What each seat may answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Handover:
    """The handoff rows of one step, with what may be answered to them."""

    step: int
    """1 for the first assignments."""
    rows: tuple[Handoff, ...]
    offers: Offers
    matter: Matter | None
    """The matter that is put to an authority."""
    ended_by: Limit | None
    """The limit that ended the run here, where one did."""

    @property
    def seq(self) -> int:
        """The number of its first handoff."""
        return self.rows[0].seq

    @property
    def ends(self) -> bool:
        """Whether the run ends here."""
        return self.rows[0].to is None

    @property
    def route(self) -> Route:
        """What routing decided; words, costs and revisions are left out."""
        who = tuple((row.stage, row.seat, row.to, row.mode) for row in self.rows)
        matter = self.matter
        about = (
            (matter.kind, matter.limit, matter.home, matter.raised_by, matter.targets)
            if matter
            else ()
        )
        return who, (*about, self.ended_by)

    def same_way(self, other: "Handover") -> bool:
        """Whether routing decided the same, and the same answers are open."""
        return self.route == other.route and self.offers == other.offers


class Parting(StrEnum):
    """How two ways part."""

    ROUTE = "route"
    """Other seats, another stage, another matter or another end."""
    OFFERS = "offers"
    """The same seats are asked the same, and other answers are open to them."""


def parting(one: Handover, other: Handover) -> Parting | None:
    """How two handovers differ; `None` where they go the same way."""
    if one.same_way(other):
        return None
    return Parting.OFFERS if one.route == other.route else Parting.ROUTE


def handover(course: Course, since: int = 0) -> Handover:
    """What a course has handed over after its first `since` rows."""
    rows = tuple(course.handoffs[since:])
    return Handover(
        step=course.step,
        rows=rows,
        offers=tuple((seat, one.events) for seat, one in course.open.items()),
        matter=course.matter,
        ended_by=course.ended_by,
    )


def walk(
    manifest: Manifest, subject: Sequence[Input], journal: Iterable[Entry]
) -> Iterator[Handover]:
    """What each step of a journal hands over, the first assignments first.

    Raises:
        RemitError: an entry does not answer what is open.
    """
    return led(begin(manifest, subject), journal)


def led(course: Course, journal: Iterable[Entry]) -> Iterator[Handover]:
    """What a course that has just begun hands over, and then what each step of a journal does.

    Raises:
        RemitError: an entry does not answer what is open.
    """
    yield handover(course)
    for entry in journal:
        before = len(course.handoffs)
        take(course, entry)
        if len(course.handoffs) > before:
            yield handover(course, before)


def offered(recorded: Handover, instead: Handover) -> str:
    """Which answers are open in the second that are not in the first, and the other way round."""
    was, now = dict(recorded.offers), dict(instead.offers)
    who = {row.seat: row.to for row in recorded.rows}
    said: list[str] = []
    for seat in was:
        more = [kind for kind in now[seat] if kind not in was[seat]]
        less = [kind for kind in was[seat] if kind not in now[seat]]
        said += [f"{who[seat]} could also answer {listed(more)}"] if more else []
        said += [f"{who[seat]} could not answer {listed(less)}"] if less else []
    return f"the same is asked, but {'; '.join(said)}"


def told(one: Handover) -> str:
    """Where a step went, in words."""
    first = one.rows[0]
    if one.ends:
        return f"the run ends: {first.stage}"
    if one.matter:
        on = f" on {listed(one.matter.targets)}" if one.matter.targets else ""
        return f"matter {one.matter.id} ({one.matter.kind}{on}) is put to {first.to}"
    return f"{first.sender} → {listed(map(receiver, one.rows))}: {first.stage}, mode {first.mode}"


def receiver(row: Handoff) -> str:
    """Who gets a handoff, and for which absent role."""
    return f"{row.to} (for {row.seat})" if row.to is not row.seat else str(row.to)


def behind(one: Handover) -> str:
    """The row of the rules that decided, what it says, and the key of the policy behind it."""
    first = one.rows[0]
    rule = _RULES.get(first.rule)
    clause = f"; clause {first.clause}" if first.clause else ""
    return (f"{rule.text} (rule {rule.id}{clause})") if rule else first.why
