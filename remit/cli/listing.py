"""`remit runs` and `remit stats`: many runs, as a list and as figures."""

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from remit.cli import completing
from remit.cli.terms import (
    Behaviours,
    Db,
    Json,
    Outcomes,
    Policies,
    Since,
    db_words,
    dump,
    given,
    is_there,
    selected,
    stored,
)
from remit.screen import Screen, standard
from remit.state.inert import cut

if TYPE_CHECKING:
    from remit.analysis.stats import Stats
    from remit.state.listing import Listed, Page, Selection
    from remit.state.record import RunRow

PAGE = 20
"""Runs on a page, unless --limit says otherwise: with its head and foot it fits 24 lines."""


def runs(
    outcome: Outcomes = None,
    policy: Policies = None,
    behaviour: Behaviours = None,
    since: Since = None,
    sort: Annotated[
        str,
        typer.Option(
            metavar="KEY",
            help="created, updated, cost, tokens, handoffs or duration; the newest or largest "
            "first.",
            autocompletion=completing.sorts,
        ),
    ] = "created",
    reverse: Annotated[
        bool, typer.Option("--reverse", help="The oldest or smallest first.")
    ] = False,
    limit: Annotated[
        int | None,
        typer.Option(
            min=1, max=10**6, metavar="N", help=f"Runs on a page. [default: {PAGE}; JSON: all]"
        ),
    ] = None,
    page: Annotated[
        int, typer.Option(min=1, max=10**9, metavar="K", help="Which page, from 1.")
    ] = 1,
    db: Db = None,
    as_json: Json = False,
) -> None:
    """List the recorded runs, the newest first, a page at a time."""
    from remit.state.listing import Page, sort_named

    which = selected(outcome, policy, behaviour, since)
    size = limit or (None if as_json and page == 1 else PAGE)
    wanted = Page(sort=sort_named(sort), reverse=reverse, limit=size, number=page)
    if as_json:
        _dump_runs(which, wanted, db)
        return
    screen = standard()
    found = _listed(which, wanted, db)
    if found is None or not found.rows:
        _tell_none(screen, found, bool(which))
        return
    _table(screen, found, wanted)
    if found.total > len(found.rows):
        asked = given(
            outcome=outcome, policy=policy, behaviour=behaviour, since=since,
            sort=sort if sort != "created" else None, reverse=reverse, limit=limit,
        )  # fmt: skip
        screen.line(_foot(found, wanted, asked + db_words(db)))


def _listed(which: "Selection", page: "Page", db: str | None) -> "Listed | None":
    from remit.state.listing import listed

    if not is_there(db):
        return None
    with stored(db) as store, store.reading() as connection:
        return listed(connection, which, page)


def _tell_none(screen: Screen, found: "Listed | None", narrowed: bool) -> None:
    if not narrowed:
        screen.line("no runs yet; `remit run` makes one")
        return
    screen.line("no run fits; `remit runs` lists all of them")
    for hint in found.hints if found else ():
        screen.line(cut(hint, 500))


def _dump_runs(which: "Selection", page: "Page", db: str | None) -> None:
    """The page as a JSON list on stdout, run by run: there can be very many."""
    from remit.state.listing import rows

    lead = "[\n"
    if is_there(db):
        with stored(db) as store, store.reading() as connection:
            for row in rows(connection, which, page):
                text = json.dumps(_plain(row), indent=2, default=str)
                sys.stdout.write(lead + "  " + text.replace("\n", "\n  "))
                lead = ",\n"
    sys.stdout.write("[]\n" if lead == "[\n" else "\n]\n")


def _plain(row: "RunRow") -> dict[str, Any]:
    plain = asdict(row)
    hashes = {name: plain.pop(name) for name in ("brief", "policy", "behaviour", "settings")}
    return {**plain, "handoffs": row.issued, "documents": hashes}


def _table(screen: Screen, found: "Listed", page: "Page") -> None:
    from remit.analysis.runs_table import runs_table, shared_words

    screen.table(runs_table(found.rows, page.sort), wrap=False)
    alike = shared_words(found.rows)
    if alike:
        screen.line(cut(alike, screen.width))


def _foot(found: "Listed", page: "Page", asked: str) -> str:
    said = f"runs {found.first:,}-{found.last:,} of {found.total:,}"
    if found.last == found.total:
        return said
    return f"{said}; next: remit runs --page {page.number + 1}{asked}"


def stats(
    outcome: Outcomes = None,
    policy: Policies = None,
    behaviour: Behaviours = None,
    since: Since = None,
    by: Annotated[
        str | None,
        typer.Option(
            metavar="KEY",
            help="Compare groups: policy, behaviour, brief or team.",
            autocompletion=completing.groupings,
        ),
    ] = None,
    loops: Annotated[
        bool | None,
        typer.Option(
            "--loops/--no-loops",
            help="Read every handoff for what was used of each limit. [default: up to 10,000 runs]",
        ),
    ] = None,
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Sum up many runs: how they ended, what they took.

    Also what they used of each limit, from their handoffs.
    Money, tokens, handoffs and time are of the runs that ended; a share stands with the interval
    that holds the true one in 95 of 100 such samples.
    """
    from remit.analysis.stats import Stats
    from remit.many import by_named, statistics
    from remit.state.listing import Page

    which = selected(outcome, policy, behaviour, since)
    grouping = by_named(by) if by is not None else None
    found = Stats(by=grouping, runs=0, groups=())
    if is_there(db):
        with stored(db) as store:
            found = statistics(store, which, grouping, loops=loops)
    if as_json:
        dump(asdict(found))
    elif not found.groups:
        _tell_none(standard(), _listed(which, Page(limit=1), db), bool(which))
    else:
        asked = given(outcome=outcome, policy=policy, behaviour=behaviour, since=since, by=by)
        _tell(standard(), found, f"remit stats{asked} --loops{db_words(db)}")


def _tell(screen: Screen, found: "Stats", deeper: str) -> None:
    from remit.analysis.stats_text import parts

    for number, part in enumerate(parts(found.groups, found.by, deeper)):
        if number:
            screen.line()
        if isinstance(part, str):
            screen.line(cut(part, 1_000))
        else:
            screen.lines(part.title, "bold")
            screen.table(part)
