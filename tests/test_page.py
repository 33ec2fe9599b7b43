"""The page of a run: whole, fetched from nowhere, and hostile text in it stays text."""

import base64
import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from enum import StrEnum
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

import remit
from remit.analysis.page.contents import contents
from remit.analysis.page.side_by_side import CONTEXT, MOST, compare
from remit.analysis.page.writing import written
from remit.recorded import Run
from remit.runs import Record
from remit.state.brief import Brief
from remit.state.brief_text import load as load_brief
from remit.state.inert import inert
from remit.state.policy import Policy
from remit.state.policy import load as load_policy
from remit.state.store import open_store
from tests import console
from tests.test_shows_itself import HOSTILE

VOID = {"meta", "col"}
MOST_BYTES = 1_000_000
"""The most that the page of a run of some 60 handoffs may weigh."""
SIXTY = 0
"""The seed of such a run under the loose policy."""


class Page(HTMLParser):
    """A page as a browser reads it: its elements, and the text that a person sees."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.path: list[str] = []
        self.said: list[str] = []
        self.styles: list[str] = []
        self.script = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.path.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.path.pop() == tag

    def handle_data(self, data: str) -> None:
        if "script" in self.path:
            self.script += data
        elif "style" in self.path:
            self.styles.append(data)
        else:
            self.said.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.said).split())

    @property
    def shapes(self) -> Counter[tuple[str, ...]]:
        """Every element with the names of its attributes, and how often it occurs."""
        return Counter((tag, *attributes) for tag, attributes in self.elements)

    def with_id(self, name: str) -> tuple[str, dict[str, str]]:
        (found,) = [one for one in self.elements if one[1].get("id") == name]
        return found


@pytest.fixture(scope="module")
def record() -> Iterator[Record]:
    with Record(open_store(":memory:")) as made:
        yield made


@pytest.fixture(scope="module")
def run(record: Record) -> Run:
    return remit.run("invoicing", seed=3, db=record, engine="loop")


@pytest.fixture(scope="module")
def page(run: Run) -> Page:
    return Page(run.page())


def loose() -> Policy:
    """A policy under which loops go round and round."""
    data = load_policy("balanced").model_dump(mode="json")
    names = ("requirement_rework", "contract_review", "change_requests", "rework_backend",
             "rework_frontend", "no_progress", "escalations", "human_questions")  # fmt: skip
    data["limits"] |= dict.fromkeys(names, 5)
    return Policy.model_validate({**data, "name": "loose"})


def hostile_brief(text: str) -> Brief:
    """A brief that says `text` wherever it may say anything."""
    data = load_brief("clinic").model_dump(mode="json")
    line = text.replace("\ud800", "")
    data |= {"title": line[:200], "prose": line, "assumed": [line]}
    data["constraints"]["architecture"] = [line]
    data["external_actions"] = [{"kind": "deploy", "target": line, "payload": line}]
    data["criteria"] = [{**one, "text": line} for one in data["criteria"]]
    data["rules"] = [{**one, "text": line} for one in data["rules"]]
    return Brief.model_validate(data)


@cache
def plain_shapes() -> frozenset[tuple[str, ...]]:
    """The elements and attributes of the page of a run in which nobody says anything odd."""
    with Record(open_store(":memory:")) as record:
        made = remit.run(hostile_brief("plain"), seed=5, behaviour="weak", db=record, engine="loop")
        return frozenset(Page(made.page()).shapes)


@pytest.mark.parametrize("text", [" ".join(HOSTILE), " ".join(reversed(HOSTILE))])
def test_hostile_text_stays_text(text: str) -> None:
    with Record(open_store(":memory:")) as record:
        made = remit.run(hostile_brief(text), seed=5, behaviour="weak", db=record, engine="loop")
        said = made.page()
    read = Page(said)
    assert read.path == []
    assert set(read.shapes) == plain_shapes()
    assert read.shapes["script",] == 1
    assert {char for char in said if not char.isprintable()} == {"\n"}
    assert [has["href"] for _, has in read.elements if has.get("href", "#")[0] != "#"] == []
    assert hashes(read) == [hashed(read.script)]


def saying(value: Any, text: str) -> Any:
    """The value with every text in it replaced; names from closed sets stay."""
    if isinstance(value, str):
        return value if isinstance(value, StrEnum) else text
    if isinstance(value, tuple):
        return tuple(saying(part, text) for part in value)  # pyright: ignore[reportUnknownVariableType]
    if is_dataclass(value) and not isinstance(value, type):
        parts = {field.name: saying(getattr(value, field.name), text) for field in fields(value)}
        return replace(value, **parts)
    return value


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_any_field_says_stays_text(run: Run, text: str) -> None:
    shown = contents(run)

    def read(said: str) -> Page:
        return Page(written(replace(saying(shown, said), swimlane=shown.swimlane)))

    assert read(text).shapes == read("plain").shapes
    assert read(text).text.count(inert(text)) > 500


def hashed(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def hashes(read: Page) -> list[str]:
    """What the page's policy allows to run."""
    (policy,) = [has["content"] for _, has in read.elements
                 if has.get("http-equiv") == "Content-Security-Policy"]  # fmt: skip
    assert policy.startswith("default-src 'none'; ")
    return re.findall(r"script-src 'sha256-([^']+)'", policy)


