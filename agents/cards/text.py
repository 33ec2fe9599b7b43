"""The bytes of a card as text: its encoding by its mark, its lines, and nothing hidden in them.

A card is what somebody has already, so what other files of ours are refused for is left out here
and told: characters that steer a terminal or that nobody sees. A person reads what a model reads.
"""

import re
from typing import NamedTuple

from remit.state.errors import InputError

MAX_BYTES = 262_144
_LINE_END = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_HIDDEN = re.compile(
    "[\x01-\x08\x0e-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e01ef]"
)
"""Controls, turned lines, blanks of no width, and tags; joiners stay, for scripts need them."""


class Tidy(NamedTuple):
    """A text that can be read line by line."""

    lines: list[str]
    warnings: tuple[str, ...]


def decoded(data: bytes, where: str) -> str:
    """The text of a file: UTF-8, or UTF-16 where a byte order mark says so.

    Raises:
        InputError: it is neither.
    """
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return data.decode("utf-16" if marked else "utf-8")
    except UnicodeDecodeError as error:
        kind = "UTF-16" if marked else "UTF-8"
        raise InputError(
            f"{where}: is not {kind} text (byte {error.start}); save it as plain UTF-8 text"
        ) from None


def tidied(text: str, where: str) -> Tidy:
    """The lines of a text, without what is hidden in it.

    Raises:
        InputError: it is empty or too large, or holds a NUL or half a character.
    """
    half = next((n for n, char in enumerate(text) if "\ud800" <= char <= "\udfff"), None)
    if half is not None:
        raise InputError(f"{where}: character {half} is half a character; remove it")
    if len(text) > MAX_BYTES:
        raise InputError(f"{where}: larger than {MAX_BYTES} bytes; shorten it")
    lines = _LINE_END.sub("\n", text.removeprefix("\ufeff")).split("\n")
    for number, line in enumerate(lines, start=1):
        if "\0" in line:
            raise InputError(
                f"{where}:{number}: holds a NUL, so it is not plain text; save it as UTF-8 text"
            )
    bare = [_HIDDEN.sub("", line) for line in lines]
    if not any(line.strip() for line in bare):
        raise InputError(f"{where}: is empty; say who the agent is and how it works")
    return Tidy(bare, _told(lines, bare, where))


def _told(lines: list[str], bare: list[str], where: str) -> tuple[str, ...]:
    changed = [n for n, (old, new) in enumerate(zip(lines, bare, strict=True), 1) if old != new]
    if not changed:
        return ()
    count = sum(len(line) for line in lines) - sum(len(line) for line in bare)
    what = "a character that nobody sees is" if count == 1 else f"{count} hidden characters are"
    return (f"{where}:{changed[0]}: {what} left out",)
