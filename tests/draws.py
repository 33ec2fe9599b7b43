"""Runs from laws that are known by hand, for what is said of runs."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from remit.agents.behaviour import Behaviour, load
from remit.analysis.forecast.drawn import Draw, Drawn
from remit.state.vocabulary import BUDGETS, LOOPS, FlawKind, Stage


def runs(count: int, **columns: Any) -> Drawn:
    """Runs that all ship without a flaw and take nothing, but for the columns that are given."""
    none = np.zeros(count, np.int64)
    plain: dict[str, Any] = {
        "ends": none, "handoffs": none, "tokens": none, "cost_micros": none, "elapsed_s": none,
        "cto_matters": none, "human_matters": none, "rework": none, "changes": none,
        "versions": none, "debts": none,
        "escaped": np.zeros((len(FlawKind), count), np.bool_),
        "accepted": np.zeros((len(FlawKind), count), np.bool_),
        "reached": np.zeros((len(LOOPS), count), np.bool_),
        "over": np.zeros((len(BUDGETS), count), np.bool_),
        "visits": np.zeros((len(Stage), count), np.int64),
    }  # fmt: skip
    return Drawn(**{**plain, **columns})


def luck(count: int, seed: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """One uniform number for each run."""
    return np.random.default_rng(seed).random(count)


def draw_by(law: Callable[[Behaviour, np.ndarray[Any, Any]], Drawn]) -> Draw:
    """What draws runs by a law of the behaviour and the runs' luck."""

    def draw(behaviours: Sequence[Behaviour], count: int, seed: int) -> Iterator[Drawn]:
        for behaviour in behaviours:
            yield law(behaviour, luck(count, seed))

    return draw


def guessing(*paths: str) -> Behaviour:
    """The typical behaviour, of which only these values are assumed."""
    behaviour = load("typical")
    values = {
        path: one.model_copy(update={"label": "assumed" if path in paths else "measured"})
        for path, one in behaviour.values.items()
    }
    return behaviour.model_copy(update={"values": values})
