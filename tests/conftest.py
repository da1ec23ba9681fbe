"""What tests meet for real: PostgreSQL and Redis (each started once, empty for each test), npm peers, a browser."""

from __future__ import annotations

import datetime as dt
import gc
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from selenium import webdriver
from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

from gateway.store import opened
from tests import kept

ROOT = Path(__file__).resolve().parents[1]
# What tests start as processes of their own is this tree, with rooms too that are not installed yet.
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
# Each process more takes a second of a processor to start; those tests that are about them ask for them.
os.environ.setdefault("CAREDIAL_DATABASE__PROCESSES", "0")
ACCOUNT = "postgres"
START_SECONDS = 30
# A server must not outlive tests that were killed. Linux sends it the signal when its parent is gone.
TIED = ["setpriv", "--pdeathsig"]
# Root needs --no-sandbox; the rest keeps Chromium from calling home.
QUIET_CHROMIUM = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
OTHERS_END = (
    "select count(pg_terminate_backend(pid)) from pg_stat_activity"
    " where datname = current_database() and pid <> pg_backend_pid()"
)
# To truncate makes files anew for every table that refers to these, and takes five times as long as to delete; so only
# what has grown, or knows its size (`analyze`) and would be planned for otherwise than when new, is truncated.
AS_NEW = """
do $$
declare
    used text[] := array(
        select oid::regclass::text from pg_class
        where relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> 'alembic_version'
            and pg_relation_size(oid) > 0
    );
    one text;
begin
    if exists (
        select from pg_class where oid = any(used::regclass[]) and (reltuples >= 0 or pg_relation_size(oid) > 262144)
    ) then
        execute 'truncate ' || array_to_string(used, ', ') || ' cascade';
    else
        set local session_replication_role = replica;
        foreach one in array used loop
            execute 'delete from ' || one;
        end loop;
    end if;
    -- A number that was given counts, also where the row is gone again.
    perform setval(seqrelid, seqstart, false) from pg_sequence where pg_sequence_last_value(seqrelid) is not null;
end
$$
"""
_numbers = count(1)
LONG = ("journey", "asterisk", "browser")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        kept.begin()
        config.add_cleanup(kept.end)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected is no garbage, and looking for garbage takes a third of the time of collecting."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first, or the last of it would run alone at the end, beside a worker that has no more."""
    long = {item.path for item in items if any(map(item.get_closest_marker, LONG))}
    items.sort(key=lambda item: item.path not in long)


# A statement is compiled for its engine's dialect, and each test has an engine of its own. A dialect here is like any
# other of its class, so that what one test has compiled, SQLAlchemy's caches know for the next.
for _dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
    _dialect.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign]
    _dialect.__eq__ = lambda self, other: type(self) is type(other)  # type: ignore[method-assign]
_compiled = LRUCache[Any, Any](4000)


@event.listens_for(Engine, "engine_connect")
def _hurry(connection: Connection) -> None:
    """One cache of statements for all engines; and no power fails here, so SQLite need not wait for the disk."""
    connection.execution_options(compiled_cache=_compiled)
    if connection.dialect.name == "sqlite" and not connection.info.get("hurried"):
        connection.info["hurried"] = connection.connection.execute("PRAGMA synchronous=OFF") and True


class Tshark:
    """tshark, as the judge of PDUs that we have written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fields(self, pdus: list[bytes], *names: str) -> list[list[str]]:
        """What it reads in these fields, a row for each PDU."""
        chosen = [part for name in names for part in ("-e", name)]
        shown = self._read(pdus, "smpp", "-T", "fields", *chosen)
        return [line.split("\t") for line in shown.splitlines()]

    def malformed(self, pdus: list[bytes]) -> str:
        """What it has to say against them."""
        return self._read(pdus, "_ws.malformed || _ws.expert.severity == error")

    def _read(self, pdus: list[bytes], only: str, *more: str) -> str:
        """Write the PDUs into a capture with headers of a TCP connection, each in a segment of its own, and read it."""
        dump, capture = self._folder / "pdus.txt", self._folder / "pdus.pcap"
        dump.write_text("".join(f"0000 {octets.hex(' ')}\n" for octets in pdus))
        subprocess.run(["text2pcap", "-q", "-T", "40000,2775", dump, capture], check=True, timeout=60)
        command = ["tshark", "-r", capture, "-d", "tcp.port==2775,smpp", "-Y", only, *more]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


@pytest.fixture(scope="session")
def tshark(tmp_path_factory: pytest.TempPathFactory) -> Tshark:
    return Tshark(tmp_path_factory.mktemp("tshark"))


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A key and a certificate for smsc.example, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "smsc.example")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + dt.timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("smsc.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    (tmp_path / "key.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    (tmp_path / "cert.pem").write_bytes(signed.public_bytes(pem))
    return tmp_path / "key.pem", tmp_path / "cert.pem"


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A PostgreSQL that does not care for its disk: its address, without a database's name."""
    binaries = _binaries()
    with _private_folder() as folder:
        data, port = folder / "data", _free_port()
        initdb: list[str | Path] = [binaries / "initdb", f"--pgdata={data}", f"--username={ACCOUNT}", "--auth=trust"]
        initdb += ["--encoding=UTF8", "--locale=C", "--no-sync"]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd=folder, **_account())
        options = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": folder,
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "wal_level": "minimal",
            "max_wal_senders": 0,
            "autovacuum": "off",
            "max_connections": 200,
            "log_min_messages": "fatal",
        }
        settings: list[str | Path] = [f"--{name}={value}" for name, value in options.items()]
        command = [*TIED, "QUIT", binaries / "postgres", "-D", data, *settings]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd=folder, **_account()) as server:
            try:
                address = f"127.0.0.1:{port}"
                _await(server, lambda: psycopg.connect(f"postgresql://{ACCOUNT}@{address}/postgres").close())
                yield f"postgresql+psycopg://{ACCOUNT}@{address}"
            finally:
                server.send_signal(signal.SIGQUIT)


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """A new database in the server, dropped after the test."""
    yield from _database(postgresql_server)


