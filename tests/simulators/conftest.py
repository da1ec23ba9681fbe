"""Two ways to meet the SMS centre: in memory, with a clock to turn, and as a process, over TCP."""

from __future__ import annotations

import json
import random
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from simulators.conditions import Conditions
from simulators.server import Server
from simulators.smsc import Service, Smsc
from smpp.pdu import (
    Address,
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    DeliverSm,
    Pdu,
    SubmitSm,
)
from smpp.session import Options, Role, Session, events

START = 1_800_000_000.0  # 2027-01-15 08:00 UTC
STEP = 10.0  # seconds after which octets are carried at the latest, so that nobody seems to be silent
BINDS = {"transceiver": BindTransceiver, "transmitter": BindTransmitter, "receiver": BindReceiver}


class Pipe(StringTransport):
    """A transport that is closed as soon as it is asked to, however often it is asked.

    `writes` are the octets of each write, `how` tells whether it was closed by FIN or by RST.
    """

    def __init__(self) -> None:
        super().__init__()
        self.protocol: Any = None
        self.closed = False
        self.how = ""
        self.writes: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.writes.append(data)
        super().write(data)

    def loseConnection(self) -> None:
        self._close("fin")

    def abortConnection(self) -> None:
        self._close("rst")

    def _close(self, how: str) -> None:
        if not self.closed:
            self.closed, self.how = True, how
            self.protocol.connectionLost()


class Esme:
    """One connection of an application. `told` is all that its session said, `mail` the deliver_sm among it."""

    def __init__(self, network: Network, answers: int | None, connection: Any = None) -> None:
        self.network = network
        self.answers = answers  # command_status of deliver_sm_resp; None: it does not answer
        self.session = Session(Role.ESME, Options(enquire_link=0, window=100), network.now)
        self.pipe = Pipe()
        self.connection = connection or network.server.buildProtocol(None)
        self.pipe.protocol = self.connection
        self.told: list[events.Event] = []
        self.connection.makeConnection(self.pipe)

    @property
    def mail(self) -> list[DeliverSm]:
        requests = [event.pdu for event in self.told if isinstance(event, events.Request)]
        return [pdu for pdu in requests if isinstance(pdu, DeliverSm)]

    @property
    def responses(self) -> list[Pdu]:
        return [event.response for event in self.told if isinstance(event, events.Response)]

    @property
    def strays(self) -> list[Pdu]:
        """Responses to nothing."""
        return [event.response for event in self.told if isinstance(event, events.Stray)]

    @property
    def codes(self) -> list[int]:
        return [response.status for response in self.responses]

    @property
    def refused(self) -> list[int]:
        return [event.status for event in self.told if isinstance(event, events.BindRefused)]

    @property
    def over(self) -> list[str]:
        """Why the session ended."""
        return [event.reason.name for event in self.told if isinstance(event, events.Closed)]

    @property
    def texts(self) -> list[str]:
        return [one.short_message.decode("ascii") for one in self.mail]

    def bind(self, mode: str = "transceiver", system_id: str = "caredial", password: str = "caredial") -> Esme:
        self.session.send(BINDS[mode](system_id=system_id, password=password), self.network.now)
        return self.flow()

    def send(self, request: Pdu) -> Esme:
        self.session.send(request, self.network.now)
        return self.flow()

    def sms(self, text: str = "hello", to: str = "8615400000001", source: str = "12580120", **fields: Any) -> Esme:
        fields = {"registered_delivery": 1, "short_message": text.encode("ascii"), **fields}
        return self.send(SubmitSm(source=Address(source), destination=Address(to, 1, 1), **fields))

    def flow(self) -> Esme:
        """Carry octets both ways until both sides are quiet."""
        while (out := self.session.data_to_send()) or self.pipe.value():
            if out and not self.pipe.closed:
                self.connection.dataReceived(out)
            octets = self.pipe.value()
            self.pipe.clear()
            self._hear(self.session.receive(octets, self.network.now))
        if self.pipe.closed and not self.session.closed:
            self.told += self.session.lost()
        return self

    def hang_up(self) -> None:
        self.pipe.abortConnection()
        self.flow()

    def _hear(self, told: list[events.Event]) -> None:
        self.told += told
        for event in told:
            if isinstance(event, events.Request) and self.answers is not None and event.pdu.response is not None:
                self.session.answer(event.pdu, event.pdu.response(status=self.answers), self.network.now)


