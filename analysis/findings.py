"""What a check finds beside the worst cases, put on file and found again.

Whatever is shown by a run is shown again: the shortest way to each end and limit, and the run that
breaks a property, are replayed by `advance` and judged anew. That there is no such run, that a
clause is dead, and the moves of the map rest on the file: it says under which rules it was proved.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from remit.analysis.dead import Because, Dead
from remit.analysis.endless import goes_round
from remit.analysis.kept import (
    Kept,
    KeptDead,
    KeptMove,
    KeptShortest,
    KeptVerdict,
    candidates,
)
from remit.analysis.process_map import Passage
from remit.analysis.properties import Verdict
from remit.analysis.safety import PROPERTIES, Trace, violations
from remit.analysis.shortest import GOALS, Aim, Shortest, named, reaches
from remit.analysis.track import read, retraced, track, written
from remit.graph.advance import router
from remit.graph.manifest import Manifest, start
from remit.state.canonical import canonical, digest
from remit.state.errors import EventRefused
from remit.state.handoff import Move
from remit.state.policy import Policy
from remit.state.vocabulary import Limit, Stage

_REACHABLE = 9
"""The property that no single run breaks."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Findings:
    """What holds of every run, the worst cases aside."""

    shortest: tuple[Shortest, ...]
    verdicts: tuple[Verdict, ...]
    """On the ten properties, in their order."""
    dead: tuple[Dead, ...]
    passages: tuple[Passage, ...]
    on_file: bool = False
    """Whether they were on file and only the ways were replayed."""

    def kept(self, policy: Policy) -> dict[str, Any]:
        """What is kept of them, by the fields of `Kept`."""
        return {
            "clauses": clauses_hash(policy),
            "verdicts": tuple(map(_kept_verdict, self.verdicts)),
            "shortest": tuple(
                KeptShortest(
                    way=None if one.trace is None else track(one.trace),
                    known=one.known,
                    exact=one.exact,
                )
                for one in self.shortest
            ),
            "dead": tuple(
                KeptDead(key=one.key, because=one.because, why=one.why, shadows=one.shadows)
                for one in self.dead
            ),
            "map": tuple(
                KeptMove(here=one.here, there=one.there, kind=one.kind, spends=one.spends)
                for one in self.passages
            ),
        }


def findings_on_file(manifest: Manifest, policy: Policy, folder: Path | None) -> Findings | None:
    """The findings on a manifest if they are on file, with every way replayed.

    Args:
        manifest: the constants of the runs.
        policy: what it was compiled from; of another one, other clauses may be dead.
        folder: where proofs are kept, beside those that come with Remit.
    """
    for one in candidates(manifest, folder):
        if one.verdicts and one.clauses == clauses_hash(policy):
            try:
                return _refound(one, manifest)
            except (ValueError, TypeError, EventRefused, RuntimeError):
                continue
    return None


def clauses_hash(policy: Policy) -> str:
    """The hash of all that a policy says, its name and its description aside."""
    return digest(canonical(policy.model_dump(mode="json", exclude={"name", "text"})))


def _kept_verdict(one: Verdict) -> KeptVerdict:
    return KeptVerdict(
        holds=one.holds, shown=one.shown, circle=one.circle, exact=one.exact,
        witness=None if one.witness is None else track(one.witness),
        cut=None if one.cut is None else written(*one.cut),
    )  # fmt: skip


def _refound(one: Kept, manifest: Manifest) -> Findings:
    """The findings again.

    Raises:
        ValueError: a way does not show what it is said to show; others as `retraced` does.
    """
    numbered = zip(PROPERTIES, one.verdicts, strict=True)
    verdicts = tuple(_verdict(number, verdict, manifest) for number, verdict in numbered)
    if one.fails != tuple(verdict.number for verdict in verdicts if verdict.holds is False):
        raise ValueError("other properties fail than those that are named")
    aims = zip(GOALS, one.shortest, strict=True)
    return Findings(
        shortest=tuple(_shortest(aim, way, manifest) for aim, way in aims),
        verdicts=verdicts,
        dead=tuple(
            Dead(key=dead.key, because=Because(dead.because), why=dead.why, shadows=dead.shadows)
            for dead in one.dead
        ),
        passages=tuple(
            Passage(here=Stage(move.here), there=Stage(move.there), kind=Move(move.kind),
                    spends=tuple(map(Limit, move.spends)))
            for move in one.map
        ),
        on_file=True,
    )  # fmt: skip


def _shortest(aim: Aim, one: KeptShortest, manifest: Manifest) -> Shortest:
    trace = None if one.way is None else retraced(one.way, manifest)
    if trace is not None and not reaches(trace, aim, manifest):
        raise ValueError(f"a way that does not come to {named(aim)}")
    return Shortest(goal=named(aim), trace=trace, known=one.known, exact=one.exact)


def _verdict(number: int, one: KeptVerdict, manifest: Manifest) -> Verdict:
    witness = None if one.witness is None else retraced(one.witness, manifest)
    found = Verdict(
        number=number, text=PROPERTIES[number], holds=one.holds, shown=one.shown, witness=witness,
        circle=one.circle, exact=one.exact, cut=None if one.cut is None else read(one.cut),
    )  # fmt: skip
    needed = one.holds is False and number != _REACHABLE
    breaks = witness is not None and _broken(found, witness, manifest)
    if not (breaks if needed else witness is None):
        raise ValueError(f"no run that breaks property {number}")
    return found


def _broken(verdict: Verdict, witness: Trace, manifest: Manifest) -> bool:
    """Whether a run breaks the property as the verdict says."""
    if verdict.cut is not None:
        seat, event = verdict.cut
        at = witness[-1].step.position if witness else start(manifest)
        try:
            router(manifest).advance(at, event, seat)
        except RuntimeError:
            return True
        return False
    if verdict.circle:
        return goes_round(witness, verdict.circle, manifest)
    return any(one.number == verdict.number for one in violations(manifest, witness))
