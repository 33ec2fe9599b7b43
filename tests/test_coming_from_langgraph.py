"""The Python in the pages about LangGraph runs, and prints what the pages say."""

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import pytest

from remit import studio
from remit.state.policy import shipped

DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "coming-from-langgraph.md"
STUDIO = DOCS / "how-to" / "langgraph-studio.md"
_BLOCK = re.compile(r"^```(python|text)\n(.*?)^```$", re.S | re.M)


def test_the_page_runs_and_prints_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = _BLOCK.findall(PAGE.read_text("utf-8"))
    names: dict[str, Any] = {"__name__": "page"}
    printed, checked = "", 0
    for kind, text in blocks:
        if kind == "text":
            assert printed == text
            checked += 1
            continue
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(compile(text, str(PAGE), "exec"), names)
        printed = out.getvalue()
    assert checked == 4


def test_the_page_names_no_state_that_is_not_there() -> None:
    said = re.search(r"it reads (.*?), and writes (.*?)\.\n", PAGE.read_text("utf-8"), re.S)
    assert said
    reads, writes = (re.findall(r"`(\w+)`", part) for part in said.groups())
    assert set(reads) == set(studio.team.get_input_jsonschema()["properties"])
    assert set(writes) == set(studio.team.get_output_jsonschema()["properties"])


def test_the_page_about_studio_names_every_graph_and_its_code_compiles() -> None:
    page = STUDIO.read_text("utf-8")
    names = ["team" if policy == "balanced" else f"team_{policy}" for policy in shipped()]
    assert [name for name in names if f"`{name}`" not in page] == []
    (code,) = re.findall(r"```python no-run\n(.*?)```", page, re.S)
    compile(code, str(STUDIO), "exec")
