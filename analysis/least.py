"""A set that suffices and from which nothing can be taken out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

One = TypeVar("One")


@dataclass(frozen=True, kw_only=True, slots=True)
class Least(Generic[One]):
    """What is left of a set that suffices."""

    kept: tuple[One, ...]
    bare: bool
    """Whether none of it can be taken out; else the tries ran out before that was known."""


def least(
    whole: Sequence[One], suffices: Callable[[tuple[One, ...]], bool], tries: int
) -> Least[One]:
    """A smallest part of a set that suffices: without any one of its own it no longer does.

    Halves are taken out first, then ever smaller pieces, at last one by one until a whole round
    takes nothing out; so k of n cost about 2 k log2(n / k) tries, not n of them a round. Where
    the parts hinder one another another part may be smaller still.

    Args:
        whole: a set that suffices; what is tried first stands first.
        suffices: whether a part does. It is never asked about the whole or about nothing.
        tries: how often it may be asked.
    """
    kept, size, left = tuple(whole), max(1, len(whole) // 2), tries
    while True:
        before, at = kept, 0
        while at < len(kept) > 1:
            without = kept[:at] + kept[at + size :]
            if without:
                if not left:
                    return Least(kept=kept, bare=False)
                left -= 1
            if without and suffices(without):
                kept = without
            else:
                at += size
        if size == 1 and kept == before:
            return Least(kept=kept, bare=True)
        size = max(1, size // 2)
