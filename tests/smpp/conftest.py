"""Two sessions back to back, an SMSC that the test plays by hand, and the npm peers."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone, ConnectionRefusedError
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from smpp import pdu, status
from smpp.codec import decode, encode
from smpp.link import Link
from smpp.session import Options, Role, Session
from smpp.session.events import Event, Request
from smpp.session.framing import Framer
from smpp.settings import LinkSettings

settings.register_profile("unhurried", deadline=None)  # a busy machine is no failure
settings.load_profile("unhurried")

REPOSITORY = Path(__file__).parents[2]


@dataclass
class Wire:
    """An ESME and an SMSC whose octets reach each other only by `flow`; `now` is the clock of both."""

    esme: Session
    smsc: Session
    now: float = 0.0

    def flow(self) -> list[Event]:
        """Carry what both sides have written, until nothing moves; return what it caused, in order."""
        happened: list[Event] = []
        moved = True
        while moved:
            moved = False
            for source, target in ((self.esme, self.smsc), (self.smsc, self.esme)):
                data = source.data_to_send()
                if data:
                    moved = True
                    happened += target.receive(data, self.now)
        return happened

    def bind(self, request: pdu.Bind | None = None) -> None:
        """Bind as transceiver, or as `request` says."""
        self.esme.send(request or pdu.BindTransceiver(system_id="clinic"), self.now)
        (asked,) = self.flow()
        assert isinstance(asked, Request)
        response = pdu.answer_to(asked.pdu)
        assert response is not None
        self.smsc.answer(asked.pdu, response, self.now)
        self.flow()

    def pass_time(self, seconds: float) -> list[Event]:
        """Let both sides do what is due on the way to the new time, at their own deadlines."""
        end, happened = self.now + seconds, []
        while True:
            due = [d for d in (self.esme.next_deadline(), self.smsc.next_deadline()) if d is not None and d <= end]
            self.now = max(self.now, min(due, default=end))
            happened += self.esme.tick(self.now) + self.smsc.tick(self.now)
            happened += self.flow()
            if not due:
                return happened


@pytest.fixture
def wire() -> Wire:
    options = Options(window=3, inbound=2, response_timeout=10, bind_timeout=5, enquire_link=30)
    quiet = Options(window=3, inbound=3, response_timeout=10, bind_timeout=5, enquire_link=0)
    return Wire(Session(Role.ESME, options, 0.0), Session(Role.SMSC, quiet, 0.0))


@pytest.fixture
def bound(wire: Wire) -> Wire:
    wire.bind()
    return wire


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """Where `bin/bootstrap test` installs the npm peers."""
    folder = Path(os.environ.get("CAREDIAL_NODE_MODULES") or REPOSITORY / "var" / "peers" / "node_modules")
    if not (folder / "smpp").is_dir():
        raise RuntimeError(f"the npm package smpp is not in {folder}; `make test` installs it")
    return folder


class Cable(StringTransport):
    """A transport in memory that ends as TCP does: a moment after it was asked to, whoever asked."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self.no_delay = self.aborted = self.lost = False

    def setTcpNoDelay(self, enabled: bool) -> None:
        self.no_delay = enabled

    def loseConnection(self) -> None:
        super().loseConnection()
        self._clock.callLater(0, self.drop)

    def abortConnection(self) -> None:
        self.aborted = True
        self._clock.callLater(0, self.drop)

    def drop(self) -> None:
        if not self.lost:
            self.lost = True
            self.protocol.connectionLost(Failure(ConnectionDone()))

    def unregisterProducer(self) -> None:
        if self.producer is not None:
            super().unregisterProducer()


@pytest.fixture
def cable_of() -> type[Cable]:
    """Makes transports in memory, for a clock."""
    return Cable


class Smsc:
    """The other end, played by the test PDU by PDU; it is also the endpoint that the link dials."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.dialled = 0
        self.cable: Cable  # the latest; others by their own name
        self._attempt: tuple[Any, Deferred[Any]]

    def connect(self, factory: Any) -> Deferred[Any]:
        self.dialled += 1
        self._attempt = factory, Deferred()
        return self._attempt[1]

    def refuse_connection(self) -> None:
        self._attempt[1].errback(Failure(ConnectionRefusedError("refused")))

    def accept_connection(self) -> None:
        factory, attempt = self._attempt
        self.cable = Cable(self.clock)
        self.cable.protocol = factory.buildProtocol(None)
        self.cable.protocol.makeConnection(self.cable)
        attempt.callback(self.cable.protocol)

    def accept_bind(self) -> pdu.Pdu:
        """Take the connection and the bind; return the bind as it came."""
        self.accept_connection()
        (bind,) = self.heard()
        self.say(pdu.answer_to(bind))
        return bind

    def heard(self, on: Cable | None = None) -> list[pdu.Pdu]:
        """What has come since the last time."""
        cable = on or self.cable
        data = cable.value()
        cable.clear()
        return [decode(octets) for octets in Framer().feed(data)]

    def say(self, *pdus: pdu.Pdu | None, on: Cable | None = None) -> None:
        (on or self.cable).protocol.dataReceived(b"".join(encode(one) for one in pdus if one is not None))

    def drop(self) -> None:
        """TCP breaks, and the link takes note at once."""
        self.cable.drop()


@pytest.fixture(scope="session")
def smsc_of() -> type[Smsc]:
    """Makes an SMSC that the test plays, for a clock."""
    return Smsc


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def smsc(clock: Clock) -> Smsc:
    return Smsc(clock)


class Inbox:
    """A receiver whose answers the test gives: a status, or a Deferred of one."""

    def __init__(self) -> None:
        self.taken: list[pdu.DeliverSm] = []
        self.binds: list[str] = []
        self.answer: Callable[[], Awaitable[int]] = lambda: status_of(status.ESME_ROK)

    def delivered(self, link: Link, pdu: pdu.DeliverSm, bind: str) -> Awaitable[int]:
        self.taken.append(pdu)
        self.binds.append(bind)
        return self.answer()


async def status_of(command_status: int) -> int:
    return command_status


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def make(clock: Clock, smsc: Smsc, inbox: Inbox) -> Callable[..., Link]:
    def make(**settings: Any) -> Link:
        chosen = {"window": 2, "response_timeout": 10, "bind_timeout": 5} | settings
        link = Link("main", LinkSettings(**chosen), inbox, clock, target=smsc, jitter=lambda: 1.0)
        link.startService()
        return link

    return make
