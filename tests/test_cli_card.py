"""`remit card`: list, show, check and new, as a person and as a program read them."""

import json
from pathlib import Path

import pytest
from typer.testing import Result

from remit.agents.card import BOUNDARIES, built_in_text, load
from remit.agents.cards.skeleton import skeleton
from remit.state.vocabulary import ROLES, Seat
from tests.console import remit
from tests.test_card_shapes import FOLDER

PLAIN = str(FOLDER / "plain_lists.md")


@pytest.fixture
def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path / "runs.db"


def done(ran: Result) -> str:
    assert ran.exit_code == 0, ran.output
    assert all(len(line) <= 80 for line in ran.stdout.splitlines())
    return ran.stdout


def refused(ran: Result) -> str:
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert ran.stderr.count("\n") == 1
    return ran.stderr


def test_list_names_the_seven_roles_and_what_each_is_for(db: Path) -> None:
    told = done(remit(db, "card", "list"))
    assert [line.split()[0] for line in told.splitlines() if line[2] != " "] == [*ROLES]
    rows = json.loads(remit(db, "card", "list", "--json").stdout)
    assert [row["role"] for row in rows] == [*ROLES]
    assert all(row["about"].endswith(".") for row in rows)


def test_show_tells_each_part_and_where_it_is_from(db: Path) -> None:
    """PUB-5: what is not the card's is marked."""
    Path("plain.md").write_bytes(Path(PLAIN).read_bytes())
    told = done(remit(db, "card", "show", "plain.md", "--set", "your product=Ledger"))
    heads = [line for line in told.splitlines() if line and line[0] != " "]
    assert heads == [
        "Backend Builder: the card of backend, plain.md",
        "notes (card, line 3: Before Using)",
        "role (card, line 6: Role)",
        "inputs (card, line 11: You receive from the CTO)",
        "escalation (card, line 16: You must escalate to the CTO when)",
        "standards (card, line 20: Mandatory Standards)",
        "output (card, line 30: Output Format)",
        "notes (card, line 37: Starter Prompt)",
        "modes (default)",
        "handoffs (default)",
        "done (default)",
        "rule (default)",
    ]
    assert "  You make the server of Ledger.\n" in told


def test_show_wraps_as_markdown_reads(db: Path) -> None:
    Path("qa.md").write_text(
        "# QA\n\n" + "one word " * 12 + "\nand\n- item\n  more\n\n```\na\nb\n```\n"
    )
    told = done(remit(db, "card", "show", "qa.md"))
    assert "one word one word one word and\n  - item more\n\n  ```\n  a\n  b\n  ```" in told


def test_show_prints_a_built_in_card_and_the_prompt_word_for_word(db: Path) -> None:
    told = done(remit(db, "card", "show", "backend"))
    assert "standards (built in)\n" in told
    assert "(default)" not in told
    prompt = remit(db, "card", "show", "backend", "--prompt").stdout
    assert prompt.endswith(BOUNDARIES)
    assert "- BE-API-1: every path begins with a version, from the first day." in prompt


def test_a_prompt_with_a_blank_is_refused_and_a_check_is_not(db: Path) -> None:
    """PUB-6: unfilled placeholders stop what goes to a model, not a check."""
    said = refused(remit(db, "card", "show", PLAIN, "--prompt"))
    assert "plain_lists.md:7: placeholder 'your product' is not filled; give --set" in said
    assert "placeholders        your product (line 7), not filled" in done(
        remit(db, "card", "check", PLAIN)
    )


def test_check_tells_what_is_understood_missing_kept_and_warned_of(db: Path) -> None:
    path = str(FOLDER / "claude_code.md")
    told = " ".join(done(remit(db, "card", "check", path)).split())
    assert told.startswith(f"{path}: good: a card for backend, called payments-backend")
    assert "role card line 9: (no heading) modes default not said" in told
    assert "handoffs card line 20: Working with other agents" in told
    assert "kept, not acted on name; description; tools; model; color" in told
    assert "warning" in told
    assert "its known fields are read line by line" in told


