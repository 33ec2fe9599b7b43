"""The bundle: a run as a folder that people open and another run can start from.

It is written beside its place and moved there in one step; `remit.subject` reads it back.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from pydantic import ValidationError

from remit.agents.artifacts.documents import documents, pretty
from remit.analysis.summary import Summary
from remit.analysis.summary_text import Place, markdown
from remit.export import json_lines, record_of
from remit.graph.course import Course
from remit.state.assignment import Input
from remit.state.brief import Brief
from remit.state.code_files import Code
from remit.state.errors import InputError
from remit.state.inert import inert
from remit.state.record import RunRow, StoredHandoff
from remit.subject import BRIEF, INDEX, Derived, Index, Kept, shown
from remit.subject import MAX_FILE_BYTES as MAX_FILE_BYTES
from remit.subject import agreed_brief as agreed_brief
from remit.subject import load_subject as load_subject
from remit.subject import subject_brief as subject_brief

_OURS = frozenset({INDEX, "summary.md", BRIEF, "manifest.json", "handoffs.jsonl"})


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
        kept, texts = _artifacts(run)
        hashes: dict[str, str] = {}
        for name, text in (*texts.items(), *_record(run, str(target))):
            hashes[name] = _write(fresh / name, text)
        _write(fresh / INDEX, pretty(_index_of(run, kept, hashes).model_dump(mode="json")))
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
            raise InputError(f"{shown(folder)}: is not a folder; name another one")
        if target.is_dir() and any(target.iterdir()) and not (target / INDEX).is_file():
            raise InputError(
                f"{shown(folder)}: holds other files and no {INDEX}; name a new or empty folder"
            )
    except (OSError, ValueError) as error:
        raise _unwritable(folder, error) from error
    return target


def handoff_lines(run_id: str, rows: tuple[StoredHandoff, ...]) -> Iterator[str]:
    """The handoffs as JSON lines, as `remit export RUN --jsonl FILE` writes them."""
    return json_lines(record_of(run_id, row) for row in rows)


def _artifacts(run: Recorded) -> tuple[tuple[Kept, ...], dict[str, str]]:
    """The artifacts, and file name → text of them and of what is derived from them."""
    kept: list[Kept] = []
    texts: dict[str, str] = {}
    latest = run.course.ledger.artifacts
    for (owner, name), one in sorted(latest.items()):
        several = sum(other == name for _, other in latest) > 1
        content = run.content(one)
        made = {
            f"{owner}_{file}" if several or file in _OURS else file: text
            for file, text in documents(name, content).items()
        }
        if name == "code":
            made = _code(owner, content)
        exact = pretty(content)
        file = next((file for file, text in made.items() if text == exact), None)
        if file is None:
            file = f"artifacts/{owner}_{name}.json"
            made[file] = exact
        texts |= made
        kept.append(
            Kept(owner=owner, artifact=name, revision=one.revision, hash=one.hash, file=file)
        )
    return tuple(kept), texts


def _code(owner: str, content: dict[str, Any]) -> dict[str, str]:
    """The source files that a builder handed over, below `code/`; a path that leads out is not."""
    try:
        files = Code.model_validate(content).files
    except ValidationError:
        return {}
    return {f"code/{owner}/{one.path}": one.text for one in files}


def _record(run: Recorded, place: str) -> Iterator[tuple[str, str]]:
    """File name → text of what the record says."""
    yield "summary.md", markdown(run.summary(), Place(bundle=inert(place)))
    yield BRIEF, pretty(run.brief.model_dump(mode="json"))
    yield "manifest.json", pretty(run.course.manifest.to_json())
    yield "handoffs.jsonl", "".join(handoff_lines(run.row.id, run.stored_handoffs))


def _index_of(run: Recorded, kept: tuple[Kept, ...], hashes: Mapping[str, str]) -> Index:
    exact = {one.file for one in kept}
    return Index(
        run=run.row.id,
        title=run.brief.title,
        outcome=str(run.row.outcome),
        reason=run.row.reason,
        remit=run.row.remit_version,
        chain_head=run.row.chain_head,
        artifacts=kept,
        derived=tuple(
            Derived(file=file, hash=hashed) for file, hashed in hashes.items() if file not in exact
        ),
    )


def _write(path: Path, text: str) -> str:
    """Write a file through to the disk; the SHA-256 of its bytes."""
    data = text.encode("utf-8", "backslashreplace")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return hashlib.sha256(data).hexdigest()


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
        f"{shown(folder)}: the bundle cannot be written ({reason}); name another folder"
    )
