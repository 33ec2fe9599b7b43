"""A bundle read back, for another run to start from.

A folder is hostile until its sizes, paths and hashes have been checked.
"""

import hashlib
import json
import os
import stat
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, StringConstraints, ValidationError

from remit.state.artifact import KINDS
from remit.state.assignment import Input
from remit.state.brief import Brief
from remit.state.brief_checks import check
from remit.state.brief_syntax import Draft
from remit.state.canonical import canonical, digest
from remit.state.errors import InputError
from remit.state.front_matter import Problems
from remit.state.inert import cut
from remit.state.problems import Spot
from remit.state.report import Name, Value
from remit.state.vocabulary import Seat

INDEX = "bundle.json"
MAX_INDEX_BYTES = 1_000_000
MAX_FILE_BYTES = 16_000_000
MAX_BUNDLE_BYTES = 64_000_000
MAX_DERIVED_BYTES = 1_000_000_000
"""All derived files together; they are hashed in pieces and never held."""
BRIEF = "brief.json"


Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
File = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""A path below the folder."""


class Kept(Value):
    """One artifact in the index."""

    owner: Seat
    artifact: Name
    revision: Annotated[int, Field(ge=1, le=10**6)]
    hash: Sha256
    """Of the content's canonical text."""
    file: File
    """Its exact content."""


class Derived(Value):
    """A file made from the artifacts or the record, for people and programs to read."""

    file: File
    hash: Sha256
    """Of its bytes."""


class Index(Value):
    """What `bundle.json` says."""

    format: Literal[1] = 1
    run: str
    title: str
    outcome: str
    reason: str
    remit: str
    """The version that wrote it."""
    chain_head: str
    artifacts: Annotated[tuple[Kept, ...], Field(max_length=200)]
    derived: Annotated[tuple[Derived, ...], Field(max_length=1_000)]
    """Every other file of the bundle but the index itself."""


def shown(path: Path) -> str:
    """A path in a problem."""
    return cut(str(path), 200)


def load_subject(folder: Path) -> tuple[tuple[Input, ...], dict[str, dict[str, Any]]]:
    """The artifacts of a bundle, and their contents by hash, for another run to start from.

    Raises:
        InputError: it is no bundle, or not as it was written; every problem is named.
    """
    index = _index(folder)
    contents: dict[str, dict[str, Any]] = {}
    problems: list[str] = []
    left = MAX_BUNDLE_BYTES
    for one in index.artifacts:
        where = f"{shown(folder)}/{cut(one.file, 100)}"
        try:
            _check_owner(one, where)
            text = _read(_inside(folder, one.file, where), min(MAX_FILE_BYTES, left), where)
            left -= len(text)
            contents[one.hash] = _content(text, one.hash, where)
        except InputError as error:
            problems += error.problems
    problems += _touched(folder, index.derived)
    twice = len({(one.owner, one.artifact) for one in index.artifacts}) < len(index.artifacts)
    if twice:
        problems.append(f"{shown(folder)}/{INDEX}: names an artifact twice; use the bundle as made")
    if problems:
        raise InputError(problems)
    inputs = (
        Input(owner=one.owner, artifact=one.artifact, revision=one.revision, hash=one.hash)
        for one in index.artifacts
    )
    return tuple(inputs), contents


def subject_brief(folder: Path) -> Brief | None:
    """The brief of the run that a bundle was made from; `None` where the bundle has none.

    Raises:
        InputError: it is no bundle, or its brief is not what the index says.
    """
    listed = [one for one in _index(folder).derived if one.file == BRIEF]
    if not listed:
        return None
    where = f"{shown(folder)}/{BRIEF}"
    data = _read(_inside(folder, BRIEF, where), MAX_INDEX_BYTES, where)
    if hashlib.sha256(data).hexdigest() != listed[0].hash:
        raise _changed(where)
    draft = Draft(problems=Problems(where), spots={(): Spot(1, "")})
    brief = _valid(Brief, data, where)
    check(brief.model_dump(mode="json", exclude_none=True), draft)
    draft.problems.stop()
    return brief


