"""Where a record stands: what a user may write for it, and whether a file can be there."""

import os
from pathlib import Path

from remit.state.errors import DatabaseError

_SCHEME = "sqlite:///"
_MEMORY = frozenset({":memory:", "sqlite://", "sqlite:///", "sqlite:///:memory:"})


def default_url() -> str:
    """The record that `REMIT_DB` names, else the one in the user's data directory."""
    named = os.environ.get("REMIT_DB")
    if named:
        return named
    from platformdirs import user_data_path

    return f"{_SCHEME}{user_data_path('remit', appauthor=False) / 'remit.db'}"


def path_of(url: str | Path) -> Path | None:
    """The absolute path that a URL (`sqlite:///file`) or a plain path names; `None` for memory.

    Raises:
        DatabaseError: it is neither.
    """
    text = str(url)
    if text in _MEMORY:
        return None
    text = text.removeprefix(_SCHEME)
    if "://" in text or "\0" in text or not text:
        raise DatabaseError(
            f"{text[:80]!r}: is not a place for a record; give a file or sqlite:///FILE."
        )
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError as error:
        raise DatabaseError(f"{text[:80]!r}: is not a path: {error}.") from error


def prepare_place(path: Path, *, create: bool) -> None:
    """Make sure that a file is or can be at the path; its folder is made when `create` is set.

    Raises:
        DatabaseError: something else is there, or nothing and `create` is not set.
    """
    try:
        if path.is_file():
            return
        if path.exists():
            raise DatabaseError(f"{path}: is not a file; give the database file itself.")
        if not create:
            raise DatabaseError(f"{path}: no record is there; `remit run` makes one.")
        path.parent.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        cause = error.strerror if isinstance(error, OSError) else "its name is not text"
        raise DatabaseError(f"{path}: cannot be used: {cause}; check the path.") from error


def certificates(url: str | Path) -> Path | None:
    """The folder beside a record in which proofs of policies are kept; `None` beside memory.

    Raises:
        DatabaseError: the URL names no place.
    """
    path = path_of(url)
    return None if path is None else path.with_name(f"{path.stem}.certificates")
