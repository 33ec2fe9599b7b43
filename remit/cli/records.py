"""`remit verify` and `remit export`: whether the record holds, and out of it."""

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

    if jsonl is None and out is None:
        raise InputError("export: say what to write: --jsonl FILE or --out DIR")
    with record(db) as opened:
        found = opened.run(run)
        lines = list(handoff_lines(found.id, found.stored_handoffs)) if jsonl else []
        if str(jsonl) == "-":
            sys.stdout.writelines(lines)
        elif jsonl is not None:
            _write(jsonl, lines)
            standard().line(f"{len(lines)} handoffs: {cut(str(jsonl), 500)}")
        if out is not None:
            standard(to_stderr=str(jsonl) == "-").line(f"bundle: {cut(str(found.save(out)), 500)}")


def _write(path: Path, lines: list[str]) -> None:
    from remit.state.errors import InputError

    try:
        path.write_text("".join(lines), encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{path}: cannot be written ({reason}); name another file") from error
