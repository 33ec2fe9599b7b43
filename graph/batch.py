"""Many simulated runs: worked out in memory and stored a batch at a time.

A batch is one transaction. What a crash loses can be worked out again from its seeds, so nothing
is journalled step by step; the rows are those of the same run made durably.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from remit.agents.team import Team, simulated
from remit.graph.clerk import Clock, MemoryClerk, projection_of
from remit.graph.fold import begin
from remit.graph.loop import run_loop
from remit.graph.manifest import Manifest
from remit.graph.order import HumanMode, Order
from remit.graph.runner import Engine
from remit.graph.session import Session
from remit.state.codec import content_of
from remit.state.errors import InputError
from remit.state.record import CompleteRun, NewRun, RunRow, content_hash, document
from remit.state.store import Store

BATCH = 100
"""Runs in one transaction."""


class Hashes:
    """Hashes of contents that runs share: each is worked out once, however many runs name it.

    Only for contents that nobody alters, as simulated agents promise of theirs.
    """

    def __init__(self, most: int = 20_000) -> None:
        self._known: dict[int, tuple[Mapping[str, Any], str]] = {}
        self._most = most

    def __call__(self, content: dict[str, Any]) -> str:
        """`content_hash`; the content is held, so that no other can take its identity."""
        known = self._known.get(id(content))
        if known is None:
            if len(self._known) >= self._most:
                self._known.clear()
            known = self._known[id(content)] = (content, content_hash(content))
        return known[1]


@dataclass(frozen=True, kw_only=True, slots=True)
class Simulation:
    """An order made ready to be run under any seed."""

    order: Order
    new: NewRun
    """What all runs of the order have in common, for the record."""
    settings: Mapping[str, Any]
    manifest: Manifest
    manifest_json: Mapping[str, Any]
    team: Team
    work: Callable[[Session], None]
    """The graph or the plain loop: takes a session to its end."""
    hashes: Hashes = field(default_factory=Hashes)

    def session(self, seed: int) -> Session:
        """A run that has issued its first assignments."""
        return Session(
            course=begin(self.manifest),
            team=self.team,
            brief=self.order.brief,
            seed=seed,
            clerk=MemoryClerk(hash_of=self.hashes),
            manifest_json=self.manifest_json,
        )

    def run(self, seed: int) -> CompleteRun:
        """The run of this seed, from first to last."""
        session = self.session(seed)
        self.work(session)
        clerk = session.clerk
        assert isinstance(clerk, MemoryClerk)
        return CompleteRun(
            new=self.seeded(seed),
            entries=clerk.entries,
            contents=clerk.contents,
            projection=projection_of(session.course),
        )

    def name(self, seed: int) -> str | None:
        """What the run of a seed is called, where the order has a name."""
        return None if self.order.name is None else f"{self.order.name}-{seed}"

    def seeded(self, seed: int) -> NewRun:
        """What the record keeps of the run of a seed: `Order.new_run`, most of it made once."""
        begun = {**self.settings["begun"], "seed": seed}
        settings = document({**self.settings, "begun": begun})
        return replace(self.new, seed=seed, name=self.name(seed), settings=settings)

    def is_same(self, row: RunRow, seed: int) -> bool:
        """Whether a recorded run is the one that this seed would give."""
        new = self.seeded(seed)
        told = (new.brief.hash, new.policy.hash, new.behaviour.hash, new.settings.hash, seed)
        return told == (row.brief, row.policy, row.behaviour, row.settings, row.seed)


def simulation(
    order: Order, *, version: str, engine: Engine = "graph", artifacts: bool = True
) -> Simulation:
    """An order made ready; without `artifacts` nothing is rendered, which is faster.

    Backend then asks about the conditions it runs into by itself, and rows name no inputs.

    Raises:
        InputError: a seat is not simulated, or the order could never ship.
    """
    _refuse_others(order)
    manifest = order.manifest()
    new = order.new_run(version, artifacts=artifacts)
    return Simulation(
        order=order,
        new=new,
        settings=content_of(new.settings.hash, new.settings.text),
        manifest=manifest,
        manifest_json=manifest.to_json(),
        team=simulated(order.behaviour, order.roles, artifacts=artifacts),
        work=_engine(engine, manifest),
    )


def record_many(
    store: Store,
    many: Simulation,
    seeds: Iterable[int],
    *,
    clock: Clock,
    token: int,
    size: int = BATCH,
) -> Iterator[str]:
    """Simulate and store, `size` runs in one transaction; yields their ids as they are stored.

    With a name on the order the runs are called `<name>-<seed>`, and those already in the record
    are passed over: the same call goes on where a killed process stopped.

    Raises:
        InputError: a run of that name is there and was made under other terms.
    """
    wanted = iter(_missing(store, many, seeds) if many.order.name is not None else seeds)
    while batch := [many.run(seed) for seed in islice(wanted, size)]:
        yield from store.write_batch(batch, now=clock(), token=token)


def _engine(engine: Engine, manifest: Manifest) -> Callable[[Session], None]:
    if engine == "loop":
        return run_loop
    from remit.graph.wiring import runner_of

    return runner_of(manifest)


def _refuse_others(order: Order) -> None:
    given = {
        "a script": bool(order.script),
        "functions": bool(order.functions),
        "a person": order.human is not HumanMode.SIMULATED,
        "an earlier run's artifacts": bool(order.subject),
    }
    found = [what for what, there in given.items() if there]
    if found:
        raise InputError(
            f"team: {', '.join(found)} cannot take part in a batch; every seat must be simulated"
        )


def _missing(store: Store, many: Simulation, seeds: Iterable[int]) -> list[int]:
    """The seeds whose runs are not in the record."""
    there = {row.id: row for row in store.runs(policy=many.order.policy.name)}
    missing: list[int] = []
    for seed in seeds:
        row = there.get(many.name(seed) or "")
        if row is None:
            missing.append(seed)
        elif not many.is_same(row, seed):
            raise InputError(f"run {row.id!r}: was made under other terms; choose another name")
    return missing
