"""Factors: what a study varies, by name: any key of the policy, any value of the behaviour."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeGuard

from pydantic import ValidationError

from remit.agents.behaviour import Behaviour
from remit.agents.behaviour import load as load_behaviour
from remit.agents.quantities import PATHS, SCALES
from remit.state.errors import InputError
from remit.state.policy import Policy
from remit.state.policy import load as load_policy
from remit.state.problems import Spot, problems_of
from remit.state.suggest import advice, quoted

Setting = str | int | bool | Decimal
Settings = Mapping[str, Setting]
"""By key: `limits.change_requests`, `behaviour.find.again`, or `policy` and `behaviour` whole."""
WHOLE = ("policy", "behaviour")
BEHAVIOUR = "behaviour."
Wrong = Callable[[str, str], None]
"""Told where something is wrong, and what."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Level:
    """One way in which a factor can stand."""

    name: str
    sets: tuple[tuple[str, Setting], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Factor:
    """Something that a study varies: in steps, or over a range."""

    name: str
    levels: tuple[Level, ...] = ()
    """In the order of the file; none for a range."""
    low: Decimal = Decimal(0)
    high: Decimal = Decimal(0)
    whole: bool = False
    """Of a range: whether only whole numbers lie in it."""

    @property
    def is_range(self) -> bool:
        """Whether it is a range, and not some levels."""
        return not self.levels

    def holds(self, value: object) -> bool:
        """Whether a value lies in the range."""
        if isinstance(value, bool) or not isinstance(value, int if self.whole else int | Decimal):
            return False
        return Decimal(value).is_finite() and self.low <= value <= self.high

    def at(self, part: float) -> Level:
        """The level at a part (0 to 1) of the way through."""
        if not self.is_range:
            return self.levels[min(int(part * len(self.levels)), len(self.levels) - 1)]
        if self.whole:
            value: Setting = min(
                int(self.low) + int(part * float(self.high - self.low + 1)), int(self.high)
            )
        else:
            exact = self.low + Decimal(part) * (self.high - self.low)
            value = exact.quantize(Decimal("0.0001"))
        return Level(name=worded(value), sets=((self.name, value),))


def worded(value: Setting) -> str:
    """A value as a file writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)


def keys(policy: Policy) -> tuple[str, ...]:
    """Everything that a factor can set."""
    return (*WHOLE, *_flat(policy.model_dump(mode="json")), *(f"{BEHAVIOUR}{one}" for one in PATHS))


def _flat(table: Mapping[str, Any], above: str = "") -> Iterator[str]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{key}.")  # pyright: ignore[reportUnknownArgumentType]
        elif above:
            yield f"{above}{key}"


def is_table(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether a value of a file is a table."""
    return isinstance(value, Mapping)


def factors(given: Mapping[str, Any], known: tuple[str, ...], problems: list[tuple[str, str]]
            ) -> tuple[Factor, ...]:  # fmt: skip
    """The factors of a file's table; what is wrong is added to `problems` as (name, what)."""
    found: list[Factor] = []
    for name, value in _named(given, "", known):
        before = len(problems)
        factor = _factor(name, value, known, problems)
        if factor is not None and len(problems) == before:
            found.append(factor)
    return tuple(found)


def _named(table: Mapping[str, Any], above: str, known: tuple[str, ...]
           ) -> Iterator[tuple[str, Any]]:  # fmt: skip
    """The factors by dotted name; tables above them are only the way there."""
    for key, value in table.items():
        name = f"{above}{key}"
        way = any(one.startswith(f"{name}.") for one in known) and name not in known
        known_way = way or name == "behaviour"
        if is_table(value) and not _is_factor(value) and (known_way or _holds_tables(value)):
            yield from _named(value, f"{name}.", known)
        else:
            yield name, value


def _is_factor(value: Mapping[str, Any]) -> bool:
    return "levels" in value or value.keys() <= {"low", "high"}


def _holds_tables(value: Mapping[str, Any]) -> bool:
    """Whether a table looks like the way to some factors, if a mistaken one."""
    return bool(value) and all(is_table(one) or isinstance(one, list) for one in value.values())


def _factor(
    name: str, value: Any, known: tuple[str, ...], problems: list[tuple[str, str]]
) -> Factor | None:
    if is_table(value) and "levels" in value:
        return _of_levels(name, value, known, problems)
    if name not in known:
        problems.append((name, f"there is no such factor; {_advice(name, known)}"))
        return None
    if is_table(value):
        return _range(name, value, problems)
    if not isinstance(value, list) or not value:
        problems.append((name, "write a list of at least one value, or { low = …, high = … }"))
        return None
    values: list[Any] = value  # pyright: ignore[reportUnknownVariableType]
    wrong = [one for one in values if not isinstance(one, str | int | Decimal)]
    if wrong:
        problems.append((name, f"{quoted(str(wrong[0]))} is no value; write texts and numbers"))
        return None
    names = [worded(one) for one in values]
    if len(set(names)) < len(names):
        problems.append((name, "names a value twice; leave one out"))
    return Factor(
        name=name,
        levels=tuple(Level(name=worded(one), sets=((name, one),)) for one in values),
    )


def _advice(name: str, known: tuple[str, ...]) -> str:
    """The nearest name; of the whole long list only where to find it."""
    said = advice(name, known)
    if said.startswith("did you"):
        return said
    last = name.rpartition(".")[2]
    same = [one for one in known if one.rpartition(".")[2] == last]
    if same:
        return f"did you mean {same[0]!r}?"
    return (
        "`remit policy show balanced` and `remit behaviour show typical` have the names, such as "
        "limits.change_requests and behaviour.find.again"
    )


def _range(name: str, value: Mapping[str, Any], problems: list[tuple[str, str]]) -> Factor | None:
    ends = [value.get("low"), value.get("high")]
    if any(isinstance(one, bool) or not isinstance(one, int | Decimal) for one in ends):
        problems.append((name, "write a range as { low = 1, high = 5 }"))
        return None
    low, high = (Decimal(one) for one in ends if one is not None)
    if not low < high:
        problems.append((name, f"low {low} is not below high {high}; exchange or change them"))
    whole = all(isinstance(one, int) for one in ends) and not (
        name.startswith(BEHAVIOUR) and PATHS[name.removeprefix(BEHAVIOUR)] == "probability"
    )
    return Factor(name=name, low=low, high=high, whole=whole)


def _of_levels(
    name: str, value: Mapping[str, Any], known: tuple[str, ...], problems: list[tuple[str, str]]
) -> Factor | None:
    given = value["levels"]
    extra = [key for key in value if key != "levels"]
    if extra or not is_table(given) or not given:
        problems.append((name, "write levels as a table of names, each with what it sets"))
        return None
    levels: list[Level] = []
    for level, sets in given.items():
        pairs = [*_pairs(sets, "")] if is_table(sets) else []
        for key, what in pairs:
            if key not in known:
                said = f"there is no such factor; {_advice(key, known)}"
                problems.append((f"{name}.levels.{level}.{key}", said))
            elif not isinstance(what, str | int | Decimal):
                problems.append((f"{name}.levels.{level}.{key}", "write a text or a number"))
        if not is_table(sets):
            problems.append((f"{name}.levels.{level}", "write a table of what it sets, or {}"))
        levels.append(Level(name=str(level), sets=tuple(pairs)))
    return Factor(name=name, levels=tuple(levels))


def _pairs(table: Mapping[str, Any], above: str) -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if is_table(value):
            yield from _pairs(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def applied(
    policy: Policy, behaviour: Behaviour, settings: Settings, where: str
) -> tuple[Policy, Behaviour]:
    """The policy and the behaviour with some values set.

    Raises:
        InputError: a value is not allowed, or the policy contradicts itself.
    """
    if "policy" in settings:
        policy = load_policy(str(settings["policy"]))
    if "behaviour" in settings:
        behaviour = load_behaviour(str(settings["behaviour"]))
    changes = {
        key: value
        for key, value in settings.items()
        if key not in WHOLE and not key.startswith(BEHAVIOUR)
    }
    if changes:
        policy = _policy(policy, changes, where)
    for key, value in settings.items():
        if key.startswith(BEHAVIOUR):
            path = key.removeprefix(BEHAVIOUR)
            behaviour = behaviour.varied(path, _amount(path, value, where))
    return policy, behaviour


def _policy(policy: Policy, changes: Settings, where: str) -> Policy:
    table = policy.model_dump(mode="json")
    for key, value in changes.items():
        *way, last = key.split(".")
        inner = table
        for part in way:
            inner = inner[part]
        inner[last] = value
    try:
        return Policy.model_validate(table)
    except ValidationError as error:
        found = problems_of(
            error, Policy, where, lambda loc: Spot(None, ".".join(map(str, loc)))
        ) or [f"{where}: {_contradiction(error)}"]
        raise InputError(found) from None


def _contradiction(error: ValidationError) -> str:
    return error.errors(include_url=False)[0]["msg"]


def _amount(path: str, value: Setting, where: str) -> int:
    """A behaviour's value as it is kept."""
    scale = SCALES[PATHS[path]]
    if not isinstance(value, bool) and isinstance(value, int | Decimal):
        if 0 <= Decimal(value) <= scale.most:
            return int((Decimal(value) * scale.factor).to_integral_value())
    raise InputError(f"{where}: {BEHAVIOUR}{path}: {quoted(worded(value))}: write {scale.what}")
