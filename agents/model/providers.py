"""Providers of models by name."""

from remit.agents.model.provider import Provider
from remit.state.errors import InputError
from remit.state.suggest import quoted


def provider_of(name: str) -> Provider:
    """Who sells the model called `provider:model`.

    Raises:
        InputError: nobody of that name is known here.
    """
    provider, _, model = name.partition(":")
    if provider == "anthropic" and model:
        from remit.agents.model.anthropic_api import Anthropic

        return Anthropic(model)
    raise InputError(
        f"model {quoted(name)}: only anthropic:MODEL is known; seat another one with a command "
        "or a Python function"
    )
