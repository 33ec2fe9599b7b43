"""The runs that somebody asks for: which, in what order, and which page of them.

The database does the work; every function runs inside a transaction that the caller began.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypedDict, Unpack

from sqlalchemy import Column, ColumnElement, Connection, and_, func, or_, select

from remit.state.codec import stamp
from remit.state.errors import InputError
from remit.state.record import RunRow
from remit.state.rows import run_of
from remit.state.suggest import advice, quoted
from remit.state.tables import RUNS
from remit.state.vocabulary import ENDED, Outcome
from remit.state.when import moment_named


class Sort(StrEnum):
    """What a listing is ordered by: the largest or newest first, unless it is reversed."""

    CREATED = "created"
    UPDATED = "updated"
    """When the run last went on."""
    COST = "cost"
    TOKENS = "tokens"
    HANDOFFS = "handoffs"
    DURATION = "duration"
    """Working time, waits for people included."""


class Wanted(TypedDict, total=False):
    """What runs are asked for by; several of one kind mean any of them."""

    outcome: str | Sequence[str] | None
    policy: str | Sequence[str] | None
    behaviour: str | Sequence[str] | None
    since: str | datetime | None
    """A moment, or one as `moment_named` reads it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """Which runs are meant: those that fit every part that is not empty."""

    outcomes: tuple[Outcome, ...] = ()
    """Any of these."""
    policies: tuple[str, ...] = ()
    """Any policy of these names, of a hash that begins so, or of both: `frozen (56bf13f4)`."""
    behaviours: tuple[str, ...] = ()
    since: datetime | None = None
    """Begun then or later."""

    def __bool__(self) -> bool:
        """Whether any run could be left out."""
        return self != Selection()


EVERY = Selection()
_HASHED = re.compile(r"(?:(?P<name>.*) \()?(?P<hash>[0-9a-f]{8,64})(?(name)\))", re.S)
MOST = 10**9
"""Pages, and runs on a page."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A part of a listing."""

    sort: Sort = Sort.CREATED
    reverse: bool = False
    limit: int | None = None
    """Rows on a page; `None` for all of them."""
    number: int = 1
    """Which page, from 1."""

    @property
    def skipped(self) -> int:
        """Rows on the pages before."""
        return (self.number - 1) * (self.limit or 0)


ISSUED: ColumnElement[int] = RUNS.c.handoffs - RUNS.c.outcome.in_([str(one) for one in ENDED])
"""`RunRow.issued`, in SQL."""
_KEYS: dict[Sort, ColumnElement[Any]] = {
    Sort.CREATED: RUNS.c.created_at,
    Sort.UPDATED: RUNS.c.updated_at,
    Sort.COST: RUNS.c.cost_micros,
    Sort.TOKENS: RUNS.c.tokens,
    Sort.HANDOFFS: ISSUED,
    Sort.DURATION: RUNS.c.elapsed_s,
}


def selection(now: datetime, **wanted: Unpack[Wanted]) -> Selection:
    """The selection that a person wrote; `now` is what `7d` is counted from.

    Raises:
        InputError: an outcome is none, or `since` is no moment or has no zone.
    """
    since = wanted.get("since")
    if isinstance(since, datetime) and since.tzinfo is None:
        raise InputError("since: a time without a zone; say which, such as datetime.UTC")
    return Selection(
        outcomes=tuple(_outcome(one) for one in _several(wanted.get("outcome"))),
        policies=_several(wanted.get("policy")),
        behaviours=_several(wanted.get("behaviour")),
        since=moment_named(since, now) if isinstance(since, str) else since,
    )


def sort_named(name: str) -> Sort:
    """The order of that name.

    Raises:
        InputError: there is none.
    """
    if name not in tuple(Sort):
        raise InputError(f"sort: there is no {quoted(name)}; {advice(name, map(str, Sort))}")
    return Sort(name)


def conditions(which: Selection) -> list[ColumnElement[bool]]:
    """What a run must fulfil to be selected, as conditions on `runs`."""
    made: list[ColumnElement[bool]] = []
    if which.outcomes:
        made.append(RUNS.c.outcome.in_([str(one) for one in which.outcomes]))
    for name, document, wanted in (
        (RUNS.c.policy_name, RUNS.c.policy, which.policies),
        (RUNS.c.behaviour_name, RUNS.c.behaviour, which.behaviours),
    ):
        if wanted:
            made.append(or_(*(_called(name, document, one) for one in wanted)))
    if which.since is not None:
        made.append(RUNS.c.created_at >= stamp(which.since))
    return made


