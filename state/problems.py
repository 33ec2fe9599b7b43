"""What pydantic finds wrong with a file from outside, as one line each: what, where, what to do."""

import re
import types
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from remit.state.suggest import advice, nearest, quoted

MAX_PROBLEMS = 100
"""More than anybody mends at once; the rest is counted."""

CONTRADICTION = "contradiction"
"""The type of an error that sets two keys against each other."""
_HUGE = 10**18
"""Python refuses to print integers of thousands of digits, which a hexadecimal can have."""

Loc = tuple[int | str, ...]
"""Keys and indexes, from the top of the file to what is wrong."""


class Spot(NamedTuple):
    """Where something stands, for a person."""

    line: int | None
    """Counted from 1; `None` where it cannot be told."""
    name: str
    """Dotted."""


def place(where: str, line: int | None, name: str, said: str) -> str:
    """One problem: `policy.toml:12: limits.grants: missing; add it`."""
    at = where if line is None else f"{where}:{line}"
    return f"{at}: {name}: {said}" if name else f"{at}: {said}"


def first_problems(problems: list[str], where: str) -> list[str]:
    """The problems, cut where they get too many."""
    if len(problems) <= MAX_PROBLEMS:
        return problems
    more = len(problems) - MAX_PROBLEMS
    return [*problems[:MAX_PROBLEMS], f"{where}: and {more} more problems; mend these first"]


def problems_of(
    error: ValidationError, model: type[BaseModel], where: str, spot: Callable[[Loc], Spot]
) -> list[str]:
    """Every problem of a validation, one line each, in the order of the file where it is known.

    Contradictions between keys are left out: whoever asks knows them with their places.
    """
    found: list[tuple[int, str]] = []
    errors = [one for one in error.errors(include_url=False) if one["type"] != CONTRADICTION]
    for one in errors[:MAX_PROBLEMS]:
        loc = tuple(part for part in one["loc"] if part != "[key]")
        line, name = spot(loc)
        found.append((line or 0, place(where, line, name, said(one, model, loc))))
    lines = [said for _, said in sorted(found, key=lambda pair: pair[0])]
    return lines if len(errors) <= MAX_PROBLEMS else [
        *lines, f"{where}: and {len(errors) - MAX_PROBLEMS} more problems; mend these first"
    ]  # fmt: skip


def said(error: ErrorDetails, model: type[BaseModel], loc: Loc) -> str:
    """What is wrong, and what to do about it."""
    kind, given, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return f"unknown key; {advice(str(loc[-1]), sorted(_keys(model, loc[:-1])))}"
    if kind == "missing":
        return "missing; add it"
    if kind == "literal_error":
        options = tuple(_choices(model, loc))
        near = nearest(given, options) if isinstance(given, str) else None
        return f"{_shown(given)} is not one of {', '.join(options)}" + (
            f"; did you mean {near!r}?" if near else "; write one of them"
        )
    if kind == "enum":
        known = re.findall(r"'([^']+)'", str(context.get("expected")))
        return f"there is no {_shown(given)}; {advice(str(given), known)}"
    if kind == "unlimited":
        return error["msg"]
    words = _WORDS.get(kind)
    if kind == "string_pattern_mismatch":
        words = _FORMS.get(str(context.get("pattern")), "write it on one line")
    advised = words.format(**context) if words else _lowered(error["msg"])
    return f"{advised}, not {_shown(given)}"


_WORDS = {
    "bool_parsing": "write true or false",
    "bool_type": "write true or false",
    "int_parsing": "write a whole number",
    "int_parsing_size": "write a smaller whole number",
    "int_type": "write a whole number",
    "int_from_float": "write a whole number",
    "string_type": "write a text",
    "string_too_short": "write a text that is not empty",
    "string_too_long": "write at most {max_length} characters",
    "greater_than_equal": "write a number of at least {ge}",
    "less_than_equal": "write a number of at most {le}",
    "too_long": "list at most {max_length}",
    "model_type": "write a table of keys and values",
    "model_attributes_type": "write a table of keys and values",
    "dict_type": "write a table of keys and values",
    "tuple_type": "write a list",
}
_FORMS = {
    r"^[a-z][a-z0-9_]{0,62}$": "write lower-case letters, digits and '_', a letter first",
    r"^AC-[0-9]{1,4}$": "write an id such as AC-1",
    r"^BR-[0-9]{1,4}$": "write an id such as BR-1",
    r"^[A-Z][A-Z0-9-]{0,15}$": "write an id such as SEC-1",
}


def _shown(given: object) -> str:
    if isinstance(given, dict):
        return "a table"
    if isinstance(given, list | tuple):
        return "a list"
    if isinstance(given, bool):
        return str(given).lower()
    if isinstance(given, int) and abs(given) >= _HUGE:
        return "a number beyond all bounds"
    return quoted(given) if isinstance(given, str) else quoted(str(given))[1:-1]


def _lowered(text: str) -> str:
    text = text.removeprefix("Value error, ")
    return text[:1].lower() + text[1:]


def _keys(model: type[BaseModel], loc: Loc) -> Iterator[str]:
    """The keys of the table at a place."""
    for kind in _types(model, loc):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from kind.model_fields


def _choices(model: type[BaseModel], loc: Loc) -> Iterator[str]:
    """The words on offer at a place."""
    for kind in _types(model, loc):
        if get_origin(kind) is Literal:
            yield from (str(one.value if isinstance(one, Enum) else one) for one in get_args(kind))


def _types(model: type[BaseModel], loc: Loc) -> list[Any]:
    """The types that a place may have."""
    kinds: list[Any] = [model]
    for part in loc:
        kinds = [bare for kind in kinds for inner in _inner(kind, part) for bare in _bare(inner)]
    return kinds


def _inner(kind: Any, part: int | str) -> Iterator[Any]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        field = kind.model_fields.get(str(part))
        if field is not None:
            yield field.annotation
    elif get_origin(kind) is dict:
        yield from get_args(kind)
    elif get_origin(kind) is tuple:
        yield get_args(kind)[0]


def _bare(kind: Any) -> Iterator[Any]:
    """The type without its annotations, and each member of a union."""
    origin = get_origin(kind)
    if origin is Annotated:
        yield from _bare(get_args(kind)[0])
    elif origin in (Union, types.UnionType):
        for member in get_args(kind):
            yield from _bare(member)
    else:
        yield kind
