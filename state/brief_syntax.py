"""The brief's syntax: what a product manager writes, turned into what the model `Brief` takes.

Each kind of value has a reader; `BRIEF` says which field is read how. Values are checked here for
their form only: what they may be says `remit.state.brief`, how they fit together
`remit.state.brief_checks`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from remit.state.brief import FieldType, StackKind
from remit.state.front_matter import Items, Node, Problems, Scalar, Table
from remit.state.problems import Spot
from remit.state.suggest import advice, quoted

Path = tuple[str | int, ...]
"""Where a value stands in the data: names and list places."""


_ODD = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What steers a terminal, turns the direction of a line, or cannot be stored as UTF-8."""


@dataclass(kw_only=True, slots=True)
class Draft:
    """A brief that is being read."""

    problems: Problems
    spots: dict[Path, Spot]
    wronged: set[Path] = field(default_factory=set[Path])
    """Where problems were noted: what is missing there needs no further words."""

    def wrong(self, path: Path, what: str) -> None:
        """Note a problem at a path, or at the nearest one above it that stands in the text."""
        line, name = self.spot(path)
        self.problems.add(line or 1, name, what)
        self.wronged.add(path)

    def spot(self, path: Path) -> Spot:
        """Where a path stands; what is missing stands where it should."""
        for cut in range(len(path), -1, -1):
            known = self.spots.get(path[:cut])
            if known:
                rest = "".join(
                    f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path[cut:]
                )
                return Spot(known.line, f"{known.name}{rest}".strip("."))
        return Spot(1, ".".join(str(part) for part in path))


Reader = Callable[[Node, Path, Draft], Any]
"""A node as JSON-like data; `None` where nothing is written or what is written is no such thing."""


def text(node: Node, path: Path, draft: Draft) -> str | None:
    """A text on one line: line ends and runs of spaces count as one space."""
    if not isinstance(node, Scalar):
        draft.wrong(path, "must be a text, not a list or fields; write it on one line, in quotes")
        return None
    said = " ".join(node.text.split())
    odd = _ODD.search(said)
    if odd:
        draft.wrong(path, f"holds the control character {odd[0]!a}; remove it")
        return None
    return None if node.null else said


def flag(node: Node, path: Path, draft: Draft) -> bool | None:
    """Yes or no."""
    said = text(node, path, draft)
    if said is None:
        return None
    if said.casefold() in ("true", "yes", "on", "false", "no", "off"):
        return said.casefold() in ("true", "yes", "on")
    draft.wrong(path, f"is {quoted(said)}; write true or false")
    return None


def whole(node: Node, path: Path, draft: Draft) -> int | None:
    """A whole number."""
    said = text(node, path, draft)
    if said is None:
        return None
    if re.fullmatch(r"[+-]?[0-9]{1,15}", said, re.ASCII):
        return int(said)
    draft.wrong(path, f"is {quoted(said)}; write a whole number, with digits only")
    return None


def words(node: Node, path: Path, draft: Draft) -> list[str] | None:
    """Names: a list, or one line with commas."""
    if isinstance(node, Scalar) and not node.null:
        parts = tuple(
            Scalar(text=part.strip(), line=node.line)
            for part in node.text.split(",")
            if part.strip()
        )
        return _listed(Items(items=parts, line=node.line), path, draft, text)
    return _listed(node, path, draft, text)


def texts(node: Node, path: Path, draft: Draft) -> list[str] | None:
    """Texts: a list, or a single one."""
    if isinstance(node, Scalar) and not node.null:
        node = Items(items=(node,), line=node.line)
    return _listed(node, path, draft, text)


def _listed(node: Node, path: Path, draft: Draft, read: Reader) -> list[Any] | None:
    if isinstance(node, Scalar) and node.null:
        return None
    if not isinstance(node, Items):
        draft.wrong(path, "must be a list; write [a, b], or one `- …` on each line")
        return None
    found: list[Any] = []
    for item in node.items:
        place = (*path, len(found))
        draft.spots[place] = Spot(item.line, draft.spot(path).name)
        value = read(item, place, draft)
        if value is None and isinstance(item, Scalar) and item.null:
            draft.wrong(place, "has an empty item; remove it")
        elif value is not None:
            found.append(value)
    return found


