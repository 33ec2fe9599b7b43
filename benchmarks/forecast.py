"""Forecasts: sampled runs on arrays beside the plain loop and the graph, and exact solutions.

Both sides play the default policy with the typical team and render no artifacts. Times are of the
processor, so that other work on the machine counts for nothing.
"""

import time
from collections.abc import Callable
from dataclasses import replace

from _measure import machine, scale, verdict
from _teams import order, team

from remit.analysis.chain.moves import Moves
from remit.analysis.chain.sampling import sample
from remit.analysis.chain.solving import TooLarge, solve
from remit.analysis.chain.world import world_of
from remit.graph.manifest import Manifest
from remit.graph.runner import Engine
from remit.state.vocabulary import LOOPS


def _took(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _engine(engine: Engine, runs: int) -> float:
    many = team("typical", engine)
    many.run(0)
    return _took(lambda: [many.work(many.session(seed)) for seed in range(runs)]) / runs


def main() -> None:
    """Print sampled and engine times a run, their ratios, and what is solved how fast."""
    size = scale(repeats=3, runs=200)
    machine()
    told = order()
    manifest = told.manifest()
    world = world_of(told.brief, manifest, artifacts=False)
    loop, graph = _engine("loop", size.runs), _engine("graph", size.runs)
    print(f"  plain loop {loop * 1e3:9.3f} ms a run; graph {graph * 1e3:9.3f} ms a run")
    runs, cold = 1, 1.0
    for runs in (10_000, 100_000) if size.quick else (10_000, 100_000, 1_000_000):
        moves = Moves(manifest)
        cold, warm = (
            _took(lambda: sample(manifest, told.behaviour, world, runs=runs, moves=moves))  # noqa: B023
            for _ in range(2)
        )
        print(f"  {runs:>9,} sampled: {cold:7.2f} s, again {warm:7.2f} s; {moves.size:,} positions")
    verdict("sampled over the plain loop", loop * runs / cold, 20)
    verdict("sampled over the graph", graph * runs / cold, 1_000)
    for most in (0, 1):
        small = replace(manifest, **{one: min(most, manifest.limit(one)) for one in LOOPS})
        for tolerance in (1e-3, 1e-6):
            _solved(f"limits of {most}, to {tolerance:g}", small, tolerance)
    _solved("the default policy, to 1e-06", manifest, 1e-6)


def _solved(what: str, manifest: Manifest, tolerance: float) -> None:
    told = order()
    world = world_of(told.brief, told.manifest(), artifacts=False)
    began = time.process_time()
    try:
        found = solve(manifest, told.behaviour, world, tolerance=tolerance)
    except TooLarge as error:
        said = str(error)
    else:
        said = f"{found.states:,} states, {found.missing:.1e} missing"
    print(f"  {what:30} {time.process_time() - began:7.2f} s: {said}")


if __name__ == "__main__":
    main()
