"""A policy proved: worst cases, shortest ways, the ten properties, dead clauses, and the map."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from remit.analysis.arrays.control import Control
from remit.analysis.arrays.counting import Endless
from remit.analysis.certificate import Certificate, certify
from remit.analysis.dead import Dead, dead_clauses
from remit.analysis.ground import Run, Unknown, ground
from remit.analysis.kept import Kept
from remit.analysis.measures import Caps, Measure
from remit.analysis.on_file import certificate_on_file, filed
from remit.analysis.process_map import ProcessMap, process_map
from remit.analysis.properties import Verdict, judge
from remit.analysis.recalling import recalled
from remit.analysis.retelling import realisable, retold
from remit.analysis.safety import Trace
from remit.analysis.shortest import Aim, shortest
from remit.analysis.wording import spaced
from remit.graph.manifest import Manifest, compile_manifest, refuse_unanswerable
from remit.state.brief import Brief
from remit.state.errors import InputError
from remit.state.policy import Policy
from remit.state.vocabulary import ENDS, LOOPS, ROLES, Limit, Mode, Seat, Stage

Progress = Callable[[str], None]
"""Told what is done next, in a few words."""

_NOT_PLAIN = re.compile(r"[^a-z0-9]+")


def silent(what: str) -> None:
    """Tells nobody."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shortest:
    """The shortest run to somewhere."""

    goal: str
    """An end, or the end of a limit: `shipped`, `rework backend is used up`."""
    trace: Trace | None = field(repr=False)
    """`None` where no run gets there, or none was found."""
    known: bool
    """Whether it is sure that there is none, where none is."""
    exact: bool = True
    """Whether none is shorter; else one may be."""


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
    def holds(self) -> bool:
        """Whether every safety property is shown to hold."""
        return all(one.holds is True for one in self.verdicts)

    @property
    def fails(self) -> tuple[int, ...]:
        """The numbers of the properties that fail."""
        return tuple(one.number for one in self.verdicts if one.holds is False)

    def kept(self) -> Kept:
        """The numbers and ways, as they are kept for the runs and checks to come."""
        return filed(self.manifest, self.certificate, self.caps, self.fails)

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
        fresh: find the worst cases anew though a certificate is on file.
        folder: where certificates are kept, beside those that come with Remit.
        named: what the policy is called, if not by the name in it.

    Raises:
        InputError: the run could never ship, nobody may answer a matter, or there are too many
            positions for the memory at hand.
    """
    manifest = compile_manifest(policy, brief, roles, mode)
    refuse_unanswerable(manifest, policy)
    progress("exploring every position")
    on = ground(manifest)
    progress("finding the worst cases")
    kept = None if fresh else certificate_on_file(manifest, caps, folder)
    certificate = kept or _certified(manifest, caps, on.graph, progress)
    progress("finding the shortest ways")
    ways = tuple(_shortest(manifest))
    progress("judging the ten properties")
    verdicts = tuple(_seen(one, certificate) for one in judge(manifest))
    progress("looking for dead clauses")
    dead = dead_clauses(manifest, policy)
    title = title_of(named or policy.name, brief, roles, mode)
    return Proof(
        policy=policy, title=title, brief=brief, manifest=manifest, certificate=certificate,
        shortest=ways, verdicts=verdicts, dead=dead,
        map=process_map(title, manifest, on.graph), caps=caps,
        unplayed=dict(_unplayed(manifest, certificate.ways if certificate else {})),
    )  # fmt: skip


def title_of(policy: str, brief: Brief, roles: frozenset[Seat], mode: Mode | None) -> str:
    """Policy, brief and team in a line."""
    team = [str(role) for role in ROLES if role in roles]
    who = "the whole team" if len(team) == len(ROLES) else ", ".join(team)
    alone = f", mode {mode}" if mode else ""
    return f"policy {policy}: {brief.title}, {who}{alone}"


def _certified(
    manifest: Manifest, caps: Caps | None, graph: Control, progress: Progress
) -> Certificate | None:
    """The worst cases; where it fits, nothing comes back on a way that was never ruled on."""
    on = recalled(graph) or graph
    try:
        found = certify(
            manifest, caps, graph=on, fits=lambda way: realisable(way, manifest),
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


def _shortest(manifest: Manifest) -> Iterator[Shortest]:
    """To shipping first, then to the other ends, then to the end of each limit."""
    ends = sorted(ENDS, key=lambda one: (one is not Stage.SHIPPED, one))
    aims: tuple[Aim, ...] = (*ends, *LOOPS, Limit.HANDOFFS)
    for aim in aims:
        found = shortest(manifest, aim)
        yield Shortest(
            goal=_goal(aim),
            trace=found.trace if isinstance(found, Run) else None,
            known=not isinstance(found, Unknown),
            exact=found.exact if isinstance(found, Run) else True,
        )


def _goal(aim: Aim) -> str:
    if isinstance(aim, Stage):
        return spaced(aim)
    return "a budget used up" if aim is Limit.HANDOFFS else f"{spaced(aim)} used up"