def table(readers: Mapping[str, Reader]) -> Reader:
    """A reader of fields; names that it does not know are problems."""

    def read(node: Node, path: Path, draft: Draft) -> dict[str, Any] | None:
        if isinstance(node, Scalar) and node.null:
            return None
        if not isinstance(node, Table):
            draft.wrong(path, f"must have fields of its own; known: {', '.join(readers)}")
            return None
        found: dict[str, Any] = {}
        for name, value in node.entries:
            inner = (*path, name.text)
            above = draft.spot(path).name
            draft.spots[inner] = Spot(name.line, f"{above}.{name.text}".strip("."))
            if name.text not in readers:
                draft.wrong(inner, f"is not known here; {advice(name.text, tuple(readers))}")
                continue
            got = readers[name.text](value, inner, draft)
            if got is not None:
                found[name.text] = got
        return found

    return read


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """How the rows of a list are written: `key: main`, `key: {…}`, or `- {key: …, …}`."""

    key: str
    """The field that names a row."""
    fields: Mapping[str, Reader]
    short: Callable[[str, Path, Draft], dict[str, Any]] | None = None
    """What a row's single line stands for; `None` where one line cannot say it."""
    example: str


def rows(row: Row) -> Reader:
    """A reader of rows, in either form; each becomes one mapping with its key in it."""
    body = table(row.fields)

    def read(node: Node, path: Path, draft: Draft) -> list[dict[str, Any]] | None:
        if isinstance(node, Scalar):
            if not node.null:
                draft.wrong(path, f"must be a list; write `{row.example}`")
            return None
        found: list[dict[str, Any]] = []
        for name, value in _rows_of(node, row):
            place = (*path, len(found))
            above = draft.spot(path).name
            label = name.text if name else f"[{len(found) + 1}]"
            line = name.line if name else value.line
            draft.spots[place] = Spot(line, f"{above}.{label}".replace(".[", "["))
            data = _row(name, value, place, draft, row, body)
            if data is not None:
                found.append(data)
        return found

    return read


def _rows_of(node: Items | Table, row: Row) -> list[tuple[Scalar | None, Node]]:
    """Each row and its name, where it is written as `name: …`."""
    if isinstance(node, Table):
        return list(node.entries)
    found: list[tuple[Scalar | None, Node]] = []
    for item in node.items:
        named = isinstance(item, Table) and len(item.entries) == 1
        if named and isinstance(item, Table) and item.entries[0][0].text not in row.fields:
            found.append(item.entries[0])
        else:
            found.append((_name_of(item, row), item))
    return found


def _name_of(item: Node, row: Row) -> Scalar | None:
    """The name that a row holds within; only for saying where a problem is."""
    if isinstance(item, Table):
        for name, value in item.entries:
            if name.text == row.key and isinstance(value, Scalar) and not value.null:
                return value
    return None


def _row(
    name: Scalar | None, value: Node, place: Path, draft: Draft, row: Row, body: Reader
) -> dict[str, Any] | None:
    key = text(name, place, draft) if name else None
    if isinstance(value, Scalar):
        said = text(value, place, draft)
        if said is not None and name is None:
            return _alone(said, place, draft, row)
        data = _line(said, place, draft, row)
    else:
        data = body(value, place, draft)
    if data is None or key is None:
        return data
    if data.get(row.key, key) != key:
        draft.wrong(place, f"has another {row.key} within, {quoted(data[row.key])}; keep one")
    return {row.key: key, **data}


def _alone(said: str, place: Path, draft: Draft, row: Row) -> dict[str, Any] | None:
    """An item of a list that is a single word: the name of a row, where rows have names."""
    if row.key == "name":
        return {"name": said}
    draft.wrong(place, f"has no {row.key}; write `{row.example}`")
    return None


def _line(said: str | None, place: Path, draft: Draft, row: Row) -> dict[str, Any] | None:
    """What stands beside a row's name on one line; nothing there is a row of defaults."""
    if said is None:
        return {}
    if row.short is None:
        draft.wrong(place, f"cannot be one line; write `{row.example}`")
        return None
    return row.short(said, place, draft)


