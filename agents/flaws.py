"""The latent flaws of a simulated team: where each kind is made, found and mended.

Everything here is a function of the flaws as they stand and of the luck that is passed in, so that
position and flaws together are a finite Markov chain.

A flaw is *absent*, *hidden* (nobody knows), *reported* (named and not mended) or *waived* (accepted
as debt; left alone by everybody). Making can hide one where there is none; a reviewer can only name
one that is there; the owner mends what was reported, or fails to.
"""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from remit.state.report import Flaw
from remit.state.vocabulary import FlawKind, FlawState, Seat, Stage, Target

MAX_SITE = 2**31
"""Sites are less than this."""
PLACES = 4096
"""A site is PLACES times the flaws of its kind that the run had before, plus a number that is taken
modulo the number of places in a brief."""


class Making(NamedTuple):
    """A kind of flaw that a seat can make at a stage, and mend there again."""

    stage: Stage
    seat: Seat
    kind: FlawKind

    @property
    def key(self) -> str:
        """The kind, with the stage where a kind can be made at more than one."""
        several = self.kind is FlawKind.SECURITY_FLAW
        return f"{self.kind}_{self.stage}" if several else str(self.kind)


class Finding(NamedTuple):
    """A kind of flaw that a seat can find at a stage."""

    stage: Stage
    seat: Seat
    kind: FlawKind


MAKING: tuple[Making, ...] = (
    Making(Stage.REQUIREMENTS, Seat.PM, FlawKind.REQUIREMENT_GAP),
    Making(Stage.CONTRACT, Seat.BACKEND, FlawKind.CONTRACT_GAP),
    Making(Stage.CONTRACT, Seat.BACKEND, FlawKind.SECURITY_FLAW),
    Making(Stage.BUILD, Seat.BACKEND, FlawKind.SECURITY_FLAW),
    Making(Stage.BUILD, Seat.BACKEND, FlawKind.BACKEND_BUG),
    Making(Stage.BUILD, Seat.FRONTEND, FlawKind.FRONTEND_BUG),
)

FINDING: tuple[Finding, ...] = (
    Finding(Stage.EXPERIENCE, Seat.UIUX, FlawKind.REQUIREMENT_GAP),
    Finding(Stage.CONTRACT_REVIEW, Seat.FRONTEND, FlawKind.CONTRACT_GAP),
    Finding(Stage.CONTRACT_REVIEW, Seat.SECURITY, FlawKind.SECURITY_FLAW),
    Finding(Stage.CONTRACT_REVIEW, Seat.QA, FlawKind.CONTRACT_GAP),
    Finding(Stage.BUILD, Seat.FRONTEND, FlawKind.CONTRACT_GAP),
    Finding(Stage.VERIFICATION, Seat.SECURITY, FlawKind.SECURITY_FLAW),
    Finding(Stage.VERIFICATION, Seat.QA, FlawKind.REQUIREMENT_GAP),
    Finding(Stage.VERIFICATION, Seat.QA, FlawKind.CONTRACT_GAP),
    Finding(Stage.VERIFICATION, Seat.QA, FlawKind.BACKEND_BUG),
    Finding(Stage.VERIFICATION, Seat.QA, FlawKind.FRONTEND_BUG),
    Finding(Stage.ACCEPTANCE, Seat.CTO, FlawKind.REQUIREMENT_GAP),
    Finding(Stage.ACCEPTANCE, Seat.CTO, FlawKind.BACKEND_BUG),
    Finding(Stage.ACCEPTANCE, Seat.CTO, FlawKind.FRONTEND_BUG),
)

AFTER_FREEZE: frozenset[Stage] = frozenset({Stage.BUILD, Stage.VERIFICATION, Stage.ACCEPTANCE})
"""Stages at which requirements and contract are frozen."""


@cache
def makes(stage: Stage, seat: Seat) -> tuple[FlawKind, ...]:
    """The kinds that the seat's work at this stage can contain."""
    return tuple(row.kind for row in MAKING if (row.stage, row.seat) == (stage, seat))


@cache
def finds(stage: Stage, seat: Seat) -> tuple[FlawKind, ...]:
    """The kinds that the seat looks for at this stage."""
    return tuple(row.kind for row in FINDING if (row.stage, row.seat) == (stage, seat))


def present(flaw: Flaw | None) -> bool:
    """Whether a reviewer could find it: it is there and nobody has accepted it."""
    return flaw is not None and flaw.state in (FlawState.HIDDEN, FlawState.REPORTED)


def to_mend(flaw: Flaw | None, stage: Stage) -> bool:
    """Whether the owner, working at this stage, has been told of it and can mend it here."""
    return flaw is not None and flaw.state is FlawState.REPORTED and flaw.made_at is stage


def reworking(stage: Stage, seat: Seat, flaws: Mapping[FlawKind, Flaw]) -> bool:
    """Whether this work mends something, rather than being made for the first time or anew."""
    return any(to_mend(flaws.get(kind), stage) for kind in makes(stage, seat))


def introduced(before: Flaw | None, stage: Stage, luck: int) -> Flaw:
    """A new hidden flaw: in any place, and never taken for an earlier one of its kind."""
    earlier = 0 if before is None else before.site // PLACES + 1
    site = (earlier * PLACES + luck % PLACES) % MAX_SITE
    return Flaw.model_construct(state=FlawState.HIDDEN, made_at=stage, site=site)


def mended(before: Flaw) -> Flaw:
    """Gone; it keeps its site, so that the next one is told apart."""
    return _moved(before, FlawState.ABSENT)


def reported(before: Flaw) -> Flaw:
    """Named by a reviewer."""
    return _moved(before, FlawState.REPORTED)


def asked_as(kind: FlawKind, flaw: Flaw, stage: Stage) -> Target | None:
    """The change to ask for, because the flaw sits in something frozen at this stage.

    `None` where a finding is enough.
    """
    if stage not in AFTER_FREEZE:
        return None
    if kind is FlawKind.REQUIREMENT_GAP:
        return Target.SCOPE
    in_contract = kind is FlawKind.SECURITY_FLAW and flaw.made_at is Stage.CONTRACT
    return Target.CONTRACT if in_contract or kind is FlawKind.CONTRACT_GAP else None


def _moved(flaw: Flaw, state: FlawState) -> Flaw:
    return Flaw.model_construct(state=state, made_at=flaw.made_at, site=flaw.site)
