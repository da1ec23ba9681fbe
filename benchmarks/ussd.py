"""USSD step latency through SMPP on loopback: from the subscriber's input to the next screen, at a steady rate.

The daemon runs as it does for residents (its own process, SQLite, embedded state); the network is played here by
`smpp.link.connection` as SMSC. Open loop: steps are due by the clock, whether or not earlier ones are answered.
"""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from smpp import ussd
from smpp.link.connection import Connection
from smpp.pdu import Address, Bind, Pdu, SubmitSm, SubmitSmResp, answer_to
from smpp.session import Options, Role
from smpp.session.events import Event, Request

STEPS = ("*120#", "1", "1", "1", "1", "1", "1", "2")  # book ... confirm? no: nothing is written, so it can be repeated
SECONDS = 10
RATES = (50, 200)
PHONES = [f"86154{n:08d}" for n in range(1, 201)]  # of the sample: each has somebody to book for
SERVICE = Address("*120#")


def run() -> Iterator[tuple[str, str, str]]:
    """Each rate in a process of its own: a reactor runs once."""
    for rate in RATES:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.ussd", str(rate)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        p50, p99, answered, asked = done.stdout.split()
        yield f"USSD step at {rate}/s, p50 / p99", f"{p50} / {p99} ms", f"{answered} of {asked} steps answered in time"


class Subscriber:
    """A phone that dials and answers in turn."""

    def __init__(self, number: str, session: int) -> None:
        self.number, self.session, self.unit = number, session, 0
        self.steps = itertools.cycle(STEPS)
        self.asked_at = 0.0

    def indication(self) -> Pdu:
        text = next(self.steps)
        begin = text.startswith("*")
        self.unit = 0 if begin else (self.unit + 1) % 128
        return ussd.indicate(
            "begin" if begin else "answer",
            subscriber=Address(self.number, 1, 1),
            service=SERVICE,
            text=text,
            numbers={"its_session_info": bytes([self.session, self.unit << 1])},
        )


class Network:
    """The SMS centre: accepts the bind, asks at its rate, notes how long each screen takes."""

    def __init__(self, reactor: Any, rate: int) -> None:
        self._reactor, self._rate = reactor, rate
        self._idle = deque(Subscriber(number, n % 256) for n, number in enumerate(PHONES))
        self._waiting: dict[str, Subscriber] = {}
        self._asked = 0
        self.took: list[float] = []

    @property
    def asked(self) -> int:
        return self._asked

    def opened(self, connection: Connection) -> None:
        pass

    def happened(self, connection: Connection, events: list[Event], now: float) -> None:
        for event in events:
            self._happened(connection, event)

    def _happened(self, connection: Connection, event: Event) -> None:
        if not isinstance(event, Request):
            return
        pdu = event.pdu
        if isinstance(pdu, Bind):
            response = answer_to(pdu)
            assert response is not None
            connection.answer(pdu, response)
            self._reactor.callLater(1, self._go, connection, time.perf_counter() + 1)
        elif isinstance(pdu, SubmitSm):
            self._shown(pdu)
            connection.answer(pdu, SubmitSmResp(message_id="1"))

    def _go(self, connection: Connection, started: float) -> None:
        due = int((time.perf_counter() - started) * self._rate) + 1  # the first step is due at once
        while self._asked < min(due, self._rate * SECONDS) and self._idle:
            subscriber = self._idle.popleft()
            self._waiting[subscriber.number] = subscriber
            subscriber.asked_at = started + self._asked / self._rate
            self._asked += 1
            connection.send(subscriber.indication())
        if self._asked >= self._rate * SECONDS:
            self._reactor.callLater(1, self._reactor.stop)
        else:
            self._reactor.callLater(0.002, self._go, connection, started)

    def _shown(self, pdu: SubmitSm) -> None:
        subscriber = self._waiting.pop(pdu.destination.number, None)
        if subscriber is not None:
            self.took.append(time.perf_counter() - subscriber.asked_at)
            self._idle.append(subscriber)


def measure(rate: int) -> None:
    from twisted.internet import reactor as any_reactor
    from twisted.internet.protocol import Factory

    reactor: Any = any_reactor
    network = Network(reactor, rate)
    options = Options(window=1000, inbound=1000)
    factory = Factory.forProtocol(lambda: Connection(Role.SMSC, options, network, reactor))
    port = reactor.listenTCP(0, factory, interface="127.0.0.1").getHost().port
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "caredial.toml"
        config.write_text(
            f'[installation]\ndata_dir = "data"\ntimezone = "{_early_zone()}"\n[http]\nport = 0\n'
            f'[smpp.links.bench]\nport = {port}\nsystem_id = "bench"\ninbound = 1000\nwindow = 100\n'
        )
        caredial = [sys.executable, "-m", "gateway.cli"]
        subprocess.run([*caredial, "init", "--sample", "--config", config], check=True, stdout=subprocess.DEVNULL)
        daemon = subprocess.Popen([*caredial, "run", "--config", config], stderr=subprocess.DEVNULL)
        try:
            reactor.callLater(SECONDS + 30, reactor.stop)  # whatever happens, it ends
            reactor.run()
        finally:
            os.kill(daemon.pid, signal.SIGTERM)
            daemon.wait(30)
    took = sorted(network.took)
    p50, p99 = (took[int(len(took) * share)] * 1000 for share in (0.5, 0.99))
    print(f"{p50:.1f} {p99:.1f} {len(took)} {network.asked}")


def _early_zone() -> str:
    """A zone where it is about five in the morning: the sample's sessions of today are to come."""
    behind = (time.gmtime().tm_hour - 5) % 24
    return f"Etc/GMT+{behind}" if behind <= 12 else f"Etc/GMT-{24 - behind}"


if __name__ == "__main__":
    measure(int(sys.argv[1]))
