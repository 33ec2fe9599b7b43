"""Claude through Anthropic's SDK: streamed, cached, tried again where that can help."""

import random
import time
import weakref
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from remit.agents.model.provider import Cut, Prompt, Said, Usage, Watch
from remit.state import log
from remit.state.errors import AgentFailed, InputError

if TYPE_CHECKING:
    import anthropic

STALL_S = 180
"""Seconds without a byte after which a stream counts as lost."""
LONGEST_WAIT_S = 60
"""The longest pause between two tries, unless the server names a longer one."""


class Anthropic:
    """One Claude model. The key comes from where the SDK finds it (`ANTHROPIC_API_KEY`)."""

    def __init__(self, model: str, *, first_wait_s: float = 1) -> None:
        self._model, self._first_wait_s = model, first_wait_s

    @property
    def name(self) -> str:
        """`anthropic:` and the model."""
        return f"anthropic:{self._model}"

    @cached_property
    def _client(self) -> "anthropic.Anthropic":
        import anthropic

        # retries are counted against the policy's deadline here, and nothing is traced
        client = anthropic.Anthropic(
            max_retries=0,
            open_telemetry=False,
            timeout=anthropic.Timeout(STALL_S, connect=15),
        )
        weakref.finalize(self, client.close)
        return client

    def check(self) -> None:
        """Count two tokens, which is free: the key and the model are good.

        Raises:
            InputError: they are not, or the server cannot be reached.
        """
        import anthropic

        try:
            self._client.messages.count_tokens(
                model=self._model, messages=[{"role": "user", "content": "Hello"}]
            )
        except anthropic.NotFoundError:
            raise InputError(
                f"model {self.name!r}: Anthropic knows no such model, or this key may not use it"
            ) from None
        except (anthropic.AuthenticationError, anthropic.PermissionDeniedError) as error:
            raise InputError(
                f"model {self.name!r}: Anthropic refuses the key ({_words(error)}); "
                "set ANTHROPIC_API_KEY to one that may use this model"
            ) from None
        except anthropic.APIStatusError as error:
            if not _passes(error):
                raise InputError(f"model {self.name!r}: {_words(error)}") from None
        except anthropic.APIConnectionError:
            raise InputError(
                f"model {self.name!r}: Anthropic cannot be reached; check the network"
            ) from None
        except (anthropic.AnthropicError, TypeError):
            raise InputError(
                f"model {self.name!r}: no key was found; set ANTHROPIC_API_KEY"
            ) from None

    def count(self, prompt: Prompt) -> int | None:
        """The tokens of a prompt; `None` where the server does not say."""
        import anthropic

        try:
            found = self._client.messages.count_tokens(
                model=self._model,
                system=system(prompt),
                messages=messages(prompt),
                output_config=form(prompt),
            )
        except anthropic.AnthropicError:
            return None
        # what a server says is only said to be a number
        counted: Any = found.input_tokens
        return counted if isinstance(counted, int) and counted > 0 else None

    def ask(self, prompt: Prompt, max_tokens: int, give_up_at: float, watch: Watch) -> Said:
        """One answer, streamed.

        Raises:
            Cut: the stream broke off, or took too long.
            AgentFailed: the server refuses, or was not reached in time.
        """
        import anthropic

        tries = 0
        while True:
            try:
                return self._stream(prompt, max_tokens, give_up_at, watch)
            except anthropic.APIConnectionError as error:
                failed: Exception = error
            except anthropic.APIStatusError as error:
                if not _passes(error):
                    raise AgentFailed(f"{self.name}: {_refused(error)}") from None
                failed = error
            except anthropic.AnthropicError as error:
                raise AgentFailed(f"{self.name}: {_words(error)}") from None
            pause = self._pause(tries, failed)
            tries += 1
            if time.monotonic() + pause >= give_up_at:
                raise AgentFailed(
                    f"{self.name}: gave up after {tries} tries ({_words(failed)})"
                ) from failed
            log.event("retry", model=self.name, tries=tries, pause_s=pause, why=_words(failed))
            time.sleep(pause)

    def _stream(self, prompt: Prompt, max_tokens: int, give_up_at: float, watch: Watch) -> Said:
        come: list[str] = []
        count = tokens_in = 0
        import anthropic
        import httpx2

        try:
            with self._client.messages.stream(
                model=self._model,
                max_tokens=max_tokens,
                system=system(prompt),
                messages=messages(prompt),
                output_config=form(prompt),
            ) as stream:
                for event in stream:
                    if event.type == "message_start":
                        tokens_in = _tokens_in(event.message.usage)
                    elif event.type == "text":
                        come.append(event.text)
                        count += len(event.text)
                        watch(count)
                    if time.monotonic() > give_up_at:
                        raise Cut("".join(come), tokens_in, late=True)
                message = stream.get_final_message() if tokens_in or come else None
        except (httpx2.HTTPError, ValueError, AssertionError) as error:
            # the SDK lets what breaks in the middle of a stream through as it is
            if not tokens_in and not come:
                raise self._lost(error) from error
            raise Cut("".join(come), tokens_in) from error
        except anthropic.APIStatusError as error:
            # told in the middle of an answer: what has come was paid for
            if not come:
                raise
            left = max(0.0, give_up_at - time.monotonic())
            time.sleep(min(left, self._pause(0, error)))
            raise Cut("".join(come), tokens_in) from error
        if message is None or message.stop_reason is None:
            raise Cut("".join(come), tokens_in)
        text = "".join(block.text for block in message.content if block.type == "text")
        return Said(text=text, ended=message.stop_reason, usage=_usage(message.usage))

    def _lost(self, error: Exception) -> "anthropic.APIConnectionError":
        import anthropic
        import httpx2

        return anthropic.APIConnectionError(
            message=f"connection lost ({type(error).__name__})",
            request=httpx2.Request("POST", "/v1/messages"),
        )

    def _pause(self, tries: int, error: Exception) -> float:
        """Seconds until the next try: what the server asks for, else twice as long each time."""
        headers = getattr(getattr(error, "response", None), "headers", {})
        try:
            asked = float(headers.get("retry-after", ""))
        except ValueError:
            asked = 0.0
        own = min(LONGEST_WAIT_S, self._first_wait_s * 2 ** min(tries, 16))
        return float(max(asked, own) * random.uniform(1.0, 1.25))


