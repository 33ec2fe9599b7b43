"""Proofs on file: what a check found, numbers, ways and verdicts, found again by what was proved.

They are kept under the hash of everything that they follow from: the constants of the run, the
rules and the prover. So a changed policy, team or rule finds nothing, and is never told an old
number. Those of the shipped policies come with Remit; others are kept beside the record once
`remit check` has found them. Nothing here explores or replays anything (`on_file` does), and a file
that is not what it should be, or was changed by hand (`seal`), is nothing.
"""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, cast

from pydantic import Field

from remit.analysis.safety import PROPERTIES
from remit.graph.bound import bound
from remit.graph.manifest import Manifest
from remit.graph.rules import RULES, Heard, Operand, Rule, Term
from remit.graph.rules import Field as Stored
from remit.state.canonical import canonical, digest
from remit.state.errors import InputError
from remit.state.report import Value

PROVER = 7
"""Which prover the numbers are from; a change of what is proved makes it a later one."""
HANDOFFS, HUMAN = "handoffs", "matters at the human"
"""The measures that a run is told of before it starts (`certificate.Measure`)."""
SHIPPED = "shipped.json"
MAX_BYTES = 1_000_000
"""Of one file. A proof whose ways make it longer is kept without them."""
_Count = Annotated[int, Field(strict=True, ge=0, le=10**15)]
_Turn = Annotated[str, Field(max_length=200)]
_Way = tuple[_Turn, ...]
"""A run, as `track` writes it."""
_Words = Annotated[str, Field(max_length=1_000)]


class KeptVerdict(Value):
    """What is kept of the verdict on one property."""

    holds: bool | None
    shown: _Words
    witness: _Way | None = None
    circle: _Count = 0
    exact: bool = True
    cut: _Turn | None = None
    """The report after which no row applies."""


class KeptShortest(Value):
    """What is kept of the shortest way to one aim."""

    way: _Way | None
    known: bool
    exact: bool = True


class KeptDead(Value):
    """What is kept of a dead clause."""

    key: _Words
    because: _Words
    why: _Words
    shadows: tuple[_Words, ...] = ()


class KeptMove(Value):
    """What is kept of a move between two stages."""

    here: _Words
    there: _Words
    kind: _Words
    spends: tuple[_Words, ...] = ()


class Kept(Value):
    """What is kept of a proof."""

    key: str
    """Of what it is the proof."""
    worst: Mapping[str, _Count]
    """By measure, the exact worst case; empty where only a budget ends every run."""
    at_most: Mapping[str, _Count] = {}
    """Measures whose worst case was not settled: no run is worth more."""
    spent: Mapping[str, _Count] = {}
    spent_at_most: Mapping[str, _Count] = {}
    ways: Mapping[str, _Way] = {}
    """By measure, a run that is worth as much."""
    caps: str = ""
    """Hash of what assignments can take at most, behind the costs; empty without costs."""
    fails: tuple[_Count, ...]
    """Numbers of the properties for which a run is refused."""
    positions: _Count
    moves: _Count
    passages: _Count = 0
    looked_at: _Count = 0
    clauses: str = ""
    """Hash of the policy's clauses, behind what is dead of them."""
    verdicts: tuple[KeptVerdict, ...] = ()
    """On each property, in their order; empty where only the numbers are kept."""
    shortest: tuple[KeptShortest, ...] = ()
    """To each aim, in their order."""
    dead: tuple[KeptDead, ...] = ()
    map: tuple[KeptMove, ...] = ()

    def most(self, measure: str) -> int | None:
        """No run is worth more of a measure, if that is known."""
        return self.worst.get(measure, self.at_most.get(measure))


@dataclass(frozen=True, kw_only=True, slots=True)
class Promise:
    """What is known of every run under a manifest before one starts."""

    handoffs: int
    """At most so many rows of the record, the end among them."""
    questions: int | None
    """At most so many matters at a person; `None` where only the closed bound is known."""
    fails: tuple[int, ...]
    """Numbers of the properties that are known not to hold."""
    exact: bool = False
    """Whether a run is known that makes as many handoffs."""

    def __str__(self) -> str:
        asked = self.questions
        if asked is None:
            return f"at most {self.handoffs} handoffs"
        questions = "no human question" if not asked else f"{asked} human questions"
        return f"at most {self.handoffs} handoffs, {questions.removesuffix('s' * (asked == 1))}"


