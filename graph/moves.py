"""The moves that the rules can make, read off the table: what LangGraph draws as edges.

A *scene* is what is known of a position without running: the home stage, the open matter, and which
docket fields must be empty or filled after the report or the answer at hand. Guards that a scene
does not settle are taken as possible, so a move that can happen is never left out.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from remit.graph.event import Item, seats
from remit.graph.manifest import Manifest
from remit.graph.position import LEFT
from remit.graph.rules import (
    ANSWERS,
    ASKED,
    GRADE,
    JUDGING,
    LOOP,
    PATH,
    RULES,
    Field,
    Guard,
    Heard,
    Rule,
    Term,
)
from remit.state.vocabulary import ENDS, EventKind, Limit, MatterKind, Seat, Stage

START_NODE = "__start__"
END_NODE = "__end__"
INTEGRATE = "integrate"
"""The node where the reports of a group are folded."""

Scene = Mapping[str, object]
"""Field of the position → its value; 1 stands for "not 0" in sets of seats."""
Move = tuple[Stage, Stage]
Put = tuple[Stage, frozenset[tuple[str, object]]]
"""A matter that was followed already: at which authority, and what is known of it."""

_SINGLE = {
    Stage.ARBITRATION: Seat.CTO,
    Stage.CHANGE_CONTROL: Seat.CTO,
    Stage.HUMAN: Seat.HUMAN,
    Stage.RELEASE: Seat.HUMAN,
}
_SILENT = tuple(rule for rule in RULES if rule.event is None)
_HEARD = tuple(rule for rule in RULES if rule.event is not None)
_LIMIT_OF = {name: limit for limit, name in LEFT.items()}
_NEVER_GRANTED = frozenset({Limit.ESCALATIONS, Limit.HUMAN_QUESTIONS, Limit.GRANTS})
_NOTHING_ASKED: Scene = {
    "contract_asked": 0, "scope_asked": 0, "contract_change": 0, "scope_change": 0,
}  # fmt: skip


def seated(manifest: Manifest, stage: Stage) -> tuple[Seat, ...]:
    """The seats that can hold an assignment at a stage."""
    if stage in _SINGLE:
        return (_SINGLE[stage],)
    return seats(manifest.group(stage)) if stage in ANSWERS else ()


@lru_cache(maxsize=64)
def stage_moves(manifest: Manifest) -> frozenset[Move]:
    """Which stage can follow which: the stages where somebody is assigned, and the ends."""
    moves: set[Move] = set()
    seen: set[Put] = set()
    for home in ANSWERS:
        if seated(manifest, home):
            _serve(manifest, home, home, _after_report(manifest, home), moves, seen)
    if any(there is Stage.RELEASE for _, there in moves):
        moves |= {(Stage.RELEASE, Stage.SHIPPED), (Stage.RELEASE, Stage.STOPPED)}
    return frozenset(moves)


def _after_report(manifest: Manifest, home: Stage) -> Scene:
    """Nothing is reopened; nobody is held up unless the policy itself turns requests down."""
    known = _known(manifest, home)
    turns_down = any(
        rule.waives & (Item.CONTRACT_CHANGE | Item.SCOPE_CHANGE)
        for rule, _ in _possible(manifest, home, known)
    )
    return {**known, "reopen": 0} if turns_down else {**known, "reopen": 0, "again": 0}


def _known(manifest: Manifest, home: Stage) -> Scene:
    """What is so whenever a stage is the home: where only people stand in, nobody asks."""
    if any(manifest.occupant(seat) is seat for seat in seated(manifest, home)):
        return {"home": home}
    held_up = {} if EventKind.CHANGE in ANSWERS[home] else {"again": 0}
    return {"home": home, "question": 0, **held_up}


def _serve(
    manifest: Manifest,
    here: Stage,
    home: Stage,
    scene: Scene,
    moves: set[Move],
    seen: set[Put],
) -> None:
    """Where the docket of a work stage can send the run that stands at `here`."""
    for rule, known in _possible(manifest, home, scene):
        if rule.goto is Stage.ARBITRATION or rule.goto is Stage.CHANGE_CONTROL:
            put = {one.field: one.value for one in rule.sets if one.field in ("matter", "about")}
            matter: Scene = {"home": home, **put}
            if rule.goto is Stage.CHANGE_CONTROL:
                matter = {**matter, **_requests(rule, known)}
            _dispatch(manifest, here, rule.goto, matter, moves, seen)
        elif rule.goto is None:
            if any(update.field == "owed" for update in rule.sets):
                moves.add((here, home))
        elif rule.goto in ENDS or rule.goto is Stage.RELEASE:
            moves.add((here, rule.goto))
        else:
            moves.add((here, next(one for one in _onward_from(rule.goto) if seated(manifest, one))))


def _requests(rule: Rule, known: Scene) -> Scene:
    """What is known of the change requests in hand where a row puts a matter."""
    asked = {guard.left.name for guard in rule.guard if (guard.op, guard.right) == ("!=", 0)}
    return {
        name: 1 if name in asked else known[name]
        for name in ("contract_change", "scope_change")
        if name in asked or name in known
    }


def _onward_from(stage: Stage) -> tuple[Stage, ...]:
    """The stage and those after it: one at which nobody sits is passed by its last row."""
    return PATH[PATH.index(stage) :]


def _dispatch(
    manifest: Manifest,
    here: Stage,
    authority: Stage,
    matter: Scene,
    moves: set[Move],
    seen: set[Put],
) -> None:
    """Which authority a matter can reach from `here`, and where its answers can lead."""
    for rule, scene in _possible(manifest, authority, matter):
        if rule.goto is None:
            moves.add((here, authority))
            _answers(manifest, authority, scene, moves, seen)
        elif rule.goto in ENDS:
            moves.add((here, rule.goto))
        else:
            _dispatch(manifest, here, rule.goto, matter, moves, seen)


def _answers(
    manifest: Manifest,
    authority: Stage,
    scene: Scene,
    moves: set[Move],
    seen: set[Put],
) -> None:
    home, matter, about = scene["home"], scene["matter"], scene["about"]
    assert isinstance(home, Stage)
    assert isinstance(matter, MatterKind)
    assert isinstance(about, int)
    put = authority, frozenset(scene.items())
    if put in seen:
        return
    seen.add(put)
    for rule in _HEARD:
        if authority not in rule.stages or _decide(rule, manifest, scene) is False:
            continue
        if rule.goto is None:
            after = _after_answer(rule, _known(manifest, home), matter, Item(about))
            _serve(manifest, authority, home, after, moves, seen)
        elif rule.goto in ENDS:
            moves.add((authority, rule.goto))
        else:
            _dispatch(manifest, authority, rule.goto, scene, moves, seen)


def _after_answer(rule: Rule, scene: Scene, matter: MatterKind, about: Item) -> Scene:
    """What is known once an authority has answered; a budget can interrupt anything."""
    home = scene["home"]
    if matter is MatterKind.BUDGET:
        return scene
    scene = {**scene, "question": 0, "reopen": 0}
    if matter is MatterKind.RULING:
        reopen = next((one.value for one in rule.sets if one.field == "reopen"), None)
        return {**scene, **_NOTHING_ASKED, **({"reopen": reopen} if reopen else {"again": 1})}
    granted = rule.event is EventKind.GRANT
    if about is Item.QUESTION:
        asked: Scene = {"question": int(granted), "again": 1}
        return {**scene, **asked, **_NOTHING_ASKED} if home in JUDGING else {**scene, **asked}
    if about in ASKED:
        return {**scene, ASKED[about].replace("asked", "change") if granted else "again": 1}
    return {**scene, **_NOTHING_ASKED, "again": 0, **({GRADE[about]: 1} if granted else {})}


def _possible(manifest: Manifest, stage: Stage, scene: Scene) -> Iterator[tuple[Rule, Scene]]:
    """The silent rows that may fire at a stage, up to the first that must, each with its scene.

    A row that was passed over for one reason tells that this reason did not hold.
    """
    for rule in _SILENT:
        if stage not in rule.stages:
            continue
        open_ = [guard for guard in rule.guard if _holds(guard, manifest, scene) is None]
        if any(_holds(guard, manifest, scene) is False for guard in rule.guard):
            continue
        yield rule, scene
        if not open_:
            return
        if len(open_) == 1 and (left := _empty_unless(open_[0])):
            scene = {**scene, left: 0}


_FLAGS = ("budget", "frozen", "sealed", "critical")
"""Fields that are 0 or 1."""


def _empty_unless(guard: Guard) -> str:
    """The field that must be 0 where a guard does not hold; empty where that is not known."""
    if not isinstance(guard.left, Field) or guard.left.name in _LIMIT_OF:
        return ""
    name = guard.left.name
    filled = (guard.op == "!=" and guard.right == 0) or (
        guard.op == "==" and guard.right == 1 and name in _FLAGS
    )
    return name if filled else ""


def _decide(rule: Rule, manifest: Manifest, scene: Scene) -> bool | None:
    """True or False where the guards are settled, `None` where they ask what is not known."""
    found = [_holds(guard, manifest, scene) for guard in rule.guard]
    if False in found:
        return False
    return None if None in found else True


def _holds(guard: Guard, manifest: Manifest, scene: Scene) -> bool | None:
    left, right = guard.left, guard.right
    if left == Field("owed") and guard.op == "==":
        return True
    if isinstance(right, Field | Heard) or isinstance(left, Heard):
        return None
    value = getattr(manifest, right.name) if isinstance(right, Term) else right
    if isinstance(left, Term):
        return _compare(getattr(manifest, left.name), guard.op, value)
    if left.name in _LIMIT_OF:
        return _left_holds(guard.op, _LIMIT_OF[left.name], manifest)
    if left.name == "todo" and not manifest.builders:
        return _compare(0, guard.op, value)
    return _compare(scene[left.name], guard.op, value) if left.name in scene else None


def _left_holds(op: str, limit: Limit, manifest: Manifest) -> bool | None:
    """Whether something remains under a limit, where that is the same throughout a run."""
    allowed = manifest.limit(limit)
    if allowed < 0:
        return op == "!="
    if allowed == 0 and (limit in _never_granted(manifest) or manifest.grants == 0):
        return op == "=="
    return None


def _never_granted(manifest: Manifest) -> frozenset[Limit]:
    """The limits that no authority can add to: work that nobody can do again is among them."""
    undone = (LOOP[item] for item, name in GRADE.items() if not manifest.grantable(name))
    return _NEVER_GRANTED.union(undone)


def _compare(left: object, op: str, right: object) -> bool | None:
    if op == "==":
        return left == right
    if op == "!=":
        return left != right
    return left != 0 if op == ">" and right == 0 else None


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
        if here is there and here in _PARTIAL:
            found |= {(source, source) for source in sources}
        elif len(seated(manifest, here)) == 1 or here in _PARTIAL:
            found |= {(source, target) for source in sources for target in targets}
    return frozenset(found)


_PARTIAL = frozenset({Stage.BUILD, Stage.VERIFICATION})
"""Groups of which one seat alone can be assigned again: then it is the one that goes on."""


def _nodes(manifest: Manifest, stage: Stage) -> set[str]:
    return {str(manifest.occupant(seat)) for seat in seated(manifest, stage)}
