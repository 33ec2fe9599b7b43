"""Text that a command writes to a file, or to stdout where the file is called `-`."""

import sys
from pathlib import Path

from remit.screen import standard
from remit.state.errors import InputError
from remit.state.inert import cut


def write(path: Path, text: str, what: str) -> None:
    """Write the text, and say what was written where; on stdout it stands alone.

    Raises:
        InputError: the file cannot be written.
    """
    if str(path) == "-":
        sys.stdout.write(text)
        return
    try:
        path.write_text(text, encoding="utf-8", newline="")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{path}: cannot be written ({reason}); name another file") from error
    standard().line(f"{what}: {cut(str(path), 500)}")
