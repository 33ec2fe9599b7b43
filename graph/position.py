"""The routing state of a run: small, immutable, hashable and bounded."""

from typing import NamedTuple

from remit.state.vocabulary import LOOPS, Limit, MatterKind, Stage

UNLIMITED = -1
"""What remains under a limit that the policy leaves open: spending does not change it."""


class Position(NamedTuple):
    """Where a run stands. Masks are sets of seats (`graph.event.BIT`); grades run from 0 to 3."""

    stage: Stage
    """Where the open assignments are."""
    home: Stage
    """The work stage that the run is in, or that its open matter came from."""
    owed: int = 0
    """Seats that still owe a report."""
    again: int = 0
    """Seats that are assigned again once the docket allows."""
    todo: int = 0
    """Builders whose work is not delivered."""
    settled: int = 0
    """Seats that must deliver or judge without another change request during this visit."""
    question: int = 0
    """0 none, 1 for the CTO, 2 for the human."""
    contract_asked: int = 0
    """Seats whose contract change request waits to be admitted."""
    scope_asked: int = 0
    contract_change: int = 0
    """Seats whose contract change request waits for its ruling."""
    scope_change: int = 0
    critical: int = 0
    """1 when a contract change in hand mends a critical security flaw: only a person refuses it."""
    affected: int = 0
    """Builders that the contract changes in hand would affect."""
    reopen: int = 0
    """An approved change on its way: 1 to the contract, 2 to the requirements."""
    requirements: int = 0
    contract: int = 0
    backend: int = 0
    frontend: int = 0
    stuck: int = 0
    """Items (`Item`) that made no progress."""
    budget: int = 0
    matter: MatterKind = MatterKind.NONE
    about: int = 0
    """The `Item` that the open matter is about."""
    frozen: int = 0
    """1 when change requests are no longer taken."""
    sealed: int = 0
    """1 when the contract is frozen: the build has started."""
    left_requirement_rework: int = 0
    left_contract_review: int = 0
    left_change_requests: int = 0
    left_rework_backend: int = 0
    left_rework_frontend: int = 0
    left_no_progress: int = 0
    left_escalations: int = 0
    left_human_questions: int = 0
    left_grants: int = 0

    def left(self, limit: Limit) -> int:
        """What remains under a loop's limit; `UNLIMITED` where the policy sets none."""
        value: int = getattr(self, LEFT[limit])
        return value


LEFT: dict[Limit, str] = {limit: f"left_{limit}" for limit in LOOPS}
"""The field that carries what remains under each loop's limit."""
