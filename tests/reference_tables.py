"""The reference of policies and behaviours, made from the files and the parsers themselves."""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from remit.agents import behaviour, quantities
from remit.state import policy
from remit.state.errors import InputError
from remit.state.toml_text import parse_toml

Lines = Iterator[str]


def row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def table(heads: tuple[str, ...], rows: Iterable[Iterable[str]]) -> Lines:
    yield from ("", row(heads), row("---" for _ in heads))
    yield from map(row, rows)


# --- policies ------------------------------------------------------------------------------------


def policy_tables() -> str:
    """A heading and a table for each table of a policy file."""
    return "\n".join(_policy_lines()).strip()


def _policy_lines() -> Lines:
    text = policy.text_of("balanced")
    files = [parse_toml(policy.text_of(name), name) for name in policy.shipped()]
    for section in re.split(r"(?m)^(?=\[)", text)[1:]:
        name = section[1 : section.index("]")]
        about, keys = _commented(section.partition("\n")[2])
        yield from ("", f"## `[{name}]`", *(["", about] if about else []))
        heads = ("key", "what may be written", *policy.shipped(), "what it is")
        yield from table(heads, ((f"`{key}`", _allowed(name, key),
            *(f"`{_value(file, name, key)}`" for file in files), words)
            for key, words in keys))  # fmt: skip


def _commented(section: str) -> tuple[str, list[tuple[str, str]]]:
    """What a table is for, and its keys with the comments above them."""
    blocks = [part for part in section.split("\n\n") if part.strip()]
    about = _words(blocks.pop(0).splitlines()) if "=" not in _bare(blocks[0]) else ""
    keys: list[tuple[str, str]] = []
    said: list[str] = []
    for line in "\n".join(blocks).splitlines():
        if line.startswith("#"):
            said.append(line)
        elif " = " in line:
            keys.append((line.partition(" = ")[0], _words(said)))
            said = []
    return about, keys


def _bare(block: str) -> str:
    return "\n".join(line for line in block.splitlines() if not line.startswith("#"))


def _words(comment: Iterable[str]) -> str:
    return " ".join(line.removeprefix("#").strip() for line in comment)


def _value(file: dict[str, object], table_name: str, key: str) -> object:
    inner: object = file
    for part in (*table_name.split("."), key):
        assert isinstance(inner, dict)
        inner = inner[part]  # pyright: ignore[reportUnknownVariableType]
    return str(inner).lower() if isinstance(inner, bool) else inner  # pyright: ignore[reportUnknownVariableType]


def _allowed(table_name: str, key: str) -> str:
    """What the parser says when the key holds something that it never takes."""
    head, found, tail = policy.text_of("balanced").partition(f"[{table_name}]\n")
    wrong = re.sub(rf"(?m)^{key} = .*$", f"{key} = []", tail, count=1)
    try:
        policy.parse(head + found + wrong, "a policy")
    except InputError as error:
        said = error.problems[0].partition(f"{table_name}.{key}: ")[2]
        one_of = re.search(r"is not one of (.*); write", said)
        words = one_of[1] if one_of else said.removeprefix("write ").partition(", not a")[0]
        return words.replace("a whole", "a").replace(" with at most 6 decimal places", "")
    raise AssertionError(f"{table_name}.{key} takes a list")


# --- behaviours ----------------------------------------------------------------------------------

_GROUPS = {
    "make": "How likely it is that work hides a flaw, made for the first time or anew",
    "mend": "How likely it is that rework mends what was reported",
    "find": "How likely it is that a reviewer finds a flaw that is there",
    "conditions": "What Backend runs into, each a question to the CTO",
    "question": "How likely a role asks a question of its own, each time it works",
    "repeat_question": "How likely a question repeats one that was asked",
    "agent_failed": "How likely an assignment ends without valid output",
    "cto": "How the CTO answers: relative weights",
    "human": "How the human answers: relative weights, silence and delay",
}


def behaviour_tables() -> str:
    """A heading and a table for each group of values, what work costs, and the sources."""
    return "\n".join(_behaviour_lines()).strip()


def _behaviour_lines() -> Lines:
    teams = {name: behaviour.load(name) for name in behaviour.shipped()}
    typical = teams["typical"].values
    for group, what in _GROUPS.items():
        paths = [path for path in quantities.PATHS if path.partition(".")[0] == group]
        yield from ("", f"## `{group}`", "", f"{what}.")
        yield from table(("value", *teams, "range", "label"), (
            (f"`{path}`", *(written(team.values[path].value, path) for team in teams.values()),
             f"{written(typical[path].low, path)} to {written(typical[path].high, path)}",
             typical[path].label) for path in paths))  # fmt: skip
    yield from ("", "## `work`", "", "What an assignment costs in `typical`: means.")
    heads = ("role and mode", "tokens_in", "tokens_out", "dollars", "seconds")
    works = dict.fromkeys(path.rpartition(".")[0] for path in typical if path.startswith("work."))
    yield from table(heads, ((f"`{work}`", *(written(typical[f"{work}.{what}"].value, work + what)
        for what in heads[1:])) for work in works))  # fmt: skip
    yield from ("", "## Sources of `typical`")
    counts: dict[str, list[str]] = {}
    for path, one in typical.items():
        counts.setdefault(one.source, []).append(path)
    for source, paths in counts.items():
        more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
        yield from ("", f"- {', '.join(f'`{path}`' for path in paths[:3])}{more}: {source}.")


def written(kept: int, path: str) -> str:
    """A value as a file writes it."""
    unit = quantities.PATHS.get(path) or "tokens"
    unit = "dollars" if path.endswith("dollars") else unit
    return f"{Decimal(kept) / quantities.SCALES[unit].factor:f}"
