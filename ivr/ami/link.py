"""One Asterisk by its name, as a Twisted service: connects, logs in, asks, tells what happens, and comes back.

link = Link("main", settings, receiver, reactor)
link.startService()
channels = await link.listing("CoreShowChannels")
"""

from __future__ import annotations

import logging
import random
import secrets
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Protocol

from twisted.application.service import Service
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IStreamClientEndpoint

from ivr.ami.connection import Connection
from ivr.ami.dial import Dialler, endpoint, explained
from ivr.ami.errors import AmiError, NoAnswer, NotConnected, Overloaded, Refused, Unsafe
from ivr.ami.messages import Headers, Message
from ivr.ami.session import Session
from ivr.ami.states import (
    Answered,
    Closed,
    FilterRefused,
    Happened,
    LoginRefused,
    Options,
    Ready,
    Reason,
    SessionEvent,
    Stray,
    Unanswered,
)
from ivr.settings import ServerSettings
from reach.backoff import Backoff

__all__ = [
    "AmiError",
    "Link",
    "NoAnswer",
    "NotConnected",
    "Overloaded",
    "Receiver",
    "Refused",
    "ServerStatus",
    "Unsafe",
]

log = logging.getLogger("caredial.ami")

_NONE: Final[Mapping[str, str]] = MappingProxyType({})


class Receiver(Protocol):
    """Who is told what an Asterisk does. What it raises is logged, and costs the link nothing."""

    def up(self, link: Link) -> None:
        """Logged in and booted: what is live there has to be read anew."""

    def event(self, link: Link, event: Message) -> None:
        """Something happened there; only between `up` and `down`."""

    def down(self, link: Link) -> None:
        """The connection is lost, or the Asterisk shuts down, or we stop: nothing is known any more."""


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """How an Asterisk does. `since` is when the state began, in epoch seconds; `version` its banner; `ping` what the
    last Ping took, in milliseconds."""

    name: str
    state: str
    ready: bool
    since: float
    version: str
    address: str
    written: int
    queued: int
    ping: float | None
    counters: dict[str, int]


