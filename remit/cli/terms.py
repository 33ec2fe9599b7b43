"""What several commands share: their options, and opening the record."""

import json
import os
import shlex
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from remit.state.inert import inert

if TYPE_CHECKING:
    from remit.runs import Record

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
    str, typer.Argument(metavar="RUN", help="A run's id, or a beginning that only one has.")
]


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


def dump(value: Any) -> None:
    """JSON on stdout, in ASCII: it says everything and steers no terminal."""
    json.dump(value, sys.stdout, indent=2, default=str)
    sys.stdout.write("\n")
