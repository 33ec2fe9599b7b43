"""`langgraph dev` opens the team: a real server on this machine, without key or network."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from langgraph_sdk import get_client

import remit
from remit import studio
from remit.state.policy import shipped

ROOT = Path(__file__).parents[1]
STARTS_S = 60
"""How long the server may take to answer on a slow machine; it takes about five seconds."""
SERVED = find_spec("langgraph_cli") is not None and find_spec("langgraph_api") is not None
CLINIC = {"brief": "clinic", "behaviour": "perfect"}


def test_every_graph_that_is_served_is_there_and_each_shipped_policy_has_one() -> None:
    served = json.loads((ROOT / "langgraph.json").read_text("utf-8"))["graphs"]
    places = {name: place.partition(":") for name, place in served.items()}
    assert {module for module, _, _ in places.values()} == {"remit.studio"}
    assert all(hasattr(studio, variable) for _, _, variable in places.values())
    assert len(served) == len(shipped())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def answers(port: int, server: "subprocess.Popen[bytes]") -> bool:
    """Whether the server takes connections before it is given up."""
    until = time.monotonic() + STARTS_S
    while time.monotonic() < until and server.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
        time.sleep(0.1)
    return False


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The address of `langgraph dev` on a free port, with its state and record in a folder.

    The proxy leads nowhere: whatever reaches for another machine fails at once.
    """
    port, log = free_port(), tmp_path / "server.log"
    environment = {
        "HOME": str(tmp_path), "PATH": os.environ["PATH"], "REMIT_DB": str(tmp_path / "remit.db"),
        "LANGGRAPH_CLI_NO_ANALYTICS": "1", "LANGSMITH_TRACING": "false", "NO_COLOR": "1",
        "HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9",
        "NO_PROXY": "127.0.0.1",
    }  # fmt: skip
    command = [
        sys.executable, "-m", "langgraph_cli", "dev", "--config", str(ROOT / "langgraph.json"),
        "--host", "127.0.0.1", "--port", str(port), "--no-browser", "--no-reload",
    ]  # fmt: skip
    with log.open("wb") as out:
        running = subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdout=out, stderr=out, start_new_session=True
        )
        try:
            if not answers(port, running):
                pytest.fail(f"langgraph dev did not start: {log.read_text('utf-8')[-2_000:]}")
            yield f"http://127.0.0.1:{port}"
        finally:
            with suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
            running.wait(timeout=10)
    assert "BlockingError" not in log.read_text("utf-8")


async def streamed(client: Any, thread: str, **what: Any) -> list[tuple[str, Any]]:
    """Each node's update in the order in which it came; errors too."""
    found: list[tuple[str, Any]] = []
    async for part in client.runs.stream(thread, "team", stream_mode="updates", **what):
        if part.event == "error":
            found.append(("error", part.data))
        elif part.event == "updates":
            found += part.data.items()
    return found


async def session(address: str) -> dict[str, Any]:
    """What somebody in Studio does: look, run a brief, be asked, answer wrongly, answer."""
    async with get_client(url=address, api_key=None) as opened:
        client: Any = opened
        (assistant,) = await client.assistants.search(graph_id="team")
        thread = (await client.threads.create())["thread_id"]
        return {
            "drawing": await client.assistants.get_graph(assistant["assistant_id"]),
            "schemas": await client.assistants.get_schemas(assistant["assistant_id"]),
            "asked": await streamed(client, thread, input=CLINIC),
            "refused": await streamed(client, thread, command={"resume": "perhaps"}),
            "done": await streamed(client, thread, command={"resume": "approve"}),
            "wrong": await streamed(client, thread, input={"brief": "/etc/passwd"}),
        }


@pytest.mark.skipif(
    not SERVED, reason="langgraph-cli[inmem] is not installed: pip install '.[studio]'"
)
def test_langgraph_dev_runs_a_brief_and_takes_a_persons_answer(server: str, tmp_path: Path) -> None:
    saw = asyncio.run(asyncio.wait_for(session(server), timeout=60))
    assert {"begin", "integrate", "human", "cto", "qa"} <= {
        n["id"] for n in saw["drawing"]["nodes"]
    }
    assert set(saw["schemas"]["input_schema"]["properties"]) >= {"brief", "seed", "human"}
    nodes = [name for name, _ in saw["asked"]]
    assert nodes[:5] == ["begin", "cto", "pm", "uiux", "backend"]
    assert nodes[-1] == "__interrupt__"
    (question,) = saw["asked"][-1][1]
    assert question["value"]["options"] == ["approve", "reject"]
    assert saw["refused"][-1][1][0]["value"]["refused"].startswith("'perhaps' is not on offer")
    assert [name for name, _ in saw["done"]] == ["human"]
    assert "there is no '/etc/passwd'" in str(saw["wrong"])
    with remit.open(tmp_path / "remit.db") as record:
        assert [(row.id, row.outcome) for row in record.runs()] == [
            (question["value"]["run"], "shipped")
        ]
