"""Redaction: secrets go, honest work stays."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit import open as open_record
from remit import order
from remit.agents.agent import Desk
from remit.agents.behaviour import load as load_behaviour
from remit.agents.simulated import Simulated
from remit.answers import Choice, Word
from remit.cli import ending
from remit.inbox import answer
from remit.ordering import agents_of
from remit.state.assignment import Assignment
from remit.state.brief_text import load, shipped
from remit.state.errors import AgentFailed
from remit.state.report import Report
from remit.state.secrets import cleaned, redact, redacted
from remit.state.vocabulary import EventKind, Mode
from tests.canaries import CANARIES, IN_CONTEXT, leaks
from tests.runs import policy

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("kind", CANARIES)
@pytest.mark.parametrize("around", ["{}", "key: {}", 'x = "{}", y', "see({})", "a {} b"])
def test_a_secret_is_taken_out_whatever_stands_around_it(kind: str, around: str) -> None:
    clean = redact(around.format(CANARIES[kind]))
    assert leaks(clean) == []
    assert "REDACTED" in clean


@pytest.mark.parametrize("kind", IN_CONTEXT)
def test_what_is_secret_by_its_context_is_taken_out_and_the_context_stays(kind: str) -> None:
    line, secret = IN_CONTEXT[kind]
    clean = redact(line)
    assert secret not in clean
    assert clean.split("REDACTED")[0] == line.split(secret)[0]


@pytest.mark.parametrize(
    "text",
    [
        "hash 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "id 123e4567-e89b-12d3-a456-426614174000",
        "tenant_id = token.tenant_id; permission = invoice:read",
        "risk-based sk-learn task-force ask-antelope",
        "password_hash text not null, api_key_id uuid references api_keys(id)",
        "https://example.org:8080/v1/invoices?page=2",
        "AC-12 is met by T-0001 and approved by APPROVER",
        "Authorization: Bearer <token>",
    ],
)
def test_honest_work_stays_as_it_is(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("name", shipped())
def test_no_shipped_brief_is_touched(name: str) -> None:
    brief = load(name)
    assert cleaned(brief) is brief


def test_our_own_sources_hold_no_secret() -> None:
    for path in (ROOT / "state").glob("*.py"):
        text = path.read_text("utf-8")
        assert redact(text) == text, path


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=100))
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    once = redact(text)
    assert redact(once) == once


@pytest.mark.parametrize("kind", CANARIES)
def test_what_was_redacted_stays_redacted(kind: str) -> None:
    once = redact(f"one {CANARIES[kind]} two")
    assert redact(once) == once


def test_values_are_redacted_to_their_depths_keys_included() -> None:
    key = CANARIES["anthropic"]
    clean = redacted({"a": [{"b": (key, 1, None)}], key: True})
    assert clean == {
        "a": [{"b": ("REDACTED-anthropic-key", 1, None)}],
        "REDACTED-anthropic-key": True,
    }


def test_a_report_without_a_secret_is_the_same_object() -> None:
    report = Report(event=EventKind.DELIVER, mode=Mode.BUILD, summary="done")
    assert cleaned(report) is report
    told = report.model_copy(update={"summary": f"use {CANARIES['github']}"})
    assert cleaned(told).summary.startswith("use REDACTED-")


@given(st.sampled_from(sorted(CANARIES)), st.text(max_size=20))
def test_a_redacted_text_is_never_longer(kind: str, around: str) -> None:
    text = f"{around}{CANARIES[kind]}{around}"
    assert len(redact(text)) <= len(text)


def whole_record(db: Path) -> str:
    """Everything that a database holds, its free pages included."""
    files = sorted(db.parent.glob(f"{db.name}*"))
    return "".join(path.read_bytes().decode("utf-8", "replace") for path in files)


PLANTED = " ".join([*CANARIES.values(), *(line for line, _ in IN_CONTEXT.values())])
PERFECT = Simulated(load_behaviour("perfect"))


def asks(task: Assignment, desk: Desk) -> Report | dict[str, Any]:
    """Asks with every secret first, then delivers and tells them all."""
    if desk.turn == 0:
        questions = [{"text": f"may I use {secret}?"} for secret in list(CANARIES.values())[:8]]
        return {"event": "question", "summary": PLANTED[:2000], "questions": questions}
    report = PERFECT.perform(task, desk)
    return report.model_copy(update={"summary": PLANTED[-2000:]})


def fails(task: Assignment, desk: Desk) -> str:
    raise ValueError(PLANTED[:250])


def test_planted_secrets_reach_neither_record_nor_bundle_nor_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """PUB-9: through a brief, a function's work, a person's answer and an error."""
    folder, db = tmp_path / "bundle", tmp_path / "runs.db"
    brief = tmp_path / "brief.md"
    brief.write_text(f"---\ntitle: Keys {CANARIES['github']}\n---\n{PLANTED}\n", "utf-8")
    team = agents_of({"pm": asks, "uiux": fails})
    wanted = order(brief, policy=policy(authority={"role": "human"}), human="wait", name="one")
    with open_record(db) as record:
        waits = record.start(wanted, functions=team)
        answer(record, waits.id, Choice(word=Word.ANSWER, text=PLANTED[:2000]))
        with pytest.raises(AgentFailed) as caught:
            record.resume("one", functions=team)
        run = record.run("one")
        run.save(folder)
        print(run.summary(), run.reason, run.markdown(), run.page())
    ending.say(f"{caught.value} {PLANTED}")
    shown = "".join(capfd.readouterr())
    files = [path.read_text("utf-8") for path in folder.rglob("*") if path.is_file()]
    assert leaks(shown + whole_record(db) + "".join(files)) == []
    for text in (shown, whole_record(db), "".join(files)):
        assert text.count("REDACTED-anthropic-key") > 0
