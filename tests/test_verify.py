"""`verify`: whatever is altered behind Remit's back is found, and the first such row is named."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from remit.graph.runner import execute
from remit.graph.verify import Difference, verify, verify_all
from remit.state.canonical import GENESIS, canonical, digest
from remit.state.codec import report_hash
from remit.state.errors import InputError
from remit.state.store import Store, open_store
from remit.state.tables import METADATA, kept
from remit.state.vocabulary import Outcome
from tests.records import dump, tamper
from tests.workshop import begun, done, order

TABLES = ("reports", "handoffs", "matters", "contracts", "debts", "grants")
NUMBER = {"reports": "n", "handoffs": "seq", "matters": "id", "contracts": "n", "debts": "n",
          "grants": "n"}  # fmt: skip
UNTOLD = {
    ("runs", "created_at"),
    ("runs", "updated_at"),
    ("reports", "journalled_at"),
    ("handoffs", "written_at"),
}
"""Times of the wall clock: nothing in the journal says what they were."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record with a run that has rows in every table, and another one before it."""
    path = tmp_path_factory.mktemp("whole") / "remit.db"
    with open_store(path, durable=False) as store:
        name = done(store, order("perfect", name="other"))
        for seed in range(100):
            name = done(store, order("worst", seed=seed))
            if all(rows(path, table, name) for table in TABLES):
                break
    alter(path)
    path.with_suffix(".name").write_text(name)
    return path


@pytest.fixture
def path(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copyfile(whole, tmp_path / "remit.db"))


@pytest.fixture
def name(whole: Path) -> str:
    return whole.with_suffix(".name").read_text()


@pytest.fixture
def memory() -> Iterator[Store]:
    with open_store(":memory:") as store:
        yield store


def alter(path: Path, *statements: str) -> None:
    """Tamper, with foreign keys off, and leave nothing in the write-ahead log."""
    tamper(path, "PRAGMA foreign_keys=OFF", *statements, "PRAGMA wal_checkpoint(TRUNCATE)")


def rows(path: Path, table: str, name: str) -> list[dict[str, Any]]:
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    found = connection.execute(
        f"SELECT * FROM {table} WHERE run_id = ? ORDER BY rowid", (name,)
    ).fetchall()
    connection.close()
    return [dict(row) for row in found]


def first(path: Path, name: str) -> Difference | None:
    with open_store(path, durable=False) as store:
        return verify(store, name)


def named(path: Path, name: str) -> tuple[str, str]:
    found = first(path, name)
    assert found is not None
    assert found.run == name
    assert str(found).startswith(f"run {name!r}, {found.table} {found.row}: ")
    assert "\n" not in str(found)
    return found.table, found.row


def test_an_untouched_record_verifies(whole: Path) -> None:
    with open_store(whole, durable=False) as store:
        checked = list(verify_all(store))
        names = [row.id for row in store.runs()]
    assert [one.difference for one in checked] == [None] * len(checked)
    assert {one.run for one in checked} == {"", *names}


def test_verifying_changes_nothing(path: Path, name: str) -> None:
    before = dump(path)
    assert first(path, name) is None
    assert dump(path) == before


def cells(table: str) -> list[str]:
    """The columns of a table that the journal speaks of."""
    return [
        column.name
        for column in kept(METADATA.tables[table])
        if not column.primary_key and (table, column.name) not in UNTOLD
    ]


@pytest.mark.parametrize("table", [*TABLES, "runs"])
def test_every_altered_cell_is_found_in_its_row(path: Path, name: str, table: str) -> None:
    """The last row of a table, each cell in turn: a number, other JSON, bytes that are no text."""
    row = name if table == "runs" else str(rows(path, table, name)[-1][NUMBER[table]])
    which = f"{'id' if table == 'runs' else 'run_id'} = '{name}'"
    which += "" if table == "runs" else f" AND {NUMBER[table]} = '{row}'"
    alter(path)
    raw = sqlite3.connect(path, isolation_level=None)
    missed: list[tuple[str, str, Difference | None]] = []
    with open_store(path, durable=False) as store:
        for column in cells(table):
            (was,) = raw.execute(f"SELECT {column} FROM {table} WHERE {which}").fetchone()
            # SQLite itself refuses what is not JSON where other columns are computed from it.
            is_json = column in ("body", "question")
            for value in ["7", "'{}'"] if is_json else ["7", "'x'", "x'ff00'"]:
                raw.execute(f"UPDATE {table} SET {column} = {value} WHERE {which}")
                found = verify(store, name)
                where = (found.table, found.row) if found else None
                # Settings that are not there do not say whether they were deleted or renamed.
                lost = column == "settings" and found and found.table == "artifacts"
                if where != (table, row) and not lost:
                    missed.append((column, value, found))
            raw.execute(f"UPDATE {table} SET {column} = ? WHERE {which}", (was,))
        assert verify(store, name) is None
    raw.close()
    assert not missed


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("which", [0, -1])
def test_a_deleted_row_is_found(path: Path, name: str, table: str, which: int) -> None:
    there = rows(path, table, name)
    row = there[which][NUMBER[table]]
    alter(path, f"DELETE FROM {table} WHERE run_id = '{name}' AND {NUMBER[table]} = '{row}'")
    last_report = table == "reports" and which == -1
    # Without its last report a journal is still one: the rows that followed from it are too many.
    expected = "handoffs" if last_report else table
    assert named(path, name)[0] == expected
    if not last_report:
        assert named(path, name)[1] == str(row)


