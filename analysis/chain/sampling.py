"""Many simulated runs at once, without a record: what each of them came to."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from remit.agents.behaviour import Behaviour
from remit.analysis.arrays.columns import ENDING, Index, Mask, code
from remit.analysis.chain import mind, sayings
from remit.analysis.chain.keys import Keys
from remit.analysis.chain.luck import Cast, Drawn, keyed, spread, stepped
from remit.analysis.chain.mind import Words
from remit.analysis.chain.moves import BUDGETS_BIT, IN_WORK, Moves, Post
from remit.analysis.chain.sayings import heard
from remit.analysis.chain.team import Team
from remit.analysis.chain.world import World
from remit.graph.manifest import MODE, Manifest
from remit.state.errors import InputError
from remit.state.vocabulary import (
    BUDGETS,
    LOOPS,
    EventKind,
    FlawKind,
    Limit,
    MatterKind,
    Seat,
    Stage,
)

Amounts = NDArray[np.int64]
CHUNK = 131_072
"""Runs worked on at a time, so that their columns stay in the processor's cache."""
STAGES: tuple[Stage, ...] = tuple(Stage)
_GRANT, _SHIPPED = code(EventKind.GRANT), code(Stage.SHIPPED)
_NO_LIMIT = 1 << 62


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """What each of n runs came to; every field has a value for each run, in the runs' order."""

    end: Amounts
    """Where it ended: place in `STAGES`."""
    ended_by: Amounts
    """The limit that ended it: place in `Limit`; -1 where none did."""
    handoffs: Amounts
    """Assignments issued."""
    tokens: Amounts
    cost_micros: Amounts
    elapsed_s: Amounts
    cto: Amounts
    """Matters put to the CTO."""
    human: Amounts
    """Matters put to the human; release approvals are not among them."""
    rework: Amounts
    """Rework rounds: spent under the four limits of rework and review."""
    contracts: Amounts
    """Contract versions frozen."""
    changes: Amounts
    """Change requests admitted."""
    escaped: Amounts
    """Kinds of flaw (bits, in the order of `FlawKind`) that shipped and nobody accepted."""
    accepted: Amounts
    """Kinds of flaw (bits) that were accepted as debt."""
    debts: Amounts
    """Waivers written down."""
    reached: NDArray[np.bool_]
    """Shape (loops, n): whether the end of each limit was reached, in the order of `LOOPS`."""
    over_budget: NDArray[np.bool_]
    """Whether a budget was used up."""
    visits: NDArray[np.int32]
    """Shape (stages, n): how often each stage was assigned."""

    @property
    def runs(self) -> int:
        """How many there are."""
        return len(self.end)


def sample(
    manifest: Manifest,
    behaviour: Behaviour,
    world: World,
    *,
    runs: int,
    seed: int = 0,
    moves: Moves | None = None,
) -> Sample:
    """Simulate many runs.

    Runs of the same number, seed and step draw the same luck whatever the manifest and the
    behaviour are, so two samples of one seed can be compared run by run.

    Args:
        manifest: the constants of the runs.
        behaviour: how the team behaves.
        world: what the brief adds (`world_of`).
        runs: how many.
        seed: of their luck.
        moves: moves of this manifest that are known already; more are added to it.

    Raises:
        InputError: one role works alone.
    """
    check_runs(manifest, runs)
    moves = moves or Moves(manifest)
    team = Team(manifest, behaviour, world)
    parts = [
        _Runs(moves, team, keyed(seed, first, min(CHUNK, runs - first))).run()
        for first in range(0, runs, CHUNK)
    ]
    joined = {
        one.name: np.concatenate([getattr(part, one.name) for part in parts], axis=-1)
        for one in fields(Sample)
    }
    return Sample(**joined)


def check_runs(manifest: Manifest, runs: int) -> None:
    """Refuse what cannot be sampled.

    Raises:
        InputError: one role works alone, or there are no runs.
    """
    if manifest.group_solo:
        raise InputError("mode: one role alone is not forecast; leave --mode out")
    if runs < 1:
        raise InputError(f"runs: {runs} is too few; sample at least one")


def worked(
    moves: Moves,
    team: Team,
    keys: NDArray[np.uint64],
    place: Index | None,
    start: Keys | None = None,
) -> Sample:
    """The runs with these keys, to their ends.

    Args:
        moves: what is known of the rules; more is added.
        team: as all runs have it.
        keys: of the runs' luck (`keyed`).
        place: by run, which of the team's behaviours it follows, where it has several.
        start: by run, the number of the position it starts from; it may differ from the start of
            the manifest only in what is left under the limits.
    """
    return _Runs(moves, team, keys, place, start).run()


