"""Kannel 1.4.5: bearerbox and smsbox on 127.0.0.1, as Debian has them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from benchmarks.peers import install
from benchmarks.peers.feeding import Fed, Figures, Meter, feed, quoted
from benchmarks.peers.processes import Process, free_ports, listens, until
from benchmarks.peers.sink import Sink

Storage = Literal["none", "file", "spool"]
CONNECTIONS = 64
START_SECONDS = 30
# Final receipts only, not the SMS centre's own yes or no: so it tells of each message once.
RECEIPTS = "&dlr-mask=3&dlr-url=http%3A%2F%2F127.0.0.1%3A{port}%2Freceipt"
TEMPLATE = Path(__file__).with_name("kannel.conf")
STORAGE = {
    "none": "",
    "file": 'store-type = file\nstore-location = "{folder}/store"\nstore-dump-freq = 10',
    "spool": 'store-type = spool\nstore-location = "{folder}/spool"',
}


class Kannel:
    def __init__(self, folder: Path, sink: Sink, *, window: int, storage: Storage) -> None:
        install.kannel()
        self.name = "Kannel" if storage == "spool" else f"Kannel, store {storage}"
        self._folder, self._sink = folder, sink
        (folder / "spool").mkdir(parents=True, exist_ok=True)
        self._admin, self._box, self._http = free_ports(3)
        self._config = folder / "kannel.conf"
        words = {"folder": folder, "admin": self._admin, "box": self._box, "http": self._http}
        self._config.write_text(
            TEMPLATE.read_text().format(
                **words, smsc=sink.port, window=window, storage=STORAGE[storage].format(folder=folder)
            )
        )
        self.boxes: dict[str, Process] = {}

    def start(self, *, bound: bool = True) -> None:
        for name, path, port in (
            ("bearerbox", install.BEARERBOX, self._admin), ("smsbox", install.SMSBOX, self._http)
        ):  # fmt: skip
            self.boxes[name] = Process([path, "-v", "4", self._config], self._folder / f"{name}.out")
            until(lambda port=port: listens(port), START_SECONDS, f"Kannel's {name} listens")
        if bound:
            self._sink.wait_bound()

    def stop(self) -> None:
        for box in reversed(self.boxes.values()):
            box.stop(30)

    def feed(self, count: int, *, kind: str, receipts: bool) -> Fed:
        to = "/cgi-bin/sendsms?username=u&password=p&from=10086&to=86154{NUMBER}"
        more = RECEIPTS.format(port=self._sink.http) if receipts else ""
        coding = "" if kind == "gsm" else "&coding=2&charset=UTF-8"
        return feed(self._http, f"{to}{more}{coding}&text={{ID}}{quoted(kind)}", count, CONNECTIONS)

    def cpu(self) -> dict[str, float]:
        return {name: box.cpu() for name, box in self.boxes.items()}

    def memory(self) -> dict[str, float]:
        return {name: box.peak() for name, box in self.boxes.items()}


@contextmanager
def running(folder: Path, sink: Sink, *, window: int = 50, storage: Storage = "spool") -> Iterator[Kannel]:
    """In an empty folder; ended afterwards."""
    kannel = Kannel(folder, sink, window=window, storage=storage)
    try:
        kannel.start()
        yield kannel
    finally:
        kannel.stop()


def drain(folder: Path, sink: Sink, count: int, *, window: int, storage: Storage = "spool") -> Figures:
    """Taken while the SMS centre is away, and sent when it comes back; the sink must not run yet, and runs then."""
    kannel = Kannel(folder, sink, window=window, storage=storage)
    try:
        kannel.start(bound=False)
        fed = kannel.feed(count, kind="gsm", receipts=False)
        meter = Meter(kannel.cpu())
        sink.start()
        sink.wait_bound()
        got = sink.wait_for(count, 120)
        time.sleep(0.5)
        notes = [] if got.answered == count else [f"{fed.ok} taken, {got.answered} reached the sink"]
        cpu = meter.cpu_of(kannel.cpu(), got.answered)
        seconds = got.last_answer - got.first
        return Figures(kannel.name, got.answered, seconds, got.rate, cpu, kannel.memory(), meter.busy(), notes)
    finally:
        kannel.stop()
