"""`remit diff` and `remit replay`: one run beside another, or under another policy."""

from typing import TYPE_CHECKING, Annotated

import typer

from remit.cli import completing
from remit.cli.terms import Db, Json, RunId, dump, record
from remit.screen import Screen, standard

if TYPE_CHECKING:
    from remit.analysis.diff import Diff
    from remit.analysis.replay import Replay

Other = Annotated[
    str,
    typer.Argument(
        metavar="OTHER", help="The run to compare it with.", autocompletion=completing.runs
    ),
]
Under = Annotated[
    str,
    typer.Option(
        "--policy",
        metavar="POLICY",
        help="One that `policy list` names, or a file.",
        autocompletion=completing.policies,
    ),
]


def diff(run: RunId, other: Other, db: Db = None, as_json: Json = False) -> None:
    """Tell where two runs part, and why.

    The cause is computed: each term in which they differ (policy, behaviour, seed, brief, team) is
    put into the first run alone, and it is seen whether that leads it the second run's way.
    """
    with record(db) as opened:
        found = opened.run(run).diff(opened.run(other))
    if as_json:
        dump(found.to_json())
        return
    _tell(standard(), found)


def replay(run: RunId, policy: Under, db: Db = None, as_json: Json = False) -> None:
    """Tell where a run would have gone another way under another policy.

    Nothing is asked again: the reports on record are led through the rules once more, up to the
    first step that would have been another.
    """
    with record(db) as opened:
        found = opened.run(run).replay(policy)
    if as_json:
        dump(found.to_json())
        return
    _tell(standard(), found)


def _tell(screen: Screen, found: "Diff | Replay") -> None:
    from remit.analysis.lines import body, heading

    for line in heading(found.title, screen.width):
        screen.line(line, "bold")
    for line in body(found.lines(), screen.width):
        screen.line(line)
