"""What was reported at a step: who said what, in short."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from remit.state.handoff import Handoff
from remit.state.inert import cut
from remit.state.record import Entry
from remit.state.report import Report
from remit.state.vocabulary import EventKind, Seat, Stage

_SHOWN = 3
"""Findings, requests and questions that a line names."""
_LONGEST = 160


@dataclass(frozen=True, kw_only=True, slots=True)
class Reported:
    """One report, as far as a person needs it to understand what followed."""

    seq: int
    """The handoff that it answers."""
    seat: Seat
    occupant: Seat
    stage: Stage
    event: EventKind
    findings: tuple[str, ...]
    requests: tuple[str, ...]
    questions: tuple[str, ...]
    ruling: str

    def __str__(self) -> str:
        who = str(self.seat) if self.seat is self.occupant else f"{self.occupant} for {self.seat}"
        parts = [*_named("finds", self.findings), *_named("asks to change", self.requests),
                 *_named("asks", self.questions), *([self.ruling] if self.ruling else [])]  # fmt: skip
        more = f": {'; '.join(parts)}" if parts else ""
        return f"handoff {self.seq}, {who} at {self.stage}: {self.event}{more}"


def _named(verb: str, said: Sequence[str]) -> Iterator[str]:
    if said:
        shown = ", ".join(cut(one, _LONGEST) for one in said[:_SHOWN])
        yield f"{verb} {shown}" + (f" (+{len(said) - _SHOWN} more)" if len(said) > _SHOWN else "")


def reported(
    rows: Iterable[Handoff], journal: Iterable[Entry], step: int
) -> tuple[Reported, ...]:
    """The reports on the handoffs of a step, in seat order."""
    asked = {row.seat: row for row in rows if row.step == step and row.to is not None}
    said = {entry.seat: entry.report for entry in journal if entry.step == step}
    return tuple(
        _reported(row, seat, said[seat]) for seat, row in asked.items() if seat in said
    )


def _reported(row: Handoff, seat: Seat, report: Report) -> Reported:
    return Reported(
        seq=row.seq,
        seat=seat,
        occupant=row.to or seat,
        stage=row.stage,
        event=report.event,
        findings=tuple(
            f"{one.rule} at {one.place} ({one.severity}, for {one.owner})"
            for one in report.findings
        ),
        requests=tuple(f"{one.target}: {one.change}" for one in report.requests),
        questions=tuple(f"{one.text} ({one.trigger})" for one in report.questions),
        ruling=report.ruling.text if report.ruling else "",
    )
