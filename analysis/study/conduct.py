"""Conducting a study: batches handed out, and kept as they come back, until nothing is missing.

Only the caller writes. A worker that dies costs the batches it was at; they are handed out again.
What is kept depends on the plan alone, never on how many work or who is first.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from concurrent.futures.process import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from multiprocessing import parent_process
from signal import SIG_IGN, SIGINT, signal
from threading import Thread

import numpy as np
from scipy.stats import qmc

from remit.agents.behaviour import Behaviour
from remit.analysis.forecast.factors import Factor as Assumed
from remit.analysis.forecast.factors import factors, moved
from remit.analysis.study.engines import (
    BATCH,
    CALL_S,
    RUN_S,
    Engine,
    Made,
    Task,
    perform,
    together,
)
from remit.analysis.study.exact import roomiest
from remit.analysis.study.factors import BEHAVIOUR
from remit.analysis.study.plan import Point, Study, plan_of
from remit.analysis.study.responses import Response
from remit.analysis.study.sums import Sums, half_width
from remit.state import studies
from remit.state.errors import RemitError
from remit.state.store import Store
from remit.state.studies import BatchKey, BatchRow, StudyRow

WORLD_RUNS = 1_000
"""Runs of a point in each of the other worlds: enough to see which way a policy leans."""
AHEAD = 4
"""Batches that each worker has waiting: enough to keep it busy, few enough to stop soon."""
DEATHS = 3
"""Times that all workers may die without one batch done, before the study gives up."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Until:
    """When a point has enough runs."""

    response: Response
    half_width: float
    """Of the 95 % interval of the mean, in the response's unit."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far a study is."""

    done: int
    """Batches, those of earlier sittings included."""
    of: int
    """Batches that are known to be needed; sequential replication can add to them."""
    left_s: float | None
    """Seconds that the rest may take; `None` before anything is known."""


Tell = Callable[[Progress], None]
Chunk = tuple[Task, ...]
"""Tasks that are done together."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Workers:
    """Who does the work: this process (`jobs` is 1), processes of ours, or another's executor."""

    jobs: int = 1
    executor: Executor | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Sitting:
    """A study that is being conducted."""

    study: Study
    row: StudyRow
    engine: Engine
    store: Store


def begin(store: Store, study: Study, engine: Engine, *, version: str, now: datetime) -> Sitting:
    """The study in the record, begun now or earlier.

    What is to be solved begins with the roomiest point of each behaviour, and is in the record only
    if all of these were solved. They are the likeliest to be too much; another point, or one of
    these in another world, can still turn out to be when the study is in the record.

    Raises:
        InputError: another study of that name is there, or one of those points cannot be solved.
    """
    first: list[tuple[Chunk, list[Made]]] = []
    if engine is Engine.EXACT and study.name not in {one.id for one in studies.studies(store)}:
        first = _solved_first(study)
    plan = plan_of(study, str(engine), BATCH[engine], version)
    row = StudyRow(
        id=study.name, created_at="", title=study.title, engine=str(engine),
        remit_version=version, hash=studies.plan_hash(plan), plan=plan,
    )  # fmt: skip
    kept = studies.begin(store, row, plan["points"], now)
    sitting = Sitting(study=study, row=kept, engine=engine, store=store)
    for chunk, made in first:
        list(_kept(sitting, chunk, made))
    return sitting


def _solved_first(study: Study) -> list[tuple[Chunk, list[Made]]]:
    tasks = [
        _task(study, Engine.EXACT, BatchKey(world=0, batch=0, point=point.number), 0, 1)
        for point in roomiest(study)
    ]
    return [(chunk, perform(chunk)) for chunk in together(tasks)]


def estimate_s(study: Study, engine: Engine, jobs: int) -> float:
    """Seconds that the runs of a study will take, roughly."""
    chunks = together(planned(study, engine))
    runs = sum(task.runs for chunk in chunks for task in chunk)
    calls = sum(map(len, chunks)) if engine is Engine.EXACT else len(chunks)
    return (runs * RUN_S[engine] + calls * CALL_S[engine]) / max(1, min(jobs, len(chunks)))


