"""Clauses of a policy that no run can ever come to, with what is in their way.

A clause is alive if a real run comes to it, and dead if no open way does. What stands between (a
search that outgrew its bound) is named by neither.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from remit.analysis.arrays import facts
from remit.analysis.arrays.columns import PLACE, Mask, code
from remit.analysis.arrays.ways import Goal, Undecided
from remit.analysis.ground import Ground, NoRun, entering, ground, run_to
from remit.analysis.retelling import realisable
from remit.analysis.shortest import besides, goal_of, met
from remit.graph.bound import by_loops
from remit.graph.manifest import Manifest
from remit.graph.rules import PATH
from remit.state.policy import Policy
from remit.state.vocabulary import (
    BUDGETS,
    LOOPS,
    AtLimit,
    EventKind,
    Limit,
    MatterKind,
    Seat,
    Stage,
    Trigger,
)


class Because(StrEnum):
    """What kind of reason a dead clause has."""

    TEAM = "team"
    """Who is on the team, or what the brief asks for: another team or brief could wake it."""
    HUMAN = "human"
    """Nobody is asked."""
    LIMIT = "limit"
    """Another limit stops the run first, or leaves nothing to do."""
    UNLIMITED = "unlimited"
    """The limit that it answers is never reached, because there is none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dead:
    """A clause that never applies."""

    key: str
    """Of the policy, such as `limits.grants`; `stages.<stage>` for a stage never entered."""
    because: Because
    why: str
    """In one line."""
    shadows: tuple[str, ...] = ()
    """The keys that are in its way."""


_OWNERS: Mapping[Limit, tuple[str, str]] = {
    Limit.REQUIREMENT_REWORK: ("requirements", "PM"),
    Limit.CONTRACT_REVIEW: ("contract", "Backend"),
    Limit.REWORK_BACKEND: ("backend", "Backend"),
    Limit.REWORK_FRONTEND: ("frontend", "Frontend"),
}
"""By limit, the item that is mended and who mends it."""
_ASKED = tuple(kind for kind in MatterKind if kind not in (MatterKind.NONE, MatterKind.RELEASE))


def dead_clauses(manifest: Manifest, policy: Policy) -> tuple[Dead, ...]:
    """The dead clauses of a policy for this team and brief, in the order of the policy.

    Args:
        manifest: compiled from the policy.
        policy: the policy itself, for what the manifest no longer tells.
    """
    on = ground(manifest)
    found = (_limits, _at_limits, _authorities, _human, _grant_steps, _missing, _stages)
    return tuple(dead for clauses in found for dead in clauses(on, policy))


def _buried(
    on: Ground, key: str, goal: Goal, nothing: str, limit: Limit | None = None
) -> Iterator[Dead]:
    """The clause if no run reaches what it needs.

    Args:
        on: the ground.
        key: of the clause.
        goal: what has to happen for the clause to apply.
        nothing: why it does not, where no limit is in its way.
        limit: the limit whose end is what has to happen, if it is that.
    """
    found = run_to(
        on,
        goal,
        lambda trace: (limit is None or met(trace, limit)) and realisable(trace, on.manifest),
    )
    if not isinstance(found, NoRun):
        return
    own = {Limit(key.removeprefix("limits."))} if key.startswith("limits.") else set[Limit]()
    try:
        shadows = besides(on, goal, found.counted) - own
    except Undecided:
        shadows = found.counted - own
    names = tuple(f"limits.{limit}" for limit in LOOPS if limit in shadows)
    if names:
        what = "ends" if len(names) == 1 else "end"
        why = f"{' and '.join(names)} {what} the run, or the quarrel, before it can matter"
        yield Dead(key=key, because=Because.LIMIT, why=why, shadows=names)
    elif on.manifest.human:
        yield Dead(key=key, because=Because.TEAM, why=nothing)
    else:
        yield Dead(key=key, because=Because.HUMAN, why=nothing, shadows=("human.present",))


def _ownerless(on: Ground, limit: Limit) -> str:
    """Who would have to be on the team for work to be done again under a limit; else empty."""
    item, owner = _OWNERS.get(limit, ("", ""))
    return owner if item and not on.manifest.grantable(item) else ""


