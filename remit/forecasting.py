"""`remit.forecast`: what a policy will do, before anything runs."""

from collections.abc import Sequence
from os import PathLike

from remit.agents.behaviour import Behaviour
from remit.analysis.chain.solving import TooLarge, solve
from remit.analysis.chain.world import world_of
from remit.analysis.chain.written import written
from remit.analysis.forecast.findings import Method
from remit.analysis.forecast.forecast import Forecast
from remit.analysis.forecast.making import RUNS, TOLERANCE, Wanted, check_tolerance
from remit.analysis.forecast.making import forecast as made
from remit.analysis.forecast.ranges import USUAL
from remit.analysis.prism import Listing
from remit.ordering import order
from remit.state.brief import Brief
from remit.state.errors import InputError
from remit.state.policy import Policy, called
from remit.state.policy import load as load_policy
from remit.state.suggest import advice, quoted
from remit.state.vocabulary import Seat

METHODS = ("auto", *map(str, Method))


def forecast(
    policy: str | PathLike[str] | Policy = "balanced",
    *,
    behaviour: str | PathLike[str] | Behaviour = "typical",
    brief: str | PathLike[str] | Brief = "invoicing",
    roles: str | Sequence[Seat] | None = None,
    against: str | PathLike[str] | Policy | None = None,
    method: str = "auto",
    runs: int = RUNS,
    seed: int = 1,
    tolerance: float = TOLERANCE,
    ranges: bool = True,
) -> Forecast:
    """How likely a policy ships, at what cost, with which flaws inside; and how sure that is.

    Args:
        policy: the limits: a shipped name, a TOML file, or a `Policy`.
        behaviour: how the simulated team behaves.
        brief: a file, a shipped name, a sentence, or a `Brief`.
        roles: who is on the team; all by default.
        against: a second policy, on the same luck.
        method: `exact` solves the chain, `sample` draws runs, `auto` solves what takes seconds.
        runs: how many are drawn; the intervals narrow with their square root.
        seed: of the luck.
        tolerance: most of the probability that an exact solution may leave out.
        ranges: move every assumed value over its range, for how far the forecast moves with it.

    Raises:
        InputError: what was given is wrong, or a policy could never ship with this team.
    """
    wanted = order(brief, policy=policy, behaviour=behaviour, seed=seed, roles=roles)
    second = against if isinstance(against, Policy | None) else load_policy(str(against))
    effort = USUAL if ranges else None
    return made(
        wanted,
        second,
        Wanted(
            method=_method(method),
            runs=_whole(runs),
            seed=wanted.seed,
            tolerance=tolerance,
            effort=effort,
            named=(called(policy, wanted.policy), called(against, second) if second else ""),
        ),
    )


def chain(
    policy: str | PathLike[str] | Policy = "balanced",
    *,
    behaviour: str | PathLike[str] | Behaviour = "typical",
    brief: str | PathLike[str] | Brief = "invoicing",
    roles: str | Sequence[Seat] | None = None,
    tolerance: float = TOLERANCE,
) -> tuple[Listing, float]:
    """The Markov chain that a forecast solves, written out, and the probability it leaves out.

    Budgets are unlimited in it. `analysis.prism` has the languages of other people's solvers.

    Raises:
        InputError: what was given is wrong, or the chain is too large to be written out.
    """
    wanted = order(brief, policy=policy, behaviour=behaviour, roles=roles)
    manifest = wanted.manifest()
    check_tolerance(tolerance)
    terms = (manifest, wanted.behaviour, world_of(wanted.brief, manifest))
    try:
        solved = solve(*terms, tolerance=tolerance)
        return written(*terms, least=solved.least), solved.missing
    except TooLarge as error:
        raise InputError(
            f"export: the chain has {error.size} states, too many to be written; lower the limits "
            f"of the policy{error.larger}"
        ) from error


def _whole(runs: object) -> int:
    if isinstance(runs, bool) or not isinstance(runs, int):
        raise InputError(f"runs: {str(runs)[:80]!r} is not a whole number")
    return runs


def _method(name: str) -> Method | None:
    """The method of that name; `None` for `auto`."""
    if name == "auto":
        return None
    if name not in tuple(Method):
        raise InputError(f"method: there is no {quoted(name)}; {advice(name, METHODS)}")
    return Method(name)
