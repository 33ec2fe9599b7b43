"""The terms of two runs: where they differ, and what one is with a term of the other's.

`taken` gives an order that is only thought: no file need be able to say it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeGuard, TypeVar

from pydantic import BaseModel

from remit.agents.behaviour import Behaviour
from remit.agents.quantities import PATHS, SCALES, Quantity
from remit.graph.order import Order
from remit.state.assignment import Input
from remit.state.inert import cut
from remit.state.policy import Policy

_SHOWN = 48
"""Characters of a value that a line shows."""


class TermKind(StrEnum):
    """A part of what is fixed before a run."""

    POLICY = "policy"
    BRIEF = "brief"
    TEAM = "team"
    """Who is on it, and the mode of one who works alone."""
    SUBJECT = "subject"
    """Artifacts of an earlier run to start from."""
    BEHAVIOUR = "behaviour"
    SEED = "seed"
    SCRIPT = "script"
    HUMAN = "human"
    """Who answers for the human."""
    FUNCTIONS = "functions"
    """Seats that Python functions fill."""
    VERSION = "version"
    """Of Remit."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    """One term in which two runs differ."""

    kind: TermKind
    key: str
    """Dotted, in the policy, the brief or the behaviour; else empty."""
    first: str
    second: str


def terms(first: Order, second: Order, versions: tuple[str, str]) -> tuple[Term, ...]:
    """Every term in which two orders differ, in the order of the kinds; names do not count."""
    return tuple(_differing(first, second, versions))


def _differing(first: Order, second: Order, versions: tuple[str, str]) -> Iterator[Term]:
    yield from _keys(TermKind.POLICY, _policy(first.policy), _policy(second.policy))
    briefs = [dict(flat(one.brief.model_dump(mode="json"))) for one in (first, second)]
    yield from _keys(TermKind.BRIEF, *briefs)
    teams = [{"roles": one.roles, "mode": one.mode} for one in (first, second)]
    yield from _keys(TermKind.TEAM, *teams)
    yield from _keys(TermKind.BEHAVIOUR, _values(first.behaviour), _values(second.behaviour))
    for kind in _WHOLE:
        yield from _keys(kind, {"": getattr(first, kind)}, {"": getattr(second, kind)})
    yield from _keys(TermKind.VERSION, {"": versions[0]}, {"": versions[1]})


_WHOLE = (
    TermKind.SUBJECT, TermKind.SEED, TermKind.SCRIPT, TermKind.HUMAN, TermKind.FUNCTIONS
)  # fmt: skip
"""Kinds that are one field of the order."""


def _keys(kind: TermKind, first: Mapping[str, Any], second: Mapping[str, Any]) -> Iterator[Term]:
    for key in dict.fromkeys((*first, *second)):
        one, two = first.get(key), second.get(key)
        if one != two:
            yield Term(kind=kind, key=key, first=_short(one), second=_short(two))


def _policy(policy: Policy) -> dict[str, Any]:
    """The policy by dotted key; what it says about itself decides nothing."""
    table = policy.model_dump(mode="json", exclude={"name", "text"})
    return dict(flat(table))


def flat(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """The values of a table in tables, by dotted key."""
    for key, value in table.items():
        if _is_table(value):
            yield from flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def _is_list(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, list | tuple)


def _is_table(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)


def _values(behaviour: Behaviour) -> dict[str, str]:
    """The behaviour by dotted name, as its file writes it; where a value comes from is left out."""
    return {path: _written(path, value) for path, value in behaviour.values.items()}


def _written(path: str, quantity: Quantity) -> str:
    value = f"{quantity.value / SCALES[PATHS[path]].factor:g}"
    return (
        f"{value} ± {quantity.spread / SCALES['probability'].factor:.0%}"
        if quantity.spread
        else value
    )


def _short(value: object) -> str:
    if isinstance(value, str):
        return cut(value, _SHOWN) or "none"
    if _is_list(value):
        return cut(", ".join(map(_name, value)), _SHOWN) or "none"
    return "none" if value is None else cut(str(value), _SHOWN)


def _name(value: object) -> str:
    """What one of a list goes by: its id, its name, or itself."""
    if isinstance(value, Input):
        return f"{value.owner}/{value.artifact} r{value.revision}"
    if not _is_table(value):
        return str(value)
    return str(value.get("id") or value.get("name") or value.get("kind") or dict(value))


Table = TypeVar("Table", bound=BaseModel)


def taken(order: Order, other: Order, kind: TermKind, key: str = "") -> Order:
    """The order with one term of the other's: a whole kind, or one key of policy or behaviour."""
    if kind is TermKind.POLICY and key:
        return replace(order, policy=_put(order.policy, other.policy, key.split(".")))
    if kind is TermKind.BEHAVIOUR and key:
        values = {**order.behaviour.values, key: other.behaviour.values[key]}
        return replace(order, behaviour=order.behaviour.model_copy(update={"values": values}))
    if kind is TermKind.TEAM:
        return replace(order, roles=other.roles, mode=other.mode)
    return replace(order, **{str(kind): getattr(other, str(kind))})


def _put(table: Table, other: BaseModel, names: Sequence[str]) -> Table:
    first, *rest = names
    value = getattr(other, first)
    if rest:
        value = _put(getattr(table, first), value, rest)
    return table.model_copy(update={first: value})
