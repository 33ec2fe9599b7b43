"""Whole runs with models, commands and functions in the seats, over a real network socket."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from remit import Record, Run, run
from remit import open as open_record
from remit.agents.model import anthropic_api
from remit.answers import Choice, Word
from remit.graph.verify import verify
from remit.inbox import answer, inbox
from remit.state.brief_text import load
from remit.state.errors import AgentFailed, InputError
from remit.state.vocabulary import EventKind, MatterKind, Outcome, Seat, Stage, Trigger
from tests.canaries import CANARIES, leaks
from tests.claude import KEY
from tests.desks import BRIEF, WORK, task
from tests.messages_server import Asked, Says, Server, serving
from tests.model_answers import perfect, wire
from tests.runs import policy

Answer = Callable[[Asked], Says]
GOOD: Answer = perfect(BRIEF)
COMMAND = Path(__file__).with_name("seat_command.py")


@contextmanager
def claude(answered: Answer) -> Generator[Server]:
    """The local server as Anthropic's."""
    with serving(answered) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANTHROPIC_BASE_URL", server.url)
        patch.setenv("ANTHROPIC_API_KEY", KEY)
        yield server


@pytest.fixture
def record(tmp_path: Path) -> Generator[Record]:
    with open_record(tmp_path / "runs.db") as opened:
        yield opened


def once(key: str, *first: Says) -> Answer:
    """Says other things first when this assignment is asked, then what is right."""

    def answered(asked: Asked) -> Says:
        told = asked.path.endswith("messages") and asked.key == key
        return first[asked.number - 1] if told and asked.number <= len(first) else GOOD(asked)

    return answered


def answers_file(folder: Path) -> Path:
    """What each role answers at each stage, for the command."""
    answers: dict[str, Any] = {}
    for stage, seat, _, _ in WORK:
        told = wire(task(stage, seat), BRIEF)
        answers[f"{stage}/{seat}"] = {**told, "cost_micros": 5, "tokens_in": 1}
    path = folder / "answers.json"
    path.write_text(json.dumps(answers), "utf-8")
    return path


def team_file(folder: Path, **seats: Any) -> str:
    """A team file with these seats."""
    lines = [f"{seat} = {_toml(who)}" for seat, who in seats.items()]
    path = folder / "team.toml"
    path.write_text("\n".join(["[seats]", *lines, ""]), "utf-8")
    return str(path)


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        table: dict[str, Any] = {**value}
        inside = ", ".join(f"{key} = {_toml(one)}" for key, one in table.items())
        return f"{{ {inside} }}"
    return json.dumps(value)


def test_seven_models_ship_and_every_call_is_in_the_record(record: Record, tmp_path: Path) -> None:
    with claude(GOOD) as server:
        done = run(BRIEF, team="anthropic", db=record, out=tmp_path / "bundle")
    assert done.outcome is Outcome.SHIPPED
    calls = [call for entry in done.journal for call in entry.report.calls]
    assert len(calls) == len(server.asked) == 12
    assert all(0 < call.cost_micros < call.most_micros for call in calls)
    assert done.row.cost_micros == sum(call.cost_micros for call in calls)
    made = tmp_path / "bundle" / "code" / "backend" / "backend" / "main.py"
    assert made.read_text() == "print('hello')\n"
    assert made.stat().st_mode & 0o111 == 0


def test_a_mixed_team_ships(record: Record, tmp_path: Path) -> None:
    (tmp_path / "seats.py").write_text(
        "from remit.agents.behaviour import load\n"
        "from remit.agents.simulated import Simulated\n"
        "def audit(task, desk):\n"
        "    return Simulated(load('perfect')).perform(task, desk)\n"
    )
    command = {"command": [sys.executable, str(COMMAND), str(answers_file(tmp_path))]}
    team = team_file(
        tmp_path, cto="anthropic:claude-opus-5-5", pm=command, uiux="simulated",
        backend={"model": "anthropic:claude-sonnet-5-5", "max_tokens": 9000},
        frontend=command, qa={"function": "seats.py:audit"},
    )  # fmt: skip
    with claude(GOOD) as server:
        done = run(BRIEF, team=team, db=record, behaviour="perfect")
    assert done.outcome is Outcome.SHIPPED
    assert set(server.calls) == {"1/cto", "4/backend", "6/backend", "8/cto"}
    assert {one.body["max_tokens"] for one in server.asked} == {9_000, 32_000}


def test_seven_commands_ship(record: Record, tmp_path: Path) -> None:
    command = {"command": [sys.executable, "-S", str(COMMAND), str(answers_file(tmp_path))]}
    seats = [str(seat) for seat in Seat if seat is not Seat.HUMAN]
    done = run(BRIEF, team=team_file(tmp_path, **dict.fromkeys(seats, command)), db=record)
    assert done.outcome is Outcome.SHIPPED
    assert done.row.cost_micros == 5 * 12