@pytest.mark.parametrize("table", TABLES)
def test_an_added_row_is_found(path: Path, name: str, table: str) -> None:
    columns = [column.name for column in kept(METADATA.tables[table])]
    number = NUMBER[table]
    change = {"id": "'m999'", "seat": "'human'"} | (
        {number: f"(SELECT 1 + max({number}) FROM {table} WHERE run_id = '{name}')"}
        if number != "id"
        else {}
    )
    values = ", ".join(change.get(column, column) for column in columns)
    alter(
        path,
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} "
        f"WHERE run_id = '{name}' ORDER BY rowid DESC LIMIT 1",
    )
    added = "m999" if table == "matters" else str(len(rows(path, table, name)))
    assert named(path, name) == (table, added)


def test_rows_that_changed_places_are_found(path: Path, name: str) -> None:
    alter(
        path,
        f"UPDATE handoffs SET seq = -3 WHERE run_id = '{name}' AND seq = 3",
        f"UPDATE handoffs SET seq = 3 WHERE run_id = '{name}' AND seq = 4",
        f"UPDATE handoffs SET seq = 4 WHERE run_id = '{name}' AND seq = -3",
    )
    assert named(path, name) == ("handoffs", "3")


def test_an_altered_artifact_is_named_by_its_hash(path: Path, name: str) -> None:
    with open_store(path, durable=False) as store:
        (ref, *_) = store.journal(name)[0].artifacts
    alter(path, f"UPDATE artifacts SET content = '{{}}' WHERE hash = '{ref.hash}'")
    assert named(path, name) == ("artifacts", ref.hash[:12])
    alter(path, f"DELETE FROM artifacts WHERE hash = '{ref.hash}'")
    assert named(path, name) == ("artifacts", ref.hash[:12])


@pytest.mark.parametrize("column", ["brief", "policy", "behaviour", "settings"])
def test_an_altered_document_of_the_beginning_is_found(path: Path, name: str, column: str) -> None:
    with open_store(path, durable=False) as store:
        hash_: str = getattr(store.find(name), column)
    alter(path, f"UPDATE artifacts SET content = '{{}}' WHERE hash = '{hash_}'")
    assert named(path, name) == ("artifacts", hash_[:12])


@pytest.mark.parametrize("column", ["brief", "policy", "behaviour", "settings"])
def test_a_document_changed_for_another_sound_one_is_found(
    path: Path, name: str, column: str
) -> None:
    other = "brief" if column != "brief" else "policy"
    alter(path, f"UPDATE runs SET {column} = {other} WHERE id = '{name}'")
    assert named(path, name) == ("runs", name)


def test_the_settings_of_another_run_are_found(path: Path, name: str) -> None:
    alter(
        path,
        f"UPDATE runs SET settings = (SELECT settings FROM runs WHERE id = 'other') "
        f"WHERE id = '{name}'",
    )
    assert named(path, name) == ("runs", name)


def test_a_handoff_forged_with_every_hash_behind_it_is_found(path: Path, name: str) -> None:
    """The chain holds again; the journal does not say so."""
    previous, statements = GENESIS, list[str]()
    for row in rows(path, "handoffs", name):
        body = row["body"].replace('"to":"pm"', '"to":"qa"')
        own = digest(previous + body)
        statements.append(
            f"UPDATE handoffs SET body = '{body.replace(chr(39), chr(39) * 2)}', "
            f"previous = '{previous}', hash = '{own}' "
            f"WHERE run_id = '{name}' AND seq = {row['seq']}"
        )
        previous = own
    alter(path, *statements, f"UPDATE runs SET chain_head = '{previous}' WHERE id = '{name}'")
    found = first(path, name)
    assert found is not None
    assert (found.table, found.row) == ("handoffs", "2")
    assert found.what == "to is 'qa', by the journal 'pm'"


