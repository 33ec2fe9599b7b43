"""Why two runs part where they part: which of their terms alone leads one the other's way.

The policy, the brief and the team are tried by replaying the first run's reports under them; that
settles what the rules do. Where it does not, the simulated team does the first run again with only
that term changed: if it then goes the second run's way at the same step, and the same way before
it, the term suffices.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from remit.analysis.handover import Handover
from remit.analysis.lines import listed
from remit.analysis.replay import retake
from remit.analysis.rerun import Read, rerun
from remit.analysis.terms import Term, TermKind, taken
from remit.graph.order import Order
from remit.state.errors import InputError
from remit.state.record import Entry

MOST = 80
"""Keys of one kind that are tried one by one."""
_ROUTING = (TermKind.POLICY, TermKind.BRIEF, TermKind.TEAM)
_FIXED = (TermKind.FUNCTIONS, TermKind.VERSION, TermKind.HUMAN)
"""Terms that cannot be put into another run."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """One of two runs that are compared."""

    id: str
    order: Order
    journal: Sequence[Entry]
    version: str
    """Of the Remit that made it."""
    head: str
    """The hash of its last handoff row."""
    read: Read


@dataclass(frozen=True, kw_only=True, slots=True)
class Cause:
    """A term that suffices by itself to lead the first run the second's way."""

    kind: TermKind
    keys: tuple[str, ...]
    """The keys of which each alone suffices; empty where only several together do, or where the
    kind has no keys."""
    by_rules: bool
    """The same reports lead another way; else the team reports something else."""
    tried: int
    """Keys that differ and were tried one by one."""

    @property
    def text(self) -> str:
        """It in a sentence."""
        how = "the same reports lead" if self.by_rules else "the team, simulated again, goes"
        return f"{_NAMES[self.kind]}: {self._keys()}{how} the second run's way"

    def _keys(self) -> str:
        if self.keys:
            each = "that alone" if len(self.keys) == 1 else "each alone"
            return f"{listed(self.keys)} ({each}): with it taken over, "
        if self.kind in (TermKind.POLICY, TermKind.BEHAVIOUR) and self.tried:
            return f"no single key of {self.tried}, only several together: with them taken over, "
        return "with it alone taken over, "


_NAMES = {kind: f"the {kind}" for kind in TermKind} | {
    TermKind.SEED: "luck (the seed)",
    TermKind.TEAM: "who is on the team",
}


def causes(
    first: Side, second: Side, differing: Sequence[Term], ways: Sequence[Handover]
) -> tuple[Cause, ...]:
    """The kinds of term that suffice alone; those that the rules settle come first.

    Args:
        first: the run into which terms are put.
        second: the run from which they come.
        differing: all terms in which they differ.
        ways: what the second run handed over, up to and including the parting.
    """
    kinds = [kind for kind in dict.fromkeys(one.kind for one in differing) if kind not in _FIXED]
    keys = {kind: [one.key for one in differing if one.kind is kind] for kind in kinds}
    by_rules = partial(_leads, first, ways[-1])
    by_team = partial(_goes, first, ways)
    found = [*_tried(first, second, {kind: keys[kind] for kind in kinds if kind in _ROUTING},
                     by_rules, True)]  # fmt: skip
    left = {kind: keys[kind] for kind in kinds if kind not in {one.kind for one in found}}
    found += _tried(first, second, left, by_team, False)
    return tuple(found)


def _tried(
    first: Side,
    second: Side,
    kinds: dict[TermKind, list[str]],
    suffices: Callable[[Order], bool],
    by_rules: bool,
) -> Iterator[Cause]:
    for kind, keys in kinds.items():
        if not suffices(taken(first.order, second.order, kind)):
            continue
        one_by_one = kind in (TermKind.POLICY, TermKind.BEHAVIOUR) and len(keys) <= MOST
        tried = keys if one_by_one else []
        alone = [key for key in tried if suffices(taken(first.order, second.order, kind, key))]
        yield Cause(kind=kind, keys=tuple(alone), by_rules=by_rules, tried=len(tried))


def _leads(first: Side, wanted: Handover, order: Order) -> bool:
    """Whether the first run's reports lead the second's way under the order's routing terms."""
    try:
        found = retake(first.order, order, first.journal, "")
    except InputError:
        return False
    there = found.instead
    return there is not None and there.step == wanted.step and there.same_way(wanted)


def _goes(first: Side, ways: Sequence[Handover], order: Order) -> bool:
    """Whether the team, doing the order, hands over what the second run handed over."""
    found = rerun(order, first.read, ways[-1].step - 1)
    return len(found) >= len(ways) and all(map(Handover.same_way, found, ways))


def comes_again(side: Side, ways: Sequence[Handover]) -> bool:
    """Whether a run, simulated again under its own terms, goes the way that is recorded."""
    return _goes(side, ways, side.order)
