"""A run that shows something: in words for a person, and as a script that plays it again."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from remit.agents.script import TOO_DEAR, Script, parse
from remit.agents.scripted import Scripted
from remit.agents.team import Team
from remit.analysis.retelling import Told, retold
from remit.analysis.safety import Trace, Turn
from remit.graph.clerk import MemoryClerk
from remit.graph.event import Event, Item
from remit.graph.fold import begin
from remit.graph.loop import run_loop
from remit.graph.manifest import Manifest, start
from remit.graph.rules import GRADE
from remit.graph.session import Session
from remit.state.brief import Brief
from remit.state.errors import InputError, RemitError
from remit.state.inert import cut
from remit.state.report import Finding, Question
from remit.state.vocabulary import ENDS, EventKind, Seat, Severity, Stage, Trigger

WIDTH = 80
_SAYS: Mapping[EventKind, str] = {
    EventKind.DELIVER: "delivers",
    EventKind.ACCEPT: "accepts",
    EventKind.REWORK: "sends back",
    EventKind.CHANGE: "asks for a change",
    EventKind.QUESTION: "asks",
    EventKind.ANSWER: "answers",
    EventKind.APPROVE: "approves",
    EventKind.REJECT: "rejects",
    EventKind.GRANT: "grants one more step",
    EventKind.WAIVE: "waives it",
    EventKind.FREEZE: "takes no more change requests",
    EventKind.STOP: "stops the run",
    EventKind.DENY: "denies it",
    EventKind.REFER: "passes it to the human",
}
_WEIGHT = {1: "", 2: " (security)", 3: " (critical)"}


def words(trace: Trace, manifest: Manifest, width: int | None = WIDTH) -> tuple[str, ...]:
    """One line for each report: who says what where, and what comes of it.

    Args:
        trace: the run.
        manifest: the constants of the run.
        width: columns of a line at most; `None` leaves every line whole.
    """
    wide = max((len(str(turn.before.stage)) for turn in trace), default=0)
    seats = max((len(_who(turn, manifest)) for turn in trace), default=0)
    number = len(str(len(trace)))
    lines = list[str]()
    for place, turn in enumerate(trace, 1):
        after = turn.step.position.stage
        moved = turn.step.issued or after in ENDS
        tail = f" -> {after}" if moved else ""
        head = f"{place:>{number}}  {turn.before.stage:<{wide}}  {_who(turn, manifest):<{seats}}  "
        said = f"{head}{_said(turn)}"
        lines.append((said if width is None else cut(said, width - len(tail))) + tail)
    return tuple(lines)


def _who(turn: Turn, manifest: Manifest) -> str:
    occupant = manifest.occupant(turn.seat)
    return str(turn.seat) if occupant is turn.seat else f"{occupant} as {turn.seat}"


def _said(turn: Turn) -> str:
    event, after = turn.event, turn.step
    if event.kind is EventKind.QUESTION and not event.question:
        return "is not asked: the call does not fit what is left of the budget"
    about = "; ".join(_about(event))
    text = f"{_SAYS[event.kind]}: {about}" if about else _SAYS[event.kind]
    notes = [f"waived: {_items(after.waived)}"] if after.waived else []
    notes += ["budget used up"] if event.budget else []
    return f"{text} ({'; '.join(notes)})" if notes else text


def _about(event: Event) -> Iterator[str]:
    again = event.repeat
    for item, name in GRADE.items():
        if weight := getattr(event, name):
            yield f"{name}{_WEIGHT[weight]}{' again' if again & item else ''}"
    for asked, name, item in (
        (event.contract_asked, "contract", Item.CONTRACT_CHANGE),
        (event.scope_asked, "scope", Item.SCOPE_CHANGE),
    ):
        if asked:
            critical = " (critical)" if name == "contract" and event.critical else ""
            yield f"{name}{critical}{' again' if again & item else ''}"
    if event.question:
        who = "the human" if event.question > 1 else "a decision"
        yield f"{who}{' again' if again & Item.QUESTION else ''}"
    if event.kind is EventKind.APPROVE and event.approved:
        yield ("", "contract", "scope", "contract and scope")[event.approved]


def _items(items: Item) -> str:
    return ", ".join(
        (item.name or "").lower().replace("_", " ") for item in Item if item and items & item
    )


def script(trace: Trace, manifest: Manifest, brief: Brief) -> str:
    """A script (YAML) that plays the run again with any seed: the same stages, the same end.

    It was played once before it is returned. Where the trace stops short of an end, perfect roles
    go on from there.

    Raises:
        InputError: no reports amount to the run, or the brief itself makes it go another way.
    """
    told = retold(trace, manifest)
    free = _must_be_free(trace, told)
    lines = [_line(one, free) for one in told]
    text = "\n".join(["# Plays a run again, assignment by assignment.", *(lines or ["[]"])]) + "\n"
    _play(parse(text, "script"), trace, manifest, brief)
    return text


def _must_be_free(trace: Trace, told: Sequence[Told]) -> bool:
    """Whether what roles usually spend could use up a budget at another place."""
    people = any(turn.seat is Seat.HUMAN for turn in trace)
    return people or len(told) > _SHORT or any(turn.event.budget for turn in trace)


_SHORT = 24
"""Reports that cost far less than any shipped budget."""


def _line(told: Told, free: bool) -> str:
    task, report = told.assignment, told.report
    if any(call.short for call in report.calls):
        return f"- {task.seat}: {{stage: {task.stage}, event: {TOO_DEAR}}}"
    said: dict[str, Any] = {"stage": str(task.stage), "event": str(report.event)}
    if report.findings:
        said["findings"] = [_finding(one) for one in report.findings]
    if report.requests:
        said["requests"] = [
            {
                "target": str(one.target), "change": one.change,
                **({"severity": "critical"} if one.severity is Severity.CRITICAL else {}),
                **({"affected": [str(seat) for seat in one.affected]} if one.affected else {}),
            }
            for one in report.requests
        ]  # fmt: skip
    if report.questions:
        said["questions"] = [_question(one) for one in report.questions]
    if report.ruling and report.ruling.approved:
        said["approved"] = [str(target) for target in report.ruling.approved]
    for name in ("tokens_in", "cost_micros", "duration_s"):
        if spent := getattr(report, name):
            said[name] = spent
    if free:
        said["free"] = True
    shown = yaml.safe_dump(said, default_flow_style=True, sort_keys=False, width=10_000).strip()
    return f"- {task.seat}: {shown}"


def _finding(one: Finding) -> dict[str, str]:
    weight = {} if one.severity is Severity.MEDIUM else {"severity": str(one.severity)}
    return {"owner": str(one.owner), "place": one.place, **weight}


def _question(one: Question) -> dict[str, str]:
    trigger = {} if one.trigger is Trigger.ROLE else {"trigger": str(one.trigger)}
    return {"text": one.text, **({"to": one.to} if one.to != "cto" else {}), **trigger}


def _play(wanted: Script, trace: Trace, manifest: Manifest, brief: Brief) -> None:
    """Play a script once, and refuse it where it leaves the trace.

    Raises:
        InputError: it does; where.
    """
    team = Team(agents=dict.fromkeys(Seat, Scripted(wanted)))
    session = Session(
        course=begin(manifest), team=team, brief=brief, seed=0, clerk=MemoryClerk(),
        manifest_json=manifest.to_json(),
    )  # fmt: skip
    said = ""
    try:
        run_loop(session)
    except RemitError as error:
        said = f": {error}"
    steps = {row.step: row.stage for row in session.course.handoffs}
    for step, stage in enumerate(visited(trace, manifest), 1):
        if steps.get(step) is not stage:
            raise InputError(
                f"with this brief the run goes another way: step {step} is at "
                f"{steps.get(step, 'no stage')}, not at {stage}{said}"
            )


def visited(trace: Trace, manifest: Manifest) -> tuple[Stage, ...]:
    """The stage of each step of a run, in order: where somebody is assigned, and the end."""
    found = [start(manifest).stage]
    for turn in trace:
        after = turn.step.position
        if turn.step.issued or after.stage in ENDS:
            found.append(after.stage)
    return tuple(found)