def test_a_command_that_claims_more_than_a_record_can_say_does_not_lock_its_run(
    record: Record, tmp_path: Path
) -> None:
    claims = {"event": "fly", "tokens_in": 10**9, "tokens_out": 10**9, "cost_micros": 7}
    (tmp_path / "claims.py").write_text(f"print({json.dumps(claims)!r})")
    command = {"command": [sys.executable, "-S", str(tmp_path / "claims.py")]}
    done = run(BRIEF, team=team_file(tmp_path, pm=command), db=record, behaviour="perfect")
    (entry,) = (one for one in done.journal if one.seat is Seat.PM)
    assert [one.trigger for one in entry.report.questions] == [Trigger.AGENT_FAILED]
    assert entry.report.cost_micros == 7 * len(entry.report.calls)
    assert entry.report.tokens_in == 10**9
    assert verify(record.store, done.id) is None


def test_a_wrong_answer_is_mended_and_both_are_paid(record: Record) -> None:
    with claude(once("2/pm", Says(text='{"event": "fly"}'))) as server:
        done = run(BRIEF, team="anthropic", db=record)
    (entry,) = (one for one in done.journal if one.seat is Seat.PM)
    assert done.outcome is Outcome.SHIPPED
    assert server.calls["2/pm"] == len(entry.report.calls) == 2
    assert "'fly' is not on offer" in server.asked[2].prompt


def test_a_model_that_never_answers_rightly_becomes_a_question(record: Record) -> None:
    wrong = Says(text="no", stop="refusal")
    rules = policy(authority={"agent_failed": "human"})
    with claude(once("2/pm", wrong, wrong, wrong)) as server:
        done = run(BRIEF, team="anthropic", db=record, policy=rules)
        assert done.outcome is Outcome.WAITING
        assert done.course.matter is not None
        assert done.course.matter.questions[0].trigger is Trigger.AGENT_FAILED
        answer(record, done.id, Choice(word=Word.ANSWER, text="try once more"))
        assert record.resume(done.id).outcome is Outcome.SHIPPED
    assert server.calls["2/pm"] == 3
    assert server.calls["4/pm"] == 1
    (asked,) = (one.report for one in done.journal if one.seat is Seat.PM)
    assert len(asked.calls) == 3
    assert asked.cost_micros == sum(call.cost_micros for call in asked.calls) > 0


PAID = Says(text='{"event": "fly"}')
GONE = Says(status=400, error="invalid_request_error")
CUT = Says(text="x" * 4_000, cut_after=5)


@pytest.mark.parametrize("first", [(PAID, GONE), (PAID, CUT, GONE)], ids=["wrong", "both"])
def test_what_was_paid_before_the_provider_failed_is_counted_when_the_run_goes_on(
    record: Record, first: tuple[Says, ...]
) -> None:
    with claude(once("2/pm", *first)) as server:
        with pytest.raises(AgentFailed, match="invalid_request_error"):
            run(BRIEF, team="anthropic", db=record, name="one")
        failed = record.run("one")
        assert "was paid in vain; it counts on" in failed.reason
        done = record.resume("one")
    (entry,) = (one for one in done.journal if one.seat is Seat.PM)
    assert server.calls["2/pm"] == len(first) + 1
    assert [call.ended for call in entry.report.calls] == [
        *("cut" if one is CUT else "end_turn" for one in first[:-1]), "end_turn",
    ]  # fmt: skip
    assert entry.report.cost_micros == sum(call.cost_micros for call in entry.report.calls)
    assert done.row.cost_micros == sum(one.report.cost_micros for one in done.journal)
    assert verify(record.store, "one") is None


def test_what_was_paid_in_vain_is_missing_from_the_budget_too(record: Record) -> None:
    """A run that fails again and again cannot spend more than its policy allows."""
    rules = policy(limits={"dollars": "0.42"}, authority={"budget": "human"})
    tells = [one for _ in range(8) for one in (Says(text="x" * 20_000), GONE)]
    with claude(once("2/pm", *tells)) as server:
        done: Run | None = None
        while done is None:
            with suppress(AgentFailed):
                done = (
                    record.resume("one") if record.runs()
                    else run(BRIEF, team="anthropic", db=record, name="one", policy=rules)
                )  # fmt: skip
    (entry,) = (one for one in done.journal if one.seat is Seat.PM)
    assert done.outcome is Outcome.WAITING
    assert entry.report.calls[-1].ended == "not made"
    assert 2 < server.calls["2/pm"] < 16
    assert done.row.cost_micros <= 420_000


