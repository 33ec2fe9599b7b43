"""What a call costs: prices from genai-prices or given by the user; without one, no call.

The prices are those of the installed package: nothing is fetched. Amounts are whole micro-dollars,
rounded up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Protocol

from remit.agents.model.provider import Usage
from remit.state.errors import InputError


class Price(Protocol):
    """What a model costs."""

    def micros(self, usage: Usage) -> int:
        """What these tokens cost, micro-dollars."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """A price that the user gives, in dollars per million tokens."""

    input: Decimal
    output: Decimal
    cache_read: Decimal
    cache_write: Decimal

    def micros(self, usage: Usage) -> int:
        """What these tokens cost, micro-dollars."""
        total = (
            usage.fresh * self.input + usage.out * self.output
            + usage.cache_read * self.cache_read + usage.cache_write * self.cache_write
        )  # fmt: skip
        return _whole(total)


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """The list price of a model, tiers included."""

    provider: str
    model: str

    def micros(self, usage: Usage) -> int:
        """What these tokens cost, micro-dollars."""
        from genai_prices import Usage as Tokens
        from genai_prices import calc_price

        tokens = Tokens(
            input_tokens=usage.tokens_in,
            cache_read_tokens=usage.cache_read,
            cache_write_tokens=usage.cache_write,
            output_tokens=usage.out,
        )
        found = calc_price(tokens, self.model, provider_id=self.provider)
        return _whole(found.total_price * 1_000_000)


def most(price: Price, tokens_in: int, tokens_out: int) -> int:
    """The most that so many tokens can cost: writing all of them to a cache is the dearest way."""
    plain = price.micros(Usage(fresh=tokens_in, out=tokens_out))
    return max(plain, price.micros(Usage(cache_write=tokens_in, out=tokens_out)))


def price_of(name: str, given: Mapping[str, Given]) -> Price:
    """The price of a model called `provider:model`: the one given for it, else the list price.

    Raises:
        InputError: it has none, so what it would cost cannot be limited.
    """
    if name in given:
        return given[name]
    provider, _, model = name.partition(":")
    listed = Listed(provider=_PROVIDERS.get(provider, provider), model=model)
    try:
        if listed.micros(Usage(fresh=1_000, out=1_000)) > 0:
            return listed
    except LookupError:
        pass
    raise InputError(
        f"model {name[:120]!r}: no price is known for it, so no budget could hold; give one in the "
        f'team file: [prices."{name[:120]}"] with input and output, dollars per million tokens'
    )


_PROVIDERS = {"google_genai": "google", "google_vertexai": "google", "mistralai": "mistral"}
"""LangChain's names of providers that the price list calls otherwise."""


def _whole(micros: Decimal) -> int:
    return int(micros.to_integral_value(rounding=ROUND_CEILING))
