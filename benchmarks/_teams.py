"""The simulated teams that the benchmarks run."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby

from _bare import Shape

from remit.agents.behaviour import load as load_behaviour
from remit.graph.batch import Simulation, simulation
from remit.graph.order import Order
from remit.graph.runner import Engine
from remit.state.brief_text import load as load_brief
from remit.state.handoff import Handoff
from remit.state.policy import load as load_policy

NOW = datetime(2025, 1, 1, tzinfo=UTC)


def clock() -> datetime:
    """A clock that stands still."""
    return NOW


def order(behaviour: str = "typical", policy: str = "balanced", seed: int = 0) -> Order:
    """A run of the packaged invoicing brief."""
    return Order(
        brief=load_brief("invoicing"),
        policy=load_policy(policy),
        behaviour=load_behaviour(behaviour),
        seed=seed,
    )


def shape_of(handoffs: Sequence[Handoff]) -> Shape:
    """Who worked in each step of a run."""
    steps = groupby((one for one in handoffs if one.to), key=lambda one: one.step)
    return tuple(tuple(str(one.to) for one in group) for _, group in steps)


def team(behaviour: str, engine: Engine, *, artifacts: bool = False) -> Simulation:
    """The same, ready to be run under many seeds."""
    return simulation(order(behaviour), version="bench", engine=engine, artifacts=artifacts)
