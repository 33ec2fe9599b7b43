"""A policy proved: worst cases, shortest ways, the ten properties, dead clauses, and the map."""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from remit.analysis.arrays.counting import Endless
from remit.analysis.certificate import Certificate, certify
from remit.analysis.dead import Dead, dead_clauses
from remit.analysis.findings import Findings, findings_on_file
from remit.analysis.ground import ground
from remit.analysis.kept import Kept
from remit.analysis.measures import Caps, Measure
from remit.analysis.on_file import certificate_on_file, filed
from remit.analysis.process_map import ProcessMap
from remit.analysis.process_map.passages import passages
from remit.analysis.properties import Verdict, judge
from remit.analysis.recalling import recalled
from remit.analysis.retelling import realisable, retold
from remit.analysis.safety import Trace
from remit.analysis.shortest import Shortest, shortest_ways
from remit.graph.manifest import Manifest, compile_manifest, refuse_unanswerable
from remit.state.brief import Brief
from remit.state.errors import InputError
from remit.state.policy import Policy
from remit.state.vocabulary import ROLES, Mode, Seat

Progress = Callable[[str], None]
"""Told what is done next, in a few words."""

PARTS = ("worst cases", "shortest ways", "properties", "dead clauses", "map")
"""What a proof is made of; the first is kept by itself, because it counts with what calls cost."""
_NOT_PLAIN = re.compile(r"[^a-z0-9]+")


