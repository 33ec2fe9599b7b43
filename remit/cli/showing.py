"""`remit show`: one run, as its summary, as one part of its record, or as a picture."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remit.cli.terms import Db, Json, RunId, db_words, dump, record
from remit.cli.writing import check_targets, write
from remit.screen import Screen, standard, tell_summary
from remit.state.inert import cut

if TYPE_CHECKING:
    from remit.recorded import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class _View:
    """A run on its way to a screen."""

    run: "Run"
    screen: Screen
    seq: int
    """The handoff that is asked about, for `--why`."""
    db: str | None
    as_json: bool


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
    timeline: Annotated[
        bool, typer.Option("--timeline", help="The run step by step, the roles side by side.")
    ] = False,
    mermaid: Annotated[
        bool, typer.Option("--mermaid", help="A sequence diagram, as Mermaid text.")
    ] = False,
    svg: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the swimlane as SVG; - is stdout.")
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it all as Markdown; - is stdout.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it all as a web page; - is stdout.")
    ] = None,
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Show a run: its summary, one part of its record, or a picture of it."""
    from remit.state.errors import InputError

    asked = {
        "--handoffs": handoffs, "--matters": matters, "--contract": contract,
        "--why": why is not None, "--timeline": timeline, "--mermaid": mermaid,
    }  # fmt: skip
    parts = [name for name, given in asked.items() if given]
    if len(parts) > 1:
        raise InputError(f"show: give one of {', '.join(asked)}, not {' and '.join(parts)}")
    if as_json and parts and parts[0] in _PICTURES:
        raise InputError(f"show: {parts[0]} is a picture in text; leave --json out, which gives "
                         "the summary, --handoffs, --matters, --contract or --why")  # fmt: skip
    files = {"--svg": svg, "--markdown": markdown, "--html": html}
    check_targets("show", files, parts or ["--json"] * as_json)
    with record(db) as opened:
        found = opened.run(run)
        _write(found, files, standard(to_stderr=as_json))
        view = _View(run=found, screen=standard(), seq=why or 0, db=db, as_json=as_json)
        if parts:
            _PARTS[parts[0]](view)
        elif as_json or not any(files.values()):
            _show_summary(view)


def _write(run: "Run", files: Mapping[str, Path | None], screen: Screen) -> None:
    """Write the pictures that have a file, and say where."""
    made = {"--svg": run.swimlane, "--markdown": run.markdown, "--html": run.page}
    for option, path in files.items():
        if path is not None:
            write(path, made[option]().splitlines(keepends=True))
            if str(path) != "-":
                screen.line(f"wrote {cut(str(path), 500)}")


def _show_summary(view: _View) -> None:
    from remit.analysis.summary_text import Place, text

    summary = view.run.summary()
    if view.as_json:
        dump({**asdict(summary), "chain_head": view.run.chain_head})
    else:
        told = text(summary, Place(db=db_words(view.db)), view.screen.width)
        tell_summary(view.screen, told)


def _show_handoffs(view: _View) -> None:
    from remit.analysis.run_sheet import handoffs_table

    rows = view.run.stored_handoffs
    if view.as_json:
        dump([{**row.handoff.body(), "previous": row.previous, "hash": row.hash} for row in rows])
        return
    view.screen.table(handoffs_table([row.handoff for row in rows]))


def _show_matters(view: _View) -> None:
    from remit.analysis.summary_text import asked_lines, wrapped

    found = view.run.matters
    if view.as_json:
        dump([asdict(one) for one in found])
        return
    for label, said in asked_lines(view.run.summary()):
        for line in wrapped(label, said, view.screen.width):
            view.screen.line(line)


def _show_contract(view: _View) -> None:
    from remit.state.errors import InputError

    contract = view.run.contract
    if contract is None:
        raise InputError(f"run {view.run.id}: has made no API contract")
    dump(contract)


def _show_why(view: _View) -> None:
    told = view.run.explain(view.seq)
    if view.as_json:
        dump({"text": str(told), **told.handoff.body(), "explanation": told.to_json()})
        return
    for line in told.text(view.screen.width).splitlines():
        view.screen.line(line)


def _show_timeline(view: _View) -> None:
    from remit.analysis.timeline import timeline

    for line in timeline(view.run.story(), view.screen.width):
        view.screen.line(line.text, line.style)


def _show_mermaid(view: _View) -> None:
    from remit.analysis.mermaid import mermaid

    sys.stdout.write(mermaid(view.run.story()))


_PARTS: dict[str, Callable[[_View], None]] = {
    "--handoffs": _show_handoffs,
    "--matters": _show_matters,
    "--contract": _show_contract,
    "--why": _show_why,
    "--timeline": _show_timeline,
    "--mermaid": _show_mermaid,
}
_PICTURES = ("--timeline", "--mermaid")
