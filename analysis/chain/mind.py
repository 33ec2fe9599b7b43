"""What a run must remember beside its position, in one whole number.

The simulated team is a Markov chain over position and *mind*. A mind holds

- for each kind of flaw a digit: absent, hidden, accepted as debt, newly named, or reported with
  three marks. *handed*: its finding was given to its owner before, *ruled*: its request was ruled
  on before (either makes the same thing come back as no progress), *waits*: it is on the docket now
  (what is waived or handed over is what waits there). *Newly named* is apart from reported, because
  a group sees the flaws as they were when it was assigned, and forgets them when it must report
  again;
- of a flaw that is there, what its place decides: whether a security flaw was made in the build,
  is critical, and whom a change of the contract meets;
- who asked: a seat that has reported in this group asks a question of its own; a seat that still
  owes had its own question answered just now, and can ask it again;
- the conditions that were ruled on, and those that wait for their ruling.

Nothing of it can be left out: each is read by some report (finding, repeating, mending, asking), or
tells what ships. Places, fingerprints and words of rulings are not needed, because no flaw is taken
for an earlier one, and nothing else about them is ever asked.
"""

import numpy as np
from numpy.typing import NDArray

from remit.agents.quantities import CONDITIONS
from remit.state.vocabulary import FlawKind, Trigger

Words = NDArray[np.int64]

ABSENT, HIDDEN, WAIVED, NEW, REPORTED = 0, 1, 2, 3, 8
"""Digits; from `REPORTED` on its three marks are added."""
HANDED, RULED, WAITS = 1, 2, 4
_WIDTH = 4
KINDS: tuple[FlawKind, ...] = tuple(FlawKind)
SHIFT: dict[FlawKind, int] = {kind: _WIDTH * place for place, kind in enumerate(KINDS)}
"""Where the digit of each kind begins."""
DIGITS = 1 << _WIDTH

_AFTER = _WIDTH * len(KINDS)
IN_BUILD = 1 << _AFTER
"""The security flaw was made in the build."""
CRITICAL = 2 << _AFTER
SECURITY_MEETS = 4 << _AFTER
"""The change that mends the security flaw meets Frontend."""
GAP_MEETS = 8 << _AFTER
"""The change that mends the contract gap meets Frontend."""
ASKED = _AFTER + 4
"""Where the mask of the seats who asked begins."""
TRIGGERS: tuple[Trigger, ...] = (*CONDITIONS, Trigger.TENANCY_UNCLEAR, Trigger.MISSING_INPUT)
"""Conditions that can hold, in the order of their bits."""
TRIGGER_BIT: dict[Trigger, int] = {trigger: 1 << place for place, trigger in enumerate(TRIGGERS)}
SETTLED = ASKED + 8
"""Where the bits of the conditions that were ruled on begin."""
PENDING = SETTLED + len(TRIGGERS)
"""Where the bits of the conditions that wait for their ruling begin."""
BITS = PENDING + len(TRIGGERS)
"""Bits of a mind."""
ALL_SEATS = 255 << ASKED
ALL_PENDING = ((1 << len(TRIGGERS)) - 1) << PENDING
CLASS: dict[FlawKind, int] = {
    FlawKind.SECURITY_FLAW: IN_BUILD | CRITICAL | SECURITY_MEETS,
    FlawKind.CONTRACT_GAP: GAP_MEETS,
}
"""What is known of a flaw beside its digit; 0 where it is absent or accepted."""


def digit(minds: Words, kind: FlawKind) -> Words:
    """The digit of a kind."""
    return (minds >> SHIFT[kind]) & (DIGITS - 1)


def with_digit(minds: Words, kind: FlawKind, digits: Words | int) -> Words:
    """The minds with another digit of a kind."""
    return (minds & ~((DIGITS - 1) << SHIFT[kind])) | (np.asarray(digits) << SHIFT[kind])


def is_reported(digits: Words) -> NDArray[np.bool_]:
    """Where a digit says that the flaw was named and not mended."""
    return digits >= NEW


# What a completed step does to a digit, in the order in which the ledger does it.
RULES, REGROUPS, HANDS, WAIVES, LEAVES, COMPLETES = (1 << place for place in range(6))
"""The request is ruled on; the group forgets; the finding goes to its owner; it is waived; it is on
the docket no more; the step is complete."""


def _after(operation: int, before: int) -> int:
    """The digit that one operation leaves."""
    if before < REPORTED and before != NEW:
        return before
    fresh = before == NEW
    marks = WAITS if fresh else before - REPORTED
    if operation & RULES:
        marks |= RULED
    if operation & REGROUPS:
        if fresh:
            return HIDDEN
        marks &= ~WAITS
    if operation & HANDS and marks & WAITS:
        marks |= HANDED
    if operation & WAIVES and marks & WAITS:
        return WAIVED
    if operation & LEAVES:
        marks &= ~WAITS
    return REPORTED + marks


AFTER: NDArray[np.int64] = np.array(
    [
        [_after(operation, before) if operation & COMPLETES else before for before in range(DIGITS)]
        for operation in range(64)
    ]
)
"""By operation and digit, the digit after it."""
