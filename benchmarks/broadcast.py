"""A broadcast from `caredial broadcast send` to the last settled message, beside Kannel and Jasmin in the same run.

Everything is real: daemon, command, database (with its disk), and an SMS centre in C that shares no code with any of
them. Texts have 100 characters and a number of their own. COUNT (100 000) sets how many there are; PART and DATABASE
choose (live,drain,receipts,latency; sqlite,postgresql).
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.caredial import CareDial
from benchmarks.databases import Database, databases
from benchmarks.peers import alone
from benchmarks.peers.alone import COUNT, LATENCY_MS, WINDOW, WINDOWS, Row
from benchmarks.peers.feeding import Figures, Meter, load
from benchmarks.peers.sink import Sink

PARTS = os.environ.get("PART", "live,drain,receipts,latency").split(",")
LATENCY_SECONDS = 8
"""How long the runs with latency should take, at the rate that the window allows."""
RUN_SECONDS = 900


def run() -> Iterator[Row]:
    parts = {"live": _live, "drain": _drained, "receipts": _with_receipts, "latency": _with_latency}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name, databases() as on:
        for part in PARTS:
            yield from parts[part](Path(name), on)


def _live(folder: Path, on: list[Database]) -> Iterator[Row]:
    yield from _beside("sent", alone.live(folder), [measure(folder, base, COUNT) for base in on])


def _drained(folder: Path, on: list[Database]) -> Iterator[Row]:
    yield from _beside("drained", alone.drained(folder), [measure(folder, base, COUNT, away=True) for base in on])


def _with_receipts(folder: Path, on: list[Database]) -> Iterator[Row]:
    ours = [measure(folder, base, COUNT, receipts=True) for base in on]
    yield from _beside("sent and delivered", alone.with_receipts(folder), ours)


def _with_latency(folder: Path, on: list[Database]) -> Iterator[Row]:
    for window in WINDOWS:
        many = min(COUNT, round(window * 1000 / LATENCY_MS * LATENCY_SECONDS))
        ours = [measure(folder, base, many, window=window, latency_ms=LATENCY_MS) for base in on]
        yield from alone.latency_rows([*alone.with_latency(folder, window), *ours], window)


def _beside(what: str, peers: list[Figures], ours: list[Figures]) -> Iterator[Row]:
    yield from alone.rows(what, peers)
    yield from alone.rows(what, ours, peers)


def measure(
    folder: Path,
    database: Database,
    many: int,
    *,
    window: int = WINDOW,
    latency_ms: float = 0,
    receipts: bool = False,
    away: bool = False,
) -> Figures:
    """One broadcast on a new database.

    `receipts`: each message has one, and the run ends when the last is settled. `away`: the sink comes up when all is
    written, and only what follows counts.
    """
    print(f"  CareDial on {database.name}, {many} messages (load {load()})", file=sys.stderr, flush=True)
    with placed(folder, database, window=window, away=away) as (dial, sink):
        broadcast = dial.draft(many)
        dial.start(bound=not away)
        if not away:
            sink.tell(f"latency {latency_ms}")
            sink.tell(f"receipts {int(receipts)}")
        meter = Meter(dial.cpu())
        sent = dial.send(broadcast)
        if away:
            meter = Meter(dial.cpu())
            sink.start()
        end = dial.wait_settled(broadcast, RUN_SECONDS, delivered=receipts)
        cpu = meter.cpu_of(dial.cpu(), many)
        cores = meter.busy()
        got, states = sink.counts(), dial.states("broadcast_id = :id", id=broadcast)
        assert dial.daemon is not None
        memory = {"daemon": dial.daemon.peak(), "command": sent.peak}
    notes = [f"command {sent.seconds:.1f} s"]
    if not away:
        cpu["command"] = sent.cpu * 1000 / many
    if states != {"delivered" if receipts else "sent": many} or got.submitted != many:
        notes.append(f"{got.submitted} at the sink, in the database {dict(states)}")
    seconds = end - (got.first if away else meter.started)
    return Figures(f"CareDial, {database.name}", many, seconds, got.rate, cpu, memory, cores, notes)


@contextmanager
def placed(
    folder: Path, database: Database, *, window: int = WINDOW, away: bool = False, more: str = "", sample: bool = False
) -> Iterator[tuple[CareDial, Sink]]:
    """An installation with an empty database, and the sink that its link leads to; both ended afterwards.

    `more`: further settings. `sample`: with the sample centres.
    """
    place = alone.new(folder)
    sink = Sink(place)
    dial = CareDial(place / "caredial", database, sink, window=window, more=more)
    try:
        if not away:
            sink.start()
        dial.init(sample=sample)
        yield dial, sink
    finally:
        dial.stop()
        sink.stop()
