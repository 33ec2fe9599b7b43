"""Kills processes in the middle of a run and counts what that did to the record."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import remit
from remit.graph.verify import verify
from remit.state.canonical import digest
from remit.state.errors import InputError
from remit.state.store import Store, open_store
from remit.state.vocabulary import ENDS
from tests.kill_worker import BUSY, Task

ROOT = Path(__file__).parents[1]
Row = tuple[int, int, str, str]
"""A journal row: number, step, seat, hash."""


@dataclass(kw_only=True, slots=True)
class Tally:
    """What was done, and what it did."""

    runs: int = 0
    kills: int = 0
    inside: int = 0
    """Kills between the first and the last row of a journal."""
    busy: int = 0
    """Processes that stopped because another one owned the run."""
    reports: int = 0
    asks: int = 0
    """How often agents were really asked."""
    lost: int = 0
    """Journal rows that were there after one kill and not, or otherwise, after a later one."""
    doubled: int = 0
    """Assignments journalled twice, or asked again though they were journalled."""
    diverged: int = 0
    """Runs whose record is not the fold of their journal, or not what a process acted on."""
    moments: list[float] = field(default_factory=list[float])
    """When a run was killed, as a share of its journal."""
    troubles: list[str] = field(default_factory=list[str])

    def add(self, other: "Tally") -> None:
        """Count another tally in."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))

    @property
    def clean(self) -> bool:
        """Whether nothing happened that must not."""
        return not (self.lost or self.doubled or self.diverged or self.troubles)

    def __str__(self) -> str:
        quarters = Counter(min(3, int(4 * moment)) for moment in self.moments)
        lines = [
            f"{self.runs} runs, {self.kills} kills, {self.inside} of them between the first and "
            f"the last journal row ({', '.join(str(quarters[n]) for n in range(4))} by quarter)",
            f"{self.reports} reports, {self.asks} times asked, {self.busy} processes turned away",
            f"{self.lost} lost, {self.doubled} doubled, {self.diverged} diverged",
        ]
        return "\n".join(lines + self.troubles[:10])


class Nursery:
    """A process that forks the workers; the harness alone kills them, by their ids."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.kill_worker"],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._answer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate(timeout=60)

    def spawn(self, task: Task) -> int:
        """Begin a task; the id of its process."""
        return int(self._ask(task))

    def wait(self, pid: int) -> int:
        """The exit code of a process, -9 when it was killed."""
        return int(self._ask({"wait": pid}))

    def run(self, task: Task) -> int:
        """A task from begin to end; its exit code."""
        return self.wait(self.spawn(task))

    def _ask(self, line: dict[str, Any]) -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(line) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


def journal(db: Path, run: str) -> list[Row]:
    """The journal as the file has it; nothing while there is none."""
    if not db.exists():
        return []
    connection = sqlite3.connect(db, timeout=30)
    query = "SELECT n, step, seat, hash FROM reports WHERE run_id = ? ORDER BY n"
    try:
        return connection.execute(query, (run,)).fetchall()
    except sqlite3.OperationalError:
        return []
    finally:
        connection.close()


def until(happened: Callable[[], bool], most_s: float) -> None:
    """Wait for something to happen, but no longer than so many seconds."""
    end = time.monotonic() + most_s
    while not happened() and time.monotonic() < end:
        time.sleep(0.005)


class Watch:
    """One run under fire: what its record said after each kill."""

    def __init__(self, db: Path, run: str) -> None:
        self.db, self.run, self.tally = db, run, Tally(runs=1)
        self._known: list[Row] = []
        self._lengths: list[int] = []

    @property
    def length(self) -> int:
        """Rows of the journal when it was last looked at."""
        return len(self._known)

    def killed(self) -> None:
        """Count a kill, and look at the record as it was left."""
        self.tally.kills += 1
        self.look()
        if self._known and not self.ended():
            self.tally.inside += 1
            self._lengths.append(len(self._known))

    def look(self) -> None:
        """The journal only grows, and the record follows from it at every moment."""
        now = journal(self.db, self.run)
        if now[: len(self._known)] != self._known:
            self.tally.lost += sum(row not in now for row in self._known) or 1
            self.tally.troubles.append(f"{self.run}: rows of the journal are lost")
        self._known = now
        if now:
            with open_store(self.db) as store:
                self._verify(store)

    def ended(self) -> bool:
        """Whether the last thing recorded is the run's end."""
        try:
            with open_store(self.db) as store:
                return str(store.find(self.run).outcome) in ENDS
        except InputError:
            return False

    def end(self) -> Tally:
        """Look at the record of the ended run."""
        self.look()
        self.tally.reports = len(self._known)
        self.tally.moments = [length / len(self._known) for length in self._lengths]
        return self.tally

    def finish(self, side: Path) -> Tally:
        """`end`, and compare the record with what really happened."""
        self.end()
        notes = [json.loads(line) for line in side.read_text().splitlines()]
        self.tally.troubles += [one["text"] for one in notes if one["kind"] == "error"]
        with open_store(self.db) as store:
            self._asked(store, [one for one in notes if one["kind"] == "ask"])
            self._acted(store, [one for one in notes if one["kind"] == "act"])
        return self.tally

    def _verify(self, store: Store) -> None:
        difference = verify(store, self.run)
        if difference is not None:
            self.tally.diverged += 1
            self.tally.troubles.append(str(difference))

    def _asked(self, store: Store, asks: list[dict[str, str]]) -> None:
        """Each report is that of the last asking, and no more was asked than the kills explain."""
        rows = store.journal(self.run)
        keys = Counter(f"{row.step}/{row.seat}" for row in rows)
        self.tally.doubled += sum(count - 1 for count in keys.values())
        self.tally.asks = len(asks)
        for row in rows:
            tokens = [one["token"] for one in asks if one["key"] == f"{row.step}/{row.seat}"]
            if row.seat == "human" and not tokens:
                continue
            journalled = row.report.summary.split()[0]
            again = len(tokens) - 1 - tokens.index(journalled) if journalled in tokens else 1
            if again or len(tokens) > 1 + self.tally.kills:
                self.tally.doubled += 1
                self.tally.troubles.append(f"{self.run} {row.step}/{row.seat}: asked {tokens}")
        if len(asks) > len(rows) + 2 * self.tally.kills:
            self.tally.troubles.append(f"{self.run}: {len(asks)} times asked for {len(rows)}")

    def _acted(self, store: Store, acts: list[dict[str, Any]]) -> None:
        """What a process acted on is what the record says."""
        recorded = {row.seq: digest(row.body) for row in store.handoffs(self.run)}
        wrong = [one["seq"] for one in acts if recorded.get(one["seq"]) != one["digest"]]
        if wrong:
            self.tally.diverged += 1
            self.tally.troubles.append(f"{self.run}: acted on other handoffs: {wrong}")


