"""A finite Markov chain written out, in the languages of the model checkers PRISM and Storm.

PRISM's own language takes one command for each state here, and a checker tries every command at
every state, so it is for small chains. Storm's explicit format (DRN) takes chains of any size.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.state.errors import InputError

Values = NDArray[np.float64]
MOST_IN_PRISM = 20_000
"""States; the time that a checker takes to build the chain grows with their square."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """A chain of n states and m transitions; it starts in state 0, and ends go round in themselves.

    Transitions stand in the order of their source, and the probabilities of a state sum to 1.
    """

    source: NDArray[np.intp]
    """Shape (m,)."""
    target: NDArray[np.intp]
    probability: Values
    labels: Mapping[str, NDArray[np.bool_]]
    """By name, where it holds; shape (n,)."""
    rewards: Mapping[str, Values]
    """By name, what each state earns when it is left; shape (n,)."""
    size: int
    """n."""


def prism(listing: Listing) -> Iterator[str]:
    """The chain as a PRISM program, line by line.

    Raises:
        InputError: more than `MOST_IN_PRISM` states.
    """
    if listing.size > MOST_IN_PRISM:
        raise InputError(
            f"--export prism: the chain has {listing.size:,} states, and a program of more than "
            f"{MOST_IN_PRISM:,} would take hours to read; write --export drn, which Storm reads"
        )
    return _program(listing)


def _program(listing: Listing) -> Iterator[str]:
    yield "dtmc"
    yield ""
    yield "module chain"
    yield f"  s : [0..{max(1, listing.size - 1)}] init 0;"
    for state, ways in _by_state(listing):
        told = " + ".join(f"{chance!r}:(s'={target})" for target, chance in ways)
        yield f"  [] s={state} -> {told};"
    yield "endmodule"
    for name, holds in listing.labels.items():
        where = " | ".join(f"s={state}" for state in np.flatnonzero(holds).tolist())
        yield f'label "{name}" = {where or "false"};'
    for name, earned in listing.rewards.items():
        yield ""
        yield f'rewards "{name}"'
        # a structure without an item is an error of syntax
        for state in np.flatnonzero(earned).tolist() or [0]:
            yield f"  s={state} : {float(earned[state])!r};"
        yield "endrewards"


def drn(listing: Listing) -> Iterator[str]:
    """The chain in Storm's explicit format, line by line; labels that hold nowhere are left out."""
    yield "@type: DTMC"
    yield "@parameters"
    yield ""
    yield "@reward_models"
    yield " ".join(listing.rewards)
    yield "@nr_states"
    yield str(listing.size)
    yield "@nr_choices"
    yield str(listing.size)
    yield "@model"
    named = [(name, holds.tolist()) for name, holds in listing.labels.items() if holds.any()]
    earned = [values.tolist() for values in listing.rewards.values()]
    for state, ways in _by_state(listing):
        here = [name for name, holds in named if holds[state]]
        names = " ".join([*(["init"] if state == 0 else []), *here])
        rewards = f"[{', '.join(repr(values[state]) for values in earned)}]" if earned else ""
        yield " ".join(part for part in (f"state {state}", rewards, names) if part)
        yield "\taction 0"
        for target, chance in ways:
            yield f"\t\t{target} : {chance!r}"


def _by_state(listing: Listing) -> Iterator[tuple[int, list[tuple[int, float]]]]:
    """Each state with the states that can follow it and their probabilities."""
    first = np.searchsorted(listing.source, np.arange(listing.size + 1)).tolist()
    target, chance = listing.target.tolist(), listing.probability.tolist()
    for state in range(listing.size):
        here = slice(first[state], first[state + 1])
        yield state, list(zip(target[here], chance[here], strict=True))
