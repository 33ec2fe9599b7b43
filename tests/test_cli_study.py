"""`remit study` and `remit study-report`, as a person uses them."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.console import remit
from tests.studies import SMALL


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a study file and a record in which it was conducted."""
    made = tmp_path_factory.mktemp("study")
    (made / "small.toml").write_text(SMALL)
    ran = remit(made / "s.db", "study", str(made / "small.toml"), "--engine", "plain")
    assert (ran.exit_code, ran.stderr) == (0, "")
    (made / "told").write_text(ran.stdout)
    return made


def test_says_what_it_will_run_and_then_what_it_found(folder: Path) -> None:
    lines = (folder / "told").read_text().splitlines()
    assert lines[:2] == ["Small", "2 points over limits.change_requests"]
    assert lines[2].startswith("60 runs; engine plain, 1 process, about ")
    text = " ".join(lines)
    assert "Recommended: point 1 (2)" in text or "Recommended: point 0 (0)" in text
    assert lines[-1] == "next: remit study-report small"
    assert max(map(len, lines)) <= 80


def test_a_study_that_is_there_is_not_begun_again(folder: Path) -> None:
    file = str(folder / "small.toml")
    again = remit(folder / "s.db", "study", file, "--engine", "plain")
    assert again.exit_code == 2
    assert "is in the record already; --resume goes on with it" in again.stderr
    resumed = remit(folder / "s.db", "study", file, "--engine", "plain", "--resume", "--json")
    told = json.loads(resumed.stdout)
    assert (told["study"], told["complete"], len(told["points"])) == ("small", True, 2)
    other = remit(folder / "s.db", "study", file, "--resume", "--name", "other")
    assert other.exit_code == 2
    assert "'other': is not in the record" in other.stderr


def test_the_report_is_written_from_the_record(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ran = remit(folder / "s.db", "study-report", "sm", "--out", str(out))
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert f"read {out / 'report.html'}" in ran.stdout
    assert (out / "report.html").read_text().startswith("<!doctype html>")
    assert (out / "pareto.png").read_bytes().startswith(b"\x89PNG")


def test_without_a_file_the_shipped_studies_are_listed(folder: Path) -> None:
    ran = remit(folder / "s.db", "study")
    assert ran.exit_code == 0
    assert "contract-changes    How many contract changes does a team need?" in ran.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["contract-change"], "did you mean 'contract-changes'?"),
        (["contract-changes", "--engine", "plane"], "did you mean 'plain'?"),
        (["contract-changes", "--until", "cots=1"], "did you mean 'cost'?"),
        (["contract-changes", "--until", "tokens=1"], "does not look at tokens"),
        (["contract-changes", "--until", "-1"], "is no half-width"),
        (["contract-changes", "--until", "0"], "is no half-width"),
        (["contract-changes", "--name", "a/b"], "use 1 to 64 letters"),
        (["nowhere.toml"], "nowhere.toml"),
    ],
)
def test_bad_input_is_one_line_and_leaves_no_record(
    words: list[str], said: str, tmp_path: Path
) -> None:
    ran = remit(tmp_path / "new.db", "study", *words)
    assert ran.exit_code == 2
    assert said in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    assert not (tmp_path / "new.db").exists()


def test_a_foreign_or_damaged_record_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "bad.db").write_bytes(b"not a database at all" * 100)
    ran = remit(tmp_path / "bad.db", "study-report", "small")
    assert ran.exit_code == 2
    assert "is not a SQLite database" in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


CODE = """
import os, signal, sys
from remit.analysis.study import conduct
made = conduct.perform
def interrupted(chunk):
    if chunk[0].key.batch:
        os.kill(os.getpid(), signal.SIGINT)
    return made(chunk)
conduct.perform = interrupted
from remit.cli import main
main()
"""


def test_ctrl_c_leaves_what_is_done_and_says_how_to_go_on(folder: Path, tmp_path: Path) -> None:
    db, file = str(tmp_path / "s.db"), str(folder / "small.toml")
    words = [sys.executable, "-c", CODE, "study", file, "--engine", "plain", "--db", db]
    ran = subprocess.run(
        words, capture_output=True, text=True, timeout=120, env=dict(os.environ, COLUMNS="80")
    )
    assert ran.returncode == 128 + signal.SIGINT
    assert ran.stderr.splitlines() == [
        f"remit: interrupted; what is done is kept, go on with `remit study {file} --resume "
        f"--engine plain --db {db}`"
    ]
    part = remit(tmp_path / "s.db", "study-report", "small", "--out", str(tmp_path / "out"))
    assert part.exit_code == 0
    assert part.stdout.lstrip().startswith("Not complete: 50 of 60 runs are in;")
    assert "not complete" in (tmp_path / "out" / "report.html").read_text()
    resumed = remit(tmp_path / "s.db", "study", file, "--engine", "plain", "--resume", "--json")
    whole = remit(folder / "s.db", "study", file, "--engine", "plain", "--resume", "--json")
    assert json.loads(resumed.stdout) == json.loads(whole.stdout)


def test_json_judges_each_circumstance_by_itself_as_the_page_does(tmp_path: Path) -> None:
    file = tmp_path / "two.toml"
    file.write_text(f'{SMALL}behaviour = ["strong", "weak"]\n'.replace("= 30", "= 4"))
    ran = remit(tmp_path / "s.db", "study", str(file), "--engine", "plain", "--json")
    told = json.loads(ran.stdout)
    assert told["recommendation"] is told["front"] is None
    assert [*told["circumstances"]] == ["behaviour = strong", "behaviour = weak"]
    weak = told["circumstances"]["behaviour = weak"]["recommendation"]["point"]
    assert f"Recommended: point {weak} " in " ".join(ran.stderr.split())