FLAGS: Mapping[str, tuple[str, bool]] = {
    "required": ("required", True),
    "optional": ("required", False),
    "unique": ("unique", True),
    "sensitive": ("sensitive", True),
}
"""Words after a field's type."""
TYPES: tuple[str, ...] = get_args(FieldType)
_OTHER_NAMES = {
    "bool": "boolean", "char": "string", "currency": "money", "double": "decimal",
    "file": "url", "float": "decimal", "id": "uuid", "int": "integer", "link": "url",
    "number": "integer", "price": "money", "str": "string", "time": "datetime",
    "timestamp": "datetime", "varchar": "string",
}  # fmt: skip
_ENUM = re.compile(r"^enum\s*\(([^()]*)\)")


def field_line(said: str, path: Path, draft: Draft) -> dict[str, Any]:
    """A field on one line: a type, then flags: `money`, `email unique`, `enum(draft, sent)`."""
    found: dict[str, Any] = {}
    enum = _ENUM.match(said)
    if enum:
        found = {"type": "enum", "values": [v.strip() for v in enum[1].split(",") if v.strip()]}
        rest = said[enum.end() :].split()
    else:
        kind, *rest = said.split() or ["string"]
        if kind in TYPES:
            found = {"type": kind}
        else:
            draft.wrong(path, f"there is no type {quoted(kind)}; {_meant(kind)}")
    for word in rest:
        if word not in FLAGS:
            draft.wrong(path, f"{quoted(word)} says nothing here; {advice(word, tuple(FLAGS))}")
            continue
        name, value = FLAGS[word]
        if found.get(name, value) != value:
            draft.wrong(path, "is both required and optional; keep one")
        found[name] = value
    return found


def _meant(kind: str) -> str:
    other = _OTHER_NAMES.get(kind.casefold())
    return f"did you mean {other!r}?" if other else advice(kind, TYPES)


def _single(name: str) -> Callable[[str, Path, Draft], dict[str, Any]]:
    """A row's single line is its field of that name."""
    return lambda said, path, draft: {name: said}


def stack(node: Node, path: Path, draft: Draft) -> dict[str, list[str]] | None:
    """The approved components: kind → name, or names."""
    got: dict[str, list[str]] | None = table(dict.fromkeys(get_args(StackKind), texts))(
        node, path, draft
    )
    return got


_FIELD = Row(
    key="name",
    fields={
        "name": text, "type": text, "required": flag, "unique": flag, "sensitive": flag,
        "values": words,
    },
    short=field_line,
    example="amount: money",
)  # fmt: skip
_ENTITY = Row(
    key="name",
    fields={
        "name": text, "fields": rows(_FIELD), "belongs_to": words, "many_to_many": words,
        "tenant_scoped": flag,
    },
    example="invoice: {fields: {amount: money}}",
)  # fmt: skip
_SCREEN = Row(
    key="name",
    fields={
        "name": text, "entity": text, "shows": words, "interactions": words, "latency_ms": whole,
    },
    example="invoice_list: {entity: invoice, shows: [amount]}",
)  # fmt: skip
_CRITERION = Row(
    key="id",
    fields={"id": text, "text": text, "entity": text, "priority": text},
    short=_single("text"),
    example="AC-1: what must be true",
)
_RULE = Row(
    key="id",
    fields={"id": text, "text": text, "entity": text},
    short=_single("text"),
    example="BR-1: what always holds",
)
_SECURITY = Row(
    key="id",
    fields={"id": text, "text": text, "incompatible_with": words},
    short=_single("text"),
    example="SEC-1: what must be kept safe",
)
_ACTION = Row(
    key="kind",
    fields={"kind": text, "target": text, "payload": text},
    short=_single("target"),
    example="deploy: where to",
)
BRIEF: Reader = table(
    {
        "title": text,
        "delivery_mode": text,
        "multi_tenant": flag,
        "tenancy": text,
        "stack": stack,
        "constraints": table(
            {
                "security": rows(_SECURITY),
                "cost_usd_month": whole,
                "deadline": text,
                "architecture": texts,
            }
        ),
        "entities": rows(_ENTITY),
        "screens": rows(_SCREEN),
        "rules": rows(_RULE),
        "criteria": rows(_CRITERION),
        "external_actions": rows(_ACTION),
        "allow_gaps": flag,
    }
)
