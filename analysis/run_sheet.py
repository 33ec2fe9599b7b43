"""A run and its handoffs as tables."""

from collections.abc import Iterator, Sequence

from remit.analysis.summary import Asked, Summary, Usage
from remit.analysis.summary_text import headline
from remit.analysis.wording import amount, bracketed, counted, dollars, duration, spaced
from remit.state.handoff import Handoff
from remit.state.sheet import Sheet, Table, first_and_last
from remit.state.vocabulary import LOOPS

MOST = 60
"""Rows that are shown of a long list: the first and the last of it."""


def run_sheet(one: Summary) -> Sheet:
    """How a run ended, the loops it used, what was asked and what ships as debt."""
    took = f"{one.handoffs} handoffs, {dollars(one.cost_micros)}, {duration(one.elapsed_s)}"
    tables = (
        Table(title="Loops used", heads=("limit", "used", "allowed"), rows=tuple(_loops(one))),
        Table(title="Asked", heads=("matter", "who → whom", "answer", "about"),
              rows=first_and_last(tuple(map(_matter, one.asked)), MOST)),
        Table(title="Known debt", heads=("item", "waived by", "what"),
              rows=tuple((spaced(debt.item), str(debt.by), debt.text) for debt in one.debts)),
    )  # fmt: skip
    return Sheet(
        title=headline(one),
        about=f"{one.title}: run {one.id}, {took}, policy {one.policy}, seed {one.seed}",
        tables=tables,
    )


def handoffs_sheet(rows: Sequence[Handoff]) -> Sheet:
    """Every handoff with why it was made; of very many the first and the last."""
    issued = sum(row.to is not None for row in rows)
    end = " and the end" if issued < len(rows) else ""
    return Sheet(title=counted(issued, "handoff") + end, tables=(handoffs_table(rows, MOST),))


def handoffs_table(rows: Sequence[Handoff], most: int | None = None) -> Table:
    """Each handoff with why it was made; of more than `most` the first and the last."""
    cells = tuple(
        (str(row.seq), f"{row.sender} → {row.to or 'end'}", spaced(row.stage), str(row.kind),
         row.why + bracketed(row.spent))
        for row in rows
    )  # fmt: skip
    return Table(
        title="",
        heads=("#", "handoff", "stage", "kind", "why [limit used/allowed]"),
        rows=cells if most is None else first_and_last(cells, most),
        right=("#",),
        whole=("handoff", "stage", "kind"),
        drop=("kind", "stage"),
    )


def _loops(one: Summary) -> Iterator[tuple[str, str, str]]:
    for usage in one.limits:
        if usage.limit in LOOPS and usage.used:
            yield spaced(usage.limit), amount(usage.limit, usage.used), _allowed(usage)


def _allowed(usage: Usage) -> str:
    granted = f" ({usage.granted} granted)" if usage.granted else ""
    return amount(usage.limit, usage.allowed) + granted


def _matter(one: Asked) -> tuple[str, str, str, str]:
    who = ", ".join(one.raised_by) or "the policy"
    return one.id, f"{who} → {one.to}", one.answer or "open", one.text
