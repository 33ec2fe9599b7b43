"""docs/requirements.md: every id has a place and a test that exists, or says what it waits for."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENT = (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8")
PARTS = {"first run", "real team"}
"""What an open row may wait for."""

COUNTS = {
    "PUB": 11,
    "BE-ROLE": 2,
    "BE-MODE": 4,
    "BE-IN": 5,
    "BE-ESC": 7,
    "BE-COL": 5,
    "BE-API": 5,
    "BE-VAL": 3,
    "BE-ERR": 3,
    "BE-AUTH": 4,
    "BE-DB": 4,
    "BE-PERF": 4,
    "BE-OBS": 3,
    "BE-SEC": 4,
    "BE-OUT": 10,
    "BE-FIN": 5,
    "BE-PROMPT": 4,
}
IDS = {"PUB-6a", "BE-COL-3a", "BE-MODE-0", "BE-IN-0"} | {
    f"{family}-{number}" for family, count in COUNTS.items() for number in range(1, count + 1)
}


class Row(NamedTuple):
    """One line of a table."""

    id: str
    asks: str
    places: list[str]
    tests: list[str]
    """`file.py::name`, the file under tests/."""
    waits: list[str]
    """The parts that an open row waits for."""


def rows(document: str) -> list[Row]:
    found = re.findall(r"^\| ([A-Z-]+\d+a?) \| (.+) \| (.+) \| (.+) \|$", document, re.MULTILINE)
    return [
        Row(
            id=id,
            asks=asks,
            places=re.findall(r"`([^`]+)`", places),
            tests=re.findall(r"`([^`]+)`", shown),
            waits=re.findall(r"open: ([^(,<]+[^(,<\s])", shown),
        )
        for id, asks, places, shown in found
    ]


@cache
def known(file: str) -> frozenset[str]:
    """The names of the tests that a file defines; none without the file."""
    path = ROOT / "tests" / file
    tree = ast.parse(path.read_text(encoding="utf-8") if path.is_file() else "")
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    names = {node.name for node in ast.walk(tree) if isinstance(node, kinds)}
    return frozenset(name for name in names if name.startswith(("test_", "Test")))


@cache
def cited(file: str) -> frozenset[str]:
    """The ids that a test file names, or a table of cases that it imports from tests/.

    `BE-OUT-1..10` and `BE-OUT-1 … BE-OUT-10` name the ids between them too.
    """
    text = (ROOT / "tests" / file).read_text(encoding="utf-8")
    for name in set(re.findall(r"^from tests\.(\w+) import", text, re.MULTILINE)):
        text += (ROOT / "tests" / f"{name}.py").read_text(encoding="utf-8")
    ids = set(re.findall(r"(?:PUB|BE-[A-Z]+)-\d+a?", text))
    for family, first, last in re.findall(r"(PUB|BE-[A-Z]+)-(\d+)(?:\.\.| … \1-)(\d+)", text):
        ids |= {f"{family}-{number}" for number in range(int(first), int(last) + 1)}
    return frozenset(ids)


def problems(document: str) -> list[str]:
    """What is wrong with the table, one line each."""
    table = rows(document)
    ids = [row.id for row in table]
    wrong = [f"{id} is missing" for id in sorted(IDS - set(ids))]
    wrong += [
        f"{id} is unknown or stands twice" for id in ids if ids.count(id) > 1 or id not in IDS
    ]
    for row in table:
        if not row.tests and not row.waits:
            wrong.append(f"{row.id} has no test and is not open")
        wrong += [f"{row.id} waits for {part!r}" for part in row.waits if part not in PARTS]
        wrong += [
            f"{row.id} is enforced in {place}, which is not there"
            for place in row.places
            if row.tests and not (ROOT / place).exists()
        ]
        for name in row.tests:
            file, _, function = name.partition("::")
            if function not in known(file):
                wrong.append(f"{row.id} names {name}, which is not there")
            elif row.id not in cited(file):
                wrong.append(f"{row.id} names {name}, whose file does not cite it")
    return wrong


def test_every_requirement_is_traced_to_a_test_that_exists() -> None:
    assert problems(DOCUMENT) == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("| PUB-1 | a | `state` | `test_gone.py::test_gone` |", "which is not there"),
        ("| PUB-1 | a | `state` | `test_house.py::test_gone` |", "which is not there"),
        (
            "| BE-OBS-3 | a | `state` | `test_house.py::test_imports_point_one_way` |",
            "does not cite it",
        ),
        (
            "| PUB-1 | a | `gone.py` | `test_house.py::test_imports_point_one_way` |",
            "gone.py, which is not there",
        ),
        ("| PUB-1 | a | `state` | soon |", "no test and is not open"),
        ("| PUB-1 | a | `state` | open: some day |", "waits for 'some day'"),
        ("| PUB-99 | a | `state` | open: real team |", "unknown or stands twice"),
        ("| PUB-2 | a | `state` | open: real team |", "PUB-1 is missing"),
    ],
)
def test_sees_a_trace_that_does_not_hold(line: str, problem: str) -> None:
    assert any(problem in found for found in problems(line))
