"""The engine without luck: means solved, each with a certified bound on what is left out."""

from collections.abc import Iterator, Sequence
from math import ceil, floor, isinf, prod

import numpy as np

from remit.agents.behaviour import Behaviour
from remit.analysis.chain.moves import Moves
from remit.analysis.chain.solving import Exact, TooLarge, solve, unbudgeted
from remit.analysis.chain.world import world_of
from remit.analysis.lines import listed
from remit.analysis.study.plan import Point, Study
from remit.analysis.study.responses import NATURES, Amounts, Response
from remit.graph.manifest import Manifest
from remit.graph.order import Order
from remit.state.errors import InputError
from remit.state.vocabulary import BUDGETS, LOOPS, FlawKind, Limit, Stage

PARTS = 10**9
"""Parts of a response's unit in which a solved mean and its error are kept."""
TOLERANCE = 1e-6
"""Most of the probability that a solution may leave out."""
UNLIMITED = 1_000
"""Units that stand for a limit without end when points are compared by their room."""
TRIED = 8
"""Behaviours that are tried before anything is kept, at most."""
QUICK, MOST = 5_000, 200_000
"""States of a point that are solved without being asked for (a second or two), and at all."""
USED: dict[Response, str] = {
    Response.COST: "cost_micros",
    Response.HOURS: "elapsed_s",
    Response.HUMAN_QUESTIONS: "human",
    Response.DEBTS: "debts",
    Response.REWORK: "rework",
    Response.CONTRACT_CHANGES: "changes",
    Response.HANDOFFS: "handoffs",
    Response.TOKENS: "tokens",
}
"""The reward of the chain behind a response."""


class Inexact(InputError):
    """A point that cannot be solved: the reason, without saying which point it is."""


def solutions(orders: Sequence[Order], most: int) -> Iterator[dict[Response, Amounts]]:
    """Of each order the solved means: by response, the mean and its error in `PARTS`.

    The orders share a policy, so what is learned of its moves serves all.

    Raises:
        Inexact: there are too many states, or a budget would matter.
    """
    moves = Moves(unbudgeted(orders[0].manifest()))
    for order in orders:
        yield _kept(_solved(order, most, moves))


def _solved(order: Order, most: int, moves: Moves) -> Exact:
    manifest = order.manifest()
    try:
        found = solve(
            manifest, order.behaviour, world_of(order.brief, manifest, artifacts=False),
            tolerance=TOLERANCE, most_states=most, moves=moves,
        )  # fmt: skip
    except TooLarge as error:
        raise Inexact(f"needs {error.size} states") from error
    near = _near(manifest, found)
    if near:
        names = listed([str(one) for one in near])
        raise Inexact(f"comes near its budget of {names}, which a solution takes as unlimited")
    if isinf(found.used["handoffs"].error):
        raise Inexact("has no bound on its length, so nor has the error")
    return found


def _near(manifest: Manifest, found: Exact) -> tuple[Limit, ...]:
    """The budgets that lie within four standard deviations above what a run uses on average."""
    names = ("handoffs", "cost_micros", "tokens", "elapsed_s")
    return tuple(
        limit
        for limit, name, most in zip(BUDGETS, names, manifest.budgets, strict=True)
        if most is not None and found.used[name].mean + 4 * found.used[name].sd > most
    )


def _kept(found: Exact) -> dict[Response, Amounts]:
    made = {
        Response.SHIPS: (found.ends[Stage.SHIPPED], found.missing),
        Response.SHIPS_CLEAN: (found.flawless, found.missing),
        Response.ESCAPED_FLAWS: (sum(found.escaped.values()), found.missing * len(FlawKind)),
    }
    for response, name in USED.items():
        used, scale = found.used[name], NATURES[response].scale
        made[response] = used.mean / scale, used.error / scale
    return {
        one: np.array([floor(value * PARTS), ceil(error * PARTS) + 1], np.int64)
        for one, (value, error) in made.items()
    }


def why_not(study: Study) -> str | None:
    """Why a study is not solved without being asked to, in words; `None` where it is.

    The roomiest points are tried, then the first, the middle and the last: in a grid, the ends of
    every factor.
    """
    count = len(study.points)
    tried = [*roomiest(study), *(study.points[at] for at in (0, count // 2, count - 1))]
    for point in {one.number: one for one in tried}.values():
        try:
            next(solutions([study.order(point)], QUICK))
        except Inexact as error:
            return f"{said(point)} {error.problems[0]}"
    return None


def roomiest(study: Study) -> list[Point]:
    """Of each behaviour the point whose limits leave room for most ways through.

    How much there is to solve depends on the behaviour too, in ways that only solving shows; of
    more than `TRIED` behaviours, that many are taken, from the roomiest of all to the least roomy.
    """

    def room(point: Point) -> int:
        limits = map(point.policy.limits.value, LOOPS)
        return prod(UNLIMITED if one is None else one + 1 for one in limits)

    # points that set nothing of the behaviour share it
    values = {id(one.behaviour): _values(one.behaviour) for one in study.points}
    found: dict[object, Point] = {}
    for point in study.points:
        key = values[id(point.behaviour)]
        if key not in found or room(point) > room(found[key]):
            found[key] = point
    points = sorted(found.values(), key=room, reverse=True)
    if len(points) <= TRIED:
        return points
    return [points[at * (len(points) - 1) // (TRIED - 1)] for at in range(TRIED)]


def _values(behaviour: Behaviour) -> object:
    """What a behaviour does, whatever it is called and wherever its values are from."""
    return tuple(sorted((name, one.value, one.spread) for name, one in behaviour.values.items()))


def said(point: Point) -> str:
    """A point as a reason begins with it."""
    return f"point {point.number} ({point.name})"
