"""Nothing is traced to LangSmith by itself, whatever the environment asks for (PUB-9)."""

import json
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.desks import BRIEF, WORK, task
from tests.model_answers import wire

TRACED = """
import json, os, sys, time
import langsmith
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from types import SimpleNamespace

ANSWERS = json.load(open("answers.json"))


class ChatOpenAI(BaseChatModel):
    model: str = ""
    max_tokens: int = 0

    @property
    def _llm_type(self): return "fake"

    def _generate(self, messages, stop=None, run_manager=None, **more):
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content="x"))])

    def _stream(self, messages, stop=None, run_manager=None, **more):
        said = messages[-1].content.partition("# Your assignment\\n\\n")[2].partition("\\n")[0]
        asked = json.loads(said)
        text = ANSWERS[f"{asked['stage']}/{asked['role']}"]
        for part in (text[:50], text[50:]):
            chunk = AIMessageChunk(content=part)
            yield ChatGenerationChunk(message=chunk)


sys.modules["langchain_openai"] = SimpleNamespace(ChatOpenAI=ChatOpenAI, __spec__=SimpleNamespace())
"""
RUN = """
import remit

print(remit.run("invoicing", team="team.toml", behaviour="perfect", db=":memory:").outcome)
"""
CONTROL = 'ChatOpenAI(model="x").invoke("hello")\n'
FLUSH = """
from langchain_core.tracers.langchain import wait_for_all_tracers

wait_for_all_tracers()
"""


@contextmanager
def endpoint() -> Generator[tuple[str, list[str]]]:
    """A server that takes whatever is sent to it; its address, and what came."""
    came: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            came.append(f"{self.command} {self.path}")
            self.send_response(202)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        do_GET = do_PATCH = do_POST

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", came
    finally:
        server.shutdown()
        server.server_close()


def done(folder: Path, code: str, url: str) -> str:
    """What a process prints that is told to trace everything to the endpoint."""
    environment = {
        "HOME": str(folder), "PATH": "", "LANGSMITH_TRACING": "true",
        "LANGCHAIN_TRACING_V2": "true", "LANGSMITH_API_KEY": "x", "LANGSMITH_ENDPOINT": url,
        "LANGCHAIN_ENDPOINT": url, "LANGCHAIN_API_KEY": "x",
    }  # fmt: skip
    ran = subprocess.run(
        [sys.executable, "-c", TRACED + code + FLUSH], cwd=folder, env=environment,
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_a_run_of_a_chat_model_and_the_graph_sends_nothing_where_langchain_alone_does(
    tmp_path: Path,
) -> None:
    answers = {f"{stage}/{seat}": json.dumps(wire(task(stage, seat), BRIEF))
               for stage, seat, _, _ in WORK}  # fmt: skip
    (tmp_path / "answers.json").write_text(json.dumps(answers))
    (tmp_path / "team.toml").write_text('[seats]\npm = "openai:gpt-4o"\nqa = "openai:gpt-4o"\n')
    with endpoint() as (url, came):
        said = done(tmp_path, RUN, url)
        assert (said.split(), came) == (["shipped"], [])
        done(tmp_path, CONTROL, url)
    assert any(one.startswith("POST /runs") for one in came), came
