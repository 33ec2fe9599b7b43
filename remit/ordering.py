"""What a run is ordered with: files and names read, seats filled, everything validated."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from remit.agents.agent import Agent, Desk
from remit.agents.behaviour import Behaviour
from remit.agents.behaviour import load as load_behaviour
from remit.agents.function import Answer, FunctionAgent
from remit.agents.team import parse_roles
from remit.agents.team_file import TeamFile, kept
from remit.agents.team_file import load as load_team
from remit.graph.order import HumanMode, Order
from remit.graph.runner import is_simulated
from remit.state.assignment import Assignment
from remit.state.brief import Brief
from remit.state.brief_text import load as load_brief
from remit.state.errors import InputError
from remit.state.policy import Policy
from remit.state.policy import load as load_policy
from remit.state.secrets import cleaned, redact
from remit.state.vocabulary import ROLES, Mode, Seat
from remit.subject import agreed_brief, load_subject

Function = Callable[[Assignment, Desk], Answer]
"""A Python function that fills a seat."""


def order(
    brief: str | PathLike[str] | Brief = "invoicing",
    *,
    policy: str | PathLike[str] | Policy = "balanced",
    behaviour: str | PathLike[str] | Behaviour = "typical",
    seed: int = 0,
    roles: str | Sequence[Seat] | None = None,
    mode: str | Mode | None = None,
    human: str | HumanMode = HumanMode.SIMULATED,
    script: str = "",
    team: TeamFile | None = None,
    name: str | None = None,
    allow_unsafe: bool = False,
) -> Order:
    """Everything that is fixed before a run starts, read and validated.

    Raises:
        InputError: with every problem found in what was given.
    """
    seats = parse_roles(roles) if isinstance(roles, str) else tuple(roles or ROLES)
    limits = policy if isinstance(policy, Policy) else load_policy(str(policy))
    if team is not None:
        _check_people(team, limits)
        _check_script(team, script)
        stand_in = set(team.people) - set(team.makers)
        seats = tuple(seat for seat in seats if seat not in stand_in)
        if team.makers and human == HumanMode.SIMULATED:
            raise InputError(
                f"human: 'simulated' cannot do the work of {', '.join(team.makers)}, where a "
                "person sits; use 'wait' or 'ask'"
            )
    return Order(
        brief=_clean(brief if isinstance(brief, Brief) else load_brief(str(brief))),
        policy=limits,
        behaviour=(
            behaviour if isinstance(behaviour, Behaviour) else load_behaviour(str(behaviour))
        ),
        seed=_whole(seed),
        roles=seats,
        mode=_one_of(Mode, mode, "mode") if mode else None,
        human=_one_of(HumanMode, human, "human"),
        script=redact(script),
        team=team.text() if team is not None and (team.real or team.people) else "",
        name=name,
        allow_unsafe=allow_unsafe,
    )


def _check_people(team: TeamFile, policy: Policy) -> None:
    """A person takes a seat as who stands in for an absent role: the policy must let them."""
    judges = [seat for seat in team.people if seat in (Seat.SECURITY, Seat.QA)]
    barred = [seat for seat in judges if str(getattr(policy.missing, seat)) != "human"]
    if barred:
        raise InputError(
            [f"team: seats.{seat}: policy {policy.name!r} lets nobody stand in (missing.{seat} is "
             "'waive'); set it to 'human'" for seat in barred]
        )  # fmt: skip


def _check_script(team: TeamFile, script: str) -> None:
    scripted = [str(seat) for seat, who in team.seats.items() if who.plain == "scripted"]
    if scripted and not script:
        raise InputError(f"team: {', '.join(scripted)} is scripted; give the script with --script")


def _clean(brief: Brief) -> Brief:
    """The brief without secrets: from here on it is hashed, stored, shown and sent on."""
    try:
        return cleaned(brief)
    except ValidationError:
        raise InputError(
            f"brief {brief.title[:60]!r}: a name in it has the shape of a secret key; rename it"
        ) from None


Choice = TypeVar("Choice", bound=StrEnum)


def _one_of(choices: type[Choice], given: str, what: str) -> Choice:
    known = [str(choice) for choice in choices]
    if given not in known:
        raise InputError(f"{what}: there is no {str(given)[:80]!r}; known: {', '.join(known)}")
    return choices(given)


def _whole(seed: object) -> int:
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise InputError(f"seed: {str(seed)[:80]!r} is not a whole number")
    return seed


def prepared(
    brief: str | PathLike[str] | Brief | None,
    team: Mapping[str, Function | Agent] | str | PathLike[str] | None,
    subject: str | PathLike[str] | None,
    terms: dict[str, Any],
) -> tuple[Order, dict[Seat, Agent], dict[str, dict[str, Any]]]:
    """The order, the agents that are not simulated, and what the run starts from."""
    agents = agents_of(team if isinstance(team, Mapping) else {})
    if isinstance(team, str | PathLike):
        terms["team"] = load_team(str(team))
    real = terms.get("team") and (terms["team"].real or terms["team"].people)
    if real or any(not is_simulated(agent) for agent in agents.values()):
        terms.setdefault("human", HumanMode.WAIT)
    given = load_brief(str(brief)) if isinstance(brief, str | PathLike) else brief
    inputs, contents = load_subject(Path(subject)) if subject else ((), {})
    given = agreed_brief(Path(subject), given) if subject else given
    return replace(order(given or "invoicing", **terms), subject=inputs), agents, contents


def refuse_played_approval(order: Order, functions: Mapping[Seat, Agent]) -> None:
    """A simulated person approves nothing that real work would then carry out (PUB-10).

    Raises:
        InputError: a seat is not simulated, the human is, and the brief names external actions.
    """
    real = [str(seat) for seat, agent in functions.items() if not is_simulated(agent)]
    real += [str(seat) for seat in kept(order.team).real] if order.team else []
    if real and order.human is HumanMode.SIMULATED and order.brief.external_actions:
        raise InputError(
            f"human: 'simulated' cannot approve external actions beside {', '.join(real)}, "
            "which is not simulated; use human='wait' or 'ask'"
        )


def agents_of(team: Mapping[str, Function | Agent]) -> dict[Seat, Agent]:
    """Agents by seat; a plain function becomes an agent.

    Raises:
        InputError: a key is no role.
    """
    seated: dict[Seat, Agent] = {}
    for name, who in team.items():
        if name not in tuple(Seat):
            raise InputError(f"team: there is no role {name!r}; known: {', '.join(Seat)}")
        if not isinstance(who, Agent) and not callable(who):
            raise InputError(f"team: {name}: give a function or an agent, not {who!r:.80}")
        seated[Seat(name)] = who if isinstance(who, Agent) else FunctionAgent(who)
    return seated
