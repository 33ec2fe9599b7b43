"""One owner at a time: locks that the kernel frees when their process dies, however it dies."""

import os
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from remit.state.errors import DatabaseError, RunBusy
from remit.state.runid import checked_name

if sys.platform != "win32":
    import fcntl

_BY_FILE = sys.platform != "win32"
"""Without flock only the threads of one process are kept apart; the journal's key does the rest."""
_POLL_S = 0.02

_held: set[str] = set()
_guard = threading.Lock()


@contextmanager
def hold(database: Path | None, run_id: str) -> Generator[None]:
    """Own a run of the database file (`None`: of this process's memory) inside the block.

    Raises:
        RunBusy: somebody else owns it, in this process or another.
        DatabaseError: the lock file beside the database cannot be made.
    """
    name = checked_name(run_id)
    if database is None or not _BY_FILE:
        with _held_here(f"{database}/{name}", name):
            yield
        return
    path = _beside(database, name)
    descriptor = _take(path)
    if descriptor is None:
        raise RunBusy(
            f"run {name!r}: {_owner(path)} is working on it; wait until it ends, or end it."
        )
    try:
        yield
    finally:
        _release(descriptor, path)


@contextmanager
def alone(database: Path, wait_s: float) -> Generator[None]:
    """Have the file to oneself while it is made or changed in shape.

    Raises:
        DatabaseError: somebody else had it for longer than `wait_s` seconds.
    """
    if not _BY_FILE:
        yield
        return
    path = _beside(database, "~shape")
    until = time.monotonic() + wait_s
    while (descriptor := _take(path)) is None:
        if time.monotonic() > until:
            raise DatabaseError(f"{database}: {_owner(path)} is preparing it; try again.")
        time.sleep(_POLL_S)
    try:
        yield
    finally:
        _release(descriptor, path)


def _beside(database: Path, name: str) -> Path:
    """The lock file; two names of one database lead to the same one."""
    real = database.resolve()
    return real.with_name(f"{real.name}.{name}.lock")


def _take(path: Path) -> int | None:
    """A descriptor that holds the lock, or `None` when somebody else has it."""
    while True:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise DatabaseError(
                f"{path}: cannot be made: {error.strerror}; check the folder's permissions."
            ) from error
        try:
            _lock(descriptor)
        except BlockingIOError:
            os.close(descriptor)
            return None
        if _still_there(descriptor, path):
            _sign(descriptor)
            return descriptor
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    if sys.platform != "win32":
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _still_there(descriptor: int, path: Path) -> bool:
    """Whether the file we locked is the one at the path: its last owner removes it on release."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _sign(descriptor: int) -> None:
    """Say who holds it; on a full disk the lock holds without a name."""
    with suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())


def _release(descriptor: int, path: Path) -> None:
    if _still_there(descriptor, path):
        path.unlink(missing_ok=True)
    os.close(descriptor)


def _owner(path: Path) -> str:
    try:
        number = path.read_text()[:20]
    except OSError:
        number = ""
    return f"process {number}" if number.isdecimal() else "another process"


@contextmanager
def _held_here(key: str, name: str) -> Generator[None]:
    with _guard:
        if key in _held:
            raise RunBusy(f"run {name!r}: this process is already working on it.")
        _held.add(key)
    try:
        yield
    finally:
        with _guard:
            _held.discard(key)
