"""Cost and bytes of a handoff in a run of 20 and in one of 500, and against stock checkpoints."""

import sqlite3
import tempfile
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from _bare import checkpointed
from _measure import figure, machine, medians, scale, verdict
from _teams import clock, order

from remit.agents.draws import BILLION
from remit.graph.batch import Simulation, record_many, simulation
from remit.graph.order import Order
from remit.state.store import open_store
from remit.state.vocabulary import Limit

SHORT, LONG = 20, 500
GROWTH_TARGET, STOCK_TARGET = 1.1, 15.0
_TOKENS = count(0, 1000)
_LOOPS = (
    "requirement_rework", "contract_review", "change_requests", "rework_backend",
    "rework_frontend", "no_progress", "escalations", "human_questions",
)  # fmt: skip


def endless(handoffs: int) -> Order:
    """A team that never mends what it breaks, under limits that stop it only by its handoffs."""
    wanted = order("worst")
    limits = wanted.policy.limits.model_copy(
        update={
            **dict.fromkeys(_LOOPS, 10_000), "grants": 0, "handoffs": handoffs,
            "dollars": 10**6, "tokens": 10**9, "hours": 10**5,
        }
    )  # fmt: skip
    at_limit = wanted.policy.at_limit.model_copy(update={"budget": "stop"})
    policy = wanted.policy.model_copy(update={"limits": limits, "at_limit": at_limit})
    behaviour = wanted.behaviour
    for path in behaviour.values:
        if path.startswith(_CHANCES):
            bug = path.endswith(("backend_bug", "find.again")) and not path.startswith("mend.")
            behaviour = behaviour.varied(path, BILLION if bug else 0)
    return replace(wanted, policy=policy, behaviour=behaviour)


_CHANCES = ("make.", "find.", "mend.", "question.", "conditions.", "agent_failed")


def stored_bytes(folder: Path, many: Simulation, runs: int) -> int:
    """Size of a record that holds these runs and nothing else."""
    path = folder / f"{next(_TOKENS)}.db"
    with open_store(path) as store:
        list(record_many(store, many, range(runs), clock=clock, token=0))
    return size_of(path)


def size_of(path: Path) -> int:
    """Bytes of a database once its log is written back."""
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path.stat().st_size


def stock_bytes(folder: Path, bodies: list[dict[str, Any]]) -> int:
    """Size of stock checkpoints of one run, the handoffs in the state."""
    from langgraph.checkpoint.sqlite import SqliteSaver

    path = folder / "checkpoints.db"
    with SqliteSaver.from_conn_string(str(path)) as saver:
        checkpointed(saver, bodies)
    return size_of(path)


def work(many: Simulation, runs: int) -> int:
    """Take runs to their end; how many handoffs they made."""
    handoffs = 0
    for seed in range(runs):
        session = many.session(seed)
        many.work(session)
        assert session.course.ended_by is Limit.HANDOFFS
        handoffs += len(session.course.handoffs)
    return handoffs


def main() -> None:
    """Print the figures."""
    size = scale(repeats=9)
    machine()
    ready = {
        length: simulation(endless(length), version="bench", engine="loop", artifacts=False)
        for length in (SHORT, LONG)
    }
    runs = {SHORT: 25, LONG: 1}
    handoffs = {length: work(ready[length], runs[length]) for length in runs}
    took = medians(
        {str(length): lambda at=length: work(ready[at], runs[at]) for length in runs},
        size.repeats,
    )
    each = {length: took[str(length)] / handoffs[length] for length in runs}
    for length in runs:
        figure(f"plain loop, runs of {length} handoffs", each[length], 1, "handoff")
    verdict("time a handoff, 500 / 20", each[LONG] / each[SHORT], GROWTH_TARGET, most=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        empty = stored_bytes(folder, ready[SHORT], 0)
        weigh = {
            length: (stored_bytes(folder, ready[length], 10 * runs[length]) - empty)
            / (10 * handoffs[length])
            for length in runs
        }
        for length in runs:
            print(f"  bytes a handoff, runs of {length}: {weigh[length]:.0f}")
        verdict("bytes a handoff, 500 / 20", weigh[LONG] / weigh[SHORT], GROWTH_TARGET, most=True)
        bodies = [one.body() for one in ready[LONG].run(0).projection.handoffs]
        try:
            stock = stock_bytes(folder, bodies) / len(bodies)
        except ImportError:
            print("  SKIPPED: install langgraph-checkpoint-sqlite for the stock checkpoints")
            return
        print(f"  bytes a handoff, stock checkpoints with the list in the state: {stock:.0f}")
        verdict("stock / remit, 500 handoffs", stock / weigh[LONG], STOCK_TARGET)


if __name__ == "__main__":
    main()
