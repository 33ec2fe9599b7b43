"""A study as files: the report, its pictures, and the rows that every number comes from."""

import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from remit.analysis.study.pictures import drawings, rendered
from remit.analysis.study.report import page
from remit.analysis.study.responses import NATURES, Response
from remit.analysis.study.results import Results
from remit.analysis.study.rows import row_of
from remit.state.errors import InputError


def save(found: Results, folder: Path) -> tuple[Path, ...]:
    """Write report, pictures and rows into a folder, made if need be; the files.

    Raises:
        InputError: it cannot be written, or the study has no runs.
    """
    made = {
        "report.html": page(found).encode("utf-8"),
        "points.csv": _csv(_points(found)),
    }
    if not found.is_exact:
        made["runs.csv"] = _csv(_runs(found))
    if found.worlds:
        made["worlds.csv"] = _csv(_worlds(found))
    for name, (height, draw) in drawings(found).items():
        for kind in ("png", "svg"):
            made[f"{name}.{kind}"] = rendered(draw, height, kind)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in made.items():
            _write(folder / name, data)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{folder}: cannot be written ({reason}); name another folder") from error
    return tuple(folder / name for name in made)


def _write(path: Path, data: bytes) -> None:
    """Write a file whole: a reader finds the old one or the new one."""
    half = path.with_name(f"{path.name}.part")
    half.write_bytes(data)
    os.replace(half, path)


def _csv(rows: Iterable[Sequence[Any]]) -> bytes:
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8")


def _points(found: Results) -> Iterator[Sequence[Any]]:
    rows = [row_of(found, point) for point in found.there]
    yield [*rows[0]]
    yield from ([*row.values()] for row in rows)


def _runs(found: Results) -> Iterator[Sequence[Any]]:
    """One row for each run, in the responses' units: means of a column are those of the page."""
    names = found.asked.responses
    yield ["study", "point", "run", *map(str, names)]
    for point in found.there:
        columns = zip(*(_in_unit(found, name, point) for name in names), strict=True)
        for number, values in enumerate(columns):
            yield [found.row.id, point, number, *values]


def _in_unit(found: Results, response: Response, point: int) -> list[Any]:
    """Counts stay whole numbers."""
    kept = NATURES[response].scale == 1
    amounts = found.runs[point][response] if kept else found.amounts(response, point)
    values: list[Any] = amounts.tolist()
    return values


def _worlds(found: Results) -> Iterator[Sequence[Any]]:
    """The means of each point in each other world, in the responses' units."""
    names = found.asked.responses
    yield ["study", "world", "point", *map(str, names)]
    for world, points in sorted(found.worlds.items()):
        for point, means in sorted(points.items()):
            yield [found.row.id, world, point, *(means[name] for name in names)]
