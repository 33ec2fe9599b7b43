"""`remit check`: what holds of every run under a policy, proved before anything runs."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from remit.cli import completing
from remit.cli.ending import BROKEN
from remit.cli.terms import Json, ModeName, RoleList, dump
from remit.cli.writing import check_folder, check_place, check_targets, unmakable, write
from remit.screen import Screen, standard
from remit.state.inert import cut

if TYPE_CHECKING:
    from remit.checking import Check, Scripts


def check(
    policy: Annotated[
        str,
        typer.Argument(
            metavar="POLICY",
            help="A shipped name or a TOML file.",
            autocompletion=completing.policies,
        ),
    ] = "balanced",
    brief: Annotated[
        str,
        typer.Option(
            metavar="B",
            help="What is to be built: a file, a shipped name or a sentence.",
            autocompletion=completing.briefs,
        ),
    ] = "invoicing",
    roles: RoleList = None,
    mode: ModeName = None,
    behaviour: Annotated[
        str,
        typer.Option(
            "--behaviour",
            "--behavior",
            metavar="B",
            help="A call costs at most what it can cost this simulated team.",
            autocompletion=completing.behaviours,
        ),
    ] = "typical",
    against: Annotated[
        str | None,
        typer.Option(
            metavar="POLICY",
            help="Tell line by line what it would change to use that policy instead.",
            autocompletion=completing.policies,
        ),
    ] = None,
    show_map: Annotated[
        bool, typer.Option("--map", help="Print the stages and moves as they really are.")
    ] = False,
    ways: Annotated[
        bool, typer.Option("--ways", help="Tell every way in full, however long it is.")
    ] = False,
    svg: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the map as SVG; - is stdout.")
    ] = None,
    scripts: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Write each way as a script that `remit run --script` replays."
        ),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Prove everything anew, though it is kept.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Prove what holds of every run under a policy.

    Nothing is run. How many handoffs, questions and rework rounds there can be at worst, by which
    way; the ten safety properties, each with a run that breaks it where it fails; the shortest
    ways to every end; what in the policy can never apply. `remit run` is told of it from then on.
    """
    asked = {"--json": as_json, "--map": show_map, "--ways": ways, "--against": against is not None}
    printed = [option for option, given in asked.items() if given]
    check_targets("check", {"--svg": svg}, printed[:1])
    _only_one(printed)
    _check_files(svg, scripts, against)
    terms = {"brief": brief, "roles": roles, "mode": mode, "behaviour": behaviour, "fresh": fresh}
    found = _checked(policy, terms)
    other = _checked(against, terms) if against is not None else None
    screen = standard(to_stderr=as_json or str(svg) == "-")
    if svg is not None:
        write(svg, found.svg().splitlines(keepends=True))
        if str(svg) != "-":
            screen.line(f"wrote {cut(str(svg), 500)}")
    if scripts is not None:
        _write_scripts(screen, scripts, found.scripts())
    if as_json:
        dump(found.to_json() if other is None else found.against(other).to_json())
    elif other is not None:
        _tell_against(screen, found, other)
    elif show_map:
        _tell_map(screen, found)
    elif str(svg) != "-":
        _tell(screen, found, whole=ways)
    raise typer.Exit(BROKEN if not found.holds or (other and not other.holds) else 0)


def _only_one(printed: list[str]) -> None:
    from remit.state.errors import InputError

    if len(printed) > 1 and printed != ["--json", "--against"]:
        raise InputError(f"check: give one of {' and '.join(printed)}")


def _check_files(svg: Path | None, scripts: Path | None, against: str | None) -> None:
    """Refuse what would leave the second policy out, and a folder that is none."""
    from remit.state.errors import InputError

    if scripts is not None and str(scripts) == "-":
        raise InputError("check: --scripts writes a file for each way; name a folder in place of -")
    if scripts is not None:
        check_folder(scripts)
    if svg is not None:
        check_place(svg)
    given = [name for name, one in (("--svg", svg), ("--scripts", scripts)) if one is not None]
    if against is not None and given:
        tell = "tells" if len(given) == 1 else "tell"
        raise InputError(
            f"check: {' and '.join(given)} {tell} of one policy; leave --against out, and check "
            "each policy alone for its own"
        )


def _checked(policy: str, terms: dict[str, Any]) -> "Check":
    with _working(policy) as progress:
        from remit.checking import check as prove

        return prove(policy, **terms, progress=progress)


@contextmanager
def _working(policy: str) -> Generator[Callable[[str], None]]:
    """Says on a terminal what is done, and wipes it away again."""
    if not sys.stderr.isatty():
        yield lambda what: None
        return
    from rich.text import Text

    name = cut(policy, 40)
    with Screen(sys.stderr).console.status(Text(f"checking {name}")) as status:
        yield lambda what: status.update(Text(f"checking {name}: {what}"))


def _write_scripts(screen: Screen, folder: Path, found: "Scripts") -> None:
    """Write each script into the folder, which is made.

    Raises:
        InputError: the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise unmakable(folder, reason) from error
    for name, text in found.files.items():
        write(folder / name, text.splitlines(keepends=True))
    screen.line(f"wrote {len(found.files)} scripts to {cut(str(folder), 500)}")
    for name, why in found.left_out.items():
        screen.lines(f"left out: {name}: {cut(why, 500)}")


def _tell(screen: Screen, found: "Check", *, whole: bool) -> None:
    from remit.analysis.proof_text import parts

    screen.lines(found.proof.title, "bold")
    for part in parts(found.proof, whole=whole):
        if isinstance(part, str):
            screen.lines(part)
        else:
            screen.line()
            screen.lines(part.title, "bold")
            screen.table(part)
    screen.line()
    screen.lines(
        "the ways in full: --ways; as scripts: --scripts DIR; the stages and moves: --map, --svg "
        "FILE"
    )


def _tell_map(screen: Screen, found: "Check") -> None:
    sheet = found.proof.map.sheet()
    screen.lines(sheet.title, "bold")
    screen.lines(sheet.about)
    for table in sheet.tables:
        screen.line()
        screen.table(table)


def _tell_against(screen: Screen, found: "Check", other: "Check") -> None:
    sheet = found.against(other).sheet()
    screen.lines(sheet.title, "bold")
    screen.lines(sheet.about)
    for table in sheet.tables:
        screen.line()
        screen.lines(table.title, "bold")
        screen.table(table)
