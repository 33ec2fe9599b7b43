"""Lines that a command writes to a file, or to stdout where the file is called `-`."""

import errno
import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from itertools import combinations
from pathlib import Path

from remit.state.errors import InputError
from remit.state.inert import cut, inert_lines


def check_targets(
    command: str, files: Mapping[str, Path | None], printed: Iterable[str] = ()
) -> None:
    """Refuse what would write two things to one place.

    Args:
        command: whose options these are.
        files: where to write, by option; `None` where it is not given.
        printed: the options that print on stdout beside them.

    Raises:
        InputError: two of them share a file, or standard output.
    """
    given = {option: path for option, path in files.items() if path is not None}
    spoken = [f"{option} -" for option, path in given.items() if str(path) == "-"]
    spoken += printed
    if len(spoken) > 1:
        raise InputError(f"{command}: standard output takes one of {' and '.join(spoken)}")
    for (one, path), (other, second) in combinations(given.items(), 2):
        if _same(path, second):
            raise InputError(f"{command}: {one} and {other} name one file, {cut(str(path), 200)}; "
                             "give each its own")  # fmt: skip


def _same(one: Path, other: Path) -> bool:
    """Whether both paths lead to one file, over links too, where it is there."""
    if os.path.abspath(one) == os.path.abspath(other):
        return True
    try:
        return one.samefile(other)
    except (OSError, ValueError):  # one is not there yet, or is no path: writing says so
        return False


def check_place(path: Path) -> None:
    """Refuse a place where no file can be, before long work is done for it.

    Raises:
        InputError: it is a folder, or its folder is not there.
    """
    if str(path) == "-":
        return
    with suppress(OSError, ValueError):  # what else is wrong with it, writing says
        if path.is_dir():
            raise _unwritable(path, os.strerror(errno.EISDIR))
        if not path.parent.exists():
            raise _unwritable(path, os.strerror(errno.ENOENT))


def check_folder(path: Path) -> None:
    """Refuse a place where no folder can be made, before long work is done for it.

    Raises:
        InputError: a file has its name, or the name of a folder above it.
    """
    with suppress(OSError, ValueError):  # what else is wrong with it, making it says
        there = next((one for one in (path, *path.parents) if one.exists()), path)
        if there.is_dir() or not there.exists():
            return
        raise unmakable(path, os.strerror(errno.EEXIST if there == path else errno.ENOTDIR))


def unmakable(path: Path, reason: str) -> InputError:
    """A folder that cannot be made, and what to do about it."""
    return InputError(f"{path}: cannot be made ({reason}); name another folder")


def _unwritable(path: Path, reason: str) -> InputError:
    return InputError(f"{path}: cannot be written ({reason}); name another file")


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
        raise _unwritable(path, reason) from error


def _print(lines: Iterable[str]) -> None:
    """Bytes for a program; on a terminal what does not print is spelled out.

    Whoever caught stdout, a notebook for one, may take text only.
    """
    if sys.stdout.isatty():
        for line in lines:
            print(inert_lines(line))
        return
    sys.stdout.flush()
    buffer = getattr(sys.stdout, "buffer", None)
    for line in lines:
        if buffer is None:
            sys.stdout.write(line)
        else:
            buffer.write(line.encode("utf-8", "backslashreplace"))