@pytest.mark.parametrize("field", ["cost_micros", "tokens_in", "duration_s"])
def test_a_report_forged_with_its_hash_contradicts_the_handoff_behind_it(
    path: Path, name: str, field: str
) -> None:
    row = rows(path, "reports", name)[0]
    body = row["body"].replace(f'"{field}":', f'"{field}":9')
    assert body != row["body"]
    own = report_hash(row["step"], row["seat"], body)
    alter(
        path,
        f"UPDATE reports SET hash = '{own}', body = '{body.replace(chr(39), chr(39) * 2)}' "
        f"WHERE run_id = '{name}' AND n = 1",
    )
    assert named(path, name) == ("handoffs", "2")


def test_a_report_of_another_assignment_does_not_fold(path: Path, name: str) -> None:
    row = rows(path, "reports", name)[1]
    own = report_hash(row["step"], "qa", row["body"])
    alter(
        path,
        f"UPDATE reports SET seat = 'qa', hash = '{own}' WHERE run_id = '{name}' AND n = 2",
    )
    found = first(path, name)
    assert found is not None
    assert (found.table, found.row) == ("reports", "2")
    assert "does not follow" in found.what


def test_the_first_of_several_differences_is_named_journal_first(path: Path, name: str) -> None:
    alter(
        path,
        f"UPDATE runs SET tokens = 0 WHERE id = '{name}'",
        f"UPDATE handoffs SET hash = '' WHERE run_id = '{name}' AND seq IN (4, 9)",
    )
    assert named(path, name) == ("handoffs", "4")
    alter(path, f"UPDATE reports SET body = '' WHERE run_id = '{name}' AND n = 8")
    assert named(path, name) == ("reports", "8")


def test_each_run_is_told_of_by_itself(path: Path, name: str) -> None:
    alter(path, f"UPDATE handoffs SET hash = '' WHERE run_id = '{name}' AND seq = 5")
    with open_store(path, durable=False) as store:
        wrong = {one.run: one.difference for one in verify_all(store) if one.difference}
    assert {run: one.row for run, one in wrong.items()} == {name: "5"}


def test_a_run_whose_row_was_deleted_is_found_as_damage(path: Path, name: str) -> None:
    alter(path, f"DELETE FROM runs WHERE id = '{name}'")
    with open_store(path, durable=False) as store:
        (checked,) = verify_all(store)
        with pytest.raises(InputError, match="there is none"):
            verify(store, name)
    assert checked.difference is not None
    assert "refers to a missing 'runs'" in str(checked.difference)


def test_a_damaged_file_is_told_before_any_run(path: Path) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size - 8192)
        file.write(bytes(8192))
    with open_store(path, durable=False) as store:
        (checked,) = verify_all(store)
    assert checked.difference is not None
    assert checked.run == checked.difference.table == ""
    assert str(checked.difference).startswith("the file: ")


def test_a_run_that_fails_or_waits_verifies_as_it_stands(path: Path, memory: Store) -> None:
    run = begun(memory, order("perfect"))
    for outcome in (Outcome.FAILED, Outcome.RUNNING):
        run.clerk.stand(run.course, outcome, "the model is away" if outcome == "failed" else "")
        assert verify(memory, run.id) is None
    execute(run, "loop")
    assert verify(memory, run.id) is None


def test_an_ended_run_cannot_be_made_to_look_failed(path: Path, name: str) -> None:
    alter(path, f"UPDATE runs SET outcome = 'failed', reason = '' WHERE id = '{name}'")
    assert named(path, name) == ("runs", name)


def test_an_answer_that_was_altered_contradicts_the_journal(path: Path, name: str) -> None:
    row = rows(path, "matters", name)[0]
    answer = canonical({"event": "approve", "step": row["step"], "text": "as I said"})
    alter(
        path,
        f"UPDATE matters SET answer = '{answer}' WHERE run_id = '{name}' AND id = '{row['id']}'",
    )
    found = first(path, name)
    assert found is not None
    assert (found.table, found.row) == ("matters", row["id"])
    assert found.what.startswith("answer is ")
