"""A LangChain chat model in a seat."""

import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from langchain_core.messages import AIMessageChunk
from langsmith.run_helpers import get_tracing_context

from remit.agents.agent import AnswerInvalid
from remit.agents.model import ModelAgent
from remit.agents.model.chat import PACKAGES
from remit.agents.model.prices import price_of
from remit.agents.model.providers import provider_of
from remit.state.errors import AgentFailed, InputError
from remit.state.vocabulary import EventKind, Seat, Stage
from tests.claude import desk_for, good
from tests.desks import task

PLAN = task(Stage.PLAN, Seat.CTO)
GPT = "openai:gpt-4o"


def seat(monkeypatch: pytest.MonkeyPatch, *chunks: AIMessageChunk | Exception) -> ModelAgent:
    """A seat whose model's package streams these chunks."""
    made: list[dict[str, Any]] = []

    class ChatOpenAI:
        def __init__(self, **given: Any) -> None:
            made.append(given)

        def stream(self, messages: list[tuple[str, str]]) -> Iterator[AIMessageChunk]:
            assert [role for role, _ in messages] == ["system", "human"]
            assert made[-1]["max_tokens"] == 900
            assert get_tracing_context()["enabled"] is False, "PUB-9"
            for chunk in chunks:
                if isinstance(chunk, Exception):
                    raise chunk
                yield chunk

    module = SimpleNamespace(ChatOpenAI=ChatOpenAI, __spec__=SimpleNamespace())
    monkeypatch.setitem(sys.modules, "langchain_openai", module)
    agent = ModelAgent(provider=provider_of(GPT), price=price_of(GPT, {}), max_tokens=900)
    agent.check()
    return agent


def chunks(text: str, reason: str = "stop") -> list[AIMessageChunk]:
    half = len(text) // 2
    counts: Any = {"input_tokens": 1_000, "output_tokens": 400, "total_tokens": 1_400,
              "input_token_details": {"cache_read": 600}}  # fmt: skip
    return [
        AIMessageChunk(content=text[:half]),
        AIMessageChunk(content=text[half:]),
        AIMessageChunk(
            content="", usage_metadata=counts, response_metadata={"finish_reason": reason}
        ),
    ]


def test_its_answer_is_held_to_the_same_form_and_paid_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    agent = seat(monkeypatch, *chunks(good(PLAN).text))
    report = agent.perform(PLAN, desk_for(PLAN))
    (call,) = report.calls
    assert report.event is EventKind.DELIVER
    assert (call.model, call.tokens_in, call.cache_read, call.tokens_out) == (GPT, 1_000, 600, 400)
    assert 0 < report.cost_micros < call.most_micros


def test_an_answer_cut_off_is_invalid(monkeypatch: pytest.MonkeyPatch) -> None:
    agent = seat(monkeypatch, *chunks('{"event"', "length"))
    with pytest.raises(AnswerInvalid, match="too long"):
        agent.perform(PLAN, desk_for(PLAN))


def test_a_stream_that_always_breaks_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    agent = seat(monkeypatch, AIMessageChunk(content="{"), ConnectionError("gone"))
    with pytest.raises(AnswerInvalid, match="cut in the middle of an answer, 3 times") as caught:
        agent.perform(PLAN, desk_for(PLAN))
    assert [call.ended for call in caught.value.calls] == ["cut"] * 3


def test_a_refusal_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    agent = seat(monkeypatch, RuntimeError("bad\nkey"))
    with pytest.raises(AgentFailed, match="openai:gpt-4o: RuntimeError: bad key"):
        agent.perform(PLAN, desk_for(PLAN))


@pytest.mark.parametrize("provider", sorted(PACKAGES))
def test_a_package_that_is_missing_is_named(provider: str) -> None:
    with pytest.raises(InputError, match="needs langchain-"):
        provider_of(f"{provider}:x").check()


@pytest.mark.parametrize("name", ["opnai:x", "anthropic:", "nobody:x"])
def test_an_unknown_provider_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=r"there is no provider|names no model"):
        provider_of(name)
