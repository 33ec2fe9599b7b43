"""Sliders: a move, a move while a forecast at rest is being made, and what comes before both."""

import statistics
import time
from collections.abc import Callable
from itertools import cycle, islice
from threading import Thread

from _measure import machine, scale, verdict

import remit
from remit.exploring import Cancel, Rest, Sliders

MOVE_MS = 150.0
WAYS = (
    {"contract_review": 0}, {"change_requests": 4}, {"rework_backend": 1},
    {"contract_review": 2, "change_requests": 0}, {"rework_backend": 4}, {"contract_review": 3},
)  # fmt: skip


def never(seconds: float, what: Callable[[], None]) -> Cancel:
    """The sliders never come to rest by themselves."""
    return lambda: None


def moves(sliders: Sliders, many: int) -> list[float]:
    """Milliseconds that each of many moves takes, with its picture."""
    taken: list[float] = []
    for way in islice(cycle(WAYS), many):
        begun = time.perf_counter()
        sliders.move(**way)
        taken.append((time.perf_counter() - begun) * 1e3)
    return taken


def main() -> None:
    """Print the figures; times are of the wall clock, as a hand feels them."""
    size = scale(repeats=60)
    machine()
    begun, used = time.perf_counter(), time.process_time()
    sliders = remit.sliders("balanced", rest=Rest(later=never))
    print(
        f"  every combination played: {time.perf_counter() - begun:.1f} s "
        f"({time.process_time() - used:.1f} s of the processor)"
    )
    told("a move", moves(sliders, size.repeats))
    begun = time.perf_counter()
    resting = Thread(target=sliders.settle)
    resting.start()
    crowded: list[float] = []
    while resting.is_alive():
        crowded += moves(sliders, len(WAYS))
        time.sleep(0.05)
    print(f"  at rest, two forecasts of 20,000 runs: {time.perf_counter() - begun:.1f} s")
    told("a move meanwhile", crowded)


def told(what: str, taken: list[float]) -> None:
    """Print the median of moves, how many are too slow, and the slowest."""
    over = sum(one > MOVE_MS for one in taken)
    print(
        f"  {what}: {statistics.median(taken):.1f} ms at the median of {len(taken)}, "
        f"{over} of them over {MOVE_MS:g} ms"
    )
    verdict(f"{what}, the slowest, milliseconds", max(taken), MOVE_MS, most=True)


if __name__ == "__main__":
    main()
