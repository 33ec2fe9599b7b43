"""Why two runs part where they part: which of their terms leads one the other's way.

The policy, the brief and the team are tried by replaying the first run's reports under them; that
settles what the rules do. Where it does not, the simulated team does the first run again with only
that term changed: if it then goes the second run's way at the same step, and the same way before
it, the term suffices. Where only several suffice together, they are taken out one by one for as
long as the rest still does.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from remit.analysis.handover import Handover
from remit.analysis.least import Least, least
from remit.analysis.lines import listed
from remit.analysis.replay import follow, retake
from remit.analysis.rerun import Read, rerun
from remit.analysis.terms import Term, TermKind, taken
from remit.graph.order import Order
from remit.state.errors import InputError
from remit.state.record import Entry

MOST = 80
"""Keys of one kind that are tried one by one."""
TRIES = 100
"""Parts of a set of terms that are tried before the search for the smallest is given up."""
STEPS = 4_000
"""Steps that these tries may take in all: where the ways part late, fewer parts are tried."""
_SHOWN = 6
"""Keys that a sentence names."""
_ROUTING = (TermKind.POLICY, TermKind.BRIEF, TermKind.TEAM)
_KEYED = (TermKind.POLICY, TermKind.BEHAVIOUR)
"""Kinds of which single keys can be put into another run."""
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
    """A kind of term that suffices by itself to lead the first run the second's way."""

    kind: TermKind
    keys: tuple[str, ...]
    """The keys of which each alone suffices; empty where only several together do, or where the
    kind has no keys."""
    together: tuple[str, ...]
    """Where no key suffices alone, a smallest set of them that does."""
    bare: bool
    """Whether each of `together` is known to be needed; else fewer of them may do."""
    by_rules: bool
    """The same reports lead another way; else the team reports something else."""
    tried: int
    """Keys that differ and were tried one by one."""

    @property
    def text(self) -> str:
        """It in a sentence."""
        return f"{_NAMES[self.kind]}: {self._keys()}{_how(self.by_rules)}"

    def _keys(self) -> str:
        if self.keys:
            each = "that alone" if len(self.keys) == 1 else "each alone"
            return f"{_named(self.keys)} ({each}): with it taken over, "
        if self.together:
            only = _only(self.together, self.bare)
            return f"{_named(self.together)} ({only}): with them taken over, "
        return "with it alone taken over, "


@dataclass(frozen=True, kw_only=True, slots=True)
class Together:
    """Terms of several kinds that lead the first run the second's way, none alone."""

    terms: tuple[tuple[TermKind, str], ...]
    """Each with its key; the key is empty where the kind is taken as a whole."""
    bare: bool
    """Whether each of them is known to be needed; else fewer of them may do."""
    by_rules: bool
    """As for a `Cause`."""

    @property
    def text(self) -> str:
        """It in a sentence."""
        said = listed(map(self._kind, dict.fromkeys(kind for kind, _ in self.terms)))
        only = _only(self.terms, self.bare)
        return f"{said} ({only}): with them taken over, {_how(self.by_rules)}"

    def _kind(self, kind: TermKind) -> str:
        keys = [key for one, key in self.terms if one is kind and key]
        return f"{_named(keys)} of {_NAMES[kind]}" if keys else _NAMES[kind]


_NAMES = {kind: f"the {kind}" for kind in TermKind} | {
    TermKind.SEED: "luck (the seed)",
    TermKind.TEAM: "who is on the team",
}


def _how(by_rules: bool) -> str:
    how = "the same reports lead" if by_rules else "the team, simulated again, goes"
    return f"{how} the second run's way"


def _named(keys: Sequence[str]) -> str:
    more = len(keys) - _SHOWN
    return listed([*keys[:_SHOWN], *([f"{more} more"] if more > 0 else [])])


def _only(terms: Sequence[object], bare: bool) -> str:
    if not bare:
        return f"these {len(terms)} together, perhaps fewer of them"
    return "only both together" if len(terms) == 2 else f"only all {len(terms)} together"


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
    keys, tries = _by_kind(differing), _tries(ways)
    routing = {kind: keys[kind] for kind in keys if kind in _ROUTING}
    found = [*_tried(first, second, routing, _by_rules(first, ways[-1]), True, tries)]
    left = {kind: keys[kind] for kind in keys if kind not in {one.kind for one in found}}
    found += _tried(first, second, left, partial(_goes, first, ways), False, tries)
    return tuple(found)


