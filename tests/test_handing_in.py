"""A person in a seat that makes something: what they are asked, and the report they hand in."""

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from remit import Record, run
from remit import open as open_record
from remit.door import team_graph
from remit.graph.verify import verify
from remit.inbox import answer, inbox, request
from remit.state.errors import InputError, RemitError
from remit.state.vocabulary import Outcome, Seat, Stage
from tests.canaries import CANARIES, leaks
from tests.console import remit, told
from tests.desks import BRIEF, task
from tests.model_answers import wire

TEAM = '[seats]\nbackend = "human"\nfrontend = "human"\n'
SEATS = {"4.backend": Stage.CONTRACT, "6.backend": Stage.BUILD, "6.frontend": Stage.BUILD}


def work(name: str, **changes: Any) -> str:
    """What a seat hands in, as text."""
    step, _, seat = name.partition(".")
    stage = SEATS.get(name) or Stage.CONTRACT_REVIEW
    assert step
    return json.dumps({**wire(task(stage, Seat(seat)), BRIEF), **changes})


@pytest.fixture
def record(tmp_path: Path) -> Generator[Record]:
    with open_record(tmp_path / "runs.db") as opened:
        yield opened


@pytest.fixture
def team(tmp_path: Path) -> str:
    path = tmp_path / "team.toml"
    path.write_text(TEAM)
    return str(path)


def test_two_builders_hand_in_their_work_and_it_ships(record: Record, team: str) -> None:
    done = run(BRIEF, team=team, db=record, behaviour="perfect", name="one")
    assert (done.outcome, done.reason) == (Outcome.WAITING, "4/backend: human as backend")
    given: list[str] = []
    while done.outcome is Outcome.WAITING:
        for one in inbox(record):
            assert (one.kind, one.options) == ("seat", ("--report <FILE>",))
            name = one.id.partition("/")[2]
            asked = request(record, one.id)
            assert asked["assignment"]["role"] == name.partition(".")[2]
            answer(record, one.id, work(name))
            given.append(name)
        done = record.resume("one")
    assert done.outcome is Outcome.SHIPPED
    assert given == ["4.backend", "5.frontend", "6.backend", "6.frontend"]
    assert verify(record.store, "one") is None
    build = done.artifact("backend_build")
    assert build is not None
    assert "fail" not in {one["result"] for one in build["done_criteria"]}


@pytest.mark.parametrize(
    ("report", "words"),
    [
        ("{", "4.backend: the report is not taken: the answer: is not JSON"),
        (work("4.backend", event="approve"), "'approve' is not on offer"),
        (work("4.backend", documents={}), "comes without its artifact 'contract'"),
        (work("4.backend", ruling={"text": "I, the CTO"}), "there is nothing to rule on"),
        (work("4.backend", author="cto"), "no key 'author'"),
    ],
)
def test_what_is_no_report_is_refused_and_nothing_is_lost(
    report: str, words: str, record: Record, team: str
) -> None:
    done = run(BRIEF, team=team, db=record, behaviour="perfect", name="one")
    with pytest.raises(RemitError, match=words):
        answer(record, "one/4.backend", report)
    assert len(record.run("one").journal) == len(done.journal)
    assert record.run("one").outcome is Outcome.WAITING


def test_nobody_plays_the_person(record: Record, team: str) -> None:
    with pytest.raises(InputError, match="cannot do the work of backend, frontend"):
        run(BRIEF, team=team, db=record, human="simulated")


