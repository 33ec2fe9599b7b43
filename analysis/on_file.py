"""A certificate put on file with its ways, and found again by replaying every one of them.

What is on file was proved by this prover under these very rules, which the file's name says; that
no run does worse rests on it. That a run does as badly is shown again: each way is replayed by
`advance`, and counted. A file of which that is not true is nothing.
"""

import time
from collections.abc import Mapping
from pathlib import Path

from remit.analysis.certificate import Certificate
from remit.analysis.kept import Kept, candidates, key
from remit.analysis.measures import Caps, Measure
from remit.analysis.safety import Trace
from remit.analysis.tally import tally
from remit.analysis.track import retraced, track
from remit.graph.bound import bound
from remit.graph.manifest import Manifest
from remit.state.canonical import canonical, digest
from remit.state.errors import EventRefused
from remit.state.vocabulary import LOOPS, Limit


def filed(
    manifest: Manifest, found: Certificate | None, caps: Caps | None, fails: tuple[int, ...]
) -> Kept:
    """What is kept of a certificate, and of what fails beside it."""
    if found is None:
        return Kept(key=key(manifest), worst={}, fails=fails, positions=0, moves=0)
    return Kept(
        key=key(manifest),
        worst=_named(found.worst),
        at_most=_named(found.at_most),
        spent=_named(found.spent),
        spent_at_most=_named(found.spent_at_most),
        ways={str(measure): track(way) for measure, way in found.ways.items()},
        caps=caps_hash(caps),
        fails=fails,
        positions=found.positions,
        moves=found.moves,
        passages=found.passages,
        looked_at=found.looked_at,
    )


def certificate_on_file(
    manifest: Manifest, caps: Caps | None, folder: Path | None
) -> Certificate | None:
    """The certificate of a manifest if one is on file, with every way replayed.

    Args:
        manifest: the constants of the runs.
        caps: what one assignment can take at most; one for other caps is not it.
        folder: where certificates are kept, beside those that come with Remit.
    """
    for one in candidates(manifest, folder):
        found = _refound(one, manifest, caps) if one.worst or one.at_most else None
        if found is not None:
            return found
    return None


def caps_hash(caps: Caps | None) -> str:
    """The hash of what assignments can take at most; empty without caps."""
    if caps is None:
        return ""
    rows = sorted(
        [str(seat), str(mode), cap.tokens, cap.micros] for (seat, mode), cap in caps.items()
    )
    return digest(canonical(rows))


def _refound(one: Kept, manifest: Manifest, caps: Caps | None) -> Certificate | None:
    began = time.perf_counter()
    try:
        worst, at_most = _measures(one.worst), _measures(one.at_most)
        spent, spent_at_most = _limits(one.spent), _limits(one.spent_at_most)
        ways = {Measure(name): retraced(way, manifest) for name, way in one.ways.items()}
    except (ValueError, TypeError, EventRefused, RuntimeError):
        return None
    whole = one.caps == caps_hash(caps) and worst.keys() == ways.keys()
    whole &= _limited(manifest, spent | spent_at_most)
    if not whole or any(_counted(manifest, ways[key], key, caps) != worst[key] for key in worst):
        return None
    return Certificate(
        worst=worst, at_most=at_most, ways=ways, spent=spent, spent_at_most=spent_at_most,
        prices={}, bound=bound(manifest), positions=one.positions, moves=one.moves,
        passages=one.passages, looked_at=one.looked_at, seconds=time.perf_counter() - began,
        on_file=True,
    )  # fmt: skip


def _counted(manifest: Manifest, way: Trace, measure: Measure, caps: Caps | None) -> int | None:
    return tally(manifest, way, caps).get(measure)


def _limited(manifest: Manifest, spent: Mapping[Limit, int]) -> bool:
    """Whether of each finite limit, and of no other, no more is spent than can be there."""
    finite = {limit: manifest.limit(limit) for limit in LOOPS if manifest.limit(limit) >= 0}
    granted = max(manifest.grants, 0)
    return spent.keys() == finite.keys() and all(
        most <= finite[limit] + granted for limit, most in spent.items()
    )


def _named(found: Mapping[Measure, int] | Mapping[Limit, int]) -> dict[str, int]:
    return {str(one): most for one, most in found.items()}


def _measures(named: Mapping[str, int]) -> dict[Measure, int]:
    return {measure: named[measure] for measure in sorted(map(Measure, named), key=_ORDER.index)}


def _limits(named: Mapping[str, int]) -> dict[Limit, int]:
    known = {Limit(name) for name in named}
    return {limit: named[limit] for limit in LOOPS if limit in known}


_ORDER = list(Measure)
