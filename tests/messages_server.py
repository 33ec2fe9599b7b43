"""A server on 127.0.0.1 that speaks the Messages API, plain and streaming, as it is scripted to.

It stops by itself: at the end of its block, and `LIFETIME_S` after its start whatever happens.
"""

import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LIFETIME_S = 90
PIECE = 400
"""Characters of an answer in one event of a stream."""


@dataclass(frozen=True, kw_only=True)
class Says:
    """What the server answers to one request."""

    text: str = ""
    stop: str = "end_turn"
    status: int = 200
    error: str = "api_error"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    usage: Mapping[str, Any] | None = None
    """Instead of counts that fit."""
    wait_s: float = 0
    cut_after: int | None = None
    """The connection is cut after so many events of the stream."""
    broken: str = ""
    """The type of an error that the stream tells in the middle."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request as the server got it."""

    path: str
    body: dict[str, Any]
    headers: Mapping[str, str]
    number: int
    """1 for the first request of its assignment."""

    @property
    def prompt(self) -> str:
        """Everything that the model would read."""
        return "\n".join([*_texts(self.body.get("system", [])), *self.turns])

    @property
    def turns(self) -> list[str]:
        """The texts of the messages."""
        return [text for one in self.body["messages"] for text in _texts(one["content"])]

    @property
    def task(self) -> dict[str, Any]:
        """The assignment in the prompt."""
        told = next((text for text in self.turns if "# Your assignment" in text), "")
        found = told.partition("# Your assignment\n\n")[2].partition("\n")[0]
        return json.loads(found) if found else {}

    @property
    def key(self) -> str:
        """`<step>/<seat>`."""
        return f"{self.task.get('step')}/{self.task.get('role')}"


def _texts(parts: Any) -> list[str]:
    return [parts] if isinstance(parts, str) else [one["text"] for one in parts]


Answer = Callable[[Asked], Says]


class Server:
    """The server at work: what it was asked, and how often."""

    def __init__(self, answer: Answer) -> None:
        self.asked: list[Asked] = []
        self.counted: list[Asked] = []
        """Requests to count tokens."""
        self._answer, self._lock = answer, threading.Lock()
        self._numbers: Counter[str] = Counter()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"

    @property
    def calls(self) -> Counter[str]:
        """How often each assignment was asked."""
        return Counter(one.key for one in self.asked)

    def start(self) -> None:
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        self._timer = threading.Timer(LIFETIME_S, self._http.shutdown)
        self._timer.daemon = True
        self._timer.start()

    def stop(self) -> None:
        self._timer.cancel()
        self._http.shutdown()
        self._http.server_close()

    def take(self, path: str, body: dict[str, Any], headers: Mapping[str, str]) -> Says:
        with self._lock:
            asked = Asked(path=path, body=body, headers=headers, number=0)
            if path.endswith("/count_tokens"):
                self.counted.append(asked)
                return self._answer(asked)
            self._numbers[asked.key] += 1
            asked = Asked(path=path, body=body, headers=headers, number=self._numbers[asked.key])
            self.asked.append(asked)
        return self._answer(asked)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                size = int(self.headers.get("content-length", 0))
                body = json.loads(self.rfile.read(size))
                try:
                    says = server.take(self.path, body, dict(self.headers))
                except Exception as error:  # a refusal ends the client; silence would be retried
                    says = Says(status=400, error=f"the script failed: {error!r}")
                time.sleep(says.wait_s)
                try:
                    _reply(self, body, says)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        return Handler


def _reply(handler: BaseHTTPRequestHandler, body: dict[str, Any], says: Says) -> None:
    if says.status != 200:
        told = {
            "type": "error",
            "error": {"type": says.error, "message": f"{says.error} {says.status}"},
        }
        _send(handler, says.status, told, says.headers)
    elif handler.path.endswith("/count_tokens"):
        _send(handler, 200, {"input_tokens": len(json.dumps(body)) // 4}, {})
    elif body.get("stream"):
        _stream(handler, body, says)
    else:
        _send(handler, 200, _message(body, says, says.text), says.headers)


def _send(
    handler: BaseHTTPRequestHandler, status: int, value: Any, headers: Mapping[str, str]
) -> None:
    data = json.dumps(value).encode()
    handler.send_response(status)
    for name, text in {"content-type": "application/json", **headers}.items():
        handler.send_header(name, text)
    handler.send_header("content-length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)


def _usage(body: dict[str, Any], says: Says) -> dict[str, Any]:
    fits = {
        "input_tokens": len(json.dumps(body)) // 4,
        "cache_read_input_tokens": 0,
        "cache_creation_input_tokens": 0,
        "output_tokens": max(1, len(says.text) // 4),
    }
    return fits if says.usage is None else dict(says.usage)


def _message(body: dict[str, Any], says: Says, text: str) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": [{"type": "text", "text": text}] if text else [],
        "stop_reason": says.stop,
        "stop_sequence": None,
        "usage": _usage(body, says),
    }


def _events(body: dict[str, Any], says: Says) -> Generator[dict[str, Any]]:
    usage = _usage(body, says)
    begun = {**_message(body, says, ""), "stop_reason": None}
    begun["usage"] = {**usage, "output_tokens": 1}
    yield {"type": "message_start", "message": begun}
    yield {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    for at in range(0, len(says.text), PIECE):
        piece = {"type": "text_delta", "text": says.text[at : at + PIECE]}
        yield {"type": "content_block_delta", "index": 0, "delta": piece}
    if says.broken:
        yield {"type": "error", "error": {"type": says.broken, "message": "scripted"}}
        return
    yield {"type": "content_block_stop", "index": 0}
    out = {"output_tokens": usage.get("output_tokens")}
    yield {"type": "message_delta", "delta": {"stop_reason": says.stop}, "usage": out}
    yield {"type": "message_stop"}


def _stream(handler: BaseHTTPRequestHandler, body: dict[str, Any], says: Says) -> None:
    handler.send_response(200)
    handler.send_header("content-type", "text/event-stream")
    handler.send_header("transfer-encoding", "chunked")
    handler.end_headers()
    for number, event in enumerate(_events(body, says)):
        if says.cut_after is not None and number >= says.cut_after:
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        data = f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        handler.wfile.flush()
    handler.wfile.write(b"0\r\n\r\n")


@contextmanager
def serving(answer: Answer) -> Generator[Server]:
    """A server in the block."""
    server = Server(answer)
    server.start()
    try:
        yield server
    finally:
        server.stop()
