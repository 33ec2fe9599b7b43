"""The plan of a study: what is compared, over how many runs, and how it is judged."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from remit.agents.behaviour import Behaviour
from remit.analysis.study.factors import Factor, Level, applied, worded
from remit.analysis.study.responses import Response
from remit.graph.order import Order
from remit.state.brief import Brief
from remit.state.canonical import canonical, digest
from remit.state.errors import InputError
from remit.state.policy import Policy
from remit.state.vocabulary import Seat


class Design(StrEnum):
    """How points are chosen among all that the factors allow."""

    GRID = "grid"
    """Every combination of levels."""
    LATIN_HYPERCUBE = "latin_hypercube"
    """Some points, each factor's values spread evenly."""
    SOBOL = "sobol"
    """Some points that fill the space evenly: a scrambled Sobol sequence."""
    LIST = "list"
    """The points that the file lists."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Constraint:
    """A bound on the mean of a response, in its unit."""

    response: Response
    most: bool
    """Whether the bound is the most that is allowed, and not the least."""
    bound: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Goal:
    """What is wanted among the points that meet the constraints."""

    response: Response
    more: bool
    """Whether more of it is wanted."""


def tie_break(front: Sequence[Response], goal: Goal) -> Response | None:
    """What settles a tie in the goal: the first response of the front that is not the goal's."""
    return next((one for one in front if one is not goal.response), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """A policy and a behaviour that the study runs."""

    number: int
    levels: tuple[Level, ...]
    """One for each factor, in their order."""
    policy: Policy
    behaviour: Behaviour

    @property
    def name(self) -> str:
        """What it sets, in short: `3 / freeze`."""
        return " / ".join(level.name for level in self.levels) or "as given"


@dataclass(frozen=True, kw_only=True, slots=True)
class Study:
    """A study that was read and found good: complete, frozen, ready to run."""

    name: str
    title: str
    about: str
    brief: Brief
    policy: Policy
    behaviour: Behaviour
    roles: tuple[Seat, ...]
    seed: int
    replicates: int
    """Runs of each point."""
    most: int
    """Runs of a point at which sequential replication stops at the latest."""
    design: Design
    factors: tuple[Factor, ...]
    points: tuple[Point, ...]
    responses: tuple[Response, ...]
    front: tuple[Response, ...]
    """The responses that the Pareto front weighs against each other."""
    constraints: tuple[Constraint, ...]
    goal: Goal
    answers: Mapping[str, Mapping[str, str]]
    """By factor and level: the answer to the title's question, should that level be best."""
    worlds: int
    """How many other values of what is assumed about the team every point is tried under."""

    def order(self, point: Point) -> Order:
        """The order of the runs of a point."""
        return Order(
            brief=self.brief, policy=point.policy, behaviour=point.behaviour, roles=self.roles
        )


def point_of(
    study_policy: Policy,
    behaviour: Behaviour,
    factors: Sequence[Factor],
    levels: Sequence[Level],
    number: int,
) -> Point:
    """The point at some levels.

    Raises:
        InputError: the policy or the behaviour would not be allowed there.
    """
    settings: dict[str, Any] = {}
    for level in levels:
        settings.update(level.sets)
    where = f"point {number} ({_said(factors, levels)})"
    policy, behaves = applied(study_policy, behaviour, settings, where)
    return Point(number=number, levels=tuple(levels), policy=policy, behaviour=behaves)


def _said(factors: Sequence[Factor], levels: Sequence[Level]) -> str:
    return ", ".join(f"{one.name} = {two.name}" for one, two in zip(factors, levels, strict=True))


def check_points(study: Study) -> None:
    """See that every point could be run.

    Raises:
        InputError: a policy could never ship with this team.
    """
    problems: list[str] = []
    for point in study.points:
        try:
            study.order(point).manifest()
        except InputError as error:
            problems += [f"point {point.number} ({point.name}): {one}" for one in error.problems]
    if problems:
        raise InputError(problems[:20])


def plan_of(study: Study, engine: str, batch: int, version: str) -> dict[str, Any]:
    """All that decides what the runs of a study are, for the record; JSON without floats."""
    return {
        "title": study.title,
        "about": study.about,
        "brief": study.brief.model_dump(mode="json"),
        "policy": study.policy.model_dump(mode="json"),
        "behaviour": study.behaviour.model_dump(mode="json"),
        "roles": [str(seat) for seat in study.roles],
        "seed": study.seed,
        "replicates": study.replicates,
        "most": study.most,
        "design": str(study.design),
        "factors": [_factor_body(one) for one in study.factors],
        "responses": [str(one) for one in study.responses],
        "front": [str(one) for one in study.front],
        "constraints": [
            {"response": str(one.response), "most": one.most, "bound": repr(one.bound)}
            for one in study.constraints
        ],
        "goal": {"response": str(study.goal.response), "more": study.goal.more},
        "answers": {name: dict(said) for name, said in study.answers.items()},
        "worlds": study.worlds,
        "points": _points_body(study.points),
        "engine": engine,
        "batch": batch,
        "version": version,
    }


def _factor_body(factor: Factor) -> dict[str, Any]:
    if factor.is_range:
        return {"name": factor.name, "low": worded(factor.low), "high": worded(factor.high),
                "whole": factor.whole}  # fmt: skip
    return {"name": factor.name, "levels": [_level_body(one) for one in factor.levels]}


def _level_body(level: Level) -> dict[str, Any]:
    return {"name": level.name, "sets": {key: worded(value) for key, value in level.sets}}


def _points_body(points: Sequence[Point]) -> list[dict[str, Any]]:
    """Points for the record: what is set there, the hashes of what they run, what is assumed."""
    # points that set nothing of the policy or the behaviour share it
    policies = {id(one.policy): one.policy for one in points}
    behaviours = {id(one.behaviour): one.behaviour for one in points}
    hashes = {
        number: _hash(one.model_dump(mode="json"))
        for number, one in (policies | behaviours).items()
    }
    labels = {
        number: dict(Counter(value.label for value in one.values.values()))
        for number, one in behaviours.items()
    }
    return [
        {
            "labels": labels[id(one.behaviour)],
            "levels": [_level_body(level) for level in one.levels],
            "policy": hashes[id(one.policy)],
            "behaviour": hashes[id(one.behaviour)],
        }
        for one in points
    ]


def _hash(value: Mapping[str, Any]) -> str:
    return digest(canonical(value))
