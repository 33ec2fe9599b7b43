"""What sampled runs came to, as columns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.state.vocabulary import Stage

Amounts = NDArray[np.int64]
STAGES: tuple[Stage, ...] = tuple(Stage)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """What each of n runs came to; every field has a value for each run, in the runs' order."""

    end: Amounts
    """Where it ended: place in `STAGES`."""
    ended_by: Amounts
    """The limit that ended it: place in `Limit`; -1 where none did."""
    handoffs: Amounts
    """Assignments issued."""
    tokens: Amounts
    cost_micros: Amounts
    elapsed_s: Amounts
    cto: Amounts
    """Matters put to the CTO."""
    human: Amounts
    """Matters put to the human; release approvals are not among them."""
    rework: Amounts
    """Rework rounds: spent under the four limits of rework and review."""
    contracts: Amounts
    """Contract versions frozen."""
    changes: Amounts
    """Change requests admitted."""
    escaped: Amounts
    """Kinds of flaw (bits, in the order of `FlawKind`) that shipped and nobody accepted."""
    accepted: Amounts
    """Kinds of flaw (bits) that were accepted as debt."""
    debts: Amounts
    """Waivers written down."""
    reached: NDArray[np.bool_]
    """Shape (loops, n): whether the end of each limit was reached, in the order of `LOOPS`."""
    over_budget: NDArray[np.bool_]
    """Whether a budget was used up."""
    visits: NDArray[np.int32]
    """Shape (stages, n): how often each stage was assigned."""

    @property
    def runs(self) -> int:
        """How many there are."""
        return len(self.end)
