"""The manager interface's TCP side (Twisted)."""

from __future__ import annotations

from typing import Any

from twisted.internet import interfaces
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from simulators.asterisk.exchange import Exchange
from simulators.asterisk.manager import Manager


class Connection(Protocol):
    """A manager's connection."""

    transport: Any  # zope's interfaces say nothing to mypy

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._manager = Manager(exchange, self._write, self._close)

    def connectionMade(self) -> None:
        if interfaces.ITCPTransport.providedBy(self.transport):
            self.transport.setTcpNoDelay(True)
        self._manager.begin()

    def dataReceived(self, data: bytes) -> None:
        self._manager.receive(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002
        self._manager.lost()

    def _write(self, octets: bytes) -> None:
        self.transport.write(octets)

    def _close(self) -> None:
        if not self._exchange.conditions.manager_half_open:  # a host that is gone does not even close
            self.transport.loseConnection()


class ManagerServer(Factory):
    """Makes a Connection for each client that connects."""

    noisy = False

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange

    def buildProtocol(self, addr: object) -> Connection:  # noqa: ARG002
        return Connection(self.exchange)