class _Runs:
    """Runs on their way, one column for each."""

    def __init__(
        self,
        moves: Moves,
        team: Team,
        keys: NDArray[np.uint64],
        place: Index | None = None,
        start: Keys | None = None,
    ) -> None:
        self.moves, self.team, self.manifest, self.place = moves, team, team.manifest, place
        size = len(keys)
        zero = np.zeros((13, size), np.int64)
        (
            self.position, self.mind, self.handoffs, self.tokens, self.cost, self.elapsed,
            self.longest, self.grants, self.cto, self.human, self.rework, self.contracts,
            self.changes,
        ) = zero  # fmt: skip
        if start is not None:
            self.position += start
        self.keys, self.step = keys, np.ones(size, np.int64)
        self.debts = np.full(size, len(self.manifest.waived))
        self.reached, self.last = np.zeros(size, np.int64), np.full(size, -1)
        self.visits = np.zeros((len(STAGES), size), np.int32)
        first = moves.field("stage", np.zeros(1, np.int64))[0]
        owed = moves.field("owed", np.zeros(1, np.int64))
        self.handoffs += int(np.bitwise_count(owed)[0])
        self.visits[first] += 1

    def run(self) -> Sample:
        live = np.arange(len(self.keys))
        while len(live):
            before = self.position[live]
            words, minds = self._said(live, before)
            self.debts[live] += sayings.untaken(words)
            grants = heard(words, "kind") == _GRANT
            about = self.moves.field("matter", before) == code(MatterKind.BUDGET)
            over = self._exceeded(live, grants & about)
            words |= over * sayings.BUDGET
            # all at once: a move that was never made before costs as much as thousands that were
            move = self.moves.take(before, words)
            self._fold(live, self._within(live, before, words, move, over), minds)
            live = live[~ENDING[self.moves.field("stage", self.position[live])]]
        return self._told()

    def _said(self, live: Keys, before: Keys) -> tuple[Words, Words]:
        """What each run's next seat says, and its mind then: those at one place together."""
        words, minds = np.empty_like(live), np.empty_like(live)
        posts = self.moves.known("post", before)
        order = np.argsort(posts.astype(np.int16), kind="stable")
        cuts = np.flatnonzero(np.diff(posts[order])) + 1
        for part in np.split(order, cuts):
            post, at = self.moves.posts[int(posts[part[0]])], live[part]
            place = None if self.place is None else self.place[at]
            luck = Drawn(stepped(self.keys[at], self.step[at]), post.seat, self.team.delay, place)
            cast = Cast.of(before[part], self.mind[at])
            self.team.decide(self.moves, cast, post, luck)
            self._spend(at, cast.words, post, luck)
            words[part], minds[part] = cast.words, cast.minds
        return words, minds

    def _spend(self, at: Keys, words: Words, post: Post, luck: Drawn) -> None:
        """Tokens, dollars and seconds; people cost nothing but time."""
        stage, seat, _ = post
        every = np.arange(len(at))
        cost = self.team.costs.get((seat, MODE[stage]))
        person = self.manifest.occupant(seat) is Seat.HUMAN
        seconds = np.zeros(len(at), np.int64)
        if cost:
            seconds += luck.spread(every, cost.seconds, "seconds")
        if cost and not person:
            draws = luck.draw(every, "cost")
            for tokens in (cost.tokens_in, cost.tokens_out):
                self.tokens[at] += spread(tokens, draws, luck.place)
            self.cost[at] += spread(cost.dollars, draws, luck.place)
        if person:
            waited = luck.waited(every)
            silent = (words & sayings.SILENT) != 0
            seconds += np.where(silent, self.manifest.deadline_s or waited, waited)
        longest = self.longest[at]
        self.elapsed[at] += np.maximum(0, seconds - longest)
        self.longest[at] = np.maximum(seconds, longest)

    def _exceeded(self, at: Keys, more: Mask) -> Amounts:
        """1 where a budget passed what is allowed with the grants so far and those on the way."""
        over = np.zeros(len(at), np.bool_)
        used, most = self._used(at), self.manifest.budgets
        # a grant only adds: where nobody passed the budget itself, nothing is over
        if any(base is not None and one.max() > base for one, base in zip(used, most, strict=True)):
            for one, allowed in zip(used, self._allowed(at, more), strict=True):
                over |= one > allowed
        return over.astype(np.int64)

    def _used(self, at: Keys) -> tuple[Amounts, ...]:
        return self.handoffs[at], self.cost[at], self.tokens[at], self.elapsed[at]

    def _allowed(self, at: Keys, more: Amounts | Mask | int) -> tuple[Amounts, ...]:
        times = self.grants[at] + more
        pairs = zip(self.manifest.budgets, self.manifest.grant_step, strict=True)
        return tuple(
            np.full(len(at), _NO_LIMIT) if base is None else base + times * step
            for base, step in pairs
        )

    def _within(self, at: Keys, before: Keys, words: Words, move: Keys, over: Amounts) -> Keys:
        """The moves, with a budget used up where one would issue too many handoffs."""
        told, most = self.moves.told, self.manifest.budgets[0]
        handoffs = self.handoffs[at] + told("count", move)
        if most is None or handoffs.max() <= most:
            return move
        release = self.moves.field("stage", told("target", move)) == code(Stage.RELEASE)
        many = handoffs > self._allowed(at, told("granted", move))[0]
        here = np.flatnonzero(many & (over == 0) & ~release)
        if len(here):
            move = move.copy()
            move[here] = self.moves.take(before[here], words[here] | sayings.BUDGET)
        return move

    def _fold(self, at: Keys, move: Keys, minds: Words) -> None:
        told = self.moves.told
        target = told("target", move)
        self.position[at] = target
        self.mind[at] = settled(self.moves, move, target, minds)
        done = np.flatnonzero(told("complete", move))
        at, move, target = at[done], move[done], target[done]
        self.step[at] += 1
        self.longest[at] = 0
        self.handoffs[at] += told("count", move)
        stage, issued = self.moves.field("stage", target), told("issued", move) != 0
        self.visits[stage[issued], at[issued]] += 1
        rare = np.flatnonzero(told("rare", move))
        self._note(at[rare], move[rare])

    def _note(self, at: Keys, move: Keys) -> None:
        """What few steps bring."""
        told = self.moves.told
        self.last[at] = np.where(told("last", move) >= 0, told("last", move), self.last[at])
        self.grants[at] += told("granted", move)
        self.cto[at] += told("to_cto", move)
        self.human[at] += told("to_human", move)
        self.rework[at] += told("rework", move)
        self.changes[at] += told("changes", move)
        self.contracts[at] += told("sealed", move)
        self.debts[at] += np.bitwise_count(told("waived", move))
        self.reached[at] |= told("reached", move)

    def _told(self) -> Sample:
        end = self.moves.field("stage", self.position).astype(np.int64)
        shipped = end == _SHIPPED
        escaped, accepted = np.zeros_like(end), np.zeros_like(end)
        for place, kind in enumerate(FlawKind):
            digits = mind.digit(self.mind, kind)
            there = (digits != mind.ABSENT) & (digits != mind.WAIVED)
            escaped |= (there & shipped).astype(np.int64) << place
            accepted |= (digits == mind.WAIVED).astype(np.int64) << place
        return Sample(
            end=end, ended_by=self._ended_by(end), handoffs=self.handoffs, tokens=self.tokens,
            cost_micros=self.cost, elapsed_s=self.elapsed, cto=self.cto, human=self.human,
            rework=self.rework, contracts=self.contracts, changes=self.changes, escaped=escaped,
            accepted=accepted, debts=self.debts,
            reached=np.array([(self.reached >> place & 1) != 0 for place in range(len(LOOPS))]),
            over_budget=(self.reached & BUDGETS_BIT) != 0, visits=self.visits,
        )  # fmt: skip

    def _ended_by(self, end: Amounts) -> Amounts:
        """The last limit whose end was reached, where the policy ended the run."""
        limits = [*(list(Limit).index(one) for one in LOOPS), list(Limit).index(Limit.HANDOFFS)]
        found = np.array(limits)[self.last]
        every = np.arange(len(end))
        budget = self.last == len(LOOPS)
        for limit, used, most in reversed(
            [*zip(BUDGETS, self._used(every), self._allowed(every, 0), strict=True)]
        ):
            found = np.where(budget & (used > most), list(Limit).index(limit), found)
        return np.where(end == code(Stage.STOPPED_BY_POLICY), found, -1)


