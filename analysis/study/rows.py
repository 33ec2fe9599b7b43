"""A study's points as rows: for data frames, CSV and JSON."""

from typing import Any

from remit.analysis.study.results import Results


def row_of(found: Results, point: int) -> dict[str, Any]:
    """A point in one row: `point`, its factors, `runs`, and of each response mean, low and high.

    Of a solved point `runs` is 0, and low and high are certain.
    """
    row: dict[str, Any] = {"study": found.row.id, "point": point}
    row |= dict(zip(found.asked.factors, found.asked.points[point], strict=True))
    row["runs"] = found.mean(found.asked.responses[0], point).runs
    for response in found.asked.responses:
        mean = found.mean(response, point)
        row |= {str(response): mean.value, f"{response}_low": mean.low,
                f"{response}_high": mean.high}  # fmt: skip
    return row
