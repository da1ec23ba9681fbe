"""outbind: the SMS centre connects to an ESME and asks it to bind (SMPP 3.4 sections 2.2.1 and 4.1.7)."""

from __future__ import annotations

import logging
from typing import Any

from twisted.internet.protocol import ClientFactory

from simulators.server import Connection, Server
from smpp.codec import encode
from smpp.pdu import Outbind

log = logging.getLogger(__name__)

TIMEOUT = 10  # seconds for the connection
AGAIN = 10.0  # seconds between two attempts, for an ESME that is always wanted


class Outbinding(ClientFactory):
    """Connects and says outbind; `again` seconds after a loss or a failure once more, 0 for never."""

    noisy = False

    def __init__(self, server: Server, greeting: Outbind, *, again: float = 0) -> None:
        self._server = server
        self._greeting = greeting
        self._again = again

    def buildProtocol(self, addr: object) -> Connection:  # noqa: ARG002
        return Connection(self._server, self._greeting)

    def clientConnectionFailed(self, connector: Any, reason: Any) -> None:
        log.warning("outbind: %s", reason.getErrorMessage())
        self._retry(connector)

    def clientConnectionLost(self, connector: Any, reason: Any) -> None:  # noqa: ARG002
        self._retry(connector)

    def _retry(self, connector: Any) -> None:
        if self._again:
            self._server.clock.callLater(self._again, connector.connect)


class Outbinds:
    """Says outbind to ESMEs. `reactor` is Twisted's."""

    def __init__(self, reactor: Any, server: Server) -> None:
        self._reactor = reactor
        self._server = server

    def say(self, host: str, port: int, system_id: str, password: str, *, again: float = 0) -> None:
        """Have the ESME that listens at `host` and `port` bind. Raises PduError for what no outbind can carry."""
        greeting = Outbind(system_id=system_id, password=password, sequence=1)
        encode(greeting)
        self._reactor.connectTCP(host, port, Outbinding(self._server, greeting, again=again), timeout=TIMEOUT)
