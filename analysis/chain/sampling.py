"""Many simulated runs at once, without a record: what each of them came to."""

from dataclasses import fields
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
    HOT_POST,
    HOT_RARE,
    HOT_STAGE,
    HOT_TARGET,
    PAPERS,
    Moves,
    Post,
)
from remit.analysis.chain.sampled import STAGES, Amounts, Sample
from remit.analysis.chain.sayings import heard
from remit.analysis.chain.settling import settled
from remit.analysis.chain.team import Team
from remit.analysis.chain.waiting import Block, Queues
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

CHUNK = 1_048_576
"""Runs whose results are put together at a time."""
BLOCK = 32_768
"""Runs at one post that report at a time, so that their columns stay in the processor's cache."""
PATIENCE = 32
"""Moves are made when so many times as many runs wait for theirs as wait at any post: to make one
takes as long as to make thousands."""
MOST_UNMADE = 8 * BLOCK
"""Or when so many wait."""
LANES = 10
RUN, KEY, POSITION, MIND, STEP, LONGEST, HANDOFFS, COST, TOKENS, ELAPSED = range(LANES)
"""What is known of a run on its way; the last four are in the order of the budgets."""
_SIXTEEN = (1 << 16) - 1
_COMPLETE_AND_RARE = HOT_COMPLETE | HOT_RARE
_GRANT, _SHIPPED = code(EventKind.GRANT), code(Stage.SHIPPED)
_NO_LIMIT = 1 << 62


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
    if len(parts) == 1:
        return parts[0]
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
    """The runs with these keys (`keyed`), to their ends.

    `place` says by run which of the team's behaviours it follows, where it has several; `start`,
    where they differ in what is left under the limits, the number of the position it starts from.
    """
    return _Runs(moves, team, keys, place, start).run()


