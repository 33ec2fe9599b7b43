"""A script: what each seat says, assignment by assignment.

A script is YAML: a list of entries, each a seat and what it answers.

    - cto: deliver
    - qa: {event: rework, findings: [backend]}
    - backend: {stage: build, event: deliver, flaws: {backend_bug: {state: hidden, made_at: build}}}
    - human: {event: stop, text: not worth it}

The first entry of a seat answers its first assignment, the second its second, and so on. `auto` is
what a perfect role would say, `fail` breaks the agent, `too_dear` is a call that does not fit what
is left of the budget, so that it is not made. `stage` and `step` say where the entry means to be
used; anywhere else it is an error. Findings, requests and questions may be given in short: by the
owner, by the target, by the text.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeGuard

import yaml
from pydantic import Field, ValidationError

from remit.state.errors import InputError
from remit.state.report import (
    Artifact,
    ChangeRequest,
    Finding,
    Flaw,
    Line,
    Question,
    Value,
)
from remit.state.suggest import advice, quoted
from remit.state.text_file import clean_text, read_text
from remit.state.vocabulary import EventKind, FlawKind, Seat, Stage, Target, Trigger

MAX_BYTES = 1_048_576
MAX_DEPTH = 24

AUTO = "auto"
FAIL = "fail"
TOO_DEAR = "too_dear"
WORDS: tuple[str, ...] = (*(str(kind) for kind in EventKind), AUTO, FAIL, TOO_DEAR)


class Said(Value):
    """What an entry says; what is left out is filled in."""

    event: Line
    stage: Stage | None = None
    step: int | None = None
    summary: Line | None = None
    findings: tuple[Finding, ...] = ()
    requests: tuple[ChangeRequest, ...] = ()
    questions: tuple[Question, ...] = ()
    conditions: tuple[Trigger, ...] = ()
    """What really stands in the artifacts, whether or not the role asks about it."""
    artifacts: tuple[Artifact, ...] = ()
    """In place of the drafted ones of the same name."""
    flaws: dict[FlawKind, Flaw] = Field(default_factory=dict[FlawKind, Flaw])
    text: Line = ""
    """The words of a ruling, or of a failure."""
    decision: Line = ""
    approved: tuple[Target, ...] = ()
    note: Line = ""
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost_micros: int | None = None
    duration_s: int | None = None
    free: bool = False
    """What is not given of tokens, money and time is 0, not what a role usually spends."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One entry, with its place in the script."""

    seat: Seat
    where: str
    """`file:line`."""
    said: Said


@dataclass(frozen=True, kw_only=True, slots=True)
class Script:
    """All entries, in the order of the file; each seat reads its own."""

    entries: tuple[Entry, ...] = ()

    def entry(self, seat: Seat, turn: int) -> Entry | None:
        """What answers the seat's assignment number `turn` (from 0); `None` past the last entry."""
        mine = (entry for entry in self.entries if entry.seat is seat)
        return next(islice(mine, turn, None), None)

    def leftover(self, turns: Mapping[Seat, int]) -> tuple[str, ...]:
        """One line for each entry that a run did not reach, given how often each seat was asked."""
        seen: Counter[Seat] = Counter()
        left: list[str] = []
        for entry in self.entries:
            seen[entry.seat] += 1
            if seen[entry.seat] > turns.get(entry.seat, 0):
                left.append(
                    f"{entry.where}: {entry.seat} was never asked this ({entry.said.event})"
                )
        return tuple(left)


def load(path: str | Path) -> Script:
    """A script from a file.

    Raises:
        InputError: the file cannot be read or is wrong; every problem is named.
    """
    return parse(read_text(Path(path), MAX_BYTES), str(path))


def parse(text: str, where: str) -> Script:
    """A script from YAML text; `where` names it in the problems.

    Raises:
        InputError: with every problem found.
    """
    return _script(_entries(clean_text(text, where, MAX_BYTES), where))


def script(entries: Iterable[Mapping[str, Any]], where: str = "script") -> Script:
    """A script from Python values, in the shape of the YAML list.

    Raises:
        InputError: with every problem found.
    """
    return _script([(f"{where}:{n}", entry) for n, entry in enumerate(entries, 1)])


