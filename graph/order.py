"""The order for a run: everything that is fixed before it starts, and kept so that it can go on."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from remit.agents.behaviour import Behaviour
from remit.graph.manifest import Manifest, compile_manifest
from remit.state.assignment import Input
from remit.state.brief import Brief
from remit.state.policy import Policy
from remit.state.record import NewRun, document
from remit.state.vocabulary import ROLES, Mode, Seat


class HumanMode(StrEnum):
    """Who answers for the human."""

    SIMULATED = "simulated"
    ASK = "ask"
    """A person at the terminal."""
    WAIT = "wait"
    """The run waits in the inbox."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """What a run is asked to do and under which terms."""

    brief: Brief
    policy: Policy
    behaviour: Behaviour
    seed: int = 0
    roles: tuple[Seat, ...] = ROLES
    mode: Mode | None = None
    """One role alone, in this mode."""
    human: HumanMode = HumanMode.SIMULATED
    subject: tuple[Input, ...] = ()
    """Artifacts of an earlier run that this one starts from."""
    script: str = ""
    """The script's text where seats are scripted."""
    team: str = ""
    """The team file as `remit.agents.team_file.kept` reads it, where one was given."""
    functions: tuple[Seat, ...] = ()
    """Seats that a Python function fills: they cannot be found again without the caller."""
    name: str | None = None
    allow_unsafe: bool = False
    """Whether it runs though its policy is known to fail a safety property."""
    unsafe: tuple[int, ...] = ()
    """The properties that its policy was known to fail as it started, where that was allowed."""

    @property
    def makers(self) -> tuple[Seat, ...]:
        """The roles on the team whose work a person does and hands in."""
        return tuple(seat for seat in _makers(self.team) if seat in self.roles)

    def manifest(self) -> Manifest:
        """The routing manifest of this order.

        Raises:
            InputError: the run could never ship.
        """
        return compile_manifest(self.policy, self.brief, frozenset(self.roles), self.mode)

    def new_run(self, version: str, *, artifacts: bool = True) -> NewRun:
        """What the record keeps of the order; the settings seal all that was fixed at the start.

        They say so where no artifacts are rendered, which only runs in batches can do without.
        """
        brief = document(self.brief.model_dump(mode="json"))
        policy = document(self.policy.model_dump(mode="json"))
        behaviour = document(self.behaviour.model_dump(mode="json"))
        settings: dict[str, Any] = {
            "roles": [str(seat) for seat in self.roles],
            "mode": str(self.mode) if self.mode else None,
            "human": str(self.human),
            "script": self.script,
            "functions": [str(seat) for seat in self.functions],
            "subject": [
                {"owner": str(one.owner), "artifact": one.artifact,
                 "revision": one.revision, "hash": one.hash}
                for one in self.subject
            ],
            "begun": {
                "seed": self.seed, "remit_version": version, "brief": brief.hash,
                "policy": policy.hash, "behaviour": behaviour.hash,
            },
            **({} if artifacts else {"artifacts": False}),
            **({"unsafe": list(self.unsafe)} if self.unsafe else {}),
            **({"team": self.team} if self.team else {}),
        }  # fmt: skip
        return NewRun(
            title=self.brief.title,
            policy_name=self.policy.name,
            behaviour_name=self.behaviour.name,
            seed=self.seed,
            roles=self.roles,
            brief=brief,
            policy=policy,
            behaviour=behaviour,
            settings=document(settings),
            remit_version=version,
            name=self.name,
        )


@lru_cache(maxsize=8)
def _makers(team: str) -> tuple[Seat, ...]:
    if not team:
        return ()
    from remit.agents.team_file import kept

    return kept(team).makers
