"""The simulated team on columns: what `agents.simulated` decides, written once for any luck.

A seat's report is decided for all columns at one place at once. What it says is built up in
`Cast.words`; flaws that it names, makes or mends change `Cast.minds`. Costs are no part of it.
"""

from collections.abc import Iterator
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from remit.agents import authority
from remit.agents.behaviour import Behaviour
from remit.agents.chances import Finder, Maker, costs, finders, makers
from remit.agents.draws import Probability
from remit.agents.flaws import asked_as
from remit.agents.quantities import CONDITIONS
from remit.analysis.arrays.columns import Index, Mask, code
from remit.analysis.chain import mind, sayings
from remit.analysis.chain.luck import Cast, Luck
from remit.analysis.chain.mind import Words
from remit.analysis.chain.moves import Moves, Post
from remit.analysis.chain.sayings import AT
from remit.analysis.chain.world import World
from remit.graph.event import (
    APPROVED_CONTRACT,
    APPROVED_SCOPE,
    BIT,
    CRITICAL_GRADE,
    SECURITY_GRADE,
    Item,
)
from remit.graph.ledger import AUTHORITY, CHANGE_ITEM, ITEMS_AT
from remit.graph.manifest import Manifest
from remit.graph.rules import GRADE
from remit.state.report import Flaw
from remit.state.vocabulary import (
    BUILDERS,
    EventKind,
    FlawKind,
    FlawState,
    MatterKind,
    Seat,
    Stage,
    Target,
    Trigger,
)

_KINDS = tuple(EventKind)
OWNER = {
    FlawKind.REQUIREMENT_GAP: Seat.PM,
    FlawKind.CONTRACT_GAP: Seat.BACKEND,
    FlawKind.SECURITY_FLAW: Seat.BACKEND,
    FlawKind.BACKEND_BUG: Seat.BACKEND,
    FlawKind.FRONTEND_BUG: Seat.FRONTEND,
}
"""Who mends a finding of each kind."""
_PRECEDENCE = (
    (EventKind.QUESTION, 3 << AT["question"]),
    (EventKind.CHANGE, sayings.ASKS),
    (EventKind.REWORK, sayings.FINDS),
)


_SPOKEN = sum(said for _, said in _PRECEDENCE)


def offered(offers: Words, kind: EventKind) -> Words:
    """1 where a kind of event is on offer."""
    return (offers >> code(kind)) & 1


