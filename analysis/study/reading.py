"""Study files: TOML read into a plan, with every problem named before anything is run."""

from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationError

from remit.agents.behaviour import Behaviour
from remit.agents.behaviour import load as load_behaviour
from remit.agents.team import parse_roles
from remit.analysis.study.designs import MAX_POINTS, Rows, grid, listed, spread
from remit.analysis.study.factors import Factor, Wrong, factors, is_table, keys
from remit.analysis.study.plan import (
    Constraint,
    Design,
    Goal,
    Point,
    Study,
    check_points,
    point_of,
)
from remit.analysis.study.responses import NATURES, USUAL, Response
from remit.state.amounts import OneLine
from remit.state.brief_text import load as load_brief
from remit.state.errors import InputError
from remit.state.policy import Policy
from remit.state.policy import load as load_policy
from remit.state.problems import Loc, Spot, first_problems, place, problems_of
from remit.state.report import Value
from remit.state.runid import is_name
from remit.state.suggest import advice, quoted
from remit.state.text_file import clean_text, read_text
from remit.state.toml_text import lines_of, parse_toml
from remit.state.vocabulary import ROLES

MAX_BYTES = 65_536
MAX_AMOUNTS = 50_000_000
"""Numbers that a study may keep: they are all in memory at once when it is judged."""
AMOUNT_BYTES = 45
"""Memory that each of them takes then, at most (benchmarks/study.py)."""
NAMES = ("contract-changes", "who-answers", "early-review", "silent-humans")
"""The studies that come with Remit."""


class Bound(Value):
    """A bound on the mean of a response."""

    at_least: float | None = None
    at_most: float | None = None


class Wanted(Value):
    """What is wanted."""

    minimise: Response | None = None
    maximise: Response | None = None


class StudyFile(Value):
    """A study file as it is written."""

    title: Annotated[OneLine, StringConstraints(min_length=1)]
    about: Annotated[str, StringConstraints(max_length=4_000)] = ""
    brief: OneLine = "invoicing"
    policy: OneLine = "balanced"
    behaviour: OneLine = "typical"
    roles: OneLine = ""
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 1
    replicates: Annotated[int, Field(ge=2, le=1_000_000)] = 1_000
    most: Annotated[int, Field(ge=2, le=1_000_000)] | None = None
    design: Design = Design.GRID
    points: Annotated[int, Field(ge=2, le=MAX_POINTS)] | None = None
    responses: tuple[Response, ...] = USUAL
    front: tuple[Response, ...] | None = None
    factors: dict[str, Any] = Field(default_factory=dict[str, Any])
    point: tuple[dict[str, Any], ...] = ()
    constraints: dict[Response, Bound] = Field(default_factory=dict[Response, Bound])
    objective: Wanted = Wanted()
    answers: dict[str, dict[str, OneLine]] = Field(default_factory=dict[str, dict[str, str]])
    worlds: Annotated[int, Field(ge=0, le=64)] = 0


def text_of(name: str) -> str:
    """The file of a study that comes with Remit.

    Raises:
        InputError: there is none of that name.
    """
    if name not in NAMES:
        raise InputError(f"study {quoted(name)}: does not come with Remit; {advice(name, NAMES)}")
    folder = files("remit.analysis.study").joinpath("studies")
    return folder.joinpath(f"{name}.toml").read_text("utf-8")


def load(source: str | Path) -> Study:
    """A study that comes with Remit by its name, or one from a file.

    Raises:
        InputError: no such study, or the file is wrong; every problem is named.
    """
    name = str(source)
    if name in NAMES:
        return parse(text_of(name), name)
    path = Path(source)
    if not path.suffix and path.name == name and not path.is_file():
        raise InputError(f"study {quoted(name)}: no such study or file; {advice(name, NAMES)}")
    return parse(read_text(path, MAX_BYTES), name)


def parse(text: str, where: str) -> Study:
    """A study from TOML text; `where` names it in the problems.

    Raises:
        InputError: with every problem found.
    """
    text = clean_text(text, where, MAX_BYTES)
    table = parse_toml(text, where)
    spot = _spots(text)
    problems: list[str] = []
    bad: frozenset[str] = frozenset()

    def wrong(name: str, what: str) -> None:
        problems.append(place(where, *spot(tuple(name.split("."))), what))

    try:
        read = StudyFile.model_validate(table)
    except ValidationError as error:
        problems += problems_of(error, StudyFile, where, spot)
        read, bad = _rest(table, error)
    study = _study(read, where, wrong, bad)
    if problems or study is None:
        raise InputError(first_problems(problems, where))
    check_points(study)
    return study


