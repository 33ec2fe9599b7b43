"""Studies from Python: policies compared over many runs, on the same luck."""

from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from remit.analysis.study.conduct import (
    Progress,
    Until,
    Workers,
    begin,
    conduct,
    estimate_s,
)
from remit.analysis.study.engines import Engine
from remit.analysis.study.exact import why_not
from remit.analysis.study.found import Found, response_named
from remit.analysis.study.plan import Study
from remit.analysis.study.reading import load, too_much
from remit.analysis.study.results import read
from remit.runs import Record, now
from remit.state.errors import InputError
from remit.state.store import Store, open_store
from remit.state.studies import studies
from remit.state.suggest import advice, quoted
from remit.version import __version__

MAX_JOBS = 256
AUTO = "auto"
ENGINES = (AUTO, *map(str, Engine))
"""What `engine` can be; `auto` solves what can be solved in seconds, and samples the rest."""
PATIENCE_S = 12 * 3_600
"""The longest that a study may be estimated to take, in seconds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """Who makes the runs, and why."""

    engine: Engine
    note: str = ""
    """What keeps the study from being solved; empty where nothing does, or nobody asked."""


def check_engine(name: str) -> None:
    """See that there is such an engine.

    Raises:
        InputError: there is none.
    """
    if name not in ENGINES:
        raise InputError(f"engine: there is no {quoted(str(name))}; {advice(str(name), ENGINES)}")


def check_jobs(jobs: object) -> None:
    """See that so many processes can work.

    Raises:
        InputError: it is no whole number, or out of bounds.
    """
    if isinstance(jobs, bool) or not isinstance(jobs, int) or not 1 <= jobs <= MAX_JOBS:
        raise InputError(f"jobs: {quoted(str(jobs))}: give a whole number from 1 to {MAX_JOBS}")


def check_patience(study: Study, engine: str, jobs: int) -> None:
    """Refuse a study that nobody would wait for.

    Raises:
        InputError: it is estimated to take longer than `PATIENCE_S`.
    """
    how = Engine.SAMPLE if engine == AUTO else Engine(engine)
    seconds = estimate_s(study, how, jobs)
    if seconds > PATIENCE_S:
        runs = len(study.points) * study.replicates
        raise InputError(
            f"study {study.name!r}: {len(study.points):,} points and {runs:,} runs would take "
            f"about {seconds / 3600:,.0f} h with engine {how!s}, over {PATIENCE_S // 3600} h; take "
            "fewer points or replicates, more jobs, or engine sample"
        )


def kept_in(db: str | Path) -> AbstractContextManager[Store]:
    """The record of a study, open inside a `with` block.

    A kill loses nothing that was kept. A power cut can lose the last batches, which `--resume` then
    runs again: to wait for the disk after each would take a twentieth of the time.
    """
    return open_store(db, durable=False)


def settled(study: Study, engine: str, store: Store) -> Settled:
    """The engine of that name; of `auto` the one of the record, or the one that fits the study.

    Raises:
        InputError: there is no such engine.
    """
    check_engine(engine)
    if engine != AUTO:
        return Settled(engine=Engine(engine))
    there = {row.id: row.engine for row in studies(store)}.get(study.name)
    if there in tuple(Engine):
        return Settled(engine=Engine(there))
    reason = why_not(study)
    return Settled(engine=Engine.EXACT if reason is None else Engine.SAMPLE, note=reason or "")


def until_of(given: float | str | None, study: Study) -> Until | None:
    """When points have enough runs: a half-width, or `RESPONSE=HALF_WIDTH`.

    Raises:
        InputError: it is no such thing, or as many runs as it may take do not fit in memory.
    """
    if given is None:
        return None
    name, _, width = str(given).rpartition("=")
    response = response_named(name) if name else study.goal.response
    if response not in study.responses:
        raise InputError(f"until: the study does not look at {response!s}; add it to responses")
    try:
        half = float(width)
    except ValueError:
        half = 0.0
    if not 0 < half < float("inf"):
        raise InputError(
            f"until: {quoted(width)} is no half-width; write a number over 0, such as 0.01"
        )
    said = too_much(len(study.points), study.most, len(study.responses))
    if said:
        raise InputError(f"until: {said}, or a lower `most`")
    return Until(response=response, half_width=half)


def study(
    source: str | PathLike[str] | Study,
    *,
    engine: str = AUTO,
    db: str | Path | Record | None = None,
    jobs: int = 1,
    executor: Executor | None = None,
    until: float | str | None = None,
    progress: Callable[[Progress], None] = lambda done: None,
) -> Found:
    """Conduct a study (a shipped name, a file, or a `Study`), or go on with one; its results.

    `db` is a record to keep it in, where it can go on after an interruption; without one the
    results live in memory. `engine` is `exact` (solved, no luck in it), `sample`, `plain` or
    `graph`; `auto` solves what takes seconds and samples the rest. `jobs` processes work, or an
    `executor` of `concurrent.futures` does, with `jobs` saying how many it has; results do not
    depend on it. `until` adds runs to each point until the half-width of its interval is reached:
    of the goal, or `"cost=0.05"`.

    Raises:
        InputError: with every problem of the file, before anything is run.
    """
    asked = source if isinstance(source, Study) else load(str(source))
    check_engine(engine)
    check_jobs(jobs)
    enough = until_of(until, asked)
    if executor is None:
        check_patience(asked, engine, jobs)
    workers = Workers(jobs=jobs, executor=executor)
    if isinstance(db, Record):
        return _conducted(db.store, asked, engine, workers, enough, progress)
    with kept_in(":memory:" if db is None else db) as store:
        return _conducted(store, asked, engine, workers, enough, progress)


def _conducted(
    store: Store, asked: Study, engine: str, workers: Workers, until: Until | None,
    progress: Callable[[Progress], None],
) -> Found:  # fmt: skip
    how = settled(asked, engine, store).engine
    sitting = begin(store, asked, how, version=__version__, now=now())
    conduct(sitting, workers, until, progress)
    return Found(read(store, sitting.row.id))