def together(
    first: Side, second: Side, differing: Sequence[Term], ways: Sequence[Handover], by_rules: bool
) -> Together | None:
    """The smallest set of terms that suffices where no kind does alone; `None` where not all do.

    Whole kinds are taken out first, then single keys of those that are left.

    Args:
        first: as for `causes`, and so are the others.
        second: see there.
        differing: see there.
        ways: see there.
        by_rules: whether to ask the rules about the first run's reports, or the team again.
    """
    keys = _by_kind(differing)
    kinds = tuple(kind for kind in keys if not by_rules or kind in _ROUTING)
    enough = _by_rules(first, ways[-1]) if by_rules else partial(_goes, first, ways)

    def suffices(part: Sequence[tuple[TermKind, str]]) -> bool:
        return enough(_with(first.order, second.order, part))

    if len(kinds) < 2 or not suffices([(kind, "") for kind in kinds]):
        return None
    tries = _tries(ways)
    needed = least(kinds, lambda part: suffices([(kind, "") for kind in part]), tries).kept
    each = [(kind, key) for kind in needed for key in (keys[kind] if kind in _KEYED else ("",))]
    found = least(each, suffices, tries)
    return Together(terms=found.kept, bare=found.bare, by_rules=by_rules)


def _tries(ways: Sequence[Handover]) -> int:
    return min(TRIES, STEPS // ways[-1].step)


def _by_kind(differing: Sequence[Term]) -> dict[TermKind, list[str]]:
    """The keys that differ, by kind; without the kinds that cannot be put into another run."""
    kinds = [kind for kind in dict.fromkeys(one.kind for one in differing) if kind not in _FIXED]
    return {kind: [one.key for one in differing if one.kind is kind] for kind in kinds}


def _with(order: Order, other: Order, part: Sequence[tuple[TermKind, str]]) -> Order:
    """The order with several terms of the other's."""
    for kind, key in part:
        order = taken(order, other, kind, key)
    return order


def _tried(
    first: Side,
    second: Side,
    kinds: dict[TermKind, list[str]],
    suffices: Callable[[Order], bool],
    by_rules: bool,
    tries: int,
) -> Iterator[Cause]:
    for kind, keys in kinds.items():
        if not suffices(taken(first.order, second.order, kind)):
            continue
        tried = keys if kind in _KEYED and len(keys) <= MOST else []
        alone = [key for key in tried if suffices(taken(first.order, second.order, kind, key))]
        found: Least[str] = Least(kept=(), bare=True)
        if kind in _KEYED and not alone:
            found = _least(first.order, second.order, kind, keys, suffices, tries)
        single = len(found.kept) == 1
        yield Cause(
            kind=kind,
            keys=found.kept if single else tuple(alone),
            together=() if single else found.kept,
            bare=found.bare,
            by_rules=by_rules,
            tried=len(tried),
        )


def _least(
    order: Order,
    other: Order,
    kind: TermKind,
    keys: Sequence[str],
    suffices: Callable[[Order], bool],
    tries: int,
) -> Least[str]:
    """The smallest set of keys of a kind that suffices."""

    def enough(part: Sequence[str]) -> bool:
        return suffices(_with(order, other, [(kind, key) for key in part]))

    return least(keys, enough, tries)


def _by_rules(first: Side, wanted: Handover) -> Callable[[Order], bool]:
    """Whether the first run's reports lead the second's way under an order's routing terms."""
    recorded = follow(first.order, first.journal)

    def leads(order: Order) -> bool:
        try:
            there = retake(recorded, order, first.journal, "").instead
        except InputError:
            return False
        return there is not None and there.step == wanted.step and there.same_way(wanted)

    return leads


def _goes(first: Side, ways: Sequence[Handover], order: Order) -> bool:
    """Whether the team, doing the order, hands over what the second run handed over."""
    found = rerun(order, first.read, ways[-1].step - 1)
    return len(found) >= len(ways) and all(map(Handover.same_way, found, ways))


def comes_again(side: Side, ways: Sequence[Handover]) -> bool:
    """Whether a run, simulated again under its own terms, goes the way that is recorded."""
    return _goes(side, ways, side.order)