def _called(name: Column[Any], document: Column[Any], wanted: str) -> ColumnElement[bool]:
    """Whether a document has that name, or the hash by which statistics tell it from others.

    They write `frozen (56bf13f4)`; the hash alone will do.
    """
    hashed = _HASHED.fullmatch(wanted)
    if hashed is None:
        return name == wanted
    begins = document.startswith(hashed["hash"])
    alone = hashed["name"] is None
    return or_(name == wanted, begins if alone else and_(begins, name == hashed["name"]))


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """A page of a listing."""

    rows: tuple[RunRow, ...]
    first: int
    """The place of the first row in the whole listing, from 1."""
    total: int
    """Runs on all pages."""
    hints: tuple[str, ...] = ()
    """Where nothing fits: the names asked for that no run has."""

    @property
    def last(self) -> int:
        """The place of the last row."""
        return self.first + len(self.rows) - 1


def listed(connection: Connection, which: Selection, page: Page) -> Listed:
    """One page of the selected runs, and where it stands among the others.

    Raises:
        InputError: the page is beyond the last one, or no page at all.
    """
    size = 1 if page.limit is None else page.limit
    if not (1 <= page.number <= MOST and 1 <= size <= MOST):
        raise InputError(f"page: pages, and the runs on one, are counted from 1 to {MOST:,}")
    total = count(connection, which)
    last = 1 if page.limit is None else max(1, -(-total // page.limit))
    if page.number > last:
        raise InputError(f"page: there is no page {page.number}; the last one is {last}")
    found = tuple(rows(connection, which, page))
    hints = () if total else tuple(unknown_names(connection, which))
    return Listed(rows=found, first=page.skipped + 1, total=total, hints=hints)


def rows(connection: Connection, which: Selection = EVERY, page: Page = Page()) -> Iterator[RunRow]:
    """The selected runs on that page; runs that are equal in the order stand the newest first.

    Pages are counted from the front, so a run begun between two pages moves the rest down by one.

    Raises:
        Tampered: a row is not as it was written.
    """
    key = _KEYS[page.sort]
    ways = [key, RUNS.c.created_at, RUNS.c.id]
    query = (
        select(RUNS)
        .where(*conditions(which))
        .order_by(*(way.asc() if page.reverse else way.desc() for way in dict.fromkeys(ways)))
        .limit(page.limit)
        .offset(page.skipped or None)
    )
    return (run_of(row) for row in connection.execute(query).mappings())


def count(connection: Connection, which: Selection = EVERY) -> int:
    """How many runs are selected."""
    query = select(func.count()).select_from(RUNS).where(*conditions(which))
    return connection.execute(query).scalar_one()


def ids(connection: Connection, which: Selection = EVERY) -> list[str]:
    """The ids of the selected runs, the oldest first."""
    query = select(RUNS.c.id).where(*conditions(which)).order_by(RUNS.c.created_at, RUNS.c.id)
    return list(connection.execute(query).scalars())


def unknown_names(connection: Connection, which: Selection) -> Iterator[str]:
    """A line for each policy or behaviour asked for that no run has, with the nearest name."""
    for what, column, document, names in (
        ("policy", RUNS.c.policy_name, RUNS.c.policy, which.policies),
        ("behaviour", RUNS.c.behaviour_name, RUNS.c.behaviour, which.behaviours),
    ):
        known = list(connection.execute(select(column).distinct()).scalars()) if names else []
        for name in names:
            there = select(RUNS.c.id).where(_called(column, document, name)).limit(1)
            if connection.execute(there).first() is None:
                yield f"no run has the {what} {quoted(name)}; {advice(name, filter(None, known))}"


def _several(given: str | Sequence[str] | None) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given or ())


def _outcome(name: str) -> Outcome:
    if name not in tuple(Outcome):
        raise InputError(f"outcome: there is no {quoted(name)}; {advice(name, map(str, Outcome))}")
    return Outcome(name)
