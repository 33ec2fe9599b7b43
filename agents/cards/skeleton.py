"""A card to begin with: every heading that counts, and nothing said yet."""

from collections.abc import Mapping

from remit.agents.cards.names import TITLES
from remit.agents.cards.parts import NEEDED, Part
from remit.state.vocabulary import Seat

HINTS: Mapping[Part, tuple[str, str]] = {
    Part.ROLE: ("Role", "Who the agent is, and what it is there for."),
    Part.MODES: ("Modes", "What it does in each mode: design, build, review, audit."),
    Part.INPUTS: ("Inputs", "What it is given, and by whom."),
    Part.ESCALATION: ("Escalation", "When it stops and asks, and whom."),
    Part.HANDOFFS: ("Hand-offs", "Who gets what from it."),
    Part.STANDARDS: ("Standards", "The rules that its work keeps."),
    Part.OUTPUT: ("Output", "The form of its answer."),
    Part.DONE: ("Done", "How it knows that it is done."),
    Part.RULE: ("Final rule", "What decides where nothing else does."),
}
"""Heading and advice for each part."""


def skeleton(role: Seat) -> str:
    """A card of a role in which every part is still as built in."""
    opening = (
        f"# {TITLES[role]}\n\n"
        "<!-- What stands below a heading is sent to the model. A heading with nothing below it\n"
        "     means as built in. Comments like this one are left out. `remit card check` tells\n"
        f"     what is understood, `remit card show {role}` what is built in. -->\n"
    )
    parts = (f"\n## {HINTS[part][0]}\n\n<!-- {HINTS[part][1]} -->\n" for part in NEEDED)
    return opening + "".join(parts)
