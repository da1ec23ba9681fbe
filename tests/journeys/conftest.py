"""The whole way over TCP: the daemon as its own process, npm `smpp` as the SMS centre, phones steered from here."""

from __future__ import annotations

import datetime as dt
import json
import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from tests.journeys.installed import install, install_in_server

HERE = Path(__file__).parent
CAREDIAL = [sys.executable, "-m", "gateway.cli"]
PATIENCE = 20.0


class Network:
    """The SMS centre and its subscribers."""

    def __init__(self, node_modules: Path) -> None:
        self._process = subprocess.Popen(
            ["node", str(HERE / "smsc.js")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "NODE_PATH": str(node_modules)},
        )
        self._queues: dict[str, queue.Queue[dict[str, Any]]] = {}
        self._lock = threading.Lock()
        threading.Thread(target=self._read, daemon=True).start()
        self.port: int = self.wait("listening")["port"]

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            event = json.loads(line)
            self._queue(event["event"], event.get("phone", "")).put(event)

    def _queue(self, event: str, phone: str) -> queue.Queue[dict[str, Any]]:
        with self._lock:
            return self._queues.setdefault(f"{event}:{phone}", queue.Queue())

    def wait(self, event: str, phone: str = "", seconds: float = PATIENCE) -> dict[str, Any]:
        try:
            return self._queue(event, phone).get(timeout=seconds)
        except queue.Empty:
            pytest.fail(f"the network saw no {event} {phone} within {seconds} s")

    def quiet(self, event: str, phone: str) -> bool:
        return self._queue(event, phone).empty()

    def do(self, what: str, **how: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": what, **how}) + "\n")
        self._process.stdin.flush()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)


class Phone:
    """One subscriber's handset: what is on its screen, and the keys."""

    def __init__(self, network: Network, number: str) -> None:
        self.network, self.number = network, number
        self.screen, self.ended = "", True

    def dial(self, code: str) -> str:
        self.network.do("dial", phone=self.number, code=code)
        return self._shown()

    def answer(self, text: str) -> str:
        self.network.do("answer", phone=self.number, text=text)
        return self._shown()

    def choose(self, *words: str) -> str:
        """Choose the first option with this word, page by page; of several words, one after the other."""
        for word in words:
            while (number := self._option(word)) is None:
                more = self._option("更多") or self._option("More")
                assert more, f"no {word!r} on the screen:\n{self.screen}"
                self.answer(more)
            self.answer(number)
        return self.screen

    def _option(self, word: str) -> str | None:
        for line in self.screen.splitlines():
            found = re.match(r"(\d+)[ .:)]?(.*)", line)
            if found and word in found[2]:
                return found[1]
        parts = re.findall(r"(\d+)[ .:)]?([^\d\n]*?)(?=\s+\d|$)", self.screen.splitlines()[-1] if self.screen else "")
        return next((number for number, text in parts if word in text), None)

    def abort(self) -> None:
        self.network.do("abort", phone=self.number)
        self.network.wait("answered", self.number)

    def sms(self, text: str) -> str:
        self.network.do("sms", phone=self.number, text=text)
        return self.read_sms()

    def read_sms(self) -> str:
        event = self.network.wait("sms", self.number)
        self.segments = int(event["segments"])
        return str(event["text"])

    def _shown(self) -> str:
        shown = self.network.wait("ussd", self.number)
        assert shown["known"], "a screen for a session that is not open"
        assert shown["endBit"] == int(shown["end"])
        self.screen, self.ended = shown["text"], shown["end"]
        most = {0: 182, 8: 80}[shown["coding"]]  # GSM-7, UCS-2
        assert len(self.screen) <= most, f"too long for a screen:\n{self.screen}"
        return self.screen


