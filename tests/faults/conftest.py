"""A whole gateway and a whole network in memory, over cables that carry octets a millisecond later, with one clock."""

from __future__ import annotations

import datetime as dt
import math
import random
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ConnectionDone, ConnectionLost, ConnectionRefusedError
from twisted.internet.interfaces import ITCPTransport
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from zope.interface import implementer

from clinic import messages
from clinic.installation import Installation
from clinic.tables import Inbound as Received
from clinic.tables import Message
from gateway.inbound import Inbound
from gateway.sender import Sender
from gateway.store import Store, opened
from simulators.conditions import Conditions
from simulators.server import Server
from simulators.smsc import Service, Smsc
from smpp.link import Link
from smpp.settings import LinkSettings
from smpp.trace import Traced

HOUSE = Installation("http://127.0.0.1:8080", "12580120", "*120#", "12580")
START = dt.datetime(2027, 3, 8, 7, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
TRAVEL = 0.001
PATIENCE = {"password": "caredial", "reconnect_max": 10, "refused_min": 5, "refused_max": 20}


@implementer(ITCPTransport)
class End:
    """One end of a cable. What is written arrives later, also after an orderly end; a reset loses what is under way."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.protocol: Any = None
        self.other: Any = None
        self.open, self._paused = True, False
        self._held: list[bytes] = []

    def write(self, data: bytes) -> None:
        if self.open:
            self._clock.callLater(TRAVEL, self.other.arrive, data)

    def writeSequence(self, data: Any) -> None:
        self.write(b"".join(data))

    def arrive(self, data: bytes) -> None:
        if not self.open:
            return
        if self._paused:
            self._held.append(data)
        else:
            self.protocol.dataReceived(data)

    def loseConnection(self) -> None:
        if self.open:
            self._clock.callLater(TRAVEL, self.other.end, ConnectionDone())
            self._clock.callLater(TRAVEL, self.end, ConnectionDone())

    def abortConnection(self) -> None:
        if self.open:
            self.open = False
            self._clock.callLater(TRAVEL, self.other.end, ConnectionLost())
            self._clock.callLater(0, self.protocol.connectionLost, Failure(ConnectionLost()))

    def end(self, reason: Exception) -> None:
        if self.open:
            self.open = False
            self.protocol.connectionLost(Failure(reason))

    def pauseProducing(self) -> None:
        self._paused = True

    def resumeProducing(self) -> None:
        self._paused = False
        held, self._held = self._held, []
        for data in held:
            self.arrive(data)

    def stopProducing(self) -> None:
        self.loseConnection()

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        pass

    def unregisterProducer(self) -> None:
        pass

    def setTcpNoDelay(self, enabled: bool) -> None:
        pass

    def setTcpKeepAlive(self, enabled: bool) -> None:
        pass


class Line:
    """The endpoint that a link dials: a cable to the SMS centre, while it is there."""

    def __init__(self, clock: Clock, server: Server) -> None:
        self._clock, self._server = clock, server
        self.up = True
        self._ends: list[End] = []

    def cut(self) -> None:
        """Both sides find the connections dead; ours hears nothing of it, as it is dead itself."""
        for ours, theirs in zip(self._ends[::2], self._ends[1::2], strict=True):
            ours.open = False
            theirs.end(ConnectionLost())
        self._ends.clear()

    def drop(self) -> None:
        """The SMS centre goes away, and resets its connections."""
        self.up = False
        for theirs in self._ends[1::2]:
            theirs.abortConnection()
        self._ends.clear()

    def connect(self, factory: Any) -> Deferred[Any]:
        dialled: Deferred[Any] = Deferred()
        self._clock.callLater(TRAVEL, self._plug, factory, dialled)
        return dialled

    def _plug(self, factory: Any, dialled: Deferred[Any]) -> None:
        if not self.up:
            dialled.errback(ConnectionRefusedError())
            return
        ours, theirs = End(self._clock), End(self._clock)
        self._ends += ours, theirs
        ours.other, theirs.other = theirs, ours
        ours.protocol, theirs.protocol = factory.buildProtocol(None), self._server.buildProtocol(None)
        theirs.protocol.makeConnection(theirs)
        ours.protocol.makeConnection(ours)
        dialled.callback(ours.protocol)


class Quiet:
    """Menus and commands of a gateway that says nothing of itself."""

    def received(self, link: str, indication: Any, bind: str) -> bool:
        return True

    async def answer(self, phone: str, text: str, inbox_id: int) -> str | None:
        return None


class City:
    """Gateway, network and phones. Phones are told by their last digits: 1 is 15400000001."""

    def __init__(self, store: Store, links: dict[str, dict[str, Any]], service: Service | None = None) -> None:
        self.store, self.clock = store, Clock()
        self.clock.advance(START.timestamp())
        self.smsc = Smsc(
            self.clock,
            service or Service(accounts={"caredial": "caredial", "second": "caredial"}),
            chance=random.Random(3),
        )
        self.server = Server(self.smsc, self.clock)
        self._held = None
        self.inbound = self._inbound()
        self.lines = {name: Line(self.clock, self.server) for name in links}
        self.links = {name: self._link(name, LinkSettings(**(PATIENCE | chosen))) for name, chosen in links.items()}
        self.sender = Sender(self, self.links, HOUSE, self.clock, self.now, node="one")
        self.told = 0

    def _inbound(self) -> Inbound:
        return Inbound(self, Quiet(), Quiet(), self.now, clock=self.clock, region="CN")

    def _link(self, name: str, settings: LinkSettings) -> Link:
        return Link(name, settings, self.inbound, self.clock, target=self.lines[name], jitter=lambda: 0.5)

    def run(self, fn: Any, /, *args: Any, **kwargs: Any) -> Deferred[Any]:
        if self._held is None:
            return succeed(self.store.run_now(fn, *args, **kwargs))
        done: Deferred[Any] = Deferred()
        self._held.append((done, lambda: self.store.run_now(fn, *args, **kwargs)))
        return done

    def now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.clock.seconds(), ZoneInfo("Asia/Shanghai"))

    def start(self) -> City:
        for link in self.links.values():
            link.startService()
        self.sender.startService()
        return self

    def network(self, **conditions: Any) -> None:
        """How the network behaves from now on; without a word: well."""
        self.smsc.conditions = Conditions(**conditions)

    def wait(self, seconds: float, until: Callable[[], bool] = lambda: False) -> float:
        """Let time go by, at most until something is so at a full second; return the seconds that it took."""
        began = self.clock.seconds()
        for second in range(1, int(seconds) + 1):
            if until():
                break
            self._pass(began + second)
        return self.clock.seconds() - began

    def _pass(self, end: float) -> None:
        """Turn the clock to the time when the next call is due, again and again."""
        while (due := min((call.getTime() for call in self.clock.getDelayedCalls()), default=math.inf)) <= end:
            self.clock.advance(max(0.0, due - self.clock.seconds()))
        self.clock.advance(end - self.clock.seconds())

    def tell(self, count: int, text: str = "您的预约", message_class: Any = "answer") -> list[str]:
        """Put so many messages into the outbox, each to a phone of its own; return the texts."""
        told = []
        for _ in range(count):
            self.told += 1
            told.append(f"{text}{self.told}")
            self.store.run_now(
                messages.tell_text,
                occasion=f"m{self.told}",
                phone=f"+861540000{self.told:04}",
                text=told[-1],
                now=self.now(),
                message_class=message_class,
            )
        self.sender.wake()
        return told

    def text(self, count: int, pause: float = 1) -> list[str]:
        """So many phones send a long SMS each, with pauses; return the texts."""
        told = []
        for number in range(count):
            told.append(f"{number} " + "请问明天几点开门" * 10)
            self.smsc.send_sms(f"1550000{number:04}", "12580120", told[-1])
            self.wait(pause)
        return told

    def stop_storing(self) -> None:
        """The database takes its time."""
        self._held: list[tuple[Deferred[Any], Callable[[], Any]]] | None = []

    def store_again(self) -> None:
        held, self._held = self._held or [], None
        for done, work in held:
            done.callback(work())

    def crash(self) -> None:
        """The process dies, and another one starts: only what is stored is left."""
        for line in self.lines.values():
            line.cut()
        self.inbound = self._inbound()
        self.links = {name: self._link(name, link.settings) for name, link in self.links.items()}
        for link in self.links.values():
            link.startService()

    @property
    def bound(self) -> bool:
        return all(link.bound for link in self.links.values())

    @property
    def states(self) -> Counter[str]:
        return Counter(self.store.run_now(lambda session: session.scalars(select(Message.state)).all()))

    @property
    def settled(self) -> bool:
        return not {"queued", "sending"} & set(self.states)

    @property
    def arrived(self) -> Counter[str]:
        """How often each text arrived at its phone."""
        phones = (self.smsc.phones.get(f"1540000{number:04}") for number in range(1, self.told + 1))
        return Counter(sms.text for phone in phones for sms in phone.messages if not sms.outgoing)

    @property
    def received(self) -> Counter[str]:
        """How often each text of a phone is in the inbox."""
        return Counter(self.store.run_now(lambda session: session.scalars(select(Received.text)).all()))


ODD = ("wire_", "phone_form", "receipt_dialect", "submit_no_body", "submit_error_body")
"""Conditions in which the network's PDUs are not what the standard asks for."""


class Capture:
    """All that went over the wire in a run, but for what the network wrote wrongly on purpose."""

    def __init__(self) -> None:
        self.pdus: list[bytes] = []

    def add(self, city: City, traced: Traced) -> None:
        odd = any(name.startswith(ODD) for name in city.smsc.conditions.trouble)
        if traced.sent or not odd:
            self.pdus.append(traced.octets)


@pytest.fixture(scope="session")
def capture(tshark: Any) -> Iterator[Capture]:
    """Whatever the network did to us, what went over the wire was well-formed: tshark tells, at the end of the run."""
    taken = Capture()
    yield taken
    assert len(tshark.fields(taken.pdus, "smpp.command_id")) == len(taken.pdus) > 0
    assert tshark.malformed(taken.pdus) == ""


@pytest.fixture
def store(sqlite_schema: str) -> Iterator[Store]:
    with opened(sqlite_schema) as store:
        yield store


@pytest.fixture
def make_city(store: Store, capture: Capture) -> Callable[..., City]:
    def make(service: Service | None = None, **links: dict[str, Any]) -> City:
        city = City(store, links or {"main": {}}, service)
        for link in city.links.values():
            link.watch(partial(capture.add, city))
        return city

    return make


@pytest.fixture
def city(make_city: Callable[..., City]) -> City:
    return make_city()