def planned(study: Study, engine: Engine) -> Iterator[Task]:
    """Every batch that the plan asks for, in the order in which they are handed out."""
    replicates = 1 if engine is Engine.EXACT else study.replicates
    for batch, first in enumerate(range(0, replicates, BATCH[engine])):
        runs = min(BATCH[engine], replicates - first)
        for point in study.points:
            key = BatchKey(world=0, batch=batch, point=point.number)
            yield _task(study, engine, key, first, runs)
    runs = min(WORLD_RUNS, replicates, BATCH[engine])
    there = worlds(study)
    known: dict[int, list[Behaviour]] = {}
    for point in study.points:
        # points that set nothing of the behaviour share it
        if id(point.behaviour) not in known:
            known[id(point.behaviour)] = _in_worlds(point, there)
        for world, behaviour in enumerate(known[id(point.behaviour)], 1):
            task = _task(study, engine, BatchKey(world=world, batch=0, point=point.number), 0, runs)
            yield replace(task, order=replace(task.order, behaviour=behaviour))


def _task(study: Study, engine: Engine, key: BatchKey, first: int, runs: int) -> Task:
    point = study.points[key.point]
    return Task(
        key=key, name=point.name, engine=engine, order=study.order(point), seed=study.seed,
        first=first, runs=runs, responses=study.responses,
    )  # fmt: skip


def worlds(study: Study) -> list[dict[str, float]]:
    """Where what is assumed stands in its range, for each of the other worlds: one half as it is.

    By name of what is assumed. A Latin hypercube, drawn as a forecast draws it, over everything
    that some point leaves as it is given. All points share it: where they have different
    behaviours, each value stands at the same place of its own range.
    """
    behaviours = {id(point.behaviour): point for point in study.points}
    names = dict.fromkeys(one.name for point in behaviours.values() for one in _assumed(point))
    if not study.worlds or not names:
        return [{} for _ in range(study.worlds)]
    parts = qmc.LatinHypercube(len(names), rng=study.seed).random(study.worlds)
    return [dict(zip(names, map(float, row), strict=True)) for row in parts]


def _assumed(point: Point) -> list[Assumed]:
    """What is assumed at a point and not set there."""
    sets = {key for level in point.levels for key, _ in level.sets}
    return [
        one
        for one in factors(point.behaviour)
        if not any(f"{BEHAVIOUR}{path}" in sets for path in one.paths)
    ]


def _in_worlds(point: Point, there: Sequence[Mapping[str, float]]) -> list[Behaviour]:
    """The behaviour of a point in each of the other worlds."""
    chosen = _assumed(point)
    return [moved(point.behaviour, {one: parts[one.name] for one in chosen}) for parts in there]


def conduct(
    sitting: Sitting,
    workers: Workers = Workers(),
    until: Until | None = None,
    tell: Tell = lambda progress: None,
) -> None:
    """Run whatever is missing, and keep it.

    An interruption leaves all that was kept; the next sitting goes on there.

    Raises:
        RemitError: the workers keep dying.
    """
    with _Pool(workers) as pool:
        known = _Known(sitting, until if sitting.engine is not Engine.EXACT else None)
        tasks = [*planned(sitting.study, sitting.engine)]
        pace = _Pace(of=len(tasks), tell=tell)
        pace.begin(sum(task.key in known.keys for task in tasks))
        while tasks:
            missing = [task for task in tasks if task.key not in known.keys]
            for task, made in pool.through(missing, sitting):
                known.add(task, made)
                pace.step()
            tasks = [*known.more()]
            pace.of += len(tasks)


class _Known:
    """What is in the record: which batches, and how well the means are known that `until` asks for.

    The record is read once; after that every batch that comes in is added.
    """

    def __init__(self, sitting: Sitting, until: Until | None) -> None:
        self._sitting, self._until = sitting, until
        store, name = sitting.store, sitting.row.id
        self.keys = set(studies.keys(store, name))
        self._sums: dict[int, Sums] = {}
        self._batches: dict[int, int] = {}
        if until is not None:
            for row in studies.batches(store, name, (str(until.response),)):
                self._count(row.key, Sums.of(np.asarray(row.amounts[until.response], np.int64)))

    def add(self, task: Task, made: Made) -> None:
        """A batch came in."""
        self.keys.add(task.key)
        if self._until is not None:
            self._count(task.key, Sums.of(made[self._until.response]))

    def _count(self, key: BatchKey, sums: Sums) -> None:
        if key.world == 0:
            self._sums[key.point] = self._sums.get(key.point, Sums()) + sums
            self._batches[key.point] = self._batches.get(key.point, 0) + 1

    def more(self) -> Iterator[Task]:
        """The next batch of every point whose mean is not known well enough."""
        if self._until is None:
            return
        study, engine = self._sitting.study, self._sitting.engine
        for point, sums in sorted(self._sums.items()):
            room = study.most - sums.count
            if room > 0 and half_width(self._until.response, sums) > self._until.half_width:
                key = BatchKey(world=0, batch=self._batches[point], point=point)
                yield _task(study, engine, key, sums.count, min(BATCH[engine], room))


