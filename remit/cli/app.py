"""The commands by name; what they need is imported when they run, so that help is quick."""

import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from remit.cli import (
    cards,
    checking,
    comparing,
    files,
    forecasting,
    listing,
    matters,
    records,
    rules,
    running,
    seating,
    showing,
    studying,
)
from remit.cli.ending import Commands
from remit.version import __version__

app = typer.Typer(
    name="remit",
    cls=Commands,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        print(f"remit {__version__}")
        raise typer.Exit


@app.callback()
def remit(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Run a software team of seven role agents under a written policy that limits every loop."""
    if context.invoked_subcommand is None:
        print(context.get_help())


for command in (
    running.run,
    checking.check,
    forecasting.forecast,
    listing.runs,
    listing.stats,
    showing.show,
    comparing.diff,
    comparing.replay,
    studying.study,
    studying.study_report,
    matters.inbox,
    matters.answer,
    running.resume,
    records.verify,
    records.export,
    rules.rules,
    seating.schema,
    files.init,
):
    app.command()(command)
app.add_typer(files.policies, name="policy")
app.add_typer(files.behaviours, name="behaviour")
app.add_typer(files.behaviours, name="behavior", hidden=True)
app.add_typer(files.briefs, name="brief")
app.add_typer(cards.app, name="card")


def main() -> None:
    """The entry point of `remit`."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # a terminal or pipe that cannot show a character gets it spelled out
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="remit")
