"""What several commands share: their options, and opening the record."""

import json
import os
import shlex
import sys
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from remit.cli import completing
from remit.state.inert import inert

if TYPE_CHECKING:
    from remit.runs import Record
    from remit.state.listing import Selection
    from remit.state.store import Store

Db = Annotated[
    str | None,
    typer.Option(
        "--db",
        envvar="REMIT_DB",
        metavar="URL",
        help="The record: a file or sqlite:///FILE. [default: in your data directory]",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout, for programs.")]
RunId = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        help="A run's id, or a beginning that only one has.",
        autocompletion=completing.runs,
    ),
]
BriefName = Annotated[
    str | None,
    typer.Argument(
        metavar="[BRIEF]",
        help="A file, the name of a shipped brief (remit brief list), a sentence, or - for "
        "stdin. Without one, the brief of --subject, or a packaged one.",
        autocompletion=completing.briefs,
    ),
]
PolicyName = Annotated[
    str,
    typer.Option(
        metavar="P",
        help="The limits: a shipped name or a TOML file.",
        autocompletion=completing.policies,
    ),
]
BehaviourName = Annotated[
    str,
    typer.Option(
        "--behaviour",
        "--behavior",
        metavar="B",
        help="How the simulated team behaves: a shipped name or a TOML file.",
        autocompletion=completing.behaviours,
    ),
]
RoleList = Annotated[
    str | None,
    typer.Option(
        metavar="LIST",
        help="Who is on the team, such as backend,qa. [default: all]",
        autocompletion=completing.roles,
    ),
]
ModeName = Annotated[
    str | None,
    typer.Option(
        metavar="M",
        help="One role alone, in this mode: design, build, review or audit.",
        autocompletion=completing.modes,
    ),
]
HumanName = Annotated[
    str | None,
    typer.Option(
        metavar="H",
        help="Who answers for the human: simulated, ask (at this terminal), or wait (in the "
        "inbox). [default: simulated; wait with --team]",
        autocompletion=completing.humans,
    ),
]
TeamName = Annotated[
    str | None,
    typer.Option(
        "--team",
        metavar="T",
        help="Who sits in the seats: anthropic (a model in each, ANTHROPIC_API_KEY is used) or a "
        "team file. [default: simulated]",
    ),
]
Values = Annotated[
    Path | None,
    typer.Option("--values", metavar="FILE", help="Fill placeholders from a TOML file."),
]
Filled = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="NAME=VALUE", help="Fill one placeholder. Can be given several times."
    ),
]
Log = Annotated[
    Path | None,
    typer.Option(
        "--log",
        metavar="FILE",
        envvar="REMIT_LOG",
        help="Append a JSON line for each event: steps, calls, retries, refusals, questions.",
    ),
]
Outcomes = Annotated[
    list[str] | None,
    typer.Option(
        "--outcome",
        metavar="O",
        help="Only runs that stand so, such as shipped. Can be given several times, as the next "
        "two can.",
        autocompletion=completing.outcomes,
    ),
]
Policies = Annotated[
    list[str] | None,
    typer.Option(
        "--policy",
        metavar="P",
        help="Only runs under a policy of that name.",
        autocompletion=completing.policies,
    ),
]
Behaviours = Annotated[
    list[str] | None,
    typer.Option(
        "--behaviour",
        "--behavior",
        metavar="B",
        help="Only runs of a team that behaves so.",
        autocompletion=completing.behaviours,
    ),
]
Since = Annotated[
    str | None,
    typer.Option(
        metavar="WHEN",
        help="Only runs begun then or later: 2026-11-20, 2026-11-20T09:30 (UTC), or 30m, 24h, "
        "7d, 2w ago.",
    ),
]


def logged(path: Path | None) -> AbstractContextManager[None]:
    """Appends what happens in the block to a file, where one is given.

    Raises:
        InputError: it cannot be written.
    """
    if path is None:
        return nullcontext()
    from remit.state.log import written

    return written(path)


@contextmanager
def record(db: str | None, *, create: bool = False) -> Generator["Record"]:
    """The record, open inside the block.

    Raises:
        DatabaseError: it cannot be used, or is not there and `create` is not set.
    """
    from remit.runs import Record
    from remit.state.place import default_url
    from remit.state.store import open_store

    with Record(open_store(db or default_url(), create=create)) as opened:
        yield opened


@contextmanager
def stored(db: str | None) -> Generator["Store"]:
    """The rows of the record, open inside the block: for what needs no run in full.

    Raises:
        DatabaseError: it cannot be used, or is not there.
    """
    from remit.state.place import default_url
    from remit.state.store import open_store

    with open_store(db or default_url(), create=False) as opened:
        yield opened


def selected(
    outcome: list[str] | None,
    policy: list[str] | None,
    behaviour: list[str] | None,
    since: str | None,
) -> "Selection":
    """The runs that the options mean, `since` counted from now.

    Raises:
        InputError: an outcome is none, or `since` is no moment.
    """
    from remit.state.listing import selection

    asked = datetime.now(UTC)
    return selection(asked, outcome=outcome, policy=policy, behaviour=behaviour, since=since)


def is_there(db: str | None) -> bool:
    """Whether there is a record at all: a fresh machine has none, and that is no error."""
    from remit.state.place import default_url, path_of

    path = path_of(db or default_url())
    return path is not None and path.exists()


def db_words(db: str | None) -> str:
    """What the commands that are printed must be followed by to reach the same record."""
    if db is None or db == os.environ.get("REMIT_DB"):
        return ""
    return f" --db {inert(shlex.quote(db))}"


def given(**options: str | bool | int | list[str] | None) -> str:
    """Options as they are written behind a command; those that were not given are left out."""
    words: list[str] = []
    for name, value in options.items():
        if value is True:
            words.append(f"--{name}")
        elif value not in (None, False):
            several = value if isinstance(value, list) else [value]
            words += [f"--{name} {inert(shlex.quote(str(one)))}" for one in several]
    return "".join(f" {word}" for word in words)


def dump(value: Any) -> None:
    """JSON on stdout, in ASCII: it says everything and steers no terminal."""
    json.dump(value, sys.stdout, indent=2, default=str)
    sys.stdout.write("\n")