class Team:
    """A behaviour in a world under a manifest, ready to be asked."""

    def __init__(self, manifest: Manifest, behaviour: Behaviour, world: World) -> None:
        self.manifest, self.behaviour, self.world = manifest, behaviour, world
        self._makers, self._finders = makers(behaviour), finders(behaviour)
        self._again = behaviour.chance("find.again")
        self._answers = authority.table(behaviour)
        self.costs = costs(behaviour)
        usual = behaviour.values["human.delay"]
        self.delay: tuple[int, Probability] = (usual.value, usual.share)

    def decide(self, moves: Moves, cast: Cast, post: Post, luck: Luck) -> None:
        """What a seat says at its post, in every column of the cast."""
        if post.stage in AUTHORITY:
            self._rule(moves, cast, post, luck)
        else:
            self._work(moves, cast, post.stage, post.seat, luck)

    def _work(self, moves: Moves, cast: Cast, stage: Stage, seat: Seat, luck: Luck) -> None:
        if seat is Seat.BACKEND:
            self._meet(cast, stage, luck)
        if self.manifest.occupant(seat) is not Seat.HUMAN:
            self._ask(cast, stage, seat, luck)
        else:
            cast.minds &= ~(BIT[seat] << mind.ASKED)
        if seat is Seat.BACKEND:
            self._forced(cast, stage)
        for finder in self._finders.get((stage, seat), ()):
            self._look(moves, cast, stage, seat, finder, luck)
        _settle_kind(moves, cast)
        makes = self._makers.get((stage, seat), ())
        if makes:
            self._make(cast, stage, makes, luck)

    def _meet(self, cast: Cast, stage: Stage, luck: Luck) -> None:
        """Conditions that Backend runs into and that were not ruled on."""
        for trigger, stages in CONDITIONS.items():
            if stage not in stages:
                continue
            bit = mind.TRIGGER_BIT[trigger] << mind.SETTLED
            chance = self.behaviour.chance(f"conditions.{trigger}")
            met = luck.occurs(cast, partial(_unsettled, cast, bit), chance, trigger)
            cast.words[met] |= sayings.MET
            self._raise(cast, met, self.world.asks[stage, trigger])

    def _forced(self, cast: Cast, stage: Stage) -> None:
        """What the brief asks by itself, wherever Backend hands in work for the guards to read."""
        for trigger in self.world.forced.get(stage, ()):
            bit = mind.TRIGGER_BIT[trigger] << mind.SETTLED
            read = (cast.words & (sayings.OWN | sayings.MET)) != sayings.OWN
            here = np.flatnonzero(((cast.minds & bit) == 0) & read)
            self._raise(cast, here, frozenset({trigger}))

    def _raise(self, cast: Cast, at: Index, triggers: frozenset[Trigger]) -> None:
        for trigger in triggers:
            self._question(cast, at, trigger)
            cast.minds[at] |= mind.TRIGGER_BIT[trigger] << mind.PENDING

    def _question(self, cast: Cast, at: Index, trigger: Trigger) -> None:
        if not len(at):
            return
        to = 2 if trigger in self.manifest.questions_to_human else 1
        old = sayings.heard(cast.words[at], "question")
        cast.words[at] += (np.maximum(old, to) - old) << AT["question"]

    def _ask(self, cast: Cast, stage: Stage, seat: Seat, luck: Luck) -> None:
        """A role's own question, or the end of an assignment without valid output."""
        bit, behaviour = BIT[seat] << mind.ASKED, self.behaviour
        chance = behaviour.chance("agent_failed")
        failed = luck.occurs(cast, partial(_speaks, cast), chance, "agent_failed")
        self._question(cast, failed, Trigger.AGENT_FAILED)
        cast.words[failed] |= sayings.OWN
        chance = behaviour.chance(f"question.{stage}")
        asks = luck.occurs(cast, partial(_speaks, cast), chance, "question")
        self._question(cast, asks, Trigger.ROLE)
        cast.words[asks] |= sayings.OWN
        before = asks[(cast.minds[asks] & bit) != 0]
        again = luck.happens(cast, before, behaviour.chance("repeat_question"), "repeat_question")
        cast.words[again] |= int(Item.QUESTION) << AT["repeat"]
        cast.minds &= ~bit
        cast.minds[asks] |= bit
        cast.minds[again] |= bit

    def _look(
        self, moves: Moves, cast: Cast, stage: Stage, seat: Seat, finder: Finder, luck: Luck
    ) -> None:
        kind = finder.kind
        there = np.flatnonzero(cast.minds & ((mind.DIGITS - 1) << mind.SHIFT[kind]))
        if not len(there):
            return
        digits = mind.digit(cast.minds[there], kind)
        fresh = there[(digits == mind.HIDDEN) | (digits == mind.NEW)]
        known = there[digits >= mind.REPORTED]
        found = luck.happens(cast, fresh, finder.chance, finder.draw)
        again = luck.happens(cast, known, self._again, finder.draw)
        cast.minds[found] = mind.with_digit(cast.minds[found], kind, mind.NEW)
        cast.minds[again] |= mind.WAITS << mind.SHIFT[kind]
        here = np.concatenate([found, again])
        if len(here):
            self._name(moves, cast, stage, seat, kind, here)

    def _name(
        self, moves: Moves, cast: Cast, stage: Stage, seat: Seat, kind: FlawKind, at: Index
    ) -> None:
        """Say what was found: a finding, or a request where it sits in something frozen."""
        may = offered(moves.known("offers", cast.positions[at]), EventKind.CHANGE) == 1
        for target, some in _targets(kind, stage, cast.minds, at):
            taken, rest = at[some & may], at[some & ~may]
            if target is None:
                self._find(cast, stage, seat, kind, at[some])
                continue
            if len(taken):
                self._request(cast, kind, target, taken)
            if len(rest) and kind is FlawKind.SECURITY_FLAW:
                self._find(cast, stage, seat, kind, rest)
            elif len(rest):
                self._untaken(cast, kind, rest)

    def _find(self, cast: Cast, stage: Stage, seat: Seat, kind: FlawKind, at: Index) -> None:
        items = ITEMS_AT[stage]
        item = items.get(OWNER[kind], items[Seat.BACKEND])
        field = GRADE[item]
        weight = np.ones(len(at), np.int64)
        if seat is Seat.SECURITY:
            grave = (cast.minds[at] & mind.CRITICAL) != 0
            weight = np.where(grave, CRITICAL_GRADE, SECURITY_GRADE)
        old = sayings.heard(cast.words[at], field)
        cast.words[at] += (np.maximum(old, weight) - old) << AT[field]
        cast.words[at] |= sayings.FINDS
        _repeats(cast, kind, at, item, mind.HANDED)

    def _request(self, cast: Cast, kind: FlawKind, target: Target, at: Index) -> None:
        """A request that is taken."""
        cast.words[at] |= sayings.ASKS | 1 << AT[f"{target}_asked"]
        meets = np.full(len(at), sum(BIT[seat] for seat in BUILDERS))
        if target is Target.CONTRACT:
            bit = mind.SECURITY_MEETS if kind is FlawKind.SECURITY_FLAW else mind.GAP_MEETS
            meets = np.where((cast.minds[at] & bit) != 0, meets, BIT[Seat.BACKEND])
        meets &= self.manifest.builders
        cast.words[at] |= sayings.affected(meets)
        if kind is FlawKind.SECURITY_FLAW:
            grave = (cast.minds[at] & mind.CRITICAL) != 0
            cast.words[at] |= grave.astype(np.int64) << AT["critical"]
        _repeats(cast, kind, at, CHANGE_ITEM[target], mind.RULED)

    def _untaken(self, cast: Cast, kind: FlawKind, at: Index) -> None:
        """A request that nobody takes: it is debt at once."""
        cast.words[at] |= sayings.ASKS
        cast.words[at] += sayings.UNTAKEN
        minds = mind.with_digit(cast.minds[at], kind, mind.WAIVED)
        cast.minds[at] = minds & ~mind.CLASS.get(kind, 0)

    def _make(self, cast: Cast, stage: Stage, makes: tuple[Maker, ...], luck: Luck) -> None:
        """What delivering does to the flaws that the work can contain."""
        delivers = (cast.words & (sayings.KIND | sayings.MET)) == code(EventKind.DELIVER)
        cast.words += delivers * np.int64(sayings.DELIVERS)
        for maker in makes:
            mends = _to_mend(cast.minds, maker.kind, stage)
            cast.words[mends[delivers[mends]]] |= sayings.MENDS
        for maker in makes:
            self._make_one(cast, stage, maker, luck)

    def _make_one(self, cast: Cast, stage: Stage, maker: Maker, luck: Luck) -> None:
        kind = maker.kind
        mending = np.flatnonzero(cast.words & sayings.MENDS)
        while_mending = mending[mind.digit(cast.minds[mending], kind) == mind.ABSENT]
        wrong = mending[_told_of(cast.minds[mending], kind, stage)]
        made = luck.occurs(cast, partial(_makes, cast, kind), maker.first, maker.make_draw)
        also = luck.happens(cast, while_mending, maker.again, maker.make_draw)
        gone = luck.happens(cast, wrong, maker.mend, maker.mend_draw)
        cast.minds[gone] = mind.with_digit(cast.minds[gone], kind, mind.ABSENT)
        cast.minds[gone] &= ~mind.CLASS.get(kind, 0)
        here = np.concatenate([made, also])
        cast.minds[here] = mind.with_digit(cast.minds[here], kind, mind.HIDDEN)
        classes = self.world.classes.get((kind, stage))
        if classes and len(here):
            weights = np.repeat(np.array([*classes.values()])[:, None], len(here), 1)
            ways = luck.choose(cast, here, weights, maker.site_draw)
            for bits, at in zip(classes, ways, strict=True):
                cast.minds[at] |= bits

    def _rule(self, moves: Moves, cast: Cast, post: Post, luck: Luck) -> None:
        """An authority's answer, or its silence."""
        (stage, seat, matter), answers = post, cast.every
        if self.manifest.occupant(seat) is Seat.HUMAN:
            silence = self.behaviour.chance("human.silence")
            silent = luck.happens(cast, answers, silence, "silence")
            rest = _without(cast, silent)
            late = luck.late(cast, rest, self.manifest.deadline_s)
            quiet = np.concatenate([silent, late])
            cast.words[quiet] |= sayings.SILENT | moves.known("default", cast.positions[quiet])
            answers = _without(cast, quiet)
        kind = MatterKind.RELEASE if stage is Stage.RELEASE else matter
        ways = self._answers.get((seat, str(kind)), ())
        offers = moves.known("offers", cast.positions[answers])
        heavy = [luck.weight(way.weight, answers) for way in ways]
        open_ = [offered(offers, way.event) for way in ways]
        weights = np.array([one * may for one, may in zip(heavy, open_, strict=True)], np.int64)
        weights = weights.reshape(len(ways), len(answers))
        able = weights.sum(0) > 0
        self._last_resort(cast, answers[~able], offers[~able])
        chosen = luck.choose(cast, answers[able], weights[:, able], "ruling")
        for way, at in zip(ways, chosen, strict=True):
            cast.words[at] |= code(way.event)
            if way.event is EventKind.APPROVE and kind is MatterKind.RULING:
                positions = cast.positions[at]
                contract = moves.field("contract_change", positions) != 0
                scope = moves.field("scope_change", positions) != 0
                approved = contract * APPROVED_CONTRACT + scope * APPROVED_SCOPE
                cast.words[at] |= approved.astype(np.int64) << AT["approved"]

    def _last_resort(self, cast: Cast, at: Index, offers: Words) -> None:
        if not len(at):
            return
        rest = np.ones(len(at), np.bool_)
        for event in (*authority.LAST_RESORT, *_KINDS):
            here = rest & (offered(offers, event) == 1)
            cast.words[at[here]] |= code(event)
            rest &= ~here


