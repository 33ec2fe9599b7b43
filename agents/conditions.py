"""Conditions that Backend runs into, and the words in which they are put to an authority."""

from collections.abc import Mapping
from typing import NamedTuple

from remit.state.vocabulary import Trigger


class Words(NamedTuple):
    """How a condition is put as a question."""

    text: str
    mark: str
    """What stands in every wording of the question, the guards' too."""


CONDITION_WORDS: Mapping[Trigger, Words] = {
    Trigger.NEW_COMPONENT: Words(
        "a component that is needed is not in the approved stack", "is not in the approved stack"
    ),
    Trigger.OVER_BUDGET: Words("the estimate is over what the ceiling is", "the ceiling is"),
    Trigger.SECURITY_CONFLICT: Words(
        "a security requirement cannot be met together with another", "cannot be met together with"
    ),
    Trigger.CONTRACT_DRIFT: Words(
        "the code departs from the frozen contract", "departs from the frozen contract"
    ),
}


def open_conditions(
    conditions: tuple[Trigger, ...], rulings: tuple[str, ...]
) -> tuple[Trigger, ...]:
    """The conditions that nobody has ruled on: those that the guards would turn into a question."""
    if not conditions:
        return ()
    return tuple(
        trigger
        for trigger in conditions
        if not any(CONDITION_WORDS[trigger].mark in ruling for ruling in rulings)
    )
