"""A moment that a person names: a date, a time, or how long ago."""

import re
from datetime import UTC, datetime, timedelta

from remit.state.errors import InputError
from remit.state.suggest import quoted

_AGO = re.compile(r"([0-9]{1,6})\s*(m|h|d|w)")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def moment_named(text: str, now: datetime, option: str = "since") -> datetime:
    """The moment meant by `2026-11-20`, `2026-11-20T09:30`, `30m`, `24h`, `7d` or `2w`.

    A date is its first instant. Without a zone it is UTC, as times are shown. `option` is what an
    error calls the text.

    Raises:
        InputError: it is none of these.
    """
    said = text.strip()
    ago = _AGO.fullmatch(said)
    try:
        if ago:
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        named = datetime.fromisoformat(said)
        known = named if named.tzinfo else named.replace(tzinfo=UTC)
        return known.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InputError(
            f"{option}: {quoted(text)} is no moment; give a date (2026-11-20), "
            "a time (2026-11-20T09:30) or how long ago (30m, 24h, 7d, 2w)"
        ) from None
