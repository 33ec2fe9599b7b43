"""The command as a process: interrupted, with nobody reading, twice at once, and how it starts."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.console import remit, told

REMIT = [sys.executable, "-c", "from remit.cli import main; main()"]


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "runs.db"


def begun(db: Path, *words: str) -> subprocess.Popen[str]:
    """A paced run in a process of its own, its first steps made."""
    process = subprocess.Popen(
        [*REMIT, "run", "--seed", "3", "--name", "one", *words],
        env=os.environ | {"REMIT_DB": str(db)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    for line in process.stdout:
        if line.startswith("   3  experience"):
            return process
    raise AssertionError(process.communicate())


def test_ctrl_c_says_how_to_go_on_and_loses_nothing(db: Path) -> None:
    process = begun(db, "--pace", "0.2")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors == "remit: interrupted; nothing is lost, go on with `remit resume one`\n"
    resumed = remit(db, "resume", "one")
    assert resumed.exit_code == 0
    assert remit(db, "verify", "one").exit_code == 0
    whole = db.with_name("whole.db")
    remit(whole, "run", "--seed", "3", "--name", "one", "--quiet")
    heads = [told(record, "show", "one")["chain_head"] for record in (db, whole)]
    assert heads[0] == heads[1]


def test_two_processes_cannot_work_on_one_run(db: Path) -> None:
    process = begun(db, "--pace", "0.3")
    try:
        for words in (("resume", "one"), ("answer", "one/m9", "--approve")):
            second = remit(db, *words)
            assert second.exit_code == 2
            said = f"remit: run 'one': process {process.pid} is working on it;"
            assert second.stderr.startswith(said)
    finally:
        process.kill()
        process.communicate()
    assert remit(db, "resume", "one", "--quiet").stdout == "one shipped\n"


def test_a_run_that_nobody_reads_goes_on_to_its_end(db: Path) -> None:
    process = begun(db, "--pace", "0.02")
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(timeout=30) == 0
    assert told(db, "runs")[0]["outcome"] == "shipped"


@pytest.mark.parametrize(
    "words", ["runs", "runs --json", "show one", "show one --contract", "export one --jsonl -"]
)
def test_a_broken_pipe_is_quiet(words: str, record: Path) -> None:
    process = subprocess.Popen(
        [*REMIT, *words.split()],
        env=os.environ | {"REMIT_DB": str(record)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert (process.wait(timeout=30), errors) == (0, "")


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record with one shipped run, `one`."""
    made = tmp_path_factory.mktemp("record") / "runs.db"
    remit(made, "run", "--behaviour", "perfect", "--name", "one")
    return made


def test_help_imports_none_of_what_does_the_work(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom remit.cli import app\n"
        "try:\n    app(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'langgraph', 'sqlalchemy', 'pydantic', 'yaml', 'rich', 'alembic', 'numpy',"
        " 'scipy', 'matplotlib'}\n"
        "print(sorted(heavy & {name.partition('.')[0] for name in sys.modules}))\n"
    )
    # Typer itself reads the options of a command with pydantic
    known = {"--help": "[]", "--version": "[]", "run --help": "['pydantic']"}
    for words, expected in known.items():
        ran = subprocess.run(
            [sys.executable, "-c", script.replace("'--help'", repr(words.split())[1:-1])],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert ran.stdout.splitlines()[-1] == expected, words


def test_the_first_line_does_not_wait_for_what_does_the_work(db: Path) -> None:
    """The first line comes before the libraries are loaded, whatever the machine is doing."""
    script = (
        "import sys\nimport remit.cli as cli\n"
        "class Watched:\n"
        "    def __init__(self, stream): self.stream = stream\n"
        "    def __getattr__(self, name): return getattr(self.stream, name)\n"
        "    def write(self, text):\n"
        "        if text.startswith('Remit 0'):\n"
        "            heavy = {'langgraph', 'sqlalchemy', 'alembic'} & set(sys.modules)\n"
        "            sys.stderr.write(f'{sorted(heavy)}')\n"
        "        return self.stream.write(text)\n"
        "sys.stdout = Watched(sys.stdout)\n"
        "cli.app(['run', '--behaviour', 'perfect'])\n"
    )
    environment = os.environ | {"REMIT_DB": str(db)}
    ran = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True
    )
    assert (ran.returncode, ran.stderr) == (0, "[]")


def test_output_that_cannot_show_a_character_spells_it_out(db: Path) -> None:
    environment = os.environ | {"REMIT_DB": str(db), "PYTHONIOENCODING": "ascii"}
    command = [*REMIT, "run", "Büro für Möbel", "--behaviour", "perfect"]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert r"B\xfcro" in ran.stdout


def test_pacing_waits_between_steps(db: Path) -> None:
    since = time.monotonic()
    ran = remit(db, "run", "--behaviour", "perfect", "--pace", "0.05", "--quiet")
    assert ran.exit_code == 0
    assert time.monotonic() - since > 8 * 0.05


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device here")
def test_output_that_cannot_be_written_is_one_line(record: Path) -> None:
    with open("/dev/full", "w") as full:
        ran = subprocess.run(
            [*REMIT, "runs"], env=os.environ | {"REMIT_DB": str(record)},
            stdout=full, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    assert ran.returncode == 2
    assert ran.stderr.count("\n") == 1
    assert "Traceback" not in ran.stderr
