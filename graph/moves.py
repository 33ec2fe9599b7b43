"""The moves that the rules can make, read off the table: what LangGraph draws as edges."""

from collections.abc import Iterator
from functools import lru_cache

from remit.graph.event import seats
from remit.graph.manifest import Manifest
from remit.graph.rules import ANSWERS, RULES, Field, Guard, Heard, Rule, Term
from remit.state.vocabulary import ENDS, Seat, Stage

START_NODE = "__start__"
END_NODE = "__end__"
INTEGRATE = "integrate"
"""The node where the reports of a group are folded."""

_SINGLE = {
    Stage.ARBITRATION: Seat.CTO,
    Stage.CHANGE_CONTROL: Seat.CTO,
    Stage.HUMAN: Seat.HUMAN,
    Stage.RELEASE: Seat.HUMAN,
}
_SILENT = tuple(rule for rule in RULES if rule.event is None)
_HEARD = tuple(rule for rule in RULES if rule.event is not None)


def seated(manifest: Manifest, stage: Stage) -> tuple[Seat, ...]:
    """The seats that can hold an assignment at a stage."""
    if stage in _SINGLE:
        return (_SINGLE[stage],)
    return seats(manifest.group(stage)) if stage in ANSWERS else ()


@lru_cache(maxsize=64)
def stage_moves(manifest: Manifest) -> frozenset[tuple[Stage, Stage]]:
    """Which stage can follow which, counting only stages where somebody is assigned, and the ends.

    Guards on the manifest and on the stage that a matter came from are decided; guards on the rest
    of the position are taken as possible.
    """
    work = [stage for stage in ANSWERS if seated(manifest, stage)]
    moves = {(home, there) for home in work for there in _served(manifest, home)}
    for authority in (Stage.ARBITRATION, Stage.CHANGE_CONTROL, Stage.HUMAN):
        homes = {home for home, there in moves if there is authority and home in ANSWERS}
        if authority is Stage.HUMAN:
            homes |= {
                home for home, there in moves
                if home in ANSWERS and there in (Stage.ARBITRATION, Stage.CHANGE_CONTROL)
            }  # fmt: skip
        for home in homes:
            moves |= {(authority, there) for there in _ruled(manifest, authority, home)}
    if any(there is Stage.RELEASE for _, there in moves):
        moves |= {(Stage.RELEASE, Stage.SHIPPED), (Stage.RELEASE, Stage.STOPPED)}
    return frozenset(moves)


def _served(manifest: Manifest, home: Stage) -> frozenset[Stage]:
    """Where the docket of a work stage can send the run."""
    found: set[Stage] = set()
    for rule in _possible(manifest, home, home):
        if rule.goto is None:
            found |= {home} if _assigns(rule) else set()
        elif rule.goto in ENDS or rule.goto is Stage.RELEASE:
            found.add(rule.goto)
        elif rule.goto in _SINGLE:
            found |= _dispatched(manifest, rule.goto, home)
        elif seated(manifest, rule.goto):
            found.add(rule.goto)
        else:
            found |= _skipped(manifest, rule.goto)
    return frozenset(found)


def _skipped(manifest: Manifest, empty: Stage) -> frozenset[Stage]:
    """Where a run goes on from a stage at which nobody sits: the stage's last row."""
    there = next(rule.goto for rule in _SILENT if rule.id == f"{empty}.next")
    if there is not None and not seated(manifest, there):
        return _skipped(manifest, there)
    return frozenset({there} if there else ())


def _dispatched(manifest: Manifest, authority: Stage, home: Stage) -> frozenset[Stage]:
    """Which authority a matter from `home` can reach."""
    found: set[Stage] = set()
    for rule in _possible(manifest, authority, home):
        if rule.goto is None:
            found.add(authority)
        elif rule.goto in ENDS:
            found.add(rule.goto)
        else:
            found |= _dispatched(manifest, rule.goto, home)
    return frozenset(found)


def _ruled(manifest: Manifest, authority: Stage, home: Stage) -> frozenset[Stage]:
    """Where the answer of an authority can send the run."""
    found: set[Stage] = set()
    for rule in _HEARD:
        if authority not in rule.stages or _decide(rule, manifest, home) is False:
            continue
        if rule.goto is None:
            found |= _served(manifest, home)
        elif rule.goto in ENDS:
            found.add(rule.goto)
        else:
            found |= _dispatched(manifest, rule.goto, home)
    return frozenset(found)


def _possible(manifest: Manifest, stage: Stage, home: Stage) -> Iterator[Rule]:
    """The silent rows that may fire at a stage, up to the first that must."""
    for rule in _SILENT:
        if stage in rule.stages:
            holds = _decide(rule, manifest, home)
            if holds is not False:
                yield rule
            if holds:
                return


def _assigns(rule: Rule) -> bool:
    return any(update.field == "owed" for update in rule.sets)


def _decide(rule: Rule, manifest: Manifest, home: Stage) -> bool | None:
    """True or False where the guards are settled, `None` where they ask the position."""
    settled = True
    for guard in rule.guard:
        holds = _holds(guard, manifest, home)
        if holds is False:
            return False
        settled = settled and holds is True
    return True if settled else None


def _holds(guard: Guard, manifest: Manifest, home: Stage) -> bool | None:
    left, right = guard.left, guard.right
    if left == Field("owed") and guard.op == "==":
        return True
    if isinstance(right, Field | Heard) or isinstance(left, Heard):
        return None
    value = getattr(manifest, right.name) if isinstance(right, Term) else right
    if isinstance(left, Term):
        return _compare(getattr(manifest, left.name), guard.op, value)
    return _compare(home, guard.op, value) if left.name == "home" else None


def _compare(left: object, op: str, right: object) -> bool | None:
    if op == "==":
        return left == right
    return left != right if op == "!=" else None


def edges(manifest: Manifest) -> frozenset[tuple[str, str]]:
    """The edges between the nodes of the graph: one node for each role, the human, `integrate`.

    A seat that works alone hands over itself; a group's reports meet at `integrate`.
    """
    found: set[tuple[str, str]] = set()
    first = Stage.SOLO if manifest.group_solo else Stage.PLAN
    enterable = {first} | {there for _, there in stage_moves(manifest)}
    for stage in enterable - ENDS:
        found |= {(START_NODE, node) for node in _nodes(manifest, stage)}
    for here, there in stage_moves(manifest):
        targets = _nodes(manifest, there) if there not in ENDS else {END_NODE}
        sources = _nodes(manifest, here)
        if len(seated(manifest, here)) > 1:
            found |= {(source, INTEGRATE) for source in sources}
            found |= {(INTEGRATE, target) for target in targets}
        if len(seated(manifest, here)) == 1 or here in _PARTIAL:
            found |= {(source, target) for source in sources for target in targets}
    return frozenset(found)


_PARTIAL = frozenset({Stage.BUILD, Stage.VERIFICATION})
"""Groups of which one seat alone can be assigned again."""


def _nodes(manifest: Manifest, stage: Stage) -> set[str]:
    return {str(manifest.occupant(seat)) for seat in seated(manifest, stage)}
