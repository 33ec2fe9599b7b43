"""How a simulated team behaves: probabilities, costs and durations, each with its source.

A behaviour file is TOML. Every value is a table `{value, label, source, range}`; amounts that vary
have a `spread` too. `label` says how far to trust it: `measured`, `published` or `assumed`;
`source` is a key of `[sources]`. With `extends = "typical"` a file gives only what differs.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeGuard

from remit.agents.draws import Probability
from remit.agents.quantities import PATHS, RULINGS, SCALES, VARYING, Quantity, Scale, Unit
from remit.state.errors import InputError
from remit.state.report import Line, Value
from remit.state.suggest import advice, quoted
from remit.state.text_file import clean_text, read_text
from remit.state.toml_text import parse_toml

MAX_BYTES = 262_144


class Behaviour(Value):
    """A simulated team's behaviour: complete, in integers, ready to be stored and drawn from."""

    name: Line
    about: Line = ""
    values: dict[str, Quantity]
    """By dotted name; exactly the names of `PATHS`."""

    def chance(self, path: str) -> Probability:
        """A probability, parts in a billion."""
        return Probability(self.values[path].value)

    def amount(self, path: str) -> int:
        """A weight, or the mean of an amount."""
        return self.values[path].value

    def varied(self, path: str, value: int) -> "Behaviour":
        """The same behaviour with one value changed, which counts as assumed.

        Raises:
            InputError: there is no such value, or it is out of bounds.
        """
        return self.varied_all({path: value})

    def varied_all(self, values: Mapping[str, int]) -> "Behaviour":
        """The same behaviour with several values changed, which count as assumed.

        Raises:
            InputError: there is no such value, or one is out of bounds.
        """
        changed = {path: self._varied(path, value) for path, value in values.items()}
        return self.model_copy(update={"values": {**self.values, **changed}})

    def _varied(self, path: str, value: int) -> Quantity:
        if path not in PATHS:
            raise InputError(_unknown(path, PATHS, f"behaviour {self.name}"))
        scale = SCALES[PATHS[path]]
        if not 0 <= value <= scale.most * scale.factor:
            raise InputError(f"behaviour {self.name}: {path}: {value} is out of bounds")
        old = self.values[path]
        # what changes is checked above, and a study varies thousands of values
        return old.model_copy(
            update={
                "value": value,
                "label": "assumed",
                "source": "varied by hand",
                "low": min(old.low, value),
                "high": max(old.high, value),
            }
        )


def shipped() -> tuple[str, ...]:
    """Names of the behaviours that come with Remit, the default first."""
    return ("typical", "strong", "weak", "perfect", "worst")


def load(source: str | Path) -> Behaviour:
    """A shipped behaviour by its name, or one from a file.

    Raises:
        InputError: no such behaviour, or the file is wrong; every problem is named.
    """
    if str(source) in shipped():
        return _shipped(str(source))
    path = Path(source)
    if not path.suffix and path.name == str(source) and not path.is_file():
        raise InputError(_unknown(str(source), shipped(), "behaviour"))
    return parse(read_text(path, MAX_BYTES), str(source))


def parse(text: str, where: str) -> Behaviour:
    """A behaviour from TOML text; `where` names it in the problems.

    Raises:
        InputError: with every problem found.
    """
    table = parse_toml(clean_text(text, where, MAX_BYTES), where)
    problems: list[str] = []
    base = _base(table.pop("extends", None), where, problems)
    name = _text(table.pop("name", Path(where).stem), f"{where}: name", problems)
    about = _text(table.pop("about", ""), f"{where}: about", problems)
    sources = _sources(table.pop("sources", {}), where, problems)
    values: dict[str, Quantity] = dict(base.values) if base else {}
    for path, leaf in _leaves(table, where, problems):
        quantity = _quantity(leaf, PATHS[path], sources, f"{where}: {path}", problems)
        if quantity is not None:
            values[path] = quantity
    if not problems:
        problems += [
            f'{where}: {path} is missing; add it, or start with extends = "typical"'
            for path in PATHS
            if path not in values
        ]
    problems += _silent_authorities(values, where)
    if problems:
        raise InputError(problems)
    return Behaviour(name=name, about=about, values={path: values[path] for path in PATHS})