def test_a_call_that_fits_no_more_after_a_broken_one_loses_nothing(record: Record) -> None:
    rules = policy(limits={"dollars": "0.365"}, authority={"budget": "human"})
    with claude(once("3/uiux", CUT)):
        done = run(BRIEF, team="anthropic", db=record, policy=rules)
    (entry,) = (one for one in done.journal if one.seat is Seat.UIUX)
    assert [call.ended for call in entry.report.calls] == ["cut", "not made"]
    assert entry.report.cost_micros == entry.report.calls[0].cost_micros > 0


def test_a_budget_too_small_is_put_to_its_owner_before_the_call(record: Record) -> None:
    """The owner grants more, the same seat is asked, and nobody else is asked again."""
    rules = policy(limits={"dollars": "0.37"}, authority={"budget": "human"})
    with claude(GOOD) as server:
        done = run(BRIEF, team="anthropic", db=record, policy=rules)
        matter = done.course.matter
        assert matter is not None
        assert (done.outcome, matter.kind) == (Outcome.WAITING, MatterKind.BUDGET)
        assert matter.text == "the budget is used up: dollars"
        (waits,) = inbox(record)
        assert "--grant" in waits.options
        before = dict(server.calls)
        answer(record, done.id, Choice(word=Word.GRANT, text="go on"))
        done = record.resume(done.id)
    assert done.outcome is Outcome.SHIPPED
    assert before == {"1/cto": 1, "2/pm": 1, "3/uiux": 1}
    assert [server.calls[key] for key in before] == [1, 1, 1]
    asked = next(one for one in done.journal if one.report.event is EventKind.QUESTION)
    assert (asked.seat, asked.report.cost_micros) == (Seat.BACKEND, 0)
    assert asked.report.calls[0].ended == "not made"


def test_a_cto_who_cannot_be_paid_either_refers_to_the_human(record: Record) -> None:
    rules = policy(limits={"dollars": "0.36"})
    with claude(GOOD) as server:
        done = run(BRIEF, team="anthropic", db=record, policy=rules)
    assert (done.outcome, done.course.position.stage) == (Outcome.WAITING, Stage.HUMAN)
    assert done.course.matter is not None
    assert done.course.matter.kind is MatterKind.BUDGET
    assert [one.report.event for one in done.journal][-2:] == [EventKind.QUESTION, EventKind.REFER]
    assert set(server.calls) == {"1/cto", "2/pm", "3/uiux"}


def test_a_cto_who_owns_the_budget_grants_more(record: Record) -> None:
    told = {"summary": "go on", "ruling": {"text": "go on", "decision": "", "note": ""}}
    grant = Says(text=json.dumps({"event": "grant", **told}))
    with claude(once("5/cto", grant)) as server:
        done = run(BRIEF, team="anthropic", db=record, policy=policy(limits={"dollars": "0.38"}))
    assert done.outcome is Outcome.SHIPPED
    assert [one.by for one in done.grants] == ["cto"]
    assert server.calls["5/cto"] == 1


def test_groups_really_work_at_the_same_time(record: Record) -> None:
    """Each reviewer is asked before any of the others has been answered."""
    began: dict[str, float] = {}

    def slow(asked: Asked) -> Says:
        if not asked.path.endswith("messages"):
            return Says()
        began[asked.key] = time.monotonic()
        return Says(text=GOOD(asked).text, wait_s=1 if asked.key.startswith("5/") else 0)

    with claude(slow):
        run(BRIEF, team="anthropic", db=record)
    reviews = [began[f"5/{seat}"] for seat in ("frontend", "security", "qa")]
    assert max(reviews) - min(reviews) < 1


def test_a_bad_key_stops_before_the_run_is_recorded(record: Record) -> None:
    with (
        claude(lambda asked: Says(status=401, error="authentication_error")) as server,
        pytest.raises(InputError, match="Anthropic refuses the key"),
    ):
        run(BRIEF, team="anthropic", db=record)
    assert (len(record.runs()), server.asked) == (0, [])


def test_a_lost_server_leaves_a_run_that_can_go_on(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anthropic_api, "LONGEST_WAIT_S", 0)
    gone = Says(status=400, error="invalid_request_error")
    with claude(once("3/uiux", gone)) as server:
        with pytest.raises(AgentFailed):
            run(BRIEF, team="anthropic", db=record, name="one")
        assert record.run("one").outcome is Outcome.FAILED
        assert record.resume("one").outcome is Outcome.SHIPPED
    assert server.calls["2/pm"] == 1
    assert server.calls["3/uiux"] == 2


def test_a_function_that_is_not_there_stops_before_the_run_is_recorded(
    record: Record, tmp_path: Path
) -> None:
    team = team_file(tmp_path, qa={"function": "none.py:audit"})
    with pytest.raises(InputError, match=r"function 'none.py:audit' is not there"):
        run(BRIEF, team=team, db=record)
    assert len(record.runs()) == 0


