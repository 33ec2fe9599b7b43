"""The chain with its states and ways written out, for a model checker to solve on its own.

Nothing is summed up here: the mass that travels only tells which states are worth following. Those
that are not are written as ends of their own, so the checker knows what was left out.
"""

from dataclasses import replace

import numpy as np

from remit.agents.behaviour import Behaviour
from remit.analysis.arrays.columns import ENDING, code
from remit.analysis.chain import mind
from remit.analysis.chain.keys import Keys
from remit.analysis.chain.luck import Cast, Followed
from remit.analysis.chain.mind import Words
from remit.analysis.chain.moves import Moves
from remit.analysis.chain.rewards import REWARDS, Rewards, start_time
from remit.analysis.chain.settling import settled
from remit.analysis.chain.solving import MOST_STATES, TooLarge
from remit.analysis.chain.team import Team
from remit.analysis.chain.world import World
from remit.analysis.prism import Listing, Values
from remit.graph.manifest import Manifest
from remit.state.errors import InputError
from remit.state.vocabulary import BUDGETS, ENDS, FlawKind, Stage

DROPPED = "dropped"
"""Label of the states that are not followed."""


def written(
    manifest: Manifest,
    behaviour: Behaviour,
    world: World,
    *,
    least: float = 0.0,
    most_states: int = MOST_STATES,
) -> Listing:
    """The chain of a simulated team, budgets unlimited as in `solve`.

    Labels are the ends, `flawless`, `escaped_` with each kind of flaw, and `dropped`. Rewards are
    named as in `REWARDS`; each state earns what its report uses on average.

    Args:
        manifest: the constants of the runs.
        behaviour: how the team behaves.
        world: what the brief adds (`world_of`).
        least: states with less mass are not followed (`Exact.least`).
        most_states: states to write at most.

    Raises:
        InputError: one role works alone.
        TooLarge: there are more states.
    """
    if manifest.group_solo:
        raise InputError("mode: one role alone is not forecast; leave --mode out")
    free = replace(manifest, budgets=(None,) * len(BUDGETS))
    return _Writer(free, behaviour, world, most_states).write(least)


class _Writer:
    def __init__(
        self, manifest: Manifest, behaviour: Behaviour, world: World, most_states: int
    ) -> None:
        self.moves, self.team = Moves(manifest), Team(manifest, behaviour, world)
        self.rewards, self.most = Rewards(self.team), most_states
        self.numbers: dict[tuple[int, int], int] = {}
        """By position and mind, the number of a state."""
        self._mass = np.zeros(0)
        """By number, what has arrived and was not sent on."""
        self.followed = np.zeros(0, np.bool_)
        """By number, whether its ways are written."""
        self._edges: list[tuple[Keys, Keys, Values]] = []
        self._earned: list[tuple[Keys, Values]] = []

    def write(self, least: float) -> Listing:
        zero = np.zeros(1, np.int64)
        self._arrive(self._number(zero, zero), np.ones(1))
        while True:
            keys = np.array(list(self.numbers), np.int64)
            over = ENDING[self.moves.field("stage", keys[:, 0]).astype(np.int64)]
            at = np.flatnonzero(~over & (self._mass > 0) & (self._mass >= least))
            if not len(at):
                return self._listing(keys)
            posts = self.moves.known("post", keys[at, 0])
            for post in np.unique(posts).tolist():
                self._follow(at[posts == post], keys, post)

    def _follow(self, numbers: Keys, keys: Keys, post: int) -> None:
        cast, named = Cast.of(keys[numbers, 0], keys[numbers, 1]), self.moves.posts[post]
        mass, new = self._mass[numbers], ~self.followed[numbers]
        self._mass[numbers], self.followed[numbers] = 0.0, True
        luck = Followed(np.ones(len(numbers)), self.rewards.late)
        self.team.decide(self.moves, cast, named, luck)
        move = self.moves.take(cast.positions, cast.words)
        target = self.moves.told("target", move)
        found = self._number(target, settled(self.moves, move, target, cast.minds))
        self._arrive(found, mass[cast.origin] * luck.weights)
        source, fresh = numbers[cast.origin], new[cast.origin]
        mean = self.rewards.added(self.moves, named, move, cast.words).mean
        self._edges.append((source[fresh], found[fresh], luck.weights[fresh]))
        self._earned.append((source[fresh], (mean * luck.weights)[:, fresh]))

    def _arrive(self, numbers: Keys, mass: Values) -> None:
        more = len(self.numbers) - len(self._mass)
        self._mass = np.concatenate([self._mass, np.zeros(more)])
        self.followed = np.concatenate([self.followed, np.zeros(more, np.bool_)])
        self._mass += np.bincount(numbers, mass, len(self._mass))

    def _number(self, positions: Keys, minds: Words) -> Keys:
        """The number of each state, new ones added."""
        numbers = self.numbers
        pairs = zip(positions.tolist(), minds.tolist(), strict=True)
        found = np.array([numbers.setdefault(pair, len(numbers)) for pair in pairs], np.int64)
        if len(numbers) > self.most:
            raise TooLarge(len(numbers), self.most)
        return found

    def _listing(self, keys: Keys) -> Listing:
        size, ends = len(keys), np.flatnonzero(~self.followed)
        self._edges.append((ends, ends, np.ones(len(ends))))
        stage = self.moves.field("stage", keys[:, 0]).astype(np.int64)
        source, target, chance = (np.concatenate(parts) for parts in zip(*self._edges, strict=True))
        both, place = np.unique(source * size + target, return_inverse=True)
        return Listing(
            source=both // size,
            target=both % size,
            probability=np.bincount(place, chance).astype(np.float64),
            labels=_labels(stage, keys[:, 1]) | {DROPPED: ~self.followed & ~ENDING[stage]},
            rewards=self._rewards(size),
            size=size,
        )

    def _rewards(self, size: int) -> dict[str, Values]:
        source = np.concatenate([numbers for numbers, _ in self._earned])
        earned = np.concatenate([values for _, values in self._earned], 1)
        found = {
            name: np.bincount(source, earned[place], size).astype(np.float64)
            for place, name in enumerate(REWARDS)
        }
        owed = self.moves.field("owed", np.zeros(1, np.int64))
        found["handoffs"][0] += int(np.bitwise_count(owed)[0])
        found["debts"][0] += len(self.team.manifest.waived)
        found["elapsed_s"][0] += start_time(self.rewards, self.moves)[0]
        return found


def _labels(stage: Keys, minds: Words) -> dict[str, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    found = {str(end): stage == code(end) for end in sorted(ENDS)}
    ships = stage == code(Stage.SHIPPED)
    inside = {kind: _escapes(minds, kind) for kind in FlawKind}
    none = [mind.digit(minds, kind) == mind.ABSENT for kind in FlawKind]
    found["flawless"] = ships & np.all(none, axis=0)
    return found | {f"escaped_{kind}": ships & escapes for kind, escapes in inside.items()}


def _escapes(minds: Words, kind: FlawKind) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    digits = mind.digit(minds, kind)
    escapes: np.ndarray[tuple[int], np.dtype[np.bool_]] = (digits != mind.ABSENT) & (
        digits != mind.WAIVED
    )
    return escapes
