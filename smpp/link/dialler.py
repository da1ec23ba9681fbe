"""Connects a bind to its SMSC again and again: in turn with its siblings, with a backoff between attempts."""

import logging
from collections import Counter
from collections.abc import Callable

from twisted.application.internet import ClientService
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IReactorTime, IStreamClientEndpoint
from twisted.internet.protocol import Factory
from zope.interface import implementer

from smpp.link.connection import Connection
from smpp.link.door import Door
from smpp.settings import LinkSettings

log = logging.getLogger("caredial.smpp")


@implementer(IStreamClientEndpoint)
class Dialler:
    """Keeps one connection from `start` to `stop`. `settled` says that the fate of the bind on it is known.

    It is itself the endpoint that Twisted's ClientService dials, to wait for its turn and to log each attempt:
    ClientService keeps the reasons of failures to itself.
    """

    def __init__(
        self,
        target: IStreamClientEndpoint,
        connect: Callable[[], Connection],
        delay: Callable[[], float],
        clock: IReactorTime,
        *,
        door: Door,
        label: str,
        settings: LinkSettings,
        counters: Counter[str],
    ) -> None:
        self._target, self._door = target, door
        self._label, self._settings, self._counters = label, settings, counters
        self._at_door = False
        self._client = ClientService(
            self, Factory.forProtocol(connect), retryPolicy=lambda _failures: delay(), clock=clock
        )

    def start(self) -> None:
        self._client.startService()

    def stop(self) -> Deferred[None]:
        """Try no more; the Deferred fires when the connection is gone."""
        return self._client.stopService()

    def settled(self) -> None:
        """Let the next bind of the account try."""
        if self._at_door:
            self._at_door = False
            self._door.leave()

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:  # noqa: N803  # Twisted's name
        return Deferred.fromCoroutine(self._dial(protocolFactory))

    async def _dial(self, factory: IProtocolFactory) -> IProtocol:
        await self._door.enter()
        self._at_door = True
        log.info("%s connecting to %s port %d", self._label, self._settings.host, self._settings.port)
        try:
            return await self._target.connect(factory)
        except CancelledError:
            self.settled()
            raise
        except Exception as error:
            self._counters["failed connects"] += 1
            log.warning("%s cannot connect: %s", self._label, error)
            self.settled()
            raise
