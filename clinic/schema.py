"""The schema's version: Alembic without an ini file, over a connection that the caller owns."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

MIGRATIONS = Path(__file__).parent / "migrations"


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the schema to `revision`; nothing happens where it is there already."""
    command.upgrade(_config(connection), revision)


def version(connection: Connection) -> str | None:
    """The revision this database is at; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    """The revision this code needs."""
    script = Config()
    script.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return ScriptDirectory.from_config(script).get_current_head()


def revise(connection: Connection, message: str) -> None:
    """Write the next migration from the difference between the tables and this database (for developers)."""
    command.revision(_config(connection), message=message, autogenerate=True)
