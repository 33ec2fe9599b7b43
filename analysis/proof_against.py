"""Two proofs side by side: what a change of policy does, line by line."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from remit.analysis.proof import Proof
from remit.analysis.proof_text import HOLDS, reports, told
from remit.analysis.wording import counted
from remit.graph.bound import bound
from remit.state.sheet import Sheet, Table

WORST, PROPERTIES, WAYS, DEAD, MOVES = (
    "At worst", "Properties", "Shortest ways, in reports", "Dead clauses", "Moves between stages",
)  # fmt: skip
NONE = "-"


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """A line of the certificate under the one policy and under the other."""

    part: str
    what: str
    before: str
    after: str

    @property
    def differs(self) -> bool:
        """Whether the change of policy changes the line."""
        return self.before != self.after


def differences(before: Proof, after: Proof) -> tuple[Difference, ...]:
    """Every line of both, in reading order; what only one has is `-` in the other."""
    sides = dict(_lines(before)), dict(_lines(after))
    names = dict.fromkeys([*sides[0], *sides[1]])
    parts = [WORST, PROPERTIES, WAYS, DEAD, MOVES]
    ordered = sorted(names, key=lambda one: parts.index(one[0]))
    return tuple(
        Difference(part=part, what=what, before=_of(sides[0], part, what),
                   after=_of(sides[1], part, what))
        for part, what in ordered
    )  # fmt: skip


def _of(side: Mapping[tuple[str, str], str], part: str, what: str) -> str:
    return side.get((part, what), NONE)


def _lines(proof: Proof) -> Iterator[tuple[tuple[str, str], str]]:
    for measure, most in proof.worst.items():
        what, much = told(measure, most)
        yield (WORST, what), much
    for measure, most in proof.at_most.items():
        what, much = told(measure, most)
        yield (WORST, what), f"at most {much}"
    yield (WORST, "closed bound on handoffs"), f"{bound(proof.manifest):,}"
    for one in proof.verdicts:
        yield (PROPERTIES, f"{one.number}: {one.text}"), HOLDS[one.holds]
    for way in proof.shortest:
        yield (WAYS, way.goal), reports(way)
    for dead in proof.dead:
        yield (DEAD, dead.key), "dead"
    for move in proof.map.passages:
        yield (MOVES, f"{move.here} to {move.there} ({move.kind})".replace("_", " ")), "can happen"


def against_sheet(before: str, after: str, lines: tuple[Difference, ...]) -> Sheet:
    """The lines that differ, as tables; the others are counted."""
    changed = [one for one in lines if one.differs]
    same = len(lines) - len(changed)
    tables = tuple(
        Table(
            title=part, heads=("before", "after", "what"),
            rows=tuple((one.before, one.after, one.what) for one in changed if one.part == part),
            right=("before", "after"),
        )
        for part in dict.fromkeys(one.part for one in changed)
    )  # fmt: skip
    what = counted(len(changed), "line") + (" differs" if len(changed) == 1 else " differ")
    return Sheet(
        title=f"{what}, {same} stay as they are",
        about=f"before: {before}; after: {after}",
        tables=tables,
    )
