"""TOML from outside: its depth is capped before it is parsed, and its lines can be found again."""

import re
import tomllib
from collections import Counter
from decimal import Decimal
from typing import Any

from remit.state.errors import InputError

MAX_DEPTH = 6

_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?(?:"{3,5}|\\?\Z)'
    r"|'''.*?(?:'{3,5}|\Z)"
    r'|"(?:[^"\\\n]|\\.)*"?'
    r"|'[^'\n]*'?"
    r"|#[^\n]*",
    re.S,
)
"""A string, closed or not, or a comment: every quote starts a match, so that the scan is linear."""
_HEADER = re.compile(r"\s*(\[+)([^\[\]]*)\]+\s*$")
_KEY = re.compile(r"\s*([\w.\- \t]+?)\s*=")


def parse_toml(text: str, where: str) -> dict[str, Any]:
    """The tables of a TOML text; decimal numbers are `Decimal`s.

    Raises:
        InputError: not TOML, or nested deeper than `MAX_DEPTH`.
    """
    bare = _STRING.sub(_blank, text)
    depth = 0
    for bracket in re.findall(r"[\[\]{}]", bare):
        depth += 1 if bracket in "[{" else -1
        if depth > MAX_DEPTH:
            raise _too_deep(where)
    if any(name.count(".") >= MAX_DEPTH for name in re.findall(r"[\w.\- \t]+", bare)):
        raise _too_deep(where)
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except RecursionError:
        raise _too_deep(where) from None
    except (ValueError, ArithmeticError) as error:
        place = re.search(r"\(at line (\d+), column \d+\)$", str(error))
        said = str(error)[: place.start()].strip() if place else str(error)
        at = f"{where}:{place[1]}" if place else where
        raise InputError(f"{at}: is not TOML ({ascii(said)[1:-1][:120]}); mend it") from None


def lines_of(text: str) -> dict[tuple[str, ...], int]:
    """The line on which each table or key stands, where it can be told without parsing.

    Tables of a list (`[[point]]`) are also there by their number: `("point", "0")`.
    """
    found: dict[tuple[str, ...], int] = {}
    listed = Counter[tuple[str, ...]]()
    table: tuple[str, ...] = ()
    for number, line in enumerate(_STRING.sub(_blank, text).split("\n"), start=1):
        header, key = _HEADER.match(line), _KEY.match(line)
        if header:
            table = _parts(header[2])
            found.setdefault(table, number)
            if len(header[1]) > 1:
                listed[table] += 1
                table = (*table, str(listed[table] - 1))
                found.setdefault(table, number)
        elif key:
            found.setdefault((*table, *_parts(key[1])), number)
    return found


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in name.split("."))


def _blank(match: re.Match[str]) -> str:
    """What stands for a string: a word of no depth, on as many lines."""
    return ("" if match[0].startswith("#") else "_") + "\n" * match[0].count("\n")


def _too_deep(where: str) -> InputError:
    return InputError(f"{where}: nested deeper than {MAX_DEPTH} levels; flatten it")
