"""All runs of a simulated team at once, exactly: probabilities pushed forward, nothing drawn.

States (position and mind) are taken in an order in which almost every state comes after those that
lead to it: what remains under the limits, then the way through the stages. A state met again later
is simply taken again, because everything pushed is linear in its mass. With the mass travel the
sums of what was used so far and of its square, and the part of it that has not reached the end of
each limit; so none of these makes a state.

Mass is dropped only where it is tiny, as long as all that is dropped stays under the tolerance:
every probability lies between what is found and that plus `missing`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from remit.agents.behaviour import Behaviour
from remit.analysis.arrays.columns import ENDING, PLACE, Mask, code
from remit.analysis.arrays.live import COUNTERS
from remit.analysis.chain import mind
from remit.analysis.chain.keys import Keys
from remit.analysis.chain.luck import Cast, Followed
from remit.analysis.chain.mind import Words
from remit.analysis.chain.moves import Moves, Post
from remit.analysis.chain.rewards import REWARDS, Rewards, start_time
from remit.analysis.chain.sampled import STAGES
from remit.analysis.chain.settling import settled
from remit.analysis.chain.team import Team
from remit.analysis.chain.world import World
from remit.graph.bound import bound
from remit.graph.manifest import Manifest
from remit.graph.rules import WORK
from remit.state.errors import InputError, RemitError
from remit.state.vocabulary import BUDGETS, ENDS, LOOPS, FlawKind, Limit, Stage

MOST_STATES = 2_000_000
"""States that are taken at most; each takes some hundred bytes and some microseconds."""
ROUNDING = 1e-12
"""Bound of what double precision loses, beside what is dropped: sums of positive terms only."""
_TRIAL = ((1e-2, np.inf), (1e-3, 1e12), (1e-4, 1e8), (1e-5, 1e6), (1e-6, 1e6))
"""Least masses of the trial passes, and how many times as many states as are allowed are hopeless
by what they show; from the last two the size of the solution is estimated.

What trials with large least masses say is too much, because both figures change less and less: of
chains of 1,000 to 2,000,000 states, the first two said up to 1e9 times too many, the next 1e7 and
1e4.
"""
_TOLERANCES = (1e-5, 1e-4, 1e-3, 1e-2)
"""Tolerances that a refusal tries instead of what was asked."""
_MOST_SAID = 10**15
"""Estimates that are greater still are only that."""
_P, _UNREACHED = 0, 1
_FIRST = _UNREACHED + len(LOOPS)
_SECOND = _FIRST + len(REWARDS)
_WIDTH = _SECOND + len(REWARDS)
Mass = NDArray[np.float64]
"""Shape (n, what travels): mass, unreached limits, first and second moments."""


class TooLarge(RemitError):
    """The chain has too many states to be solved; sample it instead."""

    def __init__(self, states: int, most: int, tolerance: float | None = None) -> None:
        self.states, self.most, self.tolerance = states, most, tolerance
        """`tolerance`: by estimate one that fits, greater than what was asked; `None` if none."""
        super().__init__(
            f"exact: {self.size} states would be needed; sample instead{self.larger}, or lower the "
            "limits of the policy"
        )

    @property
    def size(self) -> str:
        """The states in words: an estimate is rough, a count that was broken off a least."""
        if self.states < 2 * self.most:
            return f"more than {self.most:,}"
        if self.states > 1_000 * self.most:
            return f"far more than {self.most:,}"
        return f"roughly {round(self.states, 2 - len(str(self.states))):,}"

    @property
    def larger(self) -> str:
        """The tolerance that would fit, as the next of several ways out; empty if none is known."""
        return "" if self.tolerance is None else f", allow a tolerance of {self.tolerance:g}"

    def __reduce__(self) -> tuple[type["TooLarge"], tuple[int, int, float | None]]:
        return TooLarge, (self.states, self.most, self.tolerance)


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """Mean and standard deviation of what a run uses."""

    mean: float
    sd: float
    error: float
    """Most that the mean can lie above what is found; infinite where no bound is known."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Exact:
    """What all runs come to. A probability is at most `missing` greater than it says."""

    ends: Mapping[Stage, float]
    flawless: float
    """Ships, and no flaw is inside, accepted or not."""
    escaped: Mapping[FlawKind, float]
    """Ships, and a flaw of the kind that nobody accepted is inside."""
    accepted: Mapping[FlawKind, float]
    """A flaw of the kind was accepted as debt when the run ended."""
    reached: Mapping[Limit, float]
    """The end of a limit was reached."""
    used: Mapping[str, Moment]
    """By name of `REWARDS`."""
    visits: Mapping[Stage, float]
    """How often a stage is assigned, on average."""
    missing: float
    """Mass that was dropped, with the rounding."""
    states: int
    least: float
    """Mass below which a state was dropped."""