def _limits(on: Ground, policy: Policy) -> Iterator[Dead]:
    for limit in LOOPS:
        key, owner = f"limits.{limit}", _ownerless(on, limit)
        if policy.limits.value(limit) is None:
            continue
        if owner:
            yield Dead(key=key, because=Because.TEAM, why=_absent(owner))
        elif limit is Limit.GRANTS and on.manifest.grants == 0:
            yield from _buried(on, key, _grantable(on), "nothing that could be granted comes up")
        else:
            yield from _buried(on, key, goal_of(on, limit), _NEVER, limit)
    yield from _handoffs(on)


_NEVER = "no run comes to its end"


def _absent(owner: str) -> str:
    return f"{owner} is not on the team: an authority decides instead of sending work back"


def _handoffs(on: Ground) -> Iterator[Dead]:
    most, allowed = by_loops(on.manifest), on.manifest.budgets[0]
    if most is not None and allowed is not None and most - 1 <= allowed:
        yield Dead(
            key="limits.handoffs", because=Because.LIMIT, shadows=tuple(f"limits.{one}" for one in
                                                                        LOOPS),
            why=f"the limits of the loops allow {most - 1} at most, fewer than {allowed}",
        )  # fmt: skip


def _at_limits(on: Ground, policy: Policy) -> Iterator[Dead]:
    for name, value in policy.at_limit.model_dump().items():
        key = f"at_limit.{name}"
        limit = Limit.HANDOFFS if name == "budget" else Limit(name)
        owner = _ownerless(on, limit)
        if owner:
            yield Dead(key=key, because=Because.TEAM, why=_absent(owner))
        elif limit is not Limit.HANDOFFS and policy.limits.value(limit) is None:
            why = f"limits.{limit} is unlimited"
            yield Dead(key=key, because=Because.UNLIMITED, why=why, shadows=(f"limits.{limit}",))
        else:
            plain = AtLimit(value) in (AtLimit.ESCALATE, AtLimit.HUMAN)
            bit = facts.reached(limit) if plain else facts.applied(limit)
            why = f"no run comes to where {value!s} could apply"
            yield from _buried(on, key, Goal(edges=(on.graph.told & bit) != 0), why)


def _grantable(on: Ground) -> Goal:
    """An authority has a matter that a grant could answer."""
    kinds = (MatterKind.LIMIT, MatterKind.NO_PROGRESS, MatterKind.BUDGET)
    return _matter(on, kinds, Stage.ARBITRATION, Stage.HUMAN)


def _matter(on: Ground, kinds: tuple[MatterKind, ...], *stages: Stage) -> Goal:
    """A matter of one of the kinds is put to an authority."""
    matter = on.graph.nodes[PLACE["matter"]][on.graph.target]
    return Goal(edges=entering(on, *stages) & np.isin(matter, [code(kind) for kind in kinds]))


def _authorities(on: Ground, policy: Policy) -> Iterator[Dead]:
    for name, value in policy.authority.model_dump().items():
        who = Seat(value)
        why = f"no such matter ever reaches {'a person' if who is Seat.HUMAN else 'the CTO'}"
        if who is Seat.CTO and not on.manifest.cto:
            yield Dead(
                key=f"authority.{name}", because=Because.TEAM,
                why="there is no CTO on the team: the human decides in any case",
            )  # fmt: skip
        else:
            yield from _buried(on, f"authority.{name}", _decided(on, name, who), why)


def _decided(on: Ground, name: str, who: Seat) -> Goal:
    """A matter of the kind that a clause of `authority` names comes to whom it names.

    Where nobody is asked, what is the human's stops the run: that is the clause at work.
    """
    if name.endswith("_change"):
        stage = Stage.HUMAN if who is Seat.HUMAN else Stage.CHANGE_CONTROL
        goal = _matter(on, (MatterKind.RULING,), stage)
        field = "contract_change" if name.startswith("contract") else "scope_change"
        asked: Mask = on.graph.nodes[PLACE[field]][on.graph.target] != 0
        if who is Seat.CTO or on.manifest.human:
            return Goal(edges=goal.edges & asked)
        return _stopped(on, (MatterKind.RULING,))
    kind = MatterKind.QUESTION if name in tuple(Trigger) else MatterKind.NONE
    kind = MatterKind(name) if name in ("limit", "no_progress", "budget") else kind
    if who is Seat.HUMAN and not on.manifest.human:
        return _stopped(on, (kind,))
    return _matter(on, (kind,), Stage.HUMAN if who is Seat.HUMAN else Stage.ARBITRATION)


