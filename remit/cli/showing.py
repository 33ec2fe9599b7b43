"""`remit show`: one run, as its summary or as one part of its record."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remit.cli.terms import Db, Json, RunId, db_words, dump, record
from remit.screen import Screen, standard, tell_summary
from remit.state.inert import cut

if TYPE_CHECKING:
    from remit.recorded import Run


def show(
    run: RunId,
    handoffs: Annotated[
        bool, typer.Option("--handoffs", help="Every handoff, with why it was made.")
    ] = False,
    matters: Annotated[
        bool, typer.Option("--matters", help="What was put to an authority, and the answers.")
    ] = False,
    contract: Annotated[
        bool, typer.Option("--contract", help="The API contract, as OpenAPI JSON.")
    ] = False,
    why: Annotated[
        int | None, typer.Option(metavar="SEQ", help="Why that handoff was made, and who owns it.")
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the run as one HTML page; - is stdout."),
    ] = None,
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Show a run: its summary, or one part of its record."""
    from remit.state.errors import InputError

    if sum((handoffs, matters, contract, why is not None, html is not None)) > 1:
        raise InputError("show: give one of --handoffs, --matters, --contract, --why and --html")
    if html is not None and as_json:
        raise InputError("show: --html and --json are two forms; give one of them")
    screen = standard()
    with record(db) as opened:
        found = opened.run(run)
        if handoffs:
            _show_handoffs(found, screen, as_json)
        elif matters:
            _show_matters(found, screen, as_json)
        elif contract:
            _show_contract(found)
        elif why is not None:
            _show_why(found, why, screen, as_json)
        elif html is not None:
            _save(html, found.page(), "page", screen)
        else:
            _show_summary(found, screen, db, as_json)


def _save(file: Path, text: str, what: str, screen: Screen) -> None:
    """Write a whole text to a file and say so, or to stdout."""
    from remit.state.text_file import write_text

    if str(file) == "-":
        sys.stdout.write(text)
    else:
        screen.line(f"{what}: {cut(str(write_text(file, text)), 500)}")


def _show_summary(run: "Run", screen: Screen, db: str | None, as_json: bool) -> None:
    from remit.analysis.summary_text import Place, text

    summary = run.summary()
    if as_json:
        dump({**asdict(summary), "chain_head": run.chain_head})
    else:
        tell_summary(screen, text(summary, Place(db=db_words(db)), screen.width))


def _show_handoffs(run: "Run", screen: Screen, as_json: bool) -> None:
    rows = run.stored_handoffs
    if as_json:
        dump([{**row.handoff.body(), "previous": row.previous, "hash": row.hash} for row in rows])
        return
    cells = [
        (str(row.seq), f"{row.sender} → {row.to or 'end'}", str(row.stage), str(row.kind),
         row.why + "".join(f" [{one.limit} {one.used}/{_most(one.allowed)}]" for one in row.spent))
        for row in run.handoffs
    ]  # fmt: skip
    screen.table(("#", "handoff", "stage", "kind", "why [limit used/allowed]"), cells, right="#")


def _most(allowed: int | None) -> str:
    return "unlimited" if allowed is None else str(allowed)


def _show_matters(run: "Run", screen: Screen, as_json: bool) -> None:
    from remit.analysis.summary_text import asked_lines, wrapped

    found = run.matters
    if as_json:
        dump([asdict(one) for one in found])
        return
    for label, said in asked_lines(run.summary()):
        for line in wrapped(label, said, screen.width):
            screen.line(line)


def _show_contract(run: "Run") -> None:
    from remit.state.errors import InputError

    if run.contract is None:
        raise InputError(f"run {run.id}: has made no API contract")
    dump(run.contract)


def _show_why(run: "Run", seq: int, screen: Screen, as_json: bool) -> None:
    told = str(run.explain(seq))
    if as_json:
        dump({"text": told, **run.handoffs[seq - 1].body()})
        return
    from remit.analysis.summary_text import wrapped

    for line in told.splitlines():
        label, _, said = line.partition(" ")
        for part in wrapped(label, cut(said, 2_000), screen.width):
            screen.line(part)
