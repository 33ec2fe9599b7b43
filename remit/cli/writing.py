"""Lines that a command writes to a file, or to stdout where the file is called `-`."""

import sys
from collections.abc import Iterable
from pathlib import Path

from remit.state.errors import InputError
from remit.state.inert import inert


def write(path: Path, lines: Iterable[str]) -> None:
    """Write the lines as UTF-8.

    Raises:
        InputError: the file cannot be written.
    """
    if str(path) == "-":
        _print(lines)
        return
    try:
        with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            file.writelines(lines)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{path}: cannot be written ({reason}); name another file") from error


def _print(lines: Iterable[str]) -> None:
    """Bytes for a program; on a terminal what does not print is spelled out."""
    if sys.stdout.isatty():
        for line in lines:
            print(inert(line))
        return
    sys.stdout.flush()
    for line in lines:
        sys.stdout.buffer.write(line.encode("utf-8", "backslashreplace"))
