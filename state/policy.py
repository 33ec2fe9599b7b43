"""The policy: limits, authorities, deadlines and at-limit actions, written by the user as TOML."""

from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, PlainSerializer, ValidationError, model_validator

from remit.state.errors import InputError
from remit.state.report import Line, Value
from remit.state.toml_text import parse_toml, read_text, unknown
from remit.state.vocabulary import EventKind, Limit, MatterKind

MOST = 1_000_000
"""The largest number that a limit may be."""
MICROS = 1_000_000


def _strict_count(value: object) -> object:
    """`unlimited` is `None`; a number has to be a whole one, and true is no number."""
    if value == "unlimited":
        return None
    if isinstance(value, bool) or (isinstance(value, Decimal) and value != int(value)):
        raise ValueError("write a whole number, or \"unlimited\"")
    return value


def _dollars(value: object) -> object:
    """Dollars with at most six decimals, kept as micro-dollars."""
    if value == "unlimited":
        return None
    try:
        micros = Decimal(str(value)) * MICROS
    except ArithmeticError:
        micros = Decimal("NaN")
    if isinstance(value, bool) or not micros.is_finite():
        raise ValueError('write an amount of dollars, or "unlimited"')
    if micros != int(micros):
        raise ValueError("write at most six decimals")
    return int(micros)


def _written(value: int | None) -> int | str:
    return "unlimited" if value is None else value


def _written_dollars(micros: int | None) -> str:
    """Dollars as they are written in a policy: `25`, `0.5`."""
    if micros is None:
        return "unlimited"
    whole, rest = divmod(micros, MICROS)
    return f"{whole}.{rest:06d}".rstrip("0") if rest else str(whole)


_AS_WRITTEN = PlainSerializer(_written, when_used="json")
Count = Annotated[int, Field(ge=0, le=MOST)]
Most = Annotated[int | None, Field(ge=0, le=MOST), BeforeValidator(_strict_count), _AS_WRITTEN]
"""A limit; `None` stands for the word `unlimited`."""
Tokens = Annotated[
    int | None, Field(ge=0, le=10**12), BeforeValidator(_strict_count), _AS_WRITTEN
]
Dollars = PlainSerializer(_written_dollars, when_used="json")
ReworkAt = Literal["waive", "escalate", "stop"]
Authority = Literal["cto", "human"]


class Limits(Value):
    """How much of each loop and budget a run may use. N permits N; the N+1th triggers the action."""

    requirement_rework: Most
    contract_review: Most
    change_requests: Most
    rework_backend: Most
    rework_frontend: Most
    no_progress: Most
    escalations: Most
    human_questions: Most
    grants: Count
    """Never unlimited: a run with grants without end would not end."""
    invalid_outputs: Count
    handoffs: Annotated[int, Field(ge=1, le=MOST)]
    """Never unlimited."""
    dollars: Annotated[int | None, Field(ge=0, le=10**15), BeforeValidator(_dollars), Dollars]
    """Micro-dollars."""
    tokens: Tokens
    hours: Most

    def value(self, limit: Limit) -> int | None:
        """A limit as written; dollars in millionths; `None` is unlimited."""
        found: int | None = getattr(self, limit)
        return found

    def budget(self, limit: Limit) -> int | None:
        """A budget in the units of the ledger: handoffs, micro-dollars, tokens, seconds."""
        found = self.value(limit)
        return found * 3600 if limit is Limit.HOURS and found is not None else found


class AtLimit(Value):
    """What happens when a limit is reached."""

    requirement_rework: ReworkAt
    contract_review: ReworkAt
    change_requests: Literal["escalate", "freeze", "stop"]
    rework_backend: ReworkAt
    rework_frontend: ReworkAt
    no_progress: Literal["escalate", "waive", "stop"]
    escalations: Literal["human", "stop"]
    budget: Literal["escalate", "stop"]


class Authorities(Value):
    """Who answers what."""

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
    """What a person's silence past the deadline means; never approve or grant."""

    question: Literal["reject", "stop"]
    ruling: Literal["reject", "stop"]
    limit: Literal["waive", "freeze", "stop"]
    no_progress: Literal["waive", "freeze", "stop"]
    budget: Literal["stop"]
    release: Literal["deny"]

    def event(self, kind: MatterKind) -> EventKind:
        """The answer that silence stands for."""
        return EventKind(getattr(self, kind))


class Human(Value):
    """Whether and how long a person is asked."""

    present: bool
    deadline_hours: Annotated[int, Field(ge=1, le=8_760), BeforeValidator(_strict_count)]
    silence: Silence

    @property
    def deadline_s(self) -> int:
        """Seconds that a person has to answer."""
        return self.deadline_hours * 3600


class GrantStep(Value):
    """What one grant adds to each budget."""

    handoffs: Annotated[int, Field(ge=1, le=MOST)]
    dollars: Annotated[int, Field(ge=1, le=10**15), BeforeValidator(_dollars), Dollars]
    tokens: Annotated[int, Field(ge=1, le=10**12)]
    hours: Annotated[int, Field(ge=1, le=MOST)]

    def budget(self, limit: Limit) -> int:
        """A step in the units of the ledger."""
        step: int = getattr(self, limit)
        return step * 3600 if limit is Limit.HOURS else step


