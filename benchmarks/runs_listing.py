"""100,000 recorded runs: a page of the list and the statistics, in process and as a command."""

import os
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from _measure import figure, machine, medians, scale, verdict
from _teams import NOW, clock, team

from remit.graph.batch import record_many
from remit.many import statistics
from remit.state.codec import stamp
from remit.state.listing import EVERY, Page, Selection, Sort, listed
from remit.state.store import Store, open_store
from remit.state.tally import By
from remit.state.vocabulary import Outcome

RUNS = 100_000
DEEP = 10_000
"""Runs whose every handoff is read for what was used of each limit."""
COMMAND_TARGET_S = 0.5
DEEP_TARGET_S = 5
CLI = "import sys; from remit.cli import main; sys.argv[0] = 'remit'; sys.exit(main())"
NARROW = Selection(outcomes=(Outcome.SHIPPED,), policies=("balanced",),
                   since=datetime(2025, 1, 2, tzinfo=UTC))  # fmt: skip


def fill(path: Path, runs: int, deep: int) -> None:
    """A record of `runs` runs, made of a hundred simulated ones; `deep` have their handoffs."""
    with open_store(path, durable=False) as store:
        many = team("weak", "loop", artifacts=True)
        list(record_many(store, many, range(100), clock=clock, token=0))
    with closing(sqlite3.connect(path)) as file, file:
        file.row_factory = sqlite3.Row
        rows = [dict(row) for row in file.execute("SELECT * FROM runs ORDER BY id")]
        handoffs = {row["id"]: file.execute(
            "SELECT seq, previous, hash, written_at, body FROM handoffs WHERE run_id = ? "
            "ORDER BY seq", (row["id"],)).fetchall() for row in rows}  # fmt: skip
        for number in range(runs - len(rows)):
            like = rows[number % len(rows)]
            name = f"copy-{number:06}"
            at = stamp(NOW + timedelta(minutes=number))
            made = like | {"id": name, "created_at": at, "cost_micros": number * 7919 % 10**7}
            marks = ", ".join("?" * len(made))
            file.execute(f"INSERT INTO runs VALUES ({marks})", list(made.values()))
            if number < deep - len(rows):
                file.executemany(
                    "INSERT INTO handoffs (run_id, seq, previous, hash, written_at, body) "
                    "VALUES (?, ?, ?, ?, ?, ?)",
                    ((name, *row) for row in handoffs[like["id"]]),
                )


def page_of(store: Store, which: Selection, page: Page) -> None:
    """Read a page, and how many runs there are."""
    with store.reading() as connection:
        assert listed(connection, which, page).rows


def command(path: Path, *words: str) -> None:
    """Run a command of Remit to its end."""
    subprocess.run(
        [sys.executable, "-c", CLI, *words], check=True, stdout=subprocess.DEVNULL,
        env={**os.environ, "REMIT_DB": str(path)},
    )  # fmt: skip


def raw(path: Path, query: str) -> None:
    """Ask with nothing but Python's sqlite3."""
    with closing(sqlite3.connect(path)) as file:
        file.execute(query).fetchall()


def main() -> None:
    """Print the figures."""
    size = scale(repeats=5)
    runs, handed = (RUNS // 10, DEEP // 10) if size.quick else (RUNS, DEEP)
    machine()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "record.db")
        fill(path, runs, handed)
        page, last = Page(limit=20), Page(limit=20, number=runs // 20)
        with open_store(path) as store:
            took = medians(
                {
                    "raw": lambda: raw(
                        path, "SELECT * FROM runs ORDER BY created_at DESC, id DESC LIMIT 20"
                    ),
                    "page": lambda: page_of(store, EVERY, page),
                    "last": lambda: page_of(store, EVERY, last),
                    "cost": lambda: page_of(store, EVERY, Page(limit=20, sort=Sort.COST)),
                    "narrow": lambda: page_of(store, NARROW, page),
                    "all": lambda: store.runs(),
                    "raw figures": lambda: raw(
                        path, "SELECT outcome, handoffs, cost_micros, tokens, elapsed_s FROM runs"
                    ),
                    "stats": lambda: statistics(store, loops=False),
                    "by": lambda: statistics(store, by=By.POLICY, loops=False),
                    "loops": lambda: statistics(store, loops=True),
                    "nothing": lambda: command(path, "--version"),
                    "remit runs": lambda: command(path, "runs"),
                    "remit runs, narrowed": lambda: command(
                        path, "runs", "--outcome", "shipped", "--sort", "cost", "--page", "40"
                    ),
                    "remit stats": lambda: command(path, "stats", "--no-loops"),
                },
                size.repeats,
            )
    print(f"{runs:,} runs, {handed:,} of them with their handoffs")
    for name, what in (
        ("raw", "20 rows through sqlite3 alone"),
        ("page", "the newest page, and how many there are"),
        ("last", "the last page"),
        ("cost", "a page sorted by cost"),
        ("narrow", "a page of one outcome, policy and time"),
        ("all", "all runs, without pages"),
        ("raw figures", "the figures of all runs through sqlite3 alone"),
        ("stats", "statistics, without the limits"),
        ("by", "statistics by policy"),
        ("loops", "statistics with the limits"),
        ("nothing", "remit --version"),
        ("remit runs", "remit runs"),
        ("remit runs, narrowed", "remit runs --outcome shipped --sort cost --page 40"),
        ("remit stats", "remit stats --no-loops"),
    ):
        figure(what, took[name], 1, "call")
    print(f"  a page is {took['all'] / took['page']:.0f} times as fast as listing all runs")
    print(f"  statistics take {took['stats'] / took['raw figures']:.1f} times their bare rows")
    verdict("remit runs, seconds", took["remit runs"], COMMAND_TARGET_S, most=True)
    slow = took["remit runs, narrowed"]
    verdict("narrowed, sorted, page 40, seconds", slow, COMMAND_TARGET_S, most=True)
    verdict("limits of 10,000 runs, seconds", took["loops"], DEEP_TARGET_S, most=True)


if __name__ == "__main__":
    main()
