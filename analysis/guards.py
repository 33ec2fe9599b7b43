"""What a row of the rules asks, in words, with the value that it read."""

from collections.abc import Mapping
from functools import partial

from remit.graph.event import CRITICAL_GRADE, SECURITY_GRADE, Item, seats
from remit.graph.manifest import Manifest
from remit.graph.position import LEFT, UNLIMITED, Position
from remit.graph.rules import GRADE, Field, Guard, Heard, Operand, Rule, Term

_LIMITS = {name: limit for limit, name in LEFT.items()}
_GRADES = {1: "ordinary", SECURITY_GRADE: "security", CRITICAL_GRADE: "critical security"}
_SEATS: Mapping[str, str] = {
    "again": "waiting to go on",
    "todo": "builders whose work is not delivered",
    "settled": "must deliver without another change request",
    "contract_asked": "asking for a contract change",
    "scope_asked": "asking for a change of scope",
    "contract_change": "whose contract change waits for its ruling",
    "scope_change": "whose change of scope waits for its ruling",
    "affected": "builders whom the change would affect",
}
"""Fields that hold sets of seats."""
_PLAIN: Mapping[str, str] = {
    "home": "the matter comes from",
    "stage": "stage",
    "matter": "the open matter",
    "critical": "a critical security flaw is at stake",
    "reopen": "an approved change on its way (1 contract, 2 requirements)",
    "question": "a question waits (1 for the CTO, 2 for the human)",
    "budget": "a budget is used up",
    "frozen": "change requests are no longer taken",
    "sealed": "the contract is frozen",
}
_TERMS: Mapping[str, str] = {
    "cto": "the CTO's seat is taken",
    "human": "a person may be asked",
    "release": "the brief names an external action",
    "solo_mode": "the one role's mode",
}


def asked(rule: Rule, position: Position, manifest: Manifest) -> tuple[str, ...]:
    """What each guard of a row asks, and what it read in the position as it fired."""
    said = partial(_said, position=position, manifest=manifest)
    return tuple(dict.fromkeys(said(guard) for guard in rule.guard))


def _said(guard: Guard, position: Position, manifest: Manifest) -> str:
    left = guard.left
    if left == Heard("seat"):
        return (
            f"seats for which a person stands in: {', '.join(seats(manifest.standins)) or 'nobody'}"
        )
    if isinstance(left, Heard):
        return f"the report: {left.name} {guard.op} {_plain(guard.right)}"
    if isinstance(left, Term):
        return _term(left.name, getattr(manifest, left.name), guard.op == "!=")
    value = getattr(position, left.name)
    if left.name == "owed":
        return "nobody owes a report any more"
    if left.name in _LIMITS:
        rest = "unlimited" if value == UNLIMITED else f"{value or 'nothing'} left before this step"
        return f"{_LIMITS[left.name]}: {rest}"
    if left.name in GRADE.values():
        grade = _GRADES.get(value, "none")
        return f"findings that wait for {left.name}: {grade}"
    if left.name in _SEATS:
        return f"{_SEATS[left.name]}: {', '.join(seats(value)) or 'nobody'}"
    if left.name in ("stuck", "about"):
        what = "came back after it was dealt with" if left.name == "stuck" else "it is about"
        return f"{what}: {_items(value)}"
    return f"{_PLAIN.get(left.name, left.name)}: {_yes(value)}"


def _term(name: str, value: object, other: bool) -> str:
    """A constant of the run: the policy's, the brief's or the team's."""
    if name.endswith("_at"):
        than = " (and nothing else applies)" if other else ""
        return f"at_limit.{name.removesuffix('_at')} is {value}{than}"
    if name.endswith("_to_human"):
        return f"authority.{name.removesuffix('_to_human')} is {'human' if value else 'cto'}"
    if name.startswith("grantable_"):
        return f"{name.removeprefix('grantable_')} can be sent back: {_yes(value)}"
    return f"{_TERMS.get(name, name)}: {_yes(value)}"


def _items(value: int) -> str:
    names = [(item.name or "").lower().replace("_", " ") for item in Item if value & item]
    return ", ".join(names) or "nothing"


def _yes(value: object) -> str:
    return {0: "no", 1: "yes"}[value] if isinstance(value, int) and value in (0, 1) else str(value)


def _plain(value: Operand) -> str:
    return value.name if isinstance(value, Field | Heard | Term) else str(value)
