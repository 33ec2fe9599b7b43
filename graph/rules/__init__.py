"""The routing table: every rule of the team, as guarded updates of a position.

A row with an event fires when that report comes in. A silent row (no event) fires when nobody owes
a report: silent rows are tried in order, again and again, until none applies or somebody is
assigned. All right-hand sides read the position as it was before the row.

`reports`: what is said. `rulings`: what an authority answers. `serving`: the docket, in its order
of precedence, with `changes` to what is frozen. `authority`: who decides an open matter.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from remit.graph.rules.authority import to_authority
from remit.graph.rules.changes import changes
from remit.graph.rules.docket import (
    ANSWERS,
    ASKED,
    CHANGING,
    FINAL,
    GRADE,
    JUDGING,
    LOOP,
    PATH,
    REWORK_AT,
    WORK,
)
from remit.graph.rules.reports import reports
from remit.graph.rules.row import (
    Constant,
    Field,
    Guard,
    Heard,
    Operand,
    Rule,
    Set,
    Term,
)
from remit.graph.rules.rulings import rulings
from remit.graph.rules.serving import again, budget, finish, onward, questions, reopen, rework

__all__ = [
    "ANSWERS",
    "ASKED",
    "CHANGING",
    "FINAL",
    "GRADE",
    "JUDGING",
    "LOOP",
    "PATH",
    "REWORK_AT",
    "RULES",
    "SECTIONS",
    "WORK",
    "Constant",
    "Field",
    "Guard",
    "Heard",
    "Operand",
    "Rule",
    "Set",
    "Term",
]

NOBODY_OWES = Guard(Field("owed"), "==", 0)


def _silent(rules: Iterable[Rule]) -> Iterable[Rule]:
    """Silent rows fire only when nobody owes a report."""
    return (replace(rule, guard=(NOBODY_OWES, *rule.guard)) for rule in rules)


SECTIONS: Mapping[str, tuple[Rule, ...]] = {
    "reports": tuple(reports()),
    "rulings": tuple(rulings()),
    "finish": tuple(_silent(finish())),
    "budget": tuple(_silent(budget())),
    "reopen": tuple(_silent(reopen())),
    "questions": tuple(_silent(questions())),
    "changes": tuple(_silent(changes())),
    "again": tuple(_silent(again())),
    "rework": tuple(_silent(rework())),
    "onward": tuple(_silent(onward())),
    "authority": tuple(_silent(to_authority())),
}
"""The rules by what they are for. From `finish` on they are silent, and tried in this order."""

RULES: tuple[Rule, ...] = tuple(rule for rules in SECTIONS.values() for rule in rules)
"""Every rule of the team. Order matters among silent rows only."""
