"""The story of a run: its steps in order, as values that every picture is made from.

One `Work` stands for one assignment (one handoff row); the works of a step happen at the same time.
Times are seconds of the run's own clock: work and waiting, parallel work counted once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from remit.analysis.summary import Asked, Summary
from remit.analysis.wording import MATTERS, counted
from remit.graph.course import Course
from remit.graph.rules import RULES
from remit.state.handoff import Handoff, Move, Spent
from remit.state.record import Entry
from remit.state.report import Report
from remit.state.vocabulary import (
    ENDS,
    LOOPS,
    EventKind,
    Limit,
    Mode,
    Seat,
    Stage,
)


class Kind(StrEnum):
    """What sort of work it is; each has a shape of its own."""

    WORK = "work"
    """On the straight way."""
    REWORK = "rework"
    """Sent back by a reviewer."""
    CHANGE = "change"
    """A ruling on a change request, or work that an approved one caused."""
    QUESTION = "question"
    """The CTO decides a matter."""
    HUMAN = "human"
    """A person is waited for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """One assignment: who did what, when, and what came of it."""

    seq: int
    """The handoff that assigned it."""
    step: int
    who: Seat
    """Whose lane it is in: the occupant."""
    seat: Seat
    """Whose work it is; differs from `who` where the human stands in."""
    stage: Stage
    mode: Mode
    kind: Kind
    move: Move
    """What kind of handoff led here."""
    source: int | None
    """The work (its `seq`) whose report made the handoff; `None` for the brief itself."""
    beside: tuple[int, ...]
    """Works of the source's group that said the same, so that the handoff is theirs too."""
    start_s: int
    duration_s: int | None
    """`None` while it is open."""
    answer: EventKind | None
    """What it was answered with; `None` while it is open."""
    said: str
    """The answer in a few words."""
    why: str
    matter: str | None
    about: str
    """What sort of matter it decides, in words; empty where it decides none."""
    spent: tuple[Spent, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reached:
    """A loop's end that a step answered."""

    spent: Spent
    """What was used of what is allowed then."""
    text: str
    """What the rules do about it, in words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """The works that began together."""

    number: int
    start_s: int
    works: tuple[Work, ...]
    contract: str
    """The frozen contract version while they worked; empty before the first freeze."""
    changed: str
    """What the frozen version changed against the one before, in words; may be empty."""
    spent: tuple[Spent, ...]
    reached: tuple[Reached, ...]
    cost_micros: int
    """Spent by the run before the step, millionths of a dollar."""

    @property
    def duration_s(self) -> int:
        """Of the longest work in it; 0 while nothing is reported."""
        return max((work.duration_s or 0 for work in self.works), default=0)


@dataclass(frozen=True, kw_only=True, slots=True)
class End:
    """How the run ended."""

    seq: int
    stage: Stage
    source: int | None
    beside: tuple[int, ...]
    why: str
    at_s: int
    spent: tuple[Spent, ...]
    reached: tuple[Reached, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """A run as it is told."""

    summary: Summary
    steps: tuple[Step, ...]
    end: End | None
    counts: tuple[Limit, ...]
    """Loops that were spent or whose end was reached, in the order of the limits."""

    @property
    def works(self) -> tuple[Work, ...]:
        """Every work, in the order of the handoffs."""
        return tuple(work for step in self.steps for work in step.works)


def tell(summary: Summary, course: Course, journal: Sequence[Entry]) -> Story:
    """The story of a run from its summary, the fold of its journal, and the journal itself."""
    read = _Read(
        rows=course.handoffs,
        reports={(entry.step, entry.seat): entry.report for entry in journal},
        asked={one.id: one for one in summary.asked},
        changes={one.version: "; ".join(one.diff) for one in course.ledger.contracts},
    )
    steps = tuple(
        _step(read, [row for row in read.rows if row.step == number and row.to])
        for number in dict.fromkeys(row.step for row in read.rows if row.to)
    )
    return Story(summary=summary, steps=steps, end=_end(read), counts=_counts(read.rows))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Read:
    """What the record says of a run."""

    rows: Sequence[Handoff]
    reports: Mapping[tuple[int, Seat], Report]
    asked: Mapping[str, Asked]
    changes: Mapping[str, str]
    """What each contract version changed."""

    def report(self, row: Handoff) -> Report | None:
        return self.reports.get((row.step, row.seat)) if row.seat else None


def _step(read: _Read, group: Sequence[Handoff]) -> Step:
    first = group[0]
    return Step(
        number=first.step,
        start_s=first.elapsed_s,
        works=tuple(_work(read, row) for row in group),
        contract=first.contract_version,
        changed=read.changes.get(first.contract_version, ""),
        spent=tuple(dict.fromkeys(one for row in group for one in row.spent)),
        reached=_reached(first),
        cost_micros=first.cost_micros,
    )


_RULES = {rule.id: rule for rule in RULES}


def _reached(row: Handoff) -> tuple[Reached, ...]:
    texts = {_RULES[name].at_limit: _RULES[name].text for name in row.fired}
    return tuple(Reached(spent=one, text=texts.get(one.limit, "")) for one in row.reached)


def _work(read: _Read, row: Handoff) -> Work:
    assert row.to is not None
    assert row.seat is not None
    assert row.mode is not None
    report = read.report(row)
    source = _source(read, row)
    asked = read.asked.get(row.matter or "") if row.stage in _DECIDING else None
    return Work(
        seq=row.seq,
        step=row.step,
        who=row.to,
        seat=row.seat,
        stage=row.stage,
        mode=row.mode,
        kind=_kind(row),
        move=_move(row, source),
        source=source.seq if source else None,
        beside=_beside(read, row, source),
        start_s=row.elapsed_s,
        duration_s=report.duration_s if report else None,
        answer=report.event if report else None,
        said=_said(report) if report else "",
        why=row.why,
        matter=asked.id if asked else None,
        about=MATTERS.get(asked.kind, asked.kind) if asked else "",
        spent=row.spent,
    )


_DECIDING = {
    Stage.HUMAN: Kind.HUMAN,
    Stage.RELEASE: Kind.HUMAN,
    Stage.CHANGE_CONTROL: Kind.CHANGE,
    Stage.ARBITRATION: Kind.QUESTION,
}
_CAUSED = {Move.REWORK: Kind.REWORK, Move.CHANGE: Kind.CHANGE}


def _kind(row: Handoff) -> Kind:
    if row.to is Seat.HUMAN:
        return Kind.HUMAN
    return _DECIDING.get(row.stage) or _CAUSED.get(row.kind, Kind.WORK)


def _move(row: Handoff, source: Handoff | None) -> Move:
    """The kind of handoff; what simply goes on after an authority decided is its answer.

    What it sends back or changes stays so: a grant leads to rework, an approval to a change.
    """
    decided = source is not None and source.stage in _DECIDING
    return Move.ANSWER if decided and row.kind is Move.NORMAL else row.kind


def _source(read: _Read, row: Handoff) -> Handoff | None:
    """The latest assignment of the sender before this step; else the one before in the record.

    A matter that waited while another was decided comes from whoever raised it.
    """
    earlier = [one for one in read.rows if one.step < row.step and one.to]
    asked = read.asked.get(row.matter or "") if row.stage in _DECIDING else None
    first = asked is not None and asked.rows[:1] == (row.seq,)
    raised = asked.raised_by if asked and first and row.sender not in asked.raised_by else ()
    senders = [one for one in earlier if one.seat in raised]
    mine = senders or [one for one in earlier if one.to is row.sender] or earlier
    return mine[-1] if mine else None


def _beside(read: _Read, row: Handoff, source: Handoff | None) -> tuple[int, ...]:
    """The others of the group that has just reported, as far as they said what led here."""
    if source is None or source.step != row.step - 1:
        return ()
    report = read.report(source)
    group = [one for one in read.rows if one.step == source.step and one is not source]
    alike = _DONE if report and report.event in _DONE else {report.event if report else None}
    return tuple(
        one.seq for one in group if (said := read.report(one)) is not None and said.event in alike
    )


_DONE = {EventKind.DELIVER, EventKind.ACCEPT}


def _said(report: Report) -> str:
    """What a report answers, in a few words."""
    words = {
        EventKind.DELIVER: "delivered",
        EventKind.REWORK: counted(len(report.findings), "finding"),
        EventKind.CHANGE: "asks a change",
        EventKind.QUESTION: "asks",
        EventKind.GRANT: "one more step",
        EventKind.REFER: "to the human",
        EventKind.WAIVE: "accept as debt",
        EventKind.FREEZE: "no more changes",
        EventKind.SILENCE: "no answer",
    }
    return words.get(report.event, str(report.event))


def _end(read: _Read) -> End | None:
    last = read.rows[-1] if read.rows else None
    if last is None or last.stage not in ENDS:
        return None
    source = _source(read, last)
    return End(
        seq=last.seq,
        stage=last.stage,
        source=source.seq if source else None,
        beside=_beside(read, last, source),
        why=last.why,
        at_s=last.elapsed_s,
        spent=last.spent,
        reached=_reached(last),
    )


def _counts(rows: Sequence[Handoff]) -> tuple[Limit, ...]:
    met = {one.limit for row in rows for one in (*row.spent, *row.reached)}
    return tuple(limit for limit in LOOPS if limit in met)
