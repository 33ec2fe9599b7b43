"""What one more or one less under a limit would have changed, found by replaying the journal."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from remit.analysis.replay import Replay, retake, would
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


def counterfactuals(
    order: Order, journal: Sequence[Entry], step: int, limits: Iterable[Limit]
) -> tuple[Counterfactual, ...]:
    """One more and one less under each limit, the most telling first.

    Args:
        order: what the run was started with.
        journal: its reports.
        step: the step that is explained; handoffs of one step are made together.
        limits: those that it spent or reached.
    """
    found = [
        _moved(order, journal, step, limit, more) for limit in limits for more in (True, False)
    ]
    return tuple(sorted(found, key=lambda one: _FIRST.index(one.effect)))


def _moved(
    order: Order, journal: Sequence[Entry], step: int, limit: Limit, more: bool
) -> Counterfactual:
    old = _written(order.policy, limit)
    new = None if old is None else max(Decimal(0), old + (1 if more else -1) * UNIT.get(limit, 1))
    allowed = "unlimited" if old is None else f"{old:f}"

    def said(effect: Effect, instead: str = "", seq: int | None = None) -> Counterfactual:
        return Counterfactual(
            limit=limit, more=more, allowed=allowed, seq=seq, effect=effect, instead=instead,
            then="" if new is None or effect is Effect.NONE else f"{new:f}",
        )  # fmt: skip

    if new is None:
        return said(Effect.NONE, "there is no end to move")
    if new == old:
        return said(Effect.NONE, "less is not possible")
    other = replace(order, policy=moved(order.policy, limit, new))
    try:
        if order.manifest() == other.manifest():
            return said(Effect.NONE, "its owner is not on the team, so it goes to an authority")
        found = retake(order, other, journal, f"{limit} {new:f}")
    except InputError as error:
        return said(Effect.REFUSED, str(error))
    return said(_effect(found, step), would(found), found.seq)


def _effect(found: Replay, step: int) -> Effect:
    if found.step is None:
        return Effect.SAME if found.same else Effect.EARLIER
    if found.step == step:
        return Effect.HERE
    return Effect.EARLIER if found.step < step else Effect.LATER


def _written(policy: Policy, limit: Limit) -> Decimal | None:
    """A limit as the policy writes it."""
    value: int | Decimal | None = getattr(policy.limits, limit)
    return None if value is None else Decimal(value)


def moved(policy: Policy, limit: Limit, value: Decimal) -> Policy:
    """The policy with one limit set, whether or not a file could say so: it is only thought."""
    kept = value if limit is Limit.DOLLARS else int(value)
    limits = policy.limits.model_copy(update={str(limit): kept})
    return policy.model_copy(update={"limits": limits})
