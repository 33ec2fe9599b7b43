"""Files that are no record, or fail: one line each, and nothing is lost."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

import remit
from remit.state.errors import DatabaseError
from remit.state.place import default_url, path_of
from remit.state.report import Artifact
from remit.state.store import Store, open_store
from remit.state.vocabulary import Seat
from tests.records import (
    NOW,
    REPORT,
    begun,
    dump,
)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"a brief in Markdown\n" * 100, "not a SQLite database"), (b"short", "not a SQLite")],
)
def test_a_file_of_text_is_refused_and_kept(path: Path, content: bytes, said: str) -> None:
    path.write_bytes(content)
    with pytest.raises(DatabaseError, match=said):
        open_store(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_a_database_of_another_program_is_refused_and_kept(path: Path, mode: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA journal_mode={mode}")
    connection.execute("CREATE TABLE meta (name TEXT, value TEXT)")
    connection.execute("INSERT INTO meta VALUES ('application', 'remit')")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(DatabaseError, match="another program"):
        open_store(path)
    assert path.read_bytes() == before


def fault(path: Path) -> str:
    """What a user is told about the file: on opening it, or else by the check."""
    try:
        with open_store(path) as opened:
            return opened.damage() or ""
    except DatabaseError as error:
        return str(error)


def test_a_truncated_record_is_one_line(full: sqlite3.Connection, store: Store, path: Path) -> None:
    full.close()
    store.close()
    whole = path.read_bytes()
    assert fault(path) == ""
    for size in (10, 100, 5_000, len(whole) // 2, len(whole) - 8_192):
        path.write_bytes(whole[:size])
        assert fault(path).count("\n") == 0
        assert fault(path) != ""


def test_a_damaged_page_is_one_line(full: sqlite3.Connection, store: Store, path: Path) -> None:
    full.close()
    store.close()
    whole = bytearray(path.read_bytes())
    whole[8_192 * 2 :] = b"\xff" * (len(whole) - 8_192 * 2)
    path.write_bytes(bytes(whole))
    with pytest.raises(DatabaseError, match="damaged"), open_store(path) as opened:
        opened.find("run1")


@pytest.mark.parametrize(
    ("place", "said"),
    [("", "is not a file"), ("file/remit.db", "cannot be used"), ("x" * 300, "cannot be used"),
     ("a\0b", "not a place")],
)  # fmt: skip
def test_a_place_that_cannot_hold_a_file_is_one_line(tmp_path: Path, place: str, said: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseError, match=said) as caught:
        open_store(f"sqlite:///{tmp_path}/{place}")
    assert "\n" not in str(caught.value)


def test_a_device_is_not_a_file() -> None:
    with pytest.raises(DatabaseError, match="is not a file"):
        open_store("/dev/null")


@pytest.mark.parametrize("url", ["postgresql://localhost/remit", "sqlite+x:///a", ""])
def test_only_sqlite_is_offered(url: str) -> None:
    with pytest.raises(DatabaseError, match="not a place for a record"):
        open_store(url)


def test_reading_a_record_that_is_not_there_makes_none(path: Path) -> None:
    with pytest.raises(DatabaseError, match="no record is there"):
        open_store(path, create=False)
    assert not path.exists()


def test_the_default_place_is_in_the_users_data(tmp_path: Path, path: Path) -> None:
    assert default_url().startswith("sqlite:////")
    assert path_of(default_url()) == Path(default_url().removeprefix("sqlite:///"))
    assert path_of(f"sqlite:///{path}") == path_of(str(path)) == path
    assert path_of("sqlite://") is None


def test_the_environment_names_the_record_in_python_too(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REMIT_DB", str(path))
    with remit.open() as record:
        assert record.store.path == path
    assert default_url() == str(path)
    monkeypatch.setenv("REMIT_DB", "")
    assert default_url().startswith("sqlite:////")


@pytest.fixture
def pragma() -> Iterator[list[str]]:
    """Statements that every new connection runs: how a disk fails without a disk that does."""
    statements: list[str] = []

    def connected(connection: sqlite3.Connection, _record: object) -> None:
        for statement in statements:
            connection.execute(statement)

    event.listen(Engine, "connect", connected)
    yield statements
    event.remove(Engine, "connect", connected)


def test_a_full_disk_is_one_line_and_loses_nothing(path: Path, pragma: list[str]) -> None:
    with open_store(path) as store:
        run = begun(store)
        store.append(run, 1, Seat.CTO, REPORT, NOW)
    pragma.append("PRAGMA max_page_count=1")
    big = {"a": "x" * 1_000_000}
    report = REPORT.model_copy(update={"artifacts": (Artifact(name="work", content=big),)})
    with open_store(path) as store:
        before = dump(path)
        with pytest.raises(DatabaseError, match="the disk is full"):
            store.append(run, 2, Seat.CTO, report, NOW)
        assert dump(path) == before
    pragma.clear()
    with open_store(path) as store:
        store.append(run, 2, Seat.CTO, report, NOW)
        assert len(store.journal(run)) == 2


def test_a_record_that_may_only_be_read_is_read(path: Path, pragma: list[str]) -> None:
    with open_store(path) as store:
        run = begun(store)
    pragma.append("PRAGMA query_only=ON")
    with open_store(path) as store:
        assert store.find(run).id == run
        with pytest.raises(DatabaseError, match="is not writable"):
            store.append(run, 1, Seat.CTO, REPORT, NOW)


def test_a_writer_that_never_ends_is_one_line(
    full: sqlite3.Connection, path: Path, pragma: list[str]
) -> None:
    pragma.append("PRAGMA busy_timeout=50")
    full.execute("BEGIN IMMEDIATE")
    with open_store(path) as store:
        assert store.find("run1").id == "run1"
        with pytest.raises(DatabaseError, match="locked for too long"):
            store.append("run1", 9, Seat.CTO, REPORT, NOW)
