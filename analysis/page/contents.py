"""What stands on the page of a run, as values in reading order."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from remit.agents.artifacts.documents import documents
from remit.analysis.explain import Explanation
from remit.analysis.page.side_by_side import Comparison, compare
from remit.analysis.story import Story
from remit.analysis.summary import NOTICE, Asked, Summary
from remit.analysis.summary_text import (
    ASKED,
    Place,
    Section,
    headline,
    sections,
    time_words,
    work_words,
)
from remit.analysis.swimlane import lay_out, svg
from remit.analysis.wording import spaced, spent_words
from remit.graph.course import Course
from remit.graph.order import Order
from remit.state.assignment import Input
from remit.state.handoff import Handoff
from remit.state.record import ContractVersion
from remit.state.sheet import Sheet

TALL = 2
"""Heights to a width from which on a picture is printed over several sheets."""


class Recorded(Protocol):
    """What a page is made of: a `remit.recorded.Run`."""

    order: Order
    course: Course

    @property
    def chain_head(self) -> str:
        """The hash of the last handoff row."""
        ...

    @property
    def contracts(self) -> tuple[ContractVersion, ...]:
        """The frozen versions of the contract."""
        ...

    def content(self, one: Input) -> dict[str, Any]:
        """The content of an artifact."""
        ...

    def frozen(self, version: ContractVersion) -> dict[str, Any]:
        """The content of a frozen contract; empty where none was rendered."""
        ...

    def explanations(self) -> tuple[Explanation, ...]:
        """Why each handoff was made."""
        ...

    def story(self) -> Story:
        """The run as it is told."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One handoff."""

    handoff: Handoff
    limits: str
    told: tuple[tuple[str, str], ...]
    """The full explanation: (label, text)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """One contract version beside the one before."""

    name: str
    step: int
    """In which it was frozen; 0 for a draft."""
    before: str
    """The version that it is compared with; empty where there is none."""
    diff: tuple[str, ...]
    compared: Comparison | None


@dataclass(frozen=True, kw_only=True, slots=True)
class File:
    """One artifact's text."""

    name: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """One artifact in its latest revision."""

    owner: str
    name: str
    revision: int
    hash: str
    files: tuple[File, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Contents:
    """The page."""

    summary: Summary
    headline: str
    work: str
    time: str
    swimlane: str
    """SVG, all text in it escaped."""
    tall: bool
    """Whether it is too high to be printed on one sheet."""
    sections: tuple[Section, ...]
    rows: tuple[Row, ...]
    matters: tuple[Asked, ...]
    versions: tuple[Version, ...]
    artifacts: tuple[Made, ...]
    policy: Sheet
    brief: Sheet
    chain_head: str
    notice: str


def contents(run: Recorded) -> Contents:
    """Everything that the page of a run says."""
    story, order = run.story(), run.order
    summary, picture = story.summary, lay_out(story, alone=False)
    return Contents(
        summary=summary,
        headline=headline(summary),
        work=work_words(summary),
        time=time_words(summary),
        swimlane=svg(picture, link="#h"),
        tall=picture.height > TALL * picture.width,
        sections=tuple(one for one in sections(summary, Place()) if one.title != ASKED),
        rows=tuple(_rows(run)),
        matters=summary.asked,
        versions=tuple(_versions(run)),
        artifacts=tuple(_artifacts(run)),
        policy=order.policy.sheet(),
        brief=order.brief.sheet(),
        chain_head=run.chain_head,
        notice=NOTICE,
    )


def _rows(run: Recorded) -> Iterator[Row]:
    for one in run.explanations():
        told = (("handoff", one.title.removeprefix("handoff ")), *one.lines())
        yield Row(handoff=one.handoff, limits=spent_words(one.handoff.spent), told=told)


def _versions(run: Recorded) -> Iterator[Version]:
    """Every frozen version, and what was delivered after the last one."""
    before, text = "", ""
    for one in run.contracts:
        now = _openapi(run.frozen(one))
        compared = compare(text, now) if text and now else None
        yield Version(name=one.version, step=one.frozen_step, before=before, diff=one.diff,
                      compared=compared)  # fmt: skip
        before, text = one.version, now
    latest = next((one for (_, name), one in run.course.ledger.artifacts.items()
                   if name == "contract"), None)  # fmt: skip
    now = _openapi(run.content(latest)) if latest else ""
    if now and now != text:
        compared = compare(text, now) if text else None
        yield Version(name="draft", step=0, before=before, diff=(), compared=compared)


def _openapi(content: dict[str, Any]) -> str:
    return documents("contract", content).get("openapi.json", "") if content else ""


def _artifacts(run: Recorded) -> Iterator[Made]:
    """What people read stands before what programs read."""
    for (owner, name), one in run.course.ledger.artifacts.items():
        files = documents(name, run.content(one))
        ordered = sorted(files.items(), key=lambda file: file[0].endswith(".json"))
        yield Made(
            owner=str(owner), name=spaced(name), revision=one.revision, hash=one.hash,
            files=tuple(File(name=file, text=text) for file, text in ordered),
        )  # fmt: skip