def agreed_brief(folder: Path, given: Brief | None) -> Brief:
    """The brief of a run that starts from a bundle: the bundle's, which `given` must equal.

    Raises:
        InputError: the briefs differ, or there is none, or the bundle cannot be used.
    """
    kept = subject_brief(folder)
    if kept and given and kept != given:
        raise InputError(
            f"brief {cut(given.title, 100)!r}: is not the brief of the bundle "
            f"({cut(kept.title, 100)!r}); leave the brief out, or give a bundle made from it"
        )
    brief = given or kept
    if brief is None:
        raise InputError(f"{shown(folder)}: has no {BRIEF}; say what the brief is")
    return brief


def _touched(folder: Path, derived: tuple[Derived, ...]) -> list[str]:
    """The derived files that are not what the index says."""
    problems: list[str] = []
    left = MAX_DERIVED_BYTES
    for one in derived:
        where = f"{shown(folder)}/{cut(one.file, 100)}"
        try:
            with _opened(_inside(folder, one.file, where), where) as file:
                left -= os.fstat(file.fileno()).st_size
                if left < 0:
                    raise _large(where, MAX_DERIVED_BYTES)
                if hashlib.file_digest(file, "sha256").hexdigest() != one.hash:
                    raise _changed(where)
        except InputError as error:
            problems += error.problems
    return problems


def _index(folder: Path) -> Index:
    where = f"{shown(folder)}/{INDEX}"
    try:
        if not (folder / INDEX).exists():
            raise InputError(f"{shown(folder)}: is no bundle (it has no {INDEX}); give a bundle")
    except (OSError, ValueError) as error:
        raise InputError(f"{shown(folder)}: cannot be read; give a bundle") from error
    data = _read(_inside(folder, INDEX, where), MAX_INDEX_BYTES, where)
    return _valid(Index, data, where)


Model = TypeVar("Model", Index, Brief)


def _valid(model: type[Model], data: bytes, where: str) -> Model:
    try:
        return model.model_validate(_json(data, where))
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)[:20]
        raise InputError(
            [
                f"{where}: {cut('.'.join(str(part) for part in one['loc']), 100)}: {one['msg']}"
                for one in found
            ]
        ) from None


def _check_owner(one: Kept, where: str) -> None:
    kind = KINDS.get(one.artifact)
    if kind is None or one.owner not in kind.owners:
        raise InputError(
            f"{where}: {one.owner} can own no {one.artifact!r}; use the bundle as made"
        )


def _inside(folder: Path, name: str, where: str) -> Path:
    """The path of a file below the folder, when nothing on the way leads out of it."""
    pure = PurePosixPath(name)
    if pure.is_absolute() or ".." in pure.parts or "\\" in name or ":" in name or "\0" in name:
        raise InputError(f"{where}: leads out of the bundle; use the bundle as it was made")
    path = folder
    for part in pure.parts:
        path = path / part
        if path.is_symlink():
            raise InputError(f"{where}: is a link; copy the file itself into the bundle")
    return path


def _read(path: Path, cap: int, where: str) -> bytes:
    """The bytes of a plain file of at most `cap` bytes."""
    with _opened(path, where) as file:
        data = file.read(cap + 1)
    if len(data) > cap:
        raise _large(where, cap)
    return data


@contextmanager
def _opened(path: Path, where: str) -> Generator[BufferedReader]:
    """A plain file, open in the block; no pipe or device is waited for."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise InputError(f"{where}: is not a file; use the bundle as it was made")
        with os.fdopen(descriptor, "rb") as file:
            yield file
    except OSError as error:
        raise InputError(f"{where}: cannot be read ({error.strerror}); check the bundle") from error


def _large(where: str, cap: int) -> InputError:
    return InputError(f"{where}: larger than {cap} bytes; use the bundle as it was made")


def _changed(where: str) -> InputError:
    return InputError(f"{where}: is not what the index says (its hash differs); restore the file")


def _content(data: bytes, expected: str, where: str) -> dict[str, Any]:
    content = _json(data, where)
    try:
        same = digest(canonical(content)) == expected
    except (TypeError, ValueError, RecursionError):
        same = False
    if not same:
        raise _changed(where)
    return dict(content)


def _json(data: bytes, where: str) -> Mapping[str, Any]:
    try:
        value = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        raise InputError(f"{where}: is not JSON; use the bundle as it was made") from None
    if not isinstance(value, dict):
        raise InputError(f"{where}: is not a JSON object; use the bundle as it was made")
    return value  # pyright: ignore[reportUnknownVariableType]
