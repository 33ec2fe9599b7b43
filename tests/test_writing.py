"""Where a command writes: one thing to one place; what a terminal, a pipe, a notebook gets."""

import json
import sqlite3
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from remit.cli import app
from remit.cli.writing import check_targets, write
from remit.state.errors import InputError
from tests.console import remit, told


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record with one run, `one`."""
    made = tmp_path_factory.mktemp("writing") / "remit.db"
    remit(made, "run", "--name", "one", "--behaviour", "perfect", "-q")
    return made


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--json", "--timeline"), "--timeline is a picture in text; leave --json out"),
        (("--json", "--mermaid"), "--mermaid is a picture in text; leave --json out"),
        (
            ("--svg", "-", "--markdown", "-"),
            "standard output takes one of --svg - and --markdown -",
        ),
        (("--svg", "-", "--json"), "standard output takes one of --svg - and --json"),
        (("--html", "-", "--handoffs"), "standard output takes one of --html - and --handoffs"),
        (("--svg", "f", "--html", "f"), "--svg and --html name one file, f; give each its own"),
    ],
)
def test_two_things_in_one_place_are_refused(db: Path, words: tuple[str, ...], said: str) -> None:
    refused = remit(db, "show", "one", *words)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr.startswith(f"remit: show: {said}")
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize("link", ["symlink", "hard link"])
def test_a_link_is_no_second_file(tmp_path: Path, link: str) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text("")
    second.symlink_to(first) if link == "symlink" else second.hardlink_to(first)
    with pytest.raises(InputError, match="name one file"):
        check_targets("show", {"--svg": first, "--html": second})


def test_files_that_differ_are_all_written_and_json_stays_json(db: Path, tmp_path: Path) -> None:
    svg, html = tmp_path / "one.svg", tmp_path / "one.html"
    ran = remit(db, "show", "one", "--svg", str(svg), "--html", str(html), "--json")
    assert json.loads(ran.stdout)["id"] == "one"
    assert ran.stderr.splitlines() == [f"wrote {svg}", f"wrote {html}"]
    assert svg.read_text().startswith("<svg")
    assert html.read_text().startswith("<!DOCTYPE html>")


def test_a_stream_of_text_takes_what_a_pipe_gets(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook's stdout has no bytes below it."""
    monkeypatch.setenv("REMIT_DB", str(db))
    with redirect_stdout(StringIO()) as caught:
        code = app(["export", "one", "--jsonl", "-"], prog_name="remit", standalone_mode=False)
    assert code == 0
    assert caught.getvalue() == remit(db, "export", "one", "--jsonl", "-").stdout


def test_a_terminal_keeps_indentation_and_is_not_steered() -> None:
    with redirect_stdout(Terminal()) as shown:
        write(Path("-"), ["- one\n", "    two  words\n", "\n", "\x1b[2J\r\n"])
    assert shown.getvalue() == "- one\n    two  words\n\n\\x1b[2J\n"


def test_verify_and_lists_speak_json(db: Path) -> None:
    assert told(db, "verify") == {"hold": 1, "broken": []}
    for kind in ("policy", "brief", "behaviour"):
        names = [one["name"] for one in told(db, kind, "list")]
        lines = remit(db, kind, "list").stdout.splitlines()
        assert names == [line.split()[0] for line in lines if not line.startswith("   ")]


def test_a_broken_row_is_named_in_json(db: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_bytes(db.read_bytes())
    with sqlite3.connect(copy, isolation_level=None) as connection:
        connection.execute("update runs set cost_micros = 1")
    connection.close()
    ran = remit(copy, "verify", "--json")
    assert ran.exit_code == 5
    (broken,) = json.loads(ran.stdout)["broken"]
    assert (broken["run"], broken["table"]) == ("one", "runs")
