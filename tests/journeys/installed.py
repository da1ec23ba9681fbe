"""`caredial init --sample` takes seconds: once for each kind of database, of which later gateways get copies."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Composed, Identifier
from sqlalchemy import URL

from tests.kept import kept


def install(init: Callable[[], object], kind: str, data: Path, database: URL) -> None:
    """Fill `data` and the database as `init` does, or from what it once did for this kind of installation."""
    given = data / str(database.database)

    def make(folder: Path) -> None:
        init()
        given.rename(data / "kept.db")  # the last connection to close has moved the write-ahead log into the file
        data.rename(folder / "data")

    shutil.copytree(kept(kind, make) / "data", data)
    (data / "kept.db").rename(given)


def install_in_server(init: Callable[[], object], kind: str, data: Path, database: URL) -> None:
    """The same where the database is an empty one of a PostgreSQL: what is kept of it is a database beside it."""
    given, beside = Identifier(str(database.database)), Identifier(kind)

    def make(folder: Path) -> None:
        init()
        _run(database, SQL("create database {} template {}").format(beside, given))
        shutil.copytree(data, folder / "data")

    installed = kept(f"{kind}, {database.port}", make) / "data"
    if not data.exists():
        _run(database, SQL("drop database {}").format(given))
        _run(database, SQL("create database {} template {}").format(given, beside))
        shutil.copytree(installed, data)


def _run(database: URL, statement: Composed) -> None:
    server = database.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement)
