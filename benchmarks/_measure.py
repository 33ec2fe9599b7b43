"""Both sides of a comparison in one run: interleaved repeats, medians, one line each."""

import argparse
import gc
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

Side = Callable[[], object]


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """How much work a benchmark does."""

    repeats: int
    runs: int
    """Runs in one timed repeat, where a benchmark makes many."""
    quick: bool


def scale(*, repeats: int = 15, runs: int = 100) -> Scale:
    """What the command line asks for; `--quick` is for trying out, not for figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="few repeats: rough figures")
    quick = parser.parse_args().quick
    if quick:
        return Scale(repeats=max(3, repeats // 5), runs=max(10, runs // 10), quick=True)
    return Scale(repeats=repeats, runs=runs, quick=False)


def medians(
    sides: Mapping[str, Side], repeats: int, clock: Callable[[], float] = time.perf_counter
) -> dict[str, float]:
    """Seconds that each side takes, median of repeats that take turns; each is warmed up first."""
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for side in sides.values():
        side()
    for _ in range(repeats):
        for name, side in sides.items():
            gc.collect()
            begun = clock()
            side()
            taken[name].append(clock() - begun)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def machine() -> None:
    """Print what the figures depend on."""
    names = ("langgraph", "langgraph-checkpoint-sqlite", "pydantic", "sqlalchemy")
    found = [f"{name} {_version(name)}" for name in names]
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, {', '.join(found)}")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def figure(what: str, seconds: float, per: int, unit: str = "run") -> None:
    """Print a time, in milliseconds for each unit."""
    print(f"  {what:58} {seconds / per * 1e3:9.3f} ms a {unit}")


def verdict(what: str, value: float, target: float, *, most: bool = False) -> None:
    """Print a ratio beside its target: at least it, or at `most` it."""
    met = value <= target if most else value >= target
    sign = "at most" if most else "at least"
    print(f"  => {what}: {value:.2f} (target {sign} {target:g}: {'met' if met else 'NOT MET'})")
