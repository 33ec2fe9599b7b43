"""The bundle: a run as a folder that people open and another run can start from.

It is written beside its place and moved there in one step. A folder that is read back is hostile
until its sizes, paths and hashes have been checked.
"""

import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, Protocol

from pydantic import Field, StringConstraints, ValidationError

from remit.agents.artifacts.documents import documents, pretty
from remit.analysis.inert import cut, inert
from remit.analysis.summary import Summary
from remit.analysis.summary_text import Place, markdown
from remit.graph.course import Course
from remit.state.artifact import KINDS
from remit.state.assignment import Input
from remit.state.brief import Brief
from remit.state.canonical import canonical, digest
from remit.state.errors import InputError
from remit.state.record import RunRow, StoredHandoff
from remit.state.report import Name, Value
from remit.state.vocabulary import Seat

INDEX = "bundle.json"
MAX_INDEX_BYTES = 1_000_000
MAX_FILE_BYTES = 16_000_000
MAX_BUNDLE_BYTES = 64_000_000
_OURS = frozenset({INDEX, "summary.md", "brief.json", "manifest.json", "handoffs.jsonl"})


class Kept(Value):
    """One artifact in the index."""

    owner: Seat
    artifact: Name
    revision: Annotated[int, Field(ge=1, le=10**6)]
    hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    """SHA-256 of the content's canonical text."""
    file: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    """Its exact content, below the folder."""


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


class Recorded(Protocol):
    """What a bundle is made of: a `remit.runs.Run`."""

    @property
    def row(self) -> RunRow:
        """The run as listed."""
        ...

    @property
    def brief(self) -> Brief:
        """What the team was asked to build."""
        ...

    @property
    def course(self) -> Course:
        """The fold of the journal."""
        ...

    @property
    def stored_handoffs(self) -> tuple[StoredHandoff, ...]:
        """The handoffs with their place in the chain."""
        ...

    def content(self, one: Input) -> dict[str, Any]:
        """The content of an artifact."""
        ...

    def summary(self) -> Summary:
        """The run in full, as values."""
        ...


# Writing


def save_bundle(run: Recorded, folder: Path) -> Path:
    """Write the bundle of a run; the folder's absolute path.

    Raises:
        InputError: something that is not a bundle stands there, or it cannot be written.
    """
    target = check_place(folder)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise _unwritable(folder, error) from error
    try:
        for name, text in _files(run, str(target)):
            _write(fresh / name, text)
        fresh.chmod(0o777 & ~_umask())
        _move(fresh, target)
    except OSError as error:
        raise _unwritable(folder, error) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return target


def check_place(folder: Path) -> Path:
    """The absolute path of a place where a bundle may be written.

    Raises:
        InputError: something else is there.
    """
    target = Path(os.path.abspath(folder))
    try:
        if target.is_symlink() or (target.exists() and not target.is_dir()):
            raise InputError(f"{_shown(folder)}: is not a folder; name another one")
        if target.is_dir() and any(target.iterdir()) and not (target / INDEX).is_file():
            raise InputError(
                f"{_shown(folder)}: holds other files and no {INDEX}; name a new or empty folder"
            )
    except (OSError, ValueError) as error:
        raise _unwritable(folder, error) from error
    return target


def handoff_lines(run_id: str, rows: tuple[StoredHandoff, ...]) -> Iterator[str]:
    """The handoffs as JSON lines: each row's body, then its place in the chain and its time.

    `hash` is the SHA-256 of `previous` followed by the canonical text of the body's own keys.
    """
    for row in rows:
        beside = {"run": run_id, "previous": row.previous, "hash": row.hash,
                  "written_at": row.written_at.isoformat()}  # fmt: skip
        yield json.dumps({**row.handoff.body(), **beside}, ensure_ascii=False) + "\n"


