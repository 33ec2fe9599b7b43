"""Engines: who makes the runs of a study. A batch of runs is a function of its task alone.

A task can be pickled, so that another process, or another machine, can do it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Literal

from remit.agents.behaviour import Behaviour
from remit.analysis.chain.moves import Moves
from remit.analysis.chain.sampling import sample
from remit.analysis.chain.world import World, world_of
from remit.analysis.study.responses import Amounts, Response, of_courses, of_sample
from remit.graph.batch import simulation
from remit.graph.course import Course
from remit.graph.manifest import Manifest
from remit.graph.order import Order
from remit.state.brief import Brief
from remit.state.studies import BatchKey


class Engine(StrEnum):
    """How runs are made."""

    SAMPLE = "sample"
    """On arrays, thousands at a time; nothing is written down but what they came to."""
    PLAIN = "plain"
    """One by one with every handoff, by the plain loop."""
    GRAPH = "graph"
    """One by one with every handoff, through LangGraph; the same runs as `plain`."""


BATCH: Mapping[Engine, int] = {Engine.SAMPLE: 5_000, Engine.PLAIN: 25, Engine.GRAPH: 25}
"""Runs in a batch: what is lost at most when a worker dies."""
RUN_S: Mapping[Engine, float] = {Engine.SAMPLE: 3e-4, Engine.PLAIN: 5e-3, Engine.GRAPH: 2e-2}
"""Seconds that a run takes, roughly (benchmarks/study.py); for the estimate before the start."""
CALL_S: Mapping[Engine, float] = {Engine.SAMPLE: 0.8, Engine.PLAIN: 0.02, Engine.GRAPH: 0.05}
"""Seconds that a batch takes beside its runs."""
_KEPT = 4
"""Policies whose moves a process remembers; the batches of one come one after the other."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """A batch to be run."""

    key: BatchKey
    engine: Engine
    order: Order
    seed: int
    """Of the study."""
    first: int
    """Number of the first run: the same number has the same luck at every point."""
    runs: int
    responses: tuple[Response, ...]


def perform(task: Task) -> dict[Response, Amounts]:
    """What the runs of a task came to."""
    made = _MAKERS[task.engine](task)
    return {one: made[one] for one in task.responses}


def _sampled(task: Task) -> dict[Response, Amounts]:
    order = task.order
    manifest = order.manifest()
    world, moves = _learned(_Brief(order.brief), manifest)
    # a sample counts its runs from 0, so every batch has a seed of its own
    seed = (task.seed << 32) + task.first
    told = sample(manifest, order.behaviour, world, runs=task.runs, seed=seed, moves=moves)
    return of_sample(told)


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


def _looped(task: Task) -> dict[Response, Amounts]:
    order = replace(task.order, seed=0)
    how: Literal["loop", "graph"] = "loop" if task.engine is Engine.PLAIN else "graph"
    many = simulation(order, version="study", engine=how, artifacts=False)
    courses: list[Course] = []
    for number in range(task.first, task.first + task.runs):
        session = many.session((task.seed << 32) + number)
        many.work(session)
        courses.append(session.course)
    return of_courses(courses)


_MAKERS: Mapping[Engine, Callable[[Task], dict[Response, Amounts]]] = {
    Engine.SAMPLE: _sampled,
    Engine.PLAIN: _looped,
    Engine.GRAPH: _looped,
}


def ranged(behaviour: Behaviour, parts: Mapping[str, float]) -> Behaviour:
    """The behaviour with some values moved within their ranges, each to a part (0 to 1) of it."""
    for path, part in parts.items():
        one = behaviour.values[path]
        behaviour = behaviour.varied(path, one.low + int(part * (one.high - one.low)))
    return behaviour
