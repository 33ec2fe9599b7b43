"""`remit inbox`, `answer` and `resume`: a person in another process, days later."""

import sqlite3
from pathlib import Path

import pytest

from tests.console import brief, remit, told


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """A record in which `one` waits for the approval of a deployment."""
    made = tmp_path / "runs.db"
    words = ("run", brief(tmp_path), "--human", "wait", "--behaviour", "perfect", "--name", "one")
    ran = remit(made, *words)
    assert (ran.exit_code, ran.stderr) == (3, "")
    assert "remit answer one/m9 --reject\n" in ran.stdout
    return made


ASKS = """
- cto: auto
- pm: {event: question, questions: ["which currency?"]}
- cto: refer
"""


def asking(folder: Path, db: Path, *words: str) -> None:
    """A run that waits for the answer to a question, `q`."""
    script = folder / "asks.yaml"
    script.write_text(ASKS)
    ran = remit(db, "run", "--script", str(script), "--human", "wait", "--name", "q", *words)
    assert ran.exit_code == 3, ran.stderr


def test_the_inbox_says_what_has_to_be_known(db: Path) -> None:
    """PUB-10: the payload stands before the person who approves it."""
    said = remit(db, "inbox").stdout
    assert "deploy production: image 1.0" in said
    assert "then: deny" in said
    (one,) = told(db, "inbox")
    assert (one["id"], one["default"]) == ("one/m9", "deny")
    assert one["options"] == ["--reject", "--approve"]


def test_approval_ships_and_names_what_is_to_be_carried_out(db: Path) -> None:
    answered = remit(db, "answer", "one/m9", "--approve", "--note", "go on")
    assert answered.exit_code == 0
    assert answered.stdout.splitlines()[-1] == "the run has ended (shipped): remit show one"
    resumed = remit(db, "resume", "one")
    assert resumed.exit_code == 0
    assert "approved: production (image 1.0)" in " ".join(resumed.stdout.split())
    assert remit(db, "verify").exit_code == 0
    assert remit(db, "inbox").stdout == "nothing waits for a person\n"


def test_rejecting_a_release_denies_it(db: Path) -> None:
    remit(db, "answer", "m9", "--reject")
    assert remit(db, "resume", "one").exit_code == 1
    assert told(db, "show", "one")["asked"][0]["answer"] == "deny"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("one/m9", "--grant"), "m9: offers no --grant; it takes --reject or --approve"),
        (("one/m9",), "say exactly one of --answer"),
        (("one/m9", "--approve", "--stop"), "say exactly one of --answer"),
        (("one/m8", "--approve"), "one/m8: there is no such matter"),
        (("m8", "--approve"), "'m8': no run waits for an answer to it"),
        (("two/m9", "--approve"), "run 'two': there is none"),
        (("one/3.qa", "--approve"), "one/3.qa: is not waited for; the run is at step 9 (release)"),
        (("one/m9\x1b[2J", "--approve"), r"one/m9\x1b[2J: there is no such matter"),
    ],
)
def test_what_a_matter_does_not_offer_is_refused_in_one_line(
    db: Path, words: tuple[str, ...], said: str
) -> None:
    refused = remit(db, "answer", *words)
    assert refused.exit_code == 2
    assert said in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert [one["id"] for one in told(db, "inbox")] == ["one/m9"]