def _script(entries: Iterable[tuple[str, object]]) -> Script:
    problems: list[str] = []
    found: list[Entry] = []
    for place, entry in entries:
        if not _is_table(entry) or len(entry) != 1:
            problems.append(f"{place}: write one seat and what it says, like `- qa: accept`")
            continue
        ((name, value),) = entry.items()
        if str(name) not in tuple(Seat):
            problems.append(_unknown(str(name), tuple(Seat), place, "seat"))
            continue
        said = _said(Seat(str(name)), value, place, problems)
        if said is not None:
            found.append(Entry(seat=Seat(str(name)), where=place, said=said))
    if problems:
        raise InputError(problems)
    return Script(entries=tuple(found))


def _said(seat: Seat, value: object, place: str, problems: list[str]) -> Said | None:
    fields = {"event": value} if isinstance(value, str) else value
    if not _is_table(fields):
        problems.append(f"{place}: {seat} says neither an event nor a table with one")
        return None
    plain = {str(key): inner for key, inner in fields.items()}
    before = len(problems)
    known = tuple(Said.model_fields)
    problems += [_unknown(key, known, place, "key") for key in plain if key not in known]
    event = plain.get("event")
    if not isinstance(event, str) or event not in WORDS:
        problems.append(_unknown(str(event), WORDS, place, "event"))
    if len(problems) > before:
        return None
    try:
        return Said.model_validate(_in_full(seat, plain))
    except ValidationError as error:
        problems += [
            f"{place}: {'.'.join(str(part) for part in one['loc'])}: {one['msg']}"
            for one in error.errors()
        ]
        return None


def _in_full(seat: Seat, plain: dict[str, Any]) -> dict[str, Any]:
    """Short forms written out, and what an event cannot do without."""
    full = dict(plain)
    at = str(plain.get("stage", ""))
    if plain["event"] == EventKind.REWORK:
        full.setdefault("findings", [Seat.PM if seat is Seat.UIUX else Seat.BACKEND])
    if plain["event"] == EventKind.CHANGE:
        full.setdefault("requests", [Target.CONTRACT])
    if plain["event"] == EventKind.QUESTION:
        full.setdefault("questions", [f"{seat} asks"])
    shapes: dict[str, tuple[str, dict[str, str]]] = {
        "findings": ("owner", {"rule": "SCRIPT", "place": at or "script", "evidence": "scripted"}),
        "requests": ("target", {"change": "scripted change", "reason": "scripted"}),
        "questions": ("text", {"text": f"{seat} asks"}),
    }
    for key, (short, defaults) in shapes.items():
        if isinstance(full.get(key), list | tuple):
            full[key] = [_expanded(one, short, defaults) for one in full[key]]
    if isinstance(full.get("artifacts"), dict):
        full["artifacts"] = [
            {"name": name, "content": content} for name, content in full["artifacts"].items()
        ]
    return full


def _expanded(one: object, short: str, defaults: Mapping[str, str]) -> object:
    if isinstance(one, str):
        return {**defaults, short: one}
    return {**defaults, **one} if _is_table(one) else one


def _is_table(value: object) -> TypeGuard[Mapping[Any, Any]]:
    return isinstance(value, Mapping)


def _entries(text: str, where: str) -> Iterator[tuple[str, object]]:
    """The entries of a YAML list with their lines; depth is capped and aliases are refused."""
    try:
        _refuse_traps(text, where)
        loader: Any = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if not isinstance(node, yaml.SequenceNode):
            raise InputError(f"{where}: is not a list; write entries like `- cto: deliver`")
        items = [
            (f"{where}:{item.start_mark.line + 1}", loader.construct_object(item, deep=True))
            for item in node.value
        ]
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputError(f"{where}: is not YAML: {' '.join(str(error).split())[:300]}") from None
    yield from items


def _refuse_traps(text: str, where: str) -> None:
    reader: Any = yaml.SafeLoader(text)
    depth = 0
    while reader.check_event():
        event = reader.get_event()
        if isinstance(event, yaml.AliasEvent):
            raise InputError(f"{where}: aliases are refused; write {event.anchor!r} out")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise InputError(f"{where}: nested deeper than {MAX_DEPTH}; flatten it")


def _unknown(name: str, known: Iterable[str], place: str, what: str) -> str:
    return (
        f"{place}: there is no {what} {quoted(name)}; {advice(name, [str(one) for one in known])}"
    )