class Network:
    """The SMS centre under test."""

    def __init__(self, conditions: Conditions, service: Service, clock: Clock) -> None:
        self.clock = clock
        self.clock.advance(START)
        self.smsc = Smsc(self.clock, service, conditions=conditions, chance=random.Random(7))
        self.server = Server(self.smsc, self.clock)
        self.esmes: list[Esme] = []

    @property
    def now(self) -> float:
        return self.clock.seconds()

    def esme(self, answers: int | None = 0, connection: Any = None) -> Esme:
        """A connection that has not bound yet."""
        self.esmes.append(Esme(self, answers, connection))
        return self.esmes[-1]

    def change(self, **conditions: Any) -> None:
        """Other conditions, while it runs."""
        self.smsc.change(conditions)
        self.flow()

    def text(self, text: str, number: str = "15400000001") -> None:
        """A handset sends a text to the service."""
        self.smsc.send_sms(number, "12580120", text)
        self.flow()

    def bound(self, mode: str = "transceiver", answers: int | None = 0, **who: str) -> Esme:
        return self.esme(answers).bind(mode, **who)

    def wait(self, seconds: float) -> None:
        """Let time pass, with the look at USSD timers that the running simulator takes each second."""
        self._pass(seconds % STEP)
        for _ in range(int(seconds // STEP)):
            self._pass(STEP)

    def _pass(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.smsc.dialogues.tick()
        self.flow()

    def flow(self) -> None:
        for esme in self.esmes:
            esme.flow()

    def phone(self, number: str = "15400000001") -> Any:
        return self.smsc.phones.get(number)


@pytest.fixture
def make_network() -> Any:
    """`make_network(Service(...), submit_latency=2)`: a network with that service and those conditions."""

    def make(service: Service | None = None, *, clock: Clock | None = None, **conditions: Any) -> Network:
        return Network(Conditions(**conditions), service or Service(), clock or Clock())

    return make


@pytest.fixture
def network(make_network: Any) -> Network:
    return make_network()


ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-c", "from simulators.cli import simulate; simulate()"]
FREE_PORTS = {"smsc": ("--port", "0", "--http-port", "0"), "asterisk": ("--manager-port", "0", "--http-port", "0")}


class Process:
    """`caredial simulate smsc` (or `asterisk`) on free ports, ready."""

    def __init__(self, *options: str, command: str = "smsc") -> None:
        arguments = (*FREE_PORTS[command], *options)
        self.process = subprocess.Popen(
            [*COMMAND, command, *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.port = int(self._next(r"smpp: 127\.0\.0\.1:(\d+) ")) if command == "smsc" else 0
        self.manager_port = 0
        if "--manager-port" in arguments:
            self.manager_port = int(self._next(r"asterisk: 127\.0\.0\.1:(\d+) "))
        self.page = self._next(r"handset page: (\S+)")

    def get(self, path: str) -> Any:
        return self._ask(urllib.request.Request(f"{self.page}{path}"))

    def post(self, path: str, **body: Any) -> Any:
        kind = {"Content-Type": "application/json"}
        return self._ask(urllib.request.Request(f"{self.page}{path}", json.dumps(body).encode(), kind))

    def stop(self) -> tuple[int, str]:
        """End it as an operator does; return its exit code and its log."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        _, log = self.process.communicate(timeout=30)
        return self.process.returncode, log

    def _ask(self, request: urllib.request.Request) -> Any:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as answer:
            return json.load(answer)

    def _next(self, pattern: str) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.match(pattern, line)
        assert found, line or self.process.communicate()[1]
        return found[1]


@pytest.fixture
def start() -> Iterator[Callable[..., Process]]:
    """`start("--submit-latency", "2")`: a simulator of its own, ended with the test."""
    running: list[Process] = []

    def begin(*options: str, command: str = "smsc") -> Process:
        running.append(Process(*options, command=command))
        return running[-1]

    yield begin
    for one in running:
        one.stop()


@pytest.fixture
def simulator(start: Callable[..., Process]) -> Process:
    return start()
