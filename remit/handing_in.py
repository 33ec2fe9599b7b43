"""A person's own work: what the seat is asked, and the report that is handed in for it.

The form is the one in which a program in the seat reads and answers (`remit schema ROLE`).
"""

from typing import Any

from remit.agents.agent import Desk
from remit.agents.command import request
from remit.agents.model.answer import Unfit, report_of
from remit.analysis.summary import answer_name
from remit.answers import flags
from remit.graph.ledger import check
from remit.graph.perform import handed_over
from remit.recorded import Run
from remit.state.assignment import Assignment, Input
from remit.state.errors import EventRefused, InputError
from remit.state.report import Report
from remit.state.secrets import redacted

MAX_BYTES = 16_000_000
"""Of a report that is handed in; as much as a program may write."""


def request_of(run: Run, task: Assignment) -> dict[str, Any]:
    """The assignment, the brief, what was routed to the seat, and the form of the answer."""
    asked: dict[str, Any] = redacted(request(task, _desk(run, task)))
    return asked


def report_from(run: Run, task: Assignment, text: str, waited_s: int) -> Report:
    """The report that a text amounts to.

    Args:
        run: where the work belongs.
        task: what was asked.
        text: one JSON object in the form of `request_of`.
        waited_s: seconds that the run waited for it.

    Raises:
        InputError: it is not in that form, or does not answer what was asked; it is said why. A
            matter takes one of its answers, which hold what must be said with each.
    """
    if task.matter is not None:
        takes = " or ".join(flags(task))
        raise InputError(f"{answer_name(task)}: is no seat's work; it takes {takes}, not a report")
    try:
        report = report_of(text, task, _desk(run, task))
        check(task, report)
        handed_over(task, report)
    except (Unfit, EventRefused) as error:
        raise InputError(f"{answer_name(task)}: the report is not taken: {error}") from None
    return report.model_copy(update={"duration_s": max(0, waited_s)})


def _desk(run: Run, task: Assignment) -> Desk:
    """What the person may see: what was routed to the seat, and nothing else (PUB-7)."""

    def read(one: Input) -> dict[str, Any]:
        assert one in task.inputs
        return run.content(one)

    return Desk(
        brief=run.brief, seed=0, read=read, flaws={}, manifest=run.course.manifest.to_json()
    )
