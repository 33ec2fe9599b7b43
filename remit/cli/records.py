"""`remit runs`, `verify` and `export`: the record as a whole, and out of it."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from remit.cli.ending import BROKEN, ENDED, say
from remit.cli.terms import Db, Json, RunId, dump, is_there, record
from remit.screen import standard
from remit.state.inert import cut

if TYPE_CHECKING:
    from remit.state.record import RunRow


def runs(
    limit: Annotated[
        int | None, typer.Option(min=1, max=10**6, metavar="N", help="The newest N only.")
    ] = None,
    db: Db = None,
    as_json: Json = False,
) -> None:
    """List the recorded runs, the newest first."""
    rows: list[RunRow] = []
    if is_there(db):
        with record(db) as opened:
            rows = opened.runs(limit)
    if as_json:
        dump([_listed(row) for row in rows])
        return
    from remit.analysis.summary_text import dollars

    screen = standard()
    if not rows:
        screen.line("no runs yet; `remit run` makes one")
        return
    cells = [
        (row.id, f"{row.created_at:%m-%d %H:%M}", str(row.outcome), str(_handoffs(row)),
         dollars(row.cost_micros), row.title)
        for row in rows
    ]  # fmt: skip
    heads = ("id", "UTC", "outcome", "handoffs", "cost", "title")
    screen.table(heads, cells, right="handoffs cost", wrap=False)


def _listed(row: "RunRow") -> dict[str, Any]:
    plain = asdict(row)
    hashes = {name: plain.pop(name) for name in ("brief", "policy", "behaviour", "settings")}
    return {**plain, "handoffs": _handoffs(row), "documents": hashes}


def _handoffs(row: "RunRow") -> int:
    """As the summary and the budget count them: the row that says the end assigns nobody."""
    return row.handoffs - (row.outcome in ENDED)


def verify(
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="One run. [default: all of them]")
    ] = None,
    db: Db = None,
) -> None:
    """Verify runs against their journals.

    The chain and all that follows from the journal are recomputed; the first row that differs is
    named, with exit code 5.
    """
    from remit.graph.verify import Checked, verify_all
    from remit.graph.verify import verify as verified

    broken = held = 0
    with record(db) as opened:
        store = opened.store
        if run is None:
            checks = verify_all(store)
        else:
            found = store.find(run)
            checks = iter((Checked(run=found.id, difference=verified(store, found.id)),))
        for one in checks:
            if one.difference is not None:
                broken += 1
                say(str(one.difference))
            elif one.run:
                held += 1
    standard().line(f"{held} {'run holds' if held == 1 else 'runs hold'}, {broken} not")
    if broken:
        raise typer.Exit(BROKEN)


def export(
    run: RunId,
    jsonl: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the handoffs as JSON lines; - is stdout."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write the bundle: all that was made.")
    ] = None,
    db: Db = None,
) -> None:
    """Write a run's handoffs or its work to files."""
    from remit.bundle import handoff_lines
    from remit.state.errors import InputError
    from remit.state.text_file import write_text

    if jsonl is None and out is None:
        raise InputError("export: say what to write: --jsonl FILE or --out DIR")
    with record(db) as opened:
        found = opened.run(run)
        lines = list(handoff_lines(found.id, found.stored_handoffs)) if jsonl else []
        if str(jsonl) == "-":
            sys.stdout.writelines(lines)
        elif jsonl is not None:
            write_text(jsonl, "".join(lines))
            standard().line(f"{len(lines)} handoffs: {cut(str(jsonl), 500)}")
        if out is not None:
            standard(to_stderr=str(jsonl) == "-").line(f"bundle: {cut(str(found.save(out)), 500)}")
