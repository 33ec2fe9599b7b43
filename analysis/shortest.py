"""The shortest real run to each thing that can come of a policy: a stage, an end, a limit."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from remit.analysis.arrays import facts
from remit.analysis.arrays.ways import Goal
from remit.analysis.ground import Answer, Ground, Run, Unknown, entering, ground, run_to
from remit.analysis.retelling import realisable
from remit.analysis.safety import Trace
from remit.analysis.wording import spaced
from remit.graph.manifest import Manifest, start
from remit.graph.rules import RULES, Rule
from remit.state.errors import InputError
from remit.state.vocabulary import BUDGETS, ENDS, LOOPS, Limit, Stage

Aim = Stage | Limit
"""A stage to enter (or an end), or a limit whose end some row answers."""
AIMS: tuple[Aim, ...] = (*Stage, *LOOPS, Limit.HANDOFFS)
"""Everything that can be aimed at; `handoffs` stands for all budgets."""
GOALS: tuple[Aim, ...] = (
    *sorted(ENDS, key=lambda one: (one is not Stage.SHIPPED, one)), *LOOPS, Limit.HANDOFFS,
)  # fmt: skip
"""What a check aims at: shipping first, then the other ends, then the end of each limit."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shortest:
    """The shortest run to somewhere."""

    goal: str
    """An end, or the end of a limit: `shipped`, `rework backend is used up`."""
    trace: Trace | None = field(repr=False)
    """`None` where no run gets there, or none was found."""
    known: bool
    """Whether it is sure that there is none, where none is."""
    exact: bool = True
    """Whether none is shorter; else one may be."""


def shortest_ways(manifest: Manifest) -> Iterator[Shortest]:
    """The shortest run to each of `GOALS`, in their order."""
    for aim in GOALS:
        found = shortest(manifest, aim)
        yield Shortest(
            goal=named(aim),
            trace=found.trace if isinstance(found, Run) else None,
            known=not isinstance(found, Unknown),
            exact=found.exact if isinstance(found, Run) else True,
        )


def named(aim: Aim) -> str:
    """An aim in words."""
    if isinstance(aim, Stage):
        return spaced(aim)
    return "a budget used up" if aim is Limit.HANDOFFS else f"{spaced(aim)} used up"


def reaches(trace: Trace, aim: Aim, manifest: Manifest) -> bool:
    """Whether a run, replayed, comes to what is aimed at."""
    if isinstance(aim, Stage):
        return (trace[-1].step.position if trace else start(manifest)).stage is aim
    return bool(trace) and met(trace, aim)


def shortest(manifest: Manifest, aim: Aim, rules: tuple[Rule, ...] = RULES) -> Answer:
    """A run with the fewest reports to an aim: `Run`, `NoRun`, or `Unknown` past the bounded work.

    Where several are equally short, one that is asked for the least under the limits is taken. The
    stage where a run begins is reached by the empty run.

    Raises:
        InputError: a limit that routing does not know.
    """
    on = ground(manifest, rules)
    if aim is start(manifest).stage:
        return Run((), frozenset())
    return run_to(
        on, goal_of(on, aim), lambda trace: met(trace, aim) and realisable(trace, manifest)
    )


def met(trace: Trace, aim: Aim) -> bool:
    """Whether the last turn of a run does what is aimed at, and not something else instead of it.

    Several reports can lead to one position; only some of them answer the end of a limit.
    """
    if isinstance(aim, Stage):
        return True
    step = trace[-1].step
    if aim is Limit.GRANTS:
        return aim in step.spent
    limit = Limit.HANDOFFS if aim in BUDGETS else aim
    return any(rule.at_limit is limit for rule in step.fired)


def goal_of(on: Ground, aim: Aim) -> Goal:
    """The edges that reach an aim.

    Raises:
        InputError: a limit that routing does not know.
    """
    if isinstance(aim, Stage):
        return Goal(edges=entering(on, aim))
    if aim is Limit.GRANTS:
        spends = on.graph.change[LOOPS.index(aim)] < 0
        return Goal(edges=spends, exact={aim: 1})
    if aim in BUDGETS or aim in LOOPS:
        limit = Limit.HANDOFFS if aim in BUDGETS else aim
        return Goal(edges=(on.graph.told & facts.reached(limit)) != 0)
    raise InputError(f"{str(aim)!r}: no row answers its end; aim at one of: {', '.join(AIMS)}")


def shortest_runs(
    manifest: Manifest, rules: tuple[Rule, ...] = RULES
) -> tuple[tuple[Aim, Answer], ...]:
    """The answer for everything that can be aimed at.

    Pairs, because a stage and a limit of one name (`contract_review`) are equal as strings.
    """
    return tuple((aim, shortest(manifest, aim, rules)) for aim in AIMS)


def besides(on: Ground, goal: Goal, counted: frozenset[Limit]) -> frozenset[Limit]:
    """The limits that are enough to see that no run reaches a goal, of those that were counted."""
    need = counted
    for limit in sorted(counted):
        if not on.maze.reaches(goal, need - {limit}):
            need -= {limit}
    return need
