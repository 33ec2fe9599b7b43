"""Providers of models by name."""

from remit.agents.model.chat import PACKAGES, Chat
from remit.agents.model.provider import Provider
from remit.state.errors import InputError
from remit.state.suggest import advice, quoted


def provider_of(name: str) -> Provider:
    """Who sells the model called `provider:model`.

    Raises:
        InputError: nobody of that name is known here.
    """
    provider, _, model = name.partition(":")
    if provider == "anthropic" and model:
        from remit.agents.model.anthropic_api import Anthropic

        return Anthropic(model)
    if provider in PACKAGES and model:
        return Chat(provider, model)
    known = ["anthropic", *PACKAGES]
    if provider in known:
        raise InputError(f"model {quoted(name)}: names no model after the colon")
    raise InputError(
        f"model {quoted(name)}: there is no provider {quoted(provider)}; {advice(provider, known)}"
    )
