"""A policy as tables: what is limited, who decides, what silence means."""

from collections.abc import Iterator, Mapping
from typing import Any

from remit.state.sheet import Sheet, Table
from remit.state.vocabulary import BUDGETS

_BUDGETS = frozenset(map(str, BUDGETS))
_UNITS = {"dollars": "${}", "hours": "{} h", "tokens": "{:,}", "deadline_hours": "{} h"}


def policy_sheet(policy: Mapping[str, Any]) -> Sheet:
    """The tables of a policy, given as its JSON values."""
    deciders = tuple((_words(key), _words(who)) for key, who in policy["authority"].items())
    return Sheet(
        title=f"Policy {policy['name']}",
        about=str(policy["text"]),
        tables=(
            Table(title="Limits", heads=("limit", "allowed", "at the limit"),
                  rows=tuple(_limits(policy))),
            Table(title="Authority", heads=("matter", "decided by"), rows=deciders),
            Table(title="People, grants and audits", heads=("term", "value"),
                  rows=tuple(_rest(policy))),
        ),
    )  # fmt: skip


def _limits(policy: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    actions = policy["at_limit"]
    for name, allowed in policy["limits"].items():
        budget = actions["budget"] if name in _BUDGETS else ""
        yield _words(name), _amount(name, allowed), _at(actions.get(name, budget) or _ALONE[name])


_ALONE = {
    "human_questions": "stop",
    "grants": "not on offer",
    "invalid_outputs": "a question: agent failed",
}
"""Limits whose action no policy chooses."""


def _at(action: str) -> str:
    return "to the human" if action == "human" else _words(action)


def _rest(policy: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    human, step, audit = policy["human"], policy["grant_step"], policy["audit"]
    yield "a person is there", "yes" if human["present"] else "no"
    yield "time to answer", _amount("deadline_hours", human["deadline_hours"])
    for kind, means in human["silence"].items():
        yield f"silence, {_words(kind)}", _words(means)
    added = ", ".join(f"{_words(key)} {_amount(key, value)}" for key, value in step.items())
    yield "a grant adds", added
    for role, judge in policy["missing"].items():
        yield f"without {role}", "a person judges" if judge == "human" else "known debt"
    yield "audit accepts from", f"{audit['accept']} of 100"
    yield "audit sends back from", f"{audit['rework']} of 100"


def _amount(name: str, value: object) -> str:
    if value in (None, "unlimited"):
        return "unlimited"
    return _UNITS.get(name, "{}").format(value)


def _words(name: object) -> str:
    return str(name).replace("_", " ")
