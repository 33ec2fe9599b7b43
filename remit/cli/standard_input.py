"""A brief on standard input."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from remit.state.brief import Brief

MAX_BRIEF_BYTES = 1_000_000
"""Read from stdin; the parser's own cap is lower."""


def standard_input() -> "Brief":
    """The brief on standard input."""
    from remit.state import brief_text
    from remit.state.errors import InputError

    data = sys.stdin.buffer.read(MAX_BRIEF_BYTES + 1)
    if len(data) > MAX_BRIEF_BYTES:
        raise InputError(f"standard input: larger than {MAX_BRIEF_BYTES} bytes; shorten it")
    try:
        return brief_text.parse(data.decode("utf-8"), "standard input")
    except UnicodeDecodeError as error:
        raise InputError(
            f"standard input: is not UTF-8 text (byte {error.start}); give plain UTF-8 text"
        ) from None
