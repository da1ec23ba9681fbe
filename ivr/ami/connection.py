"""An AMI session on a Twisted transport: octets and timers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol, cast

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from ivr.ami.messages import Headers
from ivr.ami.session import Session
from ivr.ami.states import Closed, Reason, SessionEvent

LINGER: Final = 2.0
"""Seconds that the last octets get to leave before the connection is cut."""


class _Tcp(Protocol):
    """What is asked of a transport: ITCPTransport, TLS over it, or one in memory."""

    def write(self, data: bytes, /) -> None: ...

    def setTcpNoDelay(self, enabled: bool, /) -> None: ...

    def setTcpKeepAlive(self, enabled: bool, /) -> None: ...

    def loseConnection(self) -> None: ...

    def abortConnection(self) -> None: ...


class Owner(Protocol):
    """Who a connection belongs to; the calls come in the order of what happens."""

    def opened(self, connection: Connection) -> None:
        """The TCP (and TLS) connection stands; the Asterisk speaks first."""

    def happened(self, connection: Connection, event: SessionEvent) -> None:
        """Something came out of the session; the last event is always Closed."""


class Connection(TwistedProtocol):
    """Moves octets between transport and session and keeps the session's time.

    Reading never pauses: an Asterisk that cannot write drops us after 100 ms (`writetimeout` of manager.conf). What we
    write is bounded by the session's window.
    """

    def __init__(self, session: Session, owner: Owner, clock: IReactorTime) -> None:
        self.session = session
        self.ended = ""
        """How the transport ended, in Twisted's words; a failed TLS handshake is told only here."""
        self._owner, self._clock = owner, clock
        self._timer: IDelayedCall | None = None
        self._timer_at = 0.0
        self._cut: IDelayedCall | None = None

    # What the owner asks for

    def send(
        self, name: str, headers: Headers, variables: Mapping[str, str] | None = None, *, listing: bool = False
    ) -> str:
        """Write an action or queue it; return its ActionID. Raises what `Session.send` raises."""
        action_id = self.session.send(name, headers, now=self._clock.seconds(), variables=variables, listing=listing)
        self._after([])
        return action_id

    def close(self) -> None:
        """Log off and disconnect; Closed tells when that is done."""
        self._after(self.session.close(self._clock.seconds()))

    # What Twisted calls

    def connectionMade(self) -> None:
        self._tcp.setTcpNoDelay(True)
        self._tcp.setTcpKeepAlive(True)
        self._owner.opened(self)
        self._after([])

    def dataReceived(self, data: bytes) -> None:
        self._after(self.session.receive(data, self._clock.seconds()))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.ended = reason.getErrorMessage()
        self._after(self.session.lost())
        for call in (self._timer, self._cut):
            if call is not None and call.active():
                call.cancel()

    # Plumbing

    @property
    def _tcp(self) -> _Tcp:
        return cast(_Tcp, self.transport)

    def _after(self, events: list[SessionEvent]) -> None:
        """Write before telling, so that what the owner does next comes after it on the wire."""
        self._flush()
        for event in events:
            self._owner.happened(self, event)
            if isinstance(event, Closed):
                self._disconnect(event.reason)
        self._schedule()

    def _flush(self) -> None:
        data = self.session.data_to_send()
        if data:
            self._tcp.write(data)

    def _disconnect(self, reason: Reason) -> None:
        if reason is Reason.LOST or self.ended:
            return
        if reason is Reason.SILENT:
            self._tcp.abortConnection()  # nobody would take the rest
            return
        self._cut = self._clock.callLater(LINGER, self._tcp.abortConnection)
        self._tcp.loseConnection()

    def _schedule(self) -> None:
        """Keep one call for the next deadline; deadlines mostly move away, so a call that comes early only looks."""
        deadline = self.session.next_deadline()
        if deadline is None:
            return
        if self._timer is not None and self._timer.active():
            if self._timer_at <= deadline:
                return
            self._timer.cancel()
        self._timer_at = deadline
        self._timer = self._clock.callLater(max(0.0, deadline - self._clock.seconds()), self._tick)

    def _tick(self) -> None:
        self._after(self.session.tick(self._clock.seconds()))
