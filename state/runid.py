"""Names of runs: short ids that sort by time, and the names a user may choose instead."""

import re
from datetime import UTC, datetime

from remit.state.errors import InputError

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
_TICKS_PER_S = 8
_TIME_DIGITS = 7
_TOKEN_DIGITS = 3
TOKENS = 32**_TOKEN_DIGITS
"""How many runs can begin in the same eighth of a second."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def run_id(now: datetime, token: int) -> str:
    """Ten Crockford base-32 digits: eighths of a second since 2024, then the token modulo `TOKENS`.

    Later runs sort later until the year 2160; a clock before 2024 counts as the first tick.
    """
    ticks = max(0, int((now - _EPOCH).total_seconds() * _TICKS_PER_S))
    return _digits(ticks, _TIME_DIGITS) + _digits(token, _TOKEN_DIGITS)


def is_name(text: str) -> bool:
    """Whether a run may have this name; so may every beginning of it but the empty one."""
    return _NAME.fullmatch(text) is not None


def checked_name(name: str) -> str:
    """The name itself, if a run may have it.

    Raises:
        InputError: the name could be taken for a path or an option, or is too long.
    """
    if not is_name(name):
        raise InputError(
            f"run name {name[:80]!r}: use 1 to 64 letters, digits, '.', '_' or '-', "
            "beginning with a letter or digit."
        )
    return name


def _digits(number: int, count: int) -> str:
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(count)))
