"""An Asterisk that the test plays message by message, in memory and on a clock of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone, ConnectionRefusedError
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from ivr.ami.framing import Framer
from ivr.ami.link import Link
from ivr.ami.messages import Message, read
from ivr.ami.session import Session
from ivr.ami.states import Options, SessionEvent
from ivr.settings import ServerSettings

settings.register_profile("unhurried", deadline=None)  # a busy machine is no failure
settings.load_profile("unhurried")

BANNER = b"Asterisk Call Manager/11.0.0\r\n"
BOOTED = b"Event: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted\r\n\r\n"


class Played:
    """A session without a link: what the test says comes in, what the session writes is read."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.now = 0.0

    def heard(self) -> list[Message]:
        """The actions that have been written since the last time."""
        return [read(block) for block in Framer(banner=False).feed(self.session.data_to_send())]

    def names(self) -> list[str]:
        """The same by their names."""
        return [message.get("Action") for message in self.heard()]

    def say(self, *lines: str, to: Message | None = None) -> list[SessionEvent]:
        """Say one message; `to` is the action whose ActionID it carries."""
        more = [] if to is None else [f"ActionID: {to.action_id}"]
        head, *rest = lines
        return self.say_octets("".join(f"{line}\r\n" for line in [head, *more, *rest]).encode() + b"\r\n")

    def say_octets(self, octets: bytes) -> list[SessionEvent]:
        return self.session.receive(octets, self.now)

    def pass_time(self, seconds: float) -> list[SessionEvent]:
        """Let the session do what is due on the way to the new time, at its own deadlines."""
        end, happened = self.now + seconds, []
        while (due := self.session.next_deadline()) is not None and due <= end:
            self.now = max(self.now, due)
            happened += self.session.tick(self.now)
        self.now = end
        return happened

    def log_in(self) -> list[SessionEvent]:
        """Greet, take the plain login, and be booted."""
        self.say_octets(BANNER)
        (login,) = self.heard()
        return self.say("Response: Success", "Message: Authentication accepted", to=login) + self.say_octets(BOOTED)

    def ask(self, name: str, *headers: tuple[str, str], listing: bool = False) -> Message:
        """Have the session ask, and return the action as it was written."""
        self.session.send(name, headers, now=self.now, listing=listing)
        return self.heard()[-1]


@pytest.fixture
def played() -> Callable[..., Played]:
    def make(**options: Any) -> Played:
        return Played(Session(Options(**({"username": "ivr", "secret": "s3cret", "login": "plain"} | options)), 0.0))

    return make


@pytest.fixture
def asterisk(played: Callable[..., Played]) -> Played:
    """One that we are logged in to."""
    one = played(boot_wait=5, response_timeout=10, ping=20, window=3, queue=4)
    one.log_in()
    return one


# With a link


class Cable(StringTransport):
    """A transport in memory that ends as TCP does: a moment after it was asked to, whoever asked."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self.no_delay = self.keep_alive = self.aborted = self.lost = False
        self.writes: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.writes.append(data)
        super().write(data)

    def setTcpNoDelay(self, enabled: bool) -> None:
        self.no_delay = enabled

    def setTcpKeepAlive(self, enabled: bool) -> None:
        self.keep_alive = enabled

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


class Peer:
    """The Asterisk at the other end; it is also the endpoint that the link dials."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.dialled = 0
        self.cable: Cable
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

    def log_in(self) -> None:
        """Take the connection and the login, and be booted."""
        self.accept_connection()
        self.say_octets(BANNER)
        self.say("Response: Success", to=self.heard())
        self.say_octets(BOOTED)

    def heard(self) -> Message:
        """The one action that has come."""
        (block,) = Framer(banner=False).feed(self.cable.value())
        self.cable.clear()
        return read(block)

    def say(self, *lines: str, to: Message | None = None) -> None:
        more = [] if to is None else [f"ActionID: {to.action_id}"]
        head, *rest = lines
        self.say_octets("".join(f"{line}\r\n" for line in [head, *more, *rest]).encode() + b"\r\n")

    def say_octets(self, octets: bytes) -> None:
        self.cable.protocol.dataReceived(octets)


class Diary:
    """A receiver that writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.events: list[Message] = []

    def up(self, link: Link) -> None:
        self.told.append(f"{link.name} up")

    def event(self, link: Link, event: Message) -> None:
        self.told.append(f"{link.name} {event.event}")
        self.events.append(event)

    def down(self, link: Link) -> None:
        self.told.append(f"{link.name} down")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def peer(clock: Clock) -> Peer:
    return Peer(clock)


@pytest.fixture
def diary() -> Diary:
    return Diary()


@pytest.fixture
def make(clock: Clock, peer: Peer, diary: Diary) -> Callable[..., Link]:
    def make(receiver: Any = None, wanted: Any = None, **settings: Any) -> Link:
        chosen = {"username": "ivr", "secret": "s3cret", "login": "plain"} | settings
        link = Link("main", ServerSettings(**chosen), receiver or diary, clock, wanted=wanted, target=peer,
                    jitter=lambda: 1.0)  # fmt: skip
        link.startService()
        return link

    return make
