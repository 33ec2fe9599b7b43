"""Time and size of checking a policy before it runs.

*Kept* is the command on a policy whose proof is on file: every run is replayed. *Fresh* proves all
of it anew. Both are times of the processor, the start of Python among them, so that other work on
the machine counts for nothing. The baseline in the same run is the plain reader: `advance`, one
position and one report after the other, from the start outwards. Last, limits at 1, 2, 3, …, each
policy proved in a process of its own, so that its memory is its own.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

from _measure import machine, medians, scale, verdict

from remit.agents.behaviour import load as load_behaviour
from remit.analysis.arrays.control import control
from remit.analysis.arrays.sayings import sayings
from remit.analysis.measures import Measure, caps_of
from remit.analysis.proof import prove
from remit.graph.advance import router
from remit.graph.event import seats
from remit.graph.manifest import Manifest, compile_manifest, start
from remit.state.brief_text import load as load_brief
from remit.state.errors import EventRefused, InputError
from remit.state.policy import load as load_policy
from remit.state.policy import shipped
from remit.state.vocabulary import ENDS, LOOPS, Limit

KEPT_TARGET_S = 3.0
FRESH_TARGET_S: Mapping[str, float] = {"balanced": 3.0, "strict": 30.0, "unattended": 30.0}
BRIEF, CAPS = load_brief("invoicing"), caps_of(load_behaviour("typical"))
SIZES = (1, 2, 3, 4, 5, 6)
_MATTERS = (Limit.ESCALATIONS, Limit.HUMAN_QUESTIONS, Limit.GRANTS)
GROWN: Mapping[str, tuple[Limit, ...]] = {
    "balanced": tuple(limit for limit in LOOPS if limit not in _MATTERS),
    "unattended": tuple(limit for limit in LOOPS if limit is not Limit.HUMAN_QUESTIONS),
}
"""Of each policy the limits that are raised together: those on work, and all that it has."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Grown:
    """What it took to prove one policy in a process of its own."""

    positions: int = 0
    seconds: float = 0.0
    peak_mb: float = 0.0
    handoffs: int = 0
    refused: str = ""


def command(*words: str) -> None:
    """Run `remit check` as a user would, with a record of its own."""
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, "HOME": home, "XDG_DATA_HOME": home}
        subprocess.run(
            [sys.executable, "-m", "remit", "check", *words],
            env=env, stdout=subprocess.DEVNULL, check=True,
        )  # fmt: skip


def children() -> float:
    """Seconds that commands have taken of the processor."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def plain(manifest: Manifest, most: int) -> int:
    """How many positions one reader of the rules finds, one after the other, up to so many."""
    table, begin = router(manifest), start(manifest)
    known, ahead = {begin}, deque([begin])
    while ahead and len(known) < most:
        at = ahead.popleft()
        for seat in seats(at.owed):
            for kind in table.offered(at, seat):
                for said in sayings(at.stage, seat, kind, manifest.builders):
                    for event in said.events():
                        try:
                            after = table.advance(at, event, seat).position
                        except EventRefused:
                            continue
                        if after not in known and after.stage not in ENDS:
                            known.add(after)
                            ahead.append(after)
    return len(known)


def timed(work: Callable[[], int]) -> float:
    """How many a second."""
    began = time.perf_counter()
    found = work()
    return found / (time.perf_counter() - began)


def grown(policy: str, limits: tuple[Limit, ...], most: int) -> Grown:
    """A shipped policy with some limits at `most`."""
    terms = load_policy(policy)
    changed = terms.limits.model_copy(update={str(limit): most for limit in limits})
    began = time.perf_counter()
    try:
        found = prove(
            terms.model_copy(update={"limits": changed}), BRIEF, caps=CAPS, fresh=True
        ).certificate
    except InputError as error:
        return Grown(refused=str(error))
    assert found is not None
    return Grown(
        positions=found.positions,
        seconds=time.perf_counter() - began,
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        handoffs=found.most(Measure.HANDOFFS),
    )


def explored(quick: bool) -> None:
    """Print how many positions a second either reader finds."""
    manifest = compile_manifest(load_policy("balanced"), BRIEF)
    one = timed(lambda: plain(manifest, 2_000 if quick else 20_000))
    many = timed(lambda: int(control(manifest, watch=True).nodes.shape[1]))
    print(f"  plain reader, closed positions: {one:,.0f} a second")
    print(f"  arrays, open positions (each stands for many closed ones): {many:,.0f} a second")
    verdict("arrays / plain reader, positions a second", many / one, 1.0)


def main() -> None:
    """Print the figures."""
    size = scale(repeats=5)
    machine()
    explored(size.quick)
    for name in shipped():
        kept = medians({"kept": lambda at=name: command(at)}, size.repeats, children)["kept"]
        began = children()
        command(name, "--fresh")
        fresh = children() - began
        print(f"  {name}: kept {kept:.2f} s, fresh {fresh:.1f} s: {fresh / kept:.1f} times as long")
        verdict(f"remit check {name}, kept, seconds", kept, KEPT_TARGET_S, most=True)
        verdict(f"remit check {name} --fresh, seconds", fresh, FRESH_TARGET_S[name], most=True)
    for policy, limits in GROWN.items():
        grow(policy, limits, SIZES[:2] if size.quick else SIZES)


def grow(policy: str, limits: tuple[Limit, ...], sizes: tuple[int, ...]) -> None:
    """Print how positions, time and memory grow with some limits."""
    print(f"  {policy}, with these limits at 1, 2, 3, ...: {', '.join(limits)}")
    print("  limits  positions  seconds  peak MB  worst handoffs")
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        asked = [pool.submit(grown, policy, limits, most) for most in sizes]
        for most, one in zip(sizes, (done.result() for done in asked), strict=True):
            told = f"{one.positions:>9,} {one.seconds:>8.1f} {one.peak_mb:>8,.0f} {one.handoffs:>9}"
            print(f"  {most:>6}  {one.refused or told}", flush=True)


if __name__ == "__main__":
    main()
