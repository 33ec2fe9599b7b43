"""What a report says, in one whole number: an event of the rules, and what is noted beside it."""

from collections.abc import Mapping
from itertools import accumulate

import numpy as np

from remit.analysis.arrays.columns import EVENT_PLACE, Block, Column
from remit.analysis.chain.mind import Words
from remit.graph.event import BIT
from remit.state.vocabulary import BUILDERS

_WIDTHS: Mapping[str, int] = {
    "kind": 4, "requirements": 1, "contract": 2, "backend": 2, "frontend": 1,
    "contract_asked": 1, "scope_asked": 1, "critical": 1, "affected": 2, "question": 2,
    "repeat": 7, "budget": 1, "approved": 2,
}  # fmt: skip
"""Bits of each field; who asks is known, and only builders can be affected."""
AT: Mapping[str, int] = dict(zip(_WIDTHS, accumulate(_WIDTHS.values(), initial=0), strict=False))
"""Where each field of an event begins."""
_BUILDERS_AT = BIT[BUILDERS[0]].bit_length() - 1
EVENT_BITS = sum(_WIDTHS.values())
EVENT = (1 << EVENT_BITS) - 1
KIND = 15
"""The kind of event."""
BUDGET = 1 << AT["budget"]

MET = 1 << EVENT_BITS
"""Backend ran into a condition."""
ASKS = 2 << EVENT_BITS
"""A change request is among what is said, taken or not."""
FINDS = 4 << EVENT_BITS
SILENT = 8 << EVENT_BITS
"""A person did not answer; the event is the default."""
_UNTAKEN_AT = 4 + EVENT_BITS
UNTAKEN = 1 << _UNTAKEN_AT
"""One of at most two requests that are not taken."""
OWN = 64 << EVENT_BITS
"""The seat asks for its own sake: nothing is handed in."""
DELIVERS = 128 << EVENT_BITS
"""Work is delivered that may contain flaws."""
MENDS = 256 << EVENT_BITS
"""It mends something, rather than being made for the first time or anew."""


def heard(words: Words, field: str) -> Words:
    """One field of the events."""
    return (words >> AT[field]) & ((1 << _WIDTHS[field]) - 1)


def untaken(words: Words) -> Words:
    """How many requests were not taken."""
    return (words >> _UNTAKEN_AT) & 3


def affected(seats: Words) -> Words:
    """Masks of builders as words hold them."""
    return seats >> _BUILDERS_AT << AT["affected"]


def unpacked(words: Words, seats: Column) -> Block:
    """The events as columns, each said by one seat (its bit)."""
    block = np.empty((len(EVENT_PLACE), len(words)), np.int16)
    for name, place in EVENT_PLACE.items():
        block[place] = heard(words, name)
    block[EVENT_PLACE["affected"]] <<= _BUILDERS_AT
    for name in ("contract_asked", "scope_asked"):
        block[EVENT_PLACE[name]] *= seats
    return block
