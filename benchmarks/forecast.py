"""Forecasts: sampled runs on arrays beside the plain loop and the graph, and exact solutions.

Both sides play the default policy with the typical team and render no artifacts. Times are of the
processor, so that other work on the machine counts for nothing.

The Python loop walks the rows of the chain that `written` makes, one run after the other: it draws
the way on, tokens, dollars and seconds, and adds up what is used. It keeps nothing else of a run,
and it knows only rows that enough runs come to; a run that leaves them is cut short there. The
sampled side starts with its moves known, as the loop does with its rows; it draws as much, plays
every run to its end, decides what each seat says, and keeps all that a `Sample` holds. As runs
differ in length so, what is compared is the time of one report (one handoff), not of one run.
"""

import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from _measure import Scale, machine, scale, verdict
from _teams import order, team
from _walk import rows, storm, walk

from remit.agents.behaviour import load
from remit.analysis.chain.moves import Moves
from remit.analysis.chain.sampling import sample
from remit.analysis.chain.solving import TooLarge, solve
from remit.analysis.chain.world import World, world_of
from remit.analysis.chain.written import DROPPED, written
from remit.graph.manifest import Manifest
from remit.graph.order import Order
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


def _peak(work: Callable[[], object]) -> str:
    """The most memory that was held at once while working, beside what was there before."""
    tracemalloc.start()
    work()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return f"{most / 1e6:,.0f} MB"


def main() -> None:
    """Print times and memory of sampled and exact forecasts beside what else could be done."""
    size = scale(repeats=3, runs=200)
    machine()
    told = order()
    world = world_of(told.brief, told.manifest(), artifacts=False)
    _sampled(size, told, world)
    _solved(told, world)
    _growth(told, world)


def _sampled(size: Scale, told: Order, world: World) -> None:
    manifest = told.manifest()
    loop, graph = _engine("loop", size.runs), _engine("graph", size.runs)
    print(f"  plain loop {loop * 1e3:9.3f} ms a run; graph {graph * 1e3:9.3f} ms a run")
    walked = _walked(told, world, least=1e-4 if size.quick else 1e-5)
    moves, cold, warm = Moves(manifest), 1.0, 1.0
    runs = 100_000 if size.quick else 1_000_000
    for part in (10, 1):
        moves = Moves(manifest)
        cold, warm = (
            _took(lambda: sample(manifest, told.behaviour, world, runs=runs // part, moves=moves))  # noqa: B023
            for _ in range(2)
        )
        print(
            f"  {runs // part:>9,} sampled: {cold:7.2f} s, again {warm:7.2f} s; "
            f"{moves.size:,} positions"
        )
    found = sample(manifest, told.behaviour, world, runs=runs, moves=moves)
    report = warm / int(found.handoffs.sum())
    print(
        f"  sampled, moves known: {report * 1e6:.3f} us a report, {found.handoffs.mean():.1f} a run"
    )
    few = _peak(lambda: sample(manifest, told.behaviour, world, runs=100_000, moves=moves))
    print(f"  100,000 sampled hold {few} at most, their results among it")
    verdict("a report of the Python loop over a sampled one, moves known", walked / report, 20)
    verdict("sampled over the plain loop", loop * runs / cold, 20)
    verdict("sampled over the graph", graph * runs / cold, 1_000)


def _walked(told: Order, world: World, least: float) -> float:
    """Seconds of a report in a Python loop over the rows of the chain, which are made before."""
    listing = written(told.manifest(), told.behaviour, world, least=least)
    table, times, ends = rows(listing), list[float](), list[int]()
    for seed in range(3):
        began = time.process_time()
        runs = walk(table, 20_000, seed)
        times.append((time.process_time() - began) / sum(steps for _, steps, *_ in runs))
        ends += [end for end, *_ in runs]
    cut = np.mean(listing.labels[DROPPED][ends])
    print(
        f"  Python loop over {len(table):,} rows of the chain: {min(times) * 1e6:.3f} us a report; "
        f"{cut:.0%} of the runs leave these rows and are cut short"
    )
    return min(times)


def _least(manifest: Manifest, most: int) -> Manifest:
    """With no more than so much left under any limit."""
    return replace(manifest, **{one: min(most, manifest.limit(one)) for one in LOOPS})


def _solved(told: Order, world: World) -> None:
    """Solved here and by Storm; here from the rules on, there from the written chain on."""
    closed = _least(told.manifest(), 0)
    for what, manifest in (
        ("limits of 0", closed),
        ("and one escalation", replace(closed, escalations=1)),
    ):
        found = solve(manifest, told.behaviour, world)
        ours = _took(lambda: solve(manifest, told.behaviour, world))  # noqa: B023
        held = _peak(lambda: solve(manifest, told.behaviour, world))  # noqa: B023
        print(f"  {what}: {found.states:,} states, {found.missing:.0e} missing: "
              f"{ours:.2f} s, {held}")  # fmt: skip
        judge = storm(written(manifest, told.behaviour, world, least=found.least))
        if judge is None:
            print("  Storm: not here (package stormpy); not compared")
            continue
        theirs = _took(judge)
        print(f"  the same by Storm, read, built and solved: {theirs:.2f} s")
        verdict("Storm over exact", theirs / ours, 1)


def _growth(told: Order, world: World) -> None:
    """What limits of one to six each do to sampled and exact forecasts."""
    print("  limits of  positions of 10,000 runs   sampled   exact to 0.001, a strong team")
    for most in range(1, 7):
        plain = told.manifest()
        manifest = replace(plain, **dict.fromkeys(map(str, LOOPS), most))
        moves = Moves(manifest)
        drawn = _took(lambda: sample(manifest, told.behaviour, world, runs=10_000, moves=moves))  # noqa: B023
        began = time.process_time()
        try:
            found = solve(manifest, load("strong"), world, tolerance=1e-3, most_states=500_000)
            said = f"{found.states:,} states"
        except TooLarge as error:
            said = f"refused: {error.size} states"
        took = time.process_time() - began
        print(f"  {most:>9} {moves.size:>25,} {drawn:>8.2f} s  {took:>7.2f} s: {said}")


if __name__ == "__main__":
    main()