def test_hostile_text_is_there_to_be_read() -> None:
    with Record(open_store(":memory:")) as record:
        made = remit.run(hostile_brief(HOSTILE[3]), seed=5, db=record, engine="loop")
        read = Page(made.page())
    assert read.text.count(HOSTILE[3]) > 10


def test_names_no_address_outside_itself(page: Page) -> None:
    """Nothing is loaded: no element that loads, no attribute and no style that names a place."""
    tags = {tag for tag, _ in page.elements}
    assert (
        tags & {"link", "img", "image", "iframe", "object", "embed", "base", "form", "use"} == set()
    )
    values = [value for _, has in page.elements for name, value in has.items() if name != "xmlns"]
    assert [value for value in values if "//" in value] == []
    assert re.findall(r"url\((?!#)|@import|//", "".join(page.styles)) == []


def test_the_picture_in_it_is_well_formed(run: Run) -> None:
    (picture,) = re.findall(r"<svg .*?</svg>", run.page(), re.S)
    assert ET.fromstring(picture).tag.endswith("svg")


def test_every_box_leads_to_a_row_that_tells_why(run: Run, page: Page) -> None:
    links = [has["href"] for tag, has in page.elements if tag == "a" and has["href"][:2] == "#h"]
    numbers = {int(link[2:]) for link in links if link[2:].isdigit()}
    assert numbers == {row.seq for row in run.handoffs}
    for row in run.handoffs:
        assert page.with_id(f"h{row.seq}")[0] == "tr"
        assert row.why in page.text
        assert f"{row.owner_now} now owns it" in page.text
    assert sum(has.get("class") == "told" for _, has in page.elements) == len(run.handoffs)


def test_every_link_inside_leads_somewhere_and_no_id_comes_twice(page: Page) -> None:
    ids = [has["id"] for _, has in page.elements if "id" in has]
    assert len(ids) == len(set(ids))
    wanted = {has["href"][1:] for tag, has in page.elements if tag == "a"}
    assert wanted - set(ids) == set()


def test_holds_every_artifact_matter_version_term_and_the_notice(run: Run, page: Page) -> None:
    for owner, name in run.course.ledger.artifacts:
        assert f"{owner}: {name.replace('_', ' ')}" in page.text
    assert page.text.count('"openapi": "3.1.0"') >= 1
    assert "CREATE TABLE" in page.text
    for matter in run.matters:
        assert matter.state.matter.text in page.text
    for said in (
        "1.0.0 beside 1.1.0",
        "+ Invoice.status",
        "Policy balanced",
        "change requests",
        "behaviour typical",
        "learning and experimentation only",
        run.chain_head,
    ):
        assert said in page.text  # fmt: skip


