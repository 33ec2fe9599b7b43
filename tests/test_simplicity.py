"""A part that neither the brief nor the work needs is a finding of an audit."""

from dataclasses import replace
from typing import Any

import pytest

from remit.agents.behaviour import load
from remit.agents.simplicity import unneeded
from remit.agents.simulated import Simulated
from remit.agents.standards import work_from
from remit.state.assignment import Input
from remit.state.brief import Brief
from remit.state.canonical import digest
from remit.state.vocabulary import EventKind, Mode, Seat, Severity, Stage
from tests.desks import desk, task
from tests.plants import ALONE, APART, BRIEF, PROSE, Artifacts, fresh

DATABASE, QUEUE, CACHE = ("database", "MongoDB 8"), ("queue", "RabbitMQ"), ("cache", "Redis")
WAITING = BRIEF.model_copy(
    update={
        "screens": tuple(
            one.model_copy(update={"interactions": ("list", "read")}) for one in BRIEF.screens
        )
    }
)
"""A brief in which no operation runs as a job."""


def with_parts(brief: Brief, *parts: tuple[str, str]) -> Artifacts:
    """Clean work of a brief with parts that nobody asked for."""
    work = fresh(brief)
    for kind, name in parts:
        part = {"kind": kind, "name": name, "reason": "it may be of use one day"}
        work["backend_build"]["implementation"]["components"].append(part)
    return work


def found(brief: Brief, *parts: tuple[str, str]) -> list[str]:
    work = with_parts(brief, *parts)
    return [one.place for one in unneeded(work_from(brief, work))]


@pytest.mark.parametrize("brief", [BRIEF, ALONE, APART, PROSE, WAITING])
def test_clean_work_has_nothing_that_is_not_needed(brief: Brief) -> None:
    """BE-FIN-1."""
    assert found(brief) == []


@pytest.mark.parametrize(
    ("brief", "parts", "idle"),
    [
        (BRIEF, (DATABASE,), ["build: database 'MongoDB 8'"]),
        (BRIEF, (CACHE,), ["build: cache 'Redis'"]),
        (BRIEF, (QUEUE,), []),
        (BRIEF, (QUEUE, ("queue", "NATS")), ["build: queue 'NATS'"]),
        (BRIEF, (QUEUE, ("queue", "rabbitmq 4")), []),
        (WAITING, (QUEUE,), ["build: queue 'RabbitMQ'"]),
        (WAITING, (DATABASE, QUEUE, CACHE), ["build: database 'MongoDB 8'",
                                             "build: queue 'RabbitMQ'", "build: cache 'Redis'"]),
        (WAITING, (("auth", "Keycloak"), ("infra", "container service")), []),
    ],
)  # fmt: skip
def test_a_part_is_needed_by_rows_or_jobs_and_only_once(
    brief: Brief, parts: tuple[tuple[str, str], ...], idle: list[str]
) -> None:
    """BE-FIN-1: one database for rows, one queue for jobs."""
    assert found(brief, *parts) == idle


def test_what_the_stack_of_the_brief_names_is_needed() -> None:
    """BE-FIN-1: and what it names comes before what somebody added."""
    stack = {"cache": ("Redis 7",), "queue": ("NATS",), "database": ("PostgreSQL",)}
    named = WAITING.model_copy(update={"stack": stack})
    assert found(named, CACHE, QUEUE) == ["build: queue 'RabbitMQ'"]


@pytest.mark.parametrize("key", ["ddl", "rows", "implementation"])
def test_what_cannot_be_told_is_no_finding(key: str) -> None:
    """BE-FIN-1: no guess is made about work that is not there."""
    work = with_parts(PROSE, DATABASE, QUEUE)
    if key == "ddl":
        work["data_model"]["ddl"] = ""
    elif key == "rows":
        work["backend_build"]["implementation"]["operations"] = []
        work["contract"]["openapi"]["paths"] = {}
    else:
        work["backend_build"]["implementation"] = {"components": "all of them"}
    told = {one.place.split()[1] for one in unneeded(work_from(PROSE, work))}
    assert told == {"ddl": {"queue"}, "rows": {"database"}, "implementation": set()}[key]


@pytest.mark.parametrize("planted", [False, True])
def test_an_audit_by_backend_finds_the_part_that_nothing_needs(planted: bool) -> None:
    """BE-FIN-1: the finding names the part and its owner; nothing else is wrong."""
    contents = with_parts(WAITING, *((QUEUE,) if planted else ()))
    inputs = tuple(
        Input(owner=Seat.BACKEND, artifact=name, revision=1, hash=digest(name)) for name in contents
    )
    offered = (EventKind.ACCEPT, EventKind.REWORK, EventKind.QUESTION)
    audit = replace(
        task(Stage.BUILD, Seat.BACKEND), stage=Stage.SOLO, mode=Mode.AUDIT, inputs=inputs,
        events=offered,
    )  # fmt: skip

    def read(one: Input) -> dict[str, Any]:
        return contents[one.artifact]

    report = Simulated(load("perfect")).perform(audit, replace(desk(brief=WAITING), read=read))
    assert report.event is (EventKind.REWORK if planted else EventKind.ACCEPT)
    told = [(one.rule, one.place, one.owner, one.severity) for one in report.findings]
    wanted = ("BE-FIN-1", "build: queue 'RabbitMQ'", Seat.BACKEND, Severity.LOW)
    assert told == ([wanted] if planted else [])
