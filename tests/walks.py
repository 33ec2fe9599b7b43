"""Random legal runs on positions: manifests, events and walks for the tests of the rules."""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from hypothesis import strategies as st

from remit.analysis.safety import Turn
from remit.graph.advance import Router
from remit.graph.event import BIT, Event, mask, seats
from remit.graph.manifest import SEATED, Manifest, start
from remit.graph.position import Position
from remit.graph.rules import CHANGING, RULES, Rule
from remit.state.vocabulary import (
    BUILDERS,
    ENDS,
    LOOPS,
    ROLES,
    AtLimit,
    EventKind,
    Limit,
    MatterKind,
    Mode,
    Seat,
    Stage,
)

_REWORK_AT = (AtLimit.WAIVE, AtLimit.ESCALATE, AtLimit.STOP)
_OWNERS = {
    "requirements": (Seat.PM, Limit.REQUIREMENT_REWORK),
    "contract": (Seat.BACKEND, Limit.CONTRACT_REVIEW),
    "backend": (Seat.BACKEND, Limit.REWORK_BACKEND),
    "frontend": (Seat.FRONTEND, Limit.REWORK_FRONTEND),
}


@st.composite
def manifests(draw: st.DrawFn) -> Manifest:
    """Any policy over any team, small limits, zero and unlimited included."""
    team: set[Seat] = draw(st.sets(st.sampled_from(ROLES), min_size=1))
    if draw(st.integers(0, 3)):
        team = set(ROLES)
    human = draw(st.sampled_from([1, 1, 1, 0]))
    if not human:
        team.add(Seat.CTO)
    judges_stand_in = bool(human) and draw(st.booleans())
    seated = team | {Seat.CTO} | ({Seat.QA, Seat.SECURITY} if judges_stand_in else set[Seat]())
    values: dict[str, object] = {
        f"group_{stage}": mask(*(seat for seat in who if seat in seated))
        for stage, who in SEATED.items()
    }
    if Seat.BACKEND not in team:
        values["group_contract_review"] = 0
    for limit in LOOPS:
        values[limit] = draw(st.sampled_from([0, 1, 1, 2, 3, -1]))
    values[Limit.GRANTS] = draw(st.integers(0, 2))
    for name in ("requirement_rework", "contract_review", "rework_backend", "rework_frontend"):
        values[f"{name}_at"] = draw(st.sampled_from(_REWORK_AT))
    values["no_progress_at"] = draw(st.sampled_from(_REWORK_AT))
    values["change_requests_at"] = draw(
        st.sampled_from([AtLimit.FREEZE, AtLimit.ESCALATE, AtLimit.STOP])
    )
    values["escalations_at"] = draw(st.sampled_from([AtLimit.HUMAN, AtLimit.STOP]))
    values["budget_at"] = draw(st.sampled_from([AtLimit.ESCALATE, AtLimit.STOP]))
    for name in ("contract", "scope", "limit", "no_progress", "budget"):
        values[f"{name}_to_human"] = draw(st.integers(0, 1))
    for field, (owner, limit) in _OWNERS.items():
        values[f"grantable_{field}"] = int(owner in team)
        if owner not in team:
            values[limit], values[f"{limit}_at"] = 0, AtLimit.ESCALATE
    release = draw(st.integers(0, human))
    if not draw(st.integers(0, 7)):
        mode = draw(st.sampled_from([Mode.AUDIT, Mode.BUILD]))
        values |= alone(draw(st.sampled_from(sorted(team))), mode)
        team, seated, release = set[Seat](), set[Seat](), 0
    return Manifest(
        **values,  # type: ignore[arg-type]
        builders=mask(*(seat for seat in BUILDERS if seat in team)),
        standins=mask(*(seated - team)),
        cto=int(Seat.CTO in team),
        human=human,
        release=release,
        questions_to_human=frozenset(),
        invalid_outputs=2,
        budgets=(200, None, None, None),
        grant_step=(10, 1, 1, 1),
        silence=(),
        deadline_s=3600,
    )


def limited(manifest: Manifest, limits: Mapping[Limit, int]) -> Manifest:
    """The manifest with other loop limits."""
    return replace(manifest, **{str(limit): value for limit, value in limits.items()})  # type: ignore[arg-type]


def alone(seat: Seat, mode: Mode = Mode.AUDIT) -> dict[str, object]:
    """The fields of a manifest for one role alone, which nobody else can rework for."""
    fields: dict[str, object] = {f"group_{stage}": 0 for stage in SEATED}
    fields |= {str(limit): 0 for _, limit in _OWNERS.values()}
    fields |= {f"{limit}_at": AtLimit.ESCALATE for _, limit in _OWNERS.values()}
    fields |= {f"grantable_{field}": 0 for field in _OWNERS}
    return fields | {"group_solo": mask(seat), "solo_mode": mode}


def random_event(rng: random.Random, at: Position, seat: Seat, kind: EventKind) -> Event:
    """Any bounded event of this kind that a report may amount to here."""
    budget = int(rng.random() < 0.03)
    if at.stage in (Stage.ARBITRATION, Stage.HUMAN, Stage.CHANGE_CONTROL, Stage.RELEASE):
        approved = 0
        if kind is EventKind.APPROVE and at.matter is MatterKind.RULING:
            asked = (1 if at.contract_change else 0) | (2 if at.scope_change else 0)
            approved = rng.choice([bits for bits in (1, 2, 3) if bits & asked == bits])
        return Event(kind, approved=approved, budget=budget)
    if kind in (EventKind.DELIVER, EventKind.ACCEPT):
        return Event(kind, budget=budget)
    if kind is EventKind.QUESTION and rng.random() < 0.1:
        return Event(kind, budget=1)  # a call that did not fit in the budget
    says_more = kind is EventKind.REWORK or rng.random() < 0.5
    values = _grades(rng, at.stage, seat) if says_more else {}
    if kind is EventKind.CHANGE or (
        kind is EventKind.QUESTION and at.stage in CHANGING and not at.frozen and rng.random() < 0.3
    ):
        asked = rng.choice([1, 1, 2, 3])
        values["contract_asked"] = BIT[seat] if asked & 1 else 0
        values["scope_asked"] = BIT[seat] if asked & 2 else 0
        values["critical"] = int(seat is Seat.SECURITY and asked & 1 and rng.random() < 0.5)
        values["affected"] = rng.choice([0, BIT[Seat.FRONTEND]])
    if kind is EventKind.QUESTION:
        values["question"] = rng.choice([1, 1, 2])
    return Event(kind, **values, repeat=rng.choice([0, 0, 127]), budget=budget)


