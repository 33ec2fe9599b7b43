"""Calls that cost money, before there is a report that carries them."""

from alembic import op

from remit.state.sqlite import written_once

revision = "0003"
down_revision = "0002"

_CALLS = """CREATE TABLE calls (
    run_id TEXT NOT NULL,
    step INTEGER NOT NULL,
    seat TEXT NOT NULL,
    n INTEGER NOT NULL,
    state TEXT NOT NULL,
    at TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (run_id, step, seat, n, state),
    FOREIGN KEY (run_id) REFERENCES runs (id) DEFERRABLE INITIALLY DEFERRED
)"""


def upgrade() -> None:
    """Add the table of calls to a record."""
    triggers = written_once("calls", "run_id", "step", "seat", "n", "state")
    for statement in (_CALLS, *triggers):
        op.execute(statement)