def _settle_kind(moves: Moves, cast: Cast) -> None:
    """Question > change > rework > accept or deliver, among what is on offer."""
    offers = moves.known("offers", cast.positions)
    kinds = np.zeros_like(offers)
    for kind in (EventKind.DELIVER, EventKind.ACCEPT):
        kinds[offered(offers, kind) == 1] = code(kind)
    some = np.flatnonzero(cast.words & _SPOKEN)
    words, may, own = cast.words[some], offers[some], kinds[some]
    for kind, said in reversed(_PRECEDENCE):
        own[(offered(may, kind) == 1) & ((words & said) != 0)] = code(kind)
    kinds[some] = own
    cast.words |= kinds


def _targets(
    kind: FlawKind, stage: Stage, minds: Words, at: Index
) -> Iterator[tuple[Target | None, NDArray[np.bool_]]]:
    """What a flaw of this kind is asked as, and where; `None` where a finding is enough."""
    built = (minds[at] & mind.IN_BUILD) != 0
    for made_at, here in ((Stage.BUILD, built), (Stage.CONTRACT, ~built)):
        if here.any():
            yield _asked_as(kind, made_at, stage), here


@cache
def _asked_as(kind: FlawKind, made_at: Stage, stage: Stage) -> Target | None:
    """What a flaw made at one stage is asked as at another; `None` where a finding is enough."""
    flaw = Flaw.model_construct(state=FlawState.HIDDEN, made_at=made_at, site=0)
    return asked_as(kind, flaw, stage)


