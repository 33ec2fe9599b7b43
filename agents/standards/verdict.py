"""What a standard says about a piece of work."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from remit.agents.standards.work import BackendWork
from remit.state.backend_output import Result
from remit.state.vocabulary import Severity

Grade = Literal["hard", "soft"]
"""Hard: a program decides it. Soft: the product checks that the work states it with evidence."""
TEXT_MAX = 600
"""Characters of evidence kept; the rest of a hostile text is cut."""
FAULTS_SHOWN = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One place where a standard is broken."""

    place: str
    what: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """One standard's answer."""

    standard: str
    """`BE-API-5`."""
    result: Result
    evidence: str
    """What was seen; where nothing could be decided, why not."""
    place: str
    """The first place at fault, or what was looked at."""
    severity: Severity = Severity.MEDIUM
    """How bad a failure is in this brief; `judge` sets it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Standard:
    """One of the thirty mandatory standards (requirements.md §6)."""

    id: str
    rule: str
    grade: Grade
    check: Callable[[BackendWork], Verdict]
    severity: Severity = Severity.MEDIUM
    grave: bool = False
    """Critical where data is sensitive or tenants share the product."""
    waivable: bool = False
    """† in requirements.md: the CTO may choose otherwise."""


def decided(standard: str, faults: Sequence[Fault], seen: str, place: str) -> Verdict:
    """Fail with the faults, or pass with what was seen."""
    if not faults:
        return Verdict(standard=standard, result="pass", evidence=clean(seen), place=place)
    shown = "; ".join(f"{fault.place}: {fault.what}" for fault in faults[:FAULTS_SHOWN])
    more = len(faults) - FAULTS_SHOWN
    return Verdict(
        standard=standard,
        result="fail",
        evidence=clean(f"{shown}; and {more} more" if more > 0 else shown),
        place=clean(faults[0].place),
    )


def unknown(standard: str, reason: str, place: str) -> Verdict:
    """A static look cannot decide it."""
    return Verdict(standard=standard, result="unknown", evidence=clean(reason), place=place)


def not_applicable(standard: str, reason: str) -> Verdict:
    """The brief or the work has nothing that the standard speaks of."""
    return Verdict(
        standard=standard, result="not_applicable", evidence=clean(reason), place="brief"
    )


def clean(words: str) -> str:
    """One line of text that every store and every model accepts, at most `TEXT_MAX` long."""
    head = words[: TEXT_MAX * 2].encode("utf-8", "replace").decode("utf-8")
    line = " ".join("".join(c if c.isprintable() else " " for c in head).split())
    return line if len(line) <= TEXT_MAX else line[: TEXT_MAX - 1] + "…"
