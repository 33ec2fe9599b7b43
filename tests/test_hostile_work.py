"""Hostile work is judged without an exception, and nothing of it passes unseen."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.agents.standards import (
    STANDARD,
    BackendWork,
    done_criteria,
    findings,
    judge,
    output_problems,
    recommend,
    score,
    work_from,
)
from remit.agents.standards.ddl import read_ddl, statements
from remit.agents.standards.json_values import mapping, sequence
from tests.plants import (
    BRIEF,
    Json,
    clean,
    failed,
    fresh,
    row,
    schema,
    verdicts,
    without_line_index,
)

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["\ud800", "\x00", "*", "CREATE TABLE a(id)", "not_applicable", "#/paths"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(max_size=6) | st.sampled_from(["$ref", "paths", "get", "properties", "allOf"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


def hurt(value: Any, way: list[int], junk: Any) -> Any:
    """The value with one part, found by following `way`, replaced or taken out."""
    named, listed = mapping(value), [*sequence(value)]
    size = len(named) or len(listed)
    if not way or not size:
        return junk
    at = way[0] % size
    name = list(named)[at] if named else ""
    changed = hurt(named[name] if named else listed[at], way[1:], junk)
    gone = len(way) == 1 and junk is None
    if named:
        kept = {key: part for key, part in named.items() if key != name}
        return kept if gone else {**kept, name: changed}
    return [*listed[:at], *(() if gone else (changed,)), *listed[at + 1 :]]


@settings(max_examples=60)
@given(
    name=st.sampled_from(["contract", "data_model", "backend_build"]),
    way=st.lists(st.integers(0, 60), max_size=9),
    junk=JSON,
)
def test_spoilt_work_is_judged_without_an_exception(name: str, way: list[int], junk: Any) -> None:
    """BE-FIN-3: any part may be missing or of the wrong type; each verdict has its reason."""
    spoilt: Json = {**clean(BRIEF.model_dump_json())}
    spoilt[name] = hurt(spoilt[name], way, junk)
    found = judge(work_from(BRIEF, spoilt))
    assert [one.standard for one in found] == list(STANDARD)
    assert all(one.evidence for one in found)
    assert len(done_criteria(found)) == 30
    assert len(findings(found)) == sum(one.result == "fail" for one in found)
    assert all(len(line) <= 600 for line in output_problems(spoilt["backend_build"], "build"))


@settings(max_examples=60)
@given(contract=JSON, data_model=JSON, output=JSON)
def test_junk_passes_nothing_that_needs_evidence(
    contract: Any, data_model: Any, output: Any
) -> None:
    """What a static look cannot decide is unknown, never pass."""
    work = BackendWork(brief=BRIEF, contract=contract, data_model=data_model, output=output)
    assert all(one.result != "pass" for one in judge(work))


def nested(depth: int) -> Json:
    value: Json = {}
    for _ in range(depth):
        value = {"properties": {"data": value}, "allOf": [value], "paths": value, "ddl": value}
    return value


def test_deep_nesting_is_survived() -> None:
    """Hostile depth is looked at as far as the caps go."""
    deep = nested(3_000)
    work = BackendWork(
        brief=BRIEF,
        contract={"paths": {"/v1/a": {"get": {"responses": {"200": deep}, "requestBody": deep}}}},
        data_model=deep,
        output={"implementation": deep, "security": deep, "data_model": deep, "mode": deep},
    )
    found = {one.standard: one.result for one in judge(work)}
    assert found["BE-AUTH-1"] == "fail"
    assert found["BE-VAL-1"] == found["BE-DB-1"] == "unknown"
    assert output_problems(work.output, "build")


def test_circular_references_end() -> None:
    """A `$ref` that leads to itself reads as nothing."""
    spoilt = fresh()
    schema(spoilt, "Api_Failure").clear()
    schema(spoilt, "Api_Failure")["$ref"] = "#/components/schemas/Api_Failure"
    assert {"BE-API-2", "BE-ERR-1"} <= failed(spoilt)


def test_missing_work_is_unknown_never_passed() -> None:
    """BE-OUT-10: without documents nothing is decided."""
    empty = BackendWork(brief=BRIEF, contract=None, data_model=None, output={})
    found = judge(empty)
    assert {one.result for one in found} == {"unknown"}
    assert score(found) == 0
    assert recommend(100, found, 80, 50) == "escalate"


def test_code_that_nothing_is_said_about_is_unknown() -> None:
    """Soft standards pass only with a row for every operation."""
    spoilt = fresh()
    rows = spoilt["backend_build"]["implementation"]["operations"]
    rows.remove(row(spoilt, "read_invoice"))
    found = verdicts(spoilt)
    for standard in ("BE-VAL-1", "BE-AUTH-1", "BE-AUTH-3", "BE-PERF-1", "BE-SEC-2"):
        assert found[standard].result == "unknown"
        assert "read_invoice" in found[standard].evidence


HOSTILE_SQL = (
    "ATTACH DATABASE '{path}' AS other; CREATE TABLE other.a (id TEXT)",
    "VACUUM INTO '{path}'",
    "PRAGMA journal_mode = WAL",
    "CREATE TABLE a AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT i FROM n",
    "SELECT load_extension('{path}')",
    "CREATE VIRTUAL TABLE t USING fts5(a)",
    "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END",
    "CREATE TABLE a (id TEXT); INSERT INTO a VALUES (zeroblob(2000000000))",
    "CREATE TABLE \x00 (id)",
    "CREATE TABLE \ud800 (id)",
    "'" * 20_001,
    "/*" * 20_000,
    ";" * 50_000,
    "CREATE TABLE a (" + "(" * 5_000,
    "DROP TABLE sqlite_master",
    "DELETE FROM sqlite_master",
)


@pytest.mark.parametrize("number", range(len(HOSTILE_SQL)))
def test_hostile_sql_is_read_under_lock_and_key(number: int, tmp_path: Path) -> None:
    """No file is touched, nothing runs long, and what was refused is told."""
    path, script = tmp_path / "escaped.db", HOSTILE_SQL[number]
    found = read_ddl("CREATE TABLE kept (id UUID PRIMARY KEY);" + script.format(path=path))
    assert not path.exists()
    assert "kept" in found.tables
    assert found.unread or script.strip(";") == "" or script.startswith("/*")


def test_ddl_of_another_dialect_is_unknown_not_wrong() -> None:
    """BE-DB-1: a statement that cannot be read may hold what seems to be missing."""
    spoilt = fresh()
    without_line_index(spoilt)
    spoilt["data_model"]["ddl"] += "CREATE INDEX CONCURRENTLY ON line USING btree (invoice_id);"
    found = verdicts(spoilt)["BE-DB-1"]
    assert found.result == "unknown"
    assert "CONCURRENTLY" in found.evidence


def test_semicolons_in_strings_and_comments_end_no_statement() -> None:
    script = (
        "CREATE TABLE a (b TEXT DEFAULT ';'); -- one; two\nCREATE TABLE \"c;d\" (e TEXT) /* ; */"
    )
    assert len(list(statements(script))) == 2
    assert set(read_ddl(script).tables) == {"a", "c;d"}
