"""The pages of `docs/`: which are made from code, and how all of them are renewed.

`python -m tests.docs_pages` writes the generated parts and the present output of every command into
the pages and the README.
"""

import re
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import remit
from remit.analysis.rules_table import index, markdown, parts
from remit.cli import ending
from remit.graph.rules import RULES
from tests.console_blocks import here, rewrite
from tests.reference_tables import behaviour_tables, policy_tables, table

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
README = ROOT / "README.md"


def pages() -> list[Path]:
    """Every page of the docs, in the order of their names."""
    return sorted(DOCS.rglob("*.md"))


def rules_tables() -> str:
    """The whole routing table: its count, where to look, and every row."""
    shown = parts()
    count = f"{len(RULES)} rules in {len(shown)} parts."
    return f"{count}\n\n## Where to look\n\n{index(shown)}\n\n{markdown(shown)}".strip()


def command_help() -> str:
    """The help of every command, at 80 columns, and the exit codes."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        names = _commands(here("remit --help", folder))
        words = ["remit"]
        for name in names:
            words.append(f"remit {name}")
            words += [
                f"remit {name} {one}" for one in _commands(here(f"remit {name} --help", folder))
            ]
        blocks = [f"## {one}\n\n```text\n{here(f'{one} --help', folder)}```\n" for one in words]
    return "\n".join([*blocks, "## Exit codes", *_exit_codes()]).strip()


def _commands(said: str) -> list[str]:
    return re.findall(r"(?m)^  ([a-z]+)  +[A-Z]", said.partition("Commands:")[2])


def _exit_codes() -> list[str]:
    found: dict[int, list[str]] = {}
    for outcome, code in ending.CODES.items():
        found.setdefault(code, []).append(f"the run is `{outcome}`")
    found[0].append("any other command did what it was asked")
    found |= {
        ending.USAGE: ["the input or the usage is wrong; each problem is one line on stderr"],
        ending.BROKEN: ["a verification or a safety property does not hold"],
        ending.BUG: ["a bug in Remit; `REMIT_DEBUG=1` shows the traceback"],
        ending.INTERRUPTED: ["interrupted; what is recorded is safe"],
    }
    rows = ((str(code), "; ".join(found[code])) for code in sorted(found))
    return list(table(("code", "meaning"), rows))


GENERATED: Mapping[str, Callable[[], str]] = {
    "reference/rules.md": rules_tables,
    "reference/policy.md": policy_tables,
    "reference/behaviour.md": behaviour_tables,
    "reference/cli.md": command_help,
}
"""The part of each page that stands between the two marks."""
_MARKED = re.compile(
    r"(?<=<!-- generated: python -m tests\.docs_pages -->\n\n).*?(?=\n\n<!-- end -->)", re.S
)


def generated(page: str) -> str:
    """What a page says between its marks.

    Raises:
        ValueError: the marks are not there.
    """
    found = _MARKED.search(page)
    if found is None:
        raise ValueError("the marks of the generated part are missing")
    return found[0]


def with_generated(page: str, fresh: str) -> str:
    """The page with another generated part."""
    return _MARKED.sub(lambda _: fresh, page)


def picture() -> str:
    """The swimlane that the README and a page show: the README's first run."""
    with remit.open(":memory:") as record:
        return remit.run(seed=3, name="first", db=record, engine="loop").swimlane()


PICTURE = DOCS / "pictures" / "first.svg"


def main() -> None:
    """Write everything anew."""
    PICTURE.write_text(picture(), "utf-8")
    for name, made in GENERATED.items():
        page = DOCS / name
        page.write_text(with_generated(page.read_text("utf-8"), made()), "utf-8")
    for page in pages():
        with tempfile.TemporaryDirectory() as folder:
            rewrite(page, Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        rewrite(README, Path(folder))


if __name__ == "__main__":
    main()