def _rest(table: Mapping[str, Any], error: ValidationError) -> tuple[StudyFile, frozenset[str]]:
    """What can be read of a file in spite of some problems, and the keys that have them.

    Of a table or a list only the part that is wrong is left out.
    """
    rest = dict(table)
    parts: dict[str, set[int | str]] = {}
    bad: set[str] = set()
    for top, *below in (one["loc"] for one in error.errors(include_url=False)):
        bad.add(str(top))
        if below:
            parts.setdefault(str(top), set()).add(below[0])
        else:
            rest.pop(str(top), None)
    for top, wrong in parts.items():
        inside = rest.get(top)
        if is_table(inside):
            rest[top] = {name: one for name, one in inside.items() if name not in wrong}
        elif inside is not None:
            rest[top] = [one for at, one in enumerate(inside) if at not in wrong]
    return StudyFile.model_validate({"title": "-", **rest}), frozenset(bad)


def _spots(text: str) -> Callable[[Loc], Spot]:
    lines = lines_of(text)

    def spot(loc: Loc) -> Spot:
        names = tuple(map(str, loc))
        near = (lines.get(names[:size]) for size in range(len(names), 0, -1))
        return Spot(next((line for line in near if line), None), ".".join(names))

    return spot


def _study(read: StudyFile, where: str, wrong: Wrong, bad: frozenset[str]) -> Study | None:
    """The study; none where something is wrong.

    Keys in `bad` are wrong already: what depends on them cannot be known, all else is checked.
    """
    brief = _tried(lambda: load_brief(read.brief), "brief", wrong)
    policy = _tried(lambda: load_policy(read.policy), "policy", wrong)
    behaviour = _tried(lambda: load_behaviour(read.behaviour), "behaviour", wrong)
    roles = _tried(lambda: parse_roles(read.roles) if read.roles else ROLES, "roles", wrong)
    if not read.responses and "responses" not in bad:
        wrong("responses", "name at least one, or leave the key out")
    _check_judging(read, wrong, bad)
    troubles: list[tuple[str, str]] = []
    # all policies have the same keys
    varied = factors(read.factors, keys(policy or load_policy("balanced")), troubles)
    for name, what in troubles:
        wrong(f"factors.{name}", what)
    if troubles or "factors" in bad:
        return None
    _check_answers(read, varied, wrong)
    rows = () if bad & {"design", "points", "point"} else _rows(read, varied, wrong)
    if not rows or not read.responses or "replicates" in bad:
        return None
    too_many = _is_too_much(read, len(rows), wrong)
    if too_many or policy is None or behaviour is None or bad & {"policy", "behaviour"}:
        return None
    points = _points(policy, behaviour, varied, rows, wrong)
    if bad or len(points) < len(rows) or brief is None or roles is None:
        return None
    return Study(
        name=_name(where), title=read.title, about=" ".join(read.about.split()), brief=brief,
        policy=policy, behaviour=behaviour, roles=tuple(roles), seed=read.seed,
        replicates=read.replicates, most=read.most or 10 * read.replicates, design=read.design,
        factors=varied, points=tuple(points), responses=_responses(read),
        front=read.front or _responses(read)[:2], constraints=tuple(_constraints(read)),
        goal=_goal(read), answers=read.answers, worlds=read.worlds,
    )  # fmt: skip


def _points(
    policy: Policy, behaviour: Behaviour, varied: tuple[Factor, ...], rows: "Rows", wrong: Wrong
) -> list[Point]:
    """The points at some levels; fewer where some are not allowed."""
    points: list[Point] = []
    for number, levels in enumerate(rows):
        try:
            points.append(point_of(policy, behaviour, varied, levels, number))
        except InputError as error:
            for one in error.problems[: 1 if len(rows) > 1 else None]:
                wrong("", one)
            if number - len(points) > 8:
                break
    return points


def _tried(read: Callable[[], Any], name: str, wrong: Wrong) -> Any:
    try:
        return read()
    except InputError as error:
        for one in error.problems:
            wrong(name, one)
        return None


