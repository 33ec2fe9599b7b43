"""Many simulated runs at once, without a record: what each of them came to."""

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from remit.agents.behaviour import Behaviour
from remit.agents.chances import Cost
from remit.analysis.arrays.columns import Index, Mask, code
from remit.analysis.chain import mind, sayings
from remit.analysis.chain.keys import Keys
from remit.analysis.chain.luck import EVERY, Cast, Drawn, keyed, offsets, rounded, stepped
from remit.analysis.chain.mind import Words
from remit.analysis.chain.moves import (
    BUDGETS_BIT,
    HOT_COMPLETE,
    HOT_COUNT,
    HOT_ENDS,
    HOT_RARE,
    HOT_STAGE,
    HOT_TARGET,
    IN_WORK,
    Moves,
    Post,
)
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
CHUNK = 1_048_576
"""Runs on their way at a time."""
BLOCK = 8_192
"""Runs at one post that report at a time, so that their columns stay in the processor's cache."""
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


def worked(moves: Moves, team: Team, keys: NDArray[np.uint64], place: Index | None) -> Sample:
    """The runs with these keys, to their ends.

    Args:
        moves: what is known of the rules; more is added.
        team: as all runs have it.
        keys: of the runs' luck (`keyed`).
        place: by run, which of the team's behaviours it follows, where it has several.
    """
    return _Runs(moves, team, keys, place).run()


