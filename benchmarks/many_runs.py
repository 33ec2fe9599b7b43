"""Many simulated runs through the graph with their full record, against bare LangGraph."""

import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from _bare import Shape, chain, run_chain, run_shape, shaped, supersteps
from _measure import figure, machine, medians, scale, verdict
from _teams import clock, shape_of, team

from remit.graph.batch import Simulation, record_many
from remit.state.store import Store, open_store

TARGET = 1.3
_TOKENS = count(0, 1000)


def stored(store: Store, many: Simulation, runs: int) -> None:
    """Simulate and store the runs of the seeds from 0 on."""
    made: Iterator[str] = record_many(store, many, range(runs), clock=clock, token=next(_TOKENS))
    assert len(list(made)) == runs


def main() -> None:
    """Print the figures."""
    size = scale(repeats=9, runs=100)
    machine()
    bare, empty = chain(), shaped()
    for behaviour in ("perfect", "typical"):
        plain = team(behaviour, "graph")
        rendered = team(behaviour, "graph", artifacts=True)
        runs = [plain.run(seed).projection.handoffs for seed in range(size.runs)]
        shapes: list[Shape] = [shape_of(handoffs) for handoffs in runs]
        steps = [supersteps(shape) for shape in shapes]
        with tempfile.TemporaryDirectory() as folder, open_store(Path(folder, "r.db")) as store:
            took = medians(
                {
                    "chain": lambda each=steps: [run_chain(bare, n) for n in each],
                    "shaped": lambda each=shapes: [run_shape(empty, one) for one in each],
                    "plain": lambda many=plain: stored(store, many, size.runs),
                    "rendered": lambda many=rendered: stored(store, many, size.runs),
                },
                size.repeats,
            )
        handoffs = sum(len(one) for one in runs)
        print(f"{behaviour} team: {size.runs} runs, {handoffs} handoffs, {sum(steps)} supersteps")
        figure("bare LangGraph, a chain of as many supersteps", took["chain"], size.runs)
        figure("bare LangGraph, the same nodes and groups, empty", took["shaped"], size.runs)
        figure("remit: the graph with its full record in SQLite", took["plain"], size.runs)
        figure("remit: the same with artifacts", took["rendered"], size.runs)
        verdict("remit / bare chain", took["plain"] / took["chain"], TARGET, most=True)
        verdict("remit / bare nodes and groups", took["plain"] / took["shaped"], TARGET, most=True)
        print(f"  with artifacts: {took['rendered'] / took['chain']:.2f} of the bare chain")


if __name__ == "__main__":
    main()
