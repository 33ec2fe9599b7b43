"""Conducting a study: batches handed out, and kept as they come back, until nothing is missing.

Only the caller writes. A worker that dies costs the batches it was at; they are handed out again.
What is kept depends on the plan alone, never on how many work or who is first.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from concurrent.futures.process import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from signal import SIG_IGN, SIGINT, signal

import numpy as np
from scipy.stats import qmc

from remit.analysis.study.engines import BATCH, CALL_S, RUN_S, Engine, Task, perform, ranged
from remit.analysis.study.factors import BEHAVIOUR, WHOLE
from remit.analysis.study.plan import Study, body_of, plan_of
from remit.analysis.study.responses import Amounts, Response
from remit.analysis.study.results import half_width
from remit.state import studies
from remit.state.errors import InputError, RemitError
from remit.state.store import Store
from remit.state.studies import BatchKey, BatchRow, StudyRow

WORLD_RUNS = 500
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

    Raises:
        InputError: another study of that name is there.
    """
    plan = plan_of(study, str(engine), BATCH[engine], version)
    row = StudyRow(
        id=study.name, created_at="", title=study.title, engine=str(engine),
        remit_version=version, hash=studies.plan_hash(plan), plan=plan,
    )  # fmt: skip
    kept = studies.begin(store, row, [body_of(point) for point in study.points], now)
    return Sitting(study=study, row=kept, engine=engine, store=store)


def estimate_s(study: Study, engine: Engine, jobs: int) -> float:
    """Seconds that the runs of a study will take, roughly."""
    tasks = [*planned(study, engine)]
    runs = sum(task.runs for task in tasks)
    return (runs * RUN_S[engine] + len(tasks) * CALL_S[engine]) / max(1, jobs)


def planned(study: Study, engine: Engine) -> Iterator[Task]:
    """Every batch that the plan asks for, in the order in which they are handed out."""
    for batch, first in enumerate(range(0, study.replicates, BATCH[engine])):
        runs = min(BATCH[engine], study.replicates - first)
        for point in study.points:
            key = BatchKey(world=0, batch=batch, point=point.number)
            yield _task(study, engine, key, first, runs)
    runs = min(WORLD_RUNS, study.replicates, BATCH[engine])
    moved = worlds(study)
    for point in study.points:
        for world, parts in enumerate(moved, 1):
            task = _task(study, engine, BatchKey(world=world, batch=0, point=point.number), 0, runs)
            behaviour = ranged(task.order.behaviour, parts)
            yield replace(task, order=replace(task.order, behaviour=behaviour))


def _task(study: Study, engine: Engine, key: BatchKey, first: int, runs: int) -> Task:
    return Task(
        key=key, engine=engine, order=study.order(study.points[key.point]), seed=study.seed,
        first=first, runs=runs, responses=study.responses,
    )  # fmt: skip


def worlds(study: Study) -> list[dict[str, float]]:
    """Where each assumed value stands in its range (0 to 1), for each of the other worlds.

    A Latin hypercube over every value that is assumed and that no factor sets; all points share it.
    """
    if not study.worlds:
        return []
    sets = {key for point in study.points for level in point.levels for key, _ in level.sets}
    if WHOLE[1] in sets:
        raise InputError(
            "worlds: the ranges differ between the behaviours that are compared; write worlds = 0"
        )
    paths = [
        path
        for path, one in study.behaviour.values.items()
        if one.label == "assumed" and one.low < one.high and f"{BEHAVIOUR}{path}" not in sets
    ]
    parts = qmc.LatinHypercube(len(paths), rng=study.seed).random(study.worlds)
    return [dict(zip(paths, map(float, row), strict=True)) for row in parts]


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
        done = {row.key for row in studies.batches(sitting.store, sitting.row.id)}
        tasks = [*planned(sitting.study, sitting.engine)]
        pace = _Pace(of=len(tasks), tell=tell)
        pace.begin(sum(task.key in done for task in tasks))
        while tasks:
            missing = [task for task in tasks if task.key not in done]
            for key in pool.through(missing, sitting):
                done.add(key)
                pace.step()
            tasks = [*_more(sitting, until)] if until else []
            pace.of += len(tasks)


def _more(sitting: Sitting, until: Until) -> Iterator[Task]:
    """The next batch of every point whose mean is not known well enough."""
    study, size = sitting.study, BATCH[sitting.engine]
    found: dict[int, list[Amounts]] = {}
    for row in studies.batches(sitting.store, sitting.row.id):
        if row.key.world == 0:
            amounts = np.asarray(row.amounts[until.response], np.int64)
            found.setdefault(row.key.point, []).append(amounts)
    for point, parts in sorted(found.items()):
        amounts = np.concatenate(parts)
        room = study.most - len(amounts)
        if room > 0 and half_width(until.response, amounts) > until.half_width:
            key = BatchKey(world=0, batch=len(parts), point=point)
            yield _task(study, sitting.engine, key, len(amounts), min(size, room))


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

    def through(self, tasks: Sequence[Task], sitting: Sitting) -> Iterator[BatchKey]:
        """Do the tasks; yields the key of each when it is kept."""
        if self._given is None and self._jobs == 1:
            for task in tasks:
                yield _kept(sitting, task, perform(task))
            return
        left, deaths = {task.key: task for task in tasks}, 0
        while left:
            try:
                for task, made in self._out([*left.values()]):
                    yield _kept(sitting, task, made)
                    del left[task.key]
                    deaths = 0
            except BrokenExecutor as error:
                deaths += 1
                self._close()
                if self._given is not None or deaths >= DEATHS:
                    raise RemitError(
                        f"study {sitting.row.id!r}: the workers died ({len(left)} batches are "
                        "missing, the others are kept); go on with --resume, or with --jobs 1"
                    ) from error

    def _out(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, dict[Response, Amounts]]]:
        """The tasks as they are done; a few are handed out ahead for each worker."""
        executor, coming = self._executor(), iter(tasks)
        waiting: dict[Future[dict[Response, Amounts]], Task] = {}
        try:
            while True:
                for task in coming:
                    waiting[executor.submit(perform, task)] = task
                    if len(waiting) >= AHEAD * self._jobs:
                        break
                if not waiting:
                    return
                broken: BrokenExecutor | None = None
                for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                    task = waiting.pop(future)
                    try:
                        made = future.result()
                    except BrokenExecutor as error:
                        broken = error
                        continue
                    yield task, made
                if broken is not None:
                    raise broken
        finally:
            for future in waiting:
                future.cancel()

    def _executor(self) -> Executor:
        if self._given is not None:
            return self._given
        if self._own is None:
            # Ctrl-C reaches every process of the terminal: only this one may act on it
            self._own = ProcessPoolExecutor(
                self._jobs, initializer=signal, initargs=(SIGINT, SIG_IGN)
            )
        return self._own

    def _close(self) -> None:
        if self._own is not None:
            self._own.shutdown(wait=True, cancel_futures=True)
            self._own = None


def _kept(sitting: Sitting, task: Task, made: dict[Response, Amounts]) -> BatchKey:
    amounts = {str(response): made[response].tolist() for response in task.responses}
    studies.keep(sitting.store, sitting.row.id, BatchRow(key=task.key, amounts=amounts))
    return task.key
