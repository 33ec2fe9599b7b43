"""`remit rules`: the routing table, as it is executed, in words."""

from typing import TYPE_CHECKING, Annotated

import typer

from remit.cli.terms import Json, dump
from remit.screen import Screen, standard
from remit.state.sheet import Table

if TYPE_CHECKING:
    from remit.analysis.rules_table import Part


def rules(
    rule: Annotated[
        str | None,
        typer.Argument(metavar="[RULE]", help="A rule's id, or the beginning of several."),
    ] = None,
    stage: Annotated[
        str | None, typer.Option(metavar="S", help="Only what can fire at that stage.")
    ] = None,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Print tables in Markdown.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show the rules of the team, as they are executed.

    Who hands what to whom, when, and what it spends. Rows without a report are tried from top
    to bottom, as they are listed. A rule named in full is shown in full.
    """
    from remit.analysis import rules_table as table
    from remit.state.errors import InputError

    if as_json and as_markdown:
        raise InputError("rules: give one of --json and --markdown")
    shown = table.chosen(rule or "", stage or "")
    one = table.rule_named(rule) if rule else None
    if as_json:
        dump([table.plain(row) for part in shown for row in part.rules])
    elif as_markdown:
        print(table.markdown(shown), end="")
    elif one is not None and (not stage or stage in one.stages):
        _tell(standard(), one.id, table.told(one))
    else:
        _list(standard(), shown)


def _tell(screen: Screen, name: str, lines: tuple[tuple[str, str], ...]) -> None:
    from remit.analysis.summary_text import wrapped

    screen.line(name, "bold")
    before = ""
    for label, text in lines:
        for line in wrapped(" " if label == before else label, text, screen.width):
            screen.line(line)
        before = label


def _list(screen: Screen, shown: "tuple[Part, ...]") -> None:
    for number, part in enumerate(shown):
        if number:
            screen.line()
        screen.line(part.title, "bold")
        rows = tuple((row.id, row.text) for row in part.rules)
        screen.table(Table(title="", heads=("rule", "what"), rows=rows))
    screen.line()
    screen.line("one in full, with when it fires and what it does: remit rules RULE")
