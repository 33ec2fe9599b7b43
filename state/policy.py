"""The policy: a user's limits, authorities, deadlines and what happens at each limit.

A policy file is TOML with every key present; `remit.state/policies/balanced.toml` documents each of
them. A limit is a count, or `"unlimited"` written out (`None` in Python). Money is given in dollars
and kept exactly; `value` gives every limit in the units of the ledger.
"""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeGuard

from pydantic import StrictBool, StringConstraints, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from remit.state.amounts import (
    MICROS,
    MOST,
    Count,
    Dollars,
    Money,
    OneLine,
    Score,
    Step,
    Tokens,
    TokenStep,
    whole,
)
from remit.state.errors import InputError
from remit.state.markup import fragment
from remit.state.policy_sheet import policy_sheet
from remit.state.problems import CONTRADICTION, Loc, Spot, first_problems, place, problems_of
from remit.state.report import Value
from remit.state.sheet import Sheet, plain
from remit.state.suggest import advice, quoted
from remit.state.text_file import clean_text, read_text
from remit.state.toml_text import lines_of, parse_toml
from remit.state.vocabulary import AtLimit, EventKind, Limit, MatterKind, Seat

MAX_BYTES = 65_536
STRAIGHT_HANDOFFS = 12
"""Assignments of a whole team on the straight way: plan, requirements, experience, contract, three
reviews, two builds, two audits, acceptance. With fewer, nothing ships."""


Rework = Literal[AtLimit.WAIVE, AtLimit.ESCALATE, AtLimit.STOP]
Authority = Literal[Seat.CTO, Seat.HUMAN]


class Limits(Value):
    """How often, how much, how long. `None` is unlimited."""

    requirement_rework: Count
    contract_review: Count
    change_requests: Count
    rework_backend: Count
    rework_frontend: Count
    no_progress: Count
    escalations: Count
    human_questions: Count
    grants: Annotated[int, whole(MOST)]
    """Never unlimited: a run with grants without end would not end."""
    invalid_outputs: Annotated[int, whole(100)]
    """Per assignment. Asking again spends no handoff, so this can never be unlimited."""
    handoffs: Annotated[int, whole(MOST, least=STRAIGHT_HANDOFFS)]
    dollars: Dollars
    tokens: Tokens
    hours: Count

    @property
    def dollars_micros(self) -> int | None:
        """The money limit in micro-dollars."""
        return None if self.dollars is None else int(self.dollars * MICROS)

    @property
    def seconds(self) -> int | None:
        """The time limit in seconds."""
        return None if self.hours is None else self.hours * 3600

    def value(self, limit: Limit) -> int | None:
        """A limit in the units of the ledger: counts, tokens, micro-dollars, seconds."""
        if limit is Limit.DOLLARS:
            return self.dollars_micros
        if limit is Limit.HOURS:
            return self.seconds
        count: int | None = getattr(self, limit)
        return count

    budget = value


class AtLimits(Value):
    """What happens at the end of each limit."""

    requirement_rework: Rework
    contract_review: Rework
    change_requests: Literal[AtLimit.ESCALATE, AtLimit.FREEZE, AtLimit.STOP]
    rework_backend: Rework
    rework_frontend: Rework
    no_progress: Rework
    escalations: Literal[AtLimit.HUMAN, AtLimit.STOP]
    budget: Literal[AtLimit.ESCALATE, AtLimit.STOP]


class Authorities(Value):
    """Who decides about each kind of matter."""

    new_component: Authority
    contract_drift: Authority
    tenancy_unclear: Authority
    security_conflict: Authority
    over_budget: Authority
    missing_input: Authority
    role: Authority
    agent_failed: Authority
    limit: Authority
    no_progress: Authority
    budget: Authority
    contract_change: Authority
    scope_change: Authority


class Silence(Value):
    """What it means when a person does not answer in time; never an approval or a grant."""

    question: Literal["reject", "stop"]
    ruling: Literal["reject", "stop"]
    limit: Literal["waive", "freeze", "stop"]
    no_progress: Literal["waive", "freeze", "stop"]
    budget: Literal["stop"]
    release: Literal["deny"]

    def event(self, kind: MatterKind) -> EventKind:
        """The default answer to a matter of this kind; falling back to stop is the rules' business.

        Raises:
            AttributeError: `kind` is `none`.
        """
        return EventKind(getattr(self, kind))


class Human(Value):
    """The last authority."""

    present: StrictBool
    deadline_hours: Annotated[int, whole(8_760, least=1)]
    """Hours that a person has for an answer; at most a year."""
    silence: Silence

    @property
    def deadline_s(self) -> int:
        """The deadline in seconds."""
        return self.deadline_hours * 3600


class GrantStep(Value):
    """What one grant adds to each budget."""

    handoffs: Step
    dollars: Money
    tokens: TokenStep
    hours: Step

    @property
    def dollars_micros(self) -> int:
        """Micro-dollars that a grant adds."""
        return int(self.dollars * MICROS)

    @property
    def seconds(self) -> int:
        """Seconds that a grant adds."""
        return self.hours * 3600

    def budget(self, limit: Limit) -> int:
        """What a grant adds to a budget, in the units of the ledger."""
        if limit is Limit.DOLLARS:
            return self.dollars_micros
        if limit is Limit.HOURS:
            return self.seconds
        step: int = getattr(self, limit)
        return step


