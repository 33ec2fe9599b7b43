"""What a brief adds to the behaviour of its team: the classes of its places, and its conditions.

The guards are run on what a simulated Backend would deliver, so a brief that brings questions of
its own (a tenancy that nobody chose, a requirement marked as incompatible, something missing) is
known to bring them.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from remit.agents.artifacts import draft, finding_for, request_for, sites
from remit.agents.flaws import MAKING, PLACES
from remit.agents.quantities import CONDITIONS
from remit.agents.triggers import ROUTED, Facts, raised
from remit.analysis.chain.mind import (
    CRITICAL,
    GAP_MEETS,
    IN_BUILD,
    SECURITY_MEETS,
    TRIGGERS,
)
from remit.graph.manifest import MODE, Manifest
from remit.state.assignment import Assignment, Input
from remit.state.brief import Brief
from remit.state.canonical import digest
from remit.state.report import Flaw, Report
from remit.state.vocabulary import (
    EventKind,
    FlawKind,
    FlawState,
    Seat,
    Severity,
    Stage,
    Trigger,
)

Triggers = frozenset[Trigger]
BACKEND_AT: tuple[Stage, ...] = (Stage.CONTRACT, Stage.BUILD)


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """What the brief decides, beside the routing manifest."""

    classes: Mapping[tuple[FlawKind, Stage], Mapping[int, int]]
    """By kind of flaw and where it is made: how many of `PLACES` are of each class (`mind.CLASS`).
    """
    asks: Mapping[tuple[Stage, Trigger], Triggers]
    """What Backend's work asks when it runs into a condition at a stage."""
    forced: Mapping[Stage, Triggers]
    """What it asks in any case, until it is ruled on."""


def world_of(brief: Brief, manifest: Manifest, *, artifacts: bool = True) -> World:
    """The world of a brief; without `artifacts` no guard reads them, and Backend asks by itself."""
    return World(
        classes={
            (kind, stage): _classes(brief, kind, stage)
            for stage, _, kind in MAKING
            if kind in (FlawKind.SECURITY_FLAW, FlawKind.CONTRACT_GAP)
        },
        asks={
            (stage, trigger): _raised(brief, manifest, stage, (trigger,))
            if artifacts
            else frozenset({trigger})
            for trigger, stages in CONDITIONS.items()
            for stage in stages
        },
        forced={
            stage: _raised(brief, manifest, stage, ()) if artifacts else frozenset()
            for stage in BACKEND_AT
        },
    )


def _classes(brief: Brief, kind: FlawKind, stage: Stage) -> Mapping[int, int]:
    """Places are counted round, so the classes of a site are as many as there are places."""
    known = [class_of(brief, kind, stage, site) for site in range(len(sites(kind, brief)))]
    period = sum(
        kind is not FlawKind.SECURITY_FLAW or one.made_at is stage for one in sites(kind, brief)
    )
    return Counter(known[number % period] for number in range(PLACES))


def class_of(brief: Brief, kind: FlawKind, stage: Stage, site: int) -> int:
    """What is known of a flaw beside its digit (`mind.CLASS`), by its place."""
    flaw = Flaw(state=FlawState.HIDDEN, made_at=stage, site=site)
    if kind is FlawKind.CONTRACT_GAP:
        return GAP_MEETS if Seat.FRONTEND in request_for(brief, kind, flaw).affected else 0
    grave = finding_for(brief, kind, flaw).severity is Severity.CRITICAL
    bits = CRITICAL if grave else 0
    if stage is Stage.BUILD:
        return bits | IN_BUILD
    meets = Seat.FRONTEND in request_for(brief, kind, flaw).affected
    return bits | (SECURITY_MEETS if meets else 0)


def _raised(
    brief: Brief, manifest: Manifest, stage: Stage, conditions: tuple[Trigger, ...]
) -> Triggers:
    """The triggers that the guards find in Backend's work at a stage."""
    plan = _drafted(brief, manifest, Stage.PLAN, Seat.CTO, ()).get("plan") if manifest.cto else None
    contract = _drafted(brief, manifest, Stage.CONTRACT, Seat.BACKEND, ()).get("contract")
    building = stage is Stage.BUILD
    work = _drafted(brief, manifest, stage, Seat.BACKEND, conditions, contract)
    report = Report.model_validate(
        {
            "event": EventKind.DELIVER, "mode": MODE[stage], "summary": "",
            "artifacts": [{"name": name, "content": content} for name, content in work.items()],
        }
    )  # fmt: skip
    facts = Facts(
        plan=plan, frozen_contract=contract if building else None, implementation_started=building
    )
    found = {one.trigger for one in raised(brief, facts, report)} - ROUTED
    return frozenset(found & set(TRIGGERS))


def _drafted(
    brief: Brief,
    manifest: Manifest,
    stage: Stage,
    seat: Seat,
    conditions: tuple[Trigger, ...],
    contract: Mapping[str, Any] | None = None,
) -> dict[str, dict[str, Any]]:
    key = digest(brief.model_dump_json())
    given = Input(owner=Seat.BACKEND, artifact="contract", revision=1, hash=key)
    task = Assignment(
        step=1, seat=seat, occupant=seat, stage=stage, mode=MODE[stage],
        events=(EventKind.DELIVER, EventKind.QUESTION),
        inputs=(given,) if contract else (), contract_version="1.0.0",
    )  # fmt: skip
    made = draft(
        task, brief, {}, read=lambda _: dict(contract or {}), manifest=manifest.to_json(),
        conditions=conditions, event=EventKind.DELIVER,
    )  # fmt: skip
    return {one.name: one.content for one in made}
