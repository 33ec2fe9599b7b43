"""Positions by small numbers, and what each report does to them: every step is made only once."""

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from remit.analysis.arrays.columns import ENDING, PLACE, Block, Column, code, decode, encode
from remit.analysis.arrays.distinct import distinct
from remit.analysis.arrays.interpreter import Interpreter, Steps, Trouble
from remit.analysis.chain import mind
from remit.analysis.chain.keys import Keys, Numbers
from remit.analysis.chain.mind import Words
from remit.analysis.chain.sayings import EVENT, EVENT_BITS, heard, unpacked
from remit.graph.booking import is_handed
from remit.graph.event import BIT, Item
from remit.graph.ledger import AUTHORITY
from remit.graph.manifest import Manifest, start
from remit.graph.matters import default
from remit.graph.position import Position
from remit.graph.rules import GRADE, RULES, WORK, Rule
from remit.state.vocabulary import (
    LOOPS,
    EventKind,
    FlawKind,
    Limit,
    MatterKind,
    Seat,
    Stage,
)

Numbered = NDArray[np.int64]
_STAGES, _KINDS, _SEATS = tuple(Stage), tuple(EventKind), tuple(Seat)
IN_AUTHORITY = np.array([stage in AUTHORITY for stage in _STAGES])
IN_WORK = np.array([stage in WORK for stage in _STAGES])
BUDGETS_BIT = 1 << len(LOOPS)
"""In `reached`: a budget."""
_REWORKS = tuple(
    LOOPS.index(limit)
    for limit in (
        Limit.REQUIREMENT_REWORK, Limit.CONTRACT_REVIEW, Limit.REWORK_BACKEND, Limit.REWORK_FRONTEND
    )
)  # fmt: skip
_DEFAULT_READS = [PLACE[name] for name in ("stage", "matter", "about", "critical", *GRADE.values())]
"""What `matters.default` reads of a position, beside what is on offer there."""
_SEC, _OTHERS = BIT[Seat.SECURITY], ~BIT[Seat.SECURITY]


class Post(NamedTuple):
    """Where a report is made."""

    stage: Stage
    seat: Seat
    matter: MatterKind
    """What an authority is asked; none at work and at the release."""


_T = TypeVar("_T", bound=np.signedinteger)


class _Growing(Generic[_T]):
    """Columns that grow at their end; room is doubled."""

    def __init__(self, fields: int, dtype: type[_T]) -> None:
        self._all: NDArray[_T] = np.zeros((fields, 1024), dtype)
        self.size = 0

    def add(self, block: NDArray[_T]) -> None:
        more = int(block.shape[1])
        while self.size + more > self._all.shape[1]:
            self._all = np.concatenate([self._all, np.zeros_like(self._all)], 1)
        self._all[:, self.size : self.size + more] = block
        self.size += more

    def read(self, field: int, columns: Keys) -> NDArray[_T]:
        found: NDArray[_T] = self._all[field][columns]
        return found

    def block(self, columns: Keys) -> NDArray[_T]:
        found: NDArray[_T] = self._all[:, columns]
        return found


PLACES = ("offers", "post", "default")
"""What is known of a position beside its fields: the kinds that the next seat may answer with
(bits); where it makes its report (place in `Moves.posts`, -1 where the run is over); the event that
a person's silence stands for."""
TOLD = (
    "target", "issued", "count", "waived", "granted", "complete", "reached", "last", "sealed",
    "rework", "changes", "to_cto", "to_human", "answered", "operations", "hot", "counts", "papers",
)  # fmt: skip
"""What is known of a move: the position after it; seats assigned now, and how many; items that
became debt; 1 where budgets were granted; 1 where the step is complete; limits whose end was
reached (bits), and the last of them; contracts frozen; rework rounds and change requests spent;
matters put; 1 where a question was answered; what happens to each flaw (six bits for each kind);
and, in one number each, what every step reads (`HOT_COUNT` and so on), and what is added up
(`COUNTS`, `PAPERS`, sixteen bits for each)."""
HOT_COUNT, HOT_COMPLETE, HOT_RARE, HOT_ENDS = 15, 16, 32, 64
"""In `hot`: how many are assigned; whether the step is complete, any of `RARE` is told, the run is
over; from `HOT_STAGE` on five bits of the stage after it, from `HOT_POST` on eight bits of the post
(plus one), from `HOT_TARGET` on the position."""
HOT_STAGE, HOT_POST, HOT_TARGET = 8, 16, 24
COUNTS = ("to_cto", "to_human", "rework", "changes")
PAPERS = ("sealed", "granted")
"""With how many items became debt after them."""
RARE = ("waived", "granted", "reached", "sealed", "rework", "changes", "to_cto", "to_human")


