"""Two recorded runs side by side: where they part, and why."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import zip_longest
from typing import Any

from remit.analysis.cause import Cause, Side, Together, causes, comes_again, together
from remit.analysis.handover import (
    Handover,
    Parting,
    behind,
    led,
    offered,
    parting,
    told,
)
from remit.analysis.lines import WIDTH, Line, as_html, as_text, listed
from remit.analysis.reported import Reported, Unlike, heard, reported, unlike
from remit.analysis.terms import Term, TermKind, terms
from remit.analysis.took import Took, took
from remit.graph.course import Course
from remit.graph.fold import begin
from remit.graph.order import HumanMode, Order
from remit.state.handoff import Handoff
from remit.state.record import Entry
from remit.state.vocabulary import Seat

_SHOWN = 6
"""Differing keys of one kind that the text names."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """One of the two runs at the parting."""

    run: str
    after: tuple[Reported, ...]
    """The reports that led there."""
    handover: Handover | None
    """`None` where the run is recorded no further."""
    end: Handover
    """The last thing on its record."""
    took: Took
    """What the whole of it took."""
    head: str
    """The hash of its last handoff row."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Diff:
    """Where two runs part, and why."""

    terms: tuple[Term, ...]
    common: int
    """Handoffs before the parting; all of them where nothing parts."""
    parting: Parting | None
    """How they part; `None` where they go the same way as far as both are recorded."""
    first: Place
    second: Place
    words: Unlike | None
    """The first report of which routing hears something else."""
    contents: Unlike | None
    """The first report that differs in anything: what it says, makes or costs."""
    causes: tuple[Cause, ...]
    """The terms of which each alone leads the first run the second's way at the parting."""
    together: Together | None
    """Where no kind of term does so alone, the fewest of several kinds that do together."""
    unexplained: str
    """Why no cause can be named, where there is none."""

    @property
    def parted(self) -> bool:
        """Whether they go different ways; one that is recorded no further has not parted."""
        return self.parting is not None

    @property
    def shorter(self) -> str:
        """The run that is recorded no further, where the other goes on; else empty."""
        there = [one.handover is None for one in (self.first, self.second)]
        if there[0] is there[1]:
            return ""
        return self.first.run if there[0] else self.second.run

    @property
    def seq(self) -> int | None:
        """The number of the first handoff that differs."""
        return self.common + 1 if self.parted else None

    @property
    def same(self) -> bool:
        """Whether both records are the same to the last row."""
        return not (self.parted or self.shorter) and self.first.head == self.second.head

    @property
    def title(self) -> str:
        """The result in a line."""
        where = f"part at handoff {self.seq}" if self.parted else "go the same way"
        if self.shorter:
            where = f"go the same way as far as {self.shorter} is recorded"
        if self.parted and not self.common:
            where = "part before the first report"
        return f"{self.first.run} and {self.second.run} {where}"

    def lines(self) -> tuple[Line, ...]:
        """The comparison in labelled lines."""
        return tuple(_lines(self))

    def text(self, width: int = WIDTH) -> str:
        """The comparison in words, `width` columns wide."""
        return as_text(self.title, self.lines(), width)

    def to_json(self) -> dict[str, Any]:
        """The comparison as JSON values."""
        return {
            "runs": [self.first.run, self.second.run],
            "terms": [asdict(one) for one in self.terms],
            "common_handoffs": self.common,
            "parted": self.parted,
            "parting": self.parting,
            "seq": self.seq,
            "same_record": self.same,
            "first": _place_json(self.first),
            "second": _place_json(self.second),
            "first_heard_difference": self.words and asdict(self.words),
            "first_difference": self.contents and asdict(self.contents),
            "causes": [{**asdict(one), "text": one.text} for one in self.causes],
            "together": self.together and _together_json(self.together),
            "unexplained": self.unexplained,
            "text": self.text(),
        }

    def __str__(self) -> str:
        return self.text()

    def html(self) -> str:
        """The same as a table for a notebook."""
        return as_html(self.title, self.lines())

    _repr_html_ = html


def _together_json(one: Together) -> dict[str, Any]:
    terms_ = [{"kind": kind, "key": key} for kind, key in one.terms]
    return {**asdict(one), "terms": terms_, "text": one.text}


def _place_json(one: Place) -> dict[str, Any]:
    rows = one.handover.rows if one.handover else ()
    return {
        "run": one.run,
        "after": [asdict(report) for report in one.after],
        "handoffs": [row.body() for row in rows],
        "end": str(one.end.rows[0].stage),
        "took": asdict(one.took),
        "chain_head": one.head,
    }


def diff(first: Side, second: Side) -> Diff:
    """Where two runs part and why; which is first matters only for the words."""
    sides = (first, second)
    courses = [begin(one.order.manifest(), one.order.subject) for one in sides]
    ways = [tuple(led(course, one.journal)) for course, one in zip(courses, sides, strict=True)]
    pairs = list(zip_longest(*ways))
    at = next((n for n, (one, two) in enumerate(pairs) if not _same(one, two)), len(pairs))
    differing = terms(first.order, second.order, (first.version, second.version))
    why = _why(first, second, differing, ways, at) if at < len(pairs) else _Why()
    until = at if at < len(pairs) else len(pairs)
    shared = [row for one in ways[0][:until] for row in one.rows]
    words, contents = unlike(shared, first.journal, second.journal)
    return Diff(
        terms=differing,
        common=len(shared),
        parting=parting(*pairs[at]) if at < len(pairs) and all(pairs[at]) else None,
        first=_place(first, courses[0], ways[0], at, shared),
        second=_place(second, courses[1], ways[1], at, shared),
        words=words,
        contents=contents,
        causes=why.causes,
        together=why.together,
        unexplained=why.unexplained,
    )


