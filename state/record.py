"""The values that go into the record and come out of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from remit.state.assignment import Matter
from remit.state.canonical import canonical, digest
from remit.state.debt import Debt, Grant
from remit.state.handoff import Handoff
from remit.state.report import Report
from remit.state.vocabulary import ENDED, Outcome, Seat


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A JSON object in its canonical text, known by the hash of that text."""

    hash: str
    text: str = field(repr=False)


def document(value: dict[str, Any]) -> Document:
    """The document of a JSON object; make it once and share it between runs.

    Raises:
        TypeError, ValueError, RecursionError: `value` has no canonical JSON.
    """
    text = canonical(value)
    return Document(hash=digest(text), text=text)


@dataclass(frozen=True, kw_only=True, slots=True)
class NewRun:
    """What is fixed when a run begins."""

    title: str
    policy_name: str
    behaviour_name: str
    """Empty when no seat is simulated."""
    seed: int
    """0 to 2**63 - 1."""
    roles: tuple[Seat, ...]
    brief: Document
    policy: Document
    behaviour: Document
    settings: Document
    """What else the run must be resumed with: team, mode, pace …"""
    remit_version: str
    name: str | None = None
    """The run's id if the user chose one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunRow:
    """One run as listed. The four documents stand as hashes: `Store.artifact` reads them."""

    id: str
    created_at: datetime
    updated_at: datetime
    title: str
    policy_name: str
    behaviour_name: str
    seed: int
    roles: tuple[Seat, ...]
    remit_version: str
    outcome: Outcome
    reason: str
    handoffs: int
    """Rows of the record, the one of the end included; `issued` leaves it out."""
    cost_micros: int
    tokens: int
    elapsed_s: int
    chain_head: str
    brief: str
    policy: str
    behaviour: str
    settings: str

    @property
    def issued(self) -> int:
        """Handoffs as the budget counts them: the row that says the end assigns nobody."""
        return self.handoffs - (self.outcome in ENDED)


@dataclass(frozen=True, kw_only=True, slots=True)
class ArtifactRef:
    """An artifact of a journalled report; its content is read by `Store.artifact`."""

    name: str
    hash: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """What the journal says about one assignment."""

    step: int
    seat: Seat
    report: Report
    """With `artifacts` empty: they stand in the field below."""
    artifacts: tuple[ArtifactRef, ...] = ()


def content_hash(content: dict[str, Any]) -> str:
    """What an artifact's content is known by."""
    return digest(canonical(content))


def entry_of(
    step: int,
    seat: Seat,
    report: Report,
    hash_of: Callable[[dict[str, Any]], str] = content_hash,
) -> tuple[Entry, dict[str, dict[str, Any]]]:
    """The entry of a report, and the contents of its artifacts by hash."""
    if not report.artifacts:
        return Entry(step=step, seat=seat, report=report), {}
    contents: dict[str, dict[str, Any]] = {}
    refs: list[ArtifactRef] = []
    for artifact in report.artifacts:
        key = hash_of(artifact.content)
        refs.append(ArtifactRef(name=artifact.name, hash=key))
        contents[key] = artifact.content
    bare = report.model_copy(update={"artifacts": ()})
    return Entry(step=step, seat=seat, report=bare, artifacts=tuple(refs)), contents


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredEntry:
    """One row of the journal."""

    entry: Entry
    hash: str
    """Digest of step, seat and body."""
    journalled_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredHandoff:
    """One handoff row with its place in the chain."""

    seq: int
    """The row's number, which its body must repeat."""
    handoff: Handoff
    body: str = field(repr=False)
    """The canonical text that was hashed."""
    previous: str
    hash: str
    written_at: datetime = field(compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class MatterState:
    """How one matter stands after the last report folded."""

    matter: Matter
    step: int
    authority: Seat
    """Who is asked. An open matter may pass from the CTO to the human, with other options."""
    deadline_at: datetime | None = None
    """Wall clock, so the journal does not determine it: the first value written stands."""
    answer: dict[str, Any] | None = None
    """JSON values; `None` while the matter is open."""
    answered_by: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredMatter:
    """One matter as recorded."""

    run_id: str
    state: MatterState
    opened_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ContractVersion:
    """One frozen version of the contract."""

    n: int
    """1 for the first freeze."""
    version: str
    artifact: str
    """Hash of the contract's content; empty where none was rendered."""
    frozen_step: int
    diff: tuple[str, ...] = ()
    """What changed against the version before."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunUpdate:
    """How the run stands now."""

    outcome: Outcome
    reason: str = ""
    handoffs: int = 0
    cost_micros: int = 0
    tokens: int = 0
    elapsed_s: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Projection:
    """What the journal says beside itself: everything so far, or only what the last step added."""

    run: RunUpdate
    handoffs: Sequence[Handoff] = ()
    """May begin anywhere in the sequence, without gaps."""
    matters: Sequence[MatterState] = ()
    """Those that did not change may be left out, as in the sequences below."""
    contracts: Sequence[ContractVersion] = ()
    debts: Sequence[Debt] = ()
    grants: Sequence[Grant] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class CompleteRun:
    """A run that was simulated to its end before anything of it was stored."""

    new: NewRun
    entries: Sequence[Entry]
    contents: Mapping[str, dict[str, Any]]
    """By hash: the content of every artifact that the entries name."""
    projection: Projection