_BY_KIND = tuple((6 * place, mind.SHIFT[kind], kind) for place, kind in enumerate(mind.KINDS))


def settled(moves: Moves, move: Keys, target: Keys, minds: Words) -> Words:
    """The minds after a move: what the ledger books, and what need not be remembered."""
    operations = moves.told("operations", move)
    done = np.flatnonzero(operations)
    if not len(done):
        return minds
    minds = minds.copy()
    some, operations = minds[done], operations[done]
    for place, shift, kind in _BY_KIND:
        old = (some >> shift) & (mind.DIGITS - 1)
        new = mind.AFTER[(operations >> place) & 63, old]
        some += (new - old) << shift
        bits = mind.CLASS.get(kind, 0)
        if bits:
            some = np.where(new == mind.WAIVED, some & ~bits, some)
    minds[done] = _remembered(moves, move[done], target[done], some)
    return minds


def _remembered(moves: Moves, move: Keys, target: Keys, minds: Words) -> Words:
    """Who asked and which conditions wait, as long as it can be read."""
    busy = np.flatnonzero(minds & (mind.ALL_SEATS | mind.ALL_PENDING))
    if not len(busy):
        return minds
    some, move, target = minds[busy], move[busy], target[busy]
    waits = moves.field("question", target) > 0
    answered = moves.told("answered", move) != 0
    work = IN_WORK[moves.field("stage", target)]
    issued = moves.told("issued", move) << mind.ASKED
    ruled = some | (some & mind.ALL_PENDING) >> (mind.PENDING - mind.SETTLED)
    some = np.where(answered, ruled, some)
    kept = np.where(answered & work, some & issued, 0)
    rest = some & ~(mind.ALL_SEATS | mind.ALL_PENDING)
    minds[busy] = np.where(waits, some, rest | kept)
    return minds
