"""The log: JSON lines of a run, on request and without secrets."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from remit import open as open_record
from remit import run
from remit.cli.app import app
from remit.state import log
from remit.state.errors import InputError
from tests.canaries import CANARIES, leaks
from tests.desks import BRIEF
from tests.messages_server import Says
from tests.test_real_team import claude, once


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("ascii").splitlines()]


def test_a_run_of_models_tells_its_steps_calls_retries_and_refusals(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    busy = Says(status=429, error="rate_limit_error", headers={"retry-after": "0"})
    answer = once("2/pm", busy, Says(text='{"event": "fly"}'))
    with claude(answer), open_record(":memory:") as record, log.written(file):
        done = run(BRIEF, team="anthropic", db=record)
    told = lines(file)
    names = [one["event"] for one in told]
    calls = [one for one in told if one["event"] == "call"]
    assert (names[0], names[-1]) == ("run began", "run stands")
    assert {one["run"] for one in told} == {done.id}
    assert (names.count("step"), names.count("retry"), names.count("refused")) == (12, 1, 1)
    assert len(calls) == 13
    assert sum(one["cost_micros"] for one in calls) == done.row.cost_micros
    assert all(one["cost_micros"] < one["most_micros"] for one in calls)
    assert told[-1]["cost_micros"] == done.row.cost_micros


def test_what_an_event_says_is_redacted_cut_and_one_line(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    with log.written(file), log.about("r1"):
        log.event("question", text=f"see {CANARIES['anthropic']}\nand\x1b[2J", step=1)
        log.event("question", text="x" * 5_000)
    first, second = lines(file)
    assert leaks(file.read_text("ascii")) == []
    assert (first["run"], first["step"], len(second["text"])) == ("r1", 1, log.MAX_TEXT)
    assert "\x1b" not in file.read_text("ascii")


def test_nobody_hears_what_nobody_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with log.written(tmp_path / "log.jsonl"):
        pass
    log.event("step", step=1)
    assert capsys.readouterr() == ("", "")
    assert (tmp_path / "log.jsonl").read_text() == ""
    assert logging.getLogger("remit").handlers == []


@pytest.mark.parametrize("by", ["option", "environment"])
def test_the_command_appends_to_a_file(by: str, tmp_path: Path) -> None:
    file, db = tmp_path / "log.jsonl", ("--db", str(tmp_path / "runs.db"), "-q")
    words = ["--log", str(file)] if by == "option" else []
    env = {"REMIT_LOG": str(file)} if by == "environment" else {}
    for _ in range(2):
        assert CliRunner().invoke(app, ["run", *db, *words], env=env).exit_code == 0
    assert [one["event"] for one in lines(file)].count("run began") == 2


def test_a_file_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the log cannot be written"), log.written(tmp_path):
        raise AssertionError("is not reached")
