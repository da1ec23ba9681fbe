"""The SMS centre at the far end (`sink.c`): started, told what to do, asked what it has got."""

from __future__ import annotations

import json
import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from benchmarks.peers.install import program
from benchmarks.peers.processes import Process, free_ports, listens, until

START_SECONDS = 10
RECEIPT_WINDOW = int(os.environ.get("RECEIPT_WINDOW", "1000"))
"""Receipts that wait for their answer at a time; CareDial's default is to refuse more."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Since the last reset; times by time.monotonic(), 0 for what has not happened.

    `segments`: of long texts. `receipts_answered`: deliver_sm_resp,
    `receipts_refused`: those with an error, after which the receipt is sent again. `http`: requests to its third port.
    """

    submitted: int
    answered: int
    throttled: int
    receipts: int
    receipts_answered: int
    receipts_refused: int
    unknown: int
    binds: int
    http: int
    segments: int
    octets: int
    first: float
    last: float
    last_answer: float
    last_receipt_answer: float
    last_http: float
    most_outstanding: int
    bound: int

    @property
    def rate(self) -> float:
        """Messages a second on the wire, from the first to the last."""
        return (self.submitted - 1) / (self.last - self.first) if self.last > self.first else 0.0


@dataclass(frozen=True, slots=True)
class Taken:
    """A text that came: when (seconds since 1970), for which phone (no +), its first 12 characters."""

    at: float
    phone: str
    start: str


class Sink:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port, self._control, self.http = free_ports(3, in_a_row=True)
        self._process: Process | None = None

    def __enter__(self) -> Sink:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        self._process = Process([program("sink"), str(self.port)], self._folder / "sink.log")
        until(lambda: listens(self._control), START_SECONDS, "the sink listens", every=0.02)
        self.tell(f"receipt_window {RECEIPT_WINDOW}")

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.runs

    def tell(self, line: str) -> str:
        with socket.create_connection(("127.0.0.1", self._control), 30) as control:
            control.sendall(line.encode() + b"\n")
            answer = b"".join(iter(lambda: control.recv(65536), b"")).decode().strip()
        if answer == "no such command":
            raise ValueError(line)
        return answer

    def counts(self) -> Counts:
        return Counts(**json.loads(self.tell("stats")))

    def wait_bound(self, seconds: float = 30) -> None:
        until(lambda: self.counts().bound, seconds, "somebody binds at the sink", every=0.02)

    def wait_for(self, count: int, seconds: float, *, of: str = "answered", idle: float = 10) -> Counts:
        """Until so many have come, or nothing has changed for `idle` seconds, or the time is over."""
        end, changed, before = time.monotonic() + seconds, time.monotonic(), -1
        while True:
            counts = self.counts()
            now = getattr(counts, of)
            if now != before:
                changed, before = time.monotonic(), now
            if now >= count or time.monotonic() > min(end, changed + idle):
                return counts
            time.sleep(0.05)

    def record(self, file: Path, prefix: str = "") -> None:
        self.tell(f"record {file} {prefix}")

    def recorded(self, file: Path) -> list[Taken]:
        self.tell("stats")  # which flushes it
        rows = (line.split(" ") for line in file.read_text().splitlines())
        return [Taken(float(at), phone, start) for at, phone, start in rows]