class Moves:
    """The rules under one manifest, on numbered positions; number 0 is the start."""

    def __init__(self, manifest: Manifest, rules: tuple[Rule, ...] = RULES) -> None:
        self.manifest = manifest
        self._interpreter = Interpreter(manifest, rules)
        self._positions = _Growing(len(PLACE), np.int16)
        self._info = _Growing(len(PLACES), np.int64)
        self._known: dict[bytes, int] = {}
        self._moves, self._told = Numbers(), _Growing(len(TOLD), np.int64)
        self.posts: list[Post] = []
        self._sealing = int(manifest.group_contract != 0)
        self.number(encode([start(manifest)]))

    @property
    def size(self) -> int:
        """Positions met so far."""
        return self._positions.size

    def field(self, name: str, positions: Keys) -> Column:
        """A field of positions."""
        return self._positions.read(PLACE[name], positions)

    def known(self, name: str, positions: Keys) -> Numbered:
        """One of `PLACES`."""
        return self._info.read(PLACES.index(name), positions)

    def told(self, name: str, moves: Keys) -> Numbered:
        """One of `TOLD`."""
        return self._told.read(TOLD.index(name), moves)

    def take(self, positions: Keys, words: Words) -> Keys:
        """The move of each report, made now where it never was.

        Raises:
            RuntimeError: the rules refuse a report of the simulated team.
        """
        keys = _keys(positions, words)
        found = self._moves.find(keys)
        missing = np.flatnonzero(found < 0)
        if len(missing):
            new = np.unique(keys[missing])
            self._make(new >> EVENT_BITS, new & EVENT)
            self._moves.add(new)
            found[missing] = self._moves.find(keys[missing])
        return found

    def find(self, positions: Keys, words: Words) -> Keys:
        """The move of each report; -1 where it was never made."""
        return self._moves.find(_keys(positions, words))

    def _make(self, positions: Keys, words: Words) -> None:
        before = self._positions.block(positions)
        seats = before[PLACE["owed"]] & -before[PLACE["owed"]]
        steps = self._interpreter.step(before, unpacked(words, seats), seats, trace=True)
        if steps.trouble.any():
            at = int(np.flatnonzero(steps.trouble)[0])
            raise RuntimeError(
                f"{decode(before[:, at : at + 1])[0]}: event {int(words[at]):b}: "
                f"{Trouble(int(steps.trouble[at])).name}"
            )
        self._told.add(self._tell(before, words, steps))

    def _tell(self, before: Block, words: Words, steps: Steps) -> Numbered:
        after, fired = steps.positions, np.array(steps.fired)
        size = int(after.shape[1])
        told = dict[str, NDArray[np.generic] | int]()
        told["target"] = self.number(after)
        complete = (steps.issued != 0) | ENDING[after[PLACE["stage"]]]
        told["issued"], told["complete"] = steps.issued, complete
        told["count"] = np.bitwise_count(steps.issued)
        told["waived"] = steps.waived
        told["granted"] = steps.granted == len(LOOPS)
        told |= self._reached(fired, size)
        told["sealed"] = self._sealing * _any(fired, lambda rule: rule.id == "contract_review.next")
        told["rework"] = steps.spent[list(_REWORKS)].sum(0)
        told["changes"] = steps.spent[LOOPS.index(Limit.CHANGE_REQUESTS)]
        stage = after[PLACE["stage"]]
        put = IN_AUTHORITY[stage] & complete
        human = stage == code(Stage.HUMAN)
        told["to_cto"] = put & ~human & (stage != code(Stage.RELEASE))
        told["to_human"] = put & human
        ruled = IN_AUTHORITY[before[PLACE["stage"]]]
        question = PLACE["question"]
        told["answered"] = ruled & (before[question] > 0) & (after[question] == 0)
        told["operations"] = _operations(before, words, steps, fired, complete)
        told["hot"] = self._hot(told, stage)
        told["counts"] = _packed(*(told[name] for name in COUNTS))
        told["papers"] = _packed(*(told[name] for name in PAPERS), np.bitwise_count(steps.waived))
        found: Numbered = np.array([np.broadcast_to(told[name], size) for name in TOLD], np.int64)
        return found

    def _hot(self, told: dict[str, NDArray[np.generic] | int], stage: Column) -> Numbered:
        target = np.asarray(told["target"], np.int64)
        rare = np.any([np.asarray(told[name]) != 0 for name in RARE], axis=0)
        found = target << HOT_TARGET | (self.known("post", target) + 1) << HOT_POST
        found |= stage.astype(np.int64) << HOT_STAGE
        found |= rare * HOT_RARE + ENDING[stage] * HOT_ENDS
        found |= np.asarray(told["complete"]) * HOT_COMPLETE
        return found | np.asarray(told["count"], np.int64)

    def _reached(self, fired: NDArray[np.int16], size: int) -> dict[str, NDArray[np.generic]]:
        reached, last = np.zeros(size, np.int64), np.full(size, -1)
        at = np.array(
            [
                -1 if rule.at_limit is None
                else LOOPS.index(rule.at_limit) if rule.at_limit in LOOPS else len(LOOPS)
                for rule in RULES
            ]
        )  # fmt: skip
        for row in fired:
            limit = np.where(row < 0, -1, at[row])
            here = limit >= 0
            reached[here] |= 1 << limit[here]
            last[here] = limit[here]
        return {"reached": reached, "last": last}

    def number(self, block: Block) -> Keys:
        """The number of each position, new ones added."""
        rows = np.ascontiguousarray(block.T).view(f"V{2 * len(block)}").ravel().tolist()
        first = len(self._known)
        found = np.array([self._known.setdefault(row, len(self._known)) for row in rows], np.int64)
        fresh, place = np.unique(found, return_index=True)
        new = block[:, place[fresh >= first]]
        if new.shape[1]:
            self._positions.add(new)
            self._info.add(self._inform(new))
        return found

    def _inform(self, block: Block) -> Numbered:
        owed = block[PLACE["owed"]]
        seats = owed & -owed
        offers = self._interpreter.offers(block, seats)
        place = np.where(owed > 0, np.bitwise_count(seats - 1), -1)
        stage, matter = block[PLACE["stage"]], block[PLACE["matter"]]
        posts = np.full(len(owed), -1)
        trio = (stage.astype(np.int64) * 16 + place + 1) * 16 + matter
        known: list[int] = np.unique(trio[owed > 0]).tolist()
        for one in known:
            seat, kind = _SEATS[(one >> 4 & 15) - 1], tuple(MatterKind)[one & 15]
            posts[trio == one] = self._post(Post(_STAGES[one >> 8], seat, kind))
        silence = np.full(len(owed), -1)
        people = np.isin(stage, [code(Stage.HUMAN), code(Stage.RELEASE)]) & (owed > 0)
        silence[people] = self._silences(block[:, people], offers[people])
        return np.array([offers, posts, silence])

    def _post(self, post: Post) -> int:
        if post not in self.posts:
            self.posts.append(post)
        return self.posts.index(post)

    def _silences(self, block: Block, offers: Numbered) -> Numbered:
        """The events that a person's silence stands for."""
        kinds = distinct(block[_DEFAULT_READS], offers[None])
        some = zip(decode(block[:, kinds.pick]), offers[kinds.pick].tolist(), strict=True)
        found = [code(self._default(position, options)) for position, options in some]
        return np.array(found, np.int64)[kinds.which]

    def _default(self, position: Position, offers: int) -> EventKind:
        kind = MatterKind.RELEASE if position.stage is Stage.RELEASE else position.matter
        options = tuple(one for at, one in enumerate(_KINDS) if offers >> at & 1)
        return default(self.manifest, position, kind, options)


