"""Telephones: SIPp calls the Asterisk of the tests, or is called by it."""

from __future__ import annotations

import csv
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path

from tests.asterisk import scenario
from tests.asterisk.scenario import Keys
from tests.asterisk.server import TIED, Asterisk, free_ports

SILENCE = b"\xff" * 16_000  # two seconds of nothing in G.711 mu-law
START_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the calls of one SIPp went; `trouble` is what it has to say of those that failed."""

    completed: int
    failed: int
    trouble: str

    @property
    def ok(self) -> bool:
        return self.failed == 0 and self.completed > 0


class Telephones:
    """One SIPp at work on a scenario."""

    def __init__(self, folder: Path, command: list[str], port: int) -> None:
        self.port, self._folder = port, folder
        with (folder / "console").open("wb") as console:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=console, stderr=console, cwd=folder
            )

    def await_port(self) -> None:
        """Return when it listens: Linux tells who has which UDP port."""
        until, entry = time.monotonic() + START_SECONDS, f"0100007F:{self.port:04X}"
        while entry not in Path("/proc/net/udp").read_text():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"SIPp does not listen:\n{self._said()}")
            time.sleep(0.01)

    def wait(self, seconds: float = 60) -> Outcome:
        """How it went, when all calls are over; those that are not within these seconds have failed."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return self.stop()
        return self._outcome()

    def stop(self) -> Outcome:
        """End it now, and what calls it has."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(2)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        return self._outcome()

    def _outcome(self) -> Outcome:
        tables = list(self._folder.glob("statistics.csv"))
        rows = list(csv.DictReader(tables[0].open(), delimiter=";")) if tables else []
        if not rows:
            return Outcome(0, 1, self._said())
        last = rows[-1]
        open_calls = int(last["CurrentCall"])
        failed = int(last["FailedCall(C)"]) + open_calls
        return Outcome(int(last["SuccessfulCall(C)"]), failed, self._said() if failed else "")

    def _said(self) -> str:
        return "\n".join(
            path.read_text(errors="replace") for path in (self._folder / "errors", self._folder / "console")
            if path.exists()
        )  # fmt: skip


class Sipp:
    """Makes telephones. Each gets a folder of its own in `folder`."""

    def __init__(self, asterisk: Asterisk, folder: Path) -> None:
        self._asterisk, self._folder, self._numbers = asterisk, folder, count(1)
        self._running: list[Telephones] = []

    @cached_property
    def _sound(self) -> Path:
        path = self._folder / "silence.ul"
        path.write_bytes(SILENCE)
        return path

    def call(
        self, to: str, keys: Keys = (), *, hang_up: bool = False, from_number: str = "15400000001",
        calls: int = 1, at_once: int = 1, a_second: float = 50,
    ) -> Telephones:  # fmt: skip
        """Dial `to`, press `keys` ("1", "15400000001", Wait(0.8)), and hang up, or else wait to be hung up on.

        Of many calls `at_once` are up at a time, begun at `a_second`; "[call_number]" in `from_number` counts them.
        """
        text = scenario.calls(to, from_number, keys, self._sound, hang_up=hang_up)
        limits = ["-m", str(calls), "-l", str(at_once), "-r", str(a_second), f"127.0.0.1:{self._asterisk.sip}"]
        return self._start(text, free_ports(1)[0], limits)

    @contextmanager
    def answers(
        self, phone: str = "phone", keys: Keys = (), *, after: float = 0.2, hang_up: bool = False, calls: int = 0
    ) -> Iterator[Telephones]:
        """A telephone that is answered after some seconds of ringing; for `calls` calls, or 0 for all that come.

        `wait()` returns when those calls are over.
        """
        text = scenario.answers(keys, self._sound, after=after, hang_up=hang_up)
        with self._called(phone, text, ["-m", str(calls)] if calls else []) as telephones:
            yield telephones

    @contextmanager
    def refuses(self, phone: str, status: str, *, after: float = 0.1) -> Iterator[Telephones]:
        """A telephone that is not answered: "486 Busy Here", "603 Decline", "404 Not Found"."""
        with self._called(phone, scenario.refuses(status, after=after)) as telephones:
            yield telephones

    @contextmanager
    def rings(self, phone: str = "rings") -> Iterator[Telephones]:
        """A telephone that nobody hears."""
        with self._called(phone, scenario.rings()) as telephones:
            yield telephones

    @contextmanager
    def _called(self, phone: str, text: str, limits: Sequence[str] = ()) -> Iterator[Telephones]:
        telephones = self._start(text, self._asterisk.phones[phone], limits)
        telephones.await_port()
        try:
            yield telephones
        finally:
            telephones.stop()

    def stop(self) -> None:
        """End what is left."""
        for telephones in self._running:
            telephones.stop()

    def _start(self, text: str, port: int, limits: Sequence[str]) -> Telephones:
        folder = self._folder / f"sipp-{next(self._numbers)}"
        folder.mkdir()
        (folder / "scenario.xml").write_text(text)
        options = ["-sf", "scenario.xml", "-i", "127.0.0.1", "-p", str(port), "-nostdin", "-trace_err"]
        options += ["-error_file", "errors", "-trace_stat", "-stf", "statistics.csv", "-fd", "1"]
        options += ["-mp", str(free_ports(1)[0])]
        program = str(self._asterisk.program / "start-sipp")
        telephones = Telephones(folder, [*TIED, program, *options, *limits], port)
        self._running.append(telephones)
        return telephones
