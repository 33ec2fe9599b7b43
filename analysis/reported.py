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
        parts = [
            *_named("finds", self.findings),
            *_named("asks to change", self.requests),
            *_named("asks", self.questions),
            *([self.ruling] if self.ruling else []),
        ]
        more = f": {'; '.join(parts)}" if parts else ""
        return f"handoff {self.seq}, {who} at {self.stage}: {self.event}{more}"


def _named(verb: str, said: Sequence[str]) -> Iterator[str]:
    if said:
        shown = ", ".join(cut(one, _LONGEST) for one in said[:_SHOWN])
        yield f"{verb} {shown}" + (f" (+{len(said) - _SHOWN} more)" if len(said) > _SHOWN else "")


def reported(rows: Iterable[Handoff], journal: Iterable[Entry], step: int) -> tuple[Reported, ...]:
    """The reports on the handoffs of a step, in seat order."""
    asked = {row.seat: row for row in rows if row.step == step and row.seat is not None}
    said = {entry.seat: entry.report for entry in journal if entry.step == step}
    return tuple(_reported(row, seat, said[seat]) for seat, row in asked.items() if seat in said)


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


Heard = tuple[object, ...]
"""What routing can hear of a report: its words, costs and artifacts are left out."""


def heard(report: Report) -> Heard:
    """What of a report reaches the rules, beside what it costs."""
    return (
        report.event,
        tuple((one.fingerprint, one.severity) for one in report.findings),
        tuple((one.fingerprint, one.severity, one.affected) for one in report.requests),
        tuple((one.fingerprint, one.to) for one in report.questions),
        report.ruling.approved if report.ruling else (),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Unlike:
    """A report that two runs have at the same place, and that is not the same."""

    seq: int
    """The handoff that both answer."""
    seat: Seat
    what: str
    """What of it differs."""

    @property
    def at(self) -> tuple[int, Seat]:
        """Which report it is."""
        return self.seq, self.seat

    def __str__(self) -> str:
        return f"handoff {self.seq}, {self.seat}: {self.what}"


def unlike(
    rows: Iterable[Handoff], first: Iterable[Entry], second: Iterable[Entry]
) -> tuple[Unlike | None, Unlike | None]:
    """The first reports on common handoffs that differ: in what is heard, and in anything."""
    one, two = ({(entry.step, entry.seat): entry for entry in side} for side in (first, second))
    words: Unlike | None = None
    contents: Unlike | None = None
    for row in rows:
        pair = [side.get((row.step, row.seat)) for side in (one, two)] if row.seat else []
        here, there = pair if len(pair) == 2 else (None, None)
        if here is None or there is None or row.seat is None:
            continue
        said = _unlike(_WORDS, heard(here.report), heard(there.report))
        found = [*said, *_unlike(_REST, _rest(here), _rest(there))]
        if found and contents is None:
            contents = Unlike(seq=row.seq, seat=row.seat, what=", ".join(found))
        if said and words is None:
            words = Unlike(seq=row.seq, seat=row.seat, what=", ".join(said))
    return words, contents


_WORDS = ("its event", "its findings", "its requests", "its questions", "what it approves")
_REST = ("what it made", "its latent flaws", "what it cost", "its words")


def _rest(entry: Entry) -> Heard:
    report = entry.report
    cost = (report.cost_micros, report.tokens_in, report.tokens_out, report.duration_s)
    return entry.artifacts, report.flaws, cost, (report.summary, report.ruling)


def _unlike(names: Sequence[str], first: Heard, second: Heard) -> list[str]:
    return [name for name, one, two in zip(names, first, second, strict=True) if one != two]
