"""The routing table for readers: its sections, and the rows as Markdown or plain values."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from remit.analysis.rule_words import stages, then, when
from remit.graph.rules import RULES, SECTIONS, WORK, Field, Heard, Operand, Rule, Term
from remit.state.errors import InputError
from remit.state.suggest import advice, quoted
from remit.state.vocabulary import ENDS, Stage


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """Rules that are read together."""

    title: str
    text: str
    """What they are for, in a sentence or two."""
    rules: tuple[Rule, ...]


_HEARD = (
    "Rows that fire when a report comes in: what it says waits on the docket, nothing is dropped."
)
_SAID = "Rows that fire when the authority answers; a matter takes only the answers listed here."
_SILENT: dict[str, tuple[str, str]] = {
    "finish": ("1. Done", "What is accepted is finished before anything can stop it."),
    "budget": ("2. Budgets", "Handoffs, dollars, tokens or hours are used up."),
    "reopen": (
        "3. Approved changes",
        "An approved change goes back to the stage that owns what was frozen.",
    ),
    "questions": (
        "4. Questions",
        "All questions of a group go in one matter; the same question again is no progress.",
    ),
    "changes": (
        "5. Change requests",
        "Each is counted when it is admitted; those of a group go in one ruling.",
    ),
    "again": ("6. Whoever waited", "Seats that were held up by a matter are assigned again."),
    "rework": (
        "7. Rework",
        "Findings go to their owner while the limit leaves room; then at_limit decides.",
    ),
    "onward": ("8. Onward", "Nothing waits: the owners build again, or the next stage begins."),
    "authority": ("9. Who decides", "An open matter finds its authority: the CTO or the human."),
}


def parts() -> tuple[Part, ...]:
    """The whole table in reading order; each rule stands in exactly one part."""
    return (
        *_by_stage("Reports in {}", _HEARD, SECTIONS["reports"]),
        *_by_stage("Answers in {}", _SAID, SECTIONS["rulings"]),
        *(
            Part(title=title, text=text, rules=SECTIONS[name])
            for name, (title, text) in _SILENT.items()
        ),
    )


def _by_stage(title: str, text: str, rules: Sequence[Rule]) -> Iterator[Part]:
    for stage in Stage:
        found = tuple(rule for rule in rules if rule.stages == (stage,))
        if found:
            yield Part(title=title.format(stage), text=text, rules=found)


def chosen(name: str = "", stage: str = "") -> tuple[Part, ...]:
    """The parts with the rules whose id begins with `name` and that can fire at `stage`.

    Raises:
        InputError: there is no such rule or stage, or no such rule at that stage.
    """
    known = [str(one) for one in Stage if one not in ENDS]
    if stage and stage not in known:
        raise InputError(f"--stage: there is no {quoted(stage)}; {advice(stage, known)}")
    if name and not any(rule.id.startswith(name) for rule in RULES):
        raise InputError(f"rule {quoted(name)}: there is none; {advice(name, _names(name))}")
    found = tuple(_kept(parts(), name, stage))
    if not found:
        raise InputError(f"rule {quoted(name)}: none of that name can fire at {stage}")
    return found


def _names(name: str) -> list[str]:
    """What a wrong name could have meant: beginnings as long as it is, in dots."""
    depth = name.count(".") + 1
    return list(dict.fromkeys(".".join(rule.id.split(".")[:depth]) for rule in RULES))


def _kept(all_parts: Iterable[Part], name: str, stage: str) -> Iterator[Part]:
    for part in all_parts:
        rules = tuple(
            rule
            for rule in part.rules
            if rule.id.startswith(name) and (not stage or stage in rule.stages)
        )
        if rules:
            yield Part(title=part.title, text=part.text, rules=rules)


def rule_named(name: str) -> Rule | None:
    """The rule with exactly this id."""
    return next((rule for rule in RULES if rule.id == name), None)


def told(rule: Rule) -> tuple[tuple[str, str], ...]:
    """One rule as labelled lines."""
    lines = [("stage", stages(rule))]
    lines += [("when", said) for said in when(rule)] or [("when", _ALWAYS)]
    lines += [("what", rule.text), *(("then", said) for said in then(rule))]
    lines += [("kind", str(rule.kind)), ("clause", rule.clause or "none: the protocol itself")]
    return tuple(lines)


_ALWAYS = "no row above it fires"


def plain(rule: Rule) -> dict[str, Any]:
    """One rule as JSON values: the row itself, and in words."""
    return {
        "id": rule.id,
        "stages": [str(stage) for stage in rule.stages],
        "event": rule.event,
        "seat": rule.seat,
        "guards": [[_operand(one.left), one.op, _operand(one.right)] for one in rule.guard],
        "spends": [str(limit) for limit in rule.spend],
        "sets": [[one.field, one.op, _operand(one.value)] for one in rule.sets],
        "goto": rule.goto,
        "at_limit": rule.at_limit,
        "grants": rule.grants,
        "kind": rule.kind,
        "clause": rule.clause,
        "text": rule.text,
        "when": list(when(rule)),
        "then": list(then(rule)),
    }


def _operand(value: Operand) -> str | int:
    """A field, a heard field or a term by its name; a constant as it is."""
    if isinstance(value, Field | Heard | Term):
        return f"{type(value).__name__.lower()}.{value.name}"
    return str(value) if isinstance(value, str) else int(value)


def markdown(shown: Sequence[Part]) -> str:
    """The parts as Markdown: a heading and a table for each."""
    return "\n".join(line for part in shown for line in _section(part))


def _section(part: Part) -> Iterator[str]:
    yield from (f"## {part.title}", "", part.text, "")
    several = len({rule.stages for rule in part.rules}) > 1
    heads = ("rule", *(("stage",) if several else ()), "when", "what", "then", "clause")
    yield _row(heads)
    yield _row("---" for _ in heads)
    for rule in part.rules:
        cells = [f"`{rule.id}`", *([stages(rule)] if several else [])]
        cells += ["; ".join(when(rule)) or _ALWAYS, rule.text, "; ".join(then(rule))]
        yield _row([*map(_coded, cells), f"`{rule.clause}`" if rule.clause else ""])
    if not several and part.rules[0].stages[1:]:
        yield from ("", f"Stages: {stages(part.rules[0])}.")
    yield ""


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


_NAME = re.compile(r"(?<!`)\b(?:[a-z]+_[a-z_]+|at_limit\.\w+|authority\.\w+|human\.present)\b(?!`)")


def _coded(cell: str) -> str:
    """Names of stages, limits and keys set as code."""
    return cell if cell.startswith("`") else _NAME.sub(lambda found: f"`{found[0]}`", cell)


def index(shown: Sequence[Part]) -> str:
    """Where to look, as Markdown: for each stage, its parts."""
    lines = [_row(("stage", "parts")), _row(("---", "---"))]
    for stage in (*WORK, *(one for one in Stage if one not in (*WORK, *ENDS))):
        links = [
            f"[{part.title}](#{anchor(part.title)})"
            for part in shown
            if any(stage in rule.stages for rule in part.rules)
        ]
        lines.append(_row((f"`{stage}`", ", ".join(links))))
    return "\n".join(lines)


def anchor(title: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