def _keys(positions: Keys, words: Words) -> Keys:
    keys = positions << EVENT_BITS
    keys |= words & EVENT
    return keys


def _packed(*parts: NDArray[np.generic] | int) -> Numbered:
    """Several small numbers in one, sixteen bits for each."""
    found = np.zeros(1, np.int64)
    for place, part in enumerate(parts):
        found = found | np.asarray(part, np.int64) << 16 * place
    return found


def _any(fired: NDArray[np.int16], holds: Callable[[Rule], bool]) -> NDArray[np.bool_]:
    """Where one of the rows that fired is such a one."""
    such = np.array([holds(rule) for rule in RULES])
    found: NDArray[np.bool_] = np.any((fired >= 0) & such[fired], axis=0)
    return found


_HANDED = {
    item: np.array([is_handed(rule) and rule.item is item for rule in RULES]) for item in GRADE
}


def _operations(
    before: Block, words: Words, steps: Steps, fired: NDArray[np.int16], complete: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """What a step does to the flaw of each kind, as the ledger books it: six bits for each."""
    after, waived = steps.positions, steps.waived
    owed = before[PLACE["owed"]]
    asks = np.where(heard(words, "contract_asked") > 0, owed & -owed, 0)
    wanted = before[PLACE["contract_asked"]] | before[PLACE["contract_change"]] | asks
    still = after[PLACE["contract_asked"]] | after[PLACE["contract_change"]]
    scope = after[PLACE["scope_asked"]] | after[PLACE["scope_change"]]
    ruling = (
        IN_AUTHORITY[before[PLACE["stage"]]]
        & (before[PLACE["matter"]] == code(MatterKind.RULING))
        & (heard(words, "kind") != code(EventKind.REFER))
    )
    in_hand, in_scope = before[PLACE["contract_change"]], before[PLACE["scope_change"]]
    regroups = _any(fired, lambda rule: rule.id.startswith("question.regroup"))
    given = {item: np.any((fired >= 0) & rows[fired], axis=0) for item, rows in _HANDED.items()}
    grade = {item: after[PLACE[name]] for item, name in GRADE.items()}
    requested = (wanted & _SEC) != 0
    gone = {item: (waived & item) != 0 for item in Item}
    k, findings = FlawKind, (Item.CONTRACT, Item.BACKEND)
    rules = {
        k.REQUIREMENT_GAP: in_scope != 0,
        k.CONTRACT_GAP: (in_hand & _OTHERS) != 0,
        k.SECURITY_FLAW: (in_hand & _SEC) != 0,
    }
    hands = {
        k.REQUIREMENT_GAP: given[Item.REQUIREMENTS],
        k.CONTRACT_GAP: given[Item.CONTRACT],
        k.SECURITY_FLAW: ~requested & (given[Item.CONTRACT] | given[Item.BACKEND]),
        k.BACKEND_BUG: given[Item.BACKEND],
        k.FRONTEND_BUG: given[Item.FRONTEND],
    }
    waives: dict[FlawKind, NDArray[np.bool_]] = {
        k.REQUIREMENT_GAP: gone[Item.REQUIREMENTS] | gone[Item.SCOPE_CHANGE],
        k.CONTRACT_GAP: gone[Item.CONTRACT] | gone[Item.CONTRACT_CHANGE],
        k.SECURITY_FLAW: np.where(
            requested, gone[Item.CONTRACT_CHANGE], np.any([gone[item] for item in findings], axis=0)
        ),
        k.BACKEND_BUG: gone[Item.BACKEND],
        k.FRONTEND_BUG: gone[Item.FRONTEND],
    }
    waits = {
        k.REQUIREMENT_GAP: (grade[Item.REQUIREMENTS] > 0) | (scope != 0),
        k.CONTRACT_GAP: (grade[Item.CONTRACT] > 0) | ((still & _OTHERS) != 0),
        k.SECURITY_FLAW: np.any([grade[item] > 1 for item in findings], axis=0)
        | ((still & _SEC) != 0),
        k.BACKEND_BUG: grade[Item.BACKEND] > 0,
        k.FRONTEND_BUG: grade[Item.FRONTEND] > 0,
    }
    found = np.zeros(len(owed), np.int64)
    for place, kind in enumerate(mind.KINDS):
        one = (
            (ruling & rules.get(kind, False)) * mind.RULES
            + regroups * mind.REGROUPS
            + hands[kind] * mind.HANDS
            + waives[kind] * mind.WAIVES
            + ~waits[kind] * mind.LEAVES
        )
        found |= np.where(complete, one + mind.COMPLETES, 0) << (6 * place)
    return found