@lru_cache
def _shipped(name: str) -> Behaviour:
    text = files("remit.agents").joinpath("behaviours", f"{name}.toml").read_text("utf-8")
    return parse(text, name)


def _base(name: object, where: str, problems: list[str]) -> Behaviour | None:
    if name is None:
        return None
    if not isinstance(name, str) or name not in shipped():
        problems.append(_unknown(str(name), shipped(), f"{where}: extends"))
        return None
    if name == where:
        problems.append(f"{where}: extends itself")
        return None
    return _shipped(name)


def _leaves(
    table: Mapping[str, Any], where: str, problems: list[str]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The value tables by dotted name; whatever else stands there is a problem."""
    groups = {path.rsplit(".", cut)[0] for path in PATHS for cut in range(1, path.count(".") + 1)}
    pending = [("", table)]
    while pending:
        above, inner = pending.pop()
        for key, value in inner.items():
            path = f"{above}{key}"
            if path in PATHS and _is_table(value):
                yield path, value
            elif path in PATHS:
                problems.append(
                    f"{where}: {path} is not a table; write {{ value, label, source, range }}"
                )
            elif path in groups and _is_table(value):
                pending.append((f"{path}.", value))
            else:
                problems.append(_unknown(path, (*PATHS, *sorted(groups)), where))


_KEYS = ("value", "label", "source", "range")


def _quantity(
    leaf: Mapping[str, Any],
    unit: Unit,
    sources: Mapping[str, str],
    where: str,
    problems: list[str],
) -> Quantity | None:
    keys = (*_KEYS, "spread") if unit in VARYING else _KEYS
    before = len(problems)
    problems += [_unknown(key, keys, where) for key in leaf if key not in keys]
    problems += [f"{where}: {key} is missing" for key in keys if key not in leaf]
    if len(problems) > before:
        return None
    scale = SCALES[unit]
    value = _number(leaf["value"], scale, f"{where}: value", problems)
    share = _number(leaf.get("spread", 0), SCALES["probability"], f"{where}: spread", problems)
    ends = leaf["range"]
    if not _is_list(ends) or len(ends) != 2:
        problems.append(f"{where}: range must be [lowest, highest]")
        ends = [0, 0]
    low = _number(ends[0], scale, f"{where}: range", problems)
    high = _number(ends[1], scale, f"{where}: range", problems)
    if leaf["label"] not in ("measured", "published", "assumed"):
        problems.append(f"{where}: label must be measured, published or assumed")
    if leaf["source"] not in sources:
        problems.append(_unknown(str(leaf["source"]), sources, f"{where}: source"))
    if len(problems) == before and not low <= value <= high:
        problems.append(f"{where}: value lies outside its own range; widen the range")
    if len(problems) > before:
        return None
    words = sources[leaf["source"]]
    return Quantity(
        value=value, spread=share, label=leaf["label"], source=words, low=low, high=high
    )


def _number(given: object, scale: Scale, where: str, problems: list[str]) -> int:
    if isinstance(given, int | Decimal) and not isinstance(given, bool):
        number = Decimal(given)
        if number.is_finite() and 0 <= number <= scale.most:
            kept = number * scale.factor
            if kept == int(kept):
                return int(kept)
    problems.append(f"{where} is {quoted(str(given))}; write {scale.what}")
    return 0


def _silent_authorities(values: Mapping[str, Quantity], where: str) -> Iterator[str]:
    for authority, matters in RULINGS.items():
        for matter, answers in matters.items():
            given = [values.get(f"{authority}.{matter}.{answer}") for answer in answers]
            if all(one is not None and one.value == 0 for one in given):
                yield f"{where}: {authority}.{matter}: all weights are 0; give one of them a weight"


def _sources(table: object, where: str, problems: list[str]) -> dict[str, str]:
    if not _is_table(table):
        problems.append(f"{where}: sources must be a table of texts")
        return {}
    return {
        str(key): _text(value, f"{where}: sources.{key}", problems) for key, value in table.items()
    }


def _is_table(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)


def _is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _text(value: object, where: str, problems: list[str]) -> str:
    if isinstance(value, str) and len(value) <= 2_000:
        return value
    problems.append(f"{where}: must be a text of at most 2000 characters")
    return ""


def _unknown(name: str, known: Iterable[str], where: str) -> str:
    return f"{where}: there is no {quoted(name)}; {advice(name, known)}"
