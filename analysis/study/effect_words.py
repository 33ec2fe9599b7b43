"""What factors do, alone and together, in a sentence each."""

from remit.analysis.study.effects import Effect, Interaction
from remit.analysis.study.responses import NATURES, change, said
from remit.analysis.study.results import level_words
from remit.analysis.study.terms import meaning, with_key
from remit.analysis.wording import begun


def effect_words(one: Effect) -> str:
    """What a factor does."""
    words, name = NATURES[one.response].words, begun(with_key(one.factor))
    if not one.is_clear and one.span == one.high:
        return f"{name} does not move {words}."
    if not one.is_clear:
        return f"{name} moves {words} by too little to be seen ({_range(one)})."
    best = max(one.steps, key=lambda step: step.value)
    worst = min(one.steps, key=lambda step: step.value)
    return (
        f"{name} moves {words} by {_range(one)}: from {said(one.response, worst.value)} at "
        f"{level_words(worst.level)} to {said(one.response, best.value)} at "
        f"{level_words(best.level)}."
    )


def _range(one: Effect) -> str:
    low, by, high = (
        change(one.response, max(0.0, value)).lstrip("+") for value in (one.low, one.span, one.high)
    )
    return by if low == by == high else f"{by} [{low} to {high}]"


def interaction_words(one: Interaction) -> str:
    """How two factors act on each other."""
    first, second = map(meaning, one.factors)
    left = change(one.response, one.strength).lstrip("+")
    if not one.is_clear:
        return (
            f"{begun(first)} and {second} do not visibly act on each other in "
            f"{NATURES[one.response].words} (largest rest {left})."
        )
    return (
        f"{begun(first)} and {second} act on each other: together they move "
        f"{NATURES[one.response].words} by up to {left} more or less than each alone adds up to."
    )
