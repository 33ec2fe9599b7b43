"""One owner at a time, and none after its death."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from remit.state import lock
from remit.state.errors import DatabaseError, InputError, RunBusy

HOLD = """
import sys, pathlib
from remit.state import lock
with lock.hold(pathlib.Path(sys.argv[1]), "run1"):
    print("held", flush=True)
    sys.stdin.readline()
"""


def holder(database: Path) -> subprocess.Popen[str]:
    """Another process that owns `run1` until it is told to go, or killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "remit.db"


def test_a_second_holder_in_this_process_is_refused_at_once(database: Path) -> None:
    with (
        lock.hold(database, "run1"),
        pytest.raises(RunBusy, match=f"process {os.getpid()}"),
        lock.hold(database, "run1"),
    ):
        pytest.fail("two owners")


def test_another_process_is_named_and_its_death_frees_the_run(database: Path) -> None:
    with holder(database) as process:
        with pytest.raises(RunBusy, match=f"process {process.pid}"), lock.hold(database, "run1"):
            pytest.fail("two owners")
        process.send_signal(signal.SIGKILL)
        process.wait()
    with lock.hold(database, "run1"):
        pass
    assert list(database.parent.iterdir()) == []


def test_the_lock_is_free_again_after_an_error_inside(database: Path) -> None:
    with pytest.raises(ZeroDivisionError), lock.hold(database, "run1"):
        raise ZeroDivisionError
    with lock.hold(database, "run1"):
        pass


def test_runs_and_databases_do_not_disturb_each_other(database: Path, tmp_path: Path) -> None:
    with (
        lock.hold(database, "run1"),
        lock.hold(database, "run2"),
        lock.hold(tmp_path / "other.db", "run1"),
    ):
        pass


def test_two_names_of_one_database_are_one_lock(database: Path, tmp_path: Path) -> None:
    database.touch()
    (tmp_path / "folder").mkdir()
    alias = tmp_path / "folder" / "alias.db"
    alias.symlink_to(database)
    with lock.hold(database, "run1"), pytest.raises(RunBusy), lock.hold(alias, "run1"):
        pytest.fail("two owners")


def test_a_lock_file_that_was_removed_is_not_the_next_owners(database: Path) -> None:
    """Somebody tidies up: the next owner makes a new file, and the first one leaves it alone."""
    first = lock.hold(database, "run1")
    first.__enter__()
    next(database.parent.glob("*.lock")).unlink()
    with lock.hold(database, "run1"):
        first.__exit__(None, None, None)
        with pytest.raises(RunBusy), lock.hold(database, "run1"):
            pytest.fail("two owners")


@pytest.mark.parametrize("name", ["../run", "a/b", "", "-x", ".x", "a\n", "é", "a" * 65])
def test_a_name_that_could_be_a_path_is_refused(database: Path, name: str) -> None:
    with pytest.raises(InputError, match="run name"), lock.hold(database, name):
        pytest.fail("held")
    assert list(database.parent.iterdir()) == []


def test_a_folder_that_cannot_hold_a_lock_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(DatabaseError, match="cannot be made"),
        lock.hold(tmp_path / "file" / "remit.db", "run1"),
    ):
        pytest.fail("held")


def test_a_run_in_memory_has_one_owner_in_the_process() -> None:
    with lock.hold(None, "run1"), pytest.raises(RunBusy), lock.hold(None, "run1"):
        pytest.fail("two owners")
    with lock.hold(None, "run1"):
        pass


def test_waiting_to_be_alone_ends_with_a_line(database: Path) -> None:
    with (
        lock.alone(database, 0),
        pytest.raises(DatabaseError, match="preparing it"),
        lock.alone(database, 0.05),
    ):
        pytest.fail("two alone")
