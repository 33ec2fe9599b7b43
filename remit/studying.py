"""Studies from Python: policies compared over many runs, on the same luck."""

from collections.abc import Callable
from concurrent.futures import Executor
from os import PathLike
from pathlib import Path

from remit.analysis.study.conduct import Progress, Until, Workers, begin, conduct
from remit.analysis.study.engines import Engine
from remit.analysis.study.found import Found, response_named
from remit.analysis.study.plan import Study
from remit.analysis.study.reading import load
from remit.analysis.study.results import read
from remit.runs import Record, now
from remit.state.errors import InputError
from remit.state.store import Store, open_store
from remit.state.suggest import advice, quoted
from remit.version import __version__

MAX_JOBS = 256


def engine_named(name: str) -> Engine:
    """An engine by its name.

    Raises:
        InputError: there is none.
    """
    if name not in tuple(Engine):
        raise InputError(f"engine: there is no {quoted(name)}; {advice(name, map(str, Engine))}")
    return Engine(name)


def until_of(given: float | str | None, study: Study) -> Until | None:
    """When points have enough runs: a half-width, or `RESPONSE=HALF_WIDTH`.

    Raises:
        InputError: it is no such thing.
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
    return Until(response=response, half_width=half)


def study(
    source: str | PathLike[str] | Study,
    *,
    engine: str | Engine = Engine.SAMPLE,
    db: str | Path | Record | None = None,
    jobs: int = 1,
    executor: Executor | None = None,
    until: float | str | None = None,
    progress: Callable[[Progress], None] = lambda done: None,
) -> Found:
    """Conduct a study (a shipped name, a file, or a `Study`), or go on with one; its results.

    `db` is a record to keep it in, where it can go on after an interruption; without one the
    results live in memory. `jobs` processes work, or an `executor` of `concurrent.futures` does,
    with `jobs` saying how many it has; results do not depend on it. `until` adds runs to each point
    until the half-width of its interval is reached: of the goal, or `"cost=0.05"`.

    Raises:
        InputError: with every problem of the file, before anything is run.
    """
    asked = source if isinstance(source, Study) else load(str(source))
    how = engine_named(str(engine))
    if not 1 <= jobs <= MAX_JOBS:
        raise InputError(f"jobs: {jobs} is out of bounds; give 1 to {MAX_JOBS}")
    enough = until_of(until, asked)
    workers = Workers(jobs=jobs, executor=executor)
    if isinstance(db, Record):
        return _conducted(db.store, asked, how, workers, enough, progress)
    with open_store(":memory:" if db is None else db) as store:
        return _conducted(store, asked, how, workers, enough, progress)


def _conducted(
    store: Store, asked: Study, engine: Engine, workers: Workers, until: Until | None,
    progress: Callable[[Progress], None],
) -> Found:  # fmt: skip
    sitting = begin(store, asked, engine, version=__version__, now=now())
    conduct(sitting, workers, until, progress)
    return Found(read(store, sitting.row.id))