class Missing(Value):
    """Who judges where the role is absent: a person, or nobody (`no_qa`, `no_security` is debt)."""

    qa: Literal["human", "waive"]
    security: Literal["human", "waive"]


class Audit(Value):
    """What an audit's score, 0 to 100, means."""

    accept: Score
    """This score or more accepts."""
    rework: Score
    """This score or more, short of `accept`, sends back; less escalates."""


class Policy(Value):
    """The terms of a run: complete, frozen and hashable."""

    name: Annotated[OneLine, StringConstraints(min_length=1)]
    text: OneLine
    limits: Limits
    at_limit: AtLimits
    authority: Authorities
    human: Human
    grant_step: GrantStep
    missing: Missing
    audit: Audit

    @model_validator(mode="after")
    def _can_ship(self) -> Self:
        for _, said in contradictions(self.model_dump(mode="json")):
            raise PydanticCustomError(CONTRADICTION, "{said}", {"said": said})
        return self

    def to_toml(self) -> str:
        """The policy as a file that `parse` takes."""
        return "\n".join(_toml_lines(self.model_dump(mode="json"))) + "\n"

    def sheet(self) -> Sheet:
        """The policy as tables."""
        return policy_sheet(self.model_dump(mode="json"))

    def __str__(self) -> str:
        return plain(self.sheet())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return fragment(self.sheet())


def shipped() -> tuple[str, ...]:
    """Names of the policies that come with Remit, the default first."""
    return ("balanced", "strict", "unattended")


def text_of(name: str) -> str:
    """The file of a shipped policy, comments and all.

    Raises:
        InputError: no policy of that name comes with Remit.
    """
    if name not in shipped():
        raise InputError(
            f"policy {quoted(name)}: does not come with Remit; {advice(name, shipped())}"
        )
    return files("remit.state").joinpath("policies", f"{name}.toml").read_text("utf-8")


def load(source: str | Path) -> Policy:
    """A shipped policy by its name, or one from a file.

    Raises:
        InputError: no such policy, or the file is wrong; every problem is named.
    """
    name = str(source)
    if name in shipped():
        return _shipped(name)
    if isinstance(source, str) and not _is_path(name):
        raise InputError(
            f"policy {quoted(name)}: no such policy or file; {advice(name, shipped())}"
        )
    return parse(read_text(Path(source), MAX_BYTES), name)


def called(given: object, policy: Policy) -> str:
    """What whoever gave a policy calls it: the file, or its name; both where they differ."""
    name = str(given)
    if isinstance(given, Policy) or name in shipped():
        return policy.name
    return name if Path(name).stem == policy.name else f"{name} (named {policy.name})"


@lru_cache
def _shipped(name: str) -> Policy:
    return parse(text_of(name), f"{name}.toml")


def _is_path(name: str) -> bool:
    try:
        return (
            (bool(name) and Path(name).exists())
            or "/" in name
            or "\\" in name
            or name.endswith(".toml")
        )
    except (OSError, ValueError):
        return False


def parse(text: str, where: str) -> Policy:
    """A policy from TOML text; `where` names it in the problems.

    Raises:
        InputError: with every problem found.
    """
    text = clean_text(text, where, MAX_BYTES)
    table = parse_toml(text, where)
    lines = lines_of(text)

    def spot(loc: Loc) -> Spot:
        names = tuple(map(str, loc))
        near = (lines.get(names[:size]) for size in range(len(names), 0, -1))
        return Spot(next((line for line in near if line), None), ".".join(names))

    against = [place(where, *spot(loc), said) for loc, said in contradictions(table)]
    try:
        policy = Policy.model_validate(table)
    except ValidationError as error:
        problems = problems_of(error, Policy, where, spot)
        raise InputError(first_problems([*problems, *against], where)) from None
    return policy


def contradictions(table: Mapping[str, Any]) -> Iterator[tuple[Loc, str]]:
    """What can never ship or work, though each key alone is fine; wrong keys are passed over."""
    human, missing = _inside(table, "human"), _inside(table, "missing")
    for role in ("qa", "security"):
        if human.get("present") is False and missing.get(role) == "human":
            yield (
                ("missing", role),
                "a person must judge for the absent role, but human.present is false; "
                "write 'waive', or human.present = true",
            )
    limits, step = _inside(table, "limits"), _inside(table, "grant_step")
    if human.get("present") is False and limits.get("human_questions", 0) != 0:
        yield (
            ("limits", "human_questions"),
            "nobody is there to ask, because human.present is false; write 0",
        )
    if step and limits.get("grants") != 0 and not any(step.values()):
        yield ("grant_step",), "a grant would add nothing; raise a step, or write limits.grants = 0"
    audit = _inside(table, "audit")
    accept, rework = audit.get("accept"), audit.get("rework")
    if isinstance(accept, int) and isinstance(rework, int) and accept < rework <= 100:
        yield ("audit", "rework"), f"{rework} is over audit.accept = {accept}; lower it"


def _inside(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    inner = table.get(key)
    return inner if _is_table(inner) else {}


def _is_table(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)


def _toml_lines(table: Mapping[str, Any], path: str = "") -> Iterator[str]:
    inner = {key: value for key, value in table.items() if _is_table(value)}
    if path:
        yield f"\n[{path}]"
    for key, value in table.items():
        if key not in inner:
            yield f"{key} = {json.dumps(value, ensure_ascii=False)}"
    for key, value in inner.items():
        yield from _toml_lines(value, f"{path}.{key}" if path else key)
