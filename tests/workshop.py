"""Runs on a store: recorded whole, cut anywhere, or watched at every moment."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from remit.agents.behaviour import load as behaviour
from remit.graph.order import Order
from remit.graph.runner import Engine, OpenRun, execute, reopen, start
from remit.state.policy import load as policy
from remit.state.record import StoredEntry
from remit.state.report import Artifact
from remit.state.store import Store
from tests.strategies import CLINIC

_TICKS = count()


def clock() -> datetime:
    """A clock that moves by a second whenever it is read."""
    return datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=next(_TICKS))


def order(team: str = "worst", seed: int = 0, **changes: Any) -> Order:
    """The clinic, built by a simulated team."""
    terms: dict[str, Any] = {
        "brief": CLINIC,
        "policy": policy("balanced"),
        "behaviour": behaviour(team),
        "seed": seed,
    }
    return Order(**{**terms, **changes})


def begun(store: Store, wanted: Order, **options: Any) -> OpenRun:
    """A run that has just been recorded."""
    return start(store, wanted, version="0.1.0", clock=clock, token=next(_TICKS), **options)


def done(store: Store, wanted: Order, engine: Engine = "loop") -> str:
    """The id of a run that went as far as it can."""
    run = begun(store, wanted)
    execute(run, engine)
    return run.id


def again(store: Store, run_id: str, **options: Any) -> OpenRun:
    """The run, opened from its journal."""
    return reopen(store, store.find(run_id), clock=clock, **options)


def fill_journal(store: Store, source: Store, run_id: str, rows: Sequence[StoredEntry]) -> None:
    """Journal the rows of a run in one database again in another, and nothing else."""
    for row in rows:
        entry = row.entry
        artifacts = tuple(
            Artifact(name=ref.name, content=source.artifact(ref.hash)) for ref in entry.artifacts
        )
        report = entry.report.model_copy(update={"artifacts": artifacts})
        store.append(run_id, entry.step, entry.seat, report, clock())
