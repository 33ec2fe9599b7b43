"""Whoever sits at this terminal while a run goes on: asked what is theirs to answer."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from remit.cli.terms import db_words
from remit.screen import Screen
from remit.state.inert import cut

if TYPE_CHECKING:
    from remit.graph.order import Order
    from remit.graph.runner import Ask
    from remit.recorded import Run
    from remit.state.assignment import Assignment
    from remit.state.brief import Brief
    from remit.state.report import Report


def asking(
    screen: Screen, order: "Order", run: "Callable[[], Run]", db: str | None
) -> "Ask | None":
    """Whoever sits at this terminal, where the order says so.

    Args:
        screen: where they are asked.
        order: the order of the run.
        run: the run as its journal has it by now.
        db: the record, as it was given.
    """
    from remit.answers import owes_report, prompt, report_of
    from remit.graph.order import HumanMode
    from remit.state.vocabulary import BUILDERS

    if order.human is not HumanMode.ASK:
        return None
    brief, builders = order.brief, tuple(role for role in BUILDERS if role in order.roles)

    def ask(assignment: "Assignment") -> "Report | None":
        since = time.monotonic()
        tell_matter(screen, assignment, brief)
        if owes_report(assignment):
            return _handed_in(screen, run(), assignment, db)
        choice = prompt(assignment, screen.line, _input(screen))
        if choice is None:
            return None
        waited = int(time.monotonic() - since)
        return report_of(assignment, choice, waited_s=waited, builders=builders)

    return ask


def tell_matter(screen: Screen, assignment: "Assignment", brief: "Brief") -> None:
    """What a person is asked, in full."""
    from remit.analysis.summary import details
    from remit.analysis.summary_text import wrapped

    screen.line()
    matter = assignment.matter
    if matter is None:
        head = f"You sit in for {assignment.seat}: {assignment.stage}, mode {assignment.mode}"
        screen.line(head, "bold")
        return
    who = ", ".join(matter.raised_by) or "the policy"
    screen.line(f"Matter {matter.id} ({matter.kind}), raised by {who}", "bold")
    for said in (matter.text, *details(matter, brief)):
        for line in wrapped("", cut(said, 2_000), screen.width):
            screen.line(line)


def _handed_in(
    screen: Screen, run: "Run", assignment: "Assignment", db: str | None
) -> "Report | None":
    """The report that a person names or writes, once it is in its form; `None` lets it wait."""
    from remit.analysis.summary import answer_name
    from remit.handing_in import report_from
    from remit.state.errors import InputError
    from remit.state.secrets import redact

    ask, since = _input(screen), time.monotonic()
    name = f"{run.id}/{answer_name(assignment)}{db_words(db)}"
    screen.line(f"  what is asked, as JSON: remit answer {name} --request")
    screen.line("  what is taken: its form is in there, and in `remit schema " +
                f"{assignment.seat}`")  # fmt: skip
    while True:
        try:
            given = ask("a file with the report, or nothing to let it wait: ").strip()
        except EOFError:
            return None
        if not given:
            return None
        try:
            text = given if given.startswith("{") else report_text(given)
            return report_from(run, assignment, text, int(time.monotonic() - since))
        except InputError as error:
            for problem in error.problems:
                screen.lines(f"  {cut(redact(problem), 1_000)}")


def report_text(given: str) -> str:
    """The text of a report in a file, or on standard input where that is `-`.

    Raises:
        InputError: it cannot be read.
    """
    from remit.handing_in import MAX_BYTES
    from remit.state.errors import InputError
    from remit.state.text_file import read_text

    if given != "-":
        return read_text(Path(given).expanduser(), MAX_BYTES)
    data = sys.stdin.buffer.read(MAX_BYTES + 1)
    try:
        if len(data) <= MAX_BYTES:
            return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"standard input: is not UTF-8 text (byte {error.start})") from None
    raise InputError(f"standard input: larger than {MAX_BYTES} bytes")


def _input(screen: Screen) -> Callable[[str], str]:
    def ask(words: str) -> str:
        screen.line(words)
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        return line.rstrip("\n").encode("utf-8", "replace").decode("utf-8")

    return ask
