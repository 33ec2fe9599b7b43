"""What one role is asked to do now."""

from dataclasses import dataclass

from remit.state.report import ChangeRequest, Finding, Question
from remit.state.vocabulary import EventKind, Limit, MatterKind, Mode, Seat, Stage, Target


@dataclass(frozen=True, kw_only=True, slots=True)
class Input:
    """An artifact that an assignment may see."""

    owner: Seat
    artifact: str
    revision: int
    """1 for the first version."""
    hash: str
    """SHA-256 of the canonical content."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Matter:
    """What is put to an authority, with everything needed to answer it."""

    id: str
    """`<step>-<kind>`, unique in the run; `remit answer` takes `<run>/<id>`."""
    kind: MatterKind
    home: Stage
    """Where it came from and where its answer returns."""
    raised_by: tuple[Seat, ...]
    limit: Limit | None
    options: tuple[EventKind, ...]
    default: EventKind
    """What silence means; one of the options, never approve or grant."""
    contract_version: str
    questions: tuple[Question, ...] = ()
    requests: tuple[ChangeRequest, ...] = ()
    findings: tuple[Finding, ...] = ()
    targets: tuple[Target, ...] = ()
    text: str = ""
    """One line for a person."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Assignment:
    """One role, one stage, one mode: what it may see and what it may answer with."""

    step: int
    """1 for the first; all assignments of a group share it."""
    seat: Seat
    """Whose work it is."""
    occupant: Seat
    """Who does it: the seat itself, or the human who stands in."""
    stage: Stage
    mode: Mode
    events: tuple[EventKind, ...]
    inputs: tuple[Input, ...] = ()
    findings: tuple[Finding, ...] = ()
    """What the owner has to mend."""
    requests: tuple[ChangeRequest, ...] = ()
    """Change requests already approved that this work carries out."""
    rulings: tuple[str, ...] = ()
    """Answers and waivers that this work must follow, in words."""
    contract_version: str = "0.0.0"
    frozen: bool = False
    """Change requests are no longer taken."""
    matter: Matter | None = None
    """For an authority: what to decide."""

    @property
    def key(self) -> str:
        """`<step>/<seat>`, the assignment's name in the run."""
        return f"{self.step}/{self.seat}"
