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

import numpy as np
from _measure import figure, machine, medians, scale, verdict

from remit.analysis.study.choice import recommend
from remit.analysis.study.conduct import Workers, begin, conduct, planned
from remit.analysis.study.engines import Engine, perform, together
from remit.analysis.study.found import Found
from remit.analysis.study.plan import Study
from remit.analysis.study.reading import load, parse
from remit.analysis.study.results import Results, read
from remit.state import studies
from remit.state.store import Store, open_store
from remit.state.studies import BatchKey, BatchRow
from remit.studying import kept_in

OVERHEAD = 1.05
CLOSED = """
title = "Closed"
[factors]
at_limit.change_requests = ["escalate", "freeze"]
behaviour.find.again = [0.3, 0.6]
[factors.rest.levels.closed]
limits.change_requests = 0
limits.contract_review = 0
limits.rework_backend = 0
limits.rework_frontend = 0
limits.grants = 0
limits.human_questions = 0
limits.escalations = 0
limits.no_progress = 0
limits.requirement_rework = 0
"""
"""Four points with so few ways through that they are solved in a second."""
TASKS = 400


def bare(study: Study, engine: Engine) -> None:
    """The engine alone."""
    for chunk in together(planned(study, engine)):
        perform(chunk)


def whole(study: Study, engine: Engine, jobs: int = 1) -> None:
    """The study with everything: the plan and every batch kept on disk."""
    with tempfile.TemporaryDirectory() as folder, kept_in(Path(folder, "s.db")) as store:
        sitting = begin(store, study, engine, version="b", now=datetime.now(UTC))
        conduct(sitting, Workers(jobs=jobs))


def once(study: Study, engine: Engine) -> None:
    """What a study takes however few runs it has: a record of its own, with its plan."""
    with tempfile.TemporaryDirectory() as folder, kept_in(Path(folder, "s.db")) as store:
        begin(store, study, engine, version="b", now=datetime.now(UTC))


def machinery(study: Study, engine: Engine, repeats: int) -> None:
    """The processor time of a study over that of its engine, in this process."""
    took = medians(
        {
            "bare": lambda: bare(study, engine),
            "whole": lambda: whole(study, engine),
            "once": lambda: once(study, engine),
        },
        repeats,
        time.process_time,
    )
    verdict("study / engine, processor time", took["whole"] / took["bare"], OVERHEAD, most=True)
    print(f"  of which {1e3 * took['once']:.0f} ms once, for a new record and the plan")


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


def columns(study: Study) -> None:
    """The engines that make no run one by one: many points at once, and solved ones."""
    some = replace(study, worlds=16, points=study.points[:2])
    runs = sum(task.runs for task in planned(some, Engine.SAMPLE))
    took = medians(
        {
            "bare": lambda: bare(some, Engine.SAMPLE),
            "one": lambda: whole(some, Engine.SAMPLE),
            "two": lambda: whole(some, Engine.SAMPLE, 2),
            "alone": lambda: [perform([task]) for task in planned(some, Engine.SAMPLE)],
        },
        3,
    )
    print(f"sample: {runs} runs of 2 points, each in 16 other worlds as well")
    figure("the engine alone", took["bare"], runs)
    figure("the study, one process", took["one"], runs)
    figure("the study, two processes", took["two"], runs)
    machinery(some, Engine.SAMPLE, 3)
    print(f"  {runs / took['one']:,.0f} runs a second; done together they are "
          f"{took['alone'] / took['bare']:.1f} times as quick as one by one")  # fmt: skip
    small = parse(CLOSED, "closed.toml")
    took = medians(
        {
            "bare": lambda: bare(small, Engine.EXACT),
            "one": lambda: whole(small, Engine.EXACT),
            "two": lambda: whole(small, Engine.EXACT, 2),
        },
        3,
    )
    points = len(small.points)
    print(f"exact: {points} points")
    print(f"  study / engine: {took['one'] / took['bare']:.2f}")
    print(f"  {points / took['one']:.2f} points a second, {points / took['two']:.2f} with two "
          "processes")  # fmt: skip


def grown(study: Study) -> None:
    """Memory and time of judging, by the number of points: as if runs had been made."""
    rng = np.random.default_rng(1)
    for points in (10, 100, 1_000):
        many = replace(
            study, replicates=1_000,
            points=tuple(replace(study.points[0], number=at) for at in range(points)),
        )  # fmt: skip
        with open_store(":memory:") as store:
            sitting = begin(store, many, Engine.SAMPLE, version="b", now=datetime.now(UTC))
            rows = [
                BatchRow(
                    key=BatchKey(world=0, batch=0, point=at),
                    amounts={str(one): rng.integers(0, 2, 1_000).tolist()
                             for one in many.responses},
                )
                for at in range(points)
            ]  # fmt: skip
            studies.keep(store, sitting.row.id, rows)
            del rows
            found, took, peak = _recommended(store, many.name)
        amounts = found.total * len(many.responses)
        print(f"  {points} points of 1,000 runs: {peak / 1e6:.0f} MB at most "
              f"({peak / amounts:.0f} bytes a number), judged in {took:.2f} s")  # fmt: skip


def _recommended(store: Store, name: str) -> tuple[Results, float, int]:
    """A study's results, the seconds that reading and judging them took, and the most bytes."""
    tracemalloc.start()
    begun = time.perf_counter()
    found = read(store, name)
    recommend(found)
    took, (_, peak) = time.perf_counter() - begun, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return found, took, peak


def judged(study: Study) -> None:
    """Time and memory of judging results by the number of points."""
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder, "s.db")) as store:
        sitting = begin(store, study, Engine.PLAIN, version="b", now=datetime.now(UTC))
        conduct(sitting)
        found, took, peak = _recommended(store, study.name)
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
        machinery(study, engine, size.repeats)
        print(f"  two processes are {took['one'] / took['two']:.2f} times as quick as one")
    columns(replace(study, replicates=1_000))
    print(f"  a task handed over and back: {1e6 * handed(2):.0f} us")
    grown(study)
    for points in (4, 10):
        judged(replace(load("contract-changes"), worlds=0, replicates=size.runs,
                       points=load("contract-changes").points[:points]))  # fmt: skip


if __name__ == "__main__":
    main()
