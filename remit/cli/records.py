"""`remit verify` and `remit export`: whether the record holds, and out of it."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remit.cli import completing
from remit.cli.ending import BROKEN, say
from remit.cli.terms import (
    Behaviours,
    Db,
    Json,
    Outcomes,
    Policies,
    Since,
    dump,
    record,
    selected,
    stored,
)
from remit.cli.writing import check_targets, write
from remit.screen import standard
from remit.state.inert import cut

if TYPE_CHECKING:
    from remit.export import Record
    from remit.graph.verify import Difference
    from remit.state.listing import Selection
    from remit.state.store import Store

    Form = Callable[[Iterator[Record]], Iterator[str]]
    """How records are written: as JSON lines or as CSV."""


def verify(
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="[RUN]",
            help="One run. [default: all of them]",
            autocompletion=completing.runs,
        ),
    ] = None,
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Verify runs against their journals.

    The chain and all that follows from the journal are recomputed; the first row that differs is
    named, with exit code 5.
    """
    from remit.graph.verify import Checked, verify_all
    from remit.graph.verify import verify as verified

    broken: list[Difference] = []
    held = 0
    with record(db) as opened:
        store = opened.store
        if run is None:
            checks = verify_all(store)
        else:
            found = store.find(run)
            checks = iter((Checked(run=found.id, difference=verified(store, found.id)),))
        for one in checks:
            if one.difference is not None:
                broken.append(one.difference)
                say(str(one.difference))
            elif one.run:
                held += 1
    if as_json:
        dump({"hold": held, "broken": [asdict(one) for one in broken]})
    else:
        said = "run holds" if held == 1 else "runs hold"
        standard().line(f"{held} {said}, {len(broken)} not")
    if broken:
        raise typer.Exit(BROKEN)


def export(
    runs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="RUN",
            help="Ids, or beginnings that only one run has.",
            autocompletion=completing.runs,
        ),
    ] = None,
    jsonl: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the handoffs as JSON lines; - is stdout."),
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option("--csv", metavar="FILE", help="Write them as CSV; - is stdout."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write the bundle of one run: all that was made."),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="All runs, or those that the next options leave.")
    ] = False,
    outcome: Outcomes = None,
    policy: Policies = None,
    behaviour: Behaviours = None,
    since: Since = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of a line, and nothing else.")
    ] = False,
    db: Db = None,
) -> None:
    """Write the handoffs of runs as plain data, or the work of one run to a folder.

    Rows are written as they stand in the record: `remit verify` says whether they hold.
    """
    if schema:
        from remit.export import schema as schema_of

        dump(schema_of())
        return
    which = selected(outcome, policy, behaviour, since)
    _check_export(runs or [], every, bool(which), jsonl, csv, out)
    screen = standard(to_stderr="-" in (str(jsonl), str(csv)))
    from remit.export import csv_lines, json_lines

    with stored(db) as store:
        named = dict.fromkeys(store.find(prefix).id for prefix in runs or ())
        names = list(named) or _ids(store, which)
        for target, form in ((jsonl, json_lines), (csv, csv_lines)):
            if target is not None:
                count = _export(store, names, target, form)
                if str(target) != "-":
                    screen.line(f"{count:,} rows: {cut(str(target), 500)}")
    if out is not None:
        with record(db) as opened:
            screen.line(f"bundle: {cut(str(opened.run(names[0]).save(out)), 500)}")


def _check_export(
    runs: list[str], every: bool, narrowed: bool, jsonl: Path | None, csv: Path | None,
    out: Path | None,
) -> None:  # fmt: skip
    from remit.state.errors import InputError

    if jsonl is None and csv is None and out is None:
        raise InputError("export: say what to write: --jsonl FILE, --csv FILE or --out DIR")
    check_targets("export", {"--jsonl": jsonl, "--csv": csv})
    if bool(runs) == every:
        raise InputError("export: name the runs, or say --all; `remit runs` lists them")
    if narrowed and not every:
        raise InputError("export: --outcome, --policy, --behaviour and --since go with --all")
    if out is not None and len(runs) != 1:
        raise InputError("export: --out takes one run; name it")


def _ids(store: "Store", which: "Selection") -> list[str]:
    from remit.state.listing import ids

    with store.reading() as connection:
        return ids(connection, which)


def _export(store: "Store", names: list[str], target: Path, form: "Form") -> int:
    """Write the handoffs of these runs; how many they are."""
    from remit.export import record_of

    count = 0

    def records() -> "Iterator[Record]":
        nonlocal count
        for name in names:
            for row in store.handoffs(name):
                count += 1
                yield record_of(name, row)

    write(target, form(records()))
    return count
