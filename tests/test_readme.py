"""The README's commands print what the README says.

`python -m tests.test_readme` writes the present output into it.
"""

import re
import tempfile
from pathlib import Path

import pytest

from remit.state.brief_text import parse
from tests.console_blocks import here, renewed, rewrite

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"


def test_the_readme_says_what_its_commands_print(tmp_path: Path) -> None:
    page = README.read_text("utf-8")
    assert renewed(page, tmp_path) == page


def test_the_readme_or_the_index_of_the_docs_names_every_command(tmp_path: Path) -> None:
    shown = here("remit --help", tmp_path)
    commands = re.findall(r"(?m)^  ([a-z]+)  +[A-Z]", shown.partition("Commands:")[2])
    assert commands
    text = README.read_text("utf-8") + (ROOT / "docs" / "README.md").read_text("utf-8")
    assert [name for name in commands if f"remit {name}" not in text] == []


def test_the_page_about_briefs_shows_a_brief() -> None:
    page = (ROOT / "docs" / "reference" / "brief.md").read_text("utf-8")
    block = re.search(r"```markdown\n(.*?)```", page, re.S)
    assert block
    assert parse(block[1], "brief.md").title == "Invoicing for small agencies"


@pytest.mark.parametrize("target", ["run", "test", "check", "prove", "bench"])
def test_a_make_target_in_the_readme_exists(target: str) -> None:
    assert re.search(rf"(?m)^{target}:", (ROOT / "Makefile").read_text("utf-8"))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        rewrite(README, Path(made))
