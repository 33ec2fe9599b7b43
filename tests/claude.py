"""A model seat that talks to the local server through the real SDK."""

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import pytest

from remit.agents.agent import Desk
from remit.agents.model import ModelAgent
from remit.agents.model.anthropic_api import Anthropic
from remit.agents.model.prices import price_of
from remit.state.assignment import Assignment, Input
from remit.state.brief import Brief
from tests.desks import BRIEF
from tests.messages_server import Answer, Asked, Says, Server, serving
from tests.model_answers import wire

MODEL = "claude-sonnet-5-5"
KEY = "test-key-that-opens-nothing"


@contextmanager
def claude(answer: Answer, first_wait_s: float = 0.01) -> Generator[tuple[Server, ModelAgent]]:
    """The server, and an agent that asks it."""
    with serving(answer) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANTHROPIC_BASE_URL", server.url)
        patch.setenv("ANTHROPIC_API_KEY", KEY)
        provider = Anthropic(MODEL, first_wait_s=first_wait_s)
        yield server, ModelAgent(provider=provider, price=price_of(provider.name, {}))


def in_turn(*says: Says) -> Callable[[Asked], Says]:
    """An answerer that says one thing after the other, the last for ever."""
    waiting = list(says)

    def answer(asked: Asked) -> Says:
        if asked.path.endswith("/count_tokens"):
            return Says()
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    return answer


def good(task: Assignment, brief: Brief = BRIEF, **changes: Any) -> Says:
    """What a perfect role says to an assignment, with some keys changed."""
    return Says(text=json.dumps({**wire(task, brief), **changes}))


def desk_for(task: Assignment, contents: dict[str, dict[str, Any]] | None = None) -> Desk:
    """A desk from which everything that was routed can be read."""

    def read(one: Input) -> dict[str, Any]:
        return (contents or {})[one.artifact]

    return Desk(brief=BRIEF, seed=0, read=read, flaws={}, patience_s=20)