def test_no_line_that_is_printed_approves_when_it_is_pasted_whole(
    db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PUB-10: each answer is a command of its own, what approves stands last."""
    asking(tmp_path, db)
    said = remit(db, "inbox", "--db", str(db), REMIT_DB="").stdout
    commands = [line.partition("remit answer ")[2] for line in said.splitlines()]
    commands = [line for line in commands if line]
    assert not set("|;&") & set("".join(commands))
    assert commands[:2] == [f"one/m9 --db {db} --reject", f"one/m9 --db {db} --approve"]
    (words,) = [line for line in commands if "--answer" in line]
    assert words.endswith(" --answer <TEXT>")
    shown = remit(db, "show", "one").stdout
    assert shown.index("one/m9 --reject\n") < shown.index("one/m9 --approve\n")


def test_a_run_with_one_open_matter_is_answered_by_its_name(db: Path, tmp_path: Path) -> None:
    asking(tmp_path, db)
    answered = remit(db, "answer", "q", "--answer", "euro").stdout.splitlines()
    assert answered[0] == "recorded: q/m3: answer"
    assert "which currency?" in answered[1]
    assert "no run waits" in remit(db, "answer", "q", "--stop").stderr


@pytest.mark.parametrize("word", ["--approve", "--deny"])
def test_a_release_is_answered_by_its_own_name_only(db: Path, word: str) -> None:
    refused = remit(db, "answer", "one", word)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr == (
        "remit: 'one': waits for a release; name it to answer it: one/m9 "
        "(deploy production: image 1.0)\n"
    )
    assert [one["id"] for one in told(db, "inbox")] == ["one/m9"]


def test_the_reply_names_what_was_answered(db: Path) -> None:
    said = remit(db, "answer", "m9", "--approve").stdout
    assert said.startswith("recorded: one/m9: approve\n")
    assert "deploy production: image 1.0" in said


def test_a_run_with_several_open_matters_names_them(tmp_path: Path) -> None:
    db = tmp_path / "few.db"
    words = ("--roles", "backend,frontend", "--behaviour", "perfect", "--name", "few")
    remit(db, "run", "a list of things", *words, "--human", "wait")
    approved = remit(db, "answer", "few", "--approve").stdout
    assert approved.endswith("the run goes on with: remit resume few\n")
    remit(db, "resume", "few", "--quiet")
    remit(db, "answer", "few", "--answer", "take what usually does")
    remit(db, "resume", "few", "--quiet")
    refused = remit(db, "answer", "few", "--approve")
    assert refused.exit_code == 2
    assert "write one of few/5.qa, few/5.security" in refused.stderr


def test_resume_says_first_where_the_run_stands(db: Path) -> None:
    waits = remit(db, "resume", "one")
    assert waits.exit_code == 3
    assert waits.stdout.splitlines()[0] == "one: still waits for one/m9 (release)"
    remit(db, "answer", "one/m9", "--approve")
    ended = remit(db, "resume", "one")
    assert ended.exit_code == 0
    assert ended.stdout.splitlines()[0] == "one: already ended: shipped"


def test_a_second_answer_is_refused(db: Path) -> None:
    remit(db, "answer", "one/m9", "--approve")
    for name in ("one/m9", "one/m9"):
        again = remit(db, "answer", name, "--reject")
        assert again.exit_code == 2
        assert "human has answered it (approve); nothing was changed" in again.stderr


def test_a_question_is_answered_in_words(db: Path, tmp_path: Path) -> None:
    asking(tmp_path, db)
    (one,) = [one for one in told(db, "inbox") if one["run"] == "q"]
    assert one["text"] == "which currency?"
    name = one["id"]
    assert "says nothing" in remit(db, "answer", name, "--answer", " ").stderr
    assert remit(db, "answer", name, "--amend", "euros only").exit_code == 0
    assert remit(db, "resume", "q", "--quiet").exit_code == 0
    asked = told(db, "show", "q")["asked"]
    assert (asked[0]["answer"], asked[0]["words"], asked[0]["by"]) == (
        "answer",
        "euros only",
        "human",
    )


def test_a_name_without_a_run_must_be_the_only_one(db: Path, tmp_path: Path) -> None:
    words = ("run", brief(tmp_path), "--human", "wait", "--behaviour", "perfect", "--name", "two")
    remit(db, *words)
    refused = remit(db, "answer", "m9", "--approve")
    assert "several runs wait for it; write one of one/m9, two/m9" in refused.stderr


def test_silence_past_the_deadline_is_the_default_and_is_recorded(db: Path) -> None:
    file = sqlite3.connect(db)
    names = file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in names:
        file.execute(f'DROP TRIGGER "{name}"')
    file.execute("UPDATE matters SET deadline_at = '2020-01-01T00:00:00.000000+00:00'")
    file.commit()
    file.close()
    late = remit(db, "answer", "one/m9", "--approve")
    assert late.exit_code == 2
    assert "nobody answered before 2020-01-01 00:00 UTC, so the default deny counts" in late.stderr
    assert remit(db, "resume", "one", "--quiet").exit_code == 1
    (asked,) = told(db, "show", "one")["asked"]
    assert (asked["answer"], asked["by"]) == ("deny", "policy (silence)")


def test_a_person_sits_in_for_absent_roles(tmp_path: Path) -> None:
    """PUB-4: a team that lacks roles; work and verdicts come from the person."""
    db = tmp_path / "few.db"
    words = ("--roles", "backend,frontend", "--behaviour", "perfect", "--name", "few")
    ran = remit(db, "run", "a list of things", *words, "--human", "wait")
    assert ran.exit_code == 3
    assert remit(db, "answer", "few/1.cto", "--reject").exit_code == 2
    assert remit(db, "answer", "few/1.cto", "--approve").exit_code == 0
    assert remit(db, "resume", "few", "--quiet").exit_code == 3
    remit(db, "answer", "few/m3", "--answer", "take what usually does")
    assert remit(db, "resume", "few", "--quiet").exit_code == 3
    waiting = [one["id"] for one in told(db, "inbox")]
    assert waiting == ["few/5.qa", "few/5.security"]
    assert "needs --note TEXT" in remit(db, "answer", "few/5.qa", "--reject").stderr
    sent_back = remit(db, "answer", "few/5.qa", "--reject", "--note", "no totals")
    assert sent_back.exit_code == 0
    assert [one["id"] for one in told(db, "inbox")] == ["few/5.security"]
    assert "is not waited for" in remit(db, "answer", "few/5.qa", "--approve").stderr
    remit(db, "answer", "few/5.security", "--approve")
    remit(db, "resume", "few")
    why = [row["why"] for row in told(db, "show", "few", "--handoffs")]
    assert any("HUMAN-1 at stage contract_review" in line for line in why)


def test_at_the_terminal_a_person_chooses_by_number_or_word(tmp_path: Path) -> None:
    for given, code in (("9\nfour\n1\n\n", 0), ("reject\ntoo early\n", 1), ("", 3)):
        db = tmp_path / f"ask{code}.db"
        words = ("run", brief(tmp_path), "--human", "ask", "--behaviour", "perfect")
        ran = remit(db, *words, "--name", "a", stdin=given)
        assert ran.exit_code == code, ran.stderr
        assert "deploy production: image 1.0" in ran.stdout
        assert remit(db, "verify").exit_code == 0
    assert told(tmp_path / "ask1.db", "show", "a")["asked"][0]["words"] == "too early"