class _Runs:
    """Runs on their way: those under way wait in queues, what they came to stands in columns."""

    def __init__(
        self,
        moves: Moves,
        team: Team,
        keys: NDArray[np.uint64],
        place: Index | None = None,
        start: Keys | None = None,
    ) -> None:
        self.moves, self.team, self.manifest = moves, team, team.manifest
        self.place, self.start = place, start
        size = len(keys)
        self.keys, self.begun, self.queues = keys, 0, Queues(LANES, BLOCK)
        self.ended = np.zeros((LANES, size), np.int64)
        self.counts, self.papers, self.reached = np.zeros((3, size), np.int64)
        self.last = np.full(size, -1, np.int8)
        self.visits = np.zeros(size * len(STAGES), np.int16)
        """By run and stage."""
        self.passed = np.zeros(size, np.bool_)
        """Whether more was used of anything than its budget allows at first."""
        self.unmade = list[_Said]()
        """Reports whose move was never made."""
        self.visits[moves.field("stage", np.zeros(1, np.int64))[0] :: len(STAGES)] = 1

    def run(self) -> Sample:
        while True:
            queue, most = self.queues.fullest()
            unmade = sum(len(one.move) for one in self.unmade)
            if unmade > MOST_UNMADE:
                self._make()
            elif most < BLOCK and self.begun < len(self.keys):
                self._begin()
            elif unmade and unmade >= PATIENCE * most:
                self._make()
            elif most:
                self._go(self._said(self.moves.posts[queue - 1], self.queues.take(queue)))
            else:
                return self._told()

    def _begin(self) -> None:
        some = np.arange(self.begun, min(self.begun + BLOCK, len(self.keys)))
        self.begun += len(some)
        block = np.zeros((LANES, len(some)), np.int64)
        block[RUN], block[KEY], block[STEP] = some, self.keys[some].view(np.int64), 1
        if self.start is not None:
            block[POSITION] = self.start[some]
        owed = self.moves.field("owed", np.zeros(1, np.int64))
        self._add(block, HANDOFFS, np.bitwise_count(owed).astype(np.int64))
        self.queues.put(self.moves.known("post", block[POSITION]) + 1, block)

    def _said(self, post: Post, block: Block) -> "_Said":
        """What each run's next seat says; its mind then is in the block."""
        run, before = block[RUN], block[POSITION]
        place = None if self.place is None else self.place[run]
        keys = stepped(block[KEY].view(np.uint64), block[STEP])
        luck = Drawn(keys, post.seat, self.team.delay, place)
        cast = Cast(before, block[MIND], np.zeros(len(run), np.int64), np.arange(len(run)))
        self.team.decide(self.moves, cast, post, luck)
        block[MIND] = cast.minds
        self._spend(block, cast.words, post, luck)
        some = np.flatnonzero(cast.words >= sayings.UNTAKEN)
        self.papers[run[some]] += sayings.untaken(cast.words[some]) << 16 * len(PAPERS)
        over = self._exceeded(block, cast.words)
        cast.words[over] |= sayings.BUDGET
        return _Said(block, cast.words, self.moves.find(before, cast.words), over)

    def _go(self, said: "_Said") -> None:
        """Folds reports whose moves are known; the others wait until many can be made at once."""
        unmade = said.move < 0
        if unmade.any():
            self.unmade.append(said.part(unmade))
            said = said.part(~unmade)
        self._fold(said)

    def _make(self) -> None:
        """Makes the moves that were never made, and folds all that waited for them."""
        parts, self.unmade = self.unmade, []
        said = _Said.joined(parts)
        move = self.moves.take(said.block[POSITION], said.words)
        self._fold(said._replace(move=move))

    def _spend(self, block: Block, words: Words, post: Post, luck: Drawn) -> None:
        """Tokens, dollars and seconds; people cost nothing but time."""
        stage, seat, _ = post
        cost = self.team.costs.get((seat, MODE[stage]))
        person = self.manifest.occupant(seat) is Seat.HUMAN
        seconds = luck.spread(EVERY, cost.seconds, "seconds") if cost else np.zeros_like(words)
        if cost and not person:
            tokens, micros = _priced(cost, luck)
            self._add(block, TOKENS, tokens)
            self._add(block, COST, micros)
        if person:
            waited = luck.waited(EVERY)
            silent = (words & sayings.SILENT) != 0
            seconds += np.where(silent, self.manifest.deadline_s or waited, waited)
        np.maximum(seconds, block[LONGEST], out=seconds)
        self._add(block, ELAPSED, seconds - block[LONGEST])
        block[LONGEST] = seconds

    def _add(self, block: Block, lane: int, more: Amounts) -> None:
        """Use more; runs that pass what a budget allows at first are marked."""
        used, most = block[lane], self.manifest.budgets[lane - HANDOFFS]
        used += more
        if most is not None and used.max(initial=0) > most:
            self.passed[block[RUN, used > most]] = True

    def _exceeded(self, block: Block, words: Words) -> Mask:
        """Where a budget passed what is allowed with the grants so far and those on the way."""
        over: Mask = self.passed[block[RUN]]
        # a grant only adds: where nobody passed the budget itself, nothing is over
        some = np.flatnonzero(over)
        if len(some):
            block = block[:, some]
            grants = heard(words[some], "kind") == _GRANT
            about = self.moves.field("matter", block[POSITION]) == code(MatterKind.BUDGET)
            allowed = self._allowed(block[RUN], grants & about)
            used = zip(block[HANDOFFS:][: len(allowed)], allowed, strict=True)
            over[some] = np.any([one > most for one, most in used], axis=0)
        return over

    def _allowed(self, run: Index, more: Amounts | Mask | int) -> tuple[Amounts, ...]:
        times = (self.papers[run] >> 16 & _SIXTEEN) + more
        pairs = zip(self.manifest.budgets, self.manifest.grant_step, strict=True)
        return tuple(
            np.full(len(run), _NO_LIMIT) if base is None else base + times * step
            for base, step in pairs
        )

    def _within(self, said: "_Said") -> None:
        """A budget is used up where a move would issue too many handoffs."""
        told, most = self.moves.told, self.manifest.budgets[0]
        if most is None:
            return
        handoffs = said.block[HANDOFFS] + (told("hot", said.move) & HOT_COUNT)
        some = np.flatnonzero(handoffs > most)
        if not len(some):
            return
        move, block = said.move[some], said.block[:, some]
        release = self.moves.field("stage", told("target", move)) == code(Stage.RELEASE)
        many = handoffs[some] > self._allowed(block[RUN], told("granted", move))[0]
        here = some[many & ~said.over[some] & ~release]
        words = said.words[here] | sayings.BUDGET
        said.move[here] = self.moves.take(said.block[POSITION, here], words)

    def _fold(self, said: "_Said") -> None:
        """Makes the moves; runs that are over wait no more."""
        self._within(said)
        block, move = said.block, said.move
        hot = self.moves.told("hot", move)
        np.right_shift(hot, HOT_TARGET, out=block[POSITION])
        block[MIND] = settled(self.moves, move, block[POSITION], block[MIND])
        rare = np.flatnonzero((hot & _COMPLETE_AND_RARE) == _COMPLETE_AND_RARE)
        self._note(block[RUN, rare], move[rare])
        complete = (hot & HOT_COMPLETE) != 0
        block[STEP] += complete
        block[LONGEST] *= ~complete
        # whoever is assigned, the step before is complete
        count = hot & HOT_COUNT
        self._add(block, HANDOFFS, count)
        issued = np.flatnonzero(count)
        stage = hot[issued] >> HOT_STAGE & 31
        self.visits[block[RUN, issued] * len(STAGES) + stage] += 1
        over = np.flatnonzero(hot & HOT_ENDS)
        self.ended[:, block[RUN, over]] = block[:, over]
        self.queues.put(hot >> HOT_POST & 255, block)

    def _note(self, run: Index, move: Keys) -> None:
        """What few steps bring."""
        told = self.moves.told
        self.counts[run] += told("counts", move)
        self.papers[run] += told("papers", move)
        reached = told("reached", move)
        some = np.flatnonzero(reached)
        self.reached[run[some]] |= reached[some]
        last = told("last", move)
        some = np.flatnonzero(last >= 0)
        self.last[run[some]] = last[some]

    def _told(self) -> Sample:
        block = self.ended
        end = self.moves.field("stage", block[POSITION]).astype(np.int64)
        shipped = end == _SHIPPED
        escaped, accepted = np.zeros_like(end), np.zeros_like(end)
        for place, kind in enumerate(FlawKind):
            digits = mind.digit(block[MIND], kind)
            there = (digits != mind.ABSENT) & (digits != mind.WAIVED)
            escaped |= (there & shipped).astype(np.int64) << place
            accepted |= (digits == mind.WAIVED).astype(np.int64) << place
        cto, human, rework, changes = (self.counts >> 16 * at & _SIXTEEN for at in range(4))
        debts = (self.papers >> 16 * len(PAPERS)) + len(self.manifest.waived)
        return Sample(
            end=end, ended_by=self._ended_by(end), handoffs=block[HANDOFFS], tokens=block[TOKENS],
            cost_micros=block[COST], elapsed_s=block[ELAPSED], cto=cto, human=human,
            rework=rework, contracts=self.papers & _SIXTEEN, changes=changes, escaped=escaped,
            accepted=accepted, debts=debts,
            reached=np.array([(self.reached >> place & 1) != 0 for place in range(len(LOOPS))]),
            over_budget=(self.reached & BUDGETS_BIT) != 0,
            visits=self.visits.reshape(-1, len(STAGES)).T.astype(np.int32),
        )  # fmt: skip

    def _ended_by(self, end: Amounts) -> Amounts:
        """The last limit whose end was reached, where the policy ended the run."""
        limits = [*(list(Limit).index(one) for one in LOOPS), list(Limit).index(Limit.HANDOFFS)]
        found = np.array(limits)[self.last]
        allowed = self._allowed(np.arange(len(end)), 0)
        budget = self.last == len(LOOPS)
        for place, limit in reversed([*enumerate(BUDGETS)]):
            used, most = self.ended[HANDOFFS + place], allowed[place]
            found = np.where(budget & (used > most), list(Limit).index(limit), found)
        return np.where(end == code(Stage.STOPPED_BY_POLICY), found, -1)


class _Said(NamedTuple):
    """What runs say at their posts."""

    block: Block
    words: Words
    move: Keys
    over: Mask
    """Who is over a budget."""

    def part(self, some: Mask) -> "_Said":
        """Some of them."""
        at = np.flatnonzero(some)
        block = self.block.take(at, axis=1)
        return _Said(block, self.words[at], self.move[at], self.over[at])

    @staticmethod
    def joined(parts: "list[_Said]") -> "_Said":
        """All that several say."""
        blocks, words, moves, over = zip(*parts, strict=True)
        return _Said(
            np.concatenate(blocks, axis=1), np.concatenate(words), np.concatenate(moves),
            np.concatenate(over),
        )  # fmt: skip


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
