"""`remit run`, `runs`, `show`, `verify` and `export`."""

import json
import re
import sqlite3
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from remit.state import brief_text
from tests.console import brief, remit, told


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "runs.db"


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record with one shipped run, `one`."""
    made = tmp_path_factory.mktemp("shipped") / "runs.db"
    ran = remit(made, "run", "--seed", "3", "--name", "one")
    assert (ran.exit_code, ran.stderr) == (0, "")
    return made


def test_without_a_brief_the_packaged_one_runs_and_the_summary_stands_at_the_end(db: Path) -> None:
    ran = remit(db, "run", "--seed", "3", "--name", "one")
    lines = ran.stdout.splitlines()
    assert ran.exit_code == 0
    assert lines[0].startswith("Remit ")
    assert lines[2] == "ends for certain: at most 92 handoffs, 2 human questions"
    assert lines[5].split() == ["1", "plan", "cto", "$0.00"]
    assert "rework_backend 1/2" in ran.stdout
    assert "remit show one --handoffs" in ran.stdout
    assert max(map(len, lines)) <= 80


def test_the_notice_stands_in_the_help_and_under_the_summary(db: Path, shipped: Path) -> None:
    """PUB-1: for learning and experimentation only; no professional advice."""
    for text in (remit(db, "run", "--help").stdout, remit(shipped, "show", "one").stdout):
        words = " ".join(text.split())
        assert "learning and experimentation only" in words
        assert "professional" in words


def test_a_sentence_a_shipped_name_a_file_and_stdin_are_briefs(db: Path, tmp_path: Path) -> None:
    path = brief(tmp_path, "---\ntitle: From a file\n---\n")
    given = [
        (("run", "build a clinic booking app"), "", "clinic booking app"),
        (("run", path), "", "From a file"),
        (("run", "-"), "---\ntitle: From stdin\n---\n", "From stdin"),
    ]
    for words, stdin, title in given:
        ran = remit(db, *words, "--json", stdin=stdin)
        assert ran.exit_code in (0, 1), ran.stderr
        assert title.casefold() in json.loads(ran.stdout)["title"].casefold()


def test_json_is_one_object_on_stdout_and_progress_goes_to_stderr(db: Path) -> None:
    ran = remit(db, "run", "--json", "--behaviour", "perfect")
    told = json.loads(ran.stdout)
    assert (told["outcome"], told["handoffs"]) == ("shipped", 12)
    assert "ends for certain" in ran.stderr


def test_quiet_prints_the_last_line_only(db: Path) -> None:
    ran = remit(db, "run", "--quiet", "--name", "q", "--behavior", "perfect")
    assert (ran.stdout, ran.stderr) == ("q shipped\n", "")


def test_a_run_that_ends_without_shipping_exits_with_1(db: Path) -> None:
    ran = remit(db, "run", "--behaviour", "worst", "--policy", "strict")
    assert ran.exit_code == 1
    assert "Stopped by the policy: limit human_questions" in ran.stdout
    assert "raise limits.human_questions" in ran.stdout


def test_the_same_seed_gives_the_same_chain(db: Path) -> None:
    heads = {told(db, "run", "--behaviour", "typical", "--seed", "9")["chain_head"] for _ in "ab"}
    assert len(heads) == 1


def test_an_agent_that_breaks_leaves_a_run_to_resume(db: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.yaml"
    script.write_text("- cto: auto\n- pm: {event: fail, text: out of ideas}\n")
    ran = remit(db, "run", "--script", str(script), "--name", "broken")
    assert ran.exit_code == 4
    assert ran.stderr == (
        "remit: pm: out of ideas (script:2); nothing is lost, go on with `remit resume broken`\n"
    )
    assert "Failed, and can be resumed" in ran.stdout
    assert told(db, "runs")[0]["outcome"] == "failed"


def test_runs_are_listed_the_newest_first(db: Path, shipped: Path) -> None:
    assert remit(db, "runs").stdout == "no runs yet; `remit run` makes one\n"
    assert told(db, "runs") == []
    assert not db.exists()
    assert [one["id"] for one in told(shipped, "runs")] == ["one"]
    assert remit(shipped, "runs", "--limit", "1").stdout.splitlines()[1].startswith("one")


def test_the_parts_of_a_run_can_be_shown(shipped: Path) -> None:
    rows = told(shipped, "show", "one", "--handoffs")
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    assert "rework: Backend mends" in remit(shipped, "show", "o", "--handoffs").stdout
    assert told(shipped, "show", "one", "--contract")["openapi"].startswith("3.1")
    matters = told(shipped, "show", "one", "--matters")
    assert [one["state"]["matter"]["id"] for one in matters] == ["m7", "m13"]
    assert "m13" in remit(shipped, "show", "one", "--matters").stdout
    assert told(shipped, "show", "one")["id"] == "one"


def test_why_names_the_limit_what_is_left_and_the_owner(shipped: Path) -> None:
    said = remit(shipped, "show", "one", "--why", "20").stdout
    assert "escalations: 1 of 3 used, 2 left" in said
    assert "cto now owns it" in said
    assert told(shipped, "show", "one", "--why", "20")["seq"] == 20


def test_verify_holds_and_names_the_row_that_was_altered(db: Path, shipped: Path) -> None:
    held = remit(shipped, "verify")
    assert (held.exit_code, held.stdout) == (0, "1 run holds, 0 not\n")
    db.write_bytes(shipped.read_bytes())
    with sqlite3.connect(db) as file:
        names = file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in names:
            file.execute(f'DROP TRIGGER "{name}"')
        file.execute("UPDATE handoffs SET body = replace(body, 'pm', 'qa') WHERE seq = 2")
    file.close()
    broken = remit(db, "verify", "one")
    assert broken.exit_code == 5
    assert broken.stderr.startswith("remit: run 'one', handoffs 2: ")


def test_handoffs_are_exported_as_json_lines(shipped: Path, tmp_path: Path) -> None:
    printed = remit(shipped, "export", "one", "--jsonl", "-").stdout
    target = tmp_path / "rows.jsonl"
    wrote = remit(shipped, "export", "one", "--jsonl", str(target), "--out", str(tmp_path / "b"))
    assert wrote.exit_code == 0
    assert target.read_text() == printed == (tmp_path / "b" / "handoffs.jsonl").read_text()
    rows = [json.loads(line) for line in printed.splitlines()]
    assert all(row["previous"] == before["hash"] for before, row in pairwise(rows))


def test_one_role_alone_judges_the_work_of_an_earlier_run(
    db: Path, shipped: Path, tmp_path: Path
) -> None:
    """PUB-3: one agent and one workflow."""
    bundle = str(tmp_path / "bundle")
    remit(shipped, "export", "one", "--out", bundle)
    words = ("run", "--roles", "backend", "--mode", "audit", "--subject", bundle)
    ran = remit(db, *words, "--name", "audit")
    assert ran.exit_code == 0, ran.stderr
    assert "verdict accept" in ran.stdout
    assert "artifacts of an earlier run" in ran.stdout


def test_one_role_alone_is_done_and_ships_nothing(db: Path, shipped: Path, tmp_path: Path) -> None:
    """PUB-3: its verdict stands where it is said how it ended."""
    bundle = str(tmp_path / "bundle")
    remit(shipped, "export", "one", "--out", bundle)
    words = ("run", "--roles", "qa", "--mode", "audit", "--subject", bundle, "--name", "a")
    said = remit(db, *words, "--behaviour", "perfect").stdout
    assert "  Done: the one work item is done; verdict accept\n" in said
    assert "Shipped" not in said
    built = remit(db, "run", "--roles", "backend", "--mode", "design", "--name", "b").stdout
    assert "  Done: the one work item is done\n" in built


def test_handoffs_and_cost_are_the_same_wherever_they_are_shown(shipped: Path) -> None:
    said = " ".join(remit(shipped, "show", "one").stdout.split())
    (row,), summary = told(shipped, "runs"), told(shipped, "show", "one")
    (used,) = [one["used"] for one in summary["limits"] if one["limit"] == "handoffs"]
    assert row["handoffs"] == summary["handoffs"] == used
    assert f"work {used} handoffs (" in said
    assert f"handoffs {used} of 120" in said
    cost = f"${(Decimal(summary['cost_micros']) / 10**6).quantize(Decimal('.01'), ROUND_HALF_UP)}"
    listed = remit(shipped, "runs").stdout.splitlines()[1].split()
    assert listed[4:6] == [str(used), cost]
    assert f"{cost}, " in said
    assert f"dollars {cost} of" in said


def test_a_policy_says_which_of_its_limits_are_unlimited(db: Path, tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    text = remit(db, "policy", "show", "balanced").stdout
    path.write_text(text)
    assert len(remit(db, "policy", "validate", str(path)).stdout.splitlines()) == 1
    path.write_text(
        re.sub(r"(?m)^(contract_review|tokens) = \d+", r'\1 = "unlimited"', text, count=2)
    )
    said = remit(db, "policy", "validate", str(path))
    assert said.stdout.splitlines()[1:] == ["unlimited: contract_review, tokens"], said.stderr


def test_a_brief_is_counted_in_the_right_number(db: Path, tmp_path: Path) -> None:
    said = remit(db, "brief", "validate", brief(tmp_path)).stdout
    assert said.endswith(": 1 entity, 0 screens, 0 criteria\n")


def test_work_of_an_earlier_run_is_judged_by_its_own_brief(db: Path, tmp_path: Path) -> None:
    bundle = str(tmp_path / "bundle")
    sentence = "build a clinic booking app"
    remit(db, "run", sentence, "--behaviour", "perfect", "--out", bundle, "--name", "one")
    words = ("run", "--roles", "backend", "--mode", "audit", "--subject", bundle, "--json")
    made, same = remit(db, *words), remit(db, *words, sentence)
    title = told(db, "show", "one")["title"]
    assert json.loads(made.stdout)["title"] == json.loads(same.stdout)["title"] == title
    other = remit(db, *words, "invoicing")
    assert (other.exit_code, other.stdout, other.stderr.count("\n")) == (2, "", 1)
    assert "Invoicing" in other.stderr
    assert title in other.stderr


def test_what_comes_with_remit_is_listed_shown_and_good(db: Path, tmp_path: Path) -> None:
    for kind, ending in (("policy", "toml"), ("behaviour", "toml"), ("brief", "md")):
        names = [
            line.split()[0]
            for line in remit(db, kind, "list").stdout.splitlines()
            if not line.startswith("   ")
        ]
        assert len(names) >= 3
        file = tmp_path / f"mine.{ending}"
        file.write_text(remit(db, kind, "show", names[1]).stdout, encoding="utf-8")
        good = remit(db, kind, "validate", str(file))
        assert (good.exit_code, ": good: " in good.stdout) == (0, True), good.stderr


def test_init_writes_what_runs_and_overwrites_nothing(db: Path, tmp_path: Path) -> None:
    folder = tmp_path / "my terms"
    made = remit(db, "init", str(folder))
    assert made.exit_code == 0
    assert made.stdout.splitlines()[-1].startswith("next: remit run '")
    parts = [str(folder / name) for name in ("brief.md", "policy.toml", "behaviour.toml")]
    words = ("run", parts[0], "--policy", parts[1], "--behaviour", parts[2])
    assert remit(db, *words, "--quiet").exit_code in (0, 1)
    again = remit(db, "init", str(folder))
    assert again.exit_code == 2
    assert len(again.stderr.splitlines()) == 3


def test_markup_in_a_title_is_shown_as_written(db: Path, tmp_path: Path) -> None:
    words = ("run", brief(tmp_path), "--human", "wait", "--name", "odd", "--behaviour", "perfect")
    ran = remit(db, *words)
    for text in (ran.stdout, remit(db, "runs").stdout, remit(db, "inbox").stdout):
        assert "Deploy [bold red]it[/] now" in text


def test_colour_is_for_terminals_only(shipped: Path) -> None:
    for words in (("runs",), ("show", "one"), ("show", "one", "--handoffs")):
        assert "\x1b" not in remit(shipped, *words).stdout


def test_every_command_has_help(db: Path) -> None:
    top = remit(db, "--help").stdout
    names = [line.split()[0] for line in top.split("Commands:")[1].splitlines() if line.strip()]
    assert names == [
        "run", "check", "forecast", "runs", "stats", "show", "diff", "replay", "study",
        "study-report", "inbox", "answer", "resume", "verify", "export", "rules", "schema", "init",
        "policy", "behaviour", "brief", "card",
    ]  # fmt: skip
    for name in names:
        said = remit(db, name, "--help").stdout
        assert said.splitlines()[2].strip().endswith("."), name
    for name in {*names[:15]} - {"check", "forecast"}:
        assert "--db" in remit(db, name, "--help").stdout
    assert brief_text.shipped()[0] == "invoicing"
