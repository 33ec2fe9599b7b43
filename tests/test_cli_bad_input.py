"""Bad input: one line for each problem, exit code 2, nothing lost."""

import os
import sqlite3
from pathlib import Path

import pytest

from remit.cli import ending
from remit.runs import Record, run
from remit.state.errors import InputError
from remit.state.store import open_store
from tests.console import brief, remit, told

BOMB = "---\ntitle: x\nrules:\n  - &a [x]\n  - &b [*a, *a]\n  - [*b, *b]\n---\n"


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "runs.db"


def refused(db: Path, *words: str, stdin: str | bytes = "") -> str:
    """The one line that a command is refused with."""
    ran = remit(db, *words, stdin=stdin)
    assert ran.exit_code == 2, (ran.exit_code, ran.stderr)
    assert ran.stderr.startswith("remit: ")
    assert ran.stderr.count("\n") == 1
    assert "Traceback" not in ran.output
    return ran.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "missing.md"), "missing.md: there is no such file"),
        (("run", "invoising"), "did you mean 'invoicing'?"),
        (
            ("run", "--seed", "x"),
            "Invalid value for '--seed': is no whole number; `remit run --help`",
        ),
        (("run", "--pace", "x"), "Invalid value for '--pace': is no number; `remit run --help`"),
        (
            ("show", "x", "--why", "abc"),
            "Invalid value for '--why': is no whole number; `remit show",
        ),
        (("run", "--seed", "-1"), "Invalid value for '--seed'"),
        (("run", "--pace", "nan!"), "Invalid value for '--pace'"),
        (("run", "--roles", "bakend"), "there is no 'bakend'; did you mean 'backend'?"),
        (("run", "--roles", "human"), "'human' is not a role"),
        (("run", "--roles", "qa", "--mode", "audti"), "did you mean 'audit'?"),
        (("run", "--mode", "audit"), "one role works alone"),
        (("run", "--human", "maybe"), "--human: there is no 'maybe'"),
        (("run", "--policy", "balansed"), "did you mean 'balanced'?"),
        (("run", "--behaviour", "typicl"), "did you mean 'typical'?"),
        (("run", "--script", "none.yaml"), "none.yaml: there is no such file"),
        (("run", "--subject", "none"), "none: is no bundle"),
        (("run", "--name", "../x"), "run name '../x'"),
        (("run", "--name", ""), "run name ''"),
        (("show", "../x"), "run '../x': there is none"),
        (("frobnicate",), "No such command 'frobnicate'"),
        (("policy",), "Missing command; `remit policy --help`"),
        (("forecast", "--export", "prism"), "requires 2 arguments; `remit forecast --help`"),
        (("check", "run", "--svg"), "requires an argument; `remit check --help`"),
        (("behaviour", "show", "x", "--nope"), "No such option: --nope; `remit behaviour show --h"),
        (("card", "list", "list"), "`remit card list --help`"),
        (("policy", "show", "loose"), "policy 'loose': does not come with Remit"),
        (("brief", "validate", "none.md"), "none.md: there is no such file"),
    ],
)
def test_wrong_words_are_refused(
    db: Path, words: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(db.parent)
    if words[0] == "show":
        remit(db, "run", "--behaviour", "perfect")
    assert said in refused(db, *words)


def test_a_policy_under_which_nothing_could_ship_is_refused_before_the_run(
    db: Path, tmp_path: Path
) -> None:
    """PUB-10: without a person nothing external can be approved."""
    said = refused(db, "run", brief(tmp_path), "--policy", "unattended")
    assert "asks no person, so nothing can be approved" in said
    assert not db.exists()


def test_hostile_briefs_are_refused(db: Path, tmp_path: Path) -> None:
    path = tmp_path / "brief.md"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\x00\xff\xfe")
    assert "is not UTF-8 text" in refused(db, "run", str(path))
    path.write_text(BOMB)
    assert "are refused" in refused(db, "run", str(path))
    path.write_text("---\ntitle: 'a\x1b[2J'\n---\n")
    assert "\x1b" not in refused(db, "run", str(path))
    assert "is not UTF-8 text" in refused(db, "run", "-", stdin=b"\xff\xfe")
    assert "larger than" in refused(db, "run", "-", stdin="x" * 1_000_001)
    assert "is empty" in refused(db, "run", "-", stdin="")


@pytest.mark.parametrize("words", ["none.md", "--policy none.toml", "--behaviour none.toml"])
def test_nothing_is_printed_before_what_cannot_be_read(db: Path, words: str) -> None:
    ran = remit(db, "run", *words.split())
    assert (ran.exit_code, ran.stdout) == (2, "")


def test_several_problems_are_a_line_each(db: Path, tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    text = remit(db, "policy", "show", "balanced").stdout
    path.write_text(text.replace("grants = 1", "grants = -1").replace("hours = 72", "huors = 72"))
    found = remit(db, "policy", "validate", str(path))
    assert found.exit_code == 2
    assert len(found.stderr.splitlines()) >= 3
    assert all(line.startswith(f"remit: {path}") for line in found.stderr.splitlines())


def test_a_name_that_is_taken_is_refused(db: Path) -> None:
    remit(db, "run", "--behaviour", "perfect", "--name", "mine")
    assert "is taken" in refused(db, "run", "--name", "mine")
    assert len(told(db, "runs")) == 1


def test_a_database_that_cannot_be_used_is_refused(db: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as file:
        file.execute("CREATE TABLE notes (text)")
    file.close()
    text = tmp_path / "text.db"
    text.write_text("not a database at all" * 100)
    for place in (other, text, tmp_path, tmp_path / "text.db" / "below"):
        assert str(tmp_path) in refused(place, "run")
    assert "no record is there" in refused(db, "show", "x")
    assert "is not a place for a record" in refused(db, "runs", "--db", "postgres://x/y")


def test_a_newer_and_a_damaged_database_are_refused(db: Path) -> None:
    remit(db, "run", "--behaviour", "perfect", "--name", "one")
    whole = db.read_bytes()
    with sqlite3.connect(db) as file:
        file.execute("UPDATE alembic_version SET version_num = '9999'")
    file.close()
    assert "newer" in refused(db, "runs")
    db.write_bytes(whole[:100] + os.urandom(len(whole) - 100))
    assert str(db) in refused(db, "runs")


@pytest.mark.skipif(os.geteuid() == 0, reason="root can write everywhere")
def test_a_database_in_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert "cannot" in refused(tmp_path / "runs.db", "run")


def test_a_bundle_is_not_written_over_other_files(db: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")
    assert "name a new or empty folder" in refused(db, "run", "--out", str(folder))
    assert not db.exists()
    assert [one.name for one in folder.iterdir()] == ["thesis.txt"]


def test_a_bundle_that_cannot_be_written_hides_no_summary(
    db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("remit.bundle.os.fsync", full)
    words = ("run", "--behaviour", "perfect", "--name", "one", "--out", str(tmp_path / "b"))
    ran = remit(db, *words)
    assert ran.exit_code == 2
    assert "No space left on device" in ran.stderr
    assert "Shipped: accepted" in ran.stdout
    assert told(db, "runs")[0]["outcome"] == "shipped"


def test_a_played_person_approves_nothing_beside_real_work(tmp_path: Path) -> None:
    """PUB-10: a simulated approval stands for no real one."""
    wanted = Path(brief(tmp_path))
    with Record(open_store(":memory:")) as record:
        with pytest.raises(InputError, match="'simulated' cannot approve"):
            run(
                wanted,
                team={"backend": lambda task, desk: "deliver"},
                human="simulated",
                db=record,
            )
        assert record.runs() == []


def test_a_bug_is_one_line_and_asks_to_be_reported(
    db: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> int:
        raise ZeroDivisionError("an unforeseen thing")

    assert ending.ended(broken) == 70
    (line,) = capsys.readouterr().err.splitlines()
    assert "please report it" in line
    monkeypatch.setenv("REMIT_DEBUG", "1")
    assert ending.ended(broken) == 70
    assert "Traceback" in capsys.readouterr().err


def test_a_run_that_is_refused_is_not_said_to_end(db: Path) -> None:
    assert remit(db, "run", "--name", "first", "-q").exit_code == 0
    again = remit(db, "run", "--name", "first")
    assert "'first'" in again.stderr
    assert "ends for certain" not in again.stdout
