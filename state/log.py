"""The log: one JSON line for each event of a run, through the standard library's `logging`.

Silent unless somebody asks: the logger `remit` is at `INFO`, which nobody hears by default. What an
event says is redacted before it reaches any handler.
"""

import json
import logging
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path

from remit.state.errors import InputError
from remit.state.inert import cut
from remit.state.secrets import redact

Fact = str | int | float | bool | None
MAX_TEXT = 500
"""Characters of a text in an event."""
_LOG = logging.getLogger("remit")
_RUN: ContextVar[str] = ContextVar("run", default="")


@contextmanager
def about(run: str) -> Generator[None]:
    """Events in the block are about this run, in threads that are begun there too."""
    token = _RUN.set(run)
    try:
        yield
    finally:
        _RUN.reset(token)


def event(name: str, **facts: Fact) -> None:
    """Log an event, if anybody listens."""
    if _LOG.isEnabledFor(logging.INFO):
        told = {key: _plain(value) for key, value in facts.items()}
        _LOG.info(name, extra={"facts": {"run": _RUN.get(), **told}})


def _plain(value: Fact) -> Fact:
    return redact(str(value))[:MAX_TEXT] if isinstance(value, str) else value


class JsonLine(logging.Formatter):
    """A record as one line of JSON in ASCII: when, which event, and its facts."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        facts = getattr(record, "facts", {})
        return json.dumps({"at": at, "event": redact(record.getMessage()), **facts}, default=str)


@contextmanager
def written(path: Path) -> Generator[None]:
    """Append the events of the block to a file.

    Raises:
        InputError: the file cannot be written.
    """
    try:
        handler = logging.FileHandler(path, encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"{cut(str(path), 200)}: the log cannot be written ({reason}); name another with --log"
        ) from None
    handler.setFormatter(JsonLine())
    before = _LOG.level
    _LOG.addHandler(handler)
    _LOG.setLevel(logging.INFO)
    try:
        yield
    finally:
        _LOG.setLevel(before)
        _LOG.removeHandler(handler)
        handler.close()
