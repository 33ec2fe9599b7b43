"""`remit policy`, `behaviour`, `brief` and `init`: the files that a run is made of."""

import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from remit.cli import completing
from remit.cli.ending import Commands
from remit.cli.terms import Json, dump
from remit.screen import standard
from remit.state.inert import cut, inert

File = Annotated[str, typer.Argument(metavar="FILE", help="The file to check.")]


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """One kind of file: what comes with Remit, its text, and how a file of it is read."""

    name: str
    shipped: Callable[[], tuple[str, ...]]
    text_of: Callable[[str], str]
    load: Callable[[str | Path], Any]
    """Raises `InputError` with every problem."""
    told: Callable[[Any], str]
    """One line about what was read."""
    more: Callable[[Any], str] = lambda read: ""
    """What whoever checks a file should know beside; empty where there is nothing."""


def _policy() -> Kind:
    from remit.state import policy

    return Kind(
        name="policy",
        shipped=policy.shipped,
        text_of=policy.text_of,
        load=policy.load,
        told=lambda read: read.text,
        more=_unlimited,
    )


def _unlimited(policy: Any) -> str:
    open_ended = [name for name, value in policy.limits if value is None]
    return f"unlimited: {', '.join(open_ended)}" if open_ended else ""


def _counts(brief: Any) -> str:
    return (
        f"{_number(len(brief.entities), 'entity', 'entities')}, "
        f"{_number(len(brief.screens), 'screen', 'screens')}, "
        f"{_number(len(brief.criteria), 'criterion', 'criteria')}"
    )


def _number(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"


def _brief() -> Kind:
    from remit.state import brief_text

    return Kind(
        name="brief",
        shipped=brief_text.shipped,
        text_of=brief_text.text_of,
        load=brief_text.load,
        told=lambda read: f"{read.title}: {_counts(read)}",
    )


def _behaviour() -> Kind:
    from importlib.resources import files

    from remit.agents import behaviour

    def text_of(name: str) -> str:
        behaviour.load(name)
        folder = files("remit.agents").joinpath("behaviours")
        return folder.joinpath(f"{name}.toml").read_text("utf-8")

    return Kind(
        name="behaviour",
        shipped=behaviour.shipped,
        text_of=text_of,
        load=behaviour.load,
        told=lambda read: read.about,
    )


def commands(kind: Callable[[], Kind], name: str, what: str) -> typer.Typer:
    """The `list`, `show` and `validate` of one kind of file; nothing is read before it is asked."""
    app = typer.Typer(cls=Commands, help=what, rich_markup_mode=None)

    @app.command(name="list", help=f"List those that come with Remit, the default {name} first.")
    def listed(as_json: Json = False) -> None:
        from remit.analysis.summary_text import wrapped

        of, screen = kind(), standard()
        known = {one: of.told(of.load(one)) for one in of.shipped()}
        if as_json:
            dump([{"name": one, "about": about} for one, about in known.items()])
            return
        for one, about in known.items():
            for line in wrapped(one, cut(about, 500), screen.width):
                screen.line(line)

    @app.command(help=f"Print a {name} that comes with Remit, to copy and edit.")
    def show(
        name: Annotated[
            str,
            typer.Argument(
                metavar="NAME",
                help="One of those that `list` names.",
                autocompletion=completing.SHIPPED[name],
            ),
        ],
    ) -> None:
        of = kind()
        _known(of, name)
        sys.stdout.write(of.text_of(name))

    @app.command(help=f"Check a {name} of your own; every problem is named, one line each.")
    def validate(file: File) -> None:
        of = kind()
        read = of.load(Path(file))
        standard().line(cut(f"{file}: good: {of.told(read)}", 500))
        if of.more(read):
            standard().line(of.more(read))

    del listed, show, validate
    return app


def _known(kind: Kind, name: str) -> None:
    from remit.state.errors import InputError
    from remit.state.suggest import advice, quoted

    if name not in kind.shipped():
        raise InputError(
            f"{kind.name} {quoted(name)}: does not come with Remit; {advice(name, kind.shipped())}"
        )


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder, made if need be.")],
) -> None:
    """Write a brief, a policy and a behaviour to edit.

    Nothing that is there is overwritten.
    """
    from remit.state.errors import InputError

    made = {f"{kind.name}{ending}": kind.text_of(kind.shipped()[0]) for kind, ending in (
        (_brief(), ".md"), (_policy(), ".toml"), (_behaviour(), ".toml"))}  # fmt: skip
    paths = {folder / name: text for name, text in made.items()}
    there = [path for path in paths if path.exists() or path.is_symlink()]
    if there:
        raise InputError([f"{path}: is there already; name another folder" for path in there])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in paths.items():
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{folder}: cannot be written ({reason}); name another folder") from error
    brief, policy, behaviour = (shlex.quote(str(path)) for path in paths)
    screen = standard()
    for path in paths:
        screen.line(f"wrote {inert(str(path))}")
    screen.line(f"next: remit run {inert(brief)} --policy {inert(policy)} "
                f"--behaviour {inert(behaviour)}")  # fmt: skip


policies = commands(_policy, "policy", "The policies: limits, authorities and deadlines of a run.")
behaviours = commands(_behaviour, "behaviour", "How a simulated team behaves, with its sources.")
briefs = commands(_brief, "brief", "The briefs: what a team is asked to build.")
