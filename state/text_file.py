"""Text that nobody vouches for: capped in size, UTF-8, and free of control characters."""

import re
from pathlib import Path

from remit.state.errors import InputError

_LINE_END = re.compile("\r\n|[\r\x85\u2028\u2029]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""Everything that ends up on a terminal must not be able to steer it."""


def read_text(path: Path, cap: int) -> str:
    """The text of a file of at most `cap` bytes, cleaned.

    Raises:
        InputError: not a readable file, larger, or not text.
    """
    name, data = shown(path), read_bytes(path, cap)
    try:
        return clean_text(data.decode("utf-8"), name, cap)
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name}: is not UTF-8 text (byte {error.start}); save it as plain UTF-8 text"
        ) from None


def shown(path: Path) -> str:
    """A file's name as it may stand in a problem."""
    return str(path) if str(path).isprintable() else ascii(str(path))


def read_bytes(path: Path, cap: int) -> bytes:
    """The bytes of a file of at most `cap` of them.

    Raises:
        InputError: not a readable file, or larger.
    """
    name = shown(path)
    try:
        if not path.is_file():
            what = "is a folder" if path.is_dir() else "there is no such file"
            raise InputError(f"{name}: {what}; give the path of a file")
        with path.open("rb") as file:
            data = file.read(cap + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{name}: cannot be read ({reason}); give a readable file") from None
    if len(data) > cap:
        raise InputError(f"{name}: larger than {cap} bytes; shorten it")
    return data


def clean_text(text: str, where: str, cap: int) -> str:
    """The text with single line feeds and no byte order mark; `where` names it in problems.

    Raises:
        InputError: more than `cap` bytes, or holds what text does not.
    """
    try:
        size = len(text.encode("utf-8"))
    except UnicodeEncodeError as error:
        raise InputError(
            f"{where}: character {error.start} is half a character; remove it"
        ) from None
    if size > cap:
        raise InputError(f"{where}: larger than {cap} bytes; shorten it")
    text = _LINE_END.sub("\n", text.removeprefix("\ufeff"))
    found = _CONTROL.search(text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        raise InputError(
            f"{where}:{line}: holds the control character {found[0]!r}, so it is not plain text; "
            "remove it"
        )
    return text
