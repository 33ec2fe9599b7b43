"""The data model is SQL that SQLite and PostgreSQL accept, and keeps the database standards."""

import re
import sqlite3

import pytest
import sqlglot
from hypothesis import given, settings
from sqlglot.expressions import Command

from remit.agents.artifacts.ddl import data_model, ddl, states, tables
from remit.agents.artifacts.product import product
from remit.state.brief import Brief, Entity
from tests.strategies import CLINIC, briefs, shipped

UUID = "6f1c2c86-6a4b-4c39-9a55-0d0b2f8f0a1"


def database(brief: Brief) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.executescript(ddl(product(brief)))
    return connection


@pytest.mark.parametrize("brief", shipped(), ids=lambda brief: brief.title[:12])
def test_runs_in_sqlite_and_parses_as_postgresql(brief: Brief) -> None:
    database(brief).close()
    statements = sqlglot.parse(ddl(product(brief)), dialect="postgres")
    assert not [one for one in statements if one is not None and isinstance(one, Command)]


@settings(max_examples=40)
@given(brief=briefs())
def test_runs_in_sqlite_for_any_brief(brief: Brief) -> None:
    database(brief).close()
    names = [plan.name for plan in tables(product(brief))]
    assert len(names) == len(set(names))


def test_every_table_has_a_uuid_key_times_and_soft_delete() -> None:
    """BE-AUTH-4, BE-DB-3."""
    connection = database(CLINIC)
    for plan in tables(product(CLINIC)):
        columns = {row[1]: row for row in connection.execute(f'PRAGMA table_info("{plan.name}")')}
        assert columns["id"][2] == "UUID"
        assert columns["id"][5] == 1
        assert {"created_at", "updated_at", "deleted_at"} <= set(columns)


def test_scoped_tables_have_a_tenant() -> None:
    """BE-AUTH-2."""
    scoped = {plan.name for plan in tables(product(CLINIC)) if plan.scoped}
    assert scoped == {"patient", "booking", "room", "booking_room", "report_job"}
    alone = CLINIC.model_copy(update={"multi_tenant": False})
    assert "tenant_id" not in ddl(product(alone))
    apart = CLINIC.model_copy(update={"tenancy": "schema_per_tenant"})
    assert "tenant_id" not in ddl(product(apart))


def test_every_foreign_key_and_every_list_has_an_index() -> None:
    """BE-DB-1."""
    for plan in tables(product(CLINIC)):
        leading = {index.columns[0] for index in plan.indexes}
        for column in plan.columns:
            if column.references:
                assert column.name in leading, (plan.name, column.name)
        if plan.entity:
            assert ("tenant_id", "created_at", "id") in {index.columns for index in plan.indexes}


def test_the_database_holds_the_rules() -> None:
    """BE-DB-1: foreign keys, enums, uniqueness among rows that are not deleted."""
    connection = database(CLINIC)
    connection.execute(f"INSERT INTO tenant (id, name) VALUES ('{UUID}1', 't')")
    insert = "INSERT INTO patient (id, tenant_id, name, email) VALUES (?, ?, 'n', 'e@x.org')"
    connection.execute(insert, (f"{UUID}2", f"{UUID}1"))
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        connection.execute(insert, (f"{UUID}3", f"{UUID}1"))
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        connection.execute(insert, (f"{UUID}3", f"{UUID}9"))
    booking = (
        "INSERT INTO booking (id, tenant_id, starts_at, state, patient_id)"
        f" VALUES ('{UUID}4', '{UUID}1', '2030-01-01', ?, '{UUID}2')"
    )
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        connection.execute(booking, ("lost",))
    connection.execute(booking, ("asked",))
    connection.execute("UPDATE patient SET deleted_at = '2030-01-02'")
    connection.execute(insert, (f"{UUID}3", f"{UUID}1"))


def test_a_circle_of_references_can_be_filled() -> None:
    brief = Brief(
        title="circle",
        entities=(
            Entity(name="a", belongs_to=("b",)),
            Entity(name="b", belongs_to=("a", "b")),
        ),
    )
    connection = database(brief)
    connection.execute("INSERT INTO b (id, name) VALUES ('1', 'x')")
    connection.execute("INSERT INTO a (id, name, b_id) VALUES ('2', 'x', '1')")
    connection.execute("UPDATE b SET a_id = '2', b_id = '1'")
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        connection.execute("UPDATE b SET a_id = 'nowhere'")


def test_only_what_closes_a_circle_is_optional() -> None:
    brief = Brief(
        title="circle",
        entities=(
            Entity(name="a", belongs_to=("b", "c")),
            Entity(name="b", belongs_to=("a",)),
            Entity(name="c"),
        ),
    )
    null = {
        (plan.name, column.name)
        for plan in tables(product(brief))
        for column in plan.columns
        if column.null and column.references
    }
    assert null == {("b", "a_id")}


def test_says_how_tables_are_used_and_how_they_migrate() -> None:
    """BE-DB-2, BE-DB-4."""
    model = data_model(product(CLINIC))
    assert [step["edits"] for step in model["migrations"]] == [None]
    used = {row["table"]: row for row in model["traffic"]}
    assert set(used) == set(re.findall(r'CREATE TABLE "(\w+)"', model["ddl"]))
    assert "search_bookings" in used["booking"]["slow_query_risk"]


def test_leaves_the_tenancy_open_when_nobody_decided() -> None:
    """BE-ESC-3."""
    assert data_model(product(CLINIC), True)["tenancy"] is None
    assert data_model(product(CLINIC))["tenancy"] == "shared_schema"


def test_states_come_from_the_enum_called_state() -> None:
    assert states(product(CLINIC).entity("booking")) == ("asked", "booked", "done")
    assert states(product(CLINIC).entity("room")) == ()