def _same(one: Handover | None, two: Handover | None) -> bool:
    return one is not None and two is not None and one.same_way(two)


def _place(
    side: Side, course: Course, ways: Sequence[Handover], at: int, shared: Sequence[Handoff]
) -> Place:
    return Place(
        run=side.id,
        after=reported(shared, side.journal, at),
        handover=ways[at] if at < len(ways) else None,
        end=ways[-1],
        took=took(course),
        head=side.head,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Why:
    """What suffices to part two runs, or why that cannot be said."""

    causes: tuple[Cause, ...] = ()
    together: Together | None = None
    unexplained: str = ""


def _why(
    first: Side,
    second: Side,
    differing: Sequence[Term],
    ways: Sequence[Sequence[Handover]],
    at: int,
) -> _Why:
    if any(at >= len(way) for way in ways):
        return _Why()
    wanted = ways[1][: at + 1]
    found = causes(first, second, differing, wanted)
    if found:
        return _Why(causes=found)
    several = together(first, second, differing, wanted, by_rules=True)
    outside = "" if several else _outside(first, second, at)
    if outside:
        return _Why(unexplained=f"what {outside} answered came from outside and cannot be computed")
    several = several or together(first, second, differing, wanted, by_rules=False)
    if several:
        return _Why(together=several)
    for side, way in zip((first, second), ways, strict=True):
        if not comes_again(side, way[: at + 1]):
            return _Why(
                unexplained=f"{side.id} does not come out the same when it is simulated again"
            )
    return _Why(unexplained=_UNEXPLAINED)


_UNEXPLAINED = (
    "the terms that one run can take over from the other do not suffice, not even all of them"
)


def _outside(first: Side, second: Side, step: int) -> str:
    """Who reported something else at a step and is not simulated."""
    said = [{one.seat: heard(one.report) for one in side.journal if one.step == step}
            for side in (first, second)]  # fmt: skip
    unlike_ = [seat for seat in said[0] if said[0][seat] != said[1].get(seat)]
    who = [
        str(seat)
        for seat in unlike_
        if any(_comes_from_outside(side.order, side.journal, seat) for side in (first, second))
    ]
    return listed(who) if who else ""


def _comes_from_outside(order: Order, journal: Sequence[Entry], seat: Seat) -> bool:
    """A seat that a function fills, or the human's where a person answers."""
    person = (
        order.human is not HumanMode.SIMULATED and order.manifest().occupant(seat) is Seat.HUMAN
    )
    return seat in order.functions or person


def _lines(one: Diff) -> Iterator[Line]:
    named = {key for cause in one.causes for key in (*cause.keys, *cause.together)}
    named |= {key for _, key in one.together.terms} if one.together else set()
    yield from _terms(sorted(one.terms, key=lambda term: term.key not in named))
    yield "same way", _common(one)
    if one.contents and not (one.words and one.words.at == one.contents.at):
        yield "reports differ", f"first at {one.contents}{_no_matter(one, one.contents)}"
    if one.words:
        yield "answers differ", f"first at {one.words}"
    if one.parted or one.shorter:
        yield from (*_at(one.first), *_at(one.second))
        if one.parting is Parting.OFFERS and one.first.handover and one.second.handover:
            yield "there", offered(one.first.handover, one.second.handover)
        for cause in one.causes:
            yield "because of", cause.text
        if one.together:
            yield "because of", one.together.text
        if one.unexplained:
            yield "because of", one.unexplained
    else:
        yield "they stand at", _end(one.first.end)
        same = one.first.took == one.second.took
        for place in (one.first,) if same else (one.first, one.second):
            yield ("they took" if same else f"{place.run} took"), str(place.took)
        other = "not the same: the rows differ in words, amounts or limits, the way does not"
        heads = "the same" if one.same else other
        yield "chain heads", heads


def _common(one: Diff) -> str:
    if one.parted and not one.common:
        return "nothing: they differ in what they start with"
    if one.parted or one.shorter:
        return f"the first {one.common} handoffs"
    return f"all {one.common} rows of the record"


def _no_matter(one: Diff, unlike_: Unlike) -> str:
    """That a report which only made or cost something else sent nobody elsewhere, where so."""
    met = {report.seq for place in (one.first, one.second) for report in place.after}
    return "" if unlike_.seq in met else "; that sent nobody elsewhere"


def _at(place: Place) -> Iterator[Line]:
    if place.handover is None:
        yield place.run, "is recorded no further"
        return
    yield place.run, f"{told(place.handover)}; {behind(place.handover)}"
    for report in place.after:
        yield "  after", str(report)
    yield "  ends at", _end(place.end)
    yield "  took", str(place.took)


def _end(one: Handover) -> str:
    last = one.rows[-1]
    said = f"{last.stage} ({last.why})" if one.ends else f"not at its end: {told(one)}"
    return f"handoff {last.seq}: {said}"


def _terms(differing: Sequence[Term]) -> Iterator[Line]:
    if not differing:
        yield "terms", "the same in every respect"
    for kind in TermKind:
        mine = [one for one in differing if one.kind is kind]
        for one in mine[:_SHOWN]:
            key = f"{one.key}: " if one.key else ""
            yield str(kind), f"{key}{one.first} | {one.second}"
        if len(mine) > _SHOWN:
            yield "", f"and {len(mine) - _SHOWN} more keys of the {kind} (--json names all)"
