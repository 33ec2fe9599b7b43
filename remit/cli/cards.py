"""`remit card`: the role cards that come with Remit, and what is understood of one of your own."""

import re
import shlex
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from remit.cli import completing
from remit.cli.ending import Commands
from remit.cli.terms import Filled, Json, Values, dump
from remit.screen import Screen, standard
from remit.state.inert import cut, inert_lines
from remit.state.sheet import Table

if TYPE_CHECKING:
    from remit.agents.card import Card
    from remit.agents.cards.parts import Section
    from remit.state.vocabulary import Seat

RoleName = Annotated[
    str | None,
    typer.Option(
        "--role",
        metavar="R",
        help="The role that the card is for, where its names do not say.",
        autocompletion=completing.role,
    ),
]
_BEGINS = re.compile(r"\s*(?:[-*+>|#<]|\d+[.)]|\*\*)")
"""A line that does not go on with the one before."""

app = typer.Typer(
    cls=Commands,
    help="The role cards: who an agent is and how it works, as text in its prompt.",
    rich_markup_mode=None,
)


@app.command(name="list")
def listed(as_json: Json = False) -> None:
    """List the seven cards that come with Remit."""
    from remit.agents import card
    from remit.agents.cards.parts import Part
    from remit.analysis.summary_text import wrapped
    from remit.state.vocabulary import ROLES

    cards = [card.built_in(role) for role in ROLES]
    first = {one.role: _sentence(one.of(Part.ROLE)[0].text) for one in cards}
    if as_json:
        dump([{"role": one.role, "name": one.name, "about": first[one.role]} for one in cards])
        return
    screen = standard()
    for one in cards:
        for line in wrapped(str(one.role), first[one.role], screen.width):
            screen.line(line)


@app.command()
def show(
    source: Annotated[
        str,
        typer.Argument(
            metavar="CARD", help="A role, or a card's file.", autocompletion=completing.role
        ),
    ],
    role: RoleName = None,
    prompt: Annotated[
        bool, typer.Option("--prompt", help="Print what a model is told, word for word.")
    ] = False,
    values: Values = None,
    given: Filled = None,
    as_json: Json = False,
) -> None:
    """Show a card part by part, and where each part comes from: the card, or the built-in role."""
    from remit.agents import card
    from remit.agents.cards.values import values as read_values
    from remit.state.errors import InputError

    if prompt and as_json:
        raise InputError("card show: give one of --prompt and --json")
    filling = read_values(values, given or ())
    found = card.fill(card.load(source, _role(role)), filling)
    screen = standard()
    if as_json:
        dump(_plain(found))
    elif prompt:
        for line in inert_lines(card.prompt_text(found)).split("\n"):
            screen.line(line)
    else:
        _show(screen, found)


@app.command()
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The card to check.")],
    role: RoleName = None,
    values: Values = None,
    given: Filled = None,
    as_json: Json = False,
) -> None:
    """Tell what is understood of a card of your own, what it leaves open, and what is to be filled.

    A card with unfilled placeholders passes here; a run refuses it.
    """
    from remit.agents import card
    from remit.agents.cards.values import values as read_values

    filling = read_values(values, given or ())
    whole = card.load(file, _role(role))
    found = card.fill(whole, filling)
    if as_json:
        dump(_plain(found))
    else:
        _tell(standard(), found, _unused(whole, filling))


@app.command()
def new(
    role: Annotated[
        str, typer.Argument(metavar="ROLE", help="One of seven.", autocompletion=completing.role)
    ],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where to. [default: ROLE.md]")
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Write the whole built-in card, not a skeleton.")
    ] = False,
) -> None:
    """Write a card to edit: every heading, nothing below, which means as built in.

    A file that is there is not overwritten.
    """
    from remit.agents import card
    from remit.agents.cards.names import parse_role
    from remit.agents.cards.skeleton import skeleton
    from remit.state.errors import InputError

    of = parse_role(role)
    path = out or Path(f"{of}.md")
    text = card.built_in_text(of) if full else skeleton(of)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise InputError(f"{path}: is there already; name another file with --out") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"{path}: cannot be written ({reason}); name another file with --out"
        ) from None
    screen = standard()
    screen.line(f"wrote {cut(str(path), 500)}")
    screen.line(f"next: edit it, then remit card check {cut(shlex.quote(str(path)), 500)}")


def _role(word: str | None) -> "Seat | None":
    from remit.agents.cards.names import parse_role

    return None if word is None else parse_role(word)


def _sentence(text: str) -> str:
    """The first sentence of a text."""
    paragraph = " ".join(text.partition("\n\n")[0].split())
    return f"{paragraph.partition('. ')[0].rstrip('.')}."


