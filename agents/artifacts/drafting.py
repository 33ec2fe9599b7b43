"""What a seat delivers on an assignment: the artifacts, with the flaws that are in them."""

from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import Any, Literal, cast

from remit.agents.artifacts import backend, ddl, judging, packages, roles, testing, threats
from remit.agents.artifacts.change import contract_hash
from remit.agents.artifacts.openapi import contract
from remit.agents.artifacts.product import Product, product
from remit.agents.artifacts.ruling import ruling as written
from remit.agents.artifacts.said import Said
from remit.agents.artifacts.sites import Site, present
from remit.state.artifact import KINDS
from remit.state.assignment import Assignment, Input
from remit.state.brief import Brief
from remit.state.report import Artifact, ChangeRequest, Finding, Flaw, Question, Ruling
from remit.state.vocabulary import EventKind, FlawKind, Mode, Seat, Stage, Trigger

Read = Callable[[Input], dict[str, Any]]
Draft = tuple[Artifact, ...]


class _Frozen:
    """A contract that was read, known by its artifact's hash."""

    __slots__ = ("document", "key")

    def __init__(self, key: str, document: dict[str, Any]) -> None:
        self.key, self.document = key, document

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Frozen) and self.key == other.key


def draft(
    assignment: Assignment,
    brief: Brief,
    flaws: Mapping[FlawKind, Flaw],
    *,
    read: Read,
    manifest: Mapping[str, Any],
    findings: tuple[Finding, ...] = (),
    requests: tuple[ChangeRequest, ...] = (),
    questions: tuple[Question, ...] = (),
    conditions: Collection[Trigger] = (),
    event: EventKind | None = None,
    ruling: Ruling | None = None,
) -> Draft:
    """The artifacts of one assignment.

    `flaws` are as they stand after the work: one that is not absent is really in the artifact.
    `conditions` are what Backend ran into (`new_component`, `over_budget`, `contract_drift`,
    `security_conflict`, `tenancy_unclear`); each is really there, where the guards look.
    A maker who asks a question instead delivers nothing; UI/UX that sends requirements back
    delivers its screens as far as they go. The contents are shared between runs and
    must not be altered.
    """
    whole = product(brief)
    said = Said(findings=findings, requests=requests, questions=questions)
    if assignment.matter is not None:
        return _one("ruling", written(assignment, assignment.matter, event, ruling))
    sites, met = present(whole, flaws), backend.ordered(conditions)
    if assignment.mode in (Mode.REVIEW, Mode.AUDIT):
        return _judge(assignment, whole, sites, said)
    if questions and not met:
        return ()
    made = _make(assignment, whole, sites, said, met, read, manifest)
    if assignment.stage is Stage.EXPERIENCE and (findings or requests):
        return (*made, _artifact("review", judging.assessment(assignment, whole, sites, said)))
    return made


def _make(
    task: Assignment,
    whole: Product,
    sites: tuple[Site, ...],
    said: Said,
    met: backend.Conditions,
    read: Read,
    manifest: Mapping[str, Any],
) -> Draft:
    version = task.contract_version
    match task.seat:
        case Seat.CTO:
            undecided = Trigger.TENANCY_UNCLEAR in met or whole.undecided
            return _one("plan", roles.plan(whole, manifest, undecided))
        case Seat.PM:
            return _one("criteria", roles.requirements(whole, sites))
        case Seat.UIUX:
            return _one("screens", roles.experience(whole))
        case Seat.BACKEND if task.mode is Mode.DESIGN:
            return _design(whole, sites, version, met)
        case Seat.BACKEND:
            frozen = _implemented(task, whole, sites, read)
            return _one("backend_build", backend.build(whole, sites, version, met, frozen))
        case Seat.FRONTEND if task.mode is Mode.BUILD:
            return _one("frontend_build", roles.client(whole, sites, version, said.requests))
        case Seat.FRONTEND:
            output = judging.judged(Seat.FRONTEND, "review", whole, sites, said, version)
            return _one("work", {**output, "mode": "design"})
        case Seat.SECURITY:
            return _one("threat_model", threats.threat_model(whole, said, "design"))
        case _:
            mode: Literal["build", "design"] = "build" if task.mode is Mode.BUILD else "design"
            return _one("test_plan", testing.test_plan(whole, sites, said, mode))


def _design(
    whole: Product, sites: tuple[Site, ...], version: str, met: backend.Conditions
) -> Draft:
    unclear = Trigger.TENANCY_UNCLEAR in met
    return (
        _artifact("contract", contract(whole, sites, version)),
        _artifact("data_model", ddl.data_model(whole, unclear)),
        _artifact("security_package", packages.security_package(whole, sites)),
        _artifact("qa_package", packages.qa_package(whole)),
        _artifact("backend_design", backend.design(whole, sites, version, met)),
    )


def _implemented(task: Assignment, whole: Product, sites: tuple[Site, ...], read: Read) -> str:
    """Hash of the contract that was handed over; of one's own where none was."""
    given = next((one for one in task.inputs if one.artifact == "contract"), None)
    document = read(given).get("openapi") if given else None
    if given is None or not isinstance(document, dict):
        return backend.hash_of(whole, sites)
    return _hash(_Frozen(given.hash, cast("dict[str, Any]", document)))


@lru_cache(maxsize=512)
def _hash(frozen: _Frozen) -> str:
    return contract_hash(frozen.document)


def _judge(task: Assignment, whole: Product, sites: tuple[Site, ...], said: Said) -> Draft:
    audit = task.mode is Mode.AUDIT
    mode: Literal["review", "audit"] = "audit" if audit else "review"
    name = "verdict" if audit else "review"
    if task.seat not in KINDS[name].owners:
        version = task.contract_version
        return _one("work", judging.judged(task.seat, mode, whole, sites, said, version))
    opinion = _artifact(name, judging.assessment(task, whole, sites, said))
    if task.seat is Seat.QA:
        plan = testing.test_plan(whole, sites, said, mode)
        return (_artifact("test_plan", plan), opinion)
    if task.seat is Seat.SECURITY and not audit:
        return (_artifact("threat_model", threats.threat_model(whole, said, "review")), opinion)
    return (opinion,)


def _one(name: str, content: dict[str, Any]) -> Draft:
    return (_artifact(name, content),)


def _artifact(name: str, content: dict[str, Any]) -> Artifact:
    """Without validation: the content is ours, typed before it was dumped."""
    return Artifact.model_construct(name=name, content=content)
