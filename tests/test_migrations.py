"""The tables are made and changed by revisions, forward only, by one process at a time."""

import hashlib
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from remit.state import calls, migrations, store
from remit.state.errors import DatabaseError
from remit.state.migrations import HEAD, REVISIONS
from remit.state.report import Call
from remit.state.sqlite import APPLICATION_ID
from remit.state.store import open_store
from remit.state.tables import METADATA
from remit.state.vocabulary import Seat
from tests.records import NOW, dump, new_run, processes, tamper

SCHEMAS = {
    "0001": "5b3a2c395a10c72eeb94eb0c2a6470b3760f0bb0a2ca7794b0d043c519a7d3d8",
    "0002": "98b0452aabd9ad1e7cc77dbca63be374b4ac33b2aa075d1f6b408c323b5a6ecb",
    "0003": "65422711498cce28b8c830648d3d6f881711d07bdfa608f267d28f8e47beaddf",
}
"""Digest of everything that each released revision creates: never changes once released."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "remit.db"


def test_the_revisions_make_the_tables_that_the_code_uses(path: Path) -> None:
    """BE-DB-2: what the migrations make and what the program expects is the same."""
    open_store(path).close()
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


def test_every_script_is_known_and_in_one_line() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    scripts = ScriptDirectory.from_config(config)
    assert tuple(one.revision for one in reversed(list(scripts.walk_revisions()))) == REVISIONS
    assert scripts.get_heads() == [HEAD]
    assert not any(hasattr(one.module, "downgrade") for one in scripts.walk_revisions())


def test_a_released_revision_is_never_edited(path: Path) -> None:
    """BE-DB-2: forward-only migrations; old ones are never edited."""
    open_store(path).close()
    connection = sqlite3.connect(path)
    rows = connection.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'alembic%' "
        "AND name NOT LIKE 'sqlite%' ORDER BY type, name"
    ).fetchall()
    connection.close()
    assert len(rows) > 20
    assert hashlib.sha256(repr(rows).encode()).hexdigest() == SCHEMAS[HEAD]


def test_a_new_file_is_signed_and_has_a_write_ahead_log(path: Path) -> None:
    open_store(path).close()
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]
    connection.close()


def test_a_record_from_before_the_calls_is_brought_up_with_its_runs(path: Path) -> None:
    with open_store(path) as opened:
        run_id = opened.create_run(new_run(), now=NOW, token=1)
    tamper(path, "DROP TABLE calls")
    tamper(path, "UPDATE alembic_version SET version_num = '0002'")
    call = Call(model="m", most_tokens=2, most_micros=2, tokens_in=1, cost_micros=1)
    with open_store(path) as opened:
        assert [row.id for row in opened.runs()] == [run_id]
        assert calls.kept(opened, run_id) == {}
        calls.keep(opened, run_id, 1, Seat.CTO, 1, call, NOW, ended=True)
        assert calls.kept(opened, run_id) == {"1/cto": (call,)}


def test_processes_that_open_a_new_file_at_once_all_succeed(path: Path) -> None:
    code = """
from remit.state.record import NewRun, document
from remit.state.store import open_store
from datetime import datetime, UTC
empty = document({})
new = NewRun(title="", policy_name="", behaviour_name="", seed=1, roles=(), brief=empty,
             policy=empty, behaviour=empty, settings=empty, remit_version="")
for number in range(12):
    ready() if number == 0 else None
    with open_store(f"{sys.argv[1]}{number}") as store:
        print(store.create_run(new, now=datetime.now(UTC), token=1))
"""
    outputs = processes(4, code, [path])
    for number, ids in enumerate(zip(*(out.split() for out in outputs), strict=True)):
        with open_store(f"{path}{number}", create=False) as opened:
            assert {row.id for row in opened.runs()} == set(ids)
            assert len(set(ids)) == 4
    assert not list(path.parent.glob("*.lock"))


def test_a_newer_record_is_refused_with_both_revisions(path: Path) -> None:
    open_store(path).close()
    tamper(path, "UPDATE alembic_version SET version_num = '9999'")
    before = dump(path)
    with pytest.raises(DatabaseError, match=f"'9999'.*'{HEAD}'.*upgrade Remit"):
        open_store(path)
    assert dump(path) == before


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM alembic_version", "revision 'None'"),
        ("DROP TABLE alembic_version", "lacks tables"),
        ("DROP TABLE meta", "lacks tables"),
        ("UPDATE meta SET value = 'other'", "not a Remit record"),
        ("PRAGMA application_id = 7", "another program"),
        ("PRAGMA application_id = 0", "another program"),
    ],
)
def test_a_record_that_lost_its_marks_is_one_line(path: Path, statement: str, said: str) -> None:
    open_store(path).close()
    tamper(path, statement)
    with pytest.raises(DatabaseError, match=said) as caught:
        open_store(path)
    assert "\n" not in str(caught.value)


def test_a_process_that_dies_while_making_the_tables_leaves_none(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(connection: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(store, "sign", dies)
        with pytest.raises(KeyboardInterrupt):
            open_store(path)
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    connection.close()
    with open_store(path) as opened:
        opened.create_run(new_run("alpha"), now=NOW, token=1)


def test_the_folder_may_have_any_name(tmp_path: Path) -> None:
    """The record's folder and the program's: `%` has a meaning in Alembic's settings."""
    place = tmp_path / "100% ours; é?x=1#y" / "remit.db"
    with open_store(f"sqlite:///{place}") as opened:
        opened.create_run(new_run("alpha"), now=NOW, token=1)
    assert place.is_file()
    program = tmp_path / "50%s" / "remit"
    program.mkdir(parents=True)
    (program / "__init__.py").touch()
    (program / "state").symlink_to(Path(migrations.__file__).parents[1])
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import remit.state.migrations as m;"
        "assert '%' in m.__file__; from remit.state.store import open_store;"
        "open_store(sys.argv[2]).close()"
    )
    arguments = [str(program.parent), str(tmp_path / "second.db")]
    subprocess.run([sys.executable, "-P", "-c", code, *arguments], check=True, timeout=60)
    assert (tmp_path / "second.db").is_file()
