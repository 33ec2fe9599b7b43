"""Runs as a list: a row each, and once what is the same in all of them."""

from collections.abc import Callable, Mapping, Sequence

from remit.analysis.wording import dollars, duration
from remit.state.listing import Sort
from remit.state.record import RunRow
from remit.state.sheet import Sheet, Table

Said = Callable[[RunRow], str]
"""What a row says of one thing."""
TERMS: Mapping[str, Said] = {
    "policy": lambda row: row.policy_name,
    "behaviour": lambda row: row.behaviour_name or "-",
    "seed": lambda row: str(row.seed),
    "title": lambda row: row.title,
}
"""What runs are ordered with: a column where they differ, said once where they do not."""
SORTED: Mapping[Sort, Said] = {
    Sort.UPDATED: lambda row: f"{row.updated_at:%Y-%m-%d %H:%M}",
    Sort.TOKENS: lambda row: f"{row.tokens:,}",
    Sort.DURATION: lambda row: duration(row.elapsed_s),
}
"""What rows can be sorted by that they do not show otherwise."""
DROP = ("seed", "behaviour", "title", "policy", "handoffs", "cost")
"""The least important first, and of them the rest of what is shown of the end."""


def runs_table(rows: Sequence[RunRow], sort: Sort = Sort.CREATED) -> Table:
    """A row for each run, with what it was sorted by."""
    years = {row.created_at.year for row in rows}
    form = "%m-%d %H:%M" if len(years) == 1 else "%Y-%m-%d %H:%M"
    time = f"{min(years)} UTC" if len(years) == 1 else "UTC"
    columns: dict[str, Said] = {
        "id": lambda row: row.id,
        time: lambda row: row.created_at.strftime(form),
        "outcome": lambda row: str(row.outcome),
        "handoffs": lambda row: f"{row.issued:,}",
        "cost": lambda row: dollars(row.cost_micros),
        **({str(sort): SORTED[sort]} if sort in SORTED else {}),
        **{name: said for name, said in TERMS.items() if name not in shared(rows)},
    }
    return Table(
        title="",
        heads=tuple(columns),
        rows=tuple(tuple(said(row) for said in columns.values()) for row in rows),
        right=("handoffs", "cost", "tokens", "duration", "seed"),
        whole=(time, "outcome", "updated"),
        drop=(*DROP[:4], time, *DROP[4:]),
    )


def shared(rows: Sequence[RunRow]) -> dict[str, str]:
    """The terms that are the same in all rows, by name."""
    found = {name: {said(row) for row in rows} for name, said in TERMS.items()}
    return {name: min(values) for name, values in found.items() if len(values) == 1}


def shared_words(rows: Sequence[RunRow]) -> str:
    """The same in a line: `each: policy balanced, behaviour typical, Invoicing`; else nothing."""
    words = [said if name == "title" else f"{name} {said}" for name, said in shared(rows).items()]
    return f"each: {', '.join(words)}" if words else ""


def runs_sheet(rows: Sequence[RunRow], title: str) -> Sheet:
    """The runs as a table of theirs, and above it what they share."""
    return Sheet(title=title, about=shared_words(rows), tables=(runs_table(rows),))
