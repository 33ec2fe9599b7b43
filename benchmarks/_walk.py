"""What forecasts are compared with: a Python loop over the chain's rows, and the Storm checker."""

from bisect import bisect
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from itertools import accumulate, pairwise
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from remit.analysis.chain.rewards import REWARDS
from remit.analysis.prism import Listing, drn

Row = tuple[list[float], list[int], float, float, float, float]
"""Ends of the ways' shares, where they lead, and what the report adds on average."""
ADDED = ("handoffs", "tokens", "cost_micros", "elapsed_s")
Walked = tuple[int, int, float, int, int, int]
"""Where a run ended (its row), how many reports it made, and what it used (`ADDED`)."""


def rows(listing: Listing) -> list[Row | None]:
    """The chain as plain lists, ready to be walked; `None` where it ends."""
    starts: list[int] = np.searchsorted(listing.source, np.arange(listing.size + 1)).tolist()
    target: list[int] = listing.target.tolist()
    chance: list[float] = listing.probability.tolist()
    handoffs, tokens, cost, seconds = (listing.rewards[name] for name in ADDED)
    found = list[Row | None]()
    for state, (begin, end) in enumerate(pairwise(starts)):
        ends = list(accumulate(chance[begin:end]))[:-1]
        used = float(tokens[state]), float(cost[state]), float(seconds[state])
        row = ends, target[begin:end], float(handoffs[state]), *used
        found.append(None if target[begin:end] == [state] else row)
    return found


def walk(table: list[Row | None], runs: int, seed: int) -> list[Walked]:
    """Runs one after the other, with as many draws for costs and time as `sample` makes."""
    draw, found = Random(seed).random, list[Walked]()
    for _ in range(runs):
        state, steps, handoffs, tokens, cost, seconds = 0, 0, 0.0, 0, 0, 0
        while (row := table[state]) is not None:
            steps += 1
            ends, targets, issued, used, micros, time = row
            handoffs += issued
            off = 0.6 * (draw() + draw() - 1)
            tokens += int(used + used * off)
            cost += int(micros + micros * off)
            seconds += int(time + time * 0.5 * (draw() + draw() - 1))
            state = targets[bisect(ends, draw())] if ends else targets[0]
        found.append((state, steps, handoffs, tokens, cost, seconds))
    return found


def storm(listing: Listing) -> Callable[[], object] | None:
    """Builds the chain in Storm and asks for every probability and mean; `None` without Storm."""
    if find_spec("stormpy") is None:
        return None
    stormpy: Any = import_module("stormpy")
    environments: Any = import_module("stormpy.environments")
    lines = "\n".join(drn(listing)) + "\n"
    over = " | ".join(f'"{name}"' for name, holds in listing.labels.items() if holds.any())
    asked = [f'P=? [F "{name}"]' for name, holds in listing.labels.items() if holds.any()]
    asked += [f'R{{"{name}"}}=? [F ({over})]' for name in REWARDS]

    def judge() -> None:
        with TemporaryDirectory() as folder:
            file = Path(folder, "chain")
            file.write_text(lines)
            model = stormpy.build_model_from_drn(str(file))
        for query in stormpy.parse_properties(";".join(asked)):
            stormpy.model_checking(model, query, environment=environments.Environment())

    return judge
