"""Any LangChain chat model whose package is installed.

The form of the answer is told in the prompt and held to afterwards; the model's own package tries
again what passes by itself, counts tokens and knows where its key is.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any

from remit.agents.model.provider import Cut, Prompt, Said, Usage, Watch
from remit.agents.standards.json_values import mapping
from remit.state.errors import AgentFailed, InputError
from remit.state.suggest import quoted


@dataclass(frozen=True, slots=True)
class Package:
    """Where a provider's chat model is, and what it calls the cap on an answer."""

    module: str
    name: str
    cap: str = "max_tokens"


PACKAGES: Mapping[str, Package] = MappingProxyType(
    {
        "openai": Package("langchain_openai", "ChatOpenAI"),
        "google_genai": Package(
            "langchain_google_genai", "ChatGoogleGenerativeAI", "max_output_tokens"
        ),
        "mistralai": Package("langchain_mistralai", "ChatMistralAI"),
        "groq": Package("langchain_groq", "ChatGroq"),
        "ollama": Package("langchain_ollama", "ChatOllama", "num_predict"),
    }
)
_WHOLE = frozenset({"stop", "end_turn", "completed", "STOP", ""})
_CUT_OFF = frozenset({"length", "max_tokens", "MAX_TOKENS", "model_length"})


class Chat:
    """One chat model of one provider."""

    def __init__(self, provider: str, model: str) -> None:
        self._provider, self._model = provider, model
        self._package = PACKAGES[provider]

    @property
    def name(self) -> str:
        """`provider:model`."""
        return f"{self._provider}:{self._model}"

    @cached_property
    def _class(self) -> Any:
        return getattr(import_module(self._package.module), self._package.name)

    def check(self) -> None:
        """Find the package and make the model; nothing is sent.

        Raises:
            InputError: the package is not installed, or the model cannot be made.
        """
        module = self._package.module
        if find_spec(module) is None:
            package = module.replace("_", "-")
            raise InputError(f"model {quoted(self.name)}: needs {package}; install it")
        try:
            self._class(model=self._model)
        except Exception as error:  # each package refuses in a way of its own
            raise InputError(f"model {quoted(self.name)}: {_words(error)}") from None

    def count(self, prompt: Prompt) -> int | None:
        """`None`: the bytes of the prompt stand for its tokens."""
        return None

    def ask(self, prompt: Prompt, max_tokens: int, give_up_at: float, watch: Watch) -> Said:
        """One answer, streamed.

        Raises:
            Cut: the stream broke off, or took too long.
            AgentFailed: the provider refuses.
        """
        # takes half a second to load, and only these models need it
        from langsmith import tracing_context  # pyright: ignore[reportUnknownVariableType]

        come: list[str] = []
        whole: Any = None
        try:
            model = self._class(model=self._model, **{self._package.cap: max_tokens})
            # LangChain traces to a server as soon as the environment says so (PUB-9)
            with tracing_context(enabled=False):
                for chunk in model.stream(_messages(prompt)):
                    whole = chunk if whole is None else whole + chunk
                    come.append(str(chunk.text))
                    watch(sum(map(len, come)))
                    if time.monotonic() > give_up_at:
                        raise Cut("".join(come), 0, late=True)
        except Cut:
            raise
        except Exception as error:
            if come:
                raise Cut("".join(come), 0) from error
            raise AgentFailed(f"{self.name}: {_words(error)}") from error
        if whole is None:
            raise Cut("", 0)
        return Said(text="".join(come), ended=_ended(whole), usage=_usage(whole))


def _messages(prompt: Prompt) -> list[tuple[str, str]]:
    told = [
        ("system", f"{prompt.rules}\n\n{prompt.role}"),
        ("human", f"{prompt.brief}\n\n{prompt.work}"),
    ]
    if prompt.before:
        told.append(("ai", prompt.before))
    if prompt.problem:
        told.append(("human", prompt.problem))
    return told


def _ended(whole: Any) -> str:
    """Why the model stopped, in our word where one is known."""
    meta: dict[str, Any] = whole.response_metadata or {}
    said = str(
        meta.get("finish_reason") or meta.get("stop_reason") or meta.get("done_reason") or ""
    )
    if said in _CUT_OFF:
        return "max_tokens"
    return "end_turn" if said in _WHOLE else said


def _usage(whole: Any) -> Usage | None:
    """The reported counts; `None` where there are none."""
    told = whole.usage_metadata
    if not told:
        return None
    told = mapping(told)
    details = mapping(told.get("input_token_details"))
    every, out = told.get("input_tokens"), told.get("output_tokens")
    read, write = details.get("cache_read") or 0, details.get("cache_creation") or 0
    counts: tuple[Any, ...] = (every, read, write, out)
    if not all(isinstance(one, int) and 0 <= one <= 10**9 for one in counts):
        return None
    if read + write > counts[0]:
        return None
    return Usage(fresh=counts[0] - read - write, cache_read=read, cache_write=write, out=counts[3])


def _words(error: Exception) -> str:
    said = " ".join(str(error).split())[:300]
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
