"""Every page of the docs: its commands print what it says, its links lead somewhere.

`python -m tests.docs_pages` renews the pages.
"""

import re
from pathlib import Path

import pytest

from remit.analysis.rules_table import anchor
from tests.console_blocks import blocks, commands, here, in_a_process, renewed, trimmed
from tests.docs_pages import (
    DOCS,
    GENERATED,
    PICTURE,
    README,
    ROOT,
    generated,
    pages,
    picture,
)

PAGES = [str(page.relative_to(ROOT)) for page in pages()]
RUN = [name for name in PAGES if re.search(r"```(console|python)\n", (ROOT / name).read_text())]
_LINK = re.compile(r"\]\((?!https?:)([^)\s]*)\)")


def prose(page: str) -> str:
    """The page without its fenced blocks."""
    return re.sub(r"(?ms)^```.*?^```$", "", page)


def headings(page: str) -> set[str]:
    return {anchor(title) for title in re.findall(r"(?m)^#+ (.*)$", prose(page))}


def broken(page: Path) -> list[str]:
    """The links of a page that lead nowhere."""
    found: list[str] = []
    for link in _LINK.findall(prose(page.read_text("utf-8"))):
        name, _, place = link.partition("#")
        target = page.parent / name if name else page
        there = target.exists() and (not place or place in headings(target.read_text("utf-8")))
        found += [] if there else [link]
    return found


@pytest.mark.parametrize("name", RUN)
def test_a_page_says_what_its_commands_print(name: str, tmp_path: Path) -> None:
    page = (ROOT / name).read_text("utf-8")
    assert renewed(page, tmp_path) == page


def test_a_listing_reads_the_same_tomorrow(tmp_path: Path) -> None:
    page = "```console\n$ echo 'id 2031 UTC'; date '+%m-%d %H:%M  2 runs'\n```\n"
    told = renewed(page, tmp_path).splitlines()
    assert told[2:4] == ["id 2026 UTC", "11-25 10:00  2 runs"]


def test_bytes_reach_a_page_as_text_does(tmp_path: Path) -> None:
    assert here("remit run --name one --behaviour perfect -q", tmp_path) == "one shipped\n"
    lines = here("remit export one --jsonl -", tmp_path)
    assert lines.count('"run": "one"') == lines.count("\n") > 5
    assert here("remit export one --jsonl - | wc -l", tmp_path).strip() == str(lines.count("\n"))


@pytest.mark.parametrize("name", [*PAGES, "README.md"])
def test_no_page_shows_a_bug_as_what_a_command_prints(name: str) -> None:
    page = (ROOT / name).read_text("utf-8")
    assert re.findall(r"this is a bug in Remit|Traceback \(most recent", page) == []


@pytest.mark.parametrize("name", GENERATED)
def test_a_page_made_from_code_is_fresh(name: str) -> None:
    assert generated((DOCS / name).read_text("utf-8")) == GENERATED[name]()


def test_the_picture_is_that_of_the_readmes_first_run() -> None:
    assert PICTURE.read_text("utf-8") == picture()


@pytest.mark.parametrize("name", PAGES)
def test_the_links_of_a_page_lead_somewhere(name: str) -> None:
    assert broken(ROOT / name) == []


@pytest.mark.parametrize(
    ("link", "leads"),
    [
        ("b.md", True),
        ("b.md#two-words", True),
        ("#one", True),
        ("c.md", False),
        ("b.md#three", False),
    ],
)
def test_a_link_that_leads_nowhere_is_seen(link: str, leads: bool, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(f"# One\n[here]({link})\n")
    (tmp_path / "b.md").write_text("# B\n```\n# three\n```\n## Two words\n")
    assert (broken(tmp_path / "a.md") == []) == leads


def test_the_index_names_every_page() -> None:
    linked = set(_LINK.findall((DOCS / "README.md").read_text("utf-8")))
    below = [page.relative_to(DOCS).as_posix() for page in pages()]
    assert [one for one in below if one not in linked and not one.startswith("decisions/0")] == [
        "README.md"
    ]


@pytest.mark.parametrize("name", [name for name in PAGES if "decisions" not in name])
def test_a_page_says_at_its_top_which_question_it_answers(name: str) -> None:
    if name not in ("docs/README.md", "docs/requirements.md"):
        head = (ROOT / name).read_text("utf-8").split("\n\n")[1]
        assert re.match(r"\*[^*]+\?\*", " ".join(head.split())), head


# --- how a page is read --------------------------------------------------------------------------

PAGE = """# P

```console
$ echo one
one
$ cat > f <<'END'
> two
>   three
> END
$ cat f
two
  three
```

```yaml g
- x
```

```python
from pathlib import Path

print(Path("g").read_text().strip())
```

```text
- x
```
"""


def test_a_page_that_says_the_truth_stays_as_it_is(tmp_path: Path) -> None:
    assert renewed(PAGE, tmp_path) == PAGE


@pytest.mark.parametrize(("true", "false"), [("one\n$", "1\n$"), ("- x\n```\n", "- y\n```\n")])
def test_what_a_page_says_wrongly_is_put_right(true: str, false: str, tmp_path: Path) -> None:
    head, _, tail = PAGE.rpartition(true)
    assert renewed(head + false + tail, tmp_path) == PAGE


def test_a_block_that_begins_with_no_command_is_refused() -> None:
    with pytest.raises(ValueError, match="begins with"):
        list(commands("one\n$ two\n"))


def test_blocks_know_their_file_and_whether_they_follow() -> None:
    found = [(one.info, one.file, one.after) for one in blocks(PAGE)]
    assert found == [
        ("console", "", False),
        ("yaml g", "g", True),
        ("python", "", True),
        ("text", "", True),
    ]


@pytest.mark.parametrize(
    "command",
    ["remit policy list", "remit policy list | head -n 1", "remit show nobody", "remit --help"],
)
def test_a_command_prints_the_same_here_and_in_a_process(command: str, tmp_path: Path) -> None:
    assert here(command, tmp_path) == in_a_process(command, tmp_path)


def test_make_is_not_run(tmp_path: Path) -> None:
    page = "```console\n$ make test\nas it was\n```\n"
    assert renewed(page, tmp_path) == page


def test_a_page_cannot_see_the_users_record(tmp_path: Path) -> None:
    assert trimmed(here("remit runs", tmp_path)) == "no runs yet; `remit run` makes one"


def test_the_readme_links_to_what_is_there() -> None:
    assert broken(README) == []
