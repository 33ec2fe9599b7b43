"""The sequence diagram: one arrow for each handoff, and no text that ends a statement."""

import re

import pytest

from remit.analysis.folding import folded
from remit.analysis.markdown import document
from remit.analysis.mermaid import mermaid
from remit.analysis.story import Step
from remit.analysis.summary_text import Place
from remit.recorded import Run
from remit.state.vocabulary import Seat
from tests.golden_runs import GOLDEN, asking, golden

STATEMENT = re.compile(
    r"sequenceDiagram"
    r"|    participant (?P<seat>[a-z]+) as [A-Za-z/]+"
    r"|    (?P<source>[a-z]+)(->>|-x|-->>|-\)|--\))(?P<target>[a-z]+): (?P<said>.+)"
    r"|    Note over [a-z]+(,[a-z]+)?: (?P<note>.+)"
)
"""Every line of a diagram is one of these."""
CODE = re.compile(r"#\d+;")
SAFE = re.compile(r"[^#;<>&\"'`\\{}\[\]()|%\x00-\x1f]*")
HOSTILE = "x; end\nNote over cto: forged #35; %%{init: {}}%% <script>alert(1)</script>"


def statements(run: Run) -> list[re.Match[str]]:
    found = [STATEMENT.fullmatch(line) for line in mermaid(run.story()).splitlines()]
    assert None not in found
    return [one for one in found if one]


@pytest.mark.parametrize("name", GOLDEN)
def test_each_handoff_is_an_arrow_between_who_decided_and_who_works(name: str) -> None:
    run = golden(name)
    arrows = [one for one in statements(run) if one["source"]]
    drawn = [one for one in folded(run.story().steps) if isinstance(one, Step)]
    seqs = {work.seq for step in drawn for work in step.works}
    rows = [row for row in run.handoffs if row.seq in seqs]
    assert [(one["source"], one["target"]) for one in arrows] == [
        (str(row.sender), str(row.to)) for row in rows
    ]
    seats = {one["seat"] for one in statements(run) if one["seat"]}
    assert {str(row.to) for row in rows} | {str(row.sender) for row in rows} <= seats <= set(Seat)


def test_what_comes_from_outside_stays_in_its_note() -> None:
    notes = [one["note"] for one in statements(asking(HOSTILE)) if one["note"]]
    assert any("forged" in note for note in notes)
    for note in notes:
        assert SAFE.fullmatch(CODE.sub("", note.replace("<br/>", "")))


def test_names_are_told_as_they_are() -> None:
    text = mermaid(asking("is booking.health_note public?").story())
    assert "booking.health_note" in text


def test_the_document_has_the_summary_the_diagram_and_every_handoff() -> None:
    run = golden("loop")
    text = document(run.story(), run.handoffs, Place())
    assert mermaid(run.story()) in text
    assert "## Asked and answered" in text
    rows = re.findall(r"(?m)^\| (\d+) \|", text)
    assert rows == [str(row.seq) for row in run.handoffs]
    assert {
        line.replace(r"\|", "").count("|") for line in text.splitlines() if line[:1] == "|"
    } == {7}
