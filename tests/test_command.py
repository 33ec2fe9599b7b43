"""A command in a seat: what it reads, what is taken of what it writes, and how it is ended."""

import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from remit.agents import command as module
from remit.agents.agent import AnswerInvalid, Refusal
from remit.agents.command import CommandAgent
from remit.agents.model.answer import Unfit, report_of
from remit.state.errors import AgentFailed
from remit.state.report import Call, Report
from remit.state.vocabulary import EventKind, Seat, Stage
from tests.canaries import CANARIES
from tests.claude import desk_for
from tests.desks import BRIEF, task
from tests.model_answers import wire

PLAN = task(Stage.PLAN, Seat.CTO)


HEAD = "import json, sys\ngood = json.load(open({answer!r}))\nask = json.load(sys.stdin)\n"


def good_file(folder: Path) -> str:
    """A file with the right answer."""
    answer = folder / "good.json"
    answer.write_text(json.dumps(wire(PLAN, BRIEF)), "utf-8")
    return str(answer)


def asked(folder: Path, code: str, refused: Refusal | None = None, timeout_s: float = 20) -> Report:
    """The report of a command that runs this code, with the right answer in `good`."""
    words = (sys.executable, "-S", "-c", HEAD.format(answer=good_file(folder)) + code)
    agent = CommandAgent(command=words, folder=str(folder), timeout_s=timeout_s)
    return agent.perform(PLAN, replace(desk_for(PLAN), refused=refused))


def test_it_reads_the_assignment_and_answers_in_its_form(tmp_path: Path) -> None:
    code = "open('ask.json', 'w').write(json.dumps(ask)); print(json.dumps(good))"
    report = asked(tmp_path, code)
    told: dict[str, Any] = json.loads((tmp_path / "ask.json").read_text())
    assert report.event is EventKind.DELIVER
    assert [one.name for one in report.artifacts] == ["plan"]
    assert told["assignment"]["role"] == "cto"
    assert told["form"]["answer"]["properties"]["event"]["enum"] == ["deliver", "question"]
    assert set(told["form"]["documents"]) == {"plan"}
    assert told["refused"] is None


def test_it_may_say_what_it_cost(tmp_path: Path) -> None:
    report = asked(tmp_path, "print(json.dumps({**good, 'cost_micros': 7, 'tokens_in': 9}))")
    assert (report.cost_micros, report.tokens_in, report.calls) == (7, 9, ())


def test_what_it_says_it_cost_counts_though_its_answer_is_not_taken(tmp_path: Path) -> None:
    told: list[tuple[int, bool]] = []

    def note(call: Call, ended: bool) -> None:
        told.append((call.cost_micros, ended))

    code = "print(json.dumps({**good, 'event': 'fly', 'cost_micros': 7, 'tokens_in': 9}))"
    words = (sys.executable, "-S", "-c", HEAD.format(answer=good_file(tmp_path)) + code)
    desk = replace(desk_for(PLAN), note=note)
    with pytest.raises(AnswerInvalid, match="'fly' is not on offer") as caught:
        CommandAgent(command=words, folder=str(tmp_path)).perform(PLAN, desk)
    (call,) = caught.value.calls
    assert (call.cost_micros, call.tokens_in, call.ended) == (7, 9, "not taken")
    assert told == [(7, True)]


@pytest.mark.parametrize("depth", [300, 600, 900, 5_000])
@pytest.mark.parametrize("key", ["files", "openapi"])
def test_an_answer_that_is_nested_too_deeply_is_not_taken(key: str, depth: int) -> None:
    design = task(Stage.CONTRACT, Seat.BACKEND)
    good = wire(design, BRIEF)
    deep = '{"a":' * depth + "1" + "}" * depth
    contract = json.dumps({"version": "1", "openapi": {"x": "@"}}).replace('"@"', deep)
    changed: dict[str, Any] = (
        {"files": "@"} if key == "files" else {"documents": {"contract": contract}}
    )
    text = json.dumps({**good, **changed}).replace('"@"', deep)
    with pytest.raises(Unfit, match=r"nested too deeply|recursion|files: Input should be"):
        report_of(text, design, desk_for(design))


def test_it_is_told_why_its_answer_was_not_taken(tmp_path: Path) -> None:
    code = "open('why', 'w').write(ask['refused']); print(json.dumps(good))"
    asked(tmp_path, code, Refusal(problem="no such event"))
    assert (tmp_path / "why").read_text() == "no such event"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("print('hello')", "is not JSON"),
        ("print(json.dumps({**good, 'event': 'approve'}))", "'approve' is not on offer"),
        ("print(json.dumps({**good, 'calls': []}))", "no key 'calls'"),
        ("print(json.dumps({**good, 'cost_micros': -1}))", "cost_micros: give a whole number"),
        ("sys.stdout.buffer.write(b'\\xff\\xfe')", "not UTF-8"),
        ("pass", "is not JSON"),
    ],
)
def test_what_is_no_report_may_be_mended(code: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(AnswerInvalid, match=words):
        asked(tmp_path, code)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("sys.exit('no such tool')", "ended with code 1: no such tool"),
        ("sys.exit(7)", "ended with code 7: it said nothing"),
        (f"sys.exit({CANARIES['github']!r})", "ended with code 1: REDACTED-"),
    ],
)
def test_a_command_that_fails_says_so_in_one_line(code: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(AgentFailed, match=words):
        asked(tmp_path, code)


def test_a_command_that_takes_too_long_is_ended_with_all_it_started(tmp_path: Path) -> None:
    code = (
        "import subprocess, time\n"
        "child = subprocess.Popen(['sleep', '60'])\n"
        "open('child', 'w').write(str(child.pid))\n"
        "time.sleep(60)\n"
    )
    with pytest.raises(AgentFailed, match="took longer than 2 s, and was ended"):
        asked(tmp_path, code, timeout_s=2)
    stat = Path("/proc", (tmp_path / "child").read_text(), "stat")
    until = time.monotonic() + 5
    while stat.exists() and " Z " not in stat.read_text():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_command_that_floods_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_OUTPUT", 100_000)
    with pytest.raises(AgentFailed, match="wrote more than 100000 bytes"):
        asked(tmp_path, "while True: sys.stdout.write('x' * 10_000)")


def test_no_shell_reads_the_words(tmp_path: Path) -> None:
    agent = CommandAgent(command=("echo", "$(touch owned)", "; touch owned"), folder=str(tmp_path))
    with pytest.raises(AnswerInvalid, match="is not JSON"):
        agent.perform(PLAN, desk_for(PLAN))
    assert list(tmp_path.iterdir()) == []


def test_a_program_that_is_not_there_fails_in_one_line(tmp_path: Path) -> None:
    agent = CommandAgent(command=("no-such-program",), folder=str(tmp_path))
    with pytest.raises(AgentFailed, match="cto: command 'no-such-program' cannot be run"):
        agent.perform(PLAN, desk_for(PLAN))
