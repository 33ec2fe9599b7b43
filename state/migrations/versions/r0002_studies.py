"""Studies: what was compared, and what the runs of each point came to."""

from alembic import op

from remit.state.sqlite import written_once

revision = "0002"
down_revision = "0001"

_OF_STUDY = "FOREIGN KEY (study_id) REFERENCES studies (id) DEFERRABLE INITIALLY DEFERRED"
_TABLES = (
    """CREATE TABLE studies (
        id TEXT NOT NULL PRIMARY KEY,
        created_at TEXT NOT NULL,
        title TEXT NOT NULL,
        engine TEXT NOT NULL,
        remit_version TEXT NOT NULL,
        hash TEXT NOT NULL,
        body TEXT NOT NULL
    )""",
    f"""CREATE TABLE study_points (
        study_id TEXT NOT NULL,
        n INTEGER NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (study_id, n),
        {_OF_STUDY}
    )""",
    f"""CREATE TABLE study_responses (
        study_id TEXT NOT NULL,
        point INTEGER NOT NULL,
        world INTEGER NOT NULL,
        batch INTEGER NOT NULL,
        response TEXT NOT NULL,
        runs INTEGER NOT NULL,
        total INTEGER NOT NULL,
        amounts BLOB NOT NULL,
        PRIMARY KEY (study_id, point, world, batch, response),
        {_OF_STUDY}
    )""",
)


def upgrade() -> None:
    """Add the tables of studies to a record."""
    triggers = (
        *written_once("studies", "id"),
        *written_once("study_points", "study_id", "n"),
        *written_once("study_responses", "study_id", "point", "world", "batch", "response"),
    )
    for statement in (*_TABLES, *triggers):
        op.execute(statement)
