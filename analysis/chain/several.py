"""Several behaviours side by side: a number in one is here a column, with one for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from remit.agents.behaviour import Behaviour
from remit.agents.draws import Probability
from remit.analysis.chain.luck import Column64, Means, threshold_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Amounts:
    """An amount of each behaviour; they all vary by the same share."""

    value: Means
    share: Probability


class Several:
    """Answers what a team asks of its behaviour, with a column in place of each number."""

    def __init__(self, behaviours: Sequence[Behaviour]) -> None:
        first = behaviours[0]
        self._numbers = {
            path: np.array([one.values[path].value for one in behaviours], np.int64)
            for path in first.values
        }
        self._thresholds: dict[str, Column64] = {}
        self.values: Mapping[str, Amounts] = {
            path: Amounts(value=self._numbers[path], share=quantity.share)
            for path, quantity in first.values.items()
        }

    def chance(self, path: str) -> Column64:
        """The thresholds of a probability."""
        known = self._thresholds.get(path)
        if known is None:
            chances = map(Probability, self._numbers[path].tolist())
            known = self._thresholds[path] = np.array([threshold_of(one) for one in chances])
        return known

    def amount(self, path: str) -> Means:
        """The weights of an answer."""
        return self._numbers[path]


def side_by_side(behaviours: Sequence[Behaviour]) -> Behaviour:
    """The behaviours as what a team takes for one; it works wherever columns carry their place."""
    return cast(Behaviour, Several(behaviours))
