"""A summary in words: sections of labelled lines, as plain text or as Markdown.

Whatever came from outside is made inert here, so that a title can say anything and steer nothing.
"""

import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from remit.analysis.cells import lines_of, padded
from remit.analysis.summary import NOTICE, Asked, Fate, Summary, Usage
from remit.analysis.wording import MATTERS, amount, counted, dollars, duration, spaced
from remit.state.debt import Debt
from remit.state.inert import cut, inert
from remit.state.vocabulary import LOOPS, ROLES, EventKind, Limit, Outcome

LABEL = 20
"""Width of the label column."""
ASKED = "Asked and answered"
"""The title of the section about matters."""
LONGEST = 400
"""Longer texts are cut; the record has them in full."""


class Command(str):
    """A command of ours, to be copied as it stands; no text from outside ever is one."""

    __slots__ = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """A heading and its lines."""

    title: str
    lines: tuple[tuple[str, str], ...]
    """(label, text); a label may be empty."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a summary is read: what the commands in it must name."""

    db: str = ""
    """What the commands are to be followed by, such as ` --db my.db`."""
    bundle: str = ""
    """The bundle's folder; empty where none was written."""


def headline(summary: Summary) -> str:
    """How it ended and why, in a sentence."""
    reason = cut(summary.reason, LONGEST).removesuffix("; shipped")
    reason = reason.removeprefix("the run is stopped by decision: ")
    if summary.solo and summary.outcome is Outcome.SHIPPED:
        return f"Done: {reason}" + (f"; verdict {summary.verdict}" if summary.verdict else "")
    owed = summary.outcome is Outcome.SHIPPED and summary.debts
    debts = f" with {counted(len(summary.debts), 'known debt')}" if owed else ""
    return f"{_ENDED[summary.outcome]}{debts}: {reason}"


def reached(summary: Summary) -> str:
    """The policy's keys of the limits whose end was reached, and where; or that none was."""
    met = ", ".join(f"limits.{limit} (handoff {seq})" for limit, seq in summary.reached)
    return met or "none: no limit had a part in how it went"


_ENDED = {
    Outcome.SHIPPED: "Shipped",
    Outcome.STOPPED: "Stopped by a decision",
    Outcome.STOPPED_BY_POLICY: "Stopped by the policy",
    Outcome.WAITING: "Waiting for a person",
    Outcome.FAILED: "Failed, and can be resumed",
    Outcome.RUNNING: "Not at its end (at work, or interrupted)",
}


def sections(summary: Summary, place: Place) -> tuple[Section, ...]:
    """The parts of the summary, in reading order; empty ones say so or are left out."""
    parts = (
        ("How it ended", _ending(summary)),
        ("What was built", summary.built),
        ("Loops: used of allowed", (_loop(one) for one in summary.limits if one.limit in LOOPS)),
        ("Cost: used of allowed", (_loop(one) for one in summary.limits if one.limit not in LOOPS)),
        (ASKED, _asked(summary)),
        ("Grants", ((one.by, f"{spaced(one.limit)} +1: {one.why}") for one in summary.grants)),
        ("Flaws (known to the simulation only)", _flaws(summary)),
        ("Known debt", ((one.item, _debt(one)) for one in summary.debts)),
        ("For you to carry out", _actions(summary)),
        ("Assumed, because the brief is silent", (("", text) for text in summary.assumed)),
        ("Next", _next(summary, place)),
    )  # fmt: skip
    made = (Section(title=title, lines=tuple(_safe(lines))) for title, lines in parts)
    return tuple(section for section in made if section.lines)


