"""What a model is told about the role that it plays."""

from functools import lru_cache

from remit.agents.card import built_in, prompt_text
from remit.state.vocabulary import Seat


@lru_cache
def card_text(seat: Seat) -> str:
    """What a seat without a card of its own is told: the role's card that comes with Remit."""
    return prompt_text(built_in(seat))
