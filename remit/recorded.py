"""A recorded run, as it is read: its rows, its artifacts, its explanations."""

from collections.abc import Iterator, Sequence
from html import escape
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from remit.analysis.cause import Side
from remit.analysis.contract import Contract
from remit.analysis.diff import Diff, diff
from remit.analysis.explain import Explanation, explain, explanations
from remit.analysis.markdown import document
from remit.analysis.replay import Replay, replay
from remit.analysis.run_sheet import handoffs_sheet, run_sheet
from remit.analysis.story import Story, tell
from remit.analysis.summary import Summary, summarise
from remit.analysis.summary_text import Place
from remit.analysis.swimlane import WIDTH, lay_out, svg
from remit.bundle import save_bundle
from remit.graph.course import Course
from remit.graph.order import Order
from remit.graph.runner import fold, order_of
from remit.state.assignment import Input
from remit.state.brief import Brief
from remit.state.debt import Debt, Grant
from remit.state.handoff import Handoff
from remit.state.markup import Svg, fragment, heading, table
from remit.state.policy import Policy
from remit.state.policy import load as load_policy
from remit.state.record import ContractVersion, Entry, RunRow, StoredHandoff, StoredMatter
from remit.state.sheet import plain
from remit.state.store import Store
from remit.state.vocabulary import Outcome

if TYPE_CHECKING:
    import pandas as pd


