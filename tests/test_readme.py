"""The README's commands print what the README says.

`python tests/test_readme.py` writes the present output into it.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from remit.state.brief_text import parse

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
_BLOCK = re.compile(r"```console\n(.*?)```", re.S)


def blocks(text: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Each console block with its commands and what each is said to print."""
    for block in _BLOCK.findall(text):
        parts = re.split(r"(?m)^\$ ", block)[1:]
        yield block, [(part.partition("\n")[0], part.partition("\n")[2]) for part in parts]


def printed(command: str, folder: Path) -> str:
    """What a command prints in a folder, with a record of its own, at 80 columns."""
    environment = {
        **{name: os.environ[name] for name in ("HOME", "LANG", "LC_ALL") if name in os.environ},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "REMIT_DB": str(folder / "readme.db"),
        "COLUMNS": "80",
    }
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, cwd=folder, env=environment,
        timeout=120, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


def test_the_readme_says_what_its_commands_print(tmp_path: Path) -> None:
    for _, commands in blocks(README.read_text("utf-8")):
        for command, said in commands:
            if not command.startswith("make "):
                assert _trimmed(printed(command, tmp_path)) == _trimmed(said), command


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())


def test_the_readme_names_every_command() -> None:
    shown = printed("remit --help", ROOT)
    commands = re.findall(r"(?m)^  ([a-z]+)  +[A-Z]", shown.partition("Commands:")[2])
    assert commands
    readme = README.read_text("utf-8")
    missing = [name for name in commands if f"remit {name}" not in readme]
    assert missing == []


def test_the_page_about_briefs_shows_a_brief() -> None:
    page = (ROOT / "docs" / "brief.md").read_text("utf-8")
    block = re.search(r"```markdown\n(.*?)```", page, re.S)
    assert block
    assert parse(block[1], "docs/brief.md").title == "Invoicing for small agencies"


@pytest.mark.parametrize("target", ["run", "test", "check", "prove", "bench"])
def test_a_make_target_in_the_readme_exists(target: str) -> None:
    assert re.search(rf"(?m)^{target}:", (ROOT / "Makefile").read_text("utf-8"))


def _rewrite(folder: Path) -> None:
    text = README.read_text("utf-8")
    for block, commands in list(blocks(text)):
        fresh = "".join(
            f"$ {command}\n{said}" if command.startswith("make ")
            else f"$ {command}\n{_trimmed(printed(command, folder))}\n"
            for command, said in commands
        )  # fmt: skip
        text = text.replace(block, fresh)
    README.write_text(text, "utf-8")


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as made:
        _rewrite(Path(made))