def test_check_says_the_same_to_a_program(db: Path) -> None:
    words = ("card", "check", PLAIN, "--json")
    told = json.loads(remit(db, *words).stdout)
    assert (told["role"], told["name"], told["source"]) == ("backend", "Backend Builder", PLAIN)
    assert told["placeholders"] == [{"name": "your product", "line": 7}]
    assert told["defaults"] == ["modes", "handoffs", "done", "rule"]
    assert [(one["part"], one["from"], one["line"]) for one in told["sections"][:2]] == [
        ("notes", "card", 3),
        ("role", "card", 6),
    ]
    filled = json.loads(remit(db, *words, "--set", "your_product=Ledger").stdout)
    assert filled["placeholders"] == []


def test_values_are_taken_from_a_local_file(db: Path) -> None:
    Path("values.toml").write_text('your_product = "Ledger"\n')
    told = done(remit(db, "card", "check", PLAIN, "--values", "values.toml"))
    assert "placeholders" not in told
    assert "server of Ledger." in remit(
        db, "card", "show", PLAIN, "--prompt", "--values", "values.toml"
    ).stdout  # fmt: skip


def test_a_value_that_fills_nothing_is_told(db: Path) -> None:
    told = done(remit(db, "card", "check", PLAIN, "--set", "your prodct=Ledger"))
    assert "--set 'your prodct' fills nothing; did you mean 'your product'?" in " ".join(
        told.split()
    )


def test_new_writes_a_skeleton_and_overwrites_nothing(db: Path) -> None:
    assert "wrote qa.md\nnext: edit it, then remit card check qa.md\n" == done(
        remit(db, "card", "new", "qa")
    )
    assert Path("qa.md").read_text() == skeleton(Seat.QA)
    assert "qa.md: is there already; name another file with --out" in refused(
        remit(db, "card", "new", "qa", "--full")
    )
    assert Path("qa.md").read_text() == skeleton(Seat.QA)
    done(remit(db, "card", "new", "qa", "--full", "--out", "my card.md"))
    assert Path("my card.md").read_text() == built_in_text(Seat.QA)


@pytest.mark.parametrize("role", ROLES)
def test_a_skeleton_and_a_whole_copy_pass_their_check(role: Seat, db: Path) -> None:
    done(remit(db, "card", "new", role))
    done(remit(db, "card", "check", f"{role}.md"))
    done(remit(db, "card", "new", role, "--full", "--out", "full.md"))
    assert load(Path("full.md"), role).defaults == ()


def test_new_does_not_write_through_a_link(db: Path) -> None:
    Path("qa.md").symlink_to(db.parent / "elsewhere.md")
    assert "is there already" in refused(remit(db, "card", "new", "qa"))
    assert not (db.parent / "elsewhere.md").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "bakend"), "there is no 'bakend'; did you mean 'backend'?"),
        (("show", "human"), "'human' is not a role; a person needs no card"),
        (("show", "none.md"), "none.md: there is no such file"),
        (("check", "backend"), "backend: there is no such file"),
        (("check", str(FOLDER)), "is a folder"),
        (("check", str(FOLDER / "prose.md")), "give --role, one of cto, pm"),
        (("check", PLAIN, "--role", "bakend"), "did you mean 'backend'?"),
        (("check", PLAIN, "--set", "x"), "--set 'x': write NAME=VALUE"),
        (("check", PLAIN, "--values", "none.toml"), "none.toml: there is no such file"),
        (("show", "qa", "--prompt", "--json"), "give one of --prompt and --json"),
        (("new", "cook"), "there is no 'cook'; known: cto, pm"),
        (("new", "qa", "--out", "none/qa.md"), "none/qa.md: cannot be written"),
    ],
)
def test_wrong_words_are_refused_in_a_line(db: Path, words: tuple[str, ...], said: str) -> None:
    assert said in refused(remit(db, "card", *words))
