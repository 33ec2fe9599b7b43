"""One simulated run through the graph, each step durable, against the naive way of recording it."""

import tempfile
from itertools import count
from pathlib import Path

from _bare import Naive
from _measure import figure, machine, medians, scale, verdict
from _teams import clock, order

from remit.agents.team import simulated
from remit.graph.runner import execute, start
from remit.state.store import Store, open_store

TARGET = 3.0
_TOKENS = count()


def durable(store: Store, behaviour: str, *, artifacts: bool) -> int:
    """One run as `remit run` makes it; its handoffs."""
    wanted = order(behaviour)
    run = start(store, wanted, version="bench", clock=clock, token=next(_TOKENS))
    if not artifacts:
        run.session.team = simulated(wanted.behaviour, artifacts=False)
    execute(run, "graph")
    return len(run.course.handoffs)


def main() -> None:
    """Print the figures."""
    size = scale(repeats=25)
    machine()
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder, "record.db")) as store:
        try:
            naive = Naive(Path(folder))
        except ImportError:
            print("  SKIPPED: install langgraph-checkpoint-sqlite for the naive side")
            return
        for behaviour in ("perfect", "typical"):
            handoffs = durable(store, behaviour, artifacts=True)
            plain = durable(store, behaviour, artifacts=False)
            assert plain == handoffs
            sides = {
                "naive": lambda steps=handoffs: naive.run(steps),
                "remit": lambda name=behaviour: durable(store, name, artifacts=False),
                "artifacts": lambda name=behaviour: durable(store, name, artifacts=True),
            }
            took = medians(sides, size.repeats)
            print(f"{behaviour} team, {handoffs} handoffs")
            figure("naive: stock SqliteSaver (sync) + ORM commit a handoff", took["naive"], 1)
            figure("remit: journal, chain and projections, no artifacts", took["remit"], 1)
            figure("remit: the same with artifacts", took["artifacts"], 1)
            verdict("naive / remit", took["naive"] / took["remit"], TARGET)
            verdict("naive / remit with artifacts", took["naive"] / took["artifacts"], TARGET)


if __name__ == "__main__":
    main()