@dataclass(kw_only=True, slots=True)
class _Pace:
    """How far it is, and how long the rest will take at this pace."""

    of: int
    tell: Tell
    done: int = 0
    since: float = 0.0
    here: int = 0
    """Batches done in this sitting."""

    def begin(self, done: int) -> None:
        self.done, self.since = done, time.monotonic()
        self.tell(Progress(done=self.done, of=self.of, left_s=None))

    def step(self) -> None:
        self.done, self.here = self.done + 1, self.here + 1
        each = (time.monotonic() - self.since) / self.here
        self.tell(Progress(done=self.done, of=self.of, left_s=each * (self.of - self.done)))


def hired() -> None:
    """What a worker does first: leave Ctrl-C to its caller, and see that it ends when that does.

    A worker that waits for its next task is not told when its caller is killed.
    """
    # Ctrl-C reaches every process of the terminal: only the caller may act on it
    signal(SIGINT, SIG_IGN)
    Thread(target=_end_with_caller, daemon=True).start()


def _end_with_caller() -> None:
    caller = parent_process()
    if caller is not None:
        caller.join()
        os._exit(1)


class _Pool:
    """Hands tasks out and keeps what comes back."""

    def __init__(self, workers: Workers) -> None:
        self._given = workers.executor
        self._jobs = workers.jobs
        self._own: ProcessPoolExecutor | None = None

    def __enter__(self) -> "_Pool":
        return self

    def __exit__(self, *error: object) -> None:
        self._close()

    def through(self, tasks: Sequence[Task], sitting: Sitting) -> Iterator[tuple[Task, Made]]:
        """Do the tasks; yields each with what it came to when that is kept."""
        chunks = together(tasks)
        if self._given is None and self._jobs == 1:
            for chunk in chunks:
                yield from _kept(sitting, chunk, perform(chunk))
            return
        left, deaths = {chunk[0].key: chunk for chunk in chunks}, 0
        while left:
            try:
                for chunk, made in self._out([*left.values()]):
                    yield from _kept(sitting, chunk, made)
                    del left[chunk[0].key]
                    deaths = 0
            except BrokenExecutor as error:
                deaths += 1
                self._close()
                if self._given is not None or deaths >= DEATHS:
                    missing = sum(map(len, left.values()))
                    raise RemitError(
                        f"study {sitting.row.id!r}: the workers died ({missing} batches are "
                        "missing, the others are kept); go on with --resume, or with --jobs 1"
                    ) from error

    def _out(self, chunks: Iterable[Chunk]) -> Iterator[tuple[Chunk, list[Made]]]:
        """The chunks as they are done; a few are handed out ahead for each worker."""
        executor, coming = self._executor(), iter(chunks)
        waiting: dict[Future[list[Made]], Chunk] = {}
        try:
            while True:
                for chunk in coming:
                    waiting[executor.submit(perform, chunk)] = chunk
                    if len(waiting) >= AHEAD * self._jobs:
                        break
                if not waiting:
                    return
                broken: BrokenExecutor | None = None
                for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                    chunk = waiting.pop(future)
                    try:
                        made = future.result()
                    except BrokenExecutor as error:
                        broken = error
                        continue
                    yield chunk, made
                if broken is not None:
                    raise broken
        finally:
            for future in waiting:
                future.cancel()

    def _executor(self) -> Executor:
        if self._given is not None:
            return self._given
        if self._own is None:
            self._own = ProcessPoolExecutor(self._jobs, initializer=hired)
        return self._own

    def _close(self) -> None:
        if self._own is not None:
            self._own.shutdown(wait=True, cancel_futures=True)
            self._own = None


def _kept(sitting: Sitting, chunk: Chunk, made: Sequence[Made]) -> Iterator[tuple[Task, Made]]:
    """Keep what tasks done together came to, in one transaction; each, when it is kept."""
    rows = [
        BatchRow(key=task.key, amounts={str(one): found[one].tolist() for one in task.responses})
        for task, found in zip(chunk, made, strict=True)
    ]
    studies.keep(sitting.store, sitting.row.id, rows)
    yield from zip(chunk, made, strict=True)