def _repeats(cast: Cast, kind: FlawKind, at: Index, item: Item, mark: int) -> None:
    """The same thing comes back if this very flaw was dealt with before."""
    digits = mind.digit(cast.minds[at], kind)
    again = (digits >= mind.REPORTED) & ((digits & mark) != 0)
    cast.words[at] |= again.astype(np.int64) * (int(item) << AT["repeat"])


def _unsettled(cast: Cast, bit: int, at: Index | slice) -> Mask:
    """Where a condition was not ruled on."""
    found: Mask = (cast.minds[at] & bit) == 0
    return found


def _speaks(cast: Cast, at: Index | slice) -> Mask:
    """Where a seat has not asked for its own sake."""
    found: Mask = (cast.words[at] & sayings.OWN) == 0
    return found


def _makes(cast: Cast, kind: FlawKind, at: Index | slice) -> Mask:
    """Where work is delivered that mends nothing, and the flaw is not there yet."""
    found: Mask = (cast.words[at] & (sayings.DELIVERS | sayings.MENDS)) == sayings.DELIVERS
    found &= mind.digit(cast.minds[at], kind) == mind.ABSENT
    return found


def _to_mend(minds: Words, kind: FlawKind, stage: Stage) -> Index:
    """Where the owner, at this stage, has been told of the flaw and can mend it here."""
    some = np.flatnonzero(minds & (mind.REPORTED << mind.SHIFT[kind]))
    return some[_told_of(minds[some], kind, stage)]


def _told_of(minds: Words, kind: FlawKind, stage: Stage) -> Mask:
    here = mind.digit(minds, kind) >= mind.REPORTED
    if kind is FlawKind.SECURITY_FLAW:
        built = (minds & mind.IN_BUILD) != 0
        here &= built if stage is Stage.BUILD else ~built
    return here


def _without(cast: Cast, some: Index) -> Index:
    """All columns but some."""
    rest = np.ones(len(cast.origin), np.bool_)
    rest[some] = False
    return np.flatnonzero(rest)
