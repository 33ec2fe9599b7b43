"""Engines: who makes the runs of a study. A batch of runs is a function of its task alone.

A task can be pickled, so that another process, or another machine, can do it. Tasks that share
much are done together; what comes of each does not depend on its company.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Literal

from remit.analysis.chain.moves import Moves
from remit.analysis.chain.several import sample_several
from remit.analysis.chain.world import World, world_of
from remit.analysis.study.exact import MOST, Inexact, solutions
from remit.analysis.study.responses import Amounts, Response, of_courses, of_sample
from remit.graph.batch import simulation
from remit.graph.course import Course
from remit.graph.manifest import Manifest
from remit.graph.order import Order
from remit.state.brief import Brief
from remit.state.errors import InputError
from remit.state.studies import BatchKey


class Engine(StrEnum):
    """How runs are made."""

    EXACT = "exact"
    """Solved: no runs, and no luck in the means."""
    SAMPLE = "sample"
    """On arrays, thousands at a time; nothing is written down but what they came to."""
    PLAIN = "plain"
    """One by one with every handoff, by the plain loop."""
    GRAPH = "graph"
    """One by one with every handoff, through LangGraph; the same runs as `plain`."""


BATCH: Mapping[Engine, int] = {
    Engine.EXACT: 1, Engine.SAMPLE: 5_000, Engine.PLAIN: 25, Engine.GRAPH: 25
}  # fmt: skip
"""Runs in a batch: what is lost at most when a worker dies."""
RUN_S: Mapping[Engine, float] = {
    Engine.EXACT: 0.0, Engine.SAMPLE: 5e-5, Engine.PLAIN: 5e-3, Engine.GRAPH: 2e-2
}  # fmt: skip
"""Seconds that a run takes, roughly (benchmarks/study.py); for the estimate before the start."""
CALL_S: Mapping[Engine, float] = {
    Engine.EXACT: 1.5, Engine.SAMPLE: 0.8, Engine.PLAIN: 0.02, Engine.GRAPH: 0.05
}  # fmt: skip
"""Seconds that tasks done together take beside their runs."""
TOGETHER: Mapping[Engine, int] = {
    Engine.EXACT: 8, Engine.SAMPLE: 20_000, Engine.PLAIN: 1, Engine.GRAPH: 1
}  # fmt: skip
"""Runs of tasks that are done together, unless one alone has more."""
_KEPT = 12
"""Policies whose moves a process remembers; the batches of one come one after the other."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """A batch to be run."""

    key: BatchKey
    name: str = ""
    """Of the point."""
    engine: Engine
    order: Order
    seed: int
    """Of the study."""
    first: int
    """Number of the first run: the same number has the same luck at every point."""
    runs: int
    responses: tuple[Response, ...]


Made = dict[Response, Amounts]
"""What a task came to: an amount for each run; solved, the mean and its error."""


def together(tasks: Iterable[Task]) -> list[tuple[Task, ...]]:
    """The tasks, those that share a policy and their luck side by side, up to `TOGETHER` runs."""
    found: dict[object, list[list[Task]]] = {}
    for number, task in enumerate(tasks):
        parts = found.setdefault(_shared(task) or ("alone", number), [])
        if not parts or (len(parts[-1]) + 1) * task.runs > TOGETHER[task.engine]:
            parts.append([])
        parts[-1].append(task)
    return [tuple(part) for parts in found.values() for part in parts]


def _shared(task: Task) -> object:
    """What tasks have in common that are done together; nothing where each is done alone."""
    if TOGETHER[task.engine] == 1:
        return None
    spreads = tuple(one.spread for one in task.order.behaviour.values.values())
    return task.order.manifest(), task.first, task.runs, spreads


def perform(tasks: Sequence[Task]) -> list[Made]:
    """What the runs of each task came to.

    Raises:
        InputError: a point cannot be solved.
    """
    made = _MAKERS[tasks[0].engine](tasks)
    return [
        {one: column[one] for one in task.responses}
        for task, column in zip(tasks, made, strict=True)
    ]


def _exactly(tasks: Sequence[Task]) -> Iterator[Made]:
    found = solutions([task.order for task in tasks], MOST)
    for task in tasks:
        try:
            yield next(found)
        except Inexact as error:
            where = " in another world" if task.key.world else ""
            raise InputError(
                f"point {task.key.point} ({task.name}){where} {error.problems[0]}, so the study is "
                "not solved exactly; take --engine sample, under another --name if this one is in "
                "the record"
            ) from error


def _sampled(tasks: Sequence[Task]) -> Iterator[Made]:
    first = tasks[0]
    manifest = first.order.manifest()
    world, moves = _learned(_Brief(first.order.brief), manifest)
    # a sample counts its runs from 0, so every batch has a seed of its own
    seed = (first.seed << 32) + first.first
    behaviours = [task.order.behaviour for task in tasks]
    runs = first.runs
    told = sample_several(manifest, behaviours, world, runs=runs, seed=seed, moves=moves)
    yield from map(of_sample, told)


@dataclass(frozen=True, slots=True)
class _Brief:
    """A brief that is told from others by what it says."""

    brief: Brief

    def __hash__(self) -> int:
        return hash(self.brief.model_dump_json())


@lru_cache(maxsize=_KEPT)
def _learned(brief: _Brief, manifest: Manifest) -> tuple[World, Moves]:
    """What a process knows about a brief under a policy; the moves grow with every batch."""
    return world_of(brief.brief, manifest, artifacts=False), Moves(manifest)


def _looped(tasks: Sequence[Task]) -> Iterator[Made]:
    for task in tasks:
        order = replace(task.order, seed=0)
        how: Literal["loop", "graph"] = "loop" if task.engine is Engine.PLAIN else "graph"
        many = simulation(order, version="study", engine=how, artifacts=False)
        courses: list[Course] = []
        for number in range(task.first, task.first + task.runs):
            session = many.session((task.seed << 32) + number)
            many.work(session)
            courses.append(session.course)
        yield of_courses(courses)


_MAKERS: Mapping[Engine, Callable[[Sequence[Task]], Iterator[Made]]] = {
    Engine.EXACT: _exactly,
    Engine.SAMPLE: _sampled,
    Engine.PLAIN: _looped,
    Engine.GRAPH: _looped,
}
