"""What a move does to minds: what the ledger books of flaws, and what need not be remembered."""

import numpy as np

from remit.analysis.chain import mind
from remit.analysis.chain.keys import Keys
from remit.analysis.chain.mind import Words
from remit.analysis.chain.moves import IN_WORK, Moves

_LOW = sum(1 << shift for shift in mind.SHIFT.values())
_HIGH = _LOW * mind.REPORTED
_BRIEF = mind.ALL_SEATS | mind.ALL_PENDING
_SHIFTS = np.array([mind.SHIFT[kind] for kind in mind.KINDS])[:, None]
_OPERATIONS = 6 * np.arange(len(mind.KINDS))[:, None]
"""Where the operation on each kind begins (`Moves.told`)."""
_CLASSES = np.array([mind.CLASS.get(kind, 0) for kind in mind.KINDS])[:, None]


def settled(moves: Moves, move: Keys, target: Keys, minds: Words) -> Words:
    """The minds after a move: what the ledger books, and what need not be remembered."""
    # hidden, accepted and absent flaws stay what they are; only few minds hold others
    some = np.flatnonzero(minds & _HIGH | minds & minds >> 1 & _LOW | minds & _BRIEF)
    operations = moves.told("operations", move[some])
    done = np.flatnonzero(operations)
    if not len(done):
        return minds
    minds, some, operations = minds.copy(), some[done], operations[done]
    after = minds[some]
    old = (after >> _SHIFTS) & (mind.DIGITS - 1)
    new = mind.AFTER[(operations >> _OPERATIONS) & 63, old]
    after += ((new - old) << _SHIFTS).sum(0)
    # of what is waived only that is known
    after &= ~np.bitwise_or.reduce((new == mind.WAIVED) * _CLASSES, axis=0)
    minds[some] = _remembered(moves, move[some], target[some], after)
    return minds


def _remembered(moves: Moves, move: Keys, target: Keys, minds: Words) -> Words:
    """Who asked and which conditions wait, as long as it can be read."""
    busy = np.flatnonzero(minds & (mind.ALL_SEATS | mind.ALL_PENDING))
    if not len(busy):
        return minds
    some, move, target = minds[busy], move[busy], target[busy]
    waits = moves.field("question", target) > 0
    answered = moves.told("answered", move) != 0
    work = IN_WORK[moves.field("stage", target)]
    issued = moves.told("issued", move) << mind.ASKED
    ruled = some | (some & mind.ALL_PENDING) >> (mind.PENDING - mind.SETTLED)
    some = np.where(answered, ruled, some)
    kept = np.where(answered & work, some & issued, 0)
    rest = some & ~(mind.ALL_SEATS | mind.ALL_PENDING)
    minds[busy] = np.where(waits, some, rest | kept)
    return minds