def test_can_be_read_by_ear_and_walked_by_key(page: Page) -> None:
    tags = [tag for tag, _ in page.elements]
    assert page.elements[0] == ("html", {"lang": "en"})
    assert [tags.count(tag) for tag in ("h1", "main", "header", "footer", "aside")] == [1] * 5
    assert all("scope" in has for tag, has in page.elements if tag == "th")
    levels = [int(tag[1]) for tag in tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    links = [has["href"] for tag, has in page.elements if tag == "a"]
    assert links[0] == "#main"


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast of two colours, 1 to 21."""

    def light(colour: str) -> float:
        full = "".join(char * 2 for char in colour) if len(colour) == 3 else colour
        parts = [int(full[at : at + 2], 16) / 255 for at in (0, 2, 4)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dark + 0.05)


def test_colours_can_be_told_apart_in_light_dark_and_on_paper(run: Run) -> None:
    schemes = re.findall(r":root\{[^}]*--paper[^}]*\}", run.page())
    assert len(schemes) == 3
    for scheme in schemes:
        colours = dict(re.findall(r"--(\w+):#([0-9a-f]+)", scheme))
        for ink in ("ink", "quiet", "link", "good", "bad"):
            assert contrast(colours[ink], colours["paper"]) >= 4.5
        for ground in ("band", "add", "del", "mark"):
            assert contrast(colours["ink"], colours[ground]) >= 4.5
        assert contrast(colours["quiet"], colours["mark"]) >= 4.5


def test_a_run_of_sixty_handoffs_weighs_less_than_a_megabyte(record: Record) -> None:
    made = remit.run("invoicing", policy=loose(), behaviour="worst", seed=SIXTY, db=record,
                     engine="loop")  # fmt: skip
    said = made.page()
    assert 55 <= len(made.handoffs) <= 80
    assert len(said.encode()) < MOST_BYTES
    assert all(f'id="h{row.seq}"' in said for row in made.handoffs)


@pytest.mark.parametrize("roles", [["backend"], ["backend", "qa"]])
def test_a_team_that_lacks_roles_has_a_page_too(record: Record, roles: list[str]) -> None:
    made = remit.run("clinic", roles=roles, db=record, engine="loop")
    read = Page(made.page())
    assert read.path == []
    assert made.id in read.text


def test_a_run_that_waits_says_what_can_be_answered(record: Record) -> None:
    made = remit.run("clinic", behaviour="worst", policy="strict", human="wait", seed=2,
                     db=record, engine="loop")  # fmt: skip
    assert made.outcome == "waiting"
    assert "Not answered." in Page(made.page()).text


def test_side_by_side_shows_what_differs_with_a_little_around_it() -> None:
    old = [f"  line {number}" for number in range(100)]
    new = [*old[:50], "  new", *old[50:90], "  other", *old[91:]]
    shown = compare("\n".join(old), "\n".join(new))
    kinds = [[line.kind for line in hunk] for hunk in shown.hunks]
    assert kinds == [
        ["same"] * CONTEXT + ["added"] + ["same"] * CONTEXT,
        ["same"] * CONTEXT + ["changed"] + ["same"] * CONTEXT,
    ]
    added, changed = shown.hunks[0][CONTEXT], shown.hunks[1][CONTEXT]
    assert (added.old, added.before, added.new, added.after) == (0, "", 51, "new")
    assert (changed.old, changed.before, changed.new, changed.after) == (91, "line 90", 92, "other")


def test_a_comparison_without_end_is_cut_and_says_so() -> None:
    shown = compare("", "\n".join(str(number) for number in range(MOST + 7)))
    assert (sum(map(len, shown.hunks)), shown.left_out) == (MOST, 7)
    assert compare("a", "a") == compare("", "")


def test_shows_itself_in_a_frame_in_which_nothing_of_it_reaches_the_notebook(run: Run) -> None:
    written = run.page()
    (frame,) = Page(written._repr_html_()).elements  # pyright: ignore[reportPrivateUsage]
    assert frame[0] == "iframe"
    assert frame[1]["sandbox"] == "allow-scripts"
    assert frame[1]["srcdoc"] == written


def test_show_writes_a_page_to_a_file_or_to_stdout(tmp_path: Path) -> None:
    db, file = tmp_path / "runs.db", tmp_path / "run.html"
    console.remit(db, "run", "--seed", "3", "--name", "one")
    ran = console.remit(db, "show", "one", "--html", str(file))
    assert (ran.exit_code, ran.stdout) == (0, f"wrote {file}\n")
    piped = console.remit(db, "show", "one", "--html", "-")
    assert piped.stdout == file.read_text("utf-8")
    assert piped.stdout.startswith("<!DOCTYPE html>\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--html", "{}"), "cannot be written"),
    ],
)
def test_show_refuses_a_page_in_one_line(tmp_path: Path, words: Any, said: str) -> None:
    db = tmp_path / "runs.db"
    console.remit(db, "run", "--name", "one")
    ran = console.remit(db, "show", "one", *(word.format(tmp_path) for word in words))
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert said in ran.stderr
    assert ran.stderr.count(os.linesep) == 1