def _files(run: Recorded, place: str) -> Iterator[tuple[str, str]]:
    """File name → text, the index last."""
    kept: list[Kept] = []
    latest = run.course.ledger.artifacts
    for (owner, name), one in sorted(latest.items()):
        several = sum(other == name for _, other in latest) > 1
        content = run.content(one)
        made = {
            f"{owner}_{file}" if several or file in _OURS else file: text
            for file, text in documents(name, content).items()
        }
        yield from made.items()
        exact = pretty(content)
        file = next((file for file, text in made.items() if text == exact), None)
        if file is None:
            file = f"artifacts/{owner}_{name}.json"
            yield file, exact
        kept.append(
            Kept(owner=owner, artifact=name, revision=one.revision, hash=one.hash, file=file)
        )
    yield "summary.md", markdown(run.summary(), Place(bundle=inert(place)))
    yield "brief.json", pretty(run.brief.model_dump(mode="json"))
    yield "manifest.json", pretty(run.course.manifest.to_json())
    yield "handoffs.jsonl", "".join(handoff_lines(run.row.id, run.stored_handoffs))
    index = Index(
        run=run.row.id,
        title=run.brief.title,
        outcome=str(run.row.outcome),
        reason=run.row.reason,
        remit=run.row.remit_version,
        chain_head=run.row.chain_head,
        artifacts=tuple(kept),
    )
    yield INDEX, pretty(index.model_dump(mode="json"))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("xb") as file:
        file.write(text.encode("utf-8", "backslashreplace"))
        file.flush()
        os.fsync(file.fileno())


def _move(fresh: Path, target: Path) -> None:
    """Put the new folder in place; an older bundle goes only once the new one stands."""
    if not target.exists():
        fresh.rename(target)
        return
    old = fresh.with_name(f"{fresh.name}.old")
    target.rename(old)
    try:
        fresh.rename(target)
    except OSError:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _umask() -> int:
    """The process's mask: asking for it means setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _unwritable(folder: Path, error: Exception) -> InputError:
    reason = getattr(error, "strerror", None) or str(error)
    return InputError(
        f"{_shown(folder)}: the bundle cannot be written ({reason}); name another folder"
    )


def _shown(path: Path) -> str:
    return cut(str(path), 200)


# Reading


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
        where = f"{_shown(folder)}/{cut(one.file, 100)}"
        try:
            _check_owner(one, where)
            text = _read(_inside(folder, one.file, where), min(MAX_FILE_BYTES, left), where)
            left -= len(text)
            contents[one.hash] = _content(text, one.hash, where)
        except InputError as error:
            problems += error.problems
    twice = len({(one.owner, one.artifact) for one in index.artifacts}) < len(index.artifacts)
    if twice:
        problems.append(
            f"{_shown(folder)}/{INDEX}: names an artifact twice; use the bundle as made"
        )
    if problems:
        raise InputError(problems)
    inputs = (
        Input(owner=one.owner, artifact=one.artifact, revision=one.revision, hash=one.hash)
        for one in index.artifacts
    )
    return tuple(inputs), contents


def _index(folder: Path) -> Index:
    where = f"{_shown(folder)}/{INDEX}"
    try:
        if not (folder / INDEX).exists():
            raise InputError(f"{_shown(folder)}: is no bundle (it has no {INDEX}); give a bundle")
    except (OSError, ValueError) as error:
        raise InputError(f"{_shown(folder)}: cannot be read; give a bundle") from error
    data = _read(_inside(folder, INDEX, where), MAX_INDEX_BYTES, where)
    try:
        return Index.model_validate(_json(data, where))
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
    """The bytes of a plain file of at most `cap` bytes; no pipe or device is waited for."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise InputError(f"{where}: is not a file; use the bundle as it was made")
        with os.fdopen(descriptor, "rb") as file:
            data = file.read(cap + 1)
    except OSError as error:
        raise InputError(f"{where}: cannot be read ({error.strerror}); check the bundle") from error
    if len(data) > cap:
        raise InputError(f"{where}: larger than {cap} bytes; use the bundle as it was made")
    return data


def _content(data: bytes, expected: str, where: str) -> dict[str, Any]:
    content = _json(data, where)
    try:
        same = digest(canonical(content)) == expected
    except (TypeError, ValueError, RecursionError):
        same = False
    if not same:
        raise InputError(
            f"{where}: is not what the index says (its hash differs); restore the file"
        )
    return dict(content)


def _json(data: bytes, where: str) -> Mapping[str, Any]:
    try:
        value = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        raise InputError(f"{where}: is not JSON; use the bundle as it was made") from None
    if not isinstance(value, dict):
        raise InputError(f"{where}: is not a JSON object; use the bundle as it was made")
    return value  # pyright: ignore[reportUnknownVariableType]