def _origin(card: "Card", section: "Section") -> str:
    from remit.agents.card import BUILT_IN

    return BUILT_IN if card.source == BUILT_IN else str(section.origin)


def _show(screen: Screen, card: "Card") -> None:
    from remit.agents.cards.parts import Origin

    screen.lines(cut(f"{card.name}: the card of {card.role}, {card.source}", 500), "bold")
    for section in card.sections:
        if not section.text:
            continue
        own = section.origin is Origin.CARD
        where = f", line {section.line}: {section.title}" if own and section.title else ""
        screen.line()
        screen.line(cut(f"{section.part} ({_origin(card, section)}{where})", screen.width), "bold")
        _paragraphs(screen, section.text)


def _paragraphs(screen: Screen, text: str) -> None:
    """A text from anywhere, indented; what Markdown reads as one paragraph is wrapped as one."""
    for line in _joined(inert_lines(text).split("\n")):
        body = line.lstrip()
        indent = "  " + line[: len(line) - len(body)][: screen.width // 2]
        hanging = indent + ("  " if body.startswith(("- ", "* ")) else "")
        parts = textwrap.wrap(
            body, screen.width, initial_indent=indent, subsequent_indent=hanging,
            break_on_hyphens=False,
        )  # fmt: skip
        for part in parts or [""]:
            screen.line(part)


def _joined(lines: list[str]) -> list[str]:
    """The lines, each that goes on with the one before set behind it."""
    from remit.agents.cards.verbatim import page

    found: list[str] = []
    alone = True
    for line, code in zip(lines, page(lines).fenced, strict=True):
        stands = code or not line.strip() or _BEGINS.match(line) is not None
        if stands or alone:
            found.append(line)
        else:
            found[-1] = f"{found[-1].rstrip()} {line.strip()}"
        alone = code or not line.strip() or line.lstrip().startswith(("#", "|", "<"))
    return found


def _unused(card: "Card", values: Mapping[str, str]) -> list[str]:
    """What is wrong with values that no placeholder of the card takes."""
    from remit.agents.card import fill, unfilled
    from remit.state.suggest import nearest, quoted

    blanks = [one.name for one in unfilled(card)]
    told: list[str] = []
    for name, value in values.items():
        if fill(card, {name: value}) == card:
            near = nearest(name, blanks)
            advice = f"; did you mean {quoted(near)}?" if near else ""
            told.append(f"--set {quoted(name)} fills nothing{advice}")
    return told


def _tell(screen: Screen, card: "Card", unused: list[str]) -> None:
    from remit.agents.card import unfilled
    from remit.agents.cards.parts import NEEDED, Origin, Part
    from remit.analysis.summary_text import wrapped

    screen.lines(cut(f"{card.source}: good: a card for {card.role}, called {card.name}", 500))
    screen.line()
    rows = [
        (str(part), str(one.origin), _place(one) if one.origin is Origin.CARD else "not said")
        for part in NEEDED
        for one in card.of(part)
        if one.text
    ]
    screen.table(Table(title="", heads=("part", "from", "where"), rows=tuple(rows)))
    told = {
        "sent as it is": [_place(one) for one in card.of(Part.OTHER) if one.text],
        "not sent": [_place(one) for one in card.of(Part.NOTES)],
        "kept, not acted on": [name for name, _ in card.metadata],
        "placeholders": [f"{one.name} (line {one.line}), not filled" for one in unfilled(card)],
    }
    warnings = [*card.warnings, *unused]
    if any(told.values()) or warnings:
        screen.line()
    for label, many in told.items():
        if many:
            for line in wrapped(label, cut("; ".join(many), 2_000), screen.width):
                screen.line(line)
    for warning in warnings:
        for line in wrapped("warning", cut(warning, 500), screen.width):
            screen.line(line)


def _place(section: "Section") -> str:
    return f"line {section.line}: {section.title or '(no heading)'}"


def _plain(card: "Card") -> dict[str, Any]:
    """A card as JSON values."""
    from remit.agents.card import unfilled

    return {
        "role": card.role,
        "name": card.name,
        "source": card.source,
        "sections": [
            {
                "part": one.part,
                "from": _origin(card, one),
                "title": one.title,
                "line": one.line if one.origin == "card" else None,
                "text": one.text,
            }
            for one in card.sections
            if one.text
        ],
        "defaults": [] if card.source == "built in" else list(card.defaults),
        "metadata": dict(card.metadata),
        "placeholders": [{"name": one.name, "line": one.line} for one in unfilled(card)],
        "warnings": list(card.warnings),
    }
