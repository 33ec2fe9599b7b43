"""Revisions of the record's tables: forward only, each in one transaction."""

from pathlib import Path

from sqlalchemy import Connection

REVISIONS = ("0001", "0002", "0003")
"""Every revision this Remit knows, oldest first; a test holds it equal to the scripts."""
HEAD = REVISIONS[-1]


def upgrade(connection: Connection) -> None:
    """Bring the tables to `HEAD`, inside the transaction that `connection` is in.

    Alembic is imported here because a database that is up to date never needs it.
    """
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)