def _admin(server: str) -> str:
    return server.replace("+psycopg", "") + "/postgres"


def _database(server: str) -> Iterator[str]:
    name = f"test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(_admin(server), autocommit=True) as connection:
        connection.execute(f"create database {name}")
        try:
            yield f"{server}/{name}"
        finally:
            connection.execute(f"drop database {name} with (force)")


@pytest.fixture(scope="session")
def sqlite_template() -> Path:
    """A database file with the schema, to be copied."""

    def make(folder: Path) -> None:  # the last connection to close moves the write-ahead log into the file
        with opened(f"sqlite:///{folder / 'caredial.db'}") as store:
            store.upgrade()

    return kept.kept("schema", make) / "caredial.db"


@pytest.fixture(scope="session")
def postgresql_clinic(postgresql_server: str) -> Iterator[str]:
    """One database with our schema, for all tests in turn: to make one takes half a second."""
    for url in _database(postgresql_server):
        with opened(url) as store:
            store.upgrade()
        yield url


@pytest.fixture
def sqlite_schema(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of a new SQLite file that has our schema."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'caredial.db')}"


@pytest.fixture
def postgresql_schema(postgresql_clinic: str) -> str:
    """The URL of a database in the server that has our schema, and as good as new."""
    with psycopg.connect(postgresql_clinic.replace("+psycopg", ""), autocommit=True) as connection:
        until = time.monotonic() + START_SECONDS
        while connection.execute(OTHERS_END).fetchone() != (0,):
            assert time.monotonic() < until, "a connection of an earlier test does not end"
            time.sleep(0.002)
        connection.execute(AS_NEW)
    return postgresql_clinic


@pytest.fixture(params=["sqlite", "postgresql"])
def schema_url(request: pytest.FixtureRequest) -> str:
    """A database with our schema, of each kind in turn."""
    return str(request.getfixturevalue(f"{request.param}_schema"))


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """A redis-server that writes nothing to disk: its URL."""
    program, port = _program("redis-server"), _free_port()
    command = [*TIED, "KILL", program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with (
        _private_folder() as folder,
        subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=folder, **_account()) as server,
    ):
        try:
            url = f"redis://127.0.0.1:{port}/0"
            _await(server, lambda: _ping(url))
            yield url
        finally:
            server.terminate()


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """The server, emptied."""
    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
    return redis_server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'caredial.db'}"
    return str(request.getfixturevalue("postgresql_url"))


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The npm packages of tests/peers, installed: what NODE_PATH must hold."""
    folder = Path(os.environ.get("CAREDIAL_NODE_MODULES") or ROOT / "var" / "peers" / "node_modules").absolute()
    if not (folder / "smpp").is_dir():
        raise RuntimeError(f"no npm package smpp in {folder}; `make test` installs it")
    return folder


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    """Chromium without a screen, 1024x768 as a kiosk's, with nothing left of an earlier test."""
    options = webdriver.ChromeOptions()
    options.binary_location = _program("chromium")
    for flag in (*QUIET_CHROMIUM, "--window-size=1024,768", f"--user-data-dir={tmp_path / 'chromium'}"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options, webdriver.ChromeService(_program("chromedriver")))
    try:
        # --window-size counts the window's frame, a kiosk's screen has none.
        driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": 1024, "height": 768, "deviceScaleFactor": 1, "mobile": False},
        )
        yield driver
    finally:
        driver.quit()


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise RuntimeError(f"{name} is not installed; `make test` installs it")
    return found


def _binaries() -> Path:
    """Debian keeps initdb and postgres out of the search path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    elsewhere = shutil.which("initdb")
    if not found and elsewhere is None:
        raise RuntimeError("PostgreSQL is not installed; `make test` installs it")
    return found[-1].parent if found else Path(str(elsewhere)).parent


def _account() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    return {"user": ACCOUNT, "group": ACCOUNT, "extra_groups": []} if os.geteuid() == 0 else {}


@contextmanager
def _private_folder() -> Iterator[Path]:
    """A folder of the servers' account; pytest's own are closed to it."""
    with tempfile.TemporaryDirectory(prefix="caredial-", ignore_cleanup_errors=True) as name:
        if os.geteuid() == 0:
            shutil.chown(name, ACCOUNT, ACCOUNT)
        yield Path(name)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(server: subprocess.Popen[bytes], ready: Callable[[], object]) -> None:
    """Return when `ready` no longer raises; a server that ended or stays mute is an error."""
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            ready()
        except (psycopg.OperationalError, redis.ConnectionError):
            if server.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def _ping(url: str) -> None:
    with redis.Redis.from_url(url) as client:
        client.ping()
