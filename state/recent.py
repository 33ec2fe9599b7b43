"""The ids of recent runs, for whoever types one: quick, and nothing but the standard library."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from remit.state.runid import is_name
from remit.state.vocabulary import Outcome

_TIMEOUT_S = 0.2
_LAST = "\U0010ffff"
"""Sorts behind every character of a name."""
_RUNS = """
    SELECT id, outcome, substr(created_at, 1, 10) FROM runs WHERE id BETWEEN ? AND ?
    ORDER BY created_at DESC, id DESC LIMIT ?
"""
_MATTERS = """
    SELECT run_id, id FROM matters WHERE status = 'open' AND authority = 'human'
    AND run_id || '/' || id BETWEEN ? AND ? ORDER BY opened_at LIMIT ?
"""
_STUDIES = """
    SELECT id, engine FROM studies WHERE id BETWEEN ? AND ? ORDER BY created_at DESC LIMIT ?
"""
_ENGINE = re.compile(r"[a-z]{1,16}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Recent(NamedTuple):
    """A run as it is offered: nothing in it can steer a terminal or a shell."""

    id: str
    outcome: Outcome
    day: str
    """On which it began, such as 2026-11-20."""


def recent(path: Path, prefix: str, most: int) -> Iterator[Recent]:
    """The newest runs of the record at `path` whose ids begin so; the record is only read.

    Rows that no run can have are left out.

    Raises:
        sqlite3.Error: there is no record, or it cannot be read at once.
    """
    with closing(_opened(path)) as connection:
        for name, outcome, day in connection.execute(_RUNS, (prefix, prefix + _LAST, most)):
            if is_name(name) and outcome in tuple(Outcome) and _DAY.fullmatch(day):
                yield Recent(name, Outcome(outcome), day)


def open_matters(path: Path, prefix: str, most: int) -> Iterator[str]:
    """`RUN/mN` of matters that wait for the human, the longest open first.

    Raises:
        sqlite3.Error: as `recent`.
    """
    with closing(_opened(path)) as connection:
        for run, matter in connection.execute(_MATTERS, (prefix, prefix + _LAST, most)):
            if is_name(run) and is_name(matter):
                yield f"{run}/{matter}"


def recent_studies(path: Path, prefix: str, most: int) -> Iterator[tuple[str, str]]:
    """The newest studies whose names begin so, each with how its runs are made.

    Raises:
        sqlite3.Error: as `recent`.
    """
    with closing(_opened(path)) as connection:
        for name, engine in connection.execute(_STUDIES, (prefix, prefix + _LAST, most)):
            if is_name(name) and _ENGINE.fullmatch(engine):
                yield name, engine


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=_TIMEOUT_S)