def task_of(db: Path, run: str, rng: random.Random) -> Task:
    """A task for a worker: some team, on some engine."""
    return {
        "db": str(db),
        "run": run,
        "side": str(db.with_name(f"{run}.side")),
        "team": rng.choice(["typical", "weak", "worst"]),
        "engine": rng.choice(["graph", "graph", "loop"]),
        "pace_s": 0.01,
    }


def under_fire(
    nursery: Nursery, db: Path, run: str, rng: random.Random, spread_s: float, most: int
) -> Tally:
    """A run that is killed at random moments, resumed by one process or two, until it ends.

    Args:
        nursery: forks the workers.
        db: the record.
        run: the run's name.
        rng: decides about moments, clocks and companions.
        spread_s: processes are killed up to so long after they have journalled something; one in
            five as soon as it is there.
        most: kills after which the run is left to end.
    """
    watch, task = Watch(db, run), task_of(db, run, rng)
    while watch.tally.kills < most and not watch.ended():
        count = 2 if rng.random() < 0.25 else 1
        offsets = [rng.uniform(-5, 5) * 86_400 for _ in range(count)]
        pids = [nursery.spawn(task | {"offset_s": offset}) for offset in offsets]
        before = watch.length if rng.random() < 0.8 else 0
        until(partial(_grown, db, run, before), 1)
        time.sleep(rng.uniform(0, spread_s))
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        codes = [nursery.wait(pid) for pid in pids]
        watch.tally.busy += codes.count(BUSY)
        for code in codes:
            if code == -signal.SIGKILL:
                watch.killed()
        if 0 in codes or 1 in codes:
            break
    code = nursery.run(task)
    if code:
        watch.tally.troubles.append(f"{run}: the last process left with {code}")
    if not watch.ended():
        watch.tally.troubles.append(f"{run}: has not ended")
    return watch.finish(Path(task["side"]))


def at_every_write(
    nursery: Nursery, db: Path, run: str, rng: random.Random, points: list[tuple[str, int, str]]
) -> Tally:
    """A run that dies right before or after given writes of each of its processes."""
    watch, task = Watch(db, run), task_of(db, run, rng)
    for point in points:
        code = nursery.run(task | {"die": point, "offset_s": rng.uniform(-5, 5) * 86_400})
        if code != -signal.SIGKILL:
            break
        watch.killed()
    code = nursery.run(task)
    if code or not watch.ended():
        watch.tally.troubles.append(f"{run}: the last process left with {code}")
    return watch.finish(Path(task["side"]))


def through_cli(db: Path, run: str, seed: int, rng: random.Random, most: int) -> Tally:
    """A run of the command line, killed while it is at work and resumed, until it ends."""
    watch = Watch(db, run)
    words = ["run", "--db", str(db), "--pace", "0.02", "--seed", str(seed), "--name", run]
    words += ["--behaviour", "worst", "--quiet"]
    while watch.tally.kills < most:
        process = _cli(words)
        before = len(journal(db, run))
        until(partial(_at_work, process, db, run, before), 60)
        time.sleep(rng.uniform(0, 0.25))
        if not watch.ended():
            process.kill()
        process.communicate(timeout=60)
        if process.returncode != -signal.SIGKILL:
            break
        watch.killed()
        words = ["resume", run, "--db", str(db), "--pace", "0.02", "--quiet"]
    process = _cli(["resume", run, "--db", str(db), "--quiet"])
    _, errors = process.communicate(timeout=120)
    if process.returncode not in (0, 1) or not watch.ended():
        watch.tally.troubles.append(f"{run}: left with {process.returncode}: {errors}")
    return watch.end()


def _at_work(process: "subprocess.Popen[str]", db: Path, run: str, before: int) -> bool:
    return process.poll() is not None or _grown(db, run, before)


def _grown(db: Path, run: str, before: int) -> bool:
    return len(journal(db, run)) > before


def whole(db: Path, run: str, seed: int) -> str:
    """The head of the chain of the same run, from Python, with nothing to interrupt it."""
    with remit.open(db) as record:
        return remit.run(behaviour="worst", seed=seed, name=run, db=record).chain_head


def _cli(words: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", "from remit.cli import main; main()", *words],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