def promise(manifest: Manifest, folder: Path | None) -> Promise:
    """What is known of a manifest without proving anything.

    Args:
        manifest: the constants of the run.
        folder: where certificates are kept, if anywhere.

    Raises:
        InputError: not even the closed bound is finite.
    """
    most, one = bound(manifest), found(manifest, folder)
    if one is None:
        return Promise(handoffs=most, questions=None, fails=())
    known = one.most(HANDOFFS)
    return Promise(
        handoffs=most if known is None else known,
        questions=one.most(HUMAN),
        fails=one.fails,
        exact=HANDOFFS in one.worst,
    )


def found(manifest: Manifest, folder: Path | None) -> Kept | None:
    """The proof of a manifest: one that comes with Remit, else one that was kept."""
    return next(candidates(manifest, folder), None)


def candidates(manifest: Manifest, folder: Path | None) -> Iterator[Kept]:
    """Every proof of a manifest that is on file, one that comes with Remit first."""
    name = key(manifest)
    for one in (_fitting(shipped().get(name), name, manifest), _read(folder, name, manifest)):
        if one is not None:
            yield one


def keep(one: Kept, folder: Path) -> bool:
    """Put a proof on file, whole or not at all; whether that could be done."""
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=folder, prefix="new-", delete=False
        ) as file:
            file.write(text_of(one))
        os.replace(file.name, folder / f"{one.key}.json")
        return True
    return False


def text_of(one: Kept) -> str:
    """A proof as its file has it, without its ways where they are too long."""
    text = canonical(sealed(one)) + "\n"
    return text if len(text) < MAX_BYTES else canonical(sealed(_numbers(one))) + "\n"


def _numbers(one: Kept) -> Kept:
    """A proof without its ways, and so without what is believed for them."""
    return one.model_copy(
        update={"ways": {}, "verdicts": (), "shortest": (), "dead": (), "map": ()}
    )


def sealed(one: Kept) -> dict[str, Any]:
    """A proof as JSON values, with the hash of all that it says."""
    said = one.model_dump(mode="json", exclude_defaults=True)
    return {**said, "seal": digest(canonical(said))}


def key(manifest: Manifest) -> str:
    """The hash of all that a proof of this manifest follows from."""
    return digest(canonical({"manifest": manifest.to_json(), "rules": _rules(), "prover": PROVER}))


@cache
def shipped() -> Mapping[str, Any]:
    """The proofs that come with Remit, by key."""
    place = files("remit.analysis").joinpath("certificates", SHIPPED)
    kept: list[dict[str, Any]] = json.loads(place.read_text("utf-8"))
    return {one["key"]: one for one in kept}


@cache
def _rules() -> str:
    return digest(canonical([_row(rule) for rule in RULES]))


def _row(rule: Rule) -> list[Any]:
    """All that a row does; its words may change."""
    return [
        rule.id, rule.stages, rule.event, rule.seat,
        [[_operand(one.left), one.op, _operand(one.right)] for one in rule.guard],
        rule.spend, [[one.field, one.op, _operand(one.value)] for one in rule.sets],
        rule.goto, rule.at_limit, rule.kind, int(rule.item), int(rule.waives), rule.grants,
    ]  # fmt: skip


def _operand(value: Operand) -> Any:
    if isinstance(value, Stored | Heard | Term):
        return [type(value).__name__, value.name]
    return value


def _read(folder: Path | None, name: str, manifest: Manifest) -> Kept | None:
    if folder is None:
        return None
    try:
        with (folder / f"{name}.json").open("rb") as file:
            return _fitting(json.loads(file.read(MAX_BYTES)), name, manifest)
    except (OSError, ValueError, RecursionError):
        return None


def _fitting(value: object, name: str, manifest: Manifest) -> Kept | None:
    """A kept proof if it can be one of this manifest: what it says is possible."""
    if not isinstance(value, dict):
        return None
    entries = cast("dict[str, Any]", value)
    said = {name: entries[name] for name in entries if name != "seal"}
    try:
        one = Kept.model_validate(said)
        whole = entries.get("seal") == digest(canonical(said))
        most = bound(manifest)
    except (ValueError, InputError):
        return None
    nothing = not one.worst and not one.at_most
    counted = nothing or (0 < (one.most(HANDOFFS) or 0) <= most and one.most(HUMAN) is not None)
    known = one.key == name and set(one.fails) <= PROPERTIES.keys()
    return one if known and counted and whole else None
