"""Studies in the record: added to a record of an earlier Remit, written once, never believed."""

import sqlite3
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from remit.analysis.study.results import read
from remit.state import migrations, studies
from remit.state.errors import InputError, Tampered
from remit.state.sqlite import make_engine, shape_file, sign
from remit.state.store import open_store
from remit.state.studies import BatchKey, BatchRow, StudyRow
from remit.studying import study
from tests.records import NOW, new_run, tamper
from tests.studies import SMALL

KEY = BatchKey(world=0, batch=0, point=0)
PLAN = {"title": "T"}
ROW = StudyRow(
    id="one", created_at="", title="T", engine="plain", remit_version="0",
    hash=studies.plan_hash(PLAN), plan=PLAN,
)  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record with a small study."""
    folder = tmp_path_factory.mktemp("kept")
    (folder / "small.toml").write_text(SMALL.replace("replicates = 30", "replicates = 2"))
    study(folder / "small.toml", engine="plain", db=folder / "s.db")
    return folder / "s.db"


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    source, target = sqlite3.connect(made), sqlite3.connect(tmp_path / "s.db")
    source.backup(target)
    source.close()
    target.close()
    return tmp_path / "s.db"


def test_a_record_of_the_first_shape_gets_the_tables_and_keeps_its_runs(path: Path) -> None:
    engine = make_engine(path, durable=True)
    shape_file(engine)
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        sign(connection)
    engine.dispose()
    with open_store(path) as store:
        store.create_run(new_run("alpha"), now=NOW, token=1)
        studies.begin(store, ROW, [{"levels": []}], NOW)
        assert [row.id for row in studies.studies(store)] == ["one"]
        assert [row.id for row in store.runs()] == ["alpha"]


def test_a_batch_is_kept_once_whatever_a_second_one_says(path: Path) -> None:
    with open_store(path) as store:
        studies.begin(store, ROW, [{}], NOW)
        assert studies.keep(store, "one", [BatchRow(key=KEY, amounts={"cost": [1, -2, 3]})]) == 1
        assert studies.keep(store, "one", [BatchRow(key=KEY, amounts={"cost": [9]})]) == 0
        assert studies.keys(store, "one") == (KEY,)
        (row,) = studies.batches(store, "one")
        assert list(row.amounts["cost"]) == [1, -2, 3]


@pytest.mark.parametrize("table", ["studies", "study_points", "study_responses"])
def test_rows_are_neither_changed_nor_deleted_nor_replaced(copy: Path, table: str) -> None:
    connection = sqlite3.connect(copy)
    for statement in (
        f"DELETE FROM {table}",
        f"UPDATE {table} SET rowid = rowid + 100",
        f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
    ):
        with pytest.raises(sqlite3.IntegrityError, match=table):
            connection.execute(statement)
    connection.close()


DAMAGE = {
    "a sum": ("study_responses", "UPDATE study_responses SET total = total + 1",
              "point 0, batch 0, 'cost': is not as it was written"),
    "the bytes": ("study_responses", "UPDATE study_responses SET amounts = x'00'",
                  "is not as it was written"),
    "a response gone": ("study_responses",
                        "DELETE FROM study_responses WHERE response = 'cost' AND point = 1",
                        "point 1, batch 0: a response is missing"),
    "the plan": ("studies", "UPDATE studies SET body = replace(body, 'Small', 'Large')",
                 "its plan is not as it was written"),
    "a point": ("study_points", "UPDATE study_points SET body = '{}' WHERE n = 1",
                "its points are not as they were written"),
    "a point gone": ("study_points", "DELETE FROM study_points WHERE n = 0",
                     "a point is missing"),
    "no JSON": ("study_points", "UPDATE study_points SET body = 'x' WHERE n = 1", "is not JSON"),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGE)
def test_what_was_tampered_with_is_one_line(copy: Path, name: str) -> None:
    table, statement, said = DAMAGE[name]
    connection = sqlite3.connect(copy)
    for kind in ("update", "delete"):
        connection.execute(f"DROP TRIGGER {table}_no_{kind}")
    connection.commit()
    connection.close()
    tamper(copy, statement)
    with open_store(copy, create=False) as store, pytest.raises(Tampered, match=said) as caught:
        read(store, "small")
    assert "\n" not in str(caught.value)


def test_a_study_is_found_by_the_beginning_of_its_name(copy: Path) -> None:
    with open_store(copy, create=False) as store:
        assert studies.find(store, "sm").id == "small"
        with pytest.raises(InputError, match="did you mean 'small'"):
            studies.find(store, "smal1")
        studies.begin(store, ROW, [{}], NOW)
    with (
        open_store(":memory:") as empty,
        pytest.raises(InputError, match="there is none yet; `remit study` makes one"),
    ):
        studies.find(empty, "small")
