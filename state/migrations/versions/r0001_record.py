"""The record's first shape."""

from alembic import op

from remit.state.sqlite import (
    append_only,
    in_order,
    matters_answered_once,
    reports_once,
    runs_fixed,
    stored_once,
)

revision = "0001"
down_revision = None

_LATER = "DEFERRABLE INITIALLY DEFERRED"
_OF_RUN = f"FOREIGN KEY (run_id) REFERENCES runs (id) {_LATER}"
_DOCUMENTS = ("brief", "policy", "behaviour", "settings")
_ARE_DOCUMENTS = ", ".join(
    f"FOREIGN KEY ({name}) REFERENCES artifacts (hash) {_LATER}" for name in _DOCUMENTS
)

_TABLES = (
    "CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE artifacts (hash TEXT NOT NULL PRIMARY KEY, content TEXT NOT NULL)",
    f"""CREATE TABLE runs (
        id TEXT NOT NULL PRIMARY KEY,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL,
        title TEXT NOT NULL,
        policy_name TEXT NOT NULL,
        behaviour_name TEXT NOT NULL,
        seed INTEGER NOT NULL,
        roles TEXT NOT NULL,
        remit_version TEXT NOT NULL,
        outcome TEXT NOT NULL,
        reason TEXT NOT NULL,
        handoffs INTEGER NOT NULL,
        cost_micros INTEGER NOT NULL,
        tokens INTEGER NOT NULL,
        elapsed_s INTEGER NOT NULL,
        chain_head TEXT NOT NULL,
        brief TEXT NOT NULL,
        policy TEXT NOT NULL,
        behaviour TEXT NOT NULL,
        settings TEXT NOT NULL,
        {_ARE_DOCUMENTS}
    )""",
    "CREATE INDEX runs_newest ON runs (created_at, id)",
    "CREATE INDEX runs_outcome ON runs (outcome, created_at)",
    "CREATE INDEX runs_policy ON runs (policy_name, created_at)",
    f"""CREATE TABLE reports (
        run_id TEXT NOT NULL,
        n INTEGER NOT NULL,
        step INTEGER NOT NULL,
        seat TEXT NOT NULL,
        hash TEXT NOT NULL,
        journalled_at TEXT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (run_id, n),
        {_OF_RUN},
        UNIQUE (run_id, step, seat)
    )""",
    f"""CREATE TABLE handoffs (
        run_id TEXT NOT NULL,
        seq INTEGER NOT NULL,
        previous TEXT NOT NULL,
        hash TEXT NOT NULL,
        written_at TEXT NOT NULL,
        body TEXT NOT NULL,
        step INTEGER GENERATED ALWAYS AS (json_extract(body, '$.step')) VIRTUAL,
        sender TEXT GENERATED ALWAYS AS (json_extract(body, '$.sender')) VIRTUAL,
        to_seat TEXT GENERATED ALWAYS AS (json_extract(body, '$.to')) VIRTUAL,
        stage TEXT GENERATED ALWAYS AS (json_extract(body, '$.stage')) VIRTUAL,
        kind TEXT GENERATED ALWAYS AS (json_extract(body, '$.kind')) VIRTUAL,
        rule TEXT GENERATED ALWAYS AS (json_extract(body, '$.rule')) VIRTUAL,
        PRIMARY KEY (run_id, seq),
        {_OF_RUN}
    )""",
    f"""CREATE TABLE matters (
        run_id TEXT NOT NULL,
        id TEXT NOT NULL,
        step INTEGER NOT NULL,
        status TEXT NOT NULL,
        authority TEXT NOT NULL,
        opened_at TEXT NOT NULL,
        deadline_at TEXT,
        question TEXT NOT NULL,
        answer TEXT,
        answered_by TEXT,
        answered_at TEXT,
        kind TEXT GENERATED ALWAYS AS (json_extract(question, '$.kind')) VIRTUAL,
        options TEXT GENERATED ALWAYS AS (json_extract(question, '$.options')) VIRTUAL,
        default_action TEXT GENERATED ALWAYS AS (json_extract(question, '$.default')) VIRTUAL,
        PRIMARY KEY (run_id, id),
        {_OF_RUN}
    )""",
    "CREATE INDEX matters_status ON matters (status, opened_at)",
    *(
        f"CREATE TABLE {name} "
        f"(run_id TEXT NOT NULL, n INTEGER NOT NULL, body TEXT NOT NULL, "
        f"PRIMARY KEY (run_id, n), {_OF_RUN})"
        for name in ("contracts", "debts", "grants")
    ),
)


def upgrade() -> None:
    """Create everything in an empty database."""
    triggers = (
        *stored_once("artifacts"),
        *runs_fixed(),
        *append_only("reports"),
        *reports_once(),
        *(
            trigger
            for table, column in (
                ("handoffs", "seq"),
                ("contracts", "n"),
                ("debts", "n"),
                ("grants", "n"),
            )
            for trigger in (*append_only(table), *in_order(table, column))
        ),
        *matters_answered_once(),
    )
    for statement in (*_TABLES, *triggers):
        op.execute(statement)