class Link(Service):
    """One Asterisk. Answers are awaited; events go to the receiver."""

    name: str

    def __init__(
        self,
        name: str,
        settings: ServerSettings,
        receiver: Receiver,
        reactor: Any,
        *,
        wanted: Collection[str] | None = None,
        target: IStreamClientEndpoint | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """`wanted` are the names of the events that the receiver is told, None for all: others are hardly read.

        `target` is where to connect instead of the settings' host. Raises OSError or ValueError for a bad `tls_ca`,
        Unsafe for settings that cannot be written.
        """
        self.name = name
        self.settings = settings
        self.counters: Counter[str] = Counter()
        self._receiver, self._clock = receiver, reactor
        self._options = _options(settings, wanted)
        self._options.check()  # tells now what could not be written later
        self._pauses = Backoff(
            (settings.reconnect_min, settings.reconnect_max), (settings.refused_min, settings.refused_max), jitter
        )
        self._dialler = Dialler(
            target or endpoint(settings, reactor),
            self._connect,
            self._pauses,
            reactor,
            label=f"Asterisk {name}",
            counters=self.counters,
        )
        self._connection: Connection | None = None
        self._since = reactor.seconds()
        self._version = ""
        self._up = False
        self._waiting: dict[str, Deferred[Answered]] = {}
        self._ready_waiters: list[Deferred[None]] = []
        self._stopping: Deferred[None] | None = None
        self._on: dict[type[Any], Callable[[Any], None]] = {
            Ready: self._on_ready,
            Happened: lambda event: self._tell(self._receiver.event, event.event),
            Answered: self._on_answered,
            Unanswered: self._on_unanswered,
            Stray: self._on_stray,
            FilterRefused: self._on_filter_refused,
            LoginRefused: self._on_login_refused,
            Closed: self._on_closed,
        }

    # How it does

    @property
    def ready(self) -> bool:
        """Whether it is logged in and booted."""
        return self._connection is not None and self._connection.session.ready

    @property
    def state(self) -> str:
        """The session's state in words, "not connected" without one."""
        return "not connected" if self._connection is None else self._connection.session.state.value

    @property
    def version(self) -> str:
        """What the Asterisk called itself last, `Asterisk Call Manager/11.0.0`."""
        return (self._connection and self._connection.session.banner) or self._version

    def status(self) -> ServerStatus:
        session = None if self._connection is None else self._connection.session
        ping = None if session is None else session.ping
        return ServerStatus(
            name=self.name,
            state=self.state,
            ready=self.ready,
            since=self._since,
            version=self.version,
            address=f"{self.settings.host} port {self.settings.port}",
            written=0 if session is None else session.written,
            queued=0 if session is None else session.queued,
            ping=None if ping is None else ping * 1000,
            counters=dict(self.counters),
        )

    def when_ready(self) -> Deferred[None]:
        """Return a Deferred that fires when the link is `ready`; at once if it is."""
        if self.ready:
            return succeed(None)
        waiter: Deferred[None] = Deferred()
        self._ready_waiters.append(waiter)
        return waiter

    # What it is for

    async def act(self, name: str, /, headers: Headers = (), *, variables: Mapping[str, str] = _NONE) -> Message:
        """Ask for an action; return its response.

        Raises Refused (`Response: Error`), NotConnected (it was surely not asked), Overloaded (nor here), NoAnswer
        (asked, and nobody knows what became of it: no answer in time, or the connection was lost) or Unsafe.
        """
        return (await self._ask(name, headers, variables, listing=False)).response

    async def listing(self, name: str, /, headers: Headers = ()) -> list[Message]:
        """Ask for a list, as `CoreShowChannels`; return its events without the last, `...Complete`. Raises as `act`."""
        return list((await self._ask(name, headers, _NONE, listing=True)).items)

    async def command(self, line: str) -> tuple[str, ...]:
        """Run a command of Asterisk's console; return its output. Raises as `act`."""
        return (await self.act("Command", [("Command", line)])).output

    def startService(self) -> None:
        Service.startService(self)
        self._dialler.start()

    def stopService(self) -> Deferred[None]:
        """Log off and stop; what waits fails. The Deferred fires when the connection is gone."""
        Service.stopService(self)
        if self._connection is None or self._connection.session.closed:
            return self._dialler.stop()
        self._stopping = Deferred()
        stopped = self._stopping.addCallback(lambda _: self._dialler.stop())
        self._connection.close()
        self._tell_down()
        return stopped

    async def _ask(self, name: str, headers: Headers, variables: Mapping[str, str], *, listing: bool) -> Answered:
        if self._connection is None or not self.ready:
            raise NotConnected(f"Asterisk {self.name} is {self.state}")
        action_id = self._connection.send(name, headers, variables, listing=listing)
        self.counters["actions"] += 1
        done: Deferred[Answered] = Deferred()
        self._waiting[action_id] = done
        try:
            answered = await done
        finally:
            self._waiting.pop(action_id, None)
        if answered.response.response.lower() == "error":
            self.counters["refused"] += 1
            raise Refused(_reason(answered.response))
        return answered

    # What the connection tells

    def opened(self, connection: Connection) -> None:
        self._connection, self._since = connection, self._clock.seconds()

    def happened(self, connection: Connection, event: SessionEvent) -> None:
        if connection is self._connection:
            self._on[type(event)](event)

    def _on_ready(self, event: Ready) -> None:
        self._pauses.up(self._clock.seconds())
        self._since = self._clock.seconds()
        self.counters["logins"] += 1
        log.info("Asterisk %s: logged in, %s", self.name, self.version)
        if not event.told:
            log.info("Asterisk %s: FullyBooted never came (class system in manager.conf), but it answers", self.name)
        self._up = True
        waiters, self._ready_waiters = self._ready_waiters, []
        self._tell(self._receiver.up)
        for waiter in waiters:
            waiter.callback(None)

    def _on_answered(self, event: Answered) -> None:
        self.counters["answered"] += 1
        self._take(event.action_id).callback(event)

    def _on_unanswered(self, event: Unanswered) -> None:
        self.counters["unanswered"] += 1
        kind = NoAnswer if event.asked else NotConnected
        self._take(event.action_id).errback(kind(f"Asterisk {self.name}: {event.why}"))

    def _on_stray(self, event: Stray) -> None:
        self.counters["stray"] += 1
        log.info("Asterisk %s: a response that nobody waits for: %s", self.name, event.response.get("Message")[:200])

    def _on_filter_refused(self, event: FilterRefused) -> None:
        log.warning("Asterisk %s refuses the event filter %r: %s", self.name, event.filter, event.message[:200])

    def _on_login_refused(self, event: LoginRefused) -> None:
        self.counters["refused logins"] += 1
        self._pauses.refused()
        log.error("Asterisk %s refuses our login: %s", self.name, event.message[:200])

    def _on_closed(self, event: Closed) -> None:
        now = self._clock.seconds()
        connection, self._connection, self._since = self._connection, None, now
        ended = connection.ended if connection is not None else ""
        self._version = connection.session.banner if connection is not None else ""
        self._pauses.down(now)
        level = logging.INFO if event.reason is Reason.LEFT else logging.WARNING
        log.log(level, "Asterisk %s: %s", self.name, f"{event.reason.value} {explained(ended)}".rstrip())
        self._tell_down()
        if self._stopping is not None:
            stopping, self._stopping = self._stopping, None
            stopping.callback(None)

    # Plumbing

    def _connect(self) -> Connection:
        prefix = f"caredial-{secrets.token_hex(4)}"
        session = Session(self._options, self._clock.seconds(), prefix=prefix, counters=self.counters)
        return Connection(session, self, self._clock)

    def _take(self, action_id: str) -> Deferred[Any]:
        """The one who waits; where nobody does any more (it was cancelled), nobody hears."""
        if action_id in self._waiting:
            return self._waiting.pop(action_id)
        return Deferred().addErrback(lambda _: None)

    def _tell_down(self) -> None:
        if self._up:
            self._up = False
            self._tell(self._receiver.down)

    def _tell(self, what: Callable[..., None], *more: Message) -> None:
        try:
            what(self, *more)
        except Exception:
            self.counters["failures"] += 1
            log.exception("Asterisk %s: what was told was not taken well", self.name)


def _reason(response: Message) -> str:
    """What an error says; a console command says it in its output, its Message only that output follows."""
    return " ".join(response.output).strip() or response.get("Message") or "no reason given"


def _options(settings: ServerSettings, wanted: Collection[str] | None) -> Options:
    return Options(
        username=settings.username,
        secret=settings.secret.get_secret_value(),
        login=settings.login,
        events=settings.events,
        filters=tuple(settings.event_filters),
        wanted=None if wanted is None else frozenset(wanted),
        login_timeout=settings.connect_timeout,
        response_timeout=settings.response_timeout,
        ping=settings.ping_seconds,
        line_octets=settings.line_octets,
    )
