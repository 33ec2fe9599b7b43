"""The parts of a card, and by which headings each is known."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Part(StrEnum):
    """What a section of a card is about; in the order in which a card is shown."""

    ROLE = "role"
    MODES = "modes"
    INPUTS = "inputs"
    ESCALATION = "escalation"
    HANDOFFS = "handoffs"
    STANDARDS = "standards"
    OUTPUT = "output"
    DONE = "done"
    RULE = "rule"
    """The final rule: what decides where nothing else does."""
    OTHER = "other"
    """Under a heading of the card's own: sent to the model as it is."""
    NOTES = "notes"
    """For the person who uses the card: how to use it, its licence. Not sent to the model."""


NEEDED: tuple[Part, ...] = tuple(Part)[:9]
"""What every role must have; what a card leaves out comes from the built-in role."""


class Origin(StrEnum):
    """Where the words of a section are from."""

    CARD = "card"
    DEFAULT = "default"
    """The built-in role's, because the card does not say."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """One section of a card."""

    part: Part
    title: str
    """In plain words; empty for what stands above the first heading."""
    heading: str
    """The heading as it is written; empty where there is none."""
    text: str
    """What stands below, without blank lines around it."""
    line: int
    """Of the heading, or of the text where there is none; counted from 1."""
    text_line: int
    """Of the first line of the text."""
    origin: Origin = Origin.CARD


_HEADINGS: Mapping[Part, tuple[str, ...]] = {
    Part.ROLE: (
        "role", "purpose", "mission", "identity", "persona", "mandate", "responsibilities",
        "responsibility", "who you are", "about you", "role overview", "core focus",
        "primary goal", "primary objective", "system prompt",
    ),
    Part.MODES: ("operating modes", "modes of operation", "work modes", "working modes"),
    Part.INPUTS: (
        "inputs", "input", "you receive", "receives", "you get", "you are given", "what you need",
        "required context", "context you need", "context needed", "context retrieval",
        "prerequisites", "preconditions", "before you start", "before starting",
    ),
    Part.ESCALATION: (
        "escalation", "escalations", "escalate", "must escalate", "escalate to", "escalate when",
        "escalate if", "when to ask", "stop and ask", "ask first",
        "ask before", "ask for help", "blockers", "when blocked", "when stuck", "if blocked",
        "you ask", "questions to ask",
    ),
    Part.HANDOFFS: (
        "handoff", "handoffs", "hand off", "hand offs", "handover", "handovers", "collaboration",
        "collaborators", "coordination", "delegation", "works with", "work with",
        "working with others", "other agents", "other roles", "communication protocol",
        "who gets what", "team interaction",
    ),
    Part.STANDARDS: (
        "standards", "standard", "rules", "principles", "guidelines", "constraints", "guardrails",
        "boundaries", "conventions", "best practices", "quality bar", "checklist", "checklists",
        "must not", "do not", "never do", "always do", "policies", "requirements you follow",
        "non negotiables", "limitations",
    ),
    Part.OUTPUT: (
        "output", "outputs", "output format", "deliverable", "deliverables", "response format",
        "report format", "reporting format", "answer format", "you return",
        "you produce", "you deliver", "produces", "reply format", "expected output",
        "output structure", "output requirements", "output template", "output contract",
    ),
    Part.DONE: (
        "done when", "definition of done", "done criteria", "completion criteria",
        "success criteria", "success metrics", "exit criteria", "acceptance checklist",
        "completion checklist", "quality gate", "quality gates", "before you finish",
        "finished when",
    ),
    Part.RULE: (
        "final rule", "final rules", "golden rule", "golden rules", "prime directive",
        "final principle", "tie breaker", "north star", "in doubt", "when in doubt",
    ),
    Part.NOTES: (
        "public safe use", "before using", "before you use", "how to use", "usage notes",
        "starter prompt", "starter prompts", "example prompts", "disclaimer",
    ),
}  # fmt: skip
_ALONE: Mapping[Part, tuple[str, ...]] = {
    Part.ROLE: (
        "job", "about", "overview", "objective", "objectives", "goal", "goals", "backstory",
        "profile", "summary",
    ),
    Part.MODES: ("modes", "mode"),
    Part.HANDOFFS: ("interfaces", "team"),
    Part.OUTPUT: ("return", "returns", "report", "reporting"),
    Part.DONE: ("done", "completion"),
    Part.NOTES: (
        "usage", "license", "licence", "changelog", "change log", "version history", "credits",
        "installation", "install", "author", "attribution", "source",
    ),
}  # fmt: skip
"""Headings that count only when nothing else stands beside them."""
_PARTS = {tuple(said.split()): part for part, many in _HEADINGS.items() for said in many}
_WHOLE = _PARTS | {tuple(said.split()): part for part, many in _ALONE.items() for said in many}
_LONGEST = max(map(len, _PARTS))
_WORD = re.compile(r"[^\W\d_]+")
LONGEST_TITLE = 200
"""Characters of a heading that are looked at."""


def part_of(title: str, *, lead: bool = False, alone: bool = False) -> Part | None:
    """The part that a heading names; `None` where it is the card's own.

    The longest phrase wins, then the first.

    Args:
        title: the heading in plain words.
        lead: it is a line of prose that ends in a colon: it must name the part in two words at
            least, or in nothing else.
        alone: nothing else may stand beside the part's name.
    """
    words = [word.casefold() for word in _WORD.findall(title[:LONGEST_TITLE])]
    words = words[1:] if len(words) > 1 and words[0] in ("your", "the", "my") else words
    if tuple(words) in _WHOLE or alone:
        return _WHOLE.get(tuple(words))
    for size in range(min(_LONGEST, len(words)), 1 if lead else 0, -1):
        for at in range(len(words) - size + 1):
            part = _PARTS.get(tuple(words[at : at + size]))
            if part is not None:
                return part
    return None