def _grades(rng: random.Random, stage: Stage, seat: Seat) -> dict[str, int]:
    if stage is Stage.EXPERIENCE:
        return {"requirements": 1}
    most = 3 if seat is Seat.SECURITY else 1
    if stage is Stage.CONTRACT_REVIEW:
        return {"contract": rng.randint(1, most)}
    if stage in (Stage.VERIFICATION, Stage.ACCEPTANCE, Stage.SOLO):
        backend = rng.randint(0, most)
        return {"backend": backend, "frontend": rng.randint(0 if backend else 1, most)}
    return {}


_SMOOTH = (EventKind.DELIVER, EventKind.ACCEPT, EventKind.ANSWER, EventKind.GRANT, EventKind.WAIVE)


def walk(
    manifest: Manifest,
    rng: random.Random,
    rules: tuple[Rule, ...] = RULES,
    most: int = 600,
    prefer: tuple[EventKind, ...] = (),
) -> list[Turn]:
    """A run from the start to its end (or `most` reports), choosing freely among what is offered.

    Each walk draws how much it likes each kind of event, so that walks differ in where they get.
    With `prefer`, the first of these that is on offer is always said, and nothing repeats.
    """
    table = Router(manifest, rules)
    at, trace = start(manifest), list[Turn]()
    liking = {kind: rng.choice([0, 0.1, 0.5, 3]) for kind in EventKind}
    liking |= {kind: rng.choice([0.5, 1, 3]) for kind in _SMOOTH}
    while at.stage not in ENDS and at.owed and len(trace) < most:
        seat = seats(at.owed)[0]
        kinds = table.offered(at, seat)
        weights = [liking[kind] + 1e-6 for kind in kinds]
        kind = rng.choices(kinds, weights)[0]
        kind = next((one for one in prefer if one in kinds), kind)
        event = random_event(rng, at, seat, kind)
        if prefer:
            event = event._replace(repeat=0, budget=0)
        step = table.advance(at, event, seat)
        trace.append(Turn(before=at, seat=seat, event=event, step=step))
        at = step.position
    return trace


Mutation = Callable[[Rule], Rule | None]


def mutated(change: Mutation) -> tuple[Rule, ...]:
    """The rules with a planted fault; a rule changed to `None` is taken away."""
    return tuple(rule for rule in map(change, RULES) if rule is not None)


def whole_team(
    limits: Mapping[Limit, int],
    *,
    release: int = 0,
    at: AtLimit = AtLimit.WAIVE,
    changes: Mapping[str, object] | None = None,
) -> Manifest:
    """All seven roles and a human, with given loop limits and other changed fields."""
    values: dict[str, object] = {f"group_{stage}": mask(*who) for stage, who in SEATED.items()}
    values |= {str(limit): limits.get(limit, 2) for limit in LOOPS}
    values |= {
        f"{name}_at": at
        for name in ("requirement_rework", "contract_review", "rework_backend", "rework_frontend")
    }
    values |= {f"grantable_{field}": 1 for field in _OWNERS}
    values |= {
        "contract_to_human": 0, "scope_to_human": 1, "limit_to_human": 0,
        "no_progress_to_human": 0, "budget_to_human": 0, "no_progress_at": AtLimit.ESCALATE,
        "change_requests_at": AtLimit.ESCALATE, "escalations_at": AtLimit.HUMAN,
        "budget_at": AtLimit.ESCALATE, "builders": mask(*BUILDERS), "cto": 1, "human": 1,
        "release": release, "questions_to_human": frozenset(), "invalid_outputs": 2,
        "budgets": (200, None, None, None), "grant_step": (10, 1, 1, 1), "silence": (),
        "deadline_s": 3600,
    }  # fmt: skip
    return Manifest(**(values | dict(changes or {})))  # type: ignore[arg-type]


def explored(manifest: Manifest, rng: random.Random, reports: int) -> Iterator[Turn]:
    """Turns from all over the reachable positions: every sort of position has its turn as often."""
    table, first = Router(manifest), start(manifest)
    sorts, pool, known = [_sort(first)], {_sort(first): [first]}, {first}
    for _ in range(reports):
        alike = pool[rng.choice(sorts)]
        at = alike[-1] if rng.random() < 0.5 else rng.choice(alike)
        seat = seats(at.owed)[0]
        event = random_event(rng, at, seat, rng.choice(table.offered(at, seat)))
        step = table.advance(at, event, seat)
        yield Turn(before=at, seat=seat, event=event, step=step)
        reached = step.position
        if reached in known or reached.stage in ENDS:
            continue
        known.add(reached)
        sort = _sort(reached)
        if sort not in pool:
            sorts.append(sort)
        pool.setdefault(sort, []).append(reached)


def _sort(at: Position) -> tuple[object, ...]:
    """Where a position stands and what is asked there, its counters left aside."""
    return (at.stage, at.matter, at.about, at.contract_change > 0, at.scope_change > 0)