def _safe(lines: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for label, text in lines:
        said = text if isinstance(text, Command) else cut(text, LONGEST)
        yield spaced(inert(label)), said


def _ending(summary: Summary) -> Iterator[tuple[str, str]]:
    yield "", headline(summary)
    for text in summary.left_open:
        yield "left open", text
    yield "limits reached", reached(summary)
    if summary.outcome is Outcome.SHIPPED:
        debts = len(summary.debts)
        escaped = sum(one.fate == "escaped" for one in summary.fates)
        known = f"{counted(debts, 'known debt')}, below" if debts else "no known debt"
        unseen = f"; {counted(escaped, 'flaw')} that nobody saw, below" if escaped else ""
        yield "with", known + unseen
    yield "work", work_words(summary)
    yield "time", time_words(summary)
    yield "terms", f"policy {summary.policy}, behaviour {summary.behaviour}, seed {summary.seed}"
    yield "team", _team(summary)
    for text in summary.unsafe:
        yield "unsafe", f"{text}: known not to hold under this policy, and allowed"


def work_words(summary: Summary) -> str:
    """Handoffs, money and tokens."""
    most = f"{summary.bound} at the very most, with every grant"
    cost = f"{dollars(summary.cost_micros)}, {summary.tokens:,} tokens"
    return f"{counted(summary.handoffs, 'handoff')} ({most}), {cost}"


def time_words(summary: Summary) -> str:
    """The run's own time, and how much of it people made it wait."""
    waited = f"{duration(summary.waited_s)} of it" if summary.waited_s else "none of it"
    return f"{duration(summary.elapsed_s)}, {waited} waiting for a person"


def _team(summary: Summary) -> str:
    absent = [str(role) for role in ROLES if role not in summary.roles]
    who = "all seven roles" if not absent else ", ".join(summary.roles)
    mode = f", mode {summary.mode}" if summary.mode else ""
    human = {"simulated": "simulated", "ask": "asked here", "wait": "asked through the inbox"}
    missing = f"; nobody as {', '.join(absent)}" if absent else ""
    return f"{who}{mode}{missing}; human {human.get(summary.human, summary.human)}"


def _loop(one: Usage) -> tuple[str, str]:
    if one.why_none:
        return one.limit, f"none: {one.why_none}"
    allowed = "unlimited" if one.allowed is None else amount(one.limit, one.allowed)
    said = f"{amount(one.limit, one.used)} of {allowed}"
    if one.allowed is not None and one.used >= one.allowed > 0:
        said += ", passed" if one.used > one.allowed else ", used up"
    if one.reached:
        said += ", end reached"
    if one.granted:
        said += f" ({one.granted} granted)"
    return one.limit, said + ("; rounds that sent it back" if one.limit in _ROUNDS else "")


_ROUNDS = (Limit.CONTRACT_REVIEW,)
"""Loops of which a person would count every round; only those that send work back are spent."""


def _asked(summary: Summary) -> Iterator[tuple[str, str]]:
    for one in summary.asked:
        to = ", then to ".join(one.path) or one.to
        yield one.id, f"{_raiser(one)}, put to {to}: {cut(one.text, LONGEST // 2)}"
        yield "answer" if one.answer else "open", _answered(one, summary.outcome)
    for name in summary.waiting:
        if name not in {one.id for one in summary.asked}:
            yield name, f"a person sits in for {name.partition('.')[2]}: not answered yet"
    if not summary.asked and not summary.waiting:
        yield "", "nothing"


def asked_lines(summary: Summary) -> tuple[tuple[str, str], ...]:
    """Every matter and its answer, as labelled lines."""
    return tuple(_safe(_asked(summary)))


def _raiser(one: Asked) -> str:
    who = " and ".join(one.raised_by) or "the policy"
    return f"{MATTERS.get(one.kind, spaced(one.kind))} by {who}"


def _answered(one: Asked, outcome: Outcome) -> str:
    if one.answer is None and outcome in _OVER:
        return "not answered: the run ended here"
    if one.answer is None:
        due = one.deadline_at
        silent = f"; by {due:%Y-%m-%d %H:%M} UTC, else {one.default}" if due else ""
        return f"{', '.join(one.options)}{silent}"
    words = f": {one.words}" if one.words else ""
    return f"{one.answer}, said {one.by}{words}"


_OVER = (Outcome.SHIPPED, Outcome.STOPPED, Outcome.STOPPED_BY_POLICY)
_FATES = {
    "mended": "found and mended",
    "debt": "found, ships as known debt",
    "open": "found, not mended",
    "escaped": "ESCAPED: still inside, and nobody saw it",
}


def _flaws(summary: Summary) -> Iterator[tuple[str, str]]:
    if not summary.simulated:
        yield "", "unknown: not every seat was simulated, and only a simulation knows its flaws"
        return
    if not summary.fates:
        yield "", "none was made"
    for one in summary.fates:
        yield one.kind, f"{_fate(one, summary.outcome)}: {one.evidence}"


def _fate(one: Fate, outcome: Outcome) -> str:
    if one.fate == "mended" and not one.found_before:
        return "gone before anybody named it"
    if one.fate == "escaped" and outcome is not Outcome.SHIPPED:
        return "hidden: nobody has seen it"
    if one.fate == "debt" and outcome is not Outcome.SHIPPED:
        return "found, accepted as debt"
    again = " (an earlier one was found)" if one.fate == "escaped" and one.found_before else ""
    return _FATES[one.fate] + again


def _debt(one: Debt) -> str:
    return f"{one.text} (waived by {one.by}{', ' + one.clause if one.clause else ''})"


def _actions(summary: Summary) -> Iterator[tuple[str, str]]:
    """Remit carries out nothing: what a person approved is theirs to do."""
    if summary.outcome is Outcome.SHIPPED:
        for one in summary.external_actions:
            yield one.kind, f"approved: {one.target}" + (f" ({one.payload})" if one.payload else "")


def _next(summary: Summary, place: Place) -> Iterator[tuple[str, str]]:
    run, db = summary.id, place.db
    if summary.waiting:
        yield from answer_lines(f"{run}/{summary.waiting[0]}", flags_of(summary.offers), db)
        yield "then", Command(f"remit resume {run}{db}")
    elif summary.outcome in (Outcome.FAILED, Outcome.RUNNING):
        yield "go on", Command(f"remit resume {run}{db}")
    if summary.outcome is Outcome.STOPPED_BY_POLICY:
        yield "other terms", _other_terms(summary)
    yield "every handoff", Command(f"remit show {run} --handoffs{db}")
    yield "why", Command(f"remit show {run} --why {summary.telling}{db}")
    if place.bundle:
        yield "the bundle", place.bundle
    else:
        yield "keep the work", Command(f"remit export {run} --out DIR{db}")


def _other_terms(summary: Summary) -> str:
    if summary.ended_by is Limit.HUMAN_QUESTIONS and not summary.asks_person:
        return "run the brief under a policy that asks a person (--policy balanced)"
    return (
        f"raise limits.{summary.ended_by or 'human_questions'} in a policy of your own "
        "(`remit init my-terms` makes one to edit), then run the brief with --policy"
    )


def answer_lines(name: str, flags: Iterable[str], db: str) -> Iterator[tuple[str, str]]:
    """A `Command` for each answer; what has to be written is in <>, which a shell refuses."""
    for number, flag in enumerate(flags):
        yield "or" if number else "answer", Command(f"remit answer {name}{db} {flag}")


def flags_of(kinds: Iterable[str]) -> tuple[str, ...]:
    """The options of `remit answer` that say these events; what approves stands last."""
    flags = dict.fromkeys(_FLAGS.get(kind, f"--{kind}") for kind in kinds)
    return tuple(sorted(flags, key=lambda flag: flag == "--approve"))


_FLAGS: dict[str, str] = {
    "report": "--report <FILE>",
    EventKind.ANSWER: "--answer <TEXT>",
    EventKind.DELIVER: "--approve",
    EventKind.ACCEPT: "--approve",
    EventKind.DENY: "--reject",
    EventKind.REWORK: "--reject --note <TEXT>",
}


def text(summary: Summary, place: Place, width: int) -> str:
    """The summary as plain text, wrapped."""
    width = max(40, min(width, 120))
    lines = [f"{cut(summary.title, max(20, width - len(summary.id) - 8))}  (run {summary.id})"]
    for section in sections(summary, place):
        lines += ["", section.title]
        for label, said in section.lines:
            lines += wrapped(label, said, width)
    return "\n".join([*lines, "", *textwrap.wrap(NOTICE, width)])


def wrapped(label: str, said: str, width: int) -> list[str]:
    """A labelled line, its text wrapped beside the label; commands are never broken.

    A label that is longer than its column has a line of its own.
    """
    indent = LABEL + 2 if label else 4
    inner = max(12, width - indent if label else width - 4)
    parts = [said] if isinstance(said, Command) else lines_of(said, inner)
    rest = " " * indent
    if len(label) > LABEL - 1:
        return [
            *(f"  {part}" for part in lines_of(label, width - 2)),
            *(rest + one for one in parts),
        ]
    head = f"  {padded(label, LABEL)}" if label else "  "
    return [head + parts[0], *(rest + part for part in parts[1:])] if parts else [head.rstrip()]


_MARKS = re.compile(r"([\\`*_{}\[\]<>#|&])")


def markdown(summary: Summary, place: Place) -> str:
    """The summary as Markdown, for the bundle."""
    lines = [f"# {escaped(inert(summary.title))}", "", f"Run `{summary.id}`"]
    for section in sections(summary, place):
        lines += ["", f"## {section.title}", ""]
        for label, said in section.lines:
            shown = f"`{said}`" if isinstance(said, Command) else escaped(said)
            lines.append(f"- **{escaped(label)}**: {shown}" if label else f"- {shown}")
    return "\n".join([*lines, "", "---", "", NOTICE, ""])


def escaped(said: str) -> str:
    """Text that is no Markdown."""
    return _MARKS.sub(r"\\\1", said)