def _stopped(on: Ground, kinds: tuple[MatterKind, ...]) -> Goal:
    """The run ends because a person would have to decide and nobody is asked.

    The end no longer tells the matter, so any such end counts.
    """
    assert kinds
    return Goal(edges=(on.graph.told & facts.reached(Limit.HUMAN_QUESTIONS)) != 0)


def _human(on: Ground, policy: Policy) -> Iterator[Dead]:
    asked = entering(on, Stage.HUMAN, Stage.RELEASE)
    why = "no run asks a person"
    yield from _buried(on, "human.deadline_hours", Goal(edges=asked), why)
    for kind in (*_ASKED, MatterKind.RELEASE):
        event = policy.human.silence.event(kind)
        why = f"no such matter on which {event} could be the answer comes to a person"
        yield from _buried(on, f"human.silence.{kind}", _silence(on, kind, event), why)


def _silence(on: Ground, kind: MatterKind, event: EventKind) -> Goal:
    """A person could give the default answer to a matter of the kind."""
    release = kind is MatterKind.RELEASE
    stage = Stage.RELEASE if release else Stage.HUMAN
    says = [one.stage is stage and one.event.kind is event for one in on.graph.sayings]
    edges = np.array([*says, False])[on.graph.said]
    if not release:
        edges = edges & (on.graph.nodes[PLACE["matter"]][on.graph.source] == code(kind))
    return Goal(edges=edges)


def _grant_steps(on: Ground, policy: Policy) -> Iterator[Dead]:
    if on.manifest.grants == 0:
        yield Dead(
            key="grant_step", because=Because.LIMIT, shadows=("limits.grants",),
            why="limits.grants is 0: no authority may grant anything",
        )  # fmt: skip
        return
    granted = [one.event.kind is EventKind.GRANT for one in on.graph.sayings]
    matter = on.graph.nodes[PLACE["matter"]][on.graph.source] == code(MatterKind.BUDGET)
    goal = Goal(edges=np.array([*granted, False])[on.graph.said] & matter)
    dead = list(_buried(on, "grant_step", goal, "no authority can ever grant a budget"))
    yield from dead
    for limit in BUDGETS if not dead else ():
        if policy.limits.budget(limit) is None:
            yield Dead(
                key=f"grant_step.{limit}", because=Because.UNLIMITED,
                why=f"limits.{limit} is unlimited", shadows=(f"limits.{limit}",),
            )  # fmt: skip


def _missing(on: Ground, policy: Policy) -> Iterator[Dead]:
    seats = on.manifest.group_verification
    if on.manifest.group_solo:
        return
    for role in (Seat.QA, Seat.SECURITY):
        if on.manifest.occupant(role) is role and f"no_{role}" not in on.manifest.waived and seats:
            yield Dead(
                key=f"missing.{role}", because=Because.TEAM, why=f"{role} is on the team",
            )  # fmt: skip


def _stages(on: Ground, policy: Policy) -> Iterator[Dead]:
    """Stages of the team that no run enters; those where nobody sits are none of its stages."""
    kept = [stage for stage in PATH if on.manifest.group(stage) and stage is not PATH[0]]
    deciding = (Stage.CHANGE_CONTROL, Stage.ARBITRATION, Stage.HUMAN, Stage.RELEASE)
    for stage in (*kept, *deciding):
        why = _NOT_ENTERED.get(stage, "no run enters it")
        yield from _buried(on, f"stages.{stage}", goal_of(on, stage), why)


_NOT_ENTERED = {
    Stage.CHANGE_CONTROL: "nothing that is frozen is ever put to the CTO",
    Stage.ARBITRATION: "nothing is ever put to the CTO",
    Stage.HUMAN: "nothing is ever put to a person",
    Stage.RELEASE: "the brief names no external action",
}
