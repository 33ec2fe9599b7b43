"""Sums over many runs, made by the database: figures, reasons, limits.

Every function runs inside a transaction that the caller began. Nothing is verified here.
"""

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, case, func, literal, select

from remit.state.codec import content_of
from remit.state.listing import ISSUED, Selection, conditions
from remit.state.tables import ARTIFACTS, HANDOFFS, RUNS
from remit.state.vocabulary import ROLES

OFTEN = 3
"""Continuations of a reason that are told."""
Group = str
"""What the runs of a group share: the hash of a document, or the team; empty for all runs."""


_STEP = " in step "


class By(StrEnum):
    """What runs are grouped by. Documents of one name and different text are different groups."""

    POLICY = "policy"
    BEHAVIOUR = "behaviour"
    BRIEF = "brief"
    TEAM = "team"


class Figures(NamedTuple):
    """What one run took."""

    group: Group
    outcome: str
    handoffs: int
    """As `RunRow.issued`."""
    cost_micros: int
    tokens: int
    elapsed_s: int


class Reason(NamedTuple):
    """Why runs stand as they do: the first words of the reason, up to its first colon."""

    group: Group
    outcome: str
    reason: str
    runs: int
    often: tuple[tuple[str, int], ...]
    """What most often stands behind the colon, with the runs in which it does; `OFTEN` at most."""


class Use(NamedTuple):
    """How far the runs of a group went under one limit."""

    group: Group
    limit: str
    runs: int
    """Those that spent any of it."""
    used: int
    """By all of them."""
    most: int
    """By one of them."""


_KEYS: dict[By | None, tuple[ColumnElement[str], ColumnElement[str]]] = {
    None: (literal(""), literal("")),
    By.POLICY: (RUNS.c.policy, RUNS.c.policy_name),
    By.BEHAVIOUR: (RUNS.c.behaviour, RUNS.c.behaviour_name),
    By.BRIEF: (RUNS.c.brief, RUNS.c.title),
    By.TEAM: (RUNS.c.roles, RUNS.c.roles),
}


def names(connection: Connection, which: Selection, by: By | None) -> dict[Group, str]:
    """What each group is called; two may be called the same."""
    key, name = _KEYS[by]
    query = select(key, func.min(name)).where(*conditions(which)).group_by(key)
    found = {group: name for group, name in connection.execute(query)}
    return {group: _team(roles) for group, roles in found.items()} if by is By.TEAM else found


def _team(roles: str) -> str:
    """A team in words: `backend, qa`; a large one by who is missing."""
    there = [str(one) for one in json.loads(roles)]
    absent = [str(role) for role in ROLES if role not in there]
    if not absent:
        return f"all {len(ROLES)} roles"
    return f"all but {', '.join(absent)}" if len(absent) < len(there) else ", ".join(there)


def figures(connection: Connection, which: Selection, by: By | None) -> list[Figures]:
    """What each run took."""
    took = (ISSUED, RUNS.c.cost_micros, RUNS.c.tokens, RUNS.c.elapsed_s)
    query = select(_KEYS[by][0], RUNS.c.outcome, *took).where(*conditions(which))
    return [Figures(*row) for row in connection.execute(query)]


def reasons(connection: Connection, which: Selection, by: By | None) -> list[Reason]:
    """Why runs stand as they do, the most frequent first."""
    each = _said(which, by).subquery()
    one = (each.c.key, each.c.outcome, each.c.words)
    rank = func.row_number().over(partition_by=one, order_by=(each.c.runs.desc(), each.c.rest))
    total = func.sum(each.c.runs).over(partition_by=one)
    ranked = select(each, rank.label("rank"), total.label("total")).subquery()
    query = (
        select(*(ranked.c[name] for name in ("key", "outcome", "words", "total", "rest", "runs")))
        .where(ranked.c.rank <= OFTEN)
        .order_by(ranked.c.total.desc(), ranked.c.outcome, ranked.c.words, ranked.c.key,
                  ranked.c.rank)
    )  # fmt: skip
    found: dict[tuple[Group, str, str, int], list[tuple[str, int]]] = {}
    rows: Sequence[Any] = connection.execute(query).all()
    for group, outcome, words, total, rest, runs in rows:
        behind = found.setdefault((group, outcome, words, total), [])
        behind += [(rest, runs)] if rest else []
    return [Reason(*reason, often=tuple(behind)) for reason, behind in found.items()]


