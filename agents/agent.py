"""The seam between a run and whoever does the work."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from remit.agents.purse import Purse
from remit.state.assignment import Assignment, Input
from remit.state.brief import Brief
from remit.state.errors import RemitError
from remit.state.report import Call, Flaw, Question, Report
from remit.state.vocabulary import FlawKind, Trigger


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """Why the answer before was not taken."""

    problem: str
    said: str = ""
    """The answer itself, cut; empty where it was no text."""


class AnswerInvalid(RemitError):
    """An agent answered, and what it said is no report; it may be asked again."""

    def __init__(self, problem: str, said: str, calls: tuple[Call, ...], duration_s: int) -> None:
        super().__init__(problem)
        self.refusal = Refusal(problem=problem, said=said)
        self.calls, self.duration_s = calls, duration_s

    def __reduce__(self) -> tuple[type["AnswerInvalid"], tuple[str, str, tuple[Call, ...], int]]:
        return type(self), (str(self), self.refusal.said, self.calls, self.duration_s)


class CallTooDear(RemitError):
    """The most that a call can cost does not fit in what is left, so it was not made."""

    def __init__(self, problem: str, calls: tuple[Call, ...], duration_s: int = 0) -> None:
        super().__init__(problem)
        self.calls, self.duration_s = calls, duration_s
        """The calls that were made before, and at the end the one that was not."""

    def __reduce__(self) -> tuple[type["CallTooDear"], tuple[str, tuple[Call, ...], int]]:
        return type(self), (str(self), self.calls, self.duration_s)


Note = Callable[[Call, bool], None]
"""Told of a call as it begins, with the most that it can cost, and as it ends (`True`)."""


def _unnoted(call: Call, ended: bool) -> None:
    """Nobody keeps the calls of this assignment before its report does."""


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
    purse: Purse = field(default_factory=Purse)
    """Whoever spends money reserves it here first."""
    note: Note = _unnoted
    """Whoever spends money tells of each call here, so that it outlives the process."""
    paid: tuple[Call, ...] = ()
    """Calls of this assignment from before: a process died, or a provider did not answer."""
    refused: Refusal | None = None
    """Why this assignment's last answer was not taken, when it is asked for again."""
    patience_s: float = 86_400
    """How long the agent may go on trying, seconds."""


@runtime_checkable
class Agent(Protocol):
    """Whoever can take an assignment and answer with a report."""

    def perform(self, assignment: Assignment, desk: Desk) -> Report:
        """Do the work once. May be asked again for the same assignment after a crash.

        Raises:
            AgentFailed: no report can be produced; the run can be resumed.
            AnswerInvalid: what was answered is no report.
            CallTooDear: a call does not fit in what is left of a budget.
        """
        ...