def solve(
    manifest: Manifest,
    behaviour: Behaviour,
    world: World,
    *,
    tolerance: float = 1e-6,
    most_states: int = MOST_STATES,
    moves: Moves | None = None,
) -> Exact:
    """Solve the chain.

    Budgets (handoffs, money, tokens, time) are taken as unlimited.

    Args:
        manifest: the constants of the runs.
        behaviour: how the team behaves.
        world: what the brief adds (`world_of`).
        tolerance: most mass that may be dropped.
        most_states: states to take at most.
        moves: moves of this manifest that are known already, budgets or not: they move nothing.

    Raises:
        InputError: one role works alone.
        TooLarge: more states would be needed; told before they are looked at.
    """
    if manifest.group_solo:
        raise InputError("mode: one role alone is not forecast; leave --mode out")
    free = unbudgeted(manifest)
    moves, team = moves or Moves(free), Team(free, behaviour, world)
    passes = _Passes(moves, team, tolerance, most_states)
    for least, hopeless in _TRIAL:
        if passes.does(least):
            return passes.made[-1].told()
        passes.refuse(hopeless * most_states)
    while True:
        passes.refuse(most_states)
        if passes.does(passes.estimated(tolerance)[1]):
            return passes.made[-1].told()


def unbudgeted(manifest: Manifest) -> Manifest:
    """The manifest with every budget unlimited, as the chain takes it."""
    return replace(manifest, budgets=(None,) * len(BUDGETS))


class _Passes:
    """Passes over one chain, each dropping less than the one before."""

    def __init__(self, moves: Moves, team: Team, tolerance: float, most: int) -> None:
        self._moves, self._team, self._tolerance, self._most = moves, team, tolerance, most
        self.made: list[_Pass] = []

    def does(self, least: float) -> bool:
        """Make a pass; whether it drops little enough."""
        try:
            self.made.append(_Pass(self._moves, self._team, least, self._most).run())
        except TooLarge as error:
            raise self._refusal(error.states) from error
        return self.made[-1].missing <= self._tolerance

    def refuse(self, most: float) -> None:
        """Refuse the chain if more states would be needed by what two passes show."""
        if len(self.made) > 1:
            states, _ = self.estimated(self._tolerance)
            if states > most:
                raise self._refusal(states)

    def estimated(self, tolerance: float) -> tuple[float, float]:
        """States of the pass that drops little enough, and its least mass, by the last two passes.

        Each time the least mass becomes smaller by some factor, what is dropped and the states
        change by about the same factors as before.
        """
        one, two = self.made[-2:]
        factor = one.least / two.least
        fall = min(max(two.missing / one.missing, 1e-3), 0.9)
        growth = max(two.states / one.states, 1.0)
        times = 1.1 * np.log(tolerance / two.missing) / np.log(fall)
        return two.states * growth**times, float(max(two.least / factor**times, 1e-300))

    def _refusal(self, states: float) -> TooLarge:
        """The refusal, with the least of the tolerances that would fit by the last passes."""
        larger = (one for one in _TOLERANCES if one > self._tolerance and self._fits(one))
        return TooLarge(int(min(states, _MOST_SAID)), self._most, next(larger, None))

    def _fits(self, tolerance: float) -> bool:
        if self.made and self.made[-1].missing <= tolerance:
            return True
        return len(self.made) > 1 and self.estimated(tolerance)[0] <= self._most


_RANK = np.zeros(len(STAGES), np.int64)
for _stage in STAGES:
    _RANK[code(_stage)] = 4 + WORK.index(_stage) if _stage in WORK else 3