def cli(db: Path, *words: str) -> subprocess.Popen[bytes]:
    """`remit` in a process of its own."""
    command = [sys.executable, "-m", "remit", *words, "--db", str(db)]
    return subprocess.Popen(
        command, env=os.environ | {"HOME": str(db.parent)}, cwd=db.parent,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip


_ONE = """
import sys, remit
remit.run(
    "invoicing", team=sys.argv[1], db=sys.argv[2], name="one", behaviour="perfect", engine="loop"
)
"""


def waiting_for(*conditions: Callable[[], object]) -> None:
    """Wait until all hold; a minute at most."""
    until = time.monotonic() + 60
    while not all(one() for one in conditions):
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_killed_call_is_asked_again_and_counted_and_no_journalled_one_is(tmp_path: Path) -> None:
    """A process that dies again and again in its calls cannot spend more than its policy allows."""
    db, right = tmp_path / "runs.db", perfect(load("invoicing"))
    team = team_file(tmp_path, **dict.fromkeys(("cto", "pm"), "anthropic:claude-sonnet-5-5"))

    def hangs(asked: Asked) -> Says:
        first = asked.path.endswith("messages") and (asked.key, asked.number) == ("2/pm", 1)
        return Says(text=right(asked).text, wait_s=5 if first else 0)

    with claude(hangs) as server:
        first = subprocess.Popen([sys.executable, "-c", _ONE, team, str(db)], process_group=0)
        waiting_for(lambda: server.calls["2/pm"])
        os.killpg(first.pid, signal.SIGKILL)
        first.communicate()
        with open_record(db) as record:
            assert record.resume("one").outcome is Outcome.SHIPPED
            done = record.run("one")
            assert verify(record.store, "one") is None
    (entry,) = (one for one in done.journal if one.seat is Seat.PM)
    lost, whole = entry.report.calls
    assert (server.calls["1/cto"], server.calls["2/pm"]) == (1, 2)
    assert (lost.ended, lost.usage, lost.cost_micros) == ("lost", "reserved", lost.most_micros)
    assert entry.report.cost_micros == lost.cost_micros + whole.cost_micros


@pytest.mark.prove
def test_killed_in_the_middle_of_calls_no_journalled_call_is_made_twice(tmp_path: Path) -> None:
    db, right = tmp_path / "runs.db", perfect(load("invoicing"))

    def hangs(asked: Asked) -> Says:
        wait = asked.path.endswith("messages") and asked.key == "5/qa" and asked.number == 1
        return Says(text=right(asked).text, wait_s=30 if wait else 0)

    with claude(hangs) as server:
        first = cli(db, "run", "invoicing", "--team", "anthropic", "--name", "one", "-q")
        waiting_for(lambda: server.calls["5/qa"], lambda: server.calls["5/security"])
        time.sleep(0.5)
        os.killpg(first.pid, signal.SIGKILL)
        first.communicate()
        with open_record(db) as record:
            journalled = {f"{one.step}/{one.seat}" for one in record.run("one").journal}
        second = cli(db, "resume", "one", "-q")
        said, _ = second.communicate(timeout=60)
    assert (second.returncode, said.decode().strip()) == (0, "one shipped")
    assert {"1/cto", "2/pm", "3/uiux", "4/backend"} <= journalled
    assert "5/qa" not in journalled
    assert {key: server.calls[key] for key in journalled} == dict.fromkeys(journalled, 1)
    assert server.calls["5/qa"] == 2


def test_no_secret_reaches_a_model_or_is_kept_from_its_answer(tmp_path: Path) -> None:
    """PUB-9: planted in the brief's prose and in what a model says and writes."""
    key = CANARIES["anthropic"]
    planted = BRIEF.model_copy(update={"prose": f"The old key was {key}."})

    def tells(asked: Asked) -> Says:
        text = GOOD(asked).text
        answer: dict[str, Any] = json.loads(text) if text else {}
        if answer.get("files"):
            files = [{"path": "env.py", "text": f"KEY = {CANARIES['github']!r}\n"}]
            return Says(text=json.dumps({**answer, "files": files, "summary": f"see {key}"}))
        return Says(text=text)

    db, bundle = tmp_path / "runs.db", tmp_path / "bundle"
    with claude(tells) as server, open_record(db) as record:
        done = run(planted, team="anthropic", db=record, out=bundle)
        told = "".join(one.prompt for one in server.asked)
        kept = f"{done.summary()}{done.markdown()}{done.page()}"
    assert done.outcome is Outcome.SHIPPED
    files = "".join(one.read_text("utf-8") for one in bundle.rglob("*") if one.is_file())
    assert leaks(told + kept + files + db.read_bytes().decode("utf-8", "replace")) == []
    assert "REDACTED-anthropic-key" in told
    assert "REDACTED-github-token" in (bundle / "code" / "backend" / "env.py").read_text()