def _said(which: Selection, by: By | None) -> Select[str, str, str, str, int]:
    """How many runs stand so for each reason: its first words, and what follows a colon.

    In which step it was is left out, or hardly two would be alike.
    """
    said = RUNS.c.reason
    colon = func.instr(said, ": ")
    words = case((colon > 0, func.substr(said, 1, colon - 1)), else_=said).label("words")
    whole = case((colon > 0, func.substr(said, colon + 2)), else_="")
    bare = func.rtrim(whole, "0123456789")
    stepless = func.substr(bare, 1, func.length(bare) - len(_STEP))
    rest = case((bare.like(f"%{_STEP}"), stepless), else_=whole).label("rest")
    key = _KEYS[by][0].label("key")
    return (
        select(key, RUNS.c.outcome, words, rest, func.count().label("runs"))
        .where(*conditions(which))
        .group_by(key, RUNS.c.outcome, words, rest)
    )


def uses(connection: Connection, which: Selection, by: By | None) -> list[Use]:
    """How far runs went under each limit, from every handoff of theirs."""
    each = _entries(which, by, "spent").subquery()
    query = select(
        each.c.key, each.c.limit, func.count(), func.sum(each.c.used), func.max(each.c.used)
    ).group_by(each.c.key, each.c.limit)
    return [Use(*row) for row in connection.execute(query)]


def reached(connection: Connection, which: Selection, by: By | None) -> dict[Group, dict[str, int]]:
    """How many runs came to the end of each limit, by group."""
    each = _entries(which, by, "reached").subquery()
    query = select(each.c.key, each.c.limit, func.count()).group_by(each.c.key, each.c.limit)
    found: dict[Group, dict[str, int]] = {}
    for group, limit, runs in connection.execute(query):
        found.setdefault(group, {})[limit] = runs
    return found


def allowed(
    connection: Connection, which: Selection, by: By | None
) -> dict[Group, list[Mapping[str, int | None]]]:
    """The limits of each policy that runs of a group obeyed; `None` is unlimited.

    Raises:
        Tampered: a policy is not as it was written.
    """
    key = _KEYS[by][0]
    policies = select(key.label("key"), RUNS.c.policy).where(*conditions(which)).distinct()
    each = policies.subquery()
    query = select(each.c.key, each.c.policy, ARTIFACTS.c.content).join_from(
        each, ARTIFACTS, ARTIFACTS.c.hash == each.c.policy
    )
    limits: dict[str, Mapping[str, int | None]] = {}
    found: dict[Group, list[Mapping[str, int | None]]] = {}
    for group, policy, text in connection.execute(query):
        if policy not in limits:  # checking one costs as much as a hundred rows
            limits[policy] = content_of(policy, text).get("limits", {})
        found.setdefault(group, []).append(limits[policy])
    return found


def _entries(which: Selection, by: By | None, field: str) -> Select[str, str, int]:
    """The most that each run has in one field of its handoffs, by limit.

    Few handoffs spend anything, and their canonical text says so: the others are not parsed.
    """
    body = HANDOFFS.c.body
    one = func.json_each(body, f"$.{field}").table_valued("value", joins_implicitly=True)
    limit = func.json_extract(one.c.value, "$.limit")
    return (
        select(
            _KEYS[by][0].label("key"),
            limit.label("limit"),
            func.max(func.json_extract(one.c.value, "$.used")).label("used"),
        )
        .select_from(RUNS.join(HANDOFFS, HANDOFFS.c.run_id == RUNS.c.id))
        .where(*conditions(which), func.instr(body, f'"{field}":[{{') > 0)
        .group_by(RUNS.c.id, limit)
    )
