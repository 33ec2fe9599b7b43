"""`remit inbox` and `remit answer`: what waits for a person, and the person's answer."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from remit.cli import completing
from remit.cli.ending import ENDED
from remit.cli.sitting import report_text
from remit.cli.terms import Db, Json, db_words, dump, is_there, record
from remit.screen import Screen, standard

if TYPE_CHECKING:
    from remit.inbox import Waiting


def inbox(db: Db = None, as_json: Json = False) -> None:
    """List what waits for a person, the longest first.

    Each with what it can be answered with, its deadline, and what silence would mean.
    """
    from remit.analysis.summary_text import Command, answer_lines, wrapped
    from remit.analysis.wording import spaced
    from remit.inbox import inbox as waiting_in
    from remit.inbox import owed_in_full
    from remit.state.inert import cut

    found = []
    if is_there(db):
        with record(db) as opened:
            found = waiting_in(opened)
    if as_json:
        dump([asdict(one) for one in found])
        return
    screen = standard()
    if not found:
        screen.line("nothing waits for a person")
    for one in found:
        screen.line(f"{one.id}  {cut(one.title, 40)}", "bold")
        lines = [
            (one.kind, one.text),
            *(("detail", said) for said in one.details),
            ("since", f"{one.since:%Y-%m-%d %H:%M} UTC"),
        ]
        if one.deadline_at and one.default:
            lines.append(("until", f"{one.deadline_at:%Y-%m-%d %H:%M} UTC, then: {one.default}"))
        if owed_in_full(one.options):
            lines.append(("asked", Command(f"remit answer {one.id}{db_words(db)} --request")))
        lines += answer_lines(one.id, one.options, db_words(db))
        for label, said in lines:
            for line in wrapped(
                spaced(label), said if isinstance(said, Command) else cut(said, 1_000), screen.width
            ):
                screen.line(line)


def answer(
    matter: Annotated[
        str,
        typer.Argument(
            metavar="MATTER",
            help="RUN/mN or RUN/STEP.SEAT, as the inbox says.",
            autocompletion=completing.matters,
        ),
    ],
    answer: Annotated[str | None, typer.Option(metavar="TEXT", help="Answer the question.")] = None,
    amend: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Allow it in another form.")
    ] = None,
    approve: Annotated[bool, typer.Option("--approve", help="Approve, deliver or accept.")] = False,
    reject: Annotated[
        bool, typer.Option("--reject", "--deny", help="Reject, deny, or send back with --note.")
    ] = False,
    grant: Annotated[bool, typer.Option("--grant", help="Give one more step.")] = False,
    waive: Annotated[bool, typer.Option("--waive", help="Accept it as known debt.")] = False,
    freeze: Annotated[bool, typer.Option("--freeze", help="Take no more change requests.")] = False,
    stop: Annotated[bool, typer.Option("--stop", help="End the run, keeping its work.")] = False,
    report: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Hand in the work of a seat as JSON; - is stdin."),
    ] = None,
    request: Annotated[
        bool, typer.Option("--request", help="Print what a seat is asked, as JSON, and its form.")
    ] = False,
    note: Annotated[str, typer.Option(metavar="TEXT", help="Why; it stands in the record.")] = "",
    db: Db = None,
) -> None:
    """Answer what waits for a person.

    A matter takes the options that the inbox shows and no other; `remit resume` goes on from there.
    """
    from remit.answers import Choice, Word
    from remit.state.errors import InputError

    texts = {Word.ANSWER: answer, Word.AMEND: amend}
    marks = {
        Word.APPROVE: approve, Word.REJECT: reject, Word.GRANT: grant,
        Word.WAIVE: waive, Word.FREEZE: freeze, Word.STOP: stop,
    }  # fmt: skip
    said = [word for word, text in texts.items() if text is not None]
    said += [word for word, given in marks.items() if given]
    if len(said) + (report is not None) + request != 1:
        every = ", ".join(f"--{word}" for word in (*Word, "report", "request"))
        raise InputError(f"{matter}: say exactly one of {every}")
    if request:
        _print_request(matter, db)
        return
    from remit.inbox import answer as give

    choice: Choice | str = (
        Choice(word=said[0], text=texts.get(said[0]) or "", note=note)
        if report is None else report_text(report)
    )  # fmt: skip
    with record(db) as opened:
        done = give(opened, matter, choice)
    screen = standard()
    _tell(screen, done.to, said[0] if said else "report")
    run = done.run
    if run.outcome in ENDED:
        screen.line(f"the run has ended ({run.outcome}): remit show {run.id}{db_words(db)}")
    else:
        screen.line(f"the run goes on with: remit resume {run.id}{db_words(db)}")


def _print_request(name: str, db: str | None) -> None:
    from remit.inbox import request as asked

    with record(db) as opened:
        dump(asked(opened, name))


def _tell(screen: Screen, matter: "Waiting", word: str) -> None:
    """What was answered, so that nobody has answered something else without seeing it."""
    from remit.analysis.summary_text import wrapped
    from remit.analysis.wording import spaced
    from remit.state.inert import cut

    screen.line(f"recorded: {matter.id}: {word}")
    for label, said in (
        (spaced(matter.kind), matter.text), *(("detail", one) for one in matter.details)
    ):  # fmt: skip
        for line in wrapped(label, cut(said, 1_000), screen.width):
            screen.line(line)
