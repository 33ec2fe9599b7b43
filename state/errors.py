"""Errors that a user can act on. Everything else that is raised is a bug.

RemitError
├── InputError        a brief, policy, behaviour, script or argument is wrong (exit 2)
├── RecordError       the database cannot be used or does not verify
│   ├── DatabaseError     not ours, newer, damaged, full, not writable (exit 2)
│   ├── RunBusy           another process owns the run (exit 2)
│   └── Tampered          the record differs from its journal (exit 5)
├── Unsafe            a policy fails a safety property (exit 5)
├── EventRefused      a report answers what its assignment does not offer
└── AgentFailed       an agent could not produce a report (exit 4)
"""

from collections.abc import Sequence


class RemitError(Exception):
    """Base of all expected errors; `str()` is one line for a person."""

    exit_code = 2


class InputError(RemitError):
    """What the user gave is wrong; carries every problem found, one line each."""

    def __init__(self, problems: str | Sequence[str]) -> None:
        self.problems = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__("\n".join(self.problems))

    def __reduce__(self) -> tuple[type["InputError"], tuple[tuple[str, ...]]]:
        return type(self), (self.problems,)


class RecordError(RemitError):
    """The record cannot be used."""


class DatabaseError(RecordError):
    """The database file is not usable as it is."""


class RunBusy(RecordError):
    """Another process owns the run."""


class Tampered(RecordError):
    """A stored row differs from what the journal says."""

    exit_code = 5


class Unsafe(RemitError):
    """A run is refused, because its policy is known to fail a safety property."""

    exit_code = 5


class EventRefused(RemitError):
    """A report answers with an event that its assignment does not offer."""


class AgentFailed(RemitError):
    """An agent raised or could not produce a valid report; the run can be resumed."""

    exit_code = 4
