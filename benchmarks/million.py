"""A broadcast to a million: preview, writing, memory; and what residents who dial and wait for T-codes notice of it.

COUNT (1 000 000) sets how many there are, DATABASE the databases. The residents (`phones`) take 50 steps a second in
the USSD menu and ask for two T-codes a second, all the time: before, while the command writes, and while it is sent.
Their SMS and the broadcast share one link. A T-code counts from its last key to its last segment at the sink; beside
it stands the time from when the outbox got it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.broadcast import placed
from benchmarks.caredial import CareDial
from benchmarks.databases import Database, databases
from benchmarks.peers.alone import Row
from benchmarks.peers.feeding import load
from benchmarks.peers.processes import TIED, Process
from benchmarks.peers.sink import Taken
from benchmarks.phones import BOOKERS, number_of

COUNT = int(os.environ.get("COUNT", "1000000"))
LOOKING_STEPS, CODES = 44, 2
"""Steps a second of those who look, and T-codes a second: with the three steps to each, 50 steps."""
QUIET_SECONDS = 40
"""How long residents are alone with the daemon, to compare with."""
RUN_SECONDS = 3600
OF_BOOKERS = "8615400000"
"""What the phones begin with whose SMS are recorded: the sample's."""
GATEWAY = """
[smpp.links.ussd]
port = {port}
system_id = "ussd"
inbound = 1000
window = 100
"""


def run() -> Iterator[Row]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name, databases() as on:
        for database in on:
            yield from _rows(database.name, measure(Path(name), database))


@dataclass
class Residents:
    """Those at their phones, in a process of their own."""

    port: int
    process: subprocess.Popen[str]

    def told(self) -> dict[str, Any]:
        self.process.send_signal(signal.SIGTERM)
        return dict(json.loads(self.process.communicate(timeout=60)[0]))


