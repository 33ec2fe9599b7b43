"""Studies: the machinery over the bare engine, one process and two, tasks and the statistics."""

import os
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from _measure import figure, machine, medians, scale, verdict

from remit.analysis.study.choice import recommend
from remit.analysis.study.conduct import Workers, begin, conduct, planned
from remit.analysis.study.engines import Engine, perform
from remit.analysis.study.found import Found
from remit.analysis.study.plan import Study
from remit.analysis.study.reading import load
from remit.analysis.study.results import read
from remit.state.store import open_store

OVERHEAD = 1.05
TASKS = 400


def bare(study: Study, engine: Engine) -> None:
    """The engine alone."""
    for task in planned(study, engine):
        perform(task)


def whole(study: Study, engine: Engine, jobs: int = 1) -> None:
    """The study with everything: the plan and every batch kept on disk."""
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder, "s.db")) as store:
        sitting = begin(store, study, engine, version="b", now=datetime.now(UTC))
        conduct(sitting, Workers(jobs=jobs))


def nothing(number: int) -> int:
    """A task that is only handed over and back."""
    return number


def handed(jobs: int) -> float:
    """Seconds that handing over and back a task takes."""
    with ProcessPoolExecutor(jobs) as pool:
        list(pool.map(nothing, range(jobs)))
        begun = time.perf_counter()
        for future in [pool.submit(nothing, number) for number in range(TASKS)]:
            future.result()
        return (time.perf_counter() - begun) / TASKS


def judged(study: Study) -> None:
    """Time and memory of judging results by the number of points."""
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder, "s.db")) as store:
        sitting = begin(store, study, Engine.PLAIN, version="b", now=datetime.now(UTC))
        conduct(sitting)
        tracemalloc.start()
        begun = time.perf_counter()
        found = read(store, study.name)
        recommend(found)
        took, (_, peak) = time.perf_counter() - begun, tracemalloc.get_traced_memory()
        tracemalloc.stop()
        page = _seconds(lambda: Found(found).page())
        amounts = found.total * len(found.asked.responses)
        size = os.path.getsize(Path(folder, "s.db")) / amounts
    print(
        f"  {len(found.there)} points, {found.total} runs: read and recommended in {took:.2f} s, "
        f"{peak / 1e6:.1f} MB at most; page {page:.1f} s; {size:.1f} bytes a number on disk"
    )


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def main() -> None:
    """Print the figures."""
    size = scale(repeats=5, runs=200)
    machine()
    study = replace(load("contract-changes"), worlds=0, replicates=size.runs)
    study = replace(study, points=study.points[:4])
    runs = size.runs * len(study.points)
    for engine in (Engine.PLAIN, Engine.GRAPH):
        took = medians(
            {
                "bare": lambda how=engine: bare(study, how),
                "one": lambda how=engine: whole(study, how),
                "two": lambda how=engine: whole(study, how, 2),
            },
            size.repeats,
        )
        print(f"{engine}: {runs} runs of {len(study.points)} points")
        figure("the engine alone", took["bare"], runs)
        figure("the study, one process", took["one"], runs)
        figure("the study, two processes", took["two"], runs)
        verdict("study / engine", took["one"] / took["bare"], OVERHEAD, most=True)
        print(f"  two processes are {took['one'] / took['two']:.2f} times as quick as one")
    sampled = replace(study, replicates=10 * size.runs)
    seconds = medians({"sample": lambda: whole(sampled, Engine.SAMPLE)}, 1)["sample"]
    figure("sample: the study, one process", seconds, 10 * runs)
    print(f"  {len(study.points) / seconds:.2f} points a second of {10 * size.runs} runs")
    print(f"  a task handed over and back: {1e6 * handed(2):.0f} us")
    for points in (4, 10):
        judged(replace(load("contract-changes"), worlds=0, replicates=size.runs,
                       points=load("contract-changes").points[:points]))  # fmt: skip


if __name__ == "__main__":
    main()
