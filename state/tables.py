"""The tables of the record. The migrations create them; a test holds both equal.

Times are ISO 8601 text in UTC with microseconds; hashes are 64 hex digits; JSON is canonical text.
Columns marked as computed are read out of the JSON beside them and take no space.
"""

from typing import Any

from sqlalchemy import (
    Column,
    Computed,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

METADATA = MetaData()


def _refers(name: str, to: str) -> Column[str]:
    key = ForeignKey(to, deferrable=True, initially="DEFERRED")
    return Column(name, Text, key, nullable=False)


def _of_run() -> Column[str]:
    return _refers("run_id", "runs.id")


def _text(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, Text, nullable=null)


def _integer(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False)


def _seen(name: str, source: str, kind: type[Text] | type[Integer] = Text) -> Column[object]:
    return Column(name, kind, Computed(source, persisted=False))


META = Table(
    "meta", METADATA, Column("name", Text, primary_key=True, nullable=False), _text("value")
)
"""Says whose database this is."""

ARTIFACTS = Table(
    "artifacts", METADATA, Column("hash", Text, primary_key=True, nullable=False), _text("content")
)
"""Every JSON document once: artifacts of reports, and the briefs, policies … of runs."""


def _document(name: str) -> Column[str]:
    return _refers(name, "artifacts.hash")


RUNS = Table(
    "runs",
    METADATA,
    Column("id", Text, primary_key=True, nullable=False),
    _text("created_at"),
    _text("updated_at"),
    _text("title"),
    _text("policy_name"),
    _text("behaviour_name"),
    _integer("seed"),
    _text("roles"),
    _text("remit_version"),
    _text("outcome"),
    _text("reason"),
    _integer("handoffs"),
    _integer("cost_micros"),
    _integer("tokens"),
    _integer("elapsed_s"),
    _text("chain_head"),
    _document("brief"),
    _document("policy"),
    _document("behaviour"),
    _document("settings"),
    Index("runs_newest", "created_at", "id"),
    Index("runs_outcome", "outcome", "created_at"),
    Index("runs_policy", "policy_name", "created_at"),
)

REPORTS = Table(
    "reports",
    METADATA,
    _of_run(),
    _integer("n"),
    _integer("step"),
    _text("seat"),
    _text("hash"),
    _text("journalled_at"),
    _text("body"),
    PrimaryKeyConstraint("run_id", "n"),
    UniqueConstraint("run_id", "step", "seat"),
)
"""The journal: what is true about a run. `n` is the order in which the reports came."""

HANDOFFS = Table(
    "handoffs",
    METADATA,
    _of_run(),
    _integer("seq"),
    _text("previous"),
    _text("hash"),
    _text("written_at"),
    _text("body"),
    _seen("step", "json_extract(body, '$.step')", Integer),
    _seen("sender", "json_extract(body, '$.sender')"),
    _seen("to_seat", "json_extract(body, '$.to')"),
    _seen("stage", "json_extract(body, '$.stage')"),
    _seen("kind", "json_extract(body, '$.kind')"),
    _seen("rule", "json_extract(body, '$.rule')"),
    PrimaryKeyConstraint("run_id", "seq"),
)

MATTERS = Table(
    "matters",
    METADATA,
    _of_run(),
    _text("id"),
    _integer("step"),
    _text("status"),
    _text("authority"),
    _text("opened_at"),
    _text("deadline_at", null=True),
    _text("question"),
    _text("answer", null=True),
    _text("answered_by", null=True),
    _text("answered_at", null=True),
    _seen("kind", "json_extract(question, '$.kind')"),
    _seen("options", "json_extract(question, '$.options')"),
    _seen("default_action", "json_extract(question, '$.default')"),
    PrimaryKeyConstraint("run_id", "id"),
    Index("matters_status", "status", "opened_at"),
)


def _numbered(name: str) -> Table:
    return Table(
        name,
        METADATA,
        _of_run(),
        _integer("n"),
        _text("body"),
        PrimaryKeyConstraint("run_id", "n"),
    )


CONTRACTS = _numbered("contracts")
DEBTS = _numbered("debts")
GRANTS = _numbered("grants")

CALLS = Table(
    "calls",
    METADATA,
    _of_run(),
    _integer("step"),
    _text("seat"),
    _integer("n"),
    _text("state"),
    _text("at"),
    _text("body"),
    PrimaryKeyConstraint("run_id", "step", "seat", "n", "state"),
)
"""Calls that cost money: one row as a call begins, with the most that it can cost, and one as it
ends. They are counted where a report carries them; until then they wait here."""

STUDIES = Table(
    "studies",
    METADATA,
    Column("id", Text, primary_key=True, nullable=False),
    _text("created_at"),
    _text("title"),
    _text("engine"),
    _text("remit_version"),
    _text("hash"),
    _text("body"),
)
"""Studies as they were begun: `body` is the whole plan, and `hash` is the hash of it."""


def _of_study() -> Column[str]:
    return _refers("study_id", "studies.id")


POINTS = Table(
    "study_points",
    METADATA,
    _of_study(),
    _integer("n"),
    _text("body"),
    PrimaryKeyConstraint("study_id", "n"),
)
"""What is compared in a study: `body` says what each factor is set to at the point."""

RESPONSES = Table(
    "study_responses",
    METADATA,
    _of_study(),
    _integer("point"),
    _integer("world"),
    _integer("batch"),
    _text("response"),
    _integer("runs"),
    _integer("total"),
    Column("amounts", LargeBinary, nullable=False),
    PrimaryKeyConstraint("study_id", "point", "world", "batch", "response"),
)
"""What a batch of runs of a point came to: the response of each run, compressed, and their sum."""


def kept(table: Table) -> list[Column[Any]]:
    """The columns that are stored: computed ones fail to be read where the JSON was damaged."""
    return [column for column in table.columns if column.computed is None]