@contextmanager
def residents() -> Iterator[Residents]:
    command = [*TIED, sys.executable, "-m", "benchmarks.phones", str(LOOKING_STEPS), str(CODES)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Residents(int(process.stdout.readline()), process)
        finally:
            process.kill()


class Memory:
    """What a process has, in MB, looked at twice a second."""

    def __init__(self, process: Process) -> None:
        self._process, self._over = process, threading.Event()
        self.seen = [process.now()]
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._over.wait(0.5):
            self.seen.append(self._process.now())

    def stop(self) -> None:
        self._over.set()
        self._thread.join()


@dataclass
class Measured:
    count: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    megabytes: dict[str, float] = field(default_factory=dict)
    rate: float = 0
    states: dict[str, int] = field(default_factory=dict)
    phases: dict[str, tuple[float, float]] = field(default_factory=dict)
    """When they began and ended, seconds since 1970."""
    asked: int = 0
    steps: list[tuple[float, float]] = field(default_factory=list)
    codes: list[tuple[float, float]] = field(default_factory=list)
    queued: list[tuple[float, float]] = field(default_factory=list)
    """Like `codes`, but from when the outbox got it: (moment, seconds)."""
    lost: int = 0


def measure(folder: Path, database: Database) -> Measured:
    with (
        residents() as people,
        placed(folder, database, more=GATEWAY.format(port=people.port), sample=True) as (dial, sink),
    ):
        measured = Measured(COUNT)
        record = dial.folder / "record"
        broadcast = dial.draft(COUNT)
        preview = dial.run("broadcast", "preview", str(broadcast))
        sink.record(record, OF_BOOKERS)
        dial.start()
        assert dial.daemon is not None
        memory = Memory(dial.daemon)
        began = time.time()
        time.sleep(QUIET_SECONDS)
        writes = time.time()
        sent = dial.send(broadcast)
        sends = time.time()
        dial.wait_settled(broadcast, RUN_SECONDS)
        over = time.time()
        told = people.told()
        time.sleep(3)  # for T-codes on their way
        memory.stop()
        counts = sink.counts()
        measured.phases = {"alone": (began, writes), "while written": (writes, sends), "while sent": (sends, over)}
        measured.seconds = {"preview": preview.seconds, "send": sent.seconds, "to the last settled": over - writes}
        measured.megabytes = {
            "preview": preview.peak, "send": sent.peak,
            "daemon before": memory.seen[0], "at most": max(memory.seen), "at the end": memory.seen[-1],
        }  # fmt: skip
        measured.rate = COUNT / (over - sends)
        measured.states = dict(dial.states("broadcast_id = :id", id=broadcast))
        measured.asked, measured.steps = told["asked"], told["steps"]
        _match(measured, told["codes"], sink.recorded(record), _queued(dial))
        if counts.submitted < COUNT:
            measured.states["at the sink"] = counts.submitted
    return measured


def _queued(dial: CareDial) -> list[tuple[str, float]]:
    """When the outbox got each T-code: phone, seconds since 1970."""
    moment = "extract(epoch from created_at at time zone 'utc')"
    if dial.url.startswith("sqlite"):
        moment = "(julianday(created_at) - 2440587.5) * 86400.0"
    rows = dial.ask(f"select phone, {moment} from message where broadcast_id is null and message_class <> 'bulk'")
    return [(phone.removeprefix("+"), float(at)) for phone, at in rows]


def _match(
    measured: Measured, asked: list[tuple[str, float]], taken: list[Taken], queued: list[tuple[str, float]]
) -> None:
    """Lay what each phone asked for beside what came to it before it asked again."""
    for number in map(number_of, BOOKERS):
        came = sorted(one.at for one in taken if one.phone == number)
        measured.lost += matched(came, sorted(at for phone, at in asked if phone == number), measured.codes)
        matched(came, sorted(at for phone, at in queued if phone == number), measured.queued)


def matched(came: list[float], begun: list[float], into: list[tuple[float, float]]) -> int:
    lost = 0
    for at, following in pairwise([*begun, float("inf")]):
        segments = [moment for moment in came if at <= moment < following]
        if segments:
            into.append((at, max(segments) - at))
        else:
            lost += 1
    return lost


def _rows(name: str, got: Measured) -> Iterator[Row]:
    seconds, memory = got.seconds, got.megabytes
    yield f"{name}: preview of {got.count}", f"{seconds['preview']:.1f} s", f"{memory['preview']:.0f} MB"
    rate = f"{got.count / seconds['send']:.0f}/s"
    yield f"{name}: send (preview and writing)", f"{seconds['send']:.1f} s", f"{rate}; {memory['send']:.0f} MB"
    whole = f"{seconds['to the last settled']:.1f} s in all; {got.states}; load {load()}"
    yield f"{name}: sent", f"{got.rate:.0f}/s", whole
    daemon = f"{memory['daemon before']:.0f} before, {memory['at the end']:.0f} at the end"
    yield f"{name}: memory of the daemon", f"{memory['at most']:.0f} MB at most", daemon
    for phase, (begins, ends) in got.phases.items():
        steps, codes, queued = (_within(seen, begins, ends) for seen in (got.steps, got.codes, got.queued))
        yield f"{name}: USSD step {phase}, p50 / p99 / most", _shares(steps), f"{len(steps)} steps"
        beside = f"{len(codes)} T-codes; from the outbox on {_shares(queued)}"
        yield f"{name}: T-code {phase}, p50 / p99 / most", _shares(codes), beside
    unanswered = f"{got.asked - len(got.steps)} of {got.asked} steps unanswered"
    yield f"{name}: interactive traffic lost", f"{got.lost} T-codes", unanswered


def _within(seen: list[tuple[float, float]], begins: float, ends: float) -> list[float]:
    return sorted(took for at, took in seen if begins <= at < ends)


def _shares(seconds: list[float]) -> str:
    """In milliseconds."""
    if not seconds:
        return "none"
    chosen = [seconds[min(len(seconds) - 1, int(len(seconds) * share))] for share in (0.5, 0.99)]
    return " / ".join(f"{1000 * took:.0f}" for took in (*chosen, seconds[-1])) + " ms"
