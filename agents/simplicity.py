"""BE-FIN-1: the simplest backend that does it; a part that nothing needs is a finding."""

from collections.abc import Callable, Iterator, Mapping

from remit.agents.artifacts.product import plain
from remit.agents.standards.verdict import clean
from remit.agents.standards.work import BackendWork
from remit.agents.triggers import LISTED_MAX
from remit.state.backend_output import Component
from remit.state.report import Finding
from remit.state.vocabulary import Seat, Severity

RULE = "BE-FIN-1"


def unneeded(work: BackendWork) -> tuple[Finding, ...]:
    """A finding for every database, queue or cache that neither the brief nor the work needs.

    The brief needs what its own stack names. Beyond that the work needs one database where it
    keeps rows and one queue where an operation runs as a job. An approval does not make a part
    needed; a part about which the documents say too little to decide is left alone.
    """
    return tuple(_finding(part, why) for part, why in _idle(work))


def _idle(work: BackendWork) -> Iterator[tuple[Component, str]]:
    named = {
        (kind, plain(name)) for kind, names in (work.brief.stack or {}).items() for name in names
    }
    listed = work.made.components[:LISTED_MAX] if work.made else ()
    parts = {(one.kind, plain(one.name)): one for one in listed if one.kind in _NEEDS}
    served = {kind for kind, _ in parts.keys() & named}
    for key, part in parts.items():
        need = _NEEDS[part.kind](work)
        if key in named or need is None:
            continue
        if need and part.kind not in served:
            served.add(part.kind)
        else:
            yield part, "another one serves already" if need else _WITHOUT[part.kind]


def _rows_kept(work: BackendWork) -> bool | None:
    if work.brief.entities:
        return True
    return bool(work.schema.tables) if work.schema else None


def _jobs(work: BackendWork) -> bool | None:
    if not work.rows and not work.operations:
        return None
    in_contract = any("202" in one.statuses for one in work.operations)
    return in_contract or any(row.runs_async for row in work.rows)


def _copies(work: BackendWork) -> bool | None:
    """Nothing in a contract or its code asks for a cache; only a brief does."""
    return False


_NEEDS: Mapping[str, Callable[[BackendWork], bool | None]] = {
    "database": _rows_kept,
    "queue": _jobs,
    "cache": _copies,
}
"""Kind of component → whether the work needs one; `None` where that cannot be told."""
_WITHOUT: Mapping[str, str] = {
    "database": "no rows are kept",
    "queue": "no operation runs as a job",
    "cache": "nothing asks for copies",
}


def _finding(part: Component, why: str) -> Finding:
    name = clean(f"{part.kind} {part.name!r}")
    return Finding(
        rule=RULE,
        severity=Severity.LOW,
        place=f"build: {name}",
        evidence=f"{why}, and the stack of the brief does not name it",
        owner=Seat.BACKEND,
        fix=f"leave {name} out, or say in the brief what needs it",
    )