for _place, _stage in enumerate((Stage.ARBITRATION, Stage.CHANGE_CONTROL, Stage.HUMAN)):
    _RANK[code(_stage)] = _place
_RANK[code(Stage.RELEASE)] = 20
_COST = np.where(np.array(LOOPS) == Limit.GRANTS, 2, 1)


class _Pass:
    """One pass over the chain that drops mass below `least`."""

    def __init__(self, moves: Moves, team: Team, least: float, most: int) -> None:
        self.moves, self.team, self.least, self.most = moves, team, least, most
        self.rewards = Rewards(team)
        self.missing, self.states = ROUNDING, 0
        self.ends = np.zeros((len(STAGES), _WIDTH))
        self.reached, self.visits = np.zeros(len(LOOPS)), np.zeros(len(STAGES))
        self.escaped, self.accepted = np.zeros(len(FlawKind)), np.zeros(len(FlawKind))
        self.flawless = 0.0
        self._waiting: dict[int, list[tuple[Keys, Words, Mass]]] = {}

    def run(self) -> "_Pass":
        """Push everything to its end."""
        zero = np.zeros(1, np.int64)
        mass = np.zeros((1, _WIDTH))
        mass[0, :_FIRST] = 1.0
        mean, variance = start_time(self.rewards, self.moves)
        time = REWARDS.index("elapsed_s")
        owed = int(np.bitwise_count(self.moves.field("owed", zero))[0])
        debts, waived = REWARDS.index("debts"), len(self.team.manifest.waived)
        for place, first, square in (
            (time, mean, variance + mean**2), (0, owed, owed**2), (debts, waived, waived**2),
        ):  # fmt: skip
            mass[0, _FIRST + place], mass[0, _SECOND + place] = first, square
        self.visits[self.moves.field("stage", zero)[0]] = 1.0
        self._send(zero, zero, mass)
        while self._waiting:
            self._take(self._waiting.pop(min(self._waiting)))
        return self

    def _take(self, parts: list[tuple[Keys, Words, Mass]]) -> None:
        positions, minds, mass = _merged(parts)
        small = self._dropped(positions, minds, mass)
        self.missing += float(mass[small, _P].sum())
        positions, minds, mass = positions[~small], minds[~small], mass[~small]
        self.states += len(positions)
        if self.states > self.most:
            raise TooLarge(self.states, self.most)
        posts = self.moves.known("post", positions)
        found: list[int] = np.unique(posts).tolist()
        for post in found:
            here = posts == post
            self._report(positions[here], minds[here], mass[here], self.moves.posts[post])

    def _dropped(self, _positions: Keys, _minds: Words, mass: Mass) -> Mask:
        """Which states are not followed."""
        found: Mask = mass[:, _P] < self.least
        return found

    def _report(self, positions: Keys, minds: Words, mass: Mass, post: Post) -> None:
        moves = self.moves
        cast = Cast.of(positions, minds)
        luck = Followed(np.ones(len(positions)), self.rewards.late)
        self.team.decide(moves, cast, post, luck)
        move = moves.take(cast.positions, cast.words)
        target = moves.told("target", move)
        after = settled(moves, move, target, cast.minds)
        pushed = self._pushed(mass[cast.origin], luck.weights, post, move, cast.words)
        stage = moves.field("stage", target).astype(np.int64)
        issued = moves.told("issued", move) != 0
        self.visits += np.bincount(stage[issued], pushed[issued, _P], len(STAGES))
        over = ENDING[stage]
        self._end(stage[over], after[over], pushed[over])
        self._send(target[~over], after[~over], pushed[~over])

    def _pushed(
        self,
        mass: Mass,
        weights: Mass,
        post: Post,
        move: Keys,
        words: Words,
    ) -> Mass:
        """What goes along each edge."""
        added = self.rewards.added(self.moves, post, move, words)
        mean, square = added.mean.T, added.square.T
        pushed = mass * weights[:, None]
        whole = pushed[:, _P, None]
        first = pushed[:, _FIRST:_SECOND]
        pushed[:, _SECOND:] += 2 * mean * first + square * whole
        pushed[:, _FIRST:_SECOND] = first + mean * whole
        reached = self.moves.told("reached", move)
        for place in range(len(LOOPS)):
            here = np.flatnonzero(reached >> place & 1)
            self.reached[place] += pushed[here, _UNREACHED + place].sum()
            pushed[here, _UNREACHED + place] = 0.0
        return pushed

    def _end(self, stage: Keys, minds: Words, mass: Mass) -> None:
        np.add.at(self.ends, stage, mass)
        whole = mass[:, _P]
        ships = stage == code(Stage.SHIPPED)
        clean = ships.copy()
        for place, kind in enumerate(FlawKind):
            digits = mind.digit(minds, kind)
            escapes = ships & (digits != mind.ABSENT) & (digits != mind.WAIVED)
            clean &= digits == mind.ABSENT
            self.escaped[place] += whole[escapes].sum()
            self.accepted[place] += whole[digits == mind.WAIVED].sum()
        self.flawless += float(whole[clean].sum())

    def _send(self, positions: Keys, minds: Words, mass: Mass) -> None:
        """Put what is merged where it waits for its turn."""
        if not len(positions):
            return
        positions, minds, mass = _merged([(positions, minds, mass)])
        turn = self._turn(positions)
        order = np.argsort(turn, kind="stable")
        cuts = np.flatnonzero(np.diff(turn[order])) + 1
        for part in np.split(order, cuts):
            there = self._waiting.setdefault(int(turn[part[0]]), [])
            there.append((positions[part], minds[part], mass[part]))

    def _turn(self, positions: Keys) -> Keys:
        """The place of a position in the order."""
        field = self.moves.field
        names = [name for name, place in PLACE.items() if place in COUNTERS]
        left = np.maximum([field(name, positions).astype(np.int64) for name in names], 0)
        settles = np.bitwise_count(field("settled", positions)) + 9 * field("frozen", positions)
        waits = 8 - np.bitwise_count(field("owed", positions)).astype(np.int64)
        rank = _RANK[field("stage", positions)]
        return (((-(_COST @ left) * 32 + rank) * 32) + settles) * 16 + waits

    def told(self) -> Exact:
        """The result."""
        sums = self.ends[[code(stage) for stage in ENDS]].sum(0)
        worst = self._worst()
        used = {
            name: _moment(sums, place, self.missing * worst[name])
            for place, name in enumerate(REWARDS)
        }
        return Exact(
            ends={stage: float(self.ends[code(stage), _P]) for stage in STAGES if stage in ENDS},
            flawless=self.flawless,
            escaped=dict(zip(FlawKind, self.escaped.tolist(), strict=True)),
            accepted=dict(zip(FlawKind, self.accepted.tolist(), strict=True)),
            reached=dict(zip(LOOPS, self.reached.tolist(), strict=True)),
            used=used,
            visits=dict(zip(STAGES, self.visits.tolist(), strict=True)),
            missing=self.missing,
            states=self.states,
            least=self.least,
        )

    def _worst(self) -> dict[str, float]:
        """The most that any run can use."""
        try:
            rows = bound(self.team.manifest)
        except InputError:
            return dict.fromkeys(REWARDS, float("inf"))
        return {name: rows * most for name, most in self.rewards.greatest().items()}


def _merged(parts: list[tuple[Keys, Words, Mass]]) -> tuple[Keys, Words, Mass]:
    """Each state once, with the sum of what travels to it."""
    positions = np.concatenate([one for one, _, _ in parts])
    minds = np.concatenate([one for _, one, _ in parts])
    mass = np.concatenate([one for _, _, one in parts])
    order = np.lexsort((minds, positions))
    positions, minds, mass = positions[order], minds[order], mass[order]
    fresh = (np.diff(positions, prepend=-1) != 0) | (np.diff(minds, prepend=-1) != 0)
    first = np.flatnonzero(fresh)
    return positions[first], minds[first], np.add.reduceat(mass, first, axis=0)


def _moment(sums: Mass, place: int, error: float) -> Moment:
    mean, square = float(sums[_FIRST + place]), float(sums[_SECOND + place])
    whole = float(sums[_P]) or 1.0
    return Moment(mean=mean, sd=max(0.0, square / whole - (mean / whole) ** 2) ** 0.5, error=error)
