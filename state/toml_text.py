"""TOML from outside: size and depth are capped before it is parsed."""

import re
import tomllib
from collections.abc import Iterable
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from remit.state.errors import InputError

MAX_BYTES = 262_144
MAX_DEPTH = 6

_QUOTED = re.compile(
    r'"""(?:[^\\]|\\.)*?"""|\'{3}.*?\'{3}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*', re.S
)


def read_text(path: Path, max_bytes: int = MAX_BYTES) -> str:
    """The text of a small UTF-8 file, without its byte order mark.

    Raises:
        InputError: there is no such file, it is too large, or it is not text.
    """
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except IsADirectoryError:
        raise InputError(f"{path}: is a folder; give a file") from None
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from None
    return decoded(data, str(path), max_bytes)


def decoded(data: bytes, where: str, max_bytes: int = MAX_BYTES) -> str:
    """Bytes as UTF-8 text.

    Raises:
        InputError: too large, not UTF-8, or with NUL bytes.
    """
    if len(data) > max_bytes:
        raise InputError(f"{where}: larger than {max_bytes} bytes; shorten it")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{where}: is not UTF-8 text; save it as UTF-8") from None
    if "\0" in text:
        raise InputError(f"{where}: is not text (it has NUL bytes); give a text file")
    return text


def parse_toml(text: str, where: str) -> dict[str, Any]:
    """The tables of a TOML text; decimal numbers stay exact.

    Raises:
        InputError: nested too deep, or not TOML.
    """
    if len(text) > MAX_BYTES:
        raise InputError(f"{where}: larger than {MAX_BYTES} characters; shorten it")
    depth = 0
    for bracket in re.findall(r"[\[\]{}]", _QUOTED.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > MAX_DEPTH:
            raise InputError(f"{where}: nested deeper than {MAX_DEPTH}; flatten it")
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, ArithmeticError, ValueError, RecursionError) as error:
        raise InputError(f"{where}: is not TOML: {error}") from None


def unknown(name: str, known: Iterable[str], where: str) -> str:
    """The problem of a name that nobody knows, with the nearest one that is known."""
    names = list(known)
    near = get_close_matches(name, names, n=1)
    advice = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(names)}"
    return f"{where}: there is no {name[:80]!r}; {advice}"