class _Runs:
    """Runs on their way, one column for each."""

    def __init__(
        self,
        moves: Moves,
        team: Team,
        keys: NDArray[np.uint64],
        place: Index | None = None,
    ) -> None:
        self.moves, self.team, self.manifest, self.place = moves, team, team.manifest, place
        size = len(keys)
        zero = np.zeros((13, size), np.int64)
        (
            self.position, self.mind, self.handoffs, self.tokens, self.cost, self.elapsed,
            self.longest, self.grants, self.cto, self.human, self.rework, self.contracts,
            self.changes,
        ) = zero  # fmt: skip
        self.keys, self.step = keys, np.ones(size, np.int64)
        self.debts = np.full(size, len(self.manifest.waived))
        self.reached, self.last = np.zeros(size, np.int64), np.full(size, -1)
        self.visits = np.zeros(size * len(STAGES), np.int16)
        """By run and stage."""
        self.passed = np.zeros(size, np.bool_)
        """Whether more was used of anything than its budget allows at first."""
        first = moves.field("stage", np.zeros(1, np.int64))[0]
        owed = moves.field("owed", np.zeros(1, np.int64))
        self.visits[first :: len(STAGES)] = 1
        self._add(self.handoffs, Limit.HANDOFFS, np.arange(size), np.bitwise_count(owed) + self.step - 1)

    def run(self) -> Sample:
        live: list[tuple[int, Index]] = self._parted(np.arange(len(self.keys)))
        while live:
            said = [self._said(self.moves.posts[post], at) for post, at in live]
            self._learn(said)
            live = self._parted(np.concatenate([self._fold(one) for one in said]))
        return self._told()

    def _parted(self, live: Index) -> list[tuple[int, Index]]:
        """Runs at one post together, as few at a time as the processor keeps at hand."""
        posts, found = self.moves.known("post", self.position[live]), list[tuple[int, Index]]()
        for post in range(len(self.moves.posts)):
            there = live[posts == post]
            found += [(post, there[at : at + BLOCK]) for at in range(0, len(there), BLOCK)]
        return found

    def _said(self, post: Post, at: Index) -> "_Said":
        """What each run's next seat says, and its mind then."""
        before = self.position[at]
        place = None if self.place is None else self.place[at]
        luck = Drawn(stepped(self.keys[at], self.step[at]), post.seat, self.team.delay, place)
        cast = Cast(before, self.mind[at], np.zeros(len(at), np.int64), np.arange(len(at)))
        self.team.decide(self.moves, cast, post, luck)
        self._spend(at, cast.words, post, luck)
        some = np.flatnonzero(cast.words >= sayings.UNTAKEN)
        self.debts[at[some]] += sayings.untaken(cast.words[some])
        over = self._exceeded(at, before, cast.words, post)
        cast.words[over] |= sayings.BUDGET
        move = self.moves.find(before, cast.words)
        return _Said(at, before, cast.words, cast.minds, move, over)

    def _learn(self, said: list["_Said"]) -> None:
        """Moves that were never made, all at once: one costs as much as thousands."""
        new = [(one, np.flatnonzero(one.move < 0)) for one in said]
        new = [(one, missing) for one, missing in new if len(missing)]
        if new:
            parts = ((one.before[missing], one.words[missing]) for one, missing in new)
            before, words = (np.concatenate(part) for part in zip(*parts, strict=True))
            moves = self.moves.take(before, words)
            ends = np.cumsum([len(missing) for _, missing in new])
            for (one, missing), some in zip(new, np.split(moves, ends[:-1]), strict=True):
                one.move[missing] = some

    def _spend(self, at: Index, words: Words, post: Post, luck: Drawn) -> None:
        """Tokens, dollars and seconds; people cost nothing but time."""
        stage, seat, _ = post
        cost = self.team.costs.get((seat, MODE[stage]))
        person = self.manifest.occupant(seat) is Seat.HUMAN
        seconds = luck.spread(EVERY, cost.seconds, "seconds") if cost else np.zeros_like(at)
        if cost and not person:
            tokens, micros = _priced(cost, luck)
            self._add(self.tokens, Limit.TOKENS, at, tokens)
            self._add(self.cost, Limit.DOLLARS, at, micros)
        if person:
            waited = luck.waited(EVERY)
            silent = (words & sayings.SILENT) != 0
            seconds += np.where(silent, self.manifest.deadline_s or waited, waited)
        if IN_WORK[STAGES.index(stage)]:  # others work alone
            longest = self.longest[at]
            self.longest[at] = np.maximum(seconds, longest)
            seconds = np.maximum(0, seconds - longest)
        self._add(self.elapsed, Limit.HOURS, at, seconds)

    def _add(self, used: Amounts, budget: Limit, at: Index, more: Amounts) -> None:
        """Use more; runs that pass what a budget allows at first are marked."""
        more += used[at]
        used[at] = more
        most = self.manifest.budgets[BUDGETS.index(budget)]
        if most is not None:
            self.passed[at[more > most]] = True

    def _exceeded(self, at: Index, before: Keys, words: Words, post: Post) -> Index:
        """Where a budget passed what is allowed with the grants so far and those on the way."""
        # a grant only adds: where nobody passed the budget itself, nothing is over
        some = np.flatnonzero(self.passed[at])
        if not len(some):
            return some
        grants = heard(words[some], "kind") == _GRANT
        about = self.moves.field("matter", before[some]) == code(MatterKind.BUDGET)
        over = np.zeros(len(some), np.bool_)
        allowed = self._allowed(at[some], grants & about)
        for used, most in zip(self._used(at[some]), allowed, strict=True):
            over |= used > most
        return some[over]

    def _used(self, at: Keys) -> tuple[Amounts, ...]:
        return self.handoffs[at], self.cost[at], self.tokens[at], self.elapsed[at]

    def _allowed(self, at: Keys, more: Amounts | Mask | int) -> tuple[Amounts, ...]:
        times = self.grants[at] + more
        pairs = zip(self.manifest.budgets, self.manifest.grant_step, strict=True)
        return tuple(
            np.full(len(at), _NO_LIMIT) if base is None else base + times * step
            for base, step in pairs
        )

    def _within(self, said: "_Said") -> None:
        """A budget is used up where a move would issue too many handoffs."""
        told, most = self.moves.told, self.manifest.budgets[0]
        if most is None:
            return
        handoffs = self.handoffs[said.at] + (told("hot", said.move) & HOT_COUNT)
        some = np.flatnonzero(handoffs > most)
        if not len(some):
            return
        move, at = said.move[some], said.at[some]
        release = self.moves.field("stage", told("target", move)) == code(Stage.RELEASE)
        many = handoffs[some] > self._allowed(at, told("granted", move))[0]
        many &= ~np.isin(some, said.over) & ~release
        here = some[many]
        words = said.words[here] | sayings.BUDGET
        said.move[here] = self.moves.take(said.before[here], words)

    def _fold(self, said: "_Said") -> Index:
        """Makes the moves; returns the runs that go on."""
        self._within(said)
        at, move = said.at, said.move
        hot = self.moves.told("hot", move)
        target = hot >> HOT_TARGET
        self.position[at] = target
        self.mind[at] = settled(self.moves, move, target, said.minds)
        rare = np.flatnonzero((hot & (HOT_RARE | HOT_COMPLETE)) == (HOT_RARE | HOT_COMPLETE))
        self._note(at[rare], move[rare])
        done = np.flatnonzero(hot & HOT_COMPLETE)
        some, told = (at, hot) if len(done) == len(at) else (at[done], hot[done])
        count = told & HOT_COUNT
        self.step[some] += 1
        self.longest[some] = 0
        self._add(self.handoffs, Limit.HANDOFFS, some, count.copy())
        place = some * len(STAGES) + (told >> HOT_STAGE & 31)
        self.visits[place] += count > 0
        over = (hot & HOT_ENDS) != 0
        return at[~over] if over.any() else at

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
            over_budget=(self.reached & BUDGETS_BIT) != 0,
            visits=self.visits.reshape(-1, len(STAGES)).T.astype(np.int32),
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