class Html(str):
    """An HTML page: text that shows itself in a frame of its own in a notebook."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        frame = 'sandbox="allow-scripts" style="width:100%;height:45em;border:1px solid gray"'
        return f'<iframe title="A recorded run" {frame} srcdoc="{escape(self)}"></iframe>'


class Handoffs(Sequence[Handoff]):
    """The handoff rows of a run, in order."""

    def __init__(self, rows: Sequence[Handoff]) -> None:
        self._rows = tuple(rows)

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Handoff: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Handoff, ...]: ...
    def __getitem__(self, index: int | slice) -> Handoff | tuple[Handoff, ...]:
        return self._rows[index]

    def __iter__(self) -> Iterator[Handoff]:
        return iter(self._rows)

    def __repr__(self) -> str:
        return plain(handoffs_sheet(self._rows))

    def _repr_html_(self) -> str:
        return fragment(handoffs_sheet(self._rows))

    def to_frame(self) -> "pd.DataFrame":
        """One row for each handoff; needs pandas.

        Raises:
            ImportError: pandas is not installed.
        """
        import pandas as pd

        return pd.DataFrame([row.body() for row in self._rows])


class Run:
    """A recorded run, read from its journal."""

    def __init__(self, store: Store, row: RunRow) -> None:
        self._store, self._row = store, row
        self.order: Order = order_of(store, row)
        self.journal: tuple[Entry, ...] = store.journal(row.id)
        self.course: Course = fold(self.order, self.journal)

    @property
    def id(self) -> str:
        """The run's id."""
        return self._row.id

    @property
    def row(self) -> RunRow:
        """The run as listed."""
        return self._row

    @property
    def outcome(self) -> Outcome:
        """How the run stands."""
        return self._row.outcome

    @property
    def reason(self) -> str:
        """Why it stands so, in one line."""
        return self._row.reason

    @property
    def brief(self) -> Brief:
        """What the team was asked to build."""
        return self.order.brief

    @property
    def policy(self) -> Policy:
        """The policy the run obeyed."""
        return self.order.policy

    @property
    def handoffs(self) -> Handoffs:
        """Every row of the record, the one of the end included: one more than were issued."""
        return Handoffs([one.handoff for one in self.stored_handoffs])

    @property
    def stored_handoffs(self) -> tuple[StoredHandoff, ...]:
        """The handoffs with their place in the chain and the time they were written."""
        return self._store.handoffs(self.id)

    @property
    def chain_head(self) -> str:
        """The hash of the last handoff row."""
        return self._row.chain_head

    @property
    def matters(self) -> tuple[StoredMatter, ...]:
        """What was put to an authority, with its answer."""
        return tuple(self._store.matters(self.id))

    @property
    def contracts(self) -> tuple[ContractVersion, ...]:
        """The frozen versions of the API contract."""
        return self._store.contracts(self.id)

    @property
    def contract(self) -> Contract | None:
        """The OpenAPI document as it was last delivered, a dict; `None` where there is none."""
        found = self._latest("contract")
        document = self.content(found).get("openapi") if found else None
        if found is None or document is None:
            return None
        versions = self.contracts
        frozen = bool(versions) and versions[-1].artifact == found.hash
        return Contract(document, versions, frozen)

    @property
    def debts(self) -> tuple[Debt, ...]:
        """What ships as known debt."""
        return self._store.debts(self.id)

    @property
    def grants(self) -> tuple[Grant, ...]:
        """What authorities gave beyond the limits."""
        return self._store.grants(self.id)

    def artifact(self, name: str, owner: str | None = None) -> dict[str, Any] | None:
        """The latest revision of an artifact, by name (and owner, where several have one)."""
        found = self._latest(name, owner)
        return self.content(found) if found else None

    def _latest(self, name: str, owner: str | None = None) -> Input | None:
        for (who, called), one in self.course.ledger.artifacts.items():
            if called == name and owner in (None, str(who)):
                return one
        return None

    def content(self, one: Input) -> dict[str, Any]:
        """The content of one revision of an artifact."""
        return self._store.artifact(one.hash)

    def frozen(self, version: ContractVersion) -> dict[str, Any]:
        """The content of a frozen contract; empty where none was rendered."""
        return self._store.artifact(version.artifact) if version.artifact else {}

    def summary(self) -> Summary:
        """How it ended and why, what was built, what it took: as values."""
        return summarise(
            row=self._row,
            order=self.order,
            course=self.course,
            matters=self.matters,
            read=self.content,
        )

    def story(self) -> Story:
        """The run as it is told: its steps, works and counters, as values."""
        return tell(self.summary(), self.course, self.journal)

    def swimlane(self, width: int = WIDTH) -> Svg:
        """The swimlane of the run, `width` pixels wide; it shows itself in a notebook."""
        return Svg(svg(lay_out(self.story(), width)))

    def markdown(self) -> str:
        """The run as one Markdown document: summary, sequence diagram, every handoff."""
        return document(self.story(), self.handoffs, Place())

    def explain(self, seq: int) -> Explanation:
        """Why handoff `seq` was made, who owns it now, and what another limit would have changed.

        Raises:
            InputError: there is no such handoff.
        """
        return explain(self.order, self.journal, seq)

    def explanations(self) -> tuple[Explanation, ...]:
        """`explain` for every handoff, much quicker than one after the other."""
        return explanations(self.order, self.journal)

    def replay(self, policy: str | PathLike[str] | Policy) -> Replay:
        """Where the run would have gone another way under another policy, offline.

        Raises:
            InputError: there is no such policy, or the run could never ship under it.
        """
        given = policy if isinstance(policy, Policy) else load_policy(str(policy))
        return replay(self.order, self.journal, given)

    def diff(self, other: "Run") -> Diff:
        """Where this run and another part, and why."""
        return diff(self._side(), other._side())

    def _side(self) -> Side:
        return Side(
            id=self.id,
            order=self.order,
            journal=self.journal,
            version=self._row.remit_version,
            head=self.chain_head,
            read=self._store.artifact,
        )

    def save(self, folder: str | PathLike[str]) -> Path:
        """Write the bundle: summary, contract, schema, handoffs and every artifact."""
        return save_bundle(self, Path(folder))

    def page(self) -> Html:
        """The run as one self-contained HTML page that fetches nothing; write it to a file."""
        from remit.analysis.page import page

        return Html(page(self))

    def _repr_html_(self) -> str:
        sheet = run_sheet(self.summary())
        tables = [table(one.heads, one.rows, one.title) for one in sheet.tables if one.rows]
        return f"<div>{heading(sheet.title, sheet.about)}{self.swimlane()}{''.join(tables)}</div>"

    def __repr__(self) -> str:
        return f"<run {self.id}: {self.outcome}, {self._row.issued} handoffs, {self.brief.title!r}>"
