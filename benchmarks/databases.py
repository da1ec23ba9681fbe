"""The databases that the whole daemon is measured on: SQLite, and a PostgreSQL of our own that cares for its disk."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import psycopg

from benchmarks.peers.install import need_packages
from benchmarks.peers.processes import Process, free_ports, until
from benchmarks.place import own_schema

ACCOUNT = "postgres"
START_SECONDS = 30
_numbers = count(1)


class Database(Protocol):
    name: str

    def fresh(self, folder: Path) -> str:
        """The URL of an empty database, which may be written into `folder`."""

    def cpu(self) -> dict[str, float]:
        """Seconds of CPU of its server, where it has one of ours."""


class Sqlite:
    name = "SQLite"

    def fresh(self, folder: Path) -> str:
        return f"sqlite:///{folder / f'bench-{next(_numbers)}.db'}"

    def cpu(self) -> dict[str, float]:
        return {}


@dataclass
class OwnServer:
    """`postgres` with its defaults, so that a commit is on the disk (fsync, synchronous_commit)."""

    server: Process
    port: int
    name: str = "PostgreSQL"

    def fresh(self, folder: Path) -> str:
        name = f"bench_{next(_numbers)}"
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(f"create database {name}".encode())
        return f"postgresql+psycopg://{ACCOUNT}@127.0.0.1:{self.port}/{name}"

    @property
    def address(self) -> str:
        return f"postgresql://{ACCOUNT}@127.0.0.1:{self.port}/postgres"

    def cpu(self) -> dict[str, float]:
        return {"PostgreSQL": self.server.cpu()}


@dataclass
class OthersServer:
    """That of CAREDIAL_BENCH_POSTGRESQL: a schema of our own in it. Its CPU is not known."""

    url: str
    name: str = "PostgreSQL (given)"

    def fresh(self, folder: Path) -> str:
        return own_schema(self.url)

    def cpu(self) -> dict[str, float]:
        return {}


@contextmanager
def databases() -> Iterator[list[Database]]:
    """Those that the variable DATABASE names, of sqlite and postgresql; both without it."""
    wanted = os.environ.get("DATABASE", "sqlite,postgresql").lower().split(",")
    found: list[Database] = [Sqlite()] if "sqlite" in wanted else []
    given = os.environ.get("CAREDIAL_BENCH_POSTGRESQL")
    if "postgresql" not in wanted or given:
        yield [*found, *([OthersServer(given)] if given and "postgresql" in wanted else [])]
        return
    with _own_server() as server:
        yield [*found, server]


@contextmanager
def _own_server() -> Iterator[OwnServer]:
    binaries = _binaries()
    with tempfile.TemporaryDirectory(prefix="caredial-", ignore_cleanup_errors=True) as name:
        folder, (port,) = Path(name), free_ports(1)
        if os.geteuid() == 0:
            shutil.chown(folder, ACCOUNT, ACCOUNT)
        data = folder / "data"
        initdb = [binaries / "initdb", f"--pgdata={data}", f"--username={ACCOUNT}", "--auth=trust"]
        initdb += ["--encoding=UTF8", "--locale=C"]
        made = Process(initdb, folder / "initdb.out", folder=folder, account=_account())
        until(lambda: not made.runs, START_SECONDS, "initdb ends")
        command = [binaries / "postgres", "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", folder]
        server = Process(command, folder / "postgres.out", folder=folder, account=_account())
        own = OwnServer(server, port)
        try:
            until(lambda: _answers(own), START_SECONDS, f"PostgreSQL starts ({server.last_words()})")
            yield own
        finally:
            server.signal(signal.SIGINT)  # which ends it though somebody is connected
            server.stop()


def _answers(server: OwnServer) -> bool:
    try:
        psycopg.connect(server.address).close()
    except psycopg.OperationalError:
        return False
    return True


def _binaries() -> Path:
    """Debian keeps initdb and postgres out of the search path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    elsewhere = shutil.which("initdb")
    if not found and elsewhere is None:
        need_packages({"postgresql": False})
        return _binaries()
    return found[-1].parent if found else Path(str(elsewhere)).parent


def _account() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    return {"user": ACCOUNT, "group": ACCOUNT, "extra_groups": []} if os.geteuid() == 0 else {}
