"""What one more or one less under a limit would have changed, found by replaying the journal."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from functools import cache

from remit.analysis.replay import Followed, Replay, follow, retake, would
from remit.graph.order import Order
from remit.state.errors import InputError
from remit.state.policy import Policy
from remit.state.record import Entry
from remit.state.vocabulary import Limit

UNIT = {Limit.DOLLARS: 1, Limit.TOKENS: 1_000}
"""What "one" is where it is not 1 of what the policy writes: a token alone decides nothing."""
_WORDS = {
    Limit.HANDOFFS: "handoff", Limit.DOLLARS: "dollar", Limit.TOKENS: "thousand tokens",
    Limit.HOURS: "hour",
}  # fmt: skip


class Effect(StrEnum):
    """Where another limit shows."""

    HERE = "here"
    """This very step would have been another."""
    EARLIER = "earlier"
    """The run would have parted before it came to this step."""
    LATER = "later"
    """This step is the same; the run parts after it."""
    SAME = "same"
    """The whole run, as far as it is recorded, goes the same way."""
    REFUSED = "refused"
    """Such a policy could not ship this brief with this team."""
    NONE = "none"
    """There is no such limit to move: it is unlimited, 0 already, or about an absent role."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Counterfactual:
    """One limit moved by one, and what would have happened."""

    limit: Limit
    more: bool
    """One more, or one less."""
    allowed: str
    """What the policy allows, as it writes it."""
    then: str
    """What it would have allowed."""
    effect: Effect
    seq: int | None
    """The first handoff that would have been another."""
    instead: str
    """What would have been handed over there, in a line."""

    @property
    def text(self) -> str:
        """It in a sentence or two."""
        effect = _EFFECTS[self.effect].format(seq=self.seq)
        return ": ".join(filter(None, (self._if(), effect, self.instead)))

    def _if(self) -> str:
        one = _WORDS.get(self.limit)
        unit = f", one {one} {'more' if self.more else 'less'}" if one else ""
        then = f"{self.then} instead of {self.allowed}" if self.then else self.allowed
        return f"{self.limit} {then}{unit}"


_EFFECTS = {
    Effect.HERE: "this step would have been another",
    Effect.EARLIER: "the run parts before this step, at handoff {seq}",
    Effect.LATER: "this step is the same; the run parts at handoff {seq}",
    Effect.SAME: "the whole record stays the same",
    Effect.REFUSED: "the run could not begin",
    Effect.NONE: "",
}
_FIRST = tuple(Effect)
"""The most telling first."""


At = Callable[[int, Iterable[Limit]], tuple[Counterfactual, ...]]
"""(step, limits that it spent or reached) → one more and one less under each."""


def counterfactuals(order: Order, journal: Sequence[Entry]) -> At:
    """Tells, for any step of a run, what one more and one less would have changed.

    The most telling comes first. Each limit is moved and replayed once, whatever the steps.
    """
    recorded = follow(order, journal)

    @cache
    def by_one(limit: Limit, more: bool) -> _ByOne:
        return _by_one(order, journal, recorded, limit, more)

    def at(step: int, limits: Iterable[Limit]) -> tuple[Counterfactual, ...]:
        found = [by_one(limit, more).at(step) for limit in limits for more in (True, False)]
        return tuple(sorted(found, key=lambda one: _FIRST.index(one.effect)))

    return at


@dataclass(frozen=True, kw_only=True, slots=True)
class _ByOne:
    """One limit moved by one, whatever step is asked about."""

    limit: Limit
    more: bool
    allowed: str
    then: str
    effect: Effect | None = None
    """Where it is the same for every step."""
    said: str = ""
    replay: Replay | None = None

    def at(self, step: int) -> Counterfactual:
        """What it means for a step."""
        one = self.replay
        effect = self.effect or (_effect(one, step) if one else Effect.NONE)
        return Counterfactual(
            limit=self.limit,
            more=self.more,
            allowed=self.allowed,
            then="" if effect is Effect.NONE else self.then,
            effect=effect,
            seq=one.seq if one else None,
            instead=would(one) if one else self.said,
        )


def _by_one(
    order: Order, journal: Sequence[Entry], recorded: Followed, limit: Limit, more: bool
) -> _ByOne:
    old = _written(order.policy, limit)
    new = None if old is None else max(Decimal(0), old + (1 if more else -1) * UNIT.get(limit, 1))
    this = _ByOne(
        limit=limit, more=more,
        allowed="unlimited" if old is None else f"{old:f}",
        then="" if new is None else f"{new:f}",
    )  # fmt: skip
    if new is None:
        return replace(this, effect=Effect.NONE, said="there is no end to move")
    if new == old:
        return replace(this, effect=Effect.NONE, said="less is not possible")
    other = replace(order, policy=allowing(order.policy, limit, new))
    try:
        if order.manifest() == other.manifest():
            absent = "its owner is not on the team, so it goes to an authority"
            return replace(this, effect=Effect.NONE, said=absent)
        found = retake(recorded, other, journal, f"{limit} {new:f}")
    except InputError as error:
        return replace(this, effect=Effect.REFUSED, said=str(error))
    return replace(this, replay=found)


def _effect(found: Replay, step: int) -> Effect:
    if found.step is None:
        return Effect.SAME
    if found.step == step:
        return Effect.HERE
    return Effect.EARLIER if found.step < step else Effect.LATER


def _written(policy: Policy, limit: Limit) -> Decimal | None:
    """A limit as the policy writes it."""
    value: int | Decimal | None = getattr(policy.limits, limit)
    return None if value is None else Decimal(value)


def allowing(policy: Policy, limit: Limit, value: Decimal) -> Policy:
    """The policy with one limit set, whether or not a file could say so: it is only thought."""
    kept = value if limit is Limit.DOLLARS else int(value)
    limits = policy.limits.model_copy(update={str(limit): kept})
    return policy.model_copy(update={"limits": limits})
