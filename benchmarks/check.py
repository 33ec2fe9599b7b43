"""Time and size of proving a policy before it runs.

`open` leaves open what remains under the limits; `certify` finds every worst case, each with a run
that gets there. `sweep` is the plain way to the same numbers, every position with every counter:
beside it in the same run for the policies that fit (`--all`: the default one too, which takes
minutes and gigabytes). Last, all limits at 1, 2, 3, … on the default policy.
"""

import sys
import time
import tracemalloc

import numpy as np

from remit.agents.behaviour import load as load_behaviour
from remit.analysis.arrays.control import control
from remit.analysis.arrays.counting import sweep
from remit.analysis.certificate import certify
from remit.analysis.measures import Caps, Measure, caps_of, weighed
from remit.graph.manifest import Manifest, compile_manifest
from remit.state.brief import Brief
from remit.state.brief_text import load as load_brief
from remit.state.errors import InputError
from remit.state.policy import load as load_policy
from remit.state.vocabulary import LOOPS

_POLICIES = ("strict", "unattended", "balanced")
_GROWN = (1, 2, 3, 4, 5, 6)


def _opened(name: str, manifest: Manifest) -> None:
    began = time.perf_counter()
    graph = control(manifest)
    took = time.perf_counter() - began
    print(f"{name:<14} open     {graph.nodes.shape[1]:>11,} positions {took:>7.2f} s")


def _certified(name: str, manifest: Manifest, caps: Caps) -> float:
    found = certify(manifest, caps)
    worst = found.worst[Measure.HANDOFFS]
    print(
        f"{name:<14} certify  {found.positions:>11,} positions {found.seconds:>7.2f} s   "
        f"{found.passages:,} passages, {found.looked_at:,} looked at; "
        f"handoffs {worst} (bound {found.bound}), {len(found.worst)} measures"
    )
    return found.seconds


def _swept(name: str, manifest: Manifest, certified: float) -> None:
    """Handoffs only: one measure in place of all."""
    began = time.perf_counter()
    graph = control(manifest)
    measured = weighed(graph, manifest)
    found = sweep(graph, manifest, measured.edges[:1].astype(np.int32))
    took = time.perf_counter() - began
    worst = int(found.best.max() + measured.start[0])
    print(
        f"{name:<14} sweep    {len(found.node):>11,} positions {took:>7.2f} s   "
        f"handoffs {worst}; sweep / certify {took / certified:.1f}"
    )


def _peak(name: str, manifest: Manifest, caps: Caps) -> None:
    tracemalloc.start()
    certify(manifest, caps)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"{name:<14} peak     {peak / 1e6:>11,.0f} MB")


def main() -> None:
    """Print the shipped policies, then the growth of the default one with its limits."""
    brief, caps = load_brief("invoicing"), caps_of(load_behaviour("typical"))
    for name in _POLICIES:
        manifest = compile_manifest(load_policy(name), brief)
        _opened(name, manifest)
        took = _certified(name, manifest, caps)
        if name != "balanced" or "--all" in sys.argv:
            _swept(name, manifest, took)
    _peak("balanced", compile_manifest(load_policy("balanced"), brief), caps)
    _grow(brief, caps)


def _grow(brief: Brief, caps: Caps) -> None:
    default = load_policy("balanced")
    for most in _GROWN:
        limits = default.limits.model_copy(update={str(limit): most for limit in LOOPS})
        manifest = compile_manifest(default.model_copy(update={"limits": limits}), brief)
        try:
            _certified(f"all limits {most}", manifest, caps)
        except InputError as error:
            print(f"all limits {most}: {error}")


if __name__ == "__main__":
    main()
