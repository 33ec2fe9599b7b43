"""What the shell offers behind Tab: names and ids. Whatever goes wrong, it offers nothing.

Only the standard library is imported: a person waits for each answer.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import typer

MOST = 50
"""Runs that are offered, the newest first."""
Offer = tuple[str, str]
"""A word and what is said about it."""


def runs(context: typer.Context, incomplete: str) -> list[Offer]:
    """Ids of recorded runs, the newest first, with how they stand."""

    def found() -> Iterator[Offer]:
        from remit.state.recent import recent

        for one in recent(_record(context), incomplete, MOST):
            yield one.id, f"{one.outcome}, {one.day}"

    return _quiet(found)


def matters(context: typer.Context, incomplete: str) -> list[Offer]:
    """Matters that wait for a person, as `RUN/mN`, the longest first."""

    def found() -> Iterator[Offer]:
        from remit.state.recent import open_matters

        for name in open_matters(_record(context), incomplete, MOST):
            yield name, ""

    return _quiet(found)


def _record(context: typer.Context) -> Path:
    """The file that `--db`, the environment or the user's data directory names."""
    from remit.state.place import default_url, path_of

    named: str | None = context.params.get("db")
    path = path_of(named or default_url())
    if path is None:
        raise FileNotFoundError("a record in memory has nothing to offer")
    return path


def outcomes(incomplete: str) -> list[Offer]:
    """How a run can stand."""
    from remit.state.vocabulary import Outcome

    return _words(Outcome, incomplete)


def modes(incomplete: str) -> list[Offer]:
    """The modes in which one role works alone."""
    return _words(("design", "build", "review", "audit"), incomplete)


def humans(incomplete: str) -> list[Offer]:
    """Who answers for the human."""
    return _words(("simulated", "ask", "wait"), incomplete)


def methods(incomplete: str) -> list[Offer]:
    """How a forecast is made."""
    return _words(("auto", "exact", "sample"), incomplete)


def sorts(incomplete: str) -> list[Offer]:
    """What a listing is ordered by."""
    return _words(("created", "updated", "cost", "tokens", "handoffs", "duration"), incomplete)


def groupings(incomplete: str) -> list[Offer]:
    """What runs are grouped by."""
    return _words(("policy", "behaviour", "brief", "team"), incomplete)


def policies(incomplete: str) -> list[Offer]:
    """The policies that come with Remit."""
    return _shipped("remit.state", "policies", ".toml", incomplete)


def behaviours(incomplete: str) -> list[Offer]:
    """The behaviours that come with Remit."""
    return _shipped("remit.agents", "behaviours", ".toml", incomplete)


def briefs(incomplete: str) -> list[Offer]:
    """The briefs that come with Remit."""
    return _shipped("remit.state", "briefs", ".md", incomplete)


def studies(incomplete: str) -> list[Offer]:
    """The studies that come with Remit."""
    return _shipped("remit.analysis.study", "studies", ".toml", incomplete)


def engines(incomplete: str) -> list[Offer]:
    """How the runs of a study are made."""
    return _words(("auto", "exact", "sample", "plain", "graph"), incomplete)


def recorded_studies(context: typer.Context, incomplete: str) -> list[Offer]:
    """Studies of the record, the newest first, with how their runs are made."""

    def found() -> Iterator[Offer]:
        from remit.state.recent import recent_studies

        yield from recent_studies(_record(context), incomplete, MOST)

    return _quiet(found)


SHIPPED = {"policy": policies, "behaviour": behaviours, "brief": briefs}
"""By kind of file."""


def roles(incomplete: str) -> list[Offer]:
    """Roles, behind those of the list that are there: `backend,q` goes on to `backend,qa`."""
    from remit.state.vocabulary import ROLES

    before, comma, last = incomplete.rpartition(",")
    free = [str(role) for role in ROLES if str(role) not in before.split(",")]
    return [(f"{before}{comma}{role}", "") for role in free if role.startswith(last)]


def role(incomplete: str) -> list[Offer]:
    """One role."""
    from remit.state.vocabulary import ROLES

    return _words(ROLES, incomplete)


def _words(known: Iterable[str], incomplete: str) -> list[Offer]:
    return [(str(word), "") for word in known if word.startswith(incomplete)]


def _shipped(package: str, folder: str, ending: str, incomplete: str) -> list[Offer]:
    def found() -> Iterator[Offer]:
        from importlib.resources import files

        names = sorted(one.name for one in files(package).joinpath(folder).iterdir())
        stems = [name.removesuffix(ending) for name in names if name.endswith(ending)]
        yield from _words(stems, incomplete)

    return _quiet(found)


def _quiet(offers: Callable[[], Iterable[Offer]]) -> list[Offer]:
    """The offers; none where they cannot be had, for nobody at a prompt can read why."""
    try:
        return list(offers())
    except Exception:
        return []