def _name(where: str) -> str:
    name = Path(where).stem
    return name if is_name(name) else "study"


def _responses(read: StudyFile) -> tuple[Response, ...]:
    """Those that were asked for, and those that something else needs."""
    wanted = [*read.responses, *(read.front or ()), *read.constraints, _goal(read).response]
    return tuple(dict.fromkeys(wanted))


def _constraints(read: StudyFile) -> list[Constraint]:
    found: list[Constraint] = []
    for response, bound in read.constraints.items():
        for value, most in ((bound.at_least, False), (bound.at_most, True)):
            if value is not None:
                found.append(Constraint(response=response, most=most, bound=value))
    return found


def _goal(read: StudyFile) -> Goal:
    wanted = read.objective
    if wanted.maximise is not None:
        return Goal(response=wanted.maximise, more=True)
    if wanted.minimise is not None:
        return Goal(response=wanted.minimise, more=False)
    return Goal(response=read.responses[0], more=NATURES[read.responses[0]].more_is_better)


def _check_judging(read: StudyFile, wrong: Wrong, bad: frozenset[str]) -> None:
    if read.objective.minimise is not None and read.objective.maximise is not None:
        wrong("objective", "wants two things; give minimise or maximise, and bound the other")
    for response, bound in read.constraints.items():
        if bound.at_least is None and bound.at_most is None:
            wrong(f"constraints.{response}", "write { at_least = … } or { at_most = … }")
        share = NATURES[response].unit == "%"
        for value in (bound.at_least, bound.at_most):
            if share and value is not None and not 0 <= value <= 1:
                wrong(f"constraints.{response}", f"{value:g} is no share; write 0 to 1")
    known = "replicates" not in bad
    if known and read.most is not None and read.most < read.replicates:
        wrong("most", f"{read.most} is fewer than replicates = {read.replicates}; raise it")
    front = None if "front" in bad else read.front
    if front is not None and (len(set(front)) < len(front) or len(front) < 2):
        wrong("front", "weighs responses against each other; name two or more that differ")


def _check_answers(read: StudyFile, varied: tuple[Factor, ...], wrong: Wrong) -> None:
    """Answers are of factors and levels that there are; keys with dots are written in quotes."""
    known = {one.name: [level.name for level in one.levels] for one in varied}
    for name, said in read.answers.items():
        if name not in known:
            wrong(f"answers.{name}", f"is no factor of this study; {advice(name, known)}")
        for level in said:
            if known.get(name) and level not in known[name]:
                told = advice(level, known[name])
                wrong(f"answers.{name}.{level}", f"is no level; {told}")


def _rows(read: StudyFile, varied: tuple[Factor, ...], wrong: Wrong) -> Rows:
    """The levels of every point; none where something is wrong."""
    sampled = read.design in (Design.LATIN_HYPERCUBE, Design.SOBOL)
    if sampled != (read.points is not None):
        wrong("points", f"design {read.design!s} takes {'a' if sampled else 'no'} number of points")
        return ()
    if bool(read.point) != (read.design is Design.LIST):
        wrong("point", 'list points as [[point]] with design = "list", and only there')
        return ()
    if read.design is Design.LIST:
        return listed(read.point, varied, wrong)
    if not varied:
        wrong("factors", "nothing is varied, so there is nothing to compare; name a factor")
        return ()
    if read.design is Design.GRID:
        return grid(varied, wrong)
    assert read.points is not None
    return spread(read.design, read.points, varied, read.seed)


def _is_too_much(read: StudyFile, points: int, wrong: Wrong) -> bool:
    said = too_much(points, read.replicates, len(_responses(read)))
    if said:
        wrong("replicates", said)
    return bool(said)


def too_much(points: int, runs: int, responses: int) -> str:
    """Why so many runs of so many points cannot be judged; empty where they can."""
    amounts = points * runs * responses
    if amounts <= MAX_AMOUNTS:
        return ""
    return (
        f"{points:,} points of {runs:,} runs keep {amounts:,} numbers, which take about "
        f"{amounts * AMOUNT_BYTES / 1e9:.0f} GB of memory; at most {MAX_AMOUNTS:,} are allowed: "
        "take fewer points, runs or responses"
    )
