"""Assignments and desks for the tests of agents, as a run would issue them."""

from collections.abc import Mapping
from typing import Any

from remit.agents.agent import Desk
from remit.state.assignment import Assignment, Input, Matter
from remit.state.brief import (
    Brief,
    Constraints,
    Entity,
    EntityField,
    Screen,
    SecurityRequirement,
)
from remit.state.report import Flaw, Question
from remit.state.vocabulary import (
    EventKind,
    FlawKind,
    FlawState,
    MatterKind,
    Mode,
    Seat,
    Stage,
    Target,
    Trigger,
)

BRIEF = Brief(
    title="Clinic bookings",
    multi_tenant=True,
    tenancy="shared_schema",
    stack={"database": ("PostgreSQL",), "auth": ("OpenID Connect",), "client": ("React",)},
    constraints=Constraints(
        security=(SecurityRequirement(id="SEC-1", text="no patient data in logs"),),
        cost_usd_month=300,
        architecture=("one service",),
    ),
    entities=(
        Entity(name="patient", fields=(EntityField(name="name"), EntityField(name="born"))),
        Entity(name="booking", fields=(EntityField(name="at"),), belongs_to=("patient",)),
    ),
    screens=(
        Screen(name="diary", entity="booking", shows=("at", "patient.name")),
        Screen(name="patients", entity="patient", interactions=("list", "create", "update")),
    ),
)

_D, _A, _R, _C, _Q = (
    EventKind.DELIVER,
    EventKind.ACCEPT,
    EventKind.REWORK,
    EventKind.CHANGE,
    EventKind.QUESTION,
)
WORK: tuple[tuple[Stage, Seat, Mode, tuple[EventKind, ...]], ...] = (
    (Stage.PLAN, Seat.CTO, Mode.PLAN, (_D, _Q)),
    (Stage.REQUIREMENTS, Seat.PM, Mode.DESIGN, (_D, _Q)),
    (Stage.EXPERIENCE, Seat.UIUX, Mode.DESIGN, (_D, _R, _Q)),
    (Stage.CONTRACT, Seat.BACKEND, Mode.DESIGN, (_D, _Q)),
    (Stage.CONTRACT_REVIEW, Seat.FRONTEND, Mode.REVIEW, (_A, _R, _Q)),
    (Stage.CONTRACT_REVIEW, Seat.SECURITY, Mode.REVIEW, (_A, _R, _Q)),
    (Stage.CONTRACT_REVIEW, Seat.QA, Mode.REVIEW, (_A, _R, _Q)),
    (Stage.BUILD, Seat.BACKEND, Mode.BUILD, (_D, _C, _Q)),
    (Stage.BUILD, Seat.FRONTEND, Mode.BUILD, (_D, _C, _Q)),
    (Stage.VERIFICATION, Seat.SECURITY, Mode.AUDIT, (_A, _R, _C, _Q)),
    (Stage.VERIFICATION, Seat.QA, Mode.AUDIT, (_A, _R, _C, _Q)),
    (Stage.ACCEPTANCE, Seat.CTO, Mode.AUDIT, (_A, _R, _C, _Q)),
)
"""Every place of work: stage, seat, mode, and all events that it can offer."""

MADE_AT: Mapping[FlawKind, tuple[Stage, ...]] = {
    FlawKind.REQUIREMENT_GAP: (Stage.REQUIREMENTS,),
    FlawKind.CONTRACT_GAP: (Stage.CONTRACT,),
    FlawKind.SECURITY_FLAW: (Stage.CONTRACT, Stage.BUILD),
    FlawKind.BACKEND_BUG: (Stage.BUILD,),
    FlawKind.FRONTEND_BUG: (Stage.BUILD,),
}


def all_flaws(state: FlawState, site: int = 3) -> dict[FlawKind, Flaw]:
    """One flaw of each kind, in the same state."""
    return {kind: Flaw(state=state, made_at=at[0], site=site) for kind, at in MADE_AT.items()}


def task(
    stage: Stage,
    seat: Seat,
    *,
    step: int = 1,
    without: tuple[EventKind, ...] = (),
    occupant: Seat | None = None,
    rulings: tuple[str, ...] = (),
) -> Assignment:
    """The assignment of a seat at a stage, with some events not on offer."""
    mode, events = next(row[2:] for row in WORK if row[:2] == (stage, seat))
    return Assignment(
        step=step,
        seat=seat,
        occupant=occupant or seat,
        stage=stage,
        mode=mode,
        events=tuple(event for event in events if event not in without),
        rulings=rulings,
        contract_version="1.0.0",
    )


def put(
    kind: MatterKind,
    options: tuple[EventKind, ...],
    *,
    seat: Seat = Seat.CTO,
    step: int = 9,
    targets: tuple[Target, ...] = (),
) -> Assignment:
    """A matter that is put to an authority."""
    matter = Matter(
        id=f"m{step}",
        kind=kind,
        home=Stage.BUILD,
        raised_by=(Seat.BACKEND,),
        limit=None,
        options=options,
        default=EventKind.STOP,
        contract_version="1.0.0",
        targets=targets,
        text="may it be?",
    )
    return Assignment(
        step=step,
        seat=seat,
        occupant=seat,
        stage=Stage.HUMAN if seat is Seat.HUMAN else Stage.ARBITRATION,
        mode=Mode.ARBITRATE,
        events=options,
        matter=matter,
    )


def nothing(one: Input) -> dict[str, Any]:
    """A reader for assignments without inputs."""
    raise AssertionError(f"{one.artifact} was not given")


def desk(
    flaws: Mapping[FlawKind, Flaw] | None = None,
    *,
    seed: int = 7,
    turn: int = 0,
    manifest: Mapping[str, Any] | None = None,
    brief: Brief = BRIEF,
    answered: tuple[Question, ...] = (),
    ruled_on: frozenset[Trigger] = frozenset(),
) -> Desk:
    """A desk with these flaws in the work so far."""
    return Desk(
        brief=brief,
        seed=seed,
        read=nothing,
        flaws=flaws or {},
        manifest=manifest or {},
        turn=turn,
        answered=answered,
        ruled_on=ruled_on,
    )