class Missing(Value):
    """Who judges where the role is absent."""

    qa: Literal["human", "waive"]
    security: Literal["human", "waive"]


class Audit(Value):
    """Scores, 0 to 100, from which an audit accepts or asks for rework; below: escalate."""

    accept: Annotated[int, Field(ge=0, le=100)]
    rework: Annotated[int, Field(ge=0, le=100)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.rework > self.accept:
            raise ValueError(f"rework ({self.rework}) must not be above accept ({self.accept})")
        return self


class Policy(Value):
    """A policy, validated and complete."""

    name: Line
    text: Line = ""
    limits: Limits
    at_limit: AtLimit
    authority: Authorities
    human: Human
    grant_step: GrantStep
    missing: Missing
    audit: Audit

    @model_validator(mode="after")
    def _somebody_decides(self) -> Self:
        """Without a person, a matter that only a person may answer ends the run; say so at once."""
        if not self.human.present and (self.limits.human_questions or 0) > 0:
            raise ValueError(
                "limits.human_questions: nobody is there to ask (human.present = false); write 0"
            )
        return self


def shipped() -> tuple[str, ...]:
    """Names of the policies that come with Remit, the default first."""
    return ("balanced", "strict", "unattended")


def load(source: str | Path) -> Policy:
    """A shipped policy by name, or a policy from a file.

    Raises:
        InputError: with every problem found, one line each.
    """
    text, where = text_of(source)
    return _shipped(str(source)) if source in shipped() else parse(text, where)


def text_of(source: str | Path) -> tuple[str, str]:
    """The TOML text of a policy, and the name of its place.

    Raises:
        InputError: it is neither a shipped name nor a readable file.
    """
    name = str(source)
    if name in shipped():
        packaged = files("remit.state") / "policies" / f"{name}.toml"
        return packaged.read_text("utf-8"), f"{name}.toml"
    path = Path(source)
    if not path.exists() and path.suffix != ".toml" and len(path.parts) == 1:
        raise InputError(unknown(name, shipped(), "policy"))
    return read_text(path), str(path)


@lru_cache(maxsize=8)
def _shipped(name: str) -> Policy:
    return parse(*text_of(name))


def parse(text: str, where: str) -> Policy:
    """A policy from TOML text; `where` names it in the problems.

    Raises:
        InputError: with every problem found, one line each.
    """
    table = parse_toml(text, where)
    table.setdefault("name", Path(where).stem)
    try:
        return Policy.model_validate(table)
    except ValidationError as error:
        raise InputError([_problem(one, text, where) for one in error.errors()]) from None


def to_toml(policy: Policy) -> str:
    """A policy as TOML text that `parse` reads back into an equal policy."""
    lines = [f"name = {_quoted(policy.name)}", f"text = {_quoted(policy.text)}"]
    plain = policy.model_dump(mode="json", exclude={"name", "text"})
    for table, values in plain.items():
        lines += ["", f"[{table}]"]
        nested = {key: value for key, value in values.items() if isinstance(value, dict)}
        lines += [f"{k} = {_plain(k, v)}" for k, v in values.items() if k not in nested]
        for key, inner in nested.items():
            lines += ["", f"[{table}.{key}]"]
            lines += [f"{name} = {_quoted(value)}" for name, value in inner.items()]
    return "\n".join(lines) + "\n"


def _plain(key: str, value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    number = isinstance(value, int) or (key == "dollars" and value != "unlimited")
    return str(value) if number else _quoted(str(value))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in escaped) + '"'


def _problem(error: Any, text: str, where: str) -> str:
    path = ".".join(str(part) for part in error["loc"])
    line = _line_of(path, text)
    place = f"{where}:{line}: {path}" if line else f"{where}: {path}"
    if error["type"] == "extra_forbidden":
        return unknown(str(error["loc"][-1]), _known(error["loc"][:-1]), place)
    if error["type"] == "missing":
        return f"{place}: is missing; every policy writes it out"
    said = str(error["msg"]).removeprefix("Value error, ")
    given = error.get("input")
    shown = "" if isinstance(given, dict) or not path else f" (it is {str(given)[:60]!r})"
    return f"{place or where}: {said[:1].lower()}{said[1:]}{shown}".replace(": :", ":")


def _known(path: tuple[Any, ...]) -> list[str]:
    model: Any = Policy
    for part in path:
        model = model.model_fields[part].annotation
    return list(model.model_fields)


def _line_of(path: str, text: str) -> int | None:
    """The line on which a dotted key stands, if it stands there plainly."""
    table, _, key = path.rpartition(".")
    current = ""
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if bare.startswith("["):
            current = bare.partition("#")[0].strip().strip("[]").strip()
            if current == path:
                return number
        elif current == table and bare.partition("=")[0].strip() == key:
            return number
    return None