class Gateway:
    """The daemon as a process of its own."""

    def __init__(self, folder: Path, smsc_port: int, *, database: str, shared: str, more: str = "") -> None:
        self.config = folder / "caredial.toml"
        self.port = _free_port()
        self.config.write_text(
            f"""
[installation]
data_dir = "{folder / "data"}"
timezone = "{_early_zone()}"
[database]
url = "{database}"
[shared]
url = "{shared}"
[http]
port = {self.port}
[sms]
poll_seconds = 0.2
[smpp.links.main]
port = {smsc_port}
system_id = "caredial"
password = "secret"
reconnect_max = 1
{more}
"""
        )
        self.log = folder / "daemon.log"
        self._process: subprocess.Popen[bytes] | None = None
        url, data = make_url(database), folder / "data"
        self.processes = "0" if url.drivername == "sqlite" else "2"  # both ways are walked
        kind = f"{type(self).__name__}, {dt.datetime.now(dt.UTC).date()}, {_early_zone()}".replace("/", " ")
        installed = install if url.drivername == "sqlite" else install_in_server
        installed(lambda: self.cli("init", "--sample"), kind, data, url)
        self.token = self._enrol("DY")

    def cli(self, *arguments: str) -> str:
        done = subprocess.run(
            [*CAREDIAL, *arguments, "--config", str(self.config)],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, "COLUMNS": "200"},
        )
        assert done.returncode == 0, f"caredial {arguments}: {done.stdout}{done.stderr}"
        return done.stdout

    def _enrol(self, centre: str) -> str:
        printed = self.cli("kiosk", "enrol", "--centre", centre, "--name", "hall")
        found = re.search(r"#([A-Za-z0-9_-]{20,})", printed)
        assert found, printed
        return found[1]

    def enrol(self, centre: str) -> str:
        return self._enrol(centre)

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*CAREDIAL, "run", "--config", str(self.config)],
                stdout=log,
                stderr=log,
                cwd=self.config.parent,
                env={**os.environ, "CAREDIAL_DATABASE__PROCESSES": self.processes},
            )
        until = time.monotonic() + PATIENCE
        while "ready" not in self.log.read_text():
            assert self._process.poll() is None, self.log.read_text()
            assert time.monotonic() < until, self.log.read_text()
            time.sleep(0.05)

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(10)
        self.log.unlink()

    def stop(self) -> int:
        if self._process is None or self._process.poll() is not None:
            return 0
        self._process.terminate()
        return self._process.wait(20)

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return bytes(answer.read())

    def check(self, code: str, token: str | None = None) -> dict[str, Any]:
        """What the kiosk is told of this code."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/kiosk/check",
            json.dumps({"code": code}).encode(),
            {"Content-Type": "application/json", "Authorization": f"Bearer {token or self.token}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            return {"status": error.code, **json.load(error)}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _early_zone() -> str:
    """A time zone where it is now between 5 and 6 in the morning: today's sessions are all to come."""
    behind = (dt.datetime.now(dt.UTC).hour - 5) % 24
    return f"Etc/GMT+{behind}" if behind <= 12 else f"Etc/GMT-{24 - behind}"


@pytest.fixture
def network(node_modules: Path) -> Iterator[Network]:
    network = Network(node_modules)
    yield network
    network.stop()


@pytest.fixture
def phone(network: Network) -> Callable[[str], Phone]:
    return lambda number: Phone(network, number)


@pytest.fixture(params=["embedded", "city"])
def gateway(request: pytest.FixtureRequest, tmp_path: Path, network: Network) -> Iterator[Gateway]:
    """The daemon on SQLite and embedded state, then on PostgreSQL and redis-server."""
    database, shared = "sqlite:///journey.db", ""
    if request.param == "city":
        database, shared = request.getfixturevalue("postgresql_url"), request.getfixturevalue("redis_url")
    gateway = Gateway(tmp_path, network.port, database=database, shared=shared)
    gateway.start()
    network.wait("bound")
    yield gateway
    assert gateway.stop() == 0, gateway.log.read_text()
