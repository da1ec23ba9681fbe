"""A session on a Twisted transport: octets, timers and back pressure. Either side of SMPP is built upon it."""

import secrets
from collections.abc import Sequence
from typing import Any, Final, Protocol, cast

from twisted.internet.interfaces import IDelayedCall, IPushProducer, IReactorTime
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.internet.protocol import connectionDone
from twisted.internet.tcp import Connection as TcpTransport
from twisted.python.failure import Failure
from zope.interface import implementer

from smpp.pdu import Pdu
from smpp.session import Options, Role, Session
from smpp.session.events import Closed, Event, Reason
from smpp.session.posted import Posted

LINGER: Final = 5.0
"""Seconds that the last octets get to leave before the connection is cut."""

FAR: Final = 0.005
"""Seconds from a request to its answer, from which on those between the answer and the next request count."""


class _Tcp(Protocol):
    """What is asked of a transport: ITCPTransport, and the two sides of flow control that every such one has."""

    def write(self, data: bytes, /) -> None: ...

    def setTcpNoDelay(self, enabled: bool, /) -> None: ...

    def loseConnection(self) -> None: ...

    def abortConnection(self) -> None: ...

    def pauseProducing(self) -> None: ...

    def resumeProducing(self) -> None: ...

    def registerProducer(self, producer: IPushProducer, streaming: bool, /) -> None: ...

    def unregisterProducer(self) -> None: ...


class Owner(Protocol):
    """Who a connection belongs to; the calls come in the order of what happens."""

    def opened(self, connection: "Connection") -> None:
        """The TCP (and TLS) connection stands; an ESME sends its bind now."""

    def happened(self, connection: "Connection", events: list[Event], now: float) -> None:
        """Something came out of the session, all at once what one read brought; the last event is always Closed."""


@implementer(IPushProducer)
class Connection(TwistedProtocol):
    """Moves octets between transport and session and keeps the session's time.

    While the other side does not read what we write, nothing more is read from it: its answers would pile up here.
    """

    def __init__(self, role: Role, options: Options, owner: Owner, clock: IReactorTime) -> None:
        self.owner, self._clock = owner, clock
        self.id = secrets.token_hex(8)
        """Another one for each connection, hence for each bind that is made."""
        self._timer: IDelayedCall | None = None
        self._timer_at = 0.0
        self._cut: IDelayedCall | None = None
        self._telling = 0
        self.ended = ""
        """How the transport ended, in Twisted's words; a failed TLS handshake is told only here."""
        self.session = Session(role, options, clock.seconds())

    # What the owner asks for

    def send(self, request: Pdu) -> int:
        """Write a request; return its sequence number. Raises what `Session.send` raises."""
        now = self._clock.seconds()
        sequence = self.session.send(request, now)
        self._after([], now)
        return sequence

    def post(self, requests: Sequence[Posted], now: float) -> None:
        """Write requests that are octets already, all at once. Raises what `Session.post` raises."""
        self.session.post(requests, now)
        self._after([], now)

    def answer(self, request: Pdu, response: Pdu) -> None:
        """Answer a request; does nothing once the session is over. Raises PduError."""
        now = self._clock.seconds()
        self._after(self.session.answer(request, response, now), now)

    def close(self) -> None:
        """Finish what is open, unbind, disconnect; Closed tells when that is done."""
        now = self._clock.seconds()
        self._after(self.session.close(now), now)

    # What Twisted calls

    def connectionMade(self) -> None:
        self._tcp.setTcpNoDelay(True)
        self._tcp.registerProducer(self, True)
        self.owner.opened(self)
        self._after([], self._clock.seconds())

    def dataReceived(self, data: bytes) -> None:
        now = self._clock.seconds()
        self._after(self.session.receive(data, now), now)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.ended = reason.getErrorMessage()
        self._after(self.session.lost(), self._clock.seconds())
        for call in (self._timer, self._cut):
            if call is not None and call.active():
                call.cancel()

    def pauseProducing(self) -> None:
        # Before the bind little is written, and a TLS handshake that may not read would never end.
        if self.session.bound:
            self._tcp.pauseProducing()

    def resumeProducing(self) -> None:
        self._tcp.resumeProducing()

    def stopProducing(self) -> None:
        """The transport is going; connectionLost follows."""

    # Plumbing

    @property
    def _tcp(self) -> _Tcp:
        return cast(_Tcp, self.transport)

    def _after(self, events: list[Event], now: float) -> None:
        """Tell, write and look at the deadlines; what the owner does meanwhile goes out with the rest, in its order."""
        if events:
            self._tell(events, now)
        if not self._telling:
            self._flush()
            self._schedule(now)

    def _tell(self, events: list[Event], now: float) -> None:
        self._telling += 1
        try:
            self.owner.happened(self, events, now)
        finally:
            self._telling -= 1
        last = events[-1]
        if isinstance(last, Closed):
            self._flush()
            self._disconnect(last.reason)

    def _flush(self) -> None:
        data = self.session.data_to_send()
        if data:
            self._tcp.write(data)
            if self.session.round_trip >= FAR:
                self._push()

    def _push(self) -> None:
        """Write now: Twisted does it when it polls next, after all else that is due, and the window stands still for so
        long. What the socket does not take, and what goes wrong, is left to that. (An SMS centre that is near is better
        given a rest: it answers many at once then.)"""
        transport: Any = self.transport
        if isinstance(transport, TcpTransport) and transport.connected and not transport.disconnecting:
            transport.doWrite()

    def _disconnect(self, reason: Reason) -> None:
        if reason is Reason.LOST:
            return
        self._tcp.unregisterProducer()
        if reason is Reason.SILENT:
            self._tcp.abortConnection()  # nobody would take the rest
            return
        self._cut = self._clock.callLater(LINGER, self._tcp.abortConnection)
        self._tcp.loseConnection()

    def _schedule(self, now: float) -> None:
        """Keep one call for the next deadline; deadlines mostly move away, so a call that comes early only looks."""
        deadline = self.session.next_deadline()
        if deadline is None:
            return
        if self._timer is not None and self._timer.active():
            if self._timer_at <= deadline:
                return
            self._timer.cancel()
        self._timer_at = deadline
        self._timer = self._clock.callLater(max(0.0, deadline - now), self._tick)

    def _tick(self) -> None:
        now = self._clock.seconds()
        self._after(self.session.tick(now), now)
