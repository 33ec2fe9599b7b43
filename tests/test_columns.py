"""Tables in little room: figures are whole or not there, text is cut, nothing goes unsaid."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.state.columns import GAP, fit
from tests.console import remit
from tests.records import NOW, fresh, new_run

HEADS = ("id", "cost", "note", "title")
CELLS = st.text("abc 7", max_size=50)
ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS), min_size=1, max_size=4)


@given(rows=ROWS, room=st.integers(20, 120))
def test_figures_are_whole_and_the_rest_fits(rows: list[tuple[str, ...]], room: int) -> None:
    found = fit(HEADS, rows, room, last=12, whole=("cost",), drop=("title", "note"))
    widths = dict(zip((HEADS[one] for one in found.kept), found.widths, strict=True))
    needed = max(len(" ".join(row[1].split())) for row in (HEADS, *rows))
    assert widths["cost"] == needed
    assert sum(found.widths) + GAP * (len(found.widths) - 1) <= max(room, needed + GAP + 1)
    assert {*widths, *found.left_out} == set(HEADS)


@given(rows=ROWS)
def test_with_room_for_everything_nothing_is_cut(rows: list[tuple[str, ...]]) -> None:
    found = fit(HEADS, rows, 4 * 50 + 3 * GAP, last=12, drop=HEADS)
    assert (found.kept, found.left_out) == ((0, 1, 2, 3), ())
    for number, width in enumerate(found.widths):
        assert width == max(len(" ".join(row[number].split())) for row in (HEADS, *rows))


def test_what_matters_least_goes_first_and_no_more_than_must() -> None:
    row = ("x" * 41, "$3.26", "y" * 30, "Clinic bookings")
    found = fit(HEADS, [row], 40, last=12, whole=("cost",), drop=("note", "title"))
    assert (found.left_out, found.widths) == (("note",), (19, 5, 12))


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_a_long_id_takes_no_figure_away(path: Path, columns: int) -> None:
    with fresh(path) as store:
        for name, policy in (("first", "strict"), ("a" * 41, "balanced")):
            store.create_run(new_run(name, policy_name=policy), now=NOW, token=0)
    head, *rows, _, _ = remit(path, "runs", COLUMNS=str(columns)).stdout.splitlines()
    assert all(len(line) <= columns for line in (head, *rows))
    assert all("$0.00" in row for row in rows)
    assert any(row.startswith("first ") for row in rows)
    assert all(len(one.split(".")[-1]) == 2 for row in rows for one in row.split() if "$" in one)
    assert ("2026 UTC" in head) is (columns > 40)