def silent(what: str) -> None:
    """Tells nobody."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """What holds of every run of a team under a policy, on a brief."""

    policy: Policy
    brief: Brief = field(repr=False)
    title: str
    """Policy, brief and team in a line."""
    manifest: Manifest = field(repr=False)
    certificate: Certificate | None
    """`None` where the limits leave a circle open, so that only a budget ends every run."""
    shortest: tuple[Shortest, ...]
    verdicts: tuple[Verdict, ...]
    """On the ten properties, in their order."""
    dead: tuple[Dead, ...]
    map: ProcessMap = field(repr=False)
    caps: Caps | None = field(default=None, repr=False)
    """What one assignment was taken to take at most."""
    unplayed: Mapping[Measure, str] = field(default_factory=dict[Measure, str], repr=False)
    """Worst ways that no reports amount to, and why: there may be no run that is as bad."""
    on_file: bool = False
    """Whether all but the certificate was on file (that says so itself), and only the ways were
    replayed."""
    seconds: float = field(default=0.0, compare=False)
    """How long it took, on this machine."""

    @property
    def worst(self) -> Mapping[Measure, int]:
        """The exact worst cases; none where a limit is left open."""
        return self.certificate.worst if self.certificate else dict[Measure, int]()

    @property
    def at_most(self) -> Mapping[Measure, int]:
        """Upper bounds where no run is known that is worth as much."""
        return self.certificate.at_most if self.certificate else dict[Measure, int]()

    @property
    def worst_ways(self) -> Mapping[Measure, Trace]:
        """A run that reaches each of them."""
        return self.certificate.ways if self.certificate else dict[Measure, Trace]()

    @property
    def kept_parts(self) -> tuple[str, ...]:
        """Those of `PARTS` that were on file."""
        rest = PARTS[1:] if self.on_file else ()
        found = self.certificate.on_file if self.certificate else self.on_file
        return (*PARTS[:1], *rest) if found else rest

    @property
    def holds(self) -> bool:
        """Whether every safety property is shown to hold."""
        return all(one.holds is True for one in self.verdicts)

    @property
    def fails(self) -> tuple[int, ...]:
        """The numbers of the properties that fail."""
        return tuple(one.number for one in self.verdicts if one.holds is False)

    def kept(self) -> Kept:
        """All that was found, as it is kept for the runs and checks to come."""
        beside = Findings(shortest=self.shortest, verdicts=self.verdicts, dead=self.dead,
                          passages=self.map.passages)  # fmt: skip
        numbers = filed(self.manifest, self.certificate, self.caps, self.fails)
        return numbers.model_copy(update=beside.kept(self.policy))

    def ways(self) -> Mapping[str, Trace]:
        """Every way that was found, by a name that a file can have."""
        ways = {
            f"worst {'dollars' if measure is Measure.MICROS else measure}": trace
            for measure, trace in self.worst_ways.items()
            if self.worst[measure]
        }
        ways |= {f"shortest to {one.goal}": one.trace for one in self.shortest if one.trace}
        ways |= {
            f"breaks property {one.number}": one.witness for one in self.verdicts if one.witness
        }
        return {_NOT_PLAIN.sub("-", name.lower()): trace for name, trace in ways.items()}


def prove(
    policy: Policy,
    brief: Brief,
    roles: frozenset[Seat] = frozenset(ROLES),
    mode: Mode | None = None,
    *,
    caps: Caps | None = None,
    progress: Progress = silent,
    fresh: bool = False,
    folder: Path | None = None,
    named: str = "",
) -> Proof:
    """What holds of every run of a team under a policy.

    Args:
        policy: the terms.
        brief: what is to be built; of it only counts whether it names an external action.
        roles: who is on the team.
        mode: one role alone, in this mode.
        caps: what one assignment can take at most, for the worst tokens and dollars.
        progress: told what is done next.
        fresh: find everything anew though it is on file.
        folder: where proofs are kept, beside those that come with Remit.
        named: what the policy is called, if not by the name in it.

    Raises:
        InputError: the run could never ship, nobody may answer a matter, or there are too many
            positions for the memory at hand.
    """
    began = time.perf_counter()
    manifest = compile_manifest(policy, brief, roles, mode)
    refuse_unanswerable(manifest, named or policy.name)
    found, certificate = None, None
    if not fresh:
        progress("replaying what is on file")
        found = findings_on_file(manifest, policy, folder)
        certificate = certificate_on_file(manifest, caps, folder)
    if found is None:
        found = _found(manifest, policy, progress)
    if certificate is None and not _goes_round(found):
        certificate = _certified(manifest, caps, progress)
    title = title_of(named or policy.name, brief, roles, mode)
    return Proof(
        policy=policy, title=title, brief=brief, manifest=manifest, certificate=certificate,
        shortest=found.shortest, verdicts=tuple(_seen(one, certificate) for one in found.verdicts),
        dead=found.dead, map=ProcessMap(title=title, manifest=manifest, passages=found.passages),
        unplayed=dict(_unplayed(manifest, certificate.ways if certificate else {})),
        caps=caps, on_file=found.on_file, seconds=time.perf_counter() - began,
    )  # fmt: skip


def _found(manifest: Manifest, policy: Policy, progress: Progress) -> Findings:
    """All but the worst cases, found anew."""
    progress("exploring every position")
    on = ground(manifest)
    progress("finding the shortest ways")
    shortest = tuple(shortest_ways(manifest))
    progress("judging the ten properties")
    verdicts = judge(manifest)
    progress("looking for dead clauses")
    dead = dead_clauses(manifest, policy)
    return Findings(
        shortest=shortest, verdicts=verdicts, dead=dead, passages=passages(on.graph, manifest)
    )


def _goes_round(found: Findings) -> bool:
    """Whether a run is known that spends nothing and never ends: then nothing is worst."""
    return any(one.circle and one.witness for one in found.verdicts)


def title_of(policy: str, brief: Brief, roles: frozenset[Seat], mode: Mode | None) -> str:
    """Policy, brief and team in a line."""
    team = [str(role) for role in ROLES if role in roles]
    who = "the whole team" if len(team) == len(ROLES) else ", ".join(team)
    alone = f", mode {mode}" if mode else ""
    return f"policy {policy}: {brief.title}, {who}{alone}"


def _certified(manifest: Manifest, caps: Caps | None, progress: Progress) -> Certificate | None:
    """The worst cases; where it fits, nothing comes back on a way that was never ruled on."""
    progress("finding the worst cases")
    graph = ground(manifest).graph
    try:
        found = certify(
            manifest, caps, graph=recalled(graph) or graph,
            fits=lambda way: realisable(way, manifest),
            expects=lambda ways: progress(f"finding the worst cases, about {ways:,} ways"),
        )  # fmt: skip
    except Endless:
        return None
    return replace(found, positions=int(graph.nodes.shape[1]), moves=len(graph.source))


def _unplayed(manifest: Manifest, ways: Mapping[Measure, Trace]) -> Iterator[tuple[Measure, str]]:
    for measure, way in ways.items():
        try:
            retold(way, manifest)
        except InputError as error:
            yield measure, str(error)


def _seen(verdict: Verdict, certificate: Certificate | None) -> Verdict:
    """Whether every run ends within its bound is settled by the worst case, where there is one."""
    if verdict.number != 1 or verdict.holds is not None or certificate is None:
        return verdict
    most = certificate.most(Measure.HANDOFFS)
    if most > certificate.bound:
        return verdict
    shown = f"no run makes more than {most} handoffs, and the bound is {certificate.bound}"
    return replace(verdict, holds=True, shown=shown)