def system(prompt: Prompt) -> Any:
    """What stays, as the SDK takes it, marked for its cache."""
    return [
        {"type": "text", "text": prompt.rules},
        {"type": "text", "text": prompt.role, "cache_control": {"type": "ephemeral"}},
    ]


def messages(prompt: Prompt) -> Any:
    """The brief and the work, and where the answer before was not taken, that too."""
    parts = [
        {"type": "text", "text": prompt.brief, "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": prompt.work, "cache_control": {"type": "ephemeral"}},
    ]
    turns: list[Any] = [{"role": "user", "content": parts}]
    if prompt.before:
        turns.append({"role": "assistant", "content": prompt.before})
        turns.append({"role": "user", "content": prompt.problem})
    elif prompt.problem:
        parts.append({"type": "text", "text": prompt.problem})
    return turns


def form(prompt: Prompt) -> Any:
    """The schema that the answer is held to."""
    return {"format": {"type": "json_schema", "schema": prompt.schema}}


def _usage(given: Any) -> Usage | None:
    """The reported counts; `None` where one is no count."""
    names = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens",
             "output_tokens")  # fmt: skip
    found = [getattr(given, name, None) or 0 for name in names]
    if not all(isinstance(one, int) and 0 <= one <= 10**9 for one in found):
        return None
    fresh, read, write, out = found
    return Usage(fresh=fresh, cache_read=read, cache_write=write, out=out)


def _tokens_in(given: Any) -> int:
    usage = _usage(given)
    return usage.tokens_in if usage else 0


def _passes(error: "anthropic.APIStatusError") -> bool:
    """Whether trying again can help; a stream tells its errors with the status 200."""
    status, kind = error.status_code, str(error.type)
    if status == 200:
        return kind in ("overloaded_error", "api_error", "rate_limit_error", "timeout_error")
    return status in (408, 409, 429) or status >= 500


def _refused(error: "anthropic.APIStatusError") -> str:
    told: dict[int, Callable[[], str]] = {
        401: lambda: "the key is refused; set ANTHROPIC_API_KEY and resume",
        403: lambda: "the key may not do this; use another and resume",
        404: lambda: "there is no such model",
    }
    made = told.get(error.status_code)
    return f"{made()} ({_words(error)})" if made else _words(error)


def _words(error: Exception) -> str:
    said = " ".join(str(getattr(error, "api_message", None) or error).split())[:300]
    status = getattr(error, "status_code", None)
    return f"{status}: {said}" if status else said or type(error).__name__
