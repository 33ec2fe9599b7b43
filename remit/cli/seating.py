"""Who sits in which seat, as the command line says it; and what models would be asked."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remit.cli import completing
from remit.screen import Screen, standard
from remit.state.inert import cut

if TYPE_CHECKING:
    from remit.agents.team_file import TeamFile
    from remit.graph.order import Order


def team(
    screen: Screen, given: str | None, values: Path | None, words: list[str] | None
) -> "TeamFile | None":
    """The team of a file, its cards filled, and a line that says who sits where.

    Raises:
        InputError: the file, a card or a value cannot be used, or a placeholder is left.
    """
    if given is None:
        if values or words:
            from remit.state.errors import InputError

            raise InputError("--set and --values fill the cards of a team; give one with --team")
        return None
    from remit.agents.cards.values import values as read_values
    from remit.agents.team_file import load

    found = load(given, read_values(values, words or ()))
    for seat, who in found.seats.items():
        named = who.plain or who.model or who.function or f"command {who.command[0]}"
        screen.line(f"  {seat!s:<9} {cut(named, 60)}")
    for warning in found.warnings:
        screen.lines(f"  warning: {cut(warning, 500)}")
    return found


def rehearsal(screen: Screen, order: "Order", *, quiet: bool) -> None:
    """Print what the models of a team would be asked, and what that can cost at most.

    When `quiet`, only the most that it can cost.
    """
    from remit.rehearsal import rehearse, told, total

    calls = rehearse(order)
    for line in (total(calls),) if quiet else told(calls):
        (standard() if quiet else screen).line(line)


def human(given: str | None, seated: "TeamFile | None") -> str:
    """Who answers for the human: nobody plays that beside agents who are not played."""
    if given is None:
        return "wait" if seated and (seated.real or seated.people) else "simulated"
    from remit.graph.order import HumanMode
    from remit.state.errors import InputError
    from remit.state.suggest import advice, quoted

    known = [str(mode) for mode in HumanMode]
    if given not in known:
        raise InputError(f"--human: there is no {quoted(given)}; {advice(given, known)}")
    return given


def schema(
    role: Annotated[
        str,
        typer.Argument(
            metavar="ROLE", help="cto, pm, uiux, backend, frontend, security or qa.",
            autocompletion=completing.roles,
        ),
    ],
) -> None:  # fmt: skip
    """Print what a program in a role's seat reads and may answer, as JSON Schemas."""
    from remit.agents.team import parse_roles
    from remit.cli.terms import dump
    from remit.schemas import schemas
    from remit.state.errors import InputError

    roles = parse_roles(role)
    if len(roles) != 1:
        raise InputError("role: name one role")
    dump(schemas(roles[0]))