def test_from_the_command_line(team: str, tmp_path: Path) -> None:
    db, file = tmp_path / "cli.db", tmp_path / "report.json"
    words = ("--team", team, "--behaviour", "perfect", "--name", "one")
    assert remit(db, "run", "invoicing", *words, "-q").exit_code == 3
    (waits,) = told(db, "inbox")
    asked = json.loads(remit(db, "answer", waits["id"], "--request").stdout)
    assert {one["artifact"] for one in asked["inputs"]} >= {"criteria", "screens"}
    file.write_text("{")
    refused = remit(db, "answer", waits["id"], "--report", str(file))
    assert (refused.exit_code, refused.stderr.count("\n")) == (2, 1)
    none = remit(db, "answer", waits["id"], "--report", str(tmp_path / "none"))
    assert (none.exit_code, none.stderr.count("\n")) == (2, 1)
    assert remit(db, "answer", waits["id"], "--approve").exit_code == 2
    shown = remit(db, "inbox").stdout
    assert "remit answer one/4.backend --report <FILE>" in shown
    assert "remit answer one/4.backend --request" in shown
    question: dict[str, Any] = {"trigger": "role", "text": f"Which? {CANARIES['anthropic']}"}
    asks = json.dumps({"event": "question", "summary": "", "questions": [question]})
    assert remit(db, "answer", waits["id"], "--report", "-", stdin=asks).exit_code == 0
    assert leaks(db.read_bytes().decode("utf-8", "replace")) == []
    assert remit(db, "resume", "one", "-q").exit_code in (1, 3)


def test_at_the_terminal_a_report_is_asked_for_until_it_is_one(team: str, tmp_path: Path) -> None:
    typed = "none.json\n{\n\n"
    done = remit(
        tmp_path / "t.db", "run", "invoicing", "--team", team, "--behaviour", "perfect",
        "--human", "ask", "--name", "one", stdin=typed,
    )  # fmt: skip
    assert done.exit_code == 3
    assert "You sit in for backend: contract, mode design" in done.stdout
    assert "none.json: there is no such file" in done.stdout
    assert "the report is not taken: the answer: is not JSON" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_at_the_terminal_a_report_that_is_refused_is_asked_for_again(
    team: str, tmp_path: Path
) -> None:
    """It is in its form, and brings nothing: the run does not fail of it."""
    bad, good = tmp_path / "bad.json", tmp_path / "good.json"
    bad.write_text(work("4.backend", documents={}))
    good.write_text(work("4.backend"))
    done = remit(
        tmp_path / "t.db", "run", "invoicing", "--team", team, "--behaviour", "perfect",
        "--human", "ask", "--name", "one", stdin=f"{bad}\n{good}\n\n",
    )  # fmt: skip
    assert done.exit_code == 3
    assert "comes without its artifact 'contract'" in " ".join(done.stdout.split())
    assert done.stdout.count("You sit in for backend") == 2


def test_a_matter_takes_its_answers_and_no_report(record: Record) -> None:
    """A release is approved in the words that the inbox lists, not by the form of a program."""
    done = run("clinic", db=record, behaviour="perfect", human="wait", name="one")
    (waits,) = inbox(record)
    with pytest.raises(InputError, match="it takes --reject or --approve, not a report"):
        answer(record, waits.id, json.dumps({"event": "approve"}))
    assert record.run("one").outcome is done.outcome is Outcome.WAITING


def test_to_ask_and_to_hand_in_at_once_is_refused(team: str, tmp_path: Path) -> None:
    """Nobody believes that a report is recorded which was only asked for."""
    db, file = tmp_path / "cli.db", tmp_path / "report.json"
    remit(db, "run", "invoicing", "--team", team, "--behaviour", "perfect", "--name", "one", "-q")
    file.write_text(work("4.backend"))
    both = remit(db, "answer", "one/4.backend", "--request", "--report", str(file))
    assert (both.exit_code, both.stderr.count("\n")) == (2, 1)


def test_through_langgraph_it_is_handed_in_to_resume(record: Record, team: str) -> None:
    graph: Any = team_graph(
        BRIEF, team=team, db=record, behaviour="perfect", checkpointer=InMemorySaver()
    )
    config: Any = {"configurable": {"thread_id": "t"}}
    held: Any = graph.invoke({}, config)
    (asked,) = held["__interrupt__"]
    assert asked.value["options"] == []
    assert asked.value["request"]["assignment"]["role"] == "backend"
    held = graph.invoke(Command(resume={"report": {"event": "fly"}}), config)
    assert "'fly' is not on offer" in held["__interrupt__"][0].value["refused"]
    report = json.loads(work("4.backend"))
    held = graph.invoke(Command(resume={"report": report}), config)
    assert held["__interrupt__"][0].value["matter"] == "5.frontend"
