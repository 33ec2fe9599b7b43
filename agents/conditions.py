"""Conditions that Backend runs into, and the words in which they are put to an authority."""

from collections.abc import Mapping

from remit.state.vocabulary import Trigger

CONDITION_WORDS: Mapping[Trigger, str] = {
    Trigger.NEW_COMPONENT: "a component that is needed is not in the approved stack",
    Trigger.OVER_BUDGET: "the estimate is over what the ceiling is",
    Trigger.SECURITY_CONFLICT: "a security requirement cannot be met together with another",
    Trigger.CONTRACT_DRIFT: "the code departs from the frozen contract",
}
"""How a condition is put as a question."""
