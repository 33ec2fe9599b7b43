"""Time and size of proving a policy: open positions, then every run with its counters.

`open` leaves open what remains under the limits: enough for circles, stages and moves. `certify`
adds the counters and finds the worst cases. The default policy takes minutes and gigabytes: `--all`
includes it.
"""

import sys
import time
from dataclasses import replace

from remit.analysis.arrays.control import control
from remit.analysis.certificate import Measure, certify
from remit.graph.manifest import Manifest, compile_manifest
from remit.state.brief_text import load as load_brief
from remit.state.policy import load as load_policy
from remit.state.vocabulary import Seat

_POLICIES = ("unattended", "strict", "balanced")
_DUO = frozenset({Seat.CTO, Seat.PM, Seat.UIUX, Seat.BACKEND})
_GROWING = ("requirement_rework", "change_requests", "rework_backend", "no_progress")


def _opened(name: str, manifest: Manifest) -> None:
    began = time.perf_counter()
    graph = control(manifest)
    took = time.perf_counter() - began
    print(f"{name:<12} open     {graph.nodes.shape[1]:>11,} positions {took:>7.2f} s")


def _certified(name: str, manifest: Manifest) -> None:
    found = certify(manifest)
    worst = found.worst[Measure.HANDOFFS]
    print(
        f"{name:<12} certify  {found.positions:>11,} positions {found.seconds:>7.2f} s   "
        f"handoffs {worst} (bound {found.bound})"
    )


def main() -> None:
    """Print the shipped policies, then the growth of a small one with its limits."""
    brief = load_brief("invoicing")
    for name in _POLICIES:
        manifest = compile_manifest(load_policy(name), brief)
        _opened(name, manifest)
        if name != "balanced" or "--all" in sys.argv:
            _certified(name, manifest)
    small = compile_manifest(load_policy("unattended"), brief, _DUO)
    for most in range(1, 5):
        grown = replace(small, **dict.fromkeys(_GROWING, most))
        _certified(f"four at {most}", grown)


if __name__ == "__main__":
    main()
