"""Waits for an SMSC that calls us: a port that takes an outbind and hands its connection on (SMPP 3.4, 4.1.7)."""

import logging
from collections.abc import Callable
from hmac import compare_digest
from typing import Any, Final, Protocol

from twisted.internet.defer import Deferred, succeed
from twisted.internet.endpoints import TCP4ServerEndpoint, TCP6ServerEndpoint
from twisted.internet.interfaces import IAddress, IDelayedCall, IListeningPort, IReactorTime
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure

from smpp.link.connection import Connection, Owner
from smpp.pdu import Outbind
from smpp.session.events import Closed, Event, Reason, Request
from smpp.settings import LinkSettings

log = logging.getLogger("caredial.smpp")

MOST_CALLERS: Final = 16
"""Connections that have not said who they are; more are closed at once."""
AGAIN: Final = 10.0
"""Seconds before another attempt to listen on a port that is taken."""


class Account(Protocol):
    """The link that is called."""

    name: str
    settings: LinkSettings

    def connect(self, owner: Owner) -> Connection:
        """Make the protocol of a new connection."""

    def called(self, connection: Connection) -> bool:
        """The SMSC has called with the right name; tell whether a bind wants the connection."""


class OutbindPort(Factory):
    """Listens for one link. A caller has `bind_timeout` to say the right name and password; then it is closed."""

    noisy = False

    def __init__(self, account: Account, reactor: IReactorTime) -> None:
        self._account, self._reactor = account, reactor
        self._callers: set[Connection] = set()
        self._port: IListeningPort | None = None
        self._again: IDelayedCall | None = None

    @property
    def address(self) -> Any:
        """Where it listens, None while it does not."""
        return None if self._port is None else self._port.getHost()

    def start(self) -> None:
        self._listen()

    def stop(self) -> Deferred[None]:
        """Listen no more and close the connections that no bind has taken."""
        if self._again is not None and self._again.active():
            self._again.cancel()
        for caller in tuple(self._callers):
            caller.close()
        port, self._port = self._port, None
        if port is None:
            return succeed(None)
        stopped: Deferred[None] = Deferred.fromCoroutine(_stop(port))
        return stopped

    def _listen(self) -> None:
        settings = self._account.settings
        kind: Callable[..., Any] = TCP6ServerEndpoint if ":" in settings.outbind_host else TCP4ServerEndpoint
        endpoint = kind(self._reactor, settings.outbind_port, interface=settings.outbind_host)
        endpoint.listen(self).addCallbacks(self._listening, self._not_listening)

    def _listening(self, port: IListeningPort) -> None:
        self._port = port
        log.info("link %s waits for the SMSC on %s", self._account.name, port.getHost())

    def _not_listening(self, failure: Failure) -> None:
        log.error("link %s cannot wait for the SMSC: %s", self._account.name, failure.getErrorMessage())
        self._again = self._reactor.callLater(AGAIN, self._listen)

    def buildProtocol(self, addr: IAddress | None) -> Connection | None:
        """Take a caller, unless too many are there that have said nothing."""
        if len(self._callers) >= MOST_CALLERS:
            log.warning("link %s: too many callers at a time, %s is turned away", self._account.name, addr)
            return None
        caller = self._account.connect(self)
        self._callers.add(caller)
        return caller

    # As the owner of connections that have not said who they are

    def opened(self, connection: Connection) -> None:
        """Says nothing: the SMSC speaks first, or the session's own timer closes."""

    def happened(self, connection: Connection, events: list[Event], now: float) -> None:
        """What comes after the outbind is for the bind that has taken the connection."""
        for number, event in enumerate(events, start=1):
            self._happened(connection, event)
            if connection.owner is not self and events[number:]:
                connection.owner.happened(connection, events[number:], now)
                return

    def _happened(self, connection: Connection, event: Event) -> None:
        if isinstance(event, Closed):
            self._callers.discard(connection)
            if event.reason is not Reason.UNBOUND:
                log.warning("link %s: a caller is gone: %s", self._account.name, event.reason.value)
        elif isinstance(event, Request) and isinstance(event.pdu, Outbind):
            self._take(connection, event.pdu)

    def _take(self, connection: Connection, outbind: Outbind) -> None:
        self._callers.discard(connection)
        if not self._knows(outbind):
            log.warning("link %s: an outbind with a wrong name or password", self._account.name)
            connection.close()
        elif not self._account.called(connection):
            log.warning("link %s: an outbind while all its binds are there", self._account.name)
            connection.close()

    def _knows(self, outbind: Outbind) -> bool:
        """Compare in constant time, so that a name and a password cannot be found letter by letter."""
        settings = self._account.settings
        name = compare_digest(outbind.system_id.encode(), settings.outbind_system_id.encode())
        password = settings.outbind_password.get_secret_value()
        return compare_digest(outbind.password.encode(), password.encode()) and name


async def _stop(port: IListeningPort) -> None:
    stopping: Any = port.stopListening()
    if stopping is not None:
        await stopping
