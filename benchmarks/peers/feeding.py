"""Feeding a peer's HTTP API (`httpblast.c`), and what such a run comes to."""

from __future__ import annotations

import json
import os
import subprocess
import time
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import quote, quote_plus

from benchmarks.peers.install import program
from benchmarks.peers.processes import busy
from benchmarks.peers.sink import Sink

LATIN = " the quick brown fox jumps over the lazy dog and then it rests a while by the river side, done."
CHINESE = (
    "尊敬的居民您好本周六社区卫生服务中心举办高血压健康讲座请携带医保卡参加并可免费测量血压血糖咨询电话一二五八零欢迎您"
)
KEY = 9
"""Characters of what every text begins with: M and its number of eight digits."""
RUN_SECONDS = 300


def rest(kind: str) -> str:
    """What follows the key: gsm comes to 100 characters in all, ucs2 to 60."""
    return (LATIN + "x" * 100)[: 100 - KEY] if kind == "gsm" else (CHINESE * 2)[: 60 - KEY]


def quoted(kind: str) -> str:
    return quote_plus(rest("gsm")) if kind == "gsm" else quote(rest("ucs2"))


@dataclass(frozen=True, slots=True)
class Fed:
    """What the feeder says: how many requests were taken and how many not, of which the first said `first_bad`."""

    ok: int
    bad: int
    failed: int
    unasked: int
    seconds: float
    p50_ms: float
    p99_ms: float
    first_bad: str


def feed(port: int, template: str, count: int, connections: int) -> Fed:
    command = [program("httpblast"), str(port), str(connections), str(count), str(RUN_SECONDS)]
    done = subprocess.run(command, input=template, capture_output=True, text=True, timeout=RUN_SECONDS + 30, check=True)
    return Fed(**json.loads(done.stdout))


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one run. `seconds`: from the first request, or `broadcast send`, to the last answer, or receipt told.

    `wire`: messages a second at the sink, from the first to the last. `cpu`: seconds of CPU for 1 000 messages, by
    process. `memory`: the most of each in MB. `busy`: how many cores the whole machine used, neighbours included.
    """

    who: str
    count: int
    seconds: float
    wire: float
    cpu: dict[str, float]
    memory: dict[str, float]
    busy: float
    notes: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.count / self.seconds

    @property
    def cpu_sum(self) -> float:
        return sum(self.cpu.values())


class Peer(Protocol):
    name: str

    def feed(self, count: int, *, kind: str, receipts: bool) -> Fed: ...

    def cpu(self) -> dict[str, float]: ...

    def memory(self) -> dict[str, float]: ...


class Meter:
    """CPU of some processes and of the machine, from now on."""

    def __init__(self, cpu: dict[str, float]) -> None:
        self._before, self._busy, self.started = cpu, busy(), time.monotonic()

    def cpu_of(self, cpu: dict[str, float], count: int) -> dict[str, float]:
        """Seconds for 1 000 messages."""
        return {name: (now - self._before.get(name, 0.0)) * 1000 / max(1, count) for name, now in cpu.items()}

    def busy(self) -> float:
        return (busy() - self._busy) / max(0.01, time.monotonic() - self.started)


def measure(peer: Peer, sink: Sink, count: int, *, kind: str = "gsm", receipts: bool = False) -> Figures:
    """Fed while it sends. `receipts`: each has one, and the run ends when the peer has told of the last of them."""
    sink.tell("reset")
    sink.tell(f"receipts {int(receipts)}")
    meter = Meter(peer.cpu())
    fed = peer.feed(count, kind=kind, receipts=receipts)
    got = sink.wait_for(count, RUN_SECONDS)
    notes = [] if fed.ok == count else [f"{count - fed.ok} of {count} requests refused: {fed.first_bad}"]
    end = got.last_answer
    if receipts:
        got = sink.wait_for(count, RUN_SECONDS, of="http", idle=5)
        end = got.last_http if got.http >= count else got.last_receipt_answer
        if got.http < count:
            notes.append(f"told of {got.http} of {got.receipts} receipts")
    if got.answered < count:
        notes.append(f"{got.answered} of {count} reached the sink")
    sink.tell("receipts 0")
    cpu = meter.cpu_of(peer.cpu(), got.answered)
    return Figures(peer.name, got.answered, end - meter.started, got.rate, cpu, peer.memory(), meter.busy(), notes)


def load() -> str:
    return f"{os.getloadavg()[0]:.1f}"
