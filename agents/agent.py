"""The seam between a run and whoever does the work."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from remit.state.assignment import Assignment, Input
from remit.state.brief import Brief
from remit.state.report import Flaw, Question, Report
from remit.state.vocabulary import FlawKind, Trigger


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """What lies on the desk beside the assignment."""

    brief: Brief
    seed: int
    """Seed of the run's random streams; agents that draw key their draws by (seed, step, seat)."""
    read: Callable[[Input], dict[str, Any]]
    """The content of one of the assignment's inputs."""
    flaws: Mapping[FlawKind, Flaw]
    """The latent flaws as they stand; only simulated agents look. A kind left out is absent."""
    manifest: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The routing manifest as JSON values, for the CTO's plan; empty where none was computed."""
    turn: int = 0
    """How often this seat was assigned before in the run."""
    answered: tuple[Question, ...] = ()
    """The questions that the step before has answered: whoever asked them goes on now."""
    ruled_on: frozenset[Trigger] = frozenset()
    """Triggers of all questions that were answered in the run."""


@runtime_checkable
class Agent(Protocol):
    """Whoever can take an assignment and answer with a report."""

    def perform(self, assignment: Assignment, desk: Desk) -> Report:
        """Do the work once. May be asked again for the same assignment after a crash.

        Raises:
            AgentFailed: no report can be produced; the run can be resumed.
        """
        ...
