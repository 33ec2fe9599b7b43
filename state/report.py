"""What a role answers: an event, its artifacts, findings, requests, questions and what it cost."""

from typing import Annotated, Any, NewType

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from remit.state.canonical import canonical, digest
from remit.state.vocabulary import (
    EventKind,
    FlawKind,
    FlawState,
    Limit,
    Mode,
    Seat,
    Severity,
    Stage,
    Target,
    Trigger,
)

Fingerprint = NewType("Fingerprint", str)
"""Sixteen hex digits that stay the same when the same thing is said again."""

Line = Annotated[str, StringConstraints(max_length=2_000)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


class Value(BaseModel):
    """A frozen value from outside: unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Artifact(Value):
    """A named thing that a role made. Its hash is the hash of its canonical content."""

    name: Name
    """One of `remit.state.artifact.NAMES`, e.g. `contract`."""
    content: dict[str, Any]
    """JSON values; what is text in the end (SQL, Markdown) stands under a key."""


class Finding(Value):
    """What a reviewer says is wrong."""

    rule: Line
    """The rule broken: a standard (`BE-API-5`), a criterion (`AC-3`) or a role's own rule."""
    severity: Severity = Severity.MEDIUM
    place: Line
    """Where: an operation, a table, a screen, a file."""
    evidence: Line
    owner: Seat
    """Who mends it: `pm`, `backend` or `frontend`."""
    fix: Line = ""

    @property
    def fingerprint(self) -> Fingerprint:
        """Same rule, same place, same owner: the same finding."""
        return _fingerprint("finding", self.rule, self.place, self.owner)


class ChangeRequest(Value):
    """A request to alter what is frozen."""

    target: Target
    change: Line
    """What to change, in words."""
    reason: Line
    diff: tuple[Line, ...] = ()
    """The real difference, one line per added, removed or altered element."""
    breaking: bool = False
    severity: Severity = Severity.MEDIUM
    """Of the flaw that the change mends; only a person refuses Security a critical one."""
    affected: tuple[Seat, ...] = ()
    """Builders whose contract usage meets the difference."""

    @property
    def fingerprint(self) -> Fingerprint:
        """Same target, same change: the same request."""
        return _fingerprint("request", self.target, self.change)


class Question(Value):
    """A decision without which a role cannot rightly go on."""

    trigger: Trigger = Trigger.ROLE
    text: Line
    to: Annotated[str, StringConstraints(pattern=r"^(cto|product|frontend|security|human)$")] = (
        "cto"
    )
    """Whom the asker means; who answers is decided by the policy."""
    options: tuple[Line, ...] = ()

    @property
    def fingerprint(self) -> Fingerprint:
        """Same trigger, same text: the same question."""
        return _fingerprint("question", self.trigger, self.text)


class Ruling(Value):
    """What an authority says about the matter put to it."""

    text: Line = ""
    """The answer, amendment or reason."""
    decision: Annotated[str, StringConstraints(pattern=r"^(approve|amend|reject|answer|)$")] = ""
    """On a question: how it was answered (BE-ESC-7)."""
    approved: tuple[Target, ...] = ()
    """On change requests: which targets are approved."""
    note: Line = ""


class Flaw(Value):
    """A latent flaw of simulated work: where it stands, and in which of the possible places."""

    state: FlawState
    made_at: Stage
    site: Annotated[int, Field(ge=0, lt=2**31)] = 0
    """Index into the places where this kind of flaw can be in this brief, modulo their number."""


MAX_TOKENS, MAX_MICROS, MAX_SECONDS = 10**9, 10**12, 10**9
"""The most that one report can say it took."""
Tokens = Annotated[int, Field(ge=0, le=MAX_TOKENS)]
Micros = Annotated[int, Field(ge=0, le=MAX_MICROS)]
"""Millionths of a dollar."""


class Call(Value):
    """One call of a model: the most that it could cost, and what it did cost."""

    model: Line
    most_tokens: Tokens
    """In and out: what was reserved before it."""
    most_micros: Micros
    tokens_in: Tokens = 0
    """All of them, read from a cache or not."""
    cache_read: Tokens = 0
    cache_write: Tokens = 0
    tokens_out: Tokens = 0
    cost_micros: Micros = 0
    ended: Line = ""
    """Why the model stopped (`end_turn`, `max_tokens`, `refusal` …), `cut` for a broken stream,
    `lost` where the process died in the middle, `not answered`, `not made`, or `not taken` where a
    program's answer was no report."""
    usage: Annotated[str, StringConstraints(pattern=r"^(reported|reserved)$")] = "reported"
    """`reserved`: what the provider reported cannot be, so the most it could cost is counted."""
    short: tuple[Limit, ...] = ()
    """The budgets in which it did not fit: then it was not made."""


class Report(Value):
    """The answer to one assignment, as journalled."""

    event: EventKind
    mode: Mode
    summary: Line
    artifacts: tuple[Artifact, ...] = ()
    findings: tuple[Finding, ...] = ()
    requests: Annotated[tuple[ChangeRequest, ...], Field(max_length=2)] = ()
    """At most one for each target."""
    questions: Annotated[tuple[Question, ...], Field(max_length=8)] = ()
    ruling: Ruling | None = None
    tokens_in: Tokens = 0
    tokens_out: Tokens = 0
    cost_micros: Micros = 0
    duration_s: Annotated[int, Field(ge=0, le=MAX_SECONDS)] = 0
    """Seconds that the work took (simulated, or measured on a real agent)."""
    flaws: dict[FlawKind, Flaw] = Field(default_factory=dict[FlawKind, Flaw])
    """The latent flaws that a simulated agent's work changed, as they stand after it; kinds that it
    did not touch are left out. Never seen by routing or by other agents."""
    calls: Annotated[tuple[Call, ...], Field(max_length=64)] = ()
    """The calls of a model that it took; set by code, never by who answers."""


def _fingerprint(*parts: str) -> Fingerprint:
    return Fingerprint(
        digest(canonical([" ".join(part.split()).casefold() for part in parts]))[:16]
    )
