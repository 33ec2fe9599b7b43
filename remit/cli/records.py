"""`remit runs`, `show`, `verify` and `export`: reading the record."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from remit.analysis.inert import cut
from remit.cli.ending import BROKEN, ENDED, say
from remit.cli.terms import Db, Json, RunId, db_words, dump, is_there, record
from remit.screen import Screen, standard, tell_summary

if TYPE_CHECKING:
    from remit.recorded import Run
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
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Show a run: its summary, or one part of its record."""
    from remit.state.errors import InputError

    if sum((handoffs, matters, contract, why is not None)) > 1:
        raise InputError("show: give one of --handoffs, --matters, --contract and --why")
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
        else:
            _show_summary(found, screen, db, as_json)


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
    told = run.explain(seq)
    if as_json:
        dump({"text": told, **run.handoffs[seq - 1].body()})
        return
    from remit.analysis.summary_text import wrapped

    for line in told.splitlines():
        label, _, said = line.partition(" ")
        for part in wrapped(label, cut(said, 2_000), screen.width):
            screen.line(part)


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
