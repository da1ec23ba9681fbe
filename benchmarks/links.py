"""What a link carries, against a sink in C (`peers/sink.c`) on this machine: posts, submits, latency, receipts.

A notice in Chinese goes from one sender to ten thousand phones in turn; `post` writes each recipient's octets from one
prepared text, `submit` makes, awaits and takes apart every message as coroutines do. Each case has a process of its
own, whose CPU is counted without the time that Python takes to start. The sink does nothing but answer, so these are
the link's limits, not those of a network.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.peers.sink import Sink

TEXT = "您好，请于明日上午到社区卫生服务中心接种流感疫苗。回TD退订"
MANY, SOME = 200_000, 40_000
LATENCY = 20  # ms
SECONDS = 5
READY = 1000  # messages that wait in the link, so that it never runs dry
MOST_SECONDS = 60


def run() -> Iterator[tuple[str, str, str]]:
    with tempfile.TemporaryDirectory() as folder, Sink(Path(folder)) as sink:
        for window in (10, 50, 1000):
            yield _rate(sink, "post", MANY, window)
        yield _rate(sink, "submit", SOME, 50)
        for window in (10, 50, 100):
            yield _latency(sink, window)
        yield _receipts(sink)


def _rate(sink: Sink, way: str, count: int, window: int) -> tuple[str, str, str]:
    done = _case(sink, way, count, window, "latency 0", "receipts 0")
    return f"{way}, window {window}", f"{done['rate']:,.0f}/s", f"{done['cpu']:.1f} us of CPU a message"


def _latency(sink: Sink, window: int) -> tuple[str, str, str]:
    most = window * 1000 / LATENCY
    done = _case(sink, "post", int(most * SECONDS), window, f"latency {LATENCY}", "receipts 0")
    what = f"post, window {window}, answers after {LATENCY} ms"
    return what, f"{done['rate']:,.0f}/s", f"{done['rate'] / most:.1%} of window / latency ({most:,.0f}/s)"


def _receipts(sink: Sink) -> tuple[str, str, str]:
    done = _case(sink, "post", MANY, 50, "latency 0", "receipts 1")
    what = "post, window 50, a receipt for each"
    return what, f"{done['receipts']:,.0f} receipts/s", f"{done['cpu']:.1f} us of CPU a message with its receipt"


def _case(sink: Sink, way: str, count: int, window: int, *orders: str) -> dict[str, float]:
    """Run this module as a process of its own; return what it found."""
    for order in (*orders, "reset"):
        sink.tell(order)
    command = [sys.executable, "-m", "benchmarks.links", way, str(count), str(window), str(sink.port), orders[-1][-1]]
    told = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=MOST_SECONDS).stdout
    found: dict[str, float] = json.loads(told)
    if sink.counts().submitted != count:
        raise RuntimeError(f"the sink got {sink.counts().submitted} of {count} messages")
    return found


class Load:
    """The process of one case: as much as the link takes."""

    def __init__(self, reactor: Any, port: int, window: int, count: int) -> None:
        from smpp.link import Link
        from smpp.messages import prepare
        from smpp.settings import LinkSettings

        self.settings = LinkSettings(port=port, window=window, inbound=2000)
        self.link = Link("bench", self.settings, self, reactor)
        self.prepared = prepare(self.settings, source="12580120", text=TEXT)
        self.reactor, self.count, self.left = reactor, count, count
        self.done = self.receipts = 0
        self.wanted_receipts = 0

    def delivered(self, link: Any, pdu: Any, bind: str) -> int:
        self.receipts += 1
        self._look()
        return 0

    # By post

    def fill(self) -> None:
        from smpp.link import Submit

        for _ in range(min(READY, self.left)):
            self.left -= 1
            (octets,) = self.prepared.octets(f"+86154{self.left % 10_000:08}", self.left, "000001000000000R")
            self.link.post(Submit(octets, "bulk", self))

    def answered(self, submit: Any) -> None:
        self.done += submit.status == 0
        if self.left and self.link.queued < READY // 2:
            self.fill()
        self._look()

    def unanswered(self, submit: Any, error: Exception) -> None:
        raise RuntimeError("the sink does not answer") from error

    # By submit

    async def submit_all(self) -> None:
        from smpp.messages import compose

        while self.left:
            self.left -= 1
            number = f"+86154{self.left % 10_000:08}"
            (pdu,) = compose(self.settings, source="12580120", destination=number, text=TEXT, reference=self.left)
            response = await self.link.submit(pdu)
            self.done += response.status == 0
            self._look()

    async def run(self, way: str) -> None:
        from twisted.internet.defer import Deferred

        self.link.startService()
        await self.link.when_bound()
        started, cpu = time.perf_counter(), time.process_time()
        self.ended: Deferred[None] = Deferred()
        if way == "post":
            self.fill()
        else:
            for _ in range(self.settings.window * 2):
                Deferred.fromCoroutine(self.submit_all())
        await self.ended
        seconds = time.perf_counter() - started
        found = {
            "rate": self.count / seconds,
            "receipts": self.receipts / seconds,
            "cpu": (time.process_time() - cpu) / self.count * 1e6,
        }
        print(json.dumps(found))
        await self.link.stopService()
        self.reactor.stop()

    def _look(self) -> None:
        if self.done == self.count and self.receipts >= self.wanted_receipts and not self.ended.called:
            self.ended.callback(None)


def _main(way: str, count: int, window: int, port: int, receipts: int) -> None:
    from twisted.internet import reactor
    from twisted.internet.defer import Deferred

    load = Load(reactor, port, window, count)
    load.wanted_receipts = count * receipts
    reactor.callWhenRunning(lambda: Deferred.fromCoroutine(load.run(way)))  # type: ignore[attr-defined]
    reactor.run()  # type: ignore[attr-defined]


if __name__ == "__main__":
    _main(sys.argv[1], *map(int, sys.argv[2:]))
