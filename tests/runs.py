"""Whole runs in memory, scripted or simulated, for the tests of what is recorded."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from remit.agents.behaviour import load as load_behaviour
from remit.agents.script import Script, script
from remit.agents.scripted import Scripted
from remit.agents.team import Team, simulated
from remit.graph.clerk import MemoryClerk
from remit.graph.course import Course
from remit.graph.fold import begin
from remit.graph.loop import run_loop
from remit.graph.manifest import compile_manifest
from remit.graph.order import Order
from remit.graph.session import Session
from remit.graph.wiring import build, recursion_limit
from remit.state.brief import Brief
from remit.state.canonical import GENESIS
from remit.state.policy import Policy
from remit.state.policy import load as load_policy
from remit.state.record import Entry
from remit.state.vocabulary import ROLES, Mode, Seat
from tests.desks import BRIEF

Engine = Literal["loop", "graph"]
Entries = list[dict[str, Any]]
"""A script in Python values."""
BALANCED = load_policy("balanced")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What a run is made with, beside its team."""

    policy: Policy = BALANCED
    brief: Brief = BRIEF
    roles: tuple[Seat, ...] = ROLES
    mode: Mode | None = None
    seed: int = 0
    engine: Engine = "loop"


class Told(NamedTuple):
    """A run with what it takes to explain it."""

    order: Order
    course: Course
    journal: tuple[Entry, ...]


def policy(base: str = "balanced", /, **tables: Mapping[str, Any]) -> Policy:
    """A shipped policy with some keys changed, table by table."""
    data = load_policy(base).model_dump(mode="json")
    for name, changes in tables.items():
        for key, value in changes.items():
            data[name][key] = {**data[name][key], **value} if isinstance(value, dict) else value
    return Policy.model_validate(data)


def ran(team: Team, setting: Setting) -> Course:
    """The course of a run to its end."""
    return worked(team, setting)[0]


def worked(team: Team, setting: Setting) -> tuple[Course, tuple[Entry, ...]]:
    """The course of a run to its end, and its journal."""
    clerk = MemoryClerk()
    manifest = compile_manifest(
        setting.policy, setting.brief, frozenset(setting.roles), setting.mode
    )
    session = Session(
        course=begin(manifest), team=team, brief=setting.brief, seed=setting.seed,
        clerk=clerk, manifest_json=manifest.to_json(),
    )  # fmt: skip
    if setting.engine == "graph":
        limit = recursion_limit(manifest)
        build(manifest).invoke(  # pyright: ignore[reportUnknownMemberType]
            {"step": 1}, {"recursion_limit": limit}, context=session
        )
    else:
        run_loop(session)
    return session.course, tuple(clerk.entries)


def ordered(setting: Setting, behaviour: str = "perfect") -> Order:
    """The order of a run, as the record would keep it."""
    return Order(
        brief=setting.brief, policy=setting.policy, behaviour=load_behaviour(behaviour),
        seed=setting.seed, roles=setting.roles, mode=setting.mode,
    )  # fmt: skip


def told(entries: Script | Iterable[Mapping[str, Any]], setting: Setting) -> Told:
    """A scripted run as it is explained: its order and its journal."""
    team = Team(agents=dict.fromkeys(Seat, Scripted(_script(entries))))
    return Told(ordered(setting), *worked(team, setting))


def scripted(entries: Script | Iterable[Mapping[str, Any]], setting: Setting) -> Course:
    """A run in which every seat follows a script."""
    return told(entries, setting).course


def _script(entries: Script | Iterable[Mapping[str, Any]]) -> Script:
    return entries if isinstance(entries, Script) else script(entries)


def played(behaviour: str, setting: Setting) -> Course:
    """A run of a simulated team."""
    return ran(simulated(load_behaviour(behaviour), setting.roles), setting)


def head(course: Course) -> str:
    """The hash of the last handoff in the chain."""
    previous = GENESIS
    for row in course.handoffs:
        previous = row.chained(previous)
    return previous
