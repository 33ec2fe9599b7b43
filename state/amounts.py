"""The numbers of a policy: counts, tokens, dollars and scores, as a file may write them."""

import re
from decimal import Decimal
from typing import Annotated, Final

from pydantic import BeforeValidator, PlainSerializer, StringConstraints
from pydantic_core import PydanticCustomError

MICROS = 1_000_000
"""Micro-dollars in a dollar."""
UNLIMITED: Final = "unlimited"
"""What a file writes for a limit that is not there; `None` in Python."""
_WRITTEN = re.compile(r"[0-9]{1,7}(\.[0-9]{1,6})?")


def whole(most: int, least: int = 0, open_ended: bool = False) -> BeforeValidator:
    """A check for whole numbers from `least` to `most`; `open_ended` ones may be unlimited."""
    words = f"write a whole number from {least} to {most}"
    words += f' or "{UNLIMITED}"' if open_ended else ""

    def check(given: object) -> int | None:
        if given is None or given == UNLIMITED:
            if open_ended:
                return None
            raise PydanticCustomError(
                "unlimited", "can never be unlimited; {words}", {"words": words}
            )
        if isinstance(given, int) and not isinstance(given, bool) and least <= given <= most:
            return given
        raise PydanticCustomError("whole", "{words}", {"words": words})

    return BeforeValidator(check)


def _money(open_ended: bool) -> BeforeValidator:
    """A check for dollars: a number from 0 to a million with at most six decimal places."""
    words = "write dollars from 0 to 1000000 with at most 6 decimal places"
    words += f' or "{UNLIMITED}"' if open_ended else ""

    def check(given: object) -> Decimal | None:
        if open_ended and (given is None or given == UNLIMITED):
            return None
        amount = _decimal(given)
        if amount is not None and amount.is_finite() and 0 <= amount <= MICROS:
            micros = amount * MICROS
            if micros == int(micros):
                return amount
        raise PydanticCustomError("money", "{words}", {"words": words})

    return BeforeValidator(check)


def _decimal(given: object) -> Decimal | None:
    """An exact amount; text is what `model_dump` writes for an amount with decimal places."""
    if isinstance(given, str) and _WRITTEN.fullmatch(given):
        return Decimal(given)
    if isinstance(given, int | Decimal) and not isinstance(given, bool):
        return Decimal(given)
    return None


def _write_count(value: int | None) -> int | str:
    return UNLIMITED if value is None else value


def _write_money(value: Decimal | None) -> int | str:
    if value is None:
        return UNLIMITED
    return int(value) if value == int(value) else f"{value.normalize():f}"


MOST = 1_000_000
"""The largest count."""
_TOKENS = 1_000_000_000
_write = PlainSerializer(_write_count)
_write_dollars = PlainSerializer(_write_money)

Count = Annotated[int | None, whole(MOST, open_ended=True), _write]
Tokens = Annotated[int | None, whole(_TOKENS, open_ended=True), _write]
Dollars = Annotated[Decimal | None, _money(open_ended=True), _write_dollars]
Step = Annotated[int, whole(MOST)]
TokenStep = Annotated[int, whole(_TOKENS)]
Money = Annotated[Decimal, _money(open_ended=False), _write_dollars]
Score = Annotated[int, whole(100)]
OneLine = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
