"""Fresh processes: `remit --help`, and `remit run` up to its first line."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from _measure import figure, machine, medians, scale, verdict

HELP_TARGET = 1 / 8
FIRST_LINE_TARGET_S = 1.2
EVERYTHING = "import alembic, anthropic, langchain_core.messages, langgraph.graph, pydantic, rich"
EVERYTHING += ", sqlalchemy.orm, typer, yaml"
CLI = "import sys; from remit.cli import main; sys.argv[0] = 'remit'; sys.exit(main())"


def python(*arguments: str) -> None:
    """Run Python with these arguments to its end."""
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)


def first_line(folder: Path) -> float:
    """Seconds until `remit run` says something; the run goes on to its end outside the time."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", CLI, "run", "--db", str(folder / "record.db")],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, cwd=folder,
    )  # fmt: skip
    assert process.stdout is not None
    line = process.stdout.readline()
    took = time.perf_counter() - begun
    process.communicate()
    assert line.strip(), "remit run said nothing"
    assert process.returncode in (0, 1), process.returncode
    return took


def main() -> None:
    """Print the figures."""
    size = scale(repeats=9)
    machine()
    took = medians(
        {
            "nothing": lambda: python("-c", "pass"),
            "everything": lambda: python("-c", EVERYTHING),
            "help": lambda: python("-c", CLI, "--help"),
        },
        size.repeats,
    )
    with tempfile.TemporaryDirectory() as folder:
        first = sorted(first_line(Path(folder)) for _ in range(size.repeats))[size.repeats // 2]
    figure("python -c pass", took["nothing"], 1, "process")
    figure("importing everything that Remit uses", took["everything"], 1, "process")
    figure("remit --help", took["help"], 1, "process")
    figure("remit run, to its first line", first, 1, "process")
    verdict("--help / everything", took["help"] / took["everything"], HELP_TARGET, most=True)
    verdict("first line, seconds", first, FIRST_LINE_TARGET_S, most=True)


if __name__ == "__main__":
    main()
