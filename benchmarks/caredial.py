"""CareDial as an operator has it: settings, a database, `caredial run`, and commands; each in a process of its own."""

from __future__ import annotations

import csv
import os
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import text

from benchmarks.databases import Database
from benchmarks.peers.feeding import rest
from benchmarks.peers.processes import TIED, Process, until
from benchmarks.peers.sink import RECEIPT_WINDOW, Sink
from gateway.store import connect

START_SECONDS = 60
COMMAND_SECONDS = 900
STILL_SECONDS = 90
"""When nothing has moved for so long, nothing will."""
SETTINGS = """
[installation]
data_dir = "data"
timezone = "{zone}"
[database]
url = "{url}"
[http]
port = 0
[smpp.links.main]
port = {port}
system_id = "bench"
window = {window}
inbound = {inbound}
reconnect_min = 1
reconnect_max = 1
[sms]
link = "main"
[broadcasts]
approve_above = 10000000
daily_limit = 100
[log]
level = "warning"
"""


class CommandFailed(RuntimeError):
    pass


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended well: what it said, its seconds, seconds of CPU, and most memory in MB."""

    said: str
    seconds: float
    cpu: float
    peak: float


class CareDial:
    """One installation in a folder of its own. Recipients are phones of a list; each text begins with its number."""

    def __init__(self, folder: Path, database: Database, sink: Sink, *, window: int = 50, more: str = "") -> None:
        folder.mkdir(parents=True)
        self.folder, self.database = folder, database
        self._sink, self._numbers = sink, count(1)
        self.url = database.fresh(folder)
        self.config = folder / "caredial.toml"
        words = {"zone": noon_zone(), "url": self.url, "port": sink.port, "window": window, "inbound": RECEIPT_WINDOW}
        self.config.write_text(SETTINGS.format(**words) + more)
        self.daemon: Process | None = None
        self._reading = connect(self.url, threads=2).execution_options(reads=True)

    # Commands.

    def run(self, *words: str | Path) -> Ran:
        """`caredial WORDS...`, to its end."""
        number = next(self._numbers)
        out, wrong = self.folder / f"command-{number}.out", self.folder / f"command-{number}.err"
        command = [sys.executable, "-m", "gateway.cli", *map(str, words), "--config", str(self.config)]
        started = time.monotonic()
        with out.open("wb") as said, wrong.open("wb") as complained:
            process = subprocess.Popen([*TIED, *command], stdout=said, stderr=complained, stdin=subprocess.DEVNULL)
            usage = _await(process, COMMAND_SECONDS)
        if process.returncode:
            raise CommandFailed(f"caredial {' '.join(map(str, words))}: {wrong.read_text()[-2000:]}")
        cpu = usage.ru_utime + usage.ru_stime
        return Ran(out.read_text(), time.monotonic() - started, cpu, usage.ru_maxrss / 1024)

    def init(self, *, sample: bool = False) -> None:
        self.run("init", *(["--sample"] if sample else []))

    def draft(self, many: int, *, title: str = "Benchmark", kind: str = "gsm") -> int:
        """A broadcast to so many phones, not yet sent; its number."""
        name = f"bench{next(self._numbers)}"
        file = self.folder / f"{name}.csv"
        with file.open("w", newline="") as out:
            rows = csv.writer(out)
            rows.writerow(["phone", "key"])
            rows.writerows([phone(n), key(n)] for n in range(many))
        self.run("audience", "import-list", name, file)
        words = ["--title", title, "--to", f"list:{name}", "--text", "{key}" + rest(kind), "--class", "public"]
        self.run("broadcast", "new", *words)
        return int(self.ask("select max(id) from broadcast")[0][0])

    def send(self, broadcast: int) -> Ran:
        return self.run("broadcast", "send", str(broadcast), "--yes")

    # The daemon.

    def start(self, *, bound: bool = True) -> None:
        """Until it says that it is ready and, where asked, its link stands."""
        log = self.folder / "daemon.log"
        before = log.stat().st_size if log.exists() else 0
        command = [sys.executable, "-m", "gateway.cli", "run", "--config", str(self.config)]
        self.daemon = daemon = Process(command, log)

        def ready() -> bool:
            if not daemon.runs:
                raise RuntimeError(f"the daemon has ended: {daemon.last_words()}")
            with log.open() as said:
                said.seek(before)
                return "ready:" in said.read()

        until(ready, START_SECONDS, "the daemon is ready", every=0.02)
        if bound:
            self._sink.wait_bound()

    def stop(self) -> None:
        if self.daemon is not None:
            self.daemon.stop(60)
        self._reading.dispose()

    def kill(self) -> None:
        assert self.daemon is not None
        self.daemon.kill()

    def cpu(self) -> dict[str, float]:
        daemon = {"daemon": self.daemon.cpu()} if self.daemon is not None else {}
        return {**daemon, **self.database.cpu()}

    # What stands in the database.

    def ask(self, query: str, **words: Any) -> list[tuple[Any, ...]]:
        with self._reading.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query), words)]

    def is_settled(self, broadcast: int, *, delivered: bool = False) -> bool:
        """Whether nothing of it waits or is on its way, or for its receipt; the index finds the first that does."""
        states = "('queued', 'sending', 'sent')" if delivered else "('queued', 'sending')"
        has, open_ = "select 1 from message where broadcast_id = :id", f" and state in {states}"
        begun = self.ask("select 1 from broadcast where id = :id and state not in ('draft', 'preparing')", id=broadcast)
        return bool(begun) and not self.ask(f"{has}{open_} limit 1", id=broadcast)

    def wait_settled(self, broadcast: int, seconds: float, *, delivered: bool = False) -> float:
        """When that came (time.monotonic(), to 20 ms). An error when it does not come, or nothing moves any more."""
        end, counts, moved = time.monotonic() + seconds, None, time.monotonic()
        while not self.is_settled(broadcast, delivered=delivered):
            now = self._sink.counts() if self._sink.runs else None
            if now != counts:
                counts, moved = now, time.monotonic()
            if time.monotonic() > min(end, moved + STILL_SECONDS):
                states = dict(self.states("broadcast_id = :id", id=broadcast))
                said = self.daemon.last_words() if self.daemon else ""
                raise RuntimeError(f"broadcast {broadcast} does not end: {states}, {counts}; the daemon says {said}")
            time.sleep(0.02)
        return time.monotonic()

    def states(self, which: str, **words: Any) -> Counter[str]:
        """How many messages are in each state; `which` is a condition in SQL."""
        return Counter(dict(self.ask(f"select state, count(*) from message where {which} group by state", **words)))

    def write(self, statement: str, rows: Iterable[dict[str, Any]]) -> None:
        """Into the database past the daemon, in one transaction."""
        with connect(self.url, threads=1).begin() as connection:
            connection.execute(text(statement), list(rows))


def phone(n: int) -> str:
    """None of the sample's, which begin with 154000."""
    return f"1549{n:07d}"


def key(n: int) -> str:
    """What the text to it begins with: nine characters, as of those that the peers are fed with."""
    return f"M{n:08d}"


def noon_zone() -> str:
    """A zone where it is about noon: outside of quiet hours, and the day does not change."""
    behind = (time.gmtime().tm_hour - 12) % 24
    return f"Etc/GMT+{behind}" if behind <= 12 else f"Etc/GMT-{24 - behind}"


def _await(process: subprocess.Popen[bytes], seconds: float) -> resource.struct_rusage:
    """Wait for its end, and tell what it has used; killed when it takes longer."""
    end = time.monotonic() + seconds
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return usage
        if time.monotonic() > end:
            process.send_signal(signal.SIGKILL)
        time.sleep(0.005)
