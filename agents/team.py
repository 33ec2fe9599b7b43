"""Who sits in which seat."""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeGuard

from remit.agents.agent import Agent
from remit.agents.behaviour import Behaviour
from remit.agents.simulated import Simulated
from remit.state.assignment import Assignment
from remit.state.errors import InputError
from remit.state.suggest import advice, quoted
from remit.state.vocabulary import ROLES, Seat

if TYPE_CHECKING:
    from remit.agents.model.agent import ModelAgent
    from remit.agents.team_file import NamedFunction


@dataclass(frozen=True, kw_only=True, slots=True)
class Team:
    """The agents of a run by seat. Without one for the human, a person is asked."""

    agents: Mapping[Seat, Agent]

    @property
    def roles(self) -> tuple[Seat, ...]:
        """The roles on the team, in seat order."""
        return tuple(role for role in ROLES if role in self.agents)

    @property
    def absent(self) -> tuple[Seat, ...]:
        """The roles that nobody fills, in seat order."""
        return tuple(role for role in ROLES if role not in self.agents)

    @property
    def simulated(self) -> bool:
        """Whether every role on the team is simulated."""
        return all(isinstance(self.agents[role], Simulated) for role in self.roles)

    def occupant(self, seat: Seat) -> Seat:
        """Who does the work of a seat: the seat itself, or the human who stands in."""
        return seat if seat in self.agents else Seat.HUMAN

    def agent(self, assignment: Assignment) -> Agent | None:
        """Who performs an assignment; `None` where a person has to be asked."""
        return self.agents.get(assignment.occupant)

    def check(self) -> None:
        """Ask each model on the team, once and for nothing, whether it would answer.

        Functions that a team file names are found.

        Raises:
            InputError: one would not, or is not there; no money was spent.
        """
        for agent in self.agents.values():
            if _is_named(agent):
                agent.check()
        checked = {one.provider.name: one for one in self.agents.values() if _is_model(one)}
        for agent in checked.values():
            agent.check()

    def seated(self, seat: Seat, agent: Agent | None) -> "Team":
        """The same team with another agent in a seat, or with nobody in it."""
        agents = {one: who for one, who in self.agents.items() if one is not seat}
        if agent is not None:
            agents[seat] = agent
        return replace(self, agents=MappingProxyType(agents))


def _is_named(agent: Agent) -> "TypeGuard[NamedFunction]":
    loaded = sys.modules.get("remit.agents.team_file")
    return loaded is not None and isinstance(agent, loaded.NamedFunction)


def _is_model(agent: Agent) -> "TypeGuard[ModelAgent]":
    # a team without models never loads them
    loaded = sys.modules.get("remit.agents.model.agent")
    return loaded is not None and isinstance(agent, loaded.ModelAgent)


def simulated(
    behaviour: Behaviour,
    roles: Iterable[Seat] = ROLES,
    *,
    human: bool = True,
    artifacts: bool = True,
) -> Team:
    """A simulated team of some roles, with or without a simulated human behind it."""
    agent = Simulated(behaviour, artifacts)
    seats = [*roles, Seat.HUMAN] if human else list(roles)
    return Team(agents=MappingProxyType(dict.fromkeys(seats, agent)))


def parse_roles(text: str) -> tuple[Seat, ...]:
    """Roles from a text like `backend,qa`, in seat order.

    Raises:
        InputError: a word that is no role, or no word at all.
    """
    words = [word.strip().casefold() for word in text.split(",") if word.strip()]
    known = [str(role) for role in ROLES]
    problems = [_problem(word, known) for word in dict.fromkeys(words) if word not in known]
    if not words:
        problems.append(f"roles: nobody is named; give some of {','.join(known)}")
    if problems:
        raise InputError(problems)
    return tuple(role for role in ROLES if role in words)


def _problem(word: str, known: list[str]) -> str:
    if word == Seat.HUMAN:
        return "roles: 'human' is not a role; a person answers as the last authority"
    return f"roles: there is no {quoted(word)}; {advice(word, known)}"
