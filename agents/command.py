"""A command in a seat: any program that reads a request as JSON and answers as JSON.

No shell is involved. A command acts outside of Remit's guarantee on external actions: what it does
beside its answer is its own, and its owner's.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, Any

from remit.agents.agent import AnswerInvalid, Desk
from remit.agents.model.answer import Unfit, report_of
from remit.agents.model.prompt import RULES, facts
from remit.agents.model.schema import envelope
from remit.agents.model.shapes import documents
from remit.agents.simulated import place
from remit.agents.standards.json_values import mapping
from remit.agents.watch import follower
from remit.state.assignment import Assignment
from remit.state.errors import AgentFailed
from remit.state.report import Call, Report
from remit.state.secrets import redact, redacted

TIMEOUT_S = 1_800
MAX_OUTPUT = 16_000_000
"""Bytes that a command may write to its standard output."""
LOOK_S = 0.02
"""How often a running command is looked at, seconds."""
SPENT = ("tokens_in", "tokens_out", "cost_micros")
"""What an answer may say of its cost, beside its form."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CommandAgent:
    """Runs a command once for each assignment."""

    command: tuple[str, ...]
    folder: str
    """Where it runs."""
    timeout_s: float = TIMEOUT_S

    def perform(self, assignment: Assignment, desk: Desk) -> Report:
        """The command's report.

        Raises:
            AgentFailed: it cannot be run, ends with an exit code other than 0, or takes too long.
            AnswerInvalid: what it wrote is no report of this assignment.
        """
        begun = time.monotonic()
        asked = json.dumps(redacted(request(assignment, desk)))
        text, spent = "", dict[str, int]()
        follower(assignment.seat)(0)
        try:
            text = self._run(asked, min(self.timeout_s, desk.patience_s), str(assignment.seat))
            said, spent = _parted(text)
            report = report_of(said, assignment, desk)
        except Unfit as unfit:
            seconds, paid = int(time.monotonic() - begun), self._paid(spent, desk)
            raise AnswerInvalid(f"{assignment.seat}: {unfit}", text, paid, seconds) from None
        return report.model_copy(update={**spent, "duration_s": int(time.monotonic() - begun)})

    def _paid(self, spent: Mapping[str, int], desk: Desk) -> tuple[Call, ...]:
        """What an answer that is not taken has cost by its own word."""
        if not any(spent.values()):
            return ()
        call = Call(
            model=f"command {self.command[0]}"[:200],
            most_tokens=min(10**9, spent.get("tokens_in", 0) + spent.get("tokens_out", 0)),
            most_micros=spent.get("cost_micros", 0),
            tokens_in=spent.get("tokens_in", 0),
            tokens_out=spent.get("tokens_out", 0),
            cost_micros=spent.get("cost_micros", 0),
            ended="not taken",
        )
        desk.note(call, True)
        return (call,)

    def _run(self, asked: str, patience_s: float, who: str) -> str:
        where = f"{who}: command {self.command[0]!r}"
        with TemporaryFile() as given, TemporaryFile() as out, TemporaryFile() as errors:
            given.write(asked.encode())
            given.seek(0)
            try:
                process = subprocess.Popen(
                    self.command, stdin=given, stdout=out, stderr=errors, cwd=self.folder,
                    start_new_session=True,
                )  # fmt: skip
            except (OSError, ValueError) as error:
                raise AgentFailed(f"{where} cannot be run: {error}") from None
            try:
                code = _ended(process, out, patience_s, where)
            finally:
                _end(process)
            if code:
                raise AgentFailed(f"{where} ended with code {code}: {_last_line(errors)}")
            return _read(out)


def request(task: Assignment, desk: Desk) -> dict[str, Any]:
    """What a command reads on its standard input."""
    refused = desk.refused
    shapes = documents(task.seat, place(task), task.matter is not None)
    return {
        "format": 1,
        "rules": RULES,
        "assignment": facts(task),
        "brief": desk.brief.model_dump(mode="json"),
        "inputs": [
            {"owner": str(one.owner), "artifact": one.artifact, "revision": one.revision,
             "content": desk.read(one)}
            for one in task.inputs
        ],
        "findings": [one.model_dump(mode="json") for one in task.findings],
        "changes": [one.model_dump(mode="json") for one in task.requests],
        "rulings": list(task.rulings),
        "matter": _matter(task),
        "form": {
            "answer": envelope(task),
            "documents": {
                name: shape.model_json_schema(by_alias=True) for name, shape in shapes.items()
            },
        },
        "refused": refused.problem if refused else None,
    }  # fmt: skip


def _matter(task: Assignment) -> dict[str, Any] | None:
    matter = task.matter
    if matter is None:
        return None
    return {
        "id": matter.id, "kind": str(matter.kind), "text": matter.text,
        "options": [str(one) for one in matter.options],
        "questions": [one.model_dump(mode="json") for one in matter.questions],
        "requests": [one.model_dump(mode="json") for one in matter.requests],
        "findings": [one.model_dump(mode="json") for one in matter.findings],
    }  # fmt: skip


def _ended(process: subprocess.Popen[bytes], out: IO[bytes], patience_s: float, where: str) -> int:
    """The exit code, once there is one."""
    until, look = time.monotonic() + patience_s, 0.002
    while process.poll() is None:
        if os.fstat(out.fileno()).st_size > MAX_OUTPUT:
            raise AgentFailed(f"{where} wrote more than {MAX_OUTPUT} bytes, and was ended")
        if time.monotonic() > until:
            raise AgentFailed(f"{where} took longer than {patience_s:.0f} s, and was ended")
        time.sleep(look)
        look = min(LOOK_S, look * 1.5)
    return process.returncode


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the command and whatever it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _read(out: IO[bytes]) -> str:
    out.seek(0)
    data = out.read(MAX_OUTPUT + 1)
    if len(data) > MAX_OUTPUT:
        raise Unfit(f"more than {MAX_OUTPUT} bytes were written")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unfit(f"the answer is not UTF-8 text (byte {error.start})") from None


def _last_line(errors: IO[bytes]) -> str:
    """The last line of what a command said on its standard error, without secrets."""
    errors.seek(0, os.SEEK_END)
    errors.seek(max(0, errors.tell() - 4_000))
    lines = errors.read().decode("utf-8", "replace").split("\n")
    said = next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
    return redact(said)[:300]


def _parted(text: str) -> tuple[str, dict[str, int]]:
    """The answer in its form, and what it says of its cost."""
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return text, {}
    said: Mapping[str, Any] = mapping(value)
    spent = {name: said[name] for name in SPENT if name in said}
    wrong = [name for name, one in spent.items() if type(one) is not int or not 0 <= one <= 10**9]
    if wrong:
        raise Unfit(f"{', '.join(wrong)}: give a whole number from 0 to {10**9}")
    return json.dumps({key: one for key, one in said.items() if key not in SPENT}), spent
