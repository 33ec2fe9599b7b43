"""What the shell offers behind Tab: through the script that bash loads, and as zsh and fish ask."""

import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from remit.agents import behaviour
from remit.cli import app, completing
from remit.graph.order import HumanMode
from remit.state import brief_text, policy
from remit.state.listing import Sort
from remit.state.record import Projection
from remit.state.tally import By
from remit.state.vocabulary import Seat
from tests.records import NOW, RUNNING, fresh, matter, new_run, tamper


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record of sixty runs, the last of which waits for a person."""
    path = tmp_path_factory.mktemp("completion") / "remit.db"
    with fresh(path) as store:
        for number in range(60):
            store.create_run(
                new_run(f"run-{number:02}"), now=NOW + timedelta(hours=number), token=0
            )
        waits = Projection(run=RUNNING, matters=[matter(Seat.HUMAN)])
        store.project("run-59", waits, NOW)
    return path


def ask(shell: str, env: Mapping[str, str]) -> str:
    """What the program prints when a shell asks it."""
    told = {"_REMIT_COMPLETE": f"complete_{shell}", **env}
    ran = CliRunner().invoke(app, [], prog_name="remit", env=told)
    assert ran.stderr == ""
    return ran.stdout


def offered(line: str, db: Path | str = "") -> list[str]:
    """What bash is offered at the end of a line."""
    words = line.split(" ")
    env = {"COMP_WORDS": "\n".join(words), "COMP_CWORD": str(len(words) - 1), "REMIT_DB": str(db)}
    return ask("bash", env).split()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("remit sh", ["show"]),
        ("remit st", ["stats", "study", "study-report"]),
        ("remit runs --rev", ["--reverse"]),
        ("remit run --policy ", sorted(policy.shipped())),
        ("remit run --behaviour wo", ["worst"]),
        ("remit run --behavior wo", ["worst"]),
        ("remit run cl", ["clinic"]),
        ("remit run --roles qa,s", ["qa,security"]),
        ("remit run --roles backend,b", []),
        ("remit run --human ", [str(one) for one in HumanMode]),
        ("remit run --mode a", ["audit"]),
        ("remit runs --outcome st", ["stopped", "stopped_by_policy"]),
        ("remit stats --policy s", ["strict"]),
        ("remit runs --sort ", [str(one) for one in Sort]),
        ("remit stats --by ", [str(one) for one in By]),
        ("remit policy show ", sorted(policy.shipped())),
        ("remit behaviour show ", sorted(behaviour.shipped())),
        ("remit brief show ", sorted(brief_text.shipped())),
        ("remit policy v", ["validate"]),
        ("remit card show b", ["backend"]),
        ("remit card new q", ["qa"]),
        ("remit card check x.md --role f", ["frontend"]),
        ("remit replay run-01 --policy s", ["strict"]),
    ],
)
def test_words_and_values_are_offered(line: str, words: list[str]) -> None:
    assert offered(line) == words


@pytest.mark.parametrize(
    "command", ["show", "resume", "verify", "export", "export run-01", "diff", "diff run-01"]
)
def test_runs_are_offered_the_newest_first(command: str, db: Path) -> None:
    found = offered(f"remit {command} ", db)
    assert found[:2] == ["run-59", "run-58"]
    assert len(found) == completing.MOST
    assert offered(f"remit {command} run-0", db) == [f"run-0{n}" for n in reversed(range(10))]


def test_the_record_on_the_line_is_the_one_that_is_asked(db: Path) -> None:
    assert offered(f"remit show --db {db} run-01") == ["run-01"]


def test_matters_that_wait_for_a_person_are_offered(db: Path) -> None:
    assert offered("remit answer ", db) == ["run-59/m3"]
    assert offered("remit answer run-5", db) == ["run-59/m3"]
    assert offered("remit answer run-1", db) == []


def test_zsh_and_fish_are_told_how_a_run_stands(db: Path) -> None:
    line = {"_TYPER_COMPLETE_ARGS": "remit show run-59", "REMIT_DB": str(db)}
    assert '"run-59":"running, 2026-03-03"' in ask("zsh", line)
    fish = ask("fish", {**line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"})
    assert fish == "run-59\trunning, 2026-03-03\n"


@pytest.mark.parametrize("state", ["none", "folder", "text", "memory", "url", "empty", "locked"])
def test_a_record_that_cannot_be_read_offers_nothing(state: str, tmp_path: Path, db: Path) -> None:
    path = tmp_path / "remit.db"
    if state == "folder":
        path.mkdir()
    elif state == "text":
        path.write_text("no record")
    elif state == "empty":
        path.touch()
    elif state == "locked":
        path.write_bytes(db.read_bytes())
        path.chmod(0)
    place = {"memory": ":memory:", "url": "postgres://x/y"}.get(state, str(path))
    found = offered("remit show ", place)
    assert found == [] or (state == "locked" and os.geteuid() == 0)
    assert path.exists() == (state in ("folder", "text", "empty", "locked"))


def test_an_id_that_no_run_can_have_is_offered_to_no_shell(path: Path) -> None:
    with fresh(path) as store:
        for name in ("aa", "ab", "ac", "ad"):
            store.create_run(new_run(name), now=NOW, token=0)
    tamper(path, "UPDATE runs SET id = 'a$(touch x)' WHERE id = 'ab'",
           "UPDATE runs SET outcome = '`touch x`' WHERE id = 'ac'",
           "UPDATE runs SET created_at = '$(touch x)' WHERE id = 'ad'")  # fmt: skip
    assert offered("remit show a", path) == ["aa"]


def test_bash_completes_through_the_script_that_remit_prints(db: Path, tmp_path: Path) -> None:
    """The script is sourced, and its function called as bash calls it behind Tab."""
    place = Path(sys.executable).parent
    code = """
        source <(remit --show-completion)
        complete -p remit
        COMP_WORDS=(remit show run-5); COMP_CWORD=2
        _remit_completion remit run-5 show
        echo "${COMPREPLY[@]:0:3}"
        COMP_WORDS=(remit sta); COMP_CWORD=1
        _remit_completion remit sta remit
        echo "${COMPREPLY[@]}"
    """
    env = {"PATH": f"{place}{os.pathsep}{os.environ['PATH']}", "REMIT_DB": str(db),
           "HOME": str(tmp_path)}  # fmt: skip
    done = subprocess.run(
        ["bash", "-c", code], env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "complete -o default -F _remit_completion remit",
        "run-59 run-58 run-57",
        "stats",
    ]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_is_printed_and_installed(
    shell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("typer._completion_shared._get_shell_name", lambda: shell)
    monkeypatch.setattr("typer.completion._get_shell_name", lambda: shell)
    monkeypatch.setenv("HOME", str(tmp_path))
    shown = CliRunner().invoke(app, ["--show-completion"], prog_name="remit")
    assert (shown.exit_code, "_REMIT_COMPLETE=complete_" + shell in shown.stdout) == (0, True)
    assert CliRunner().invoke(app, ["--install-completion"], prog_name="remit").exit_code == 0
    written = [one.read_text("utf-8") for one in tmp_path.rglob("*remit*") if one.is_file()]
    assert [one.strip() for one in written] == [shown.stdout.strip()]


def test_offering_runs_loads_nothing_that_takes_long(db: Path) -> None:
    code = (
        "import sys; from remit.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "found = {'sqlalchemy', 'langgraph', 'alembic', 'rich'} & set(sys.modules)\n"
        "print(sorted(found), file=sys.stderr)"
    )
    env = {**os.environ, "_REMIT_COMPLETE": "complete_bash", "COMP_WORDS": "remit\nshow\nrun-5",
           "COMP_CWORD": "2", "REMIT_DB": str(db)}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split()[0] == "run-59"
    assert done.stderr == "[]\n"
