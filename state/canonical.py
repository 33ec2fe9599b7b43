"""One byte form for every value that is hashed, so that equal values have equal hashes."""

import hashlib
import json
from typing import Any

GENESIS = "0" * 64
"""The hash before the first row of a chain."""


_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
)


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces; floats are refused, because their text is not portable.

    Raises:
        TypeError: `value` holds something JSON has no form for.
        ValueError: `value` holds a NaN or an infinity.
    """
    return _ENCODER.encode(value)


def digest(text: str) -> str:
    """SHA-256 of the text in UTF-8, as 64 hex digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
