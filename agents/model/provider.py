"""The seam between a model agent and whoever sells calls of a model."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from remit.state.errors import RemitError

_CUT = "the connection was cut in the middle of an answer"


class Cut(RemitError):
    """A stream ended before its answer did; what came so far was read, and is paid."""

    def __init__(self, text: str, tokens_in: int, *, late: bool = False) -> None:
        how = "the answer took too long" if late else _CUT
        super().__init__(how)
        self.text, self.tokens_in, self.late = text, tokens_in, late
        """`late`: it was ended here, because there was no more time."""

    def __reduce__(self) -> tuple[Callable[..., "Cut"], tuple[str, int]]:
        made = partial(type(self), late=self.late)
        return made, (self.text, self.tokens_in)


@dataclass(frozen=True, kw_only=True, slots=True)
class Prompt:
    """All that a model is told, in the order from what stays to what changes."""

    rules: str
    """What every role is told."""
    role: str
    """The role card and the form of the answer: the same whenever the role works at this stage."""
    brief: str
    work: str
    """The artifacts that were routed here, and the assignment."""
    schema: dict[str, Any]
    """JSON Schema of the answer."""
    before: str = ""
    """The answer that was not taken; empty when this is the first try."""
    problem: str = ""
    """Why it was not taken."""

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text in it, in order."""
        return (self.rules, self.role, self.brief, self.work, self.before, self.problem)


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """The tokens that one call took. Those in are counted once each."""

    fresh: int = 0
    """Read anew."""
    cache_read: int = 0
    cache_write: int = 0
    out: int = 0

    @property
    def tokens_in(self) -> int:
        """All that went in."""
        return self.fresh + self.cache_read + self.cache_write


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What a model answered."""

    text: str
    ended: str
    """Why it stopped, in the provider's word; `end_turn` is a whole answer."""
    usage: Usage | None
    """`None` when what the provider reported is no count of tokens."""


Watch = Callable[[int], None]
"""Told how many characters of an answer have come so far."""


class Provider(Protocol):
    """Sells calls of one model."""

    @property
    def name(self) -> str:
        """`anthropic:claude-…`: the provider and the model."""
        ...

    def check(self) -> None:
        """Find out for nothing whether calls will be served.

        Raises:
            InputError: there is no key, it is refused, or there is no such model.
        """
        ...

    def count(self, prompt: Prompt) -> int | None:
        """The tokens of a prompt as the provider counts them; `None` where it does not say."""
        ...

    def ask(self, prompt: Prompt, max_tokens: int, give_up_at: float, watch: Watch) -> Said:
        """One answer; `give_up_at` is a moment of `time.monotonic`.

        What passes by itself (a lost connection, too many requests, an overloaded server) is tried
        again with growing pauses until then.

        Raises:
            Cut: the stream broke off, or took too long, after tokens had been paid for.
            AgentFailed: the provider refuses, or it was not reached in time.
        """
        ...
