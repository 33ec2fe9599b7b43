"""Runs: their ids and names, how they are found and listed, and many at once."""

import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.state.errors import InputError
from remit.state.record import CompleteRun, Entry, Projection, RunRow, entry_of
from remit.state.runid import TOKENS, run_id
from remit.state.store import Store
from remit.state.vocabulary import ROLES, Outcome, Seat
from tests.records import (
    EVERYTHING,
    LATER,
    NOW,
    REPORT,
    RUNNING,
    begun,
    dump,
    handoff,
    handoffs,
    new_run,
)


def test_a_run_is_found_by_any_prefix_that_only_it_has(store: Store) -> None:
    for name in ("alpha", "alpine", "alp", "beta"):
        begun(store, name=name)
    assert store.find("b").id == "beta"
    assert store.find("alph").id == "alpha"
    assert store.find("alp").id == "alp"
    with pytest.raises(InputError, match="could be alp, alpha, alpine; give more"):
        store.find("al")


@pytest.mark.parametrize("prefix", ["", "zeta", "%", "a'", "a" * 10_000, "\x00", "\ud800"])
def test_a_run_that_is_not_there_is_one_line(store: Store, prefix: str) -> None:
    begun(store, name="alpha")
    with pytest.raises(InputError, match="there is none") as caught:
        store.find(prefix)
    assert len(str(caught.value)) < 200


def test_an_ambiguous_prefix_names_only_a_few(store: Store) -> None:
    for number in range(12):
        begun(store, name=f"run{number:02}")
    with pytest.raises(InputError, match=r"run00, .*run07, …"):
        store.find("run")


def test_a_name_is_taken_once(store: Store) -> None:
    begun(store, name="alpha")
    with pytest.raises(InputError, match="'alpha': is taken"):
        begun(store, name="alpha")


@pytest.mark.parametrize("name", ["", "../alpha", "-rf", ".hidden", "a b", "a\n", "x" * 65, "é"])
def test_a_name_that_is_no_name_is_refused(store: Store, name: str) -> None:
    with pytest.raises(InputError, match="run name"):
        begun(store, name=name)
    assert store.runs() == []


@pytest.mark.parametrize("seed", [-1, 2**63])
def test_a_seed_out_of_range_is_refused(store: Store, seed: int) -> None:
    with pytest.raises(InputError, match="seed"):
        begun(store, seed=seed)


def test_runs_are_listed_newest_first_and_by_what_they_are(store: Store) -> None:
    rows = [("a", "balanced", 0), ("b", "strict", 2), ("c", "balanced", 1)]
    for name, policy, hours in rows:
        new = new_run(name, policy_name=policy)
        store.create_run(new, now=NOW + timedelta(hours=hours), token=0)
    store.project("c", Projection(run=replace(RUNNING, outcome=Outcome.SHIPPED)), LATER)

    def ids(found: list[RunRow]) -> str:
        return "".join(row.id for row in found)

    assert ids(store.runs()) == "bca"
    assert ids(store.runs(2)) == "bc"
    assert ids(store.runs(policy="balanced")) == "ca"
    assert ids(store.runs(outcome=Outcome.SHIPPED)) == "c"
    assert store.runs()[0].roles == ROLES


def test_listing_never_sorts_the_whole_table(full: sqlite3.Connection) -> None:
    for where in ("", "WHERE outcome = 'shipped' ", "WHERE policy_name = 'strict' "):
        sql = f"EXPLAIN QUERY PLAN SELECT * FROM runs {where}ORDER BY created_at DESC, id DESC"
        plan = " ".join(row[3] for row in full.execute(f"{sql} LIMIT 20"))
        assert "USING INDEX" in plan
        assert "USE TEMP B-TREE FOR ORDER BY" not in plan


@given(st.datetimes(datetime(2024, 1, 1), datetime(2150, 1, 1)), st.integers(1, 10**6))
def test_ids_sort_by_time(at: datetime, later_ms: int) -> None:
    moment = at.replace(tzinfo=NOW.tzinfo)
    later = moment + timedelta(milliseconds=125 + later_ms)
    assert run_id(moment, TOKENS - 1) < run_id(later, 0)
    assert len(run_id(moment, 0)) == 10


def test_runs_of_one_moment_and_token_get_different_ids(store: Store) -> None:
    ids = [store.create_run(new_run(), now=NOW, token=TOKENS - 1) for _ in range(3)]
    assert len(set(ids)) == 3


# Batches


def completed(number: int, **changes: Any) -> CompleteRun:
    entry, contents = entry_of(1, Seat.CTO, REPORT)
    bare = Entry(step=2, seat=Seat.PM, report=entry.report)
    return CompleteRun(
        new=new_run(seed=number, **changes),
        entries=(entry, bare),
        contents=contents,
        projection=replace(EVERYTHING, handoffs=handoffs(number)),
    )


def test_a_batch_writes_what_single_runs_write(store: Store) -> None:
    batch = store.write_batch([completed(n) for n in (1, 2, 3)], now=NOW, token=5)
    for number, run in enumerate(batch, 1):
        alone = begun(store, seed=number)
        one = completed(number)
        for entry in one.entries:
            store.append_entries(alone, [entry], one.contents, NOW)
        store.project(alone, one.projection, NOW)
        assert store.journal_rows(alone) == store.journal_rows(run)
        assert store.handoffs(alone) == store.handoffs(run)
        assert store.debts(alone) == store.debts(run)
        assert [row.state for row in store.matters(alone)] == [
            row.state for row in store.matters(run)
        ]
        assert replace(store.find(alone), id=run) == store.find(run)
    assert store.damage() is None


def test_a_batch_is_written_whole_or_not_at_all(store: Store, path: Path) -> None:
    begun(store, name="taken")
    before = dump(path)
    broken = replace(completed(2), projection=replace(EVERYTHING, handoffs=[handoff(2)]))
    with pytest.raises(InputError, match="'taken': is taken"):
        store.write_batch([completed(1), completed(2, name="taken")], now=NOW, token=0)
    with pytest.raises(Exception, match="only the next seq"):
        store.write_batch([completed(1), broken], now=NOW, token=0)
    assert dump(path) == before


def test_a_batch_finds_ids_when_its_moment_is_crowded(store: Store) -> None:
    many = [replace(completed(0), contents={}, entries=(), projection=Projection(run=RUNNING))]
    first = store.write_batch(many * 300, now=NOW, token=TOKENS - 100)
    second = store.write_batch(many * 300, now=NOW, token=TOKENS - 100)
    assert len({*first, *second}) == 600
