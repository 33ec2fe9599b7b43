"""What routing hears of a report: a small, bounded value."""

from enum import IntFlag
from functools import cache
from typing import NamedTuple

from remit.state.vocabulary import EventKind, Seat

BIT: dict[Seat, int] = {seat: 1 << index for index, seat in enumerate(Seat)}
"""One bit for each seat, in seat order."""


def mask(*seats: Seat) -> int:
    """The set of seats as an integer."""
    return sum(BIT[seat] for seat in set(seats))


@cache
def seats(bits: int) -> tuple[Seat, ...]:
    """The seats of a mask, in seat order."""
    return tuple(seat for seat, bit in BIT.items() if bits & bit)


class Item(IntFlag):
    """What can wait on the docket."""

    NONE = 0
    QUESTION = 1
    CONTRACT_CHANGE = 2
    SCOPE_CHANGE = 4
    REQUIREMENTS = 8
    """A requirement gap, for the PM."""
    CONTRACT = 16
    """A fault in the draft contract, for Backend."""
    BACKEND = 32
    FRONTEND = 64


SECURITY_GRADE = 2
"""Grade of a finding: 1 ordinary, 2 security, 3 critical security; 0 is none."""
CRITICAL_GRADE = 3


class Event(NamedTuple):
    """One report, as `advance` sees it. Masks are sets of seats; grades run from 0 to 3."""

    kind: EventKind
    requirements: int = 0
    """Grade (0 or 1) of a requirement gap."""
    contract: int = 0
    """Grade of the findings against the draft contract."""
    backend: int = 0
    """Grade of the findings that Backend must mend in the build."""
    frontend: int = 0
    contract_asked: int = 0
    """The reporting seat's bit if it requests a contract change."""
    scope_asked: int = 0
    """The reporting seat's bit if it requests a change of scope."""
    critical: int = 0
    """1 when the contract change requested mends a critical security flaw."""
    affected: int = 0
    """Builders whose work the requested contract change meets."""
    question: int = 0
    """0 none, 1 for the CTO, 2 for the human."""
    repeat: int = 0
    """Items (`Item`) that come back after they were ruled on or reworked."""
    budget: int = 0
    """1 when a budget of the policy is used up."""
    approved: int = 0
    """On change requests: 1 contract, 2 scope, 3 both."""


APPROVED_CONTRACT = 1
APPROVED_SCOPE = 2