class _Said(NamedTuple):
    """What runs at one post say."""

    at: Index
    """Which runs."""
    before: Keys
    words: Words
    minds: Words
    move: Keys
    over: Index
    """Places among these of the runs that are over a budget."""


def _priced(cost: Cost, luck: Drawn) -> tuple[Amounts, Amounts]:
    """Tokens and millionths of a dollar, all by one draw."""
    offset = offsets(luck.draw(EVERY, "cost"))
    parts = list[Amounts]()
    for mean, share in (cost.tokens_in, cost.tokens_out, cost.dollars):
        own = mean if luck.place is None else np.asarray(mean)[luck.place]
        part = rounded(offset, own, share) if share else np.zeros(len(offset), np.int64)
        part += own
        parts.append(part)
    return parts[0] + parts[1], parts[2]


_LOW = sum(1 << shift for shift in mind.SHIFT.values())
_HIGH = _LOW * mind.REPORTED
_BRIEF = mind.ALL_SEATS | mind.ALL_PENDING
_BY_KIND = tuple((6 * place, mind.SHIFT[kind], kind) for place, kind in enumerate(mind.KINDS))


def settled(moves: Moves, move: Keys, target: Keys, minds: Words) -> Words:
    """The minds after a move: what the ledger books, and what need not be remembered."""
    # hidden, accepted and absent flaws stay what they are; only few minds hold others
    some = np.flatnonzero(minds & _HIGH | minds & minds >> 1 & _LOW | minds & _BRIEF)
    operations = moves.told("operations", move[some])
    done = np.flatnonzero(operations)
    if not len(done):
        return minds
    minds, some, operations = minds.copy(), some[done], operations[done]
    after = minds[some]
    for place, shift, kind in _BY_KIND:
        old = (after >> shift) & (mind.DIGITS - 1)
        new = mind.AFTER[(operations >> place) & 63, old]
        after += (new - old) << shift
        bits = mind.CLASS.get(kind, 0)
        if bits:
            after = np.where(new == mind.WAIVED, after & ~bits, after)
    minds[some] = _remembered(moves, move[some], target[some], after)
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
