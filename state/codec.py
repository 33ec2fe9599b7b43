"""Stored text to values and back; everything is checked on the way out."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from remit.state.assignment import Matter
from remit.state.canonical import canonical, digest
from remit.state.errors import InputError, Tampered
from remit.state.handoff import Handoff
from remit.state.record import ArtifactRef, Document, Entry, document
from remit.state.report import Report
from remit.state.vocabulary import Seat

T = TypeVar("T")

MAX_CONTENT_CHARS = 16_000_000
"""Longest artifact that is stored, as canonical text."""


def stamp(time: datetime) -> str:
    """A moment as text that sorts: UTC, always with microseconds. `time` must know its zone."""
    if time.tzinfo is None:
        raise ValueError("a time without a zone cannot be recorded")
    return time.astimezone(UTC).isoformat(timespec="microseconds")


def moment(text: str) -> datetime:
    """The moment that `stamp` wrote."""
    return datetime.fromisoformat(text)


def artifact_document(name: str, content: dict[str, Any]) -> Document:
    """An artifact's content as it is stored.

    Raises:
        InputError: it is not JSON, or too deep, or too long.
    """
    try:
        made = document(content)
        made.text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"artifact {name!r}: is not storable as JSON: {error}") from error
    if len(made.text) > MAX_CONTENT_CHARS:
        raise InputError(
            f"artifact {name!r}: {len(made.text)} characters; at most {MAX_CONTENT_CHARS} are kept."
        )
    return made


def documents_from(contents: Mapping[str, dict[str, Any]]) -> list[Document]:
    """Contents by hash as they are stored.

    Raises:
        InputError: as `artifact_document`, or a content is filed under another's hash.
    """
    made = [artifact_document(key[:12], content) for key, content in contents.items()]
    for key, one in zip(contents, made, strict=True):
        if one.hash != key:
            raise InputError(f"artifact {key[:12]!r}: its content has the hash {one.hash[:12]!r}.")
    return made


def content_of(hash_: str, text: str) -> dict[str, Any]:
    """The JSON object of a stored document.

    Raises:
        Tampered: the text is not the one that was hashed.
    """
    if digest(text) != hash_:
        raise Tampered(f"artifact {hash_[:12]}: its content does not fit its hash.")
    content: dict[str, Any] = from_json(text)
    return content


def report_body(entry: Entry) -> str:
    """The journalled text of a report: its JSON, with the artifacts as references."""
    unsaid = {"artifacts"} if entry.report.calls else {"artifacts", "calls"}
    body = entry.report.model_dump_json(exclude=unsaid)
    if not entry.artifacts:
        return body
    named = canonical([{"hash": one.hash, "name": one.name} for one in entry.artifacts])
    return f'{body[:-1]},"artifacts":{named}}}'


def report_hash(step: int, seat: str, body: str) -> str:
    """What a journal row is known by: a body moved to another assignment has another hash."""
    return digest(f"{step}/{seat}\n{body}")


def entry_from(run_id: str, step: int, seat: str, hash_: str, body: str) -> Entry:
    """The journal entry of a stored row.

    Raises:
        Tampered: the row is not as it was written.
    """
    where = f"run {run_id!r}, report {step}/{seat}"
    if report_hash(step, seat, body) != hash_:
        raise Tampered(f"{where}: its text does not fit its hash.")
    try:
        fields = from_json(body)
        refs = fields.pop("artifacts", ())
        return Entry(
            step=step,
            seat=Seat(seat),
            report=Report.model_validate(fields),
            artifacts=_adapter(tuple[ArtifactRef, ...]).validate_python(refs),
        )
    except (ValueError, AttributeError, TypeError) as error:
        raise Tampered(f"{where}: is not a report: {_first(error)}") from error


def handoff_text(handoff: Handoff) -> str:
    """The canonical text of a handoff's body: what the chain hashes."""
    return canonical(handoff.body())


def handoff_from(body: dict[str, Any]) -> Handoff:
    """The handoff whose `body()` this is.

    Raises:
        ValueError: it is no such body.
    """
    return value_from(Handoff, canonical(body))


def value_from(kind: type[T], text: str) -> T:
    """A frozen dataclass from its JSON: every key known, every type exact.

    Raises:
        ValueError: the text is not such a value.
    """
    return _adapter(kind).validate_json(text, strict=True, extra="forbid")


def stored(kind: type[T], text: str, where: str) -> T:
    """`value_from` for a row of the record.

    Raises:
        Tampered: the text is not such a value.
    """
    try:
        return value_from(kind, text)
    except ValueError as error:
        raise Tampered(f"{where}: is not a {kind.__name__}: {_first(error)}") from error


def matter_text(matter: Matter) -> str:
    """A matter as canonical text."""
    return canonical(_adapter(Matter).dump_python(matter, mode="json"))


_built: dict[type[Any], TypeAdapter[Any]] = {}
"""Adapters that were needed so far: start-up does not pay for them."""


def _adapter(kind: type[T]) -> TypeAdapter[T]:
    made = _built.get(kind)
    if made is None:
        made = _built[kind] = TypeAdapter(kind)
    return made


def _first(error: Exception) -> str:
    if isinstance(error, ValidationError):
        problem = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
    return str(error)
